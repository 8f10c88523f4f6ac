import Testing

@testable import HTTP

/// Heads of responses, as the client of other servers reads them.
@Suite struct ResponseHeadTests {
    private static func read(_ text: String) throws -> (head: ResponseHead, end: Int)? {
        let bytes = Array(text.utf8)
        return try ResponseHead.read(bytes, to: bytes.count)
    }

    @Test func `status, fields and framing are read, up to the body`() throws {
        let text = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nX: y\r\n\r\nabc"
        let (head, end) = try #require(try Self.read(text))
        #expect(head.status == 200)
        #expect(head.framing == .sized(3))
        #expect(head.fields[HTTPFieldName("x")] == "y")
        #expect(end == text.utf8.count - 3)
        let chunked = try #require(try Self.read("HTTP/1.0 404 \r\nTransfer-Encoding: Chunked\r\n\r\n"))
        #expect(chunked.head.status == 404)
        #expect(chunked.head.framing == .chunked)
        #expect(
            try #require(try Self.read("HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\n")).head.framing == .none)
        #expect(try #require(try Self.read("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")).head.framing == .none)
    }

    @Test func `a head is incomplete until its last byte`() throws {
        let text = Array("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n".utf8)
        for count in 0..<text.count { #expect(try ResponseHead.read(text, to: count) == nil, "\(count)") }
        #expect(try ResponseHead.read(text, to: text.count) != nil)
    }

    @Test(arguments: [
        // The first line.
        "HTTP/2 200 OK\r\n\r\n", "HTTP/1.1 200\r\n\r\n", "HTTP/1.1  200 OK\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n",
        "HTTP/1.1 2000 OK\r\n\r\n", "HTTP/1.1 099 OK\r\n\r\n", "HTTP/1.1 600 OK\r\n\r\n", "HTTP/1.x 200 OK\r\n\r\n",
        "http/1.1 200 OK\r\n\r\n", "\r\nHTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 O\u{0}K\r\n\r\n", "SSH-2.0-x", "<html>",
        // Lines.
        "HTTP/1.1 200 OK\nContent-Length: 3\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 3\n\r\n",
        "HTTP/1.1 200 OK\r\nA: b\r\rc\r\nContent-Length: 3\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA : b\r\nContent-Length: 3\r\n\r\n",
        "HTTP/1.1 200 OK\r\n a: b\r\nContent-Length: 3\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA: b\r\n c\r\nContent-Length: 3\r\n\r\n",
        "HTTP/1.1 200 OK\r\n: b\r\nContent-Length: 3\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA\r\nContent-Length: 3\r\n\r\n", "HTTP/1.1 200 OK\r\nA: \u{0}\r\nContent-Length: 3\r\n\r\n",
        // Framing.
        "HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -3\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 3, 3\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 204 No Content\r\nContent-Length: 3\r\n\r\n", "HTTP/1.1 100 Continue\r\nContent-Length: 3\r\n\r\n",
        // Size.
        "HTTP/1.1 200 " + String(repeating: "a", count: ResponseHead.limitBytes),
        "HTTP/1.1 200 OK\r\n" + String(repeating: "A: b\r\n", count: 101) + "Content-Length: 3\r\n\r\n",
    ]) func `what two readers could read differently is refused`(text: String) {
        #expect(throws: ResponseHead.Fault.self) { try Self.read(text) }
    }
}
