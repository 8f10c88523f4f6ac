/// The name of a field: one of those that the parser recognises, or any other.
public struct HTTPFieldName: Hashable, Sendable {
    /// The names that have a number, so that a look-up compares numbers.
    enum Known: UInt8, CaseIterable {
        case host, contentLength, transferEncoding, connection, expect
        case accept, acceptEncoding, authorization, contentType, userAgent
        case ifNoneMatch, ifMatch, ifModifiedSince, ifUnmodifiedSince, ifRange, range
        case xForwardedFor, xForwardedProto, forwarded, cookie, origin
    }

    /// `nil` for the names without a number.
    let known: Known?
    /// The name in lower case when it has no number, else empty.
    let other: String

    private init(_ known: Known) {
        self.known = known
        other = ""
    }

    /// Any name, in any case.
    public init(_ name: String) {
        let bytes = Array(name.utf8)
        known = Known(bytes.span)
        other = known == nil ? String(decoding: bytes.map(Grammar.lowercase), as: UTF8.self) : ""
    }

    /// The name in lower case.
    public var text: String { known?.text ?? other }

    /// RFC 9110 §7.2
    public static var host: Self { Self(.host) }
    /// RFC 9110 §8.6
    public static var contentLength: Self { Self(.contentLength) }
    /// RFC 9112 §6.1
    public static var transferEncoding: Self { Self(.transferEncoding) }
    /// RFC 9110 §7.6.1
    public static var connection: Self { Self(.connection) }
    /// RFC 9110 §10.1.1
    public static var expect: Self { Self(.expect) }
    /// RFC 9110 §12.5.1
    public static var accept: Self { Self(.accept) }
    /// RFC 9110 §12.5.3
    public static var acceptEncoding: Self { Self(.acceptEncoding) }
    /// RFC 9110 §11.6.2
    public static var authorization: Self { Self(.authorization) }
    /// RFC 9110 §8.3
    public static var contentType: Self { Self(.contentType) }
    /// RFC 9110 §10.1.5
    public static var userAgent: Self { Self(.userAgent) }
    /// RFC 9110 §13.1.2
    public static var ifNoneMatch: Self { Self(.ifNoneMatch) }
    /// RFC 9110 §13.1.1
    public static var ifMatch: Self { Self(.ifMatch) }
    /// RFC 9110 §13.1.3
    public static var ifModifiedSince: Self { Self(.ifModifiedSince) }
    /// RFC 9110 §13.1.4
    public static var ifUnmodifiedSince: Self { Self(.ifUnmodifiedSince) }
    /// RFC 9110 §13.1.5
    public static var ifRange: Self { Self(.ifRange) }
    /// RFC 9110 §14.2
    public static var range: Self { Self(.range) }
    /// Not standardized: addresses of the client and of proxies.
    public static var xForwardedFor: Self { Self(.xForwardedFor) }
    /// Not standardized: `http` or `https`.
    public static var xForwardedProto: Self { Self(.xForwardedProto) }
    /// RFC 7239
    public static var forwarded: Self { Self(.forwarded) }
    /// RFC 6265 §5.4
    public static var cookie: Self { Self(.cookie) }
    /// RFC 6454 §7
    public static var origin: Self { Self(.origin) }
}

extension HTTPFieldName.Known {
    /// The name in lower case.
    var text: String {
        switch self {
        case .host: "host"
        case .contentLength: "content-length"
        case .transferEncoding: "transfer-encoding"
        case .connection: "connection"
        case .expect: "expect"
        case .accept: "accept"
        case .acceptEncoding: "accept-encoding"
        case .authorization: "authorization"
        case .contentType: "content-type"
        case .userAgent: "user-agent"
        case .ifNoneMatch: "if-none-match"
        case .ifMatch: "if-match"
        case .ifModifiedSince: "if-modified-since"
        case .ifUnmodifiedSince: "if-unmodified-since"
        case .ifRange: "if-range"
        case .range: "range"
        case .xForwardedFor: "x-forwarded-for"
        case .xForwardedProto: "x-forwarded-proto"
        case .forwarded: "forwarded"
        case .cookie: "cookie"
        case .origin: "origin"
        }
    }

    /// The name that the bytes spell in any case, `nil` for other names.
    init?(_ name: Span<UInt8>) {
        guard let candidate = Self.candidate(name) else { return nil }
        let text = candidate.text
        let expected = text.utf8.span
        guard expected.count == name.count else { return nil }
        for at in name.indices where Grammar.lowercase(name[at]) != expected[at] { return nil }
        self = candidate
    }

    /// The only name that length and a letter leave possible.
    private static func candidate(_ name: Span<UInt8>) -> Self? {
        guard name.count >= 4, name.count <= 19 else { return nil }
        let first = Grammar.lowercase(name[0])
        switch (name.count, first) {
        case (4, _): return .host
        case (5, _): return .range
        case (6, UInt8(ascii: "a")): return .accept
        case (6, UInt8(ascii: "c")): return .cookie
        case (6, UInt8(ascii: "e")): return .expect
        case (6, _): return .origin
        case (8, _): return Grammar.lowercase(name[3]) == UInt8(ascii: "m") ? .ifMatch : .ifRange
        case (9, _): return .forwarded
        case (10, UInt8(ascii: "c")): return .connection
        case (10, _): return .userAgent
        case (12, _): return .contentType
        case (13, UInt8(ascii: "a")): return .authorization
        case (13, _): return .ifNoneMatch
        case (14, _): return .contentLength
        case (15, UInt8(ascii: "a")): return .acceptEncoding
        case (15, _): return .xForwardedFor
        case (17, UInt8(ascii: "i")): return .ifModifiedSince
        case (17, UInt8(ascii: "t")): return .transferEncoding
        case (17, _): return .xForwardedProto
        case (19, _): return .ifUnmodifiedSince
        default: return nil
        }
    }
}
