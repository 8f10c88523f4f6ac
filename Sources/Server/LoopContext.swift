import Crypto
import HTTP
import Posix

/// What the connections of one event loop share.
///
/// `@unchecked Sendable`: made before the loop runs, then touched only by tasks of that loop.
final class LoopContext: @unchecked Sendable {
    let loop: EventLoop
    let handler: any HTTPHandler
    private(set) var limits = Limits()
    private(set) var log: AccessLog?
    private(set) var trustedProxies = TrustedProxies([])
    private(set) var isBehindProxy = false
    /// For new connections to TLS listeners; open ones keep theirs.
    private(set) var tls: TLSContext?
    let metrics: LoopMetrics
    /// Shared by all loops.
    let clients: ClientConnections
    /// Scratch for one response; used without suspending in between.
    var output: [UInt8] = []
    /// Scratch for one piece of a file; used without suspending in between. Empty until TLS needs it.
    var piece: [UInt8] = []
    var isDraining = false
    private(set) var connectionCount = 0
    /// Those among them whose client has as many as it may.
    private var refusedCount = 0
    var listenerCount = 0
    /// On the first loop, which obeys signals: how many other loops run. It ends last, so that the drain's deadline and a
    /// second signal are always heard.
    var otherLoops = 0

    private var buffers: [[UInt8]] = []
    private var dateSecond: Int64 = 0
    private var dateLine: [UInt8] = []
    private var secureDateLine: [UInt8] = []
    private var strictTransportLine: [UInt8] = []
    private let logWriter: LogWriter?

    /// How many connections of clients with too many are told so at a time; further ones are closed without a word.
    private static let refusedLimit = 64
    /// The size of a receive buffer, in bytes.
    static let bufferBytes = 16 << 10
    /// The size of a receive buffer while a large body arrives, in bytes.
    static let bodyBufferBytes = 128 << 10
    /// What a connection may move before the others have their turn, in bytes: some 50 microseconds.
    static let turnBytes = 128 << 10
    /// The size of a piece of a file, in bytes: four TLS records, which fit in a core's own cache with their ciphertext.
    static let pieceBytes = 64 << 10

    init(
        loop: EventLoop, handler: any HTTPHandler, settings: ServerSettings, metrics: LoopMetrics,
        clients: ClientConnections
    ) {
        self.loop = loop
        self.handler = handler
        self.metrics = metrics
        self.clients = clients
        logWriter = settings.log
        use(settings.live)
    }

    /// Puts settings in force. Deadlines hold at once between requests, else from the next wait on, the rest for connections
    /// that begin.
    func use(_ settings: LiveSettings) {
        limits = settings.limits
        loop.interruptIdle()
        trustedProxies = settings.trustedProxies
        isBehindProxy = settings.isBehindProxy
        tls = settings.tls
        let seconds = settings.strictTransportSeconds
        strictTransportLine = seconds > 0 ? Array("Strict-Transport-Security: max-age=\(seconds)\r\n".utf8) : []
        dateSecond = 0
        guard settings.accessLog != log?.format else { return }
        log?.flush()
        log = settings.accessLog.flatMap { format in logWriter.map { AccessLog(format, to: $0) } }
    }

    /// Counts a connection that begins.
    ///
    /// - Returns: `nil` when it is to be closed without a word: its client has too many, and enough are being told so.
    func takePlace(for peer: SocketAddress) -> Place? {
        var place = Place()
        let limit = limits.connectionsPerAddress
        if limit > 0, !trustedProxies.contain(peer), let address = NumericAddress(peer.host) {
            let client = ClientConnections.Client(address)
            place.isRefused = !clients.open(client, limit: limit)
            if !place.isRefused { place.client = client }
        }
        metrics.countAccepted(isRefused: place.isRefused)
        if place.isRefused {
            guard refusedCount < Self.refusedLimit else {
                metrics.countClosed()
                return nil
            }
            refusedCount += 1
        }
        connectionCount += 1
        return place
    }

    /// Counts a connection less.
    func giveBack(_ place: Place) {
        if let client = place.client { clients.close(client) }
        if place.isRefused { refusedCount -= 1 }
        connectionCount -= 1
        metrics.countClosed()
        stopIfDone()
    }

    /// Ends a connection: its socket closes with its last owner.
    func close(_ readiness: Readiness, _ place: Place) {
        readiness.close()
        giveBack(place)
    }

    /// Ends the loop when it drains and nothing is left to serve.
    func stopIfDone() {
        if isDraining && connectionCount == 0 && listenerCount == 0 && otherLoops == 0 { loop.stop() }
    }

    /// Makes the scratch for pieces of files, at its first use.
    func makePiece() {
        if piece.isEmpty { piece = [UInt8](repeating: 0, count: Self.pieceBytes) }
    }

    /// A receive buffer: idle connections hold none.
    func takeBuffer() -> [UInt8] {
        buffers.popLast() ?? [UInt8](repeating: 0, count: Self.bufferBytes)
    }

    /// Takes a buffer back; ones that grew are dropped.
    func giveBack(_ buffer: consuming [UInt8]) {
        if buffer.count == Self.bufferBytes && buffers.count < 64 { buffers.append(buffer) }
    }

    /// `Date: …CRLF` (RFC 9110 §6.6.1), formatted once a second; through TLS also `Strict-Transport-Security: …CRLF`
    /// (RFC 6797 §7.1).
    func date(isSecure: Bool) -> [UInt8] {
        let second = Clock.coarseUnixSeconds
        if second != dateSecond {
            dateSecond = second
            dateLine = HTTPDate.line(second)
            secureDateLine = dateLine + strictTransportLine
        }
        return isSecure ? secureDateLine : dateLine
    }

    /// The deadline of a transfer that began at `begin` and has moved `bytes` so far: a grace, and the time that the slowest
    /// transfer would have needed; and never longer than the grace from now. All in nanoseconds. So neither a trickle of
    /// bytes nor silence after many can hold a connection for long.
    func deadline(from begin: Int64, grace seconds: Int, bytes: Int64) -> Int64 {
        let needed = Double(bytes) / Double(limits.bytesPerSecond) * 1e9
        return min(begin + Int64(seconds) * 1_000_000_000 + Int64(needed), deadline(in: seconds))
    }

    /// A deadline so many seconds from the start of this turn.
    func deadline(in seconds: Int) -> Int64 {
        loop.now + Int64(seconds) * 1_000_000_000
    }
}
