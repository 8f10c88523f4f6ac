/// The first line of a request, checked (RFC 9112 §3).
struct RequestLine: Sendable {
    /// Longer methods are answered 501 (RFC 9112 §3).
    private static let methodLimit = 32

    let method: HTTPMethod
    let minorVersion: Int
    /// Where the target lies, and where the line ends, counted from the start of the head.
    let targetStart: Int
    let targetEnd: Int
    let end: Int

    /// Reads the line at `start`; `nil` when it is incomplete.
    ///
    /// - Throws: 400, 414, 501, 505. Methods are checked as far as they have arrived.
    init?(_ bytes: Span<UInt8>, from start: Int, limits: RequestLimits) throws(HTTPError) {
        guard let methodEnd = try Self.endOfMethod(bytes, from: start) else { return nil }
        targetStart = methodEnd + 1
        var at = targetStart
        while at < bytes.count, bytes[at] > Grammar.space, bytes[at] != Grammar.delete { at += 1 }
        targetEnd = at
        guard at - targetStart <= limits.targetBytes else { throw Self.tooLong(limits) }
        guard at < bytes.count else { return nil }
        guard bytes[at] == Grammar.space, at > targetStart else {
            throw HTTPError(.badRequest, "The request line must be: method, one space, target, one space, HTTP/1.1.")
        }
        guard bytes.count - at > 8 else {
            guard bytes.firstIndex(of: Grammar.lineFeed, from: at) == nil else { throw Self.badVersion }
            return nil
        }
        minorVersion = try Self.minorVersion(bytes, from: at + 1)
        guard at + 9 < bytes.count else { return nil }
        guard bytes[at + 9] == Grammar.carriageReturn else { throw Self.badVersion }
        guard at + 10 < bytes.count else { return nil }
        guard bytes[at + 10] == Grammar.lineFeed else { throw Self.badVersion }
        end = at + 11
        method = Self.method(bytes, start, methodEnd)
    }

    /// The whole request: target, framing and the rules that concern several lines.
    ///
    /// - Parameter head: the bytes from the start of the head to its end.
    /// - Throws: 400, 417, 501.
    func request(head: ArraySlice<UInt8>, slots: [FieldSlot]) throws(HTTPError) -> HTTPRequest {
        let start = head.startIndex
        let target = try target(head[(start + targetStart)..<(start + targetEnd)])
        let fields = RequestFields(head: Array(head), slots: slots)
        try HeadRules.checkHost(fields, minorVersion: minorVersion)
        try HeadRules.checkExpect(fields, minorVersion: minorVersion)
        let framing = try HeadRules.framing(fields, minorVersion: minorVersion)
        return HTTPRequest(
            method: method, target: target, minorVersion: minorVersion, fields: fields, framing: framing)
    }

    static func tooLong(_ limits: RequestLimits) -> HTTPError {
        HTTPError(.uriTooLong, "The request target is longer than \(limits.targetBytes) bytes.")
    }

    private static let badVersion = HTTPError(
        .badRequest, "The request line must end with HTTP/1.1 or HTTP/1.0, CR and LF.")

    private func target(_ bytes: ArraySlice<UInt8>) throws(HTTPError) -> RequestTarget {
        if case .other("CONNECT") = method {
            throw HTTPError(.notImplemented, "CONNECT is not implemented: this server is no proxy.")
        }
        guard bytes.count == 1, bytes.first == Grammar.asterisk else { return try RequestTarget(bytes) }
        guard method == .options else {
            throw HTTPError(.badRequest, "The request target '*' is for OPTIONS only.")
        }
        return .asterisk
    }

    /// The index of the space behind the method; `nil` when it has not arrived. Reads a few bytes at most.
    static func endOfMethod(_ bytes: Span<UInt8>, from start: Int) throws(HTTPError) -> Int? {
        var at = start
        while at < bytes.count, Grammar.isToken(bytes[at]) {
            at += 1
            guard at - start <= methodLimit else {
                throw HTTPError(.notImplemented, "The request method is not implemented.")
            }
        }
        guard at < bytes.count else { return nil }
        guard bytes[at] == Grammar.space, at > start else {
            throw HTTPError(.badRequest, "The request method must be a word followed by one space.")
        }
        return at
    }

    private static func method(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> HTTPMethod {
        var name: UInt64 = 0
        if end - start <= 8 {
            for at in start..<end { name = name << 8 | UInt64(bytes[at]) }
        }
        // The ASCII letters of each name, the first in the highest byte.
        switch name {
        case 0x47_4554: return .get
        case 0x4845_4144: return .head
        case 0x504F_5354: return .post
        case 0x50_5554: return .put
        case 0x50_4154_4348: return .patch
        case 0x4445_4C45_5445: return .delete
        case 0x4F_5054_494F_4E53: return .options
        default: break
        }
        var text = ""
        for at in start..<end { text.unicodeScalars.append(Unicode.Scalar(bytes[at])) }
        return .other(text)
    }

    /// RFC 9112 §2.3: `HTTP/` digit `.` digit, exactly. All 1.x are spoken as 1.1.
    private static func minorVersion(_ bytes: Span<UInt8>, from start: Int) throws(HTTPError) -> Int {
        let isName =
            bytes[start] == UInt8(ascii: "H") && bytes[start + 1] == UInt8(ascii: "T")
            && bytes[start + 2] == UInt8(ascii: "T") && bytes[start + 3] == UInt8(ascii: "P")
            && bytes[start + 4] == Grammar.slash
        let major = bytes[start + 5]
        let minor = bytes[start + 7]
        guard isName, Grammar.isDigit(major), bytes[start + 6] == Grammar.dot, Grammar.isDigit(minor) else {
            throw badVersion
        }
        guard major == UInt8(ascii: "1") else {
            throw HTTPError(.versionNotSupported, "Only HTTP/1.1 and HTTP/1.0 are spoken here.")
        }
        return minor == Grammar.zero ? 0 : 1
    }
}
