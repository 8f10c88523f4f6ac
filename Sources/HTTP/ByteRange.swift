/// Which bytes of a representation a `Range` field asks for (RFC 9110 §14).
public enum ByteRange: Equatable, Sendable {
    /// All, answered 200: no range, several ranges, another unit or broken syntax (RFC 9110 §14.2 lets a server ignore
    /// the field).
    case whole
    /// These, never empty, answered 206 with ``contentRange(_:of:)``.
    case partial(Range<Int64>)
    /// None that exist, answered 416 with ``unsatisfiedRange(of:)``.
    case unsatisfiable

    /// The range that the request asks for out of `size` bytes. The caller says whether the field counts, see
    /// `Conditional`.
    public init(_ fields: RequestFields, size: Int64) {
        guard let value = fields.bytes(.range) else {
            self = .whole
            return
        }
        self.init(value, size: size)
    }

    /// The range of a field value such as `bytes=0-99`, `bytes=100-`, `bytes=-10`.
    public init(_ value: ArraySlice<UInt8>, size: Int64) {
        self = .whole
        guard value.count > 6, value.prefix(6).matches("bytes=") else { return }
        let range = value.dropFirst(6).trimmed
        guard let hyphen = range.firstIndex(of: Grammar.hyphen) else { return }
        let first = range[..<hyphen]
        let last = range[(hyphen + 1)...]
        if first.isEmpty {
            self = Self.suffix(last.saturatingDecimal, size: size)
        } else if let first = first.saturatingDecimal {
            self = Self.from(first, to: last.isEmpty ? .max : last.saturatingDecimal, size: size)
        }
    }

    /// `Content-Range` of a 206: `bytes 0-99/1000` (RFC 9110 §14.4).
    public static func contentRange(_ range: Range<Int64>, of size: Int64) -> String {
        "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(size)"
    }

    /// `Content-Range` of a 416: `bytes */1000`.
    public static func unsatisfiedRange(of size: Int64) -> String {
        "bytes */\(size)"
    }

    /// `-n`: the last n bytes. Of an empty representation that is the whole, for no `Content-Range` could say it.
    private static func suffix(_ length: Int64?, size: Int64) -> ByteRange {
        guard let length else { return .whole }
        guard length > 0 else { return .unsatisfiable }
        guard size > 0 else { return .whole }
        return .partial(max(0, size - length)..<size)
    }

    /// `a-b` with the last byte included, `a-` with none. A last before the first is broken syntax (§14.1.1).
    private static func from(_ first: Int64, to last: Int64?, size: Int64) -> ByteRange {
        guard let last, last >= first else { return .whole }
        guard first < size else { return .unsatisfiable }
        return .partial(first..<(last < size ? last + 1 : size))
    }
}
