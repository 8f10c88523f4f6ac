/// The head of a response, as a client reads it (RFC 9112 §4): strictly, for what two readers could read differently is
/// refused.
public struct ResponseHead: Sendable {
    /// Why a response is not taken: a sentence about the server.
    public struct Fault: Error, Hashable, Sendable {
        /// Such as "its answer has neither Content-Length nor chunks".
        public let reason: String

        /// A fault with its clause.
        public init(_ reason: String) { self.reason = reason }
    }

    /// 100…599.
    public let status: Int
    /// The field lines as received.
    public let fields: RequestFields
    /// How the body is delimited. A body that ends with the connection is refused: nobody could tell it from one that was
    /// cut off.
    public let framing: BodyFraming

    /// How long a head may be, in bytes, and how many lines it may have.
    public static let limitBytes = 16 << 10
    private static let fieldLimit = 100

    /// Reads the head at the beginning of `buffer[..<end]`, of the answer to a GET.
    ///
    /// - Returns: the head and the index behind it; `nil` when it is incomplete: call again with more bytes.
    /// - Throws: `Fault` when it is none, or longer than ``limitBytes``.
    public static func read(_ buffer: [UInt8], to end: Int) throws(Fault) -> (head: ResponseHead, end: Int)? {
        // What is no HTTP need not be waited for.
        guard zip(buffer[..<end], "HTTP/1.".utf8).allSatisfy({ $0 == $1 }) else { throw notHTTP }
        var lines: [ArraySlice<UInt8>] = []
        var start = 0
        while start < end {
            let limit = min(end, limitBytes)
            guard let feed = buffer[start..<max(start, limit)].firstIndex(of: Grammar.lineFeed) else { break }
            guard feed > start, buffer[feed - 1] == Grammar.carriageReturn else {
                throw Fault("a line of its answer's head does not end with CR LF")
            }
            let line = buffer[start..<feed - 1]
            start = feed + 1
            guard !line.isEmpty else { return (try ResponseHead(lines), start) }
            guard lines.count <= fieldLimit else { throw Fault("its answer has more than \(fieldLimit) fields") }
            lines.append(line)
        }
        guard end < limitBytes else { throw Fault("its answer's head is longer than \(limitBytes) bytes") }
        return nil
    }

    private static let notHTTP = Fault("it does not answer in HTTP/1.1")

    private init(_ lines: [ArraySlice<UInt8>]) throws(Fault) {
        guard let first = lines.first else { throw Self.notHTTP }
        status = try Self.status(first)
        var fields: [(name: String, value: String)] = []
        for line in lines.dropFirst() { fields.append(try Self.field(line)) }
        self.fields = RequestFields(fields)
        framing = try Self.framing(self.fields, status: status)
    }

    /// `HTTP/1.1 200 OK`, the phrase perhaps empty.
    private static func status(_ line: ArraySlice<UInt8>) throws(Fault) -> Int {
        let line = Array(line)
        guard line.count >= 13, line.starts(with: "HTTP/1.".utf8), Grammar.isDigit(line[7]),
            line[8] == Grammar.space, line[9..<12].allSatisfy(Grammar.isDigit), line[12] == Grammar.space,
            line[13...].allSatisfy(Grammar.isFieldValue)
        else { throw notHTTP }
        guard let status = line[9..<12].saturatingDecimal, (100...599).contains(status) else { throw notHTTP }
        return Int(status)
    }

    private static func field(_ line: ArraySlice<UInt8>) throws(Fault) -> (name: String, value: String) {
        guard let colon = line.firstIndex(of: Grammar.colon), colon > line.startIndex,
            line[..<colon].allSatisfy(Grammar.isToken), line[(colon + 1)...].allSatisfy(Grammar.isFieldValue)
        else { throw Fault("a line of its answer's head is no field") }
        let value = line[(colon + 1)...].trimmed
        return (String(decoding: line[..<colon], as: UTF8.self), String(decoding: value, as: UTF8.self))
    }

    /// RFC 9112 §6.3.
    private static func framing(_ fields: RequestFields, status: Int) throws(Fault) -> BodyFraming {
        let hasLength = fields.mayOccur(.contentLength)
        let hasCoding = fields.mayOccur(.transferEncoding)
        if status < 200 || status == 204 || status == 304 {
            guard !hasLength && !hasCoding || status == 304 else { throw Fault("its answer must not have a body") }
            return .none
        }
        guard hasLength != hasCoding else {
            let both = "its answer has Content-Length and Transfer-Encoding, which exclude each other"
            throw Fault(hasLength ? both : "its answer has neither Content-Length nor chunks")
        }
        if hasCoding {
            guard fields.bytes(.transferEncoding)?.matches("chunked") == true else {
                throw Fault("its answer has a transfer coding other than chunked")
            }
            return .chunked
        }
        guard let length = fields.bytes(.contentLength)?.saturatingDecimal else {
            throw Fault("its answer's Content-Length is no number")
        }
        return length == 0 ? .none : .sized(length)
    }
}
