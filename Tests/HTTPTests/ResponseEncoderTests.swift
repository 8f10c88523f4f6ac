@testable import HTTP
import Testing

struct ResponseEncoderTests {
    private func head(
        _ response: HTTPResponse, to method: HTTPMethod? = .get, minorVersion: Int = 1, keepsAlive: Bool = true
    ) -> [UInt8] {
        var output: [UInt8] = []
        ResponseEncoder(to: method, minorVersion: minorVersion, keepsAlive: keepsAlive)
            .encodeHead(response, date: Array("Date: now\r\n".utf8), into: &output)
        return output
    }

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test func `a page`() {
        let page = HTTPResponse(.ok, fields: HTTPFields([("ETag", "\"a\"")]), body: .bytes(Array("hello".utf8)))
        let expected = "HTTP/1.1 200 OK\r\nETag: \"a\"\r\nDate: now\r\nContent-Length: 5\r\n"
        #expect(text(head(page)) == expected + "\r\n")
        #expect(text(head(page, to: .head)) == expected + "\r\n", "RFC 9110 §9.3.2")
        #expect(text(head(page, keepsAlive: false)) == expected + "Connection: close\r\n\r\n", "RFC 9112 §9.6")
        #expect(text(head(page, minorVersion: 0)) == expected + "Connection: keep-alive\r\n\r\n", "RFC 9112 §9.3")
        #expect(text(head(page, minorVersion: 0, keepsAlive: false)) == expected + "Connection: close\r\n\r\n")
        var last = page
        last.closesConnection = true
        #expect(text(head(last)) == expected + "Connection: close\r\n\r\n")
    }

    @Test(arguments: [HTTPStatus.noContent, .notModified]) func `responses without content have no length`(
        status: HTTPStatus
    ) {
        let encoder = ResponseEncoder(to: .get, minorVersion: 1, keepsAlive: true)
        let response = HTTPResponse(status, body: .bytes([1]))
        #expect(!text(head(response)).contains("Content-Length"), "RFC 9110 §8.6")
        #expect(!encoder.sendsBody(response))
    }

    @Test func `bodies are left out after HEAD`() {
        let response = HTTPResponse(.ok, body: .bytes([1]))
        #expect(!ResponseEncoder(to: .head, minorVersion: 1, keepsAlive: true).sendsBody(response))
        #expect(ResponseEncoder(to: .get, minorVersion: 1, keepsAlive: true).sendsBody(response))
        #expect(ResponseEncoder(to: nil, minorVersion: 1, keepsAlive: false).sendsBody(response))
    }

    @Test(arguments: [
        ("File already exists.", "File already exists."), ("a\r\nX-Kit: 1", "a  X-Kit: 1"),
        ("tab\tnul\0del\u{7f}", "tab nul del "),
        ("€ and 🐍", "? and ?"), ("", ""), ("\u{85}", " "),
    ])
    func `a reason is one line`(reason: String, line: String) {
        var response = HTTPResponse(.badRequest)
        response.reason = reason
        #expect(text(head(response)).hasPrefix("HTTP/1.1 400 \(line)\r\nDate"), "RFC 9112 §4")
    }

    @Test func `a reason is ISO-8859-1 of at most 900 bytes`() {
        var response = HTTPResponse(.ok)
        response.reason = "é"
        #expect(head(response).starts(with: Array("HTTP/1.1 200 ".utf8) + [0xE9, 0x0D, 0x0A]))
        response.reason = String(repeating: "x", count: 5000)
        #expect(head(response).firstIndex(of: 0x0D) == 913)
    }

    @Test(arguments: [0, 1, 9, 10, 99, 100, 12345, 9_223_372_036_854_775_807] as [Int64])
    func `lengths are decimal`(length: Int64) {
        var output: [UInt8] = []
        Decimal.append(length, to: &output)
        #expect(text(output) == "\(length)")
        Decimal.append(length, digits: 2, to: &output)
        #expect(text(output).hasSuffix(length < 10 ? "0\(length)" : "\(length % 100)"))
    }

    @Test func `standard phrases`() {
        #expect(text(head(HTTPResponse(.notFound))).hasPrefix("HTTP/1.1 404 Not Found\r\n"))
        #expect(
            text(head(HTTPResponse(.requestHeaderFieldsTooLarge))).hasPrefix(
                "HTTP/1.1 431 Request Header Fields Too Large\r\n"))
        #expect(text(ResponseEncoder.interimContinue) == "HTTP/1.1 100 Continue\r\n\r\n")
    }
}

@Test(arguments: [
    ("a\u{9}b\u{1B}[31m\u{9B}c\nd\u{7F}é\u{0}", "a b [31m c\nd é "), ("nothing to mend: ü ✓", "nothing to mend: ü ✓"),
])
func `what a text repeats of a request cannot steer a terminal`(sentence: String, text: String) {
    guard case .bytes(let bytes) = HTTPResponse.text(.badRequest, sentence).body else {
        Issue.record("no text")
        return
    }
    #expect(String(decoding: bytes, as: UTF8.self) == text + "\n")
}
