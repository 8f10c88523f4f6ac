/// What a request asks for: a path decoded once and free of tricks, and the raw query (RFC 9112 §3.2).
///
/// Two different targets never name the same route by accident: dot segments, empty segments, encoded slashes and
/// backslashes, control characters and bytes that are not UTF-8 are refused with 400, not repaired.
public struct RequestTarget: Equatable, Sendable {
    /// Percent-decoded exactly once; begins with `/`, holds no `.`, `..` or empty segment (but a final `/` may stand).
    /// `*` for `OPTIONS *`.
    public let path: String
    /// What follows the first `?`, as received; empty when there is none.
    public let query: String
    /// Host and port of an absolute target (`GET http://host/path`), which take the place of `Host` (RFC 9112 §3.2.2);
    /// `nil` for the usual form.
    public let authority: String?

    /// The target of `OPTIONS *` (RFC 9112 §3.2.4).
    public static let asterisk = RequestTarget(path: "*", query: "", authority: nil)

    private init(path: String, query: String, authority: String?) {
        self.path = path
        self.query = query
        self.authority = authority
    }

    /// Parses a target in origin form or absolute form.
    ///
    /// - Throws: 400 for everything else and for the paths described above.
    public init(_ text: String) throws(HTTPError) {
        try self.init(Array(text.utf8)[...])
    }

    /// Parses the bytes between the two spaces of a request line.
    init(_ bytes: ArraySlice<UInt8>) throws(HTTPError) {
        guard bytes.first != Grammar.slash else {
            try self.init(origin: bytes, authority: nil)
            return
        }
        guard let start = Self.endOfScheme(bytes) else {
            throw HTTPError(.badRequest, "The request target must begin with '/', 'http://' or 'https://'.")
        }
        let isEnd = { (byte: UInt8) in byte == Grammar.slash || byte == Grammar.questionMark }
        let end = bytes[start...].firstIndex(where: isEnd) ?? bytes.endIndex
        guard Authority.isValid(bytes[start..<end]) else {
            throw HTTPError(.badRequest, "The host in the request target is not a host name or address.")
        }
        let authority = String(decoding: bytes[start..<end], as: UTF8.self)
        try self.init(origin: bytes[end...], authority: authority)
    }

    /// Whether the path ends with `/`.
    public var hasTrailingSlash: Bool { path.utf8.last == Grammar.slash }

    /// The value of a form-encoded query parameter: `+` is a space, percent-encoding is decoded. `nil` when it is absent
    /// or not decodable; the first of several.
    public func queryValue(_ name: String) -> String? {
        guard !query.isEmpty else { return nil }
        for pair in Array(query.utf8).split(separator: UInt8(ascii: "&")) {
            let equals = pair.firstIndex(of: Grammar.equals) ?? pair.endIndex
            guard PercentCoding.decodeForm(pair[..<equals]) == name else { continue }
            return PercentCoding.decodeForm(pair[equals...].dropFirst())
        }
        return nil
    }

    /// All form-encoded query parameters in their order; `nil` when one of them is not decodable.
    public var queryItems: [(name: String, value: String)]? {
        var items: [(name: String, value: String)] = []
        for pair in Array(query.utf8).split(separator: UInt8(ascii: "&")) {
            let equals = pair.firstIndex(of: Grammar.equals) ?? pair.endIndex
            guard let name = PercentCoding.decodeForm(pair[..<equals]),
                let value = PercentCoding.decodeForm(pair[equals...].dropFirst())
            else { return nil }
            items.append((name, value))
        }
        return items
    }

    private init(origin bytes: ArraySlice<UInt8>, authority: String?) throws(HTTPError) {
        self.authority = authority
        let mark = try Self.endOfPath(bytes)
        path = try Self.decodedPath(bytes[..<mark.end], isPlain: mark.isPlain)
        guard mark.end < bytes.endIndex else {
            query = ""
            return
        }
        let rest = bytes[(mark.end + 1)...]
        guard rest.allSatisfy({ $0 > Grammar.space && $0 < Grammar.delete && $0 != UInt8(ascii: "#") }) else {
            throw HTTPError(.badRequest, "The query of the request target holds a character that must be encoded.")
        }
        query = String(decoding: rest, as: UTF8.self)
    }

    /// Where the path ends, and whether it needs neither decoding nor a closer look.
    private static func endOfPath(_ bytes: ArraySlice<UInt8>) throws(HTTPError) -> (end: Int, isPlain: Bool) {
        var isPlain = true
        var previous: UInt8 = 0
        var at = bytes.startIndex
        while at < bytes.endIndex {
            let byte = bytes[at]
            if Grammar.isPath(byte) {
                // "//" and "/." are the beginnings of what may be refused.
                if previous == Grammar.slash, byte == Grammar.slash || byte == Grammar.dot { isPlain = false }
            } else if byte == Grammar.percent {
                isPlain = false
            } else if byte == Grammar.questionMark {
                break
            } else {
                throw HTTPError(.badRequest, "The path of the request target holds a character that must be encoded.")
            }
            previous = byte
            at += 1
        }
        return (at, isPlain)
    }

    private static func decodedPath(_ bytes: ArraySlice<UInt8>, isPlain: Bool) throws(HTTPError) -> String {
        // An absolute target may have no path at all: `http://host` means `/` (RFC 9110 §4.2.3).
        guard !bytes.isEmpty else { return "/" }
        guard !isPlain else { return String(decoding: bytes, as: UTF8.self) }
        let decoded = try PercentCoding.decodePath(bytes)
        let segments = decoded.dropFirst().split(separator: Grammar.slash, omittingEmptySubsequences: false)
        for (number, segment) in segments.enumerated() {
            let isDots = segment.count <= 2 && segment.allSatisfy { $0 == Grammar.dot }
            let isLast = number == segments.count - 1
            guard !isDots || segment.isEmpty && isLast else {
                throw HTTPError(.badRequest, "The path must not hold '.', '..' or empty segments.")
            }
        }
        guard let text = String(validating: decoded, as: UTF8.self) else {
            throw HTTPError(.badRequest, "The path is not UTF-8 after percent-decoding.")
        }
        return text
    }

    /// The index behind `http://` or `https://`, in any case (RFC 3986 §3.1).
    private static func endOfScheme(_ bytes: ArraySlice<UInt8>) -> Int? {
        for scheme in ["http://", "https://"] where bytes.prefix(scheme.utf8.count).matches(scheme) {
            return bytes.startIndex + scheme.utf8.count
        }
        return nil
    }
}
