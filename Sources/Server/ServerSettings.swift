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
    /// What may change later.
    public var live = LiveSettings()
    /// Takes the access log's lines; `nil` when there is no log at all.
    public var log: LogWriter?
    /// Counters for as many event loops as there shall be, at least 1; the processors available are a good number.
    public var metrics = Metrics(loops: 1)

    /// Nothing yet.
    public init() {}
}
