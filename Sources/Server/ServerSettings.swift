public import Crypto
public import Posix

/// What a server is told at its start.
public struct ServerSettings: Sendable {
    /// A listening socket that somebody else has opened, such as systemd.
    public struct Inherited: Sendable {
        /// The socket; it stays open with its owner when this server ends.
        public var socket: Socket
        /// Where it listens.
        public var address: ListenAddress

        /// A socket and where it listens.
        public init(_ socket: Socket, at address: ListenAddress) {
            self.socket = socket
            self.address = address
        }
    }

    /// Where to open listening sockets.
    public var listen: [ListenAddress] = []
    /// Whether somebody else may listen at the same port: the server that this one takes over from. Else a port in use
    /// is an error, since the kernel would spread clients over both.
    public var sharesPorts = false
    /// Listening sockets that are open already.
    public var inherited: [Inherited] = []
    /// Needed when one of the addresses is for TLS.
    public var tls: TLSContext?
    /// For how many seconds browsers shall insist on TLS (RFC 6797 §6.1.1), told on every answer through TLS; 0 to say
    /// nothing.
    public var strictTransportSeconds = 0
    /// Whose word about clients is believed.
    public var trustedProxies = TrustedProxies([])
    /// The limits of every connection.
    public var limits = Limits()
    /// Counters for as many event loops as there shall be, at least 1; the processors available are a good number.
    public var metrics = Metrics(loops: 1)

    /// Nothing yet.
    public init() {}
}
