/// How the bytes of a representation may be coded for a client (RFC 9110 §12.5.3).
public enum ContentCoding: Sendable {
    /// As they are.
    case identity
    /// Compressed (RFC 1952).
    case gzip

    /// The better coding for the request: gzip where its weight is not below that of identity; identity without the
    /// field. `nil` when the client excludes both: send identity all the same, or 406.
    public static func choose(_ fields: RequestFields) -> ContentCoding? {
        guard let value = fields.list(.acceptEncoding) else { return .identity }
        return choose(value)
    }

    /// The same for a field value.
    public static func choose(_ value: ArraySlice<UInt8>) -> ContentCoding? {
        let bytes = value.span
        var position = 0
        var gzip: Int?
        var identity: Int?
        var others: Int?
        while let element = WeightedElement.next(bytes, at: &position) {
            if element.isNamed("gzip", in: bytes) || element.isNamed("x-gzip", in: bytes) {
                gzip = element.quality
            } else if element.isNamed("identity", in: bytes) {
                identity = element.quality
            } else if element.isNamed("*", in: bytes) {
                others = element.quality
            }
        }
        let gzipQuality = gzip ?? others ?? 0
        // Identity is always acceptable unless excluded, but only as the last resort when it has no weight.
        let excludesIdentity = (identity ?? others) == 0
        if gzipQuality > 0, excludesIdentity || gzipQuality >= identity ?? 0 { return .gzip }
        return excludesIdentity ? nil : .identity
    }
}
