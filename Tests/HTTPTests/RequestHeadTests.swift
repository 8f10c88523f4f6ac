import HTTP
import Testing

struct RequestHeadTests {
    private static let smuggled = "GET /kit-smuggled HTTP/1.1\r\nHost: a\r\n\r\n"

    static let syntax: [Row] = [
        Row(400, get("X-A : b\r\n"), "RFC 9112 §5.1"),
        Row(400, get("X-A\t: b\r\n"), "RFC 9112 §5.1"),
        Row(400, get("Content-Length : 0\r\n"), "RFC 9112 §5.1"),
        Row(400, get("XFoo\r\n"), "RFC 9112 §5"),
        Row(400, get("Content-Length 10\r\n", body: "0123456789"), "RFC 9112 §5"),
        Row(400, get(": x\r\n"), "RFC 9110 §5.1"),
        Row(400, get(":\r\nI: am chopped off\r\n"), "RFC 9110 §5.1"),
        Row(400, get("X Y: 1\r\n"), "RFC 9110 §5.6.2"),
        Row(400, get("X-A: a\0b\r\n"), "RFC 9110 §5.5"),
        Row(400, get("X-A: evil\0\r\n"), "RFC 9110 §5.5"),
        Row(400, get("X-A: a\rb\r\n"), "RFC 9110 §5.5"),
        Row(400, get("X-A: a\nb\r\n"), "RFC 9112 §2.2"),
        Row(400, get("X-A: a\rContent-Length: 40\r\n", body: smuggled), "RFC 9110 §5.5"),
        Row(200, get("X-A: \u{e9}\u{ff}\r\n"), "RFC 9110 §5.5: obs-text"),
        Row(200, get("X-A:\r\nX-B: \r\nX-C:  \t \r\n"), "RFC 9110 §5.5"),
        Row(200, get("X-A: a\tb\r\n"), "RFC 9110 §5.5"),
        Row(200, get("X-A: 0123456789abcdef\t0123456789abcdef\tend\r\n"), "RFC 9110 §5.5"),
        Row(400, get("X-A: a\r\n b\r\n"), "RFC 9112 §5.2"),
        Row(400, get("X-A: a\r\n\tb\r\n"), "RFC 9112 §5.2"),
        Row(400, get("name\r\n : value\r\n"), "RFC 9112 §5.2"),
        Row(400, get("X-A: a\r\n Content-Length: 40\r\n", body: smuggled), "RFC 9112 §5.2"),
        Row(400, get("Transfer-\r\nEncoding: chunked\r\n"), "RFC 9112 §5"),
        Row(400, "GET / HTTP/1.1\r\n Host: a\r\n\r\n", "RFC 9112 §2.2"),
        Row(400, "GET / HTTP/1.1\r\n\tContent-Length: 1\r\nHost: a\r\n\r\nX", "RFC 9112 §2.2"),
        Row(200, get(String(repeating: "X-1: y\r\n", count: 99)), "100 fields"),
        Row(431, get(String(repeating: "X-1: y\r\n", count: 100)), "RFC 6585 §5"),
        Row(431, get(String(repeating: "X-1: y\r\n", count: 2000)), "RFC 6585 §5"),
        Row(200, get("X-A: \(String(repeating: "v", count: 4000))\r\n"), "RFC 9110 §5.4"),
        Row(431, get("X-A: \(String(repeating: "v", count: 65536))\r\n"), "RFC 6585 §5"),
        Row(431, "GET / HTTP/1.1\r\nX-A: \(String(repeating: "v", count: 65536))", "RFC 6585 §5: no end in sight"),
        Row(431, "GET / HTTP/1.1\r\n\(String(repeating: "v", count: 65536))", "RFC 6585 §5: no end in sight"),
        Row(200, get("\(String(repeating: "X", count: 10000)): 1\r\n"), "RFC 9110 §5.1"),
        Row(400, get("Dummy: x\nContent-Length: 40\r\n", body: smuggled), "RFC 9112 §2.2"),
        Row(400, "GET / HTTP/1.1\r\nHost: a\r\nUseless:\n\n" + smuggled, "RFC 9112 §2.2"),
        Row(400, "GET / HTTP/1.1\r\nHost: a\r\n\n", "RFC 9112 §2.2"),
        Row(400, "GET / HTTP/1.1\r\nHost: a\n\r\n", "RFC 9112 §2.2"),
        Row(400, "GET / HTTP/1.1\r\nHost: a\r\n\rZ" + smuggled, "RFC 9112 §2.2"),
        Row(200, get("Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\n"), "RFC 9110 §7.8: ignored"),
        Row(200, get("Content_Length: 40\r\n"), "another name than Content-Length"),
    ]

    @Test(arguments: syntax) func `field lines are accepted or refused`(row: Row) {
        check(row)
    }

    @Test(
        arguments: Array("()/;<=>?@[]{},\"\\ \t") + [
            "\0", "\u{1}", "\u{b}", "\u{1f}", "\u{7f}", "\u{80}", "\u{a0}", "\u{ff}",
        ])
    func `no other byte is in a name`(character: Character) {
        check(Row(400, get("X\(character)Y: 1\r\n"), "RFC 9110 §5.6.2"))
        check(Row(400, get("Content-Length\(character): 10\r\n"), "RFC 9110 §5.6.2"))
    }

    @Test(arguments: (0..<32).filter { $0 != 9 } + [127])
    func `no control byte is in a value`(code: UInt8) {
        let control = Character(Unicode.Scalar(code))
        check(Row(400, get("X-A: a\(control)b\r\n"), "RFC 9110 §5.5"))
        check(Row(400, get("X-A: 0123456789abcdef0123456789\(control)bcdef0123456789\r\n"), "RFC 9110 §5.5"))
        check(Row(400, get("Transfer-Encoding:\(control)chunked\r\n"), "RFC 9112 §6.1"))
    }

    static let hosts: [Row] = [
        Row(400, "GET / HTTP/1.1\r\n\r\n", "RFC 9112 §3.2: missing"),
        Row(400, "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", "RFC 9112 §3.2: twice"),
        Row(400, "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "RFC 9112 §3.2: twice"),
        Row(400, "GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", "RFC 9112 §3.2: twice"),
        Row(200, "GET / HTTP/1.0\r\n\r\n", "RFC 9112 §3.2: 1.0 may leave it out"),
        Row(200, "GET / HTTP/1.1\r\nhOsT: a:80\r\n\r\n", "RFC 9110 §5.1"),
        Row(200, "GET / HTTP/1.1\r\nHost:a\r\n\r\n", "RFC 9112 §5"),
        Row(200, "GET / HTTP/1.1\r\nHost:\t a \t\r\n\r\n", "RFC 9112 §5"),
    ]

    @Test(arguments: hosts) func `a request has one host`(row: Row) {
        check(row)
    }

    @Test(arguments: [
        "a", "index.example", "a:80", "a:", "127.0.0.1:8080", "[::1]", "[::1]:443", "[fe80::1:2]:65535", "a-b_c.d~",
        "localhost:0",
    ])
    func `hosts that are accepted`(host: String) {
        check(Row(200, "GET / HTTP/1.1\r\nHost: \(host)\r\n\r\n", "RFC 9110 §7.2"))
        check(Row(200, "GET http://\(host)/x HTTP/1.1\r\nHost: a\r\n\r\n", "RFC 9112 §3.2.2"))
    }

    @Test(arguments: [
        "", " ", "a b", "a/b", "a@b", "a?b", "a#b", "[::1", "a:b:c", "a:-1", "a:8x", "\"a\"", "a\\b", "<a>", "a\u{7f}",
        "\u{c3}\u{a9}",
        "%zz", "http://a/", "a:65536", "a:99999", "a:000080", "[::1]x", "[]", "[:]", "[a]", ":80", "a,b", "a;b", "a'b",
        "a(b", "a,", "::1",
        String(repeating: "a", count: 263),
    ])
    func `hosts that are refused`(host: String) {
        check(Row(400, "GET / HTTP/1.1\r\nHost: \(host)\r\n\r\n", "RFC 9112 §3.2"))
    }

    @Test func `expectations`() throws {
        let rows: [Row] = [
            Row(200, get("Expect: 100-continue\r\nContent-Length: 5\r\n"), "RFC 9110 §10.1.1"),
            Row(200, get("Expect: 100-Continue\r\nContent-Length: 5\r\n"), "RFC 9110 §10.1.1"),
            Row(417, get("Expect: 200-ok\r\n"), "RFC 9110 §15.5.18"),
            Row(417, get("Expect:\r\n"), "RFC 9110 §15.5.18"),
            Row(417, get("Expect: 100-continue, x\r\n"), "RFC 9110 §15.5.18"),
            Row(417, get("Expect: 100-continue\r\nExpect: 100-continue\r\n"), "RFC 9110 §15.5.18"),
            Row(200, get("Expect: 200-ok\r\n", version: "HTTP/1.0"), "RFC 9110 §10.1.1: 1.0 has none"),
        ]
        for row in rows { check(row) }
        #expect(try request(rows[0].raw).expectsContinue)
        #expect(try request(rows[1].raw).expectsContinue)
        #expect(try !request(get("Expect: 100-continue\r\n")).expectsContinue)
        #expect(try !request(get("Expect: 100-continue\r\nContent-Length: 5\r\n", version: "HTTP/1.0")).expectsContinue)
        #expect(try !request(get("Content-Length: 5\r\n")).expectsContinue)
    }

    @Test func `connections live on or end`() throws {
        let rows: [(Bool, String, String)] = [
            (true, "HTTP/1.1", ""), (true, "HTTP/1.1", "Connection: keep-alive\r\n"),
            (true, "HTTP/1.1", "Connection: closed, x-close\r\n"), (false, "HTTP/1.1", "Connection: close\r\n"),
            (false, "HTTP/1.1", "Connection: foo, Close\r\n"),
            (false, "HTTP/1.1", "Connection: foo\r\nConnection: close\r\n"),
            (false, "HTTP/1.1", "Connection: keep-alive, close\r\n"), (false, "HTTP/1.0", ""),
            (true, "HTTP/1.0", "Connection: Keep-Alive\r\n"), (false, "HTTP/1.0", "Connection: keep-alive, close\r\n"),
            (false, "HTTP/1.0", "Connection: upgrade\r\n"),
        ]
        for (expected, version, lines) in rows {
            let request = try request(get(lines, version: version))
            #expect(request.wantsKeepAlive == expected, "RFC 9112 §9.3: \(version) \(lines)")
        }
    }

    @Test func `pipelined requests come one after the other`() throws {
        let one = get("X-A: 1\r\n")
        let bytes = latin1(one + "\r\n" + get("X-A: 22\r\n") + "GET /par")
        var parser = RequestParser()
        let first = try #require(try parser.parse(bytes, from: 0, to: bytes.count))
        #expect(first.end == one.utf8.count)
        let second = try #require(try parser.parse(bytes, from: first.end, to: bytes.count))
        #expect(second.request.fields[HTTPFieldName("x-a")] == "22")
        #expect(try parser.parse(bytes, from: second.end, to: bytes.count) == nil)
    }

    @Test func `the start may move while a head arrives`() throws {
        let head = latin1(get("X-A: value\r\n"))
        for cut in 0..<head.count {
            var parser = RequestParser()
            #expect(try parser.parse([9, 9, 9] + head[..<cut], from: 3, to: 3 + cut) == nil)
            let request = try #require(try parser.parse(head + [7], from: 0, to: head.count)).request
            #expect(request.fields[HTTPFieldName("X-a")] == "value")
        }
    }

    @Test func `every pair of cuts gives the same request`() {
        let head = latin1("\r\nPOST /a/?q=1 HTTP/1.1\r\nHost: a:1\r\nX:\r\nContent-Length: 12\r\n\r\nbody")
        let whole = parse(head)
        #expect(whole == .parsed("post /a/ ?q=1 1.1 sized(12) 3 a:1 then 4"))
        for first in 0..<head.count {
            for second in first..<head.count { #expect(parse(head, cuts: [first, second]) == whole) }
        }
    }

    @Test func `a long head byte by byte takes linear time`() {
        var limits = RequestLimits()
        limits.headBytes = 1 << 20
        // The best of three: what else this machine does only adds to it.
        let times = [25_000, 200_000].compactMap { length in
            let head = latin1(get("X-A: \(String(repeating: "v", count: length))\r\n"))
            return (0..<3).map { _ in
                ContinuousClock().measure {
                    #expect(parse(head, cuts: Array(0..<head.count), limits: limits) != .incomplete)
                }
            }.min()
        }
        // Eight times the length: linear time is 8 times as long, quadratic time 64 times.
        #expect(times[1] < times[0] * 24, "\(times)")
    }
}
