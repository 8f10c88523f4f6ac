public import Posix

/// What a handler answers. `Date`, `Content-Length` and `Connection` are the server's to add (RFC 9110 §6.6.1, §8.6).
public struct HTTPResponse: Sendable {
    /// The bytes of a response's content.
    public enum Body: Sendable {
        /// No content.
        case empty
        /// Content in memory. Prepared pages share one array: handing it over copies nothing.
        case bytes([UInt8])
        /// `length` bytes of a file from `offset` on, sent by `sendfile(2)`.
        case file(File, offset: Int64, length: Int64)

        /// In bytes.
        public var length: Int64 {
            switch self {
            case .empty: 0
            case .bytes(let bytes): Int64(bytes.count)
            case .file(_, _, let length): length
            }
        }
    }

    /// The status code.
    public var status: HTTPStatus
    /// Replaces the standard phrase: twine and hatch show nothing else. The encoder makes it one line of ISO-8859-1.
    public var reason: String?
    /// All fields but `Date`, `Content-Length`, `Connection`.
    public var fields: HTTPFields
    /// For `HEAD` too: the server sends its length and leaves the bytes out (RFC 9110 §9.3.2).
    public var body: Body
    /// Finds the name of who asked, which only an access log wants; `nil` when that is not known.
    public var principal: (@Sendable () -> String?)?
    /// Whether the connection ends after this response.
    public var closesConnection = false

    /// A response.
    public init(_ status: HTTPStatus, fields: HTTPFields = HTTPFields(), body: Body = .empty) {
        self.status = status
        self.fields = fields
        self.body = body
    }

    private static let plainText = HTTPFields([
        ("Content-Type", "text/plain; charset=utf-8"), ("X-Content-Type-Options", "nosniff"),
    ])

    /// Plain text: the sentence, in the body and, unless it is a success, in the reason phrase.
    ///
    /// Control characters become spaces, but for line ends: a sentence may repeat words of the request, and ends up on
    /// terminals.
    public static func text(_ status: HTTPStatus, _ sentence: String) -> HTTPResponse {
        let sentence = printable(sentence)
        var response = HTTPResponse(status, fields: plainText, body: .bytes(Array((sentence + "\n").utf8)))
        if status.code >= 400 { response.reason = sentence }
        return response
    }

    /// A text without control characters (C0, DEL and C1 of ISO 6429) but for line ends.
    public static func printable(_ text: String) -> String {
        let isControl = { (scalar: UnicodeScalar) in
            scalar.value < 0x20 && scalar != "\n" || (0x7F...0x9F).contains(scalar.value)
        }
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.map { isControl($0) ? " " : $0 }))
    }
}
