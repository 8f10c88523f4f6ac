/// Makes requests from the bytes of a connection: bytes in, values out (RFC 9112).
///
/// It rejects and does not repair: whatever two programs could read in two ways is an error. After an error the framing
/// is in doubt, so the connection must close after the answer.
///
/// One parser serves one connection, request after request. A line that has been read is not read again when more bytes
/// arrive, so a head that comes byte by byte costs no more than twice its length.
public struct RequestParser: Sendable {
    /// The limits of the heads.
    public let limits: RequestLimits

    // All positions count from the start of the head.
    private var lineStart = 0
    private var searched = 0
    private var emptyLines = 0
    private var line: RequestLine?
    private var slots: [FieldSlot] = []

    /// A parser for a new connection.
    public init(limits: RequestLimits = RequestLimits()) {
        self.limits = limits
    }

    /// Reads the head that begins at `start` in `buffer`.
    ///
    /// - Parameters:
    ///   - start: where the head begins. It may move between calls when the buffer is compacted; the bytes may not change.
    ///   - end: where the bytes that have arrived end.
    /// - Returns: the request and the index behind its head, or `nil` when the head is incomplete: call again with the
    ///   same bytes and more.
    /// - Throws: 400 for broken syntax, 414 and 431 over the limits, 417 for an unknown expectation, 501 for a method or
    ///   coding that nobody here knows, 505 for another major version.
    public mutating func parse(
        _ buffer: [UInt8], from start: Int, to end: Int
    ) throws(HTTPError) -> (request: HTTPRequest, end: Int)? {
        let bytes = buffer.span.extracting(start..<end)
        guard try readLines(bytes) else { return nil }
        guard let line else { return nil }
        let head = buffer[start..<start + lineStart]
        let request = try line.request(head: head, slots: slots)
        let headEnd = start + lineStart
        reset()
        return (request, headEnd)
    }

    private mutating func reset() {
        lineStart = 0
        searched = 0
        emptyLines = 0
        line = nil
        slots = []
    }

    /// Reads as many lines as there are; `true` when the empty line that ends the head has been read.
    private mutating func readLines(_ bytes: Span<UInt8>) throws(HTTPError) -> Bool {
        if line == nil {
            guard try skipEmptyLines(bytes) else { return false }
            guard try readRequestLine(bytes) else { return false }
        }
        while true {
            guard isWorthReading(bytes) else { break }
            guard let next = try readFieldLine(bytes) else { break }
            lineStart = next.end
            searched = next.end
            try check(lineStart, against: limits.headBytes)
            if next.isLast { return true }
        }
        searched = bytes.count
        try check(bytes.count, against: limits.headBytes)
        return false
    }

    private func check(_ size: Int, against limit: Int) throws(HTTPError) {
        guard size <= limit else {
            throw HTTPError(.requestHeaderFieldsTooLarge, "The request head is larger than \(limit) bytes.")
        }
    }

    /// `false` for a line that was incomplete at the last call and still is.
    private func isWorthReading(_ bytes: Span<UInt8>) -> Bool {
        searched == lineStart || bytes.firstIndex(of: Grammar.lineFeed, from: searched) != nil
    }

    /// RFC 9112 §2.2: empty lines before a request are ignored; a few are.
    private mutating func skipEmptyLines(_ bytes: Span<UInt8>) throws(HTTPError) -> Bool {
        while lineStart < bytes.count, bytes[lineStart] == Grammar.carriageReturn {
            guard lineStart + 1 < bytes.count else { return false }
            guard bytes[lineStart + 1] == Grammar.lineFeed, emptyLines < 8 else {
                throw HTTPError(.badRequest, "The request must begin with a method.")
            }
            lineStart += 2
            searched = lineStart
            emptyLines += 1
        }
        guard lineStart < bytes.count else { return false }
        guard Grammar.isToken(bytes[lineStart]) else {
            throw HTTPError(.badRequest, "The request must begin with a method.")
        }
        return true
    }

    private mutating func readRequestLine(_ bytes: Span<UInt8>) throws(HTTPError) -> Bool {
        if isWorthReading(bytes), let read = try RequestLine(bytes, from: lineStart, limits: limits) {
            line = read
            lineStart = read.end
            searched = read.end
            slots.reserveCapacity(12)
            return true
        }
        searched = bytes.count
        _ = try RequestLine.endOfMethod(bytes, from: lineStart)
        // No method, space, version and line end are longer than this together.
        guard bytes.count - lineStart <= limits.targetBytes + 64 else { throw RequestLine.tooLong(limits) }
        return false
    }

    /// Reads the line at `lineStart`; `nil` when it is incomplete.
    private mutating func readFieldLine(_ bytes: Span<UInt8>) throws(HTTPError) -> (end: Int, isLast: Bool)? {
        var at = lineStart
        guard at < bytes.count else { return nil }
        if bytes[at] == Grammar.carriageReturn {
            return try Self.endOfLine(bytes, at).map { ($0, true) }
        }
        let known = Self.knownName(bytes, lineStart)
        if let known {
            at += known.length
        } else {
            while at < bytes.count, Grammar.isToken(bytes[at]) { at += 1 }
        }
        guard at < bytes.count else { return nil }
        let nameEnd = at
        guard bytes[at] == Grammar.colon, nameEnd > lineStart else { throw Self.badName(bytes, lineStart, at) }
        at += 1
        while at < bytes.count, Grammar.isBlank(bytes[at]) { at += 1 }
        var valueEnd = bytes.endOfFieldValue(from: at)
        guard valueEnd < bytes.count else { return nil }
        guard let end = try Self.endOfLine(bytes, valueEnd) else { return nil }
        while valueEnd > at, Grammar.isBlank(bytes[valueEnd - 1]) { valueEnd -= 1 }
        guard slots.count < limits.fieldCount else {
            throw HTTPError(.requestHeaderFieldsTooLarge, "The request has more than \(limits.fieldCount) fields.")
        }
        slots.append(
            FieldSlot(
                nameStart: UInt32(lineStart), nameEnd: UInt32(nameEnd), valueStart: UInt32(at),
                valueEnd: UInt32(valueEnd), known: known?.name))
        return (end, false)
    }

    /// A name that has a number, up to its colon. What is equal to it need not be read as a token once more.
    private static func knownName(_ bytes: Span<UInt8>, _ start: Int) -> (name: HTTPFieldName.Known, length: Int)? {
        guard let end = bytes.firstIndex(of: Grammar.colon, from: start) else { return nil }
        return HTTPFieldName.Known(bytes.extracting(start..<end)).map { ($0, end - start) }
    }

    /// The index behind the CR LF at `at`; `nil` when its second byte has not arrived.
    private static func endOfLine(_ bytes: Span<UInt8>, _ at: Int) throws(HTTPError) -> Int? {
        guard bytes[at] == Grammar.carriageReturn else {
            throw HTTPError(.badRequest, "A header field holds a control character or a line without CR LF.")
        }
        guard at + 1 < bytes.count else { return nil }
        guard bytes[at + 1] == Grammar.lineFeed else {
            throw HTTPError(.badRequest, "A carriage return in the request head is not followed by a line feed.")
        }
        return at + 2
    }

    /// RFC 9112 §5.1 and §5.2: no space before the colon, no folded lines.
    private static func badName(_ bytes: Span<UInt8>, _ start: Int, _ at: Int) -> HTTPError {
        if at == start, Grammar.isBlank(bytes[at]) {
            return HTTPError(.badRequest, "A header field is folded over several lines; send it on one line.")
        }
        if Grammar.isBlank(bytes[at]) {
            return HTTPError(.badRequest, "A header field name must be followed by a colon without a space.")
        }
        return HTTPError(.badRequest, "A header field name is empty or holds a character that is not allowed.")
    }
}
