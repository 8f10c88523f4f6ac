import HTTP
import Posix
import Testing

@testable import Server

private let proxies = TrustedProxies(
    ["127.0.0.0/8", "10.0.0.0/8", "fd00::/8"].compactMap { AddressRange($0) }, unixSockets: true)

private func request(_ lines: [String]) throws -> HTTPRequest {
    let head = (["GET / HTTP/1.1", "Host: index.example"] + lines).map { $0 + "\r\n" }.joined() + "\r\n"
    var parser = RequestParser()
    var (request, _) = try #require(try parser.parse(Array(head.utf8), from: 0, to: head.utf8.count))
    request.peer = "10.0.0.1"
    return request
}

@Test(arguments: [
    // (field lines, client, by TLS)
    ([], "10.0.0.1", false),
    (["X-Forwarded-For: 192.0.2.7", "X-Forwarded-Proto: https"], "192.0.2.7", true),
    (["X-Forwarded-Proto: HTTPS"], "10.0.0.1", true),
    (["X-Forwarded-Proto: http"], "10.0.0.1", false),
    // What the client wrote itself stands on the left.
    (["X-Forwarded-For: 203.0.113.9, 192.0.2.7"], "192.0.2.7", false),
    (["X-Forwarded-For: 203.0.113.9", "X-Forwarded-For: 192.0.2.7"], "192.0.2.7", false),
    // A second trusted proxy.
    (["X-Forwarded-For: 203.0.113.9, 192.0.2.7, 10.1.1.1"], "192.0.2.7", false),
    (["X-Forwarded-For: 10.2.2.2, 10.1.1.1"], "10.2.2.2", false),
    (["X-Forwarded-For: 2001:DB8::0:7"], "2001:db8::7", false),
    (["X-Forwarded-For: [2001:db8::7]:4711"], "2001:db8::7", false),
    // How proxies that listen for both kinds write an IPv4 address.
    (["X-Forwarded-For: ::ffff:192.0.2.7"], "192.0.2.7", false),
    (["X-Forwarded-For: 192.0.2.7, [::FFFF:10.1.1.1]:80"], "192.0.2.7", false),
    (["X-Forwarded-For: ::ffff:c000:207"], "192.0.2.7", false),
    (["X-Forwarded-For: 192.0.2.7:4711"], "192.0.2.7", false),
    // Nonsense is no address, and hides what is behind it.
    (["X-Forwarded-For: unknown"], "10.0.0.1", false),
    (["X-Forwarded-For: 192.0.2.7, \"><script>"], "10.0.0.1", false),
    (["X-Forwarded-For: 192.0.2.7, 10.1.1.1, _hidden"], "10.0.0.1", false),
    (["X-Forwarded-For: ,, "], "10.0.0.1", false),
    // RFC 7239
    (["Forwarded: for=192.0.2.7;proto=https;by=10.0.0.1"], "192.0.2.7", true),
    (["Forwarded: For=\"[2001:db8:cafe::17]:4711\"; Proto=HTTPS"], "2001:db8:cafe::17", true),
    (["Forwarded: for=203.0.113.9;proto=https, for=192.0.2.7;proto=http"], "192.0.2.7", false),
    (["Forwarded: for=192.0.2.7;proto=https, for=10.1.1.1;proto=http"], "192.0.2.7", true),
    (["Forwarded: for=unknown;proto=https"], "10.0.0.1", true),
    (["Forwarded: for"], "10.0.0.1", false),
    // A proxy that writes the others passes the client's own Forwarded on.
    (["Forwarded: for=203.0.113.9;proto=https", "X-Forwarded-For: 192.0.2.7"], "192.0.2.7", false),
    (["Forwarded: for=203.0.113.9", "X-Forwarded-Proto: https"], "10.0.0.1", true),
])
func `the client is the first from the right that is no trusted proxy`(
    lines: [String], client: String, isSecure: Bool
) throws {
    var request = try request(lines)
    proxies.apply(to: &request)
    #expect(request.peer == client)
    #expect(request.isSecure == isSecure)
}

@Test(arguments: [
    (SocketAddress.inet("10.200.0.1", port: 1), true), (.inet("11.0.0.1", port: 1), false),
    (.inet("127.0.0.1", port: 1), true), (.inet6("::1", port: 1), false), (.inet6("fd12::1", port: 1), true),
    // The same address as the first; sockets tell it as that (`SocketAddress`).
    (.inet6("::ffff:10.0.0.1", port: 1), true), (.unix(path: ""), true),
])
func `only configured addresses are trusted`(peer: SocketAddress, isTrusted: Bool) {
    #expect(proxies.contain(peer) == isTrusted)
    #expect(!TrustedProxies([]).contain(peer))
}

@Test(arguments: [
    ("127.0.0.1:8080", "127.0.0.1:8080", false, "http://127.0.0.1:8080"),
    ("tls:0.0.0.0:8443", "0.0.0.0:8443", true, "https://0.0.0.0:8443"),
    ("tls:[::]:8443", "[::]:8443", true, "https://[::]:8443"),
    ("tls:unix:/run/a.sock", "unix:/run/a.sock", true, nil),
])
func `addresses to listen at are read with their prefix`(
    text: String, address: String, isSecure: Bool, url: String?
) throws {
    let read = try #require(ListenAddress(text))
    #expect(read.address.description == address)
    #expect(read.isSecure == isSecure)
    #expect(read.url == url)
    #expect(read.description == text)
}

@Test(arguments: ["", "tls:", "tls:tls:127.0.0.1:1", "TLS:127.0.0.1:1", "https://127.0.0.1:1", "tls:host:1"])
func `what is no address to listen at is refused`(text: String) {
    #expect(ListenAddress(text) == nil)
}

@Test(arguments: [
    ("10.0.0.0/8", "10.255.255.255", true), ("10.0.0.0/8", "11.0.0.0", false),
    ("192.0.2.128/25", "192.0.2.128", true), ("192.0.2.128/25", "192.0.2.127", false),
    ("192.0.2.1", "192.0.2.1", true), ("192.0.2.1", "192.0.2.2", false), ("0.0.0.0/0", "203.0.113.1", true),
    ("0.0.0.0/0", "::1", false), ("::/0", "2001:db8::1", true), ("2001:db8::/33", "2001:db8:8000::", false),
    ("192.0.2.1/32", "192.0.2.1", true), ("192.0.2.3/31", "192.0.2.2", true),
    ("10.0.0.0/8", "::ffff:10.1.1.1", true), ("::ffff:10.0.0.0/104", "10.255.0.1", true),
    ("::ffff:10.0.0.0/104", "11.0.0.1", false), ("::ffff:0:0/96", "203.0.113.1", true), ("::/0", "192.0.2.1", false),
])
func `a range holds the addresses that begin with its bits`(text: String, address: String, isInside: Bool) throws {
    let range = try #require(AddressRange(text))
    #expect(try range.contains(#require(NumericAddress(address))) == isInside)
}

@Test(arguments: [
    "", "10", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "::/129", "::ffff:10.0.0.0/95", "::ffff:10.0.0.0/129",
    "10.0.0.0/8/8", "host", "1.2.3.4:80",
])
func `what is no range is refused`(text: String) {
    #expect(AddressRange(text) == nil)
}
