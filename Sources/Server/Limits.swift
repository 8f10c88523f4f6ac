public import HTTP

/// How long a connection may make the server wait and how much it may make it keep. One struct, units in the names.
public struct Limits: Sendable {
    /// Limits of a request's head and of chunked framing.
    public var request = RequestLimits()
    /// The longest body, in bytes; more is answered with 413. Default 2 GiB.
    public var bodyBytes: Int64 = 2 << 30
    /// From the first byte of a head (or the accepted connection) to its end. Default 10 s.
    public var headSeconds = 10
    /// How long a TLS handshake may take from the accepted connection on. Default 10 s.
    public var handshakeSeconds = 10
    /// How long a body may take, plus the time that its bytes so far take at `bytesPerSecond`. Default 30 s.
    public var bodySeconds = 30
    /// The slowest transfer that is waited for, of bodies and of responses. Default 1,024 bytes per second.
    public var bytesPerSecond: Int64 = 1_024
    /// How long a kept-alive connection may wait for its next request. Default 75 s.
    public var idleSeconds = 75
    /// How long a client may take for a response, plus the time that the bytes it has taken so far would need at
    /// `bytesPerSecond`. Default 60 s.
    public var writeSeconds = 60
    /// How long the server listens to a client that still sends after the last response, so that the response is not
    /// lost with the connection (RFC 9112 §9.6). Default 10 s.
    public var lingerSeconds = 10
    /// How many bytes it discards meanwhile. Default 64 MiB.
    public var lingerBytes: Int64 = 64 << 20
    /// A rest of an unread body up to this size is discarded to keep the connection. Default 64 KiB.
    public var discardBytes: Int64 = 64 << 10
    /// Open connections of one client: an IPv4 address, or an IPv6 network of 64 bits. Requests on further ones are
    /// answered with 503. 0 for no limit; trusted proxies have none. Default 1,024.
    public var connectionsPerAddress = 1_024
    /// Open connections of one event loop; further ones wait in the backlog. Default 16,384; the program lowers it to
    /// what the limit of open descriptors allows.
    public var connectionsPerLoop = 16_384
    /// How long an idle connection may still send a request when the server drains: one that is on its way then would
    /// be lost. Default 1 s.
    public var farewellSeconds = 1
    /// How long requests in flight may take after SIGTERM. Default 30 s.
    public var drainSeconds = 30

    /// The defaults.
    public init() {}
}
