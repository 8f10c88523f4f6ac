import Crypto
import Foundation
import Testing

/// The certificates of `Tests/Certificates`, which `make` there explains.
private func path(_ name: String) -> String {
    let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    return tests.appending(path: "Certificates").appending(path: name).path
}

private func files(_ certificate: String, _ key: String, _ authority: String? = nil) -> TLSContext.Files {
    TLSContext.Files(certificate: path(certificate), key: path(key), clientAuthority: authority.map(path))
}

@Test func `a certificate with its key makes a context, and tells when it ends`() throws {
    let context = try TLSContext(files("server.pem", "server.key", "authority.pem"))
    let year: Int64 = 365 * 86_400
    let now = Int64(Date().timeIntervalSince1970)
    #expect(context.expiry > now + 50 * year)
    #expect(context.expiry < now + 101 * year)
}

@Test(arguments: [
    (files("missing.pem", "server.key"), "certificate", "No such file"),
    (files("server.key", "server.key"), "certificate", "no start line"),
    (files("server.pem", "missing.key"), "key", "No such file"),
    (files("server.pem", "server.pem"), "key", "no private key in PEM"),
    // No question on a terminal: the passphrase is refused to libssl.
    (files("server.pem", "sealed.key"), "key", "it has a passphrase"),
    (files("server.pem", "other.key"), "pair", "does not belong"),
    (files("server.pem", "server.key", "server.key"), "authority", "no start line"),
    (files("server.pem", "server.key", "missing.pem"), "authority", "No such file"),
])
func `files that make no context are refused, and the error names the file`(
    files: TLSContext.Files, kind: String, reason: String
) throws {
    let error = try #require(throws: CryptoError.self) { try TLSContext(files) }
    switch error {
    case .certificate(let file, let why): #expect(kind == "certificate" && file == files.certificate && !why.isEmpty)
    case .key(let file, let why): #expect(kind == "key" && file == files.key && !why.isEmpty)
    case .pair(let certificate, let key):
        #expect(kind == "pair" && certificate == files.certificate && key == files.key)
    case .authority(let file, let why): #expect(kind == "authority" && file == files.clientAuthority && !why.isEmpty)
    default: Issue.record("\(error)")
    }
    #expect(error.description.contains(reason), "\(error)")
}

/// Two connected sockets; both close with it.
private final class Pair {
    let server: Int32
    let client: Int32

    init() throws {
        var descriptors: [Int32] = [0, 0]
        guard unsafe socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0, &descriptors) == 0
        else { throw POSIXError(.EMFILE) }
        (server, client) = (descriptors[0], descriptors[1])
    }

    deinit {
        close(server)
        close(client)
    }

    func send(_ bytes: [UInt8]) {
        #expect(unsafe Glibc.send(client, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count)
    }
}

@Test func `a client that sends nothing is waited for`() throws {
    let pair = try Pair()
    let session = try TLSSession(TLSContext(files("server.pem", "server.key")), descriptor: pair.server)
    #expect(session.handshake() == .wantRead)
    #expect(session.handshake() == .wantRead)
}

@Test(arguments: [
    ("GET / HTTP/1.1\r\n\r\n", true), ("POST /legacy/ HTTP/1.1\r\n\r\n", true), ("HEAD / HTTP/1.1\r\n\r\n", true),
    ("PUT / HTTP/1.1\r\n\r\n", true), ("CONNECT a:1 HTTP/1.1\r\n\r\n", true), ("OPTIONS * HTTP/1.1\r\n\r\n", true),
    ("DELETE / HTTP/1.1\r\n\r\n", true), ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", true), ("get / http/1.1\r\n", true),
    ("SSH-2.0-OpenSSH_9.2\r\n", true), ("\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}", true),
    ("\u{16}\u{3}\u{1}\u{0}\u{4}\u{2}\u{0}\u{0}\u{0}", false),
])
func `what is no handshake fails, and what is no TLS at all is told apart`(text: String, isHTTP: Bool) throws {
    let pair = try Pair()
    let session = try TLSSession(TLSContext(files("server.pem", "server.key")), descriptor: pair.server)
    pair.send(Array(text.utf8))
    guard case .failed(let reason) = session.handshake() else {
        Issue.record("the handshake did not fail")
        return
    }
    #expect(!reason.isEmpty)
    #expect(session.isPlainHTTP == isHTTP)
    // After a failure nothing is sent any more, and nothing breaks.
    session.finish()
}

@Test func `that a client does not speak TLS is known from its first byte`() throws {
    let pair = try Pair()
    let session = try TLSSession(TLSContext(files("server.pem", "server.key")), descriptor: pair.server)
    #expect(session.handshake() == .wantRead)
    #expect(!session.isPlainHTTP)
    pair.send(Array("G".utf8))
    #expect(session.handshake() == .wantRead)
    #expect(session.isPlainHTTP)
}

@Test func `a client that leaves in the handshake has closed, not failed`() throws {
    let pair = try Pair()
    let session = try TLSSession(TLSContext(files("server.pem", "server.key")), descriptor: pair.server)
    shutdown(pair.client, Int32(SHUT_WR))
    #expect(session.handshake() == .closed)
}

@Test func `a session outlives the context's other owners`() throws {
    let pair = try Pair()
    var context: TLSContext? = try TLSContext(files("server.pem", "server.key"))
    let session = try TLSSession(#require(context), descriptor: pair.server)
    context = nil
    pair.send(Array("GET / HTTP/1.1\r\n\r\n".utf8))
    _ = session.handshake()
    #expect(session.isPlainHTTP)
}
