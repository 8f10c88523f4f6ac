import HTTP
import Testing

/// Figures by hand: `swift test -c release --filter Speed` after taking the trait away. Not a check.
@Suite(.disabled("prints figures; run by hand in release mode"))
struct Speed {
    private static let pipHead = Array(
        """
        GET /simple/alpha-pkg/ HTTP/1.1\r
        Host: index.example\r
        User-Agent: pip/26.3 {"ci":null,"cpu":"x86_64","distro":{"id":"bookworm","libc":{"lib":"glibc","version":"2.36"},\
        "name":"Debian GNU/Linux","version":"12"},"implementation":{"name":"CPython","version":"3.13.0"},"installer":\
        {"name":"pip","version":"26.3"},"openssl_version":"OpenSSL 3.0.22 25 Aug 2026","python":"3.13.0","system":\
        {"name":"Linux","release":"6.1.0"}}\r
        Accept-Encoding: gzip, deflate\r
        Accept: application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html; q=0.1, text/html; q=0.01\r
        Connection: keep-alive\r
        \r

        """.utf8)

    private func measure(_ name: String, times: Int, bytes: Int = 0, _ work: () throws -> Void) rethrows {
        let clock = ContinuousClock()
        var best = Duration.seconds(100)
        for _ in 0..<5 {
            let time = try clock.measure { for _ in 0..<times { try work() } }
            best = min(best, time / times)
        }
        let nanoseconds = Double(best.components.attoseconds) / 1e9 + Double(best.components.seconds) * 1e9
        let rate = bytes > 0 ? ", \(Int(Double(bytes) / nanoseconds * 1000)) MB/s" : ""
        print("\(name): \(Int(nanoseconds)) ns\(rate)")
    }

    @Test func `a pip head`() throws {
        let head = Self.pipHead
        var parser = RequestParser()
        try measure("parse \(head.count) bytes", times: 200_000) {
            guard try parser.parse(head, from: 0, to: head.count) != nil else { throw HTTPError(.badRequest, "") }
        }
        let request = try #require(try parser.parse(head, from: 0, to: head.count)).request
        let accept = Accept(
            offers: [
                "application/vnd.pypi.simple.v1+json", "application/vnd.pypi.simple.v1+html", "text/html",
                "application/vnd.pypi.simple.latest+json", "application/vnd.pypi.simple.latest+html",
            ], anything: 2)
        measure("Accept", times: 200_000) { _ = accept.choose(request.fields) }
        measure("Accept-Encoding", times: 200_000) { _ = ContentCoding.choose(request.fields) }
        measure("Conditional", times: 200_000) { _ = Conditional.evaluate(request, etag: "\"abc\"") }
        measure("keep-alive", times: 200_000) { _ = request.wantsKeepAlive }
    }

    @Test func `a response head`() {
        let fields = HTTPFields([
            ("Content-Type", "application/vnd.pypi.simple.v1+json"), ("ETag", "\"0123456789abcdef\""),
            ("Vary", "Accept, Accept-Encoding"), ("Cache-Control", "no-cache"),
        ])
        measure("fields", times: 500_000) {
            var fields = HTTPFields()
            fields.append("Content-Type", "application/vnd.pypi.simple.v1+json")
            fields.append("ETag", "\"0123456789abcdef\"")
            fields.append("Cache-Control", "no-cache")
            fields.append("X-Content-Type-Options", "nosniff")
        }
        let response = HTTPResponse(.ok, fields: fields, body: .bytes(Array(repeating: 0, count: 12345)))
        let date = HTTPDate.line(1_795_000_000)
        var output: [UInt8] = []
        measure("encode", times: 500_000) {
            output.removeAll(keepingCapacity: true)
            ResponseEncoder(to: .get, minorVersion: 1, keepsAlive: true)
                .encodeHead(response, date: date, into: &output)
        }
    }

    @Test func `multipart and chunked content`() throws {
        var random = SystemRandomNumberGenerator()
        let content = (0..<1 << 20).map { _ in UInt8.random(in: 0...255, using: &random) }
        let text = (0..<1 << 20).map { UInt8($0 % 40 == 38 ? 13 : $0 % 40 == 39 ? 10 : 97) }
        for (name, bytes) in [("random", content), ("zeros", [UInt8](repeating: 0, count: 1 << 20)), ("text", text)] {
            var parser = try MultipartParser(
                contentType: "multipart/form-data; boundary=0123456789abcdef0123456789abcdef")
            let head = "--0123456789abcdef0123456789abcdef\r\nContent-Disposition: form-data; name=\"content\"\r\n\r\n"
            var position = 0
            while try parser.next(Array(head.utf8), at: &position, to: head.utf8.count) != nil {}
            try measure("multipart, \(name)", times: 200, bytes: bytes.count) {
                var position = 0
                while try parser.next(bytes, at: &position, to: bytes.count) != nil {}
            }
        }
        let chunk = Array("10000\r\n".utf8) + content[..<65536] + Array("\r\n".utf8)
        var decoder = BodyDecoder(.chunked, contentLimit: .max)
        var output: [UInt8] = []
        try measure("chunked", times: 2000, bytes: chunk.count) {
            output.removeAll(keepingCapacity: true)
            _ = try decoder.decode(chunk, from: 0, to: chunk.count, into: &output)
        }
    }
}
