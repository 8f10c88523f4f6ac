/// Splits a `multipart/form-data` body as it arrives (RFC 7578, RFC 2046 §5.1).
///
/// Feed it piece by piece and take the events of each piece until there is none:
///
///     var position = 0
///     while let event = try parser.next(piece, at: &position, to: piece.count) { … }
///
/// and call ``finish()`` after the last piece. The parser keeps no content, at most one part head.
public struct MultipartParser: Sendable {
    private enum State {
        /// Before the first boundary, and inside a part.
        case preamble, content
        /// Behind a boundary: `--`, blanks and CR LF.
        case boundaryEnd, closing, padding, paddingEnd
        case head, epilogue
    }

    private let limits: MultipartLimits
    /// CR LF `--` boundary. CR and LF occur nowhere else in it: a failed match never hides the start of another.
    private let delimiter: [UInt8]
    private var state = State.preamble
    /// The bytes of the delimiter that ended the last input. A body begins as if CR LF stood before it.
    private var matched = 2
    private var head: [UInt8] = []
    private var lineStart = 0
    private var preambleBytes = 0
    private var parts = 0
    private var pending: MultipartEvent?

    /// A parser for the body that a `Content-Type` field describes.
    ///
    /// - Throws: 415 for another type, 400 for a missing or invalid boundary.
    public init(contentType: String?, limits: MultipartLimits = MultipartLimits()) throws(HTTPError) {
        self.init(boundary: try MultipartHead.boundary(Array((contentType ?? "").utf8)[...]), limits: limits)
    }

    /// A parser for a boundary of 1 to 70 bytes that holds no CR.
    init(boundary: [UInt8], limits: MultipartLimits) {
        self.limits = limits
        delimiter = [Grammar.carriageReturn, Grammar.lineFeed, Grammar.hyphen, Grammar.hyphen] + boundary
    }

    /// The next event of `input[position..<end]`, `nil` when all of it has been consumed.
    ///
    /// - Parameter position: where to go on; moved behind what the event covers.
    /// - Throws: 400 for broken syntax, 413 for too many parts.
    public mutating func next(
        _ input: [UInt8], at position: inout Int, to end: Int
    ) throws(HTTPError) -> MultipartEvent? {
        while pending == nil, position < end {
            switch state {
            case .preamble, .content:
                if let event = try readContent(input, at: &position, to: end) { return event }
            case .boundaryEnd, .closing, .padding, .paddingEnd:
                try readBoundaryEnd(input[position])
                position += 1
            case .head:
                if let event = try readHead(input, at: &position, to: end) { return event }
            case .epilogue:
                position = end
            }
        }
        defer { pending = nil }
        return pending
    }

    /// Checks that the body was complete.
    ///
    /// - Throws: 400 when the last boundary has not come.
    public func finish() throws(HTTPError) {
        guard state == .epilogue else {
            throw HTTPError(.badRequest, "The multipart body is truncated: its closing boundary is missing.")
        }
    }

    /// Looks for the delimiter. Content stays where it is, but for the start of a delimiter that the input cut off.
    private mutating func readContent(
        _ input: [UInt8], at position: inout Int, to end: Int
    ) throws(HTTPError) -> MultipartEvent? {
        guard matched > 0 else { return try scan(input, at: &position, to: end) }
        let start = position
        let held = matched
        matchDelimiter(input, at: &position, to: end)
        if matched == delimiter.count { return boundaryEvent() }
        guard position < end else { return nil }
        // It was content after all: the held bytes first, then this input from its start.
        position = start
        matched = 0
        return try content(.carried(Array(delimiter[..<held])), count: held)
    }

    private mutating func scan(
        _ input: [UInt8], at position: inout Int, to end: Int
    ) throws(HTTPError) -> MultipartEvent? {
        let start = position
        let found = nextCandidate(input, at: &position, to: end)
        let data = start < found ? try content(.data(start..<found), count: found - start) : nil
        guard matched == delimiter.count else { return data }
        guard let data else { return boundaryEvent() }
        pending = boundaryEvent()
        return data
    }

    /// Moves behind the next delimiter, or to the end, where the start of a delimiter may stand.
    ///
    /// - Returns: where the delimiter or its start begins; `end` when there is neither.
    private mutating func nextCandidate(_ input: [UInt8], at position: inout Int, to end: Int) -> Int {
        let start = position
        let bytes = input.span.extracting(0..<end)
        // LF and a hyphen are the second and third byte of the delimiter.
        var from = start
        while let second = bytes.firstIndex(of: Grammar.lineFeed, followedBy: Grammar.hyphen, from: from) {
            from = second + 1
            guard second > start, bytes[second - 1] == Grammar.carriageReturn else { continue }
            position = second - 1
            matchDelimiter(input, at: &position, to: end)
            if matched == delimiter.count || position == end { return second - 1 }
            matched = 0
        }
        position = end
        let isLineEnd = end - start >= 2 && bytes[end - 2] == Grammar.carriageReturn
        if isLineEnd, bytes[end - 1] == Grammar.lineFeed {
            matched = 2
        } else if end > start, bytes[end - 1] == Grammar.carriageReturn {
            matched = 1
        }
        return end - matched
    }

    /// Compares with the delimiter from `matched` on; stops behind the last equal byte.
    private mutating func matchDelimiter(_ input: [UInt8], at position: inout Int, to end: Int) {
        while position < end, matched < delimiter.count, input[position] == delimiter[matched] {
            position += 1
            matched += 1
        }
    }

    /// The event of a part; nothing before the first part, which only counts.
    private mutating func content(_ event: MultipartEvent, count: Int) throws(HTTPError) -> MultipartEvent? {
        guard state == .preamble else { return event }
        preambleBytes += count
        guard preambleBytes <= limits.headBytes else {
            throw HTTPError(.badRequest, "The multipart body does not begin with its boundary.")
        }
        return nil
    }

    private mutating func boundaryEvent() -> MultipartEvent? {
        let isPart = state == .content
        matched = 0
        state = .boundaryEnd
        return isPart ? .endPart : nil
    }

    /// What follows a boundary: `--` after the last one, else blanks and CR LF (RFC 2046 §5.1.1).
    private mutating func readBoundaryEnd(_ byte: UInt8) throws(HTTPError) {
        switch (state, byte) {
        case (.boundaryEnd, Grammar.hyphen):
            state = .closing
        case (.closing, Grammar.hyphen):
            state = .epilogue
            pending = .end
        case (.boundaryEnd, _) where Grammar.isBlank(byte), (.padding, _) where Grammar.isBlank(byte):
            state = .padding
        case (.boundaryEnd, Grammar.carriageReturn), (.padding, Grammar.carriageReturn):
            state = .paddingEnd
        case (.paddingEnd, Grammar.lineFeed):
            try beginPart()
        default:
            throw HTTPError(.badRequest, "A boundary of the multipart body is not followed by CR LF or '--'.")
        }
    }

    private mutating func beginPart() throws(HTTPError) {
        parts += 1
        guard parts <= limits.parts else {
            throw HTTPError(.contentTooLarge, "The multipart body has more than \(limits.parts) parts.")
        }
        head.removeAll(keepingCapacity: true)
        lineStart = 0
        state = .head
    }

    /// Collects lines up to the empty one.
    private mutating func readHead(
        _ input: [UInt8], at position: inout Int, to end: Int
    ) throws(HTTPError) -> MultipartEvent? {
        let lineFeed = input.span.extracting(0..<end).firstIndex(of: Grammar.lineFeed, from: position)
        let stop = lineFeed.map { $0 + 1 } ?? end
        guard head.count + stop - position <= limits.headBytes else {
            throw HTTPError(.badRequest, "The head of a multipart part is larger than \(limits.headBytes) bytes.")
        }
        head.append(contentsOf: input[position..<stop])
        position = stop
        guard lineFeed != nil else { return nil }
        let length = head.count - lineStart
        guard length >= 2, head[head.count - 2] == Grammar.carriageReturn else {
            throw HTTPError(.badRequest, "A line in the head of a multipart part does not end with CR LF.")
        }
        lineStart = head.count
        guard length == 2 else { return nil }
        state = .content
        return .begin(try MultipartHead.part(head.dropLast(2)))
    }
}
