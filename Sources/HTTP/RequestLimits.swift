/// How large the parts of a request's framing may be. The content has its own limit, see ``BodyDecoder``.
public struct RequestLimits: Equatable, Sendable {
    /// Bytes of the request target; more is 414. RFC 9112 §3 asks for at least 8,000.
    public var targetBytes = 8192
    /// Bytes of a whole head, from the method to the empty line; more is 431 (RFC 6585 §5). At most 1 GiB.
    public var headBytes = 32768
    /// Field lines of a head; more is 431.
    public var fieldCount = 100
    /// Bytes of chunk extensions of one body, all together; more is 400 (RFC 9112 §7.1.1).
    public var chunkExtensionBytes = 4096
    /// Bytes of a chunked body's trailer section; more is 431 (RFC 9112 §7.1.2).
    public var trailerBytes = 8192

    /// The limits above.
    public init() {}
}
