import HTTP
import Testing

struct RequestLineTests {
    private static func line(_ line: String) -> String { "\(line)\r\nHost: a\r\n\r\n" }

    static let rows: [Row] = [
        Row(200, line("GET /simple/ HTTP/1.1"), "RFC 9112 §3"),
        Row(200, line("get /simple/ HTTP/1.1"), "RFC 9110 §9.1: another method, for the handler to refuse"),
        Row(200, line("BREW /pot HTTP/1.1"), "RFC 9110 §9.1"),
        Row(200, line("M-SEARCH /x HTTP/1.1"), "RFC 9110 §9.1"),
        Row(400, line("GE@T / HTTP/1.1"), "RFC 9110 §5.6.2"),
        Row(400, line("GE\0T / HTTP/1.1"), "RFC 9110 §5.6.2"),
        Row(400, line("GE(T / HTTP/1.1"), "RFC 9110 §5.6.2"),
        Row(400, line("\u{1}GET / HTTP/1.1"), "RFC 9110 §5.6.2"),
        Row(400, line("G\u{c3}\u{89}T / HTTP/1.1"), "RFC 9110 §5.6.2"),
        Row(400, line("G=\":<>(e),[T];?\" / HTTP/1.1"), "RFC 9110 §5.6.2"),
        Row(400, line("\"GET\" / HTTP/1.1"), "RFC 9110 §5.6.2"),
        Row(400, line(" / HTTP/1.1"), "RFC 9112 §3"),
        Row(501, line(String(repeating: "A", count: 10000) + " / HTTP/1.1"), "RFC 9112 §3"),
        Row(501, line(String(repeating: "A", count: 33) + " / HTTP/1.1"), "RFC 9112 §3"),
        Row(200, line(String(repeating: "A", count: 32) + " / HTTP/1.1"), "RFC 9112 §3"),
        Row(400, "GET /simple/\r\n\r\n", "RFC 9112 A: no HTTP/0.9"),
        Row(400, "GET /simple/\nHTTP/1.1\r\n\r\n", "RFC 9112 A"),
        Row(400, line("GET  / HTTP/1.1"), "RFC 9112 §3"),
        Row(400, line("GET /  HTTP/1.1"), "RFC 9112 §3"),
        Row(400, line("GET\t/\tHTTP/1.1"), "RFC 9112 §3"),
        Row(400, line("GET / HTTP/1.1 "), "RFC 9112 §3"),
        Row(400, line("GET / HTTP/1.1\t"), "RFC 9112 §3"),
        Row(400, line("GET\r/\rHTTP/1.1"), "RFC 9112 §2.2"),
        Row(400, line("GET\u{b}/ HTTP/1.1"), "RFC 9112 §3"),
        Row(400, line(" GET / HTTP/1.1"), "RFC 9112 §3"),
        Row(200, "\r\n" + line("GET / HTTP/1.1"), "RFC 9112 §2.2: an empty line is ignored"),
        Row(200, String(repeating: "\r\n", count: 8) + line("GET / HTTP/1.1"), "RFC 9112 §2.2"),
        Row(400, String(repeating: "\r\n", count: 9) + line("GET / HTTP/1.1"), "RFC 9112 §2.2: but not many"),
        Row(400, "\n" + line("GET / HTTP/1.1"), "RFC 9112 §2.2"),
        Row(400, "\r" + line("GET / HTTP/1.1"), "RFC 9112 §2.2"),
        Row(400, "\0" + line("GET / HTTP/1.1"), "RFC 9112 §2.2"),
        Row(400, "GET / HTTP/1.1\r\r\nHost: a\r\n\r\n", "RFC 9112 §2.2"),
        Row(400, "GET / HTTP/1.1\nHost: a\r\n\r\n", "RFC 9112 §2.2"),
        Row(400, line("GET / HTTP/1.1").replacing("\r\n", with: "\n"), "RFC 9112 §2.2"),
        Row(400, line("GET / HTTP/1.1").replacing("\r\n", with: "\r"), "RFC 9112 §2.2"),
        Row(505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "RFC 9113 §3.4"),
        Row(400, "PROXY TCP4 10.0.0.1 10.0.0.2 1 2\r\n" + line("GET / HTTP/1.1"), "no PROXY protocol"),
        Row(400, "\u{16}\u{3}\u{1}\0\u{c8}", "a TLS hello"),
        Row(400, "SSH-2.0-OpenSSH_9.2\r\n", "ssh"),
        Row(400, "EHLO x\r\nQUIT\r\n", "SMTP"),
        Row(400, "GARBAGE\r\n\r\n", "RFC 9112 §3"),
        Row(505, "VOSTSD * HTTP/0.1\ne4\r\n", "RFC 9112 §2.3: found by fuzzing, 400 when it came in pieces"),
        Row(501, String(repeating: "A", count: 100_000), "RFC 9112 §3: no end in sight"),
        Row(400, String(repeating: "\0", count: 65536), "RFC 9112 §3"),
        Row(414, "GET /" + String(repeating: "a", count: 8192), "RFC 9112 §3: no end in sight"),
        Row(414, line("GET /" + String(repeating: "a", count: 8192) + " HTTP/1.1"), "RFC 9112 §3"),
        Row(200, line("GET /" + String(repeating: "a", count: 8191) + " HTTP/1.1"), "RFC 9112 §3"),
        Row(414, line("GET /" + String(repeating: "a", count: 100_000) + " HTTP/1.1"), "RFC 9112 §3"),
    ]

    @Test(arguments: rows) func `request lines are accepted or refused`(row: Row) {
        check(row)
    }

    @Test(arguments: ["HTTP/1.0", "HTTP/1.1", "HTTP/1.2", "HTTP/1.9"])
    func `all versions 1 are spoken`(version: String) {
        check(Row(200, Self.line("GET / \(version)"), "RFC 9110 §2.5"))
    }

    @Test(arguments: ["HTTP/2.0", "HTTP/3.0", "HTTP/0.9", "HTTP/5.6"])
    func `other major versions are 505`(version: String) {
        check(Row(505, Self.line("GET / \(version)"), "RFC 9110 §15.6.6"))
    }

    @Test(arguments: [
        "HTTP/1.10", "HTTP/1.32", "HTTP/11", "HTTP/1.", "HTTP/.1", "HTTP/1", "http/1.1", "Http/1.1", "HTTP /1.1",
        "HTTP/ 1.1",
        "HTTP/1 .1", "HTTP/4294967297.1", "HTTP/257.1", "HTTP/1.257", "HTTP/1.1.1", "HTTP/+1.1", "HTTP/01.1",
        "HTTP/1,1",
        "HTTP/1.1a", "ICE/1.0", "RTSP/1.0", "IHTTP/1.1", "HTTPS/1.1", "HTTP/\r\r1.1", "HTTP/1.1\0",
        "HTTP/\u{d9}\u{a1}.1", "",
        "H", "HTTP/", "HTTP/2",
    ])
    func `versions have one spelling`(version: String) {
        check(Row(400, Self.line("GET / \(version)"), "RFC 9112 §2.3"))
    }

    @Test func `methods are named`() throws {
        let methods: [(String, HTTPMethod)] = [
            ("GET", .get), ("HEAD", .head), ("POST", .post), ("PUT", .put), ("PATCH", .patch), ("DELETE", .delete),
            ("OPTIONS", .options), ("TRACE", .other("TRACE")), ("PROPFIND", .other("PROPFIND")), ("Get", .other("Get")),
            ("\u{41}\u{41}\u{41}\u{41}\u{41}\u{41}GET", .other("AAAAAAGET")),
        ]
        for (text, method) in methods {
            #expect(try request("\(text) / HTTP/1.1\r\nHost: a\r\n\r\n").method == method)
        }
    }

    @Test func `a later version 1 is minor version 1`() throws {
        #expect(try request("GET / HTTP/1.2\r\nHost: a\r\n\r\n").minorVersion == 1)
        #expect(try request("GET / HTTP/1.0\r\n\r\n").minorVersion == 0)
    }
}

/// Parses the row in one piece and byte by byte, and compares the status.
func check(_ row: Row, sourceLocation: SourceLocation = #_sourceLocation) {
    let bytes = latin1(row.raw)
    let whole = parse(bytes)
    if case .parsed = whole {
        #expect(row.expected == 200, "\(row.reference): \(whole)", sourceLocation: sourceLocation)
    } else {
        #expect(whole == .refused(row.expected), "\(row.reference)", sourceLocation: sourceLocation)
    }
    let cuts = bytes.count < 20000 ? Array(0..<bytes.count) : []
    let slowly = parse(bytes, cuts: cuts)
    // A line that has not ended may be refused at once or when it ends.
    if slowly == .incomplete, !bytes.contains(0x0A) { return }
    #expect(slowly == whole, "byte by byte: \(row.reference)", sourceLocation: sourceLocation)
}
