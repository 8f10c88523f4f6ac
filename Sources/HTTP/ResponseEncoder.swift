/// Writes the head of a response (RFC 9112 §4, §6) for one request.
public struct ResponseEncoder: Sendable {
    /// `100 Continue`, to be sent before a body that the client holds back (RFC 9110 §15.2.1).
    public static let interimContinue = Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)

    /// Bytes of a reason phrase: twine shows it, and `http.client` refuses status lines over 64 KiB.
    private static let reasonLimit = 900

    private let isHead: Bool
    private let isOldVersion: Bool
    private let keepsAlive: Bool

    /// An encoder for the answer to a request.
    ///
    /// - Parameters:
    ///   - method: the request's method; `nil` when the request could not be parsed.
    ///   - minorVersion: the request's: 0 or 1.
    ///   - keepsAlive: whether the server will read another request after the answer.
    public init(to method: HTTPMethod?, minorVersion: Int, keepsAlive: Bool) {
        isHead = method == .head
        isOldVersion = minorVersion == 0
        self.keepsAlive = keepsAlive
    }

    /// Whether the content follows the head: not after `HEAD`, not with 1xx, 204 and 304 (RFC 9112 §6.3).
    public func sendsBody(_ response: HTTPResponse) -> Bool {
        !isHead && Self.hasContent(response.status)
    }

    /// Appends the head with its empty line.
    ///
    /// - Parameter date: `Date: …` with CR LF, see `HTTPDate.line`; empty for a server without a clock.
    public func encodeHead(_ response: HTTPResponse, date: [UInt8], into output: inout [UInt8]) {
        output.reserveCapacity(output.count + response.fields.encoded.count + date.count + 160)
        appendStatusLine(response, to: &output)
        output.append(contentsOf: response.fields.encoded)
        output.append(contentsOf: date)
        if Self.hasContent(response.status) {
            output.append(contentsOf: "Content-Length: ".utf8)
            Decimal.append(response.body.length, to: &output)
            output.append(contentsOf: "\r\n".utf8)
        }
        if !keepsAlive || response.closesConnection {
            output.append(contentsOf: "Connection: close\r\n".utf8)
        } else if isOldVersion {
            output.append(contentsOf: "Connection: keep-alive\r\n".utf8)
        }
        output.append(contentsOf: "\r\n".utf8)
    }

    private static func hasContent(_ status: HTTPStatus) -> Bool {
        status.code >= 200 && status.code != 204 && status.code != 304
    }

    private func appendStatusLine(_ response: HTTPResponse, to output: inout [UInt8]) {
        if response.status.code == 200, response.reason == nil {
            output.append(contentsOf: "HTTP/1.1 200 OK\r\n".utf8)
            return
        }
        output.append(contentsOf: "HTTP/1.1 ".utf8)
        Decimal.append(Int64(response.status.code), to: &output)
        output.append(Grammar.space)
        if let reason = response.reason {
            Self.append(reason: reason, to: &output)
        } else {
            output.append(contentsOf: response.status.phrase.description.utf8)
        }
        output.append(contentsOf: "\r\n".utf8)
    }

    /// One line of ISO-8859-1: control characters become spaces, what does not fit in a byte becomes `?`.
    private static func append(reason: String, to output: inout [UInt8]) {
        let bytes = reason.utf8
        if bytes.count <= reasonLimit, bytes.allSatisfy({ $0 >= Grammar.space && $0 < Grammar.delete }) {
            output.append(contentsOf: bytes)
            return
        }
        for scalar in reason.unicodeScalars.prefix(reasonLimit) {
            let byte = UInt8(exactly: scalar.value) ?? Grammar.questionMark
            let isControl = byte < Grammar.space || byte >= Grammar.delete && byte < 0xA0
            output.append(isControl ? Grammar.space : byte)
        }
    }
}
