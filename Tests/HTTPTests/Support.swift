import HTTP
import Testing

/// Bytes of a text in which each scalar up to U+00FF is one byte, so that a row can hold any byte as `\u{e9}`.
func latin1(_ text: String) -> [UInt8] {
    text.unicodeScalars.map { UInt8(exactly: $0.value) ?? 0x3F }
}

/// What a parser made of some bytes.
enum Outcome: Equatable, CustomStringConvertible {
    case parsed(String)
    case incomplete
    case refused(Int)

    var description: String {
        switch self {
        case .parsed(let text): "parsed \(text)"
        case .incomplete: "incomplete"
        case .refused(let code): "refused \(code)"
        }
    }
}

/// One row of a table: bytes, where the rule stands, what must come of them.
struct Row: CustomTestStringConvertible, Sendable {
    let raw: String
    let reference: String
    let expected: Int

    /// 200 means: accepted.
    init(_ expected: Int, _ raw: String, _ reference: String) {
        self.expected = expected
        self.raw = raw
        self.reference = reference
    }

    var testDescription: String { "\(expected) \(raw.debugDescription.prefix(100)) (\(reference))" }
}

/// Feeds the bytes in pieces that end at `cuts` and at the end, into one parser.
func parse(_ bytes: [UInt8], cuts: [Int] = [], limits: RequestLimits = RequestLimits()) -> Outcome {
    var parser = RequestParser(limits: limits)
    do {
        for cut in cuts + [bytes.count] {
            guard let (request, end) = try parser.parse(bytes, from: 0, to: cut) else { continue }
            return .parsed(describe(request) + " then \(bytes.count - end)")
        }
        return .incomplete
    } catch {
        return .refused(error.status.code)
    }
}

func describe(_ request: HTTPRequest) -> String {
    """
    \(request.method) \(request.target.path) ?\(request.target.query) 1.\(request.minorVersion) \(request.framing) \
    \(request.fields.count) \(request.fields[.host] ?? "-")
    """
}

/// The request that the text is; the test fails when it is none.
func request(_ text: String) throws -> HTTPRequest {
    var parser = RequestParser()
    let bytes = latin1(text)
    return try #require(try parser.parse(bytes, from: 0, to: bytes.count)).request
}

/// A GET with the given field lines, each with its CR LF.
func get(_ lines: String, body: String = "", version: String = "HTTP/1.1") -> String {
    "GET /simple/ \(version)\r\nHost: a\r\n\(lines)\r\n\(body)"
}
