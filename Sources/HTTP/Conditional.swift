/// What the conditional fields of a request say about a representation that exists (RFC 9110 §13).
public enum Conditional: Equatable, Sendable {
    /// Go on; `usesRange` tells whether a `Range` field counts.
    case proceed(usesRange: Bool)
    /// Answer 304.
    case notModified
    /// Answer 412.
    case preconditionFailed

    /// Evaluates the fields in the order of RFC 9110 §13.2.2.
    ///
    /// - Parameters:
    ///   - etag: the entity tag of the representation as in the `ETag` field, with quotes and an optional `W/`.
    ///   - lastModified: seconds since 1970; `nil` when there is no date: the fields with dates are then ignored.
    public static func evaluate(_ request: HTTPRequest, etag: String, lastModified: Int64? = nil) -> Conditional {
        let fields = request.fields
        if fields.mayOccur(.ifMatch) {
            guard matches(fields, .ifMatch, etag, weakly: false) else { return .preconditionFailed }
        } else if let date = date(fields, .ifUnmodifiedSince), let lastModified, lastModified > date {
            return .preconditionFailed
        }
        let isRead = request.method == .get || request.method == .head
        if fields.mayOccur(.ifNoneMatch) {
            guard !matches(fields, .ifNoneMatch, etag, weakly: true) else {
                return isRead ? .notModified : .preconditionFailed
            }
        } else if isRead, let date = date(fields, .ifModifiedSince), let lastModified, lastModified <= date {
            return .notModified
        }
        guard request.method == .get, fields.mayOccur(.range) else { return .proceed(usesRange: false) }
        return .proceed(usesRange: rangeCounts(fields, etag, lastModified))
    }

    /// RFC 9110 §13.1.5: a strong tag or the exact date; without `If-Range` always.
    private static func rangeCounts(_ fields: RequestFields, _ etag: String, _ lastModified: Int64?) -> Bool {
        guard fields.mayOccur(.ifRange) else { return true }
        guard let value = fields.bytes(.ifRange) else { return false }
        if value.first == Grammar.quote { return value.elementsEqual(etag.utf8) }
        guard let lastModified, let date = HTTPDate.parse(value) else { return false }
        return date == lastModified
    }

    /// The moment of a field; `nil` when it is absent, repeated or no date: it is then ignored (RFC 9110 §13.1.3).
    private static func date(_ fields: RequestFields, _ name: HTTPFieldName) -> Int64? {
        fields.bytes(name).flatMap { HTTPDate.parse($0) }
    }

    /// `*` or a list of tags that holds this one. A list that is broken matches up to its fault.
    private static func matches(
        _ fields: RequestFields, _ name: HTTPFieldName, _ etag: String, weakly: Bool
    ) -> Bool {
        guard let list = fields.list(name) else { return false }
        if list.count == 1, list.first == Grammar.asterisk { return true }
        // Clients send back the one tag that they were given.
        if list.first == Grammar.quote, list.elementsEqual(etag.utf8) { return true }
        let own = tag(Array(etag.utf8)[...])
        guard let own, weakly || !own.isWeak else { return false }
        var rest = list
        while let next = nextTag(&rest) {
            guard next.opaque == own.opaque, weakly || !next.isWeak else { continue }
            return true
        }
        return false
    }

    private struct Tag {
        var opaque: ArraySlice<UInt8>
        var isWeak: Bool
    }

    private static func tag(_ bytes: ArraySlice<UInt8>) -> Tag? {
        var rest = bytes
        return nextTag(&rest)
    }

    /// Takes `"…"` or `W/"…"` and the comma behind it; `nil` at the end and where the syntax breaks (RFC 9110 §8.8.3).
    private static func nextTag(_ rest: inout ArraySlice<UInt8>) -> Tag? {
        rest = rest.drop { Grammar.isBlank($0) || $0 == Grammar.comma }
        let isWeak = rest.starts(with: "W/".utf8)
        let quoted = isWeak ? rest.dropFirst(2) : rest
        guard quoted.first == Grammar.quote else { return nil }
        let start = quoted.startIndex
        guard let end = quoted.dropFirst().firstIndex(of: Grammar.quote) else { return nil }
        let opaque = quoted[start...end]
        rest = quoted[(end + 1)...].drop(while: Grammar.isBlank)
        guard rest.isEmpty || rest.first == Grammar.comma else { return nil }
        return Tag(opaque: opaque, isWeak: isWeak)
    }
}
