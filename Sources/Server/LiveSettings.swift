public import Crypto

/// What a server may be told again while it runs: see `Server.use`.
public struct LiveSettings: Sendable {
    /// Needed when one of the addresses is for TLS.
    public var tls: TLSContext?
    /// For how many seconds browsers shall insist on TLS (RFC 6797 §6.1.1), told on every answer through TLS; 0 to say
    /// nothing.
    public var strictTransportSeconds = 0
    /// Proxies, whose connections are not counted as those of one client.
    public var trustedProxies = TrustedProxies([])
    /// Whether what these proxies say about clients is believed.
    public var isBehindProxy = false
    /// The limits of every connection.
    public var limits = Limits()
    /// The form of the access log; `nil` for none.
    public var accessLog: AccessLog.Format?

    /// The defaults.
    public init() {}
}
