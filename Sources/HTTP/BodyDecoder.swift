/// Takes the framing off a request's body: `Content-Length` or chunked (RFC 9112 §6, §7.1).
///
/// Content is appended in bulk; only chunk lines and trailers are read byte by byte. Extensions and trailers are checked
/// and dropped.
public struct BodyDecoder: Sendable {
    private enum State {
        case content, chunkSize, sizeBlank, sizeExtension, sizeEnd, chunkEnd, chunkEndLine
        case trailerStart, trailerName, trailerValue, trailerEnd, lastEnd, complete
    }

    /// Digits of a chunk size, leading zeros included.
    private static let sizeDigits = 32

    private let limits: RequestLimits
    private let contentLimit: Int64
    private let isChunked: Bool
    private var state: State
    /// Bytes of the body or chunk that are still to come.
    private var remaining: Int64 = 0
    private var digits = 0
    private var extensionBytes = 0
    private var trailerBytes = 0

    /// Content bytes decoded so far.
    public private(set) var decodedBytes: Int64 = 0

    /// Whether the body has ended; `decode` then consumes nothing.
    public var isComplete: Bool { state == .complete }

    /// A decoder for one body.
    ///
    /// - Parameter contentLimit: content bytes; more is 413, for a sized body at the first call.
    public init(_ framing: BodyFraming, contentLimit: Int64, limits: RequestLimits = RequestLimits()) {
        self.limits = limits
        self.contentLimit = contentLimit
        switch framing {
        case .none:
            state = .complete
            isChunked = false
        case .sized(let length):
            state = length == 0 ? .complete : .content
            isChunked = false
            remaining = length
        case .chunked:
            state = .chunkSize
            isChunked = true
        }
    }

    /// Appends the content in `input[start..<end]` to `output`.
    ///
    /// - Returns: the bytes consumed: all, or fewer when the body ended; the rest is the next request.
    /// - Throws: 400 for broken framing, 413 over the content limit, 431 for too long trailers. The connection must close.
    public mutating func decode(
        _ input: [UInt8], from start: Int, to end: Int, into output: inout [UInt8]
    ) throws(HTTPError) -> Int {
        var at = start
        while at < end, state != .complete {
            if state == .content {
                guard remaining <= contentLimit - decodedBytes else { throw tooLarge }
                let length = min(remaining, Int64(end - at))
                output.append(contentsOf: input[at..<at + Int(length)])
                at += Int(length)
                decodedBytes += length
                remaining -= length
                if remaining == 0 { state = isChunked ? .chunkEnd : .complete }
            } else {
                state = try next(input[at])
                at += 1
            }
        }
        return at - start
    }

    private var tooLarge: HTTPError {
        HTTPError(.contentTooLarge, "The request body is larger than \(contentLimit) bytes.")
    }

    /// The state after one byte outside the content.
    private mutating func next(_ byte: UInt8) throws(HTTPError) -> State {
        switch state {
        case .chunkSize, .sizeBlank, .sizeExtension:
            return try nextInSizeLine(byte)
        case .sizeEnd:
            try expect(byte, Grammar.lineFeed)
            return remaining > 0 ? .content : .trailerStart
        case .chunkEnd:
            try expect(byte, Grammar.carriageReturn)
            return .chunkEndLine
        case .chunkEndLine:
            try expect(byte, Grammar.lineFeed)
            digits = 0
            return .chunkSize
        case .lastEnd:
            try expect(byte, Grammar.lineFeed)
            return .complete
        case .trailerStart, .trailerName, .trailerValue, .trailerEnd:
            return try nextInTrailers(byte)
        case .content, .complete:
            return state
        }
    }

    /// `chunk-size [ chunk-ext ] CRLF`, RFC 9112 §7.1 and §7.1.1.
    private mutating func nextInSizeLine(_ byte: UInt8) throws(HTTPError) -> State {
        if state == .chunkSize, let digit = Grammar.hexValue(byte) {
            try addDigit(digit)
            return .chunkSize
        }
        guard digits > 0 else {
            throw HTTPError(.badRequest, "A chunk must begin with its size in hexadecimal digits.")
        }
        // Blanks may stand before an extension only, so a line must not end with them.
        if byte == Grammar.carriageReturn, state != .sizeBlank {
            guard remaining <= contentLimit - decodedBytes else { throw tooLarge }
            return .sizeEnd
        }
        extensionBytes += 1
        guard extensionBytes <= limits.chunkExtensionBytes else {
            throw HTTPError(.badRequest, "The chunk extensions are longer than \(limits.chunkExtensionBytes) bytes.")
        }
        if byte == Grammar.semicolon { return .sizeExtension }
        if state == .sizeExtension, Grammar.isFieldValue(byte) { return .sizeExtension }
        guard state != .sizeExtension, Grammar.isBlank(byte) else {
            throw HTTPError(.badRequest, "A chunk size must be followed by CR LF or an extension.")
        }
        return .sizeBlank
    }

    private mutating func addDigit(_ digit: UInt8) throws(HTTPError) {
        if digits == 0 { remaining = 0 }
        digits += 1
        guard digits <= Self.sizeDigits, remaining <= .max >> 4 else {
            throw HTTPError(.badRequest, "A chunk size is larger than any body.")
        }
        remaining = remaining << 4 | Int64(digit)
    }

    /// `trailer-section CRLF`: field lines by the rules of a head (RFC 9112 §7.1.2).
    private mutating func nextInTrailers(_ byte: UInt8) throws(HTTPError) -> State {
        trailerBytes += 1
        guard trailerBytes <= limits.trailerBytes else {
            throw HTTPError(
                .requestHeaderFieldsTooLarge, "The trailers of the body are longer than \(limits.trailerBytes) bytes.")
        }
        switch state {
        case .trailerStart where byte == Grammar.carriageReturn:
            return .lastEnd
        case .trailerStart where Grammar.isToken(byte), .trailerName where Grammar.isToken(byte):
            return .trailerName
        case .trailerName where byte == Grammar.colon:
            return .trailerValue
        case .trailerValue where Grammar.isFieldValue(byte):
            return .trailerValue
        case .trailerValue where byte == Grammar.carriageReturn:
            return .trailerEnd
        case .trailerEnd where byte == Grammar.lineFeed:
            return .trailerStart
        default:
            throw HTTPError(.badRequest, "A trailer of the body is not a header field line.")
        }
    }

    private func expect(_ byte: UInt8, _ wanted: UInt8) throws(HTTPError) {
        guard byte == wanted else {
            throw HTTPError(.badRequest, "A chunk does not end with CR LF where its size says so.")
        }
    }
}
