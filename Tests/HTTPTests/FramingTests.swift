import HTTP
import Testing

struct FramingTests {
    static let lengths: [Row] = [
        Row(200, get("Content-Length: 5\r\n", body: "hello"), "RFC 9112 §6.2"),
        Row(200, get("Content-Length: 0\r\n"), "RFC 9112 §6.2"),
        Row(200, get("Content-Length: 0000000000000000005\r\n"), "RFC 9110 §8.6: 1*DIGIT"),
        Row(200, get("Content-Length: 9223372036854775806\r\n"), "RFC 9110 §8.6"),
        Row(413, get("Content-Length: 9223372036854775807\r\n"), "RFC 9110 §8.6: overflow"),
        Row(413, get("Content-Length: 9223372036854775808\r\n"), "RFC 9110 §8.6: overflow"),
        Row(413, get("Content-Length: 18446744073709551615\r\n"), "RFC 9110 §8.6: overflow"),
        Row(413, get("Content-Length: 18446744073709551621\r\n"), "RFC 9110 §8.6: overflow"),
        Row(413, get("Content-Length: 36893488147419103237\r\n"), "RFC 9110 §8.6: overflow"),
        Row(413, get("Content-Length: \(String(repeating: "9", count: 40))\r\n"), "RFC 9110 §8.6: overflow"),
        Row(400, get("Content-Length: 5, 5\r\n", body: "hello"), "RFC 9112 §6.3"),
        Row(400, get("Content-Length: 5\r\nContent-Length: 5\r\n", body: "hello"), "RFC 9112 §6.3"),
        Row(400, get("Content-Length: 40\r\nContent-Length: 0\r\n"), "RFC 9112 §6.3"),
        Row(400, get("Content-Length: 0\r\nContent-Length: 40\r\n"), "RFC 9112 §6.3"),
        Row(400, get("Content-Length: 5\r\nContent-Length: 5\r\nContent-Length: 6\r\n"), "RFC 9112 §6.3"),
        Row(400, get("Content-Length: \r\nContent-Length: 40\r\n"), "RFC 9112 §6.3"),
    ]

    @Test(arguments: lengths) func `lengths are plain numbers`(row: Row) {
        check(row)
    }

    @Test(arguments: [
        "+5", "-5", "-0", "0x5", "5a", "a", "5 5", "5, 6", "6,5", "", " ", "5.0", "5e0", "\u{d9}\u{a5}", "5\0", "5;",
        "1_0", "_5", "5\u{b}",
        "\u{b}5", "5\u{85}", "\u{a0}5", "5,", ",5", "\"5\"", "0x0", "1Z", "-48", "5\t5", "NaN",
    ])
    func `other lengths are refused`(length: String) {
        check(Row(400, get("Content-Length: \(length)\r\n", body: "hello"), "RFC 9112 §6.3"))
    }

    @Test(arguments: ["chunked", "CHUNKED", "\t chunked \t", "Chunked"])
    func `chunked is known`(coding: String) throws {
        #expect(try request(get("Transfer-Encoding: \(coding)\r\n")).framing == .chunked)
    }

    @Test(arguments: [
        "chunked, gzip", "chunked, identity", "chunked;q=1", "\"chunked\"", "", "chun ked", "\u{b}chunked",
        "chunked\u{b}",
        "\u{a0}chunked\u{a0}", "\u{ff}chunked", "chunked\0", "chunked\u{1f}", "[chunked]", "chunked\u{c2}\u{a0}",
        "chunked identity",
        ",chunked", "chunked,", ", chunked ,", ",,chunked", "chunked, chunked",
        "chunked\r\nTransfer-Encoding: chunked", "identity\r\nTransfer-Encoding: chunked",
        "chunked\r\nTransfer-Encoding: identity", "chunked\r\nTransfer-Encoding: cow", "\r\n chunked", "\n chunked",
        "x\r\n\tchunked",
    ])
    func `ambiguous codings are 400`(coding: String) {
        check(Row(400, get("Transfer-Encoding: \(coding)\r\n"), "RFC 9112 §6.3"))
    }

    @Test(arguments: [
        "gzip, chunked", "identity", "xchunked", "chunkedx", "'chunked'", "cow", "trailers", "deflate", "x-gzip",
    ])
    func `unknown codings are 501`(coding: String) {
        check(Row(501, get("Transfer-Encoding: \(coding)\r\n"), "RFC 9112 §6.1"))
    }

    @Test(arguments: [
        "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n", "Transfer-Encoding: chunked\r\nContent-Length: 6\r\n",
        "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", "Content-Length: 4000\r\nTransfer-Encoding: chunked\r\n",
        "Content-Length: 6\r\nTRANSFER-ENCODING: Chunked\r\n", "Content-Length: 6\r\nTransfer-Encoding:\tchunked\r\n",
        "Transfer-Encoding : chunked\r\nContent-Length: 5\r\n", "Transfer-Encoding: xchunked\r\nContent-Length: 5\r\n",
        "Transfer-Encoding\0: chunked\r\nContent-Length: 5\r\n",
        "X: x\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        "X: x\rTransfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        " Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        "Transfer-Encoding: ,chunked\r\nContent-Length: 5\r\n",
    ])
    func `a length and a coding exclude each other`(lines: String) {
        check(Row(400, get(lines, body: "0\r\n\r\n"), "RFC 9112 §6.3"))
    }

    @Test func `HTTP 1.0 has no codings`() {
        check(
            Row(
                400, get("Transfer-Encoding: chunked\r\nConnection: keep-alive\r\n", version: "HTTP/1.0"),
                "RFC 9112 §6.1"))
    }

    @Test func `framing is what the fields say`() throws {
        #expect(try request(get("")).framing == .none)
        #expect(try request(get("Content-Length: 0\r\n")).framing == .none)
        #expect(try request(get("Content-Length: 010\r\n")).framing == .sized(10))
        // Names of the same length that end or begin alike are other names.
        #expect(try request(get("Xontent-Length: 10\r\nContent-Lengtx: 10\r\nContent_Length: 1\r\n")).framing == .none)
        #expect(try request(get("Transfer_Encoding: chunked\r\nTransfer-Encodinx: chunked\r\n")).framing == .none)
    }
}
