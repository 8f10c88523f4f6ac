import Crypto
import HTTP
import Posix

/// The beginning of a connection to a TLS listener. Owned by its loop.
struct Handshake {
    let socket: Socket
    let readiness: Readiness
    let context: LoopContext
    let peer: SocketAddress
    private let place: Place
    private let deadline: Int64

    init(socket: Socket, readiness: Readiness, context: LoopContext, peer: SocketAddress, place: Place) {
        self.socket = socket
        self.readiness = readiness
        self.context = context
        self.peer = peer
        self.place = place
        deadline = context.deadline(in: context.limits.handshakeSeconds)
    }

    /// Begins to wait for the client's first bytes.
    func begin() {
        readiness.whenWoken { await run() }
        readiness.isReadable = false
        readiness.park(until: deadline)
    }

    /// Agrees on keys with the client, then serves its requests.
    private func run() async {
        // Without memory for a session there is nothing to say to anybody.
        guard let tls = context.tls, let session = try? TLSSession(tls, descriptor: socket.file.descriptor) else {
            return context.close(readiness, place)
        }
        switch await agree(session) {
        case .done:
            await connection(.secure(session, socket)).beginAtOnce()
        case .wantRead where session.isPlainHTTP, .failed where session.isPlainHTTP:
            let sentence = "This port speaks TLS; use an address that begins with https://"
            context.metrics.countFailedHandshake()
            await connection(.plain(socket)).refuse(HTTPError(.badRequest, sentence))
        case .wantRead, .wantWrite:
            log("the client did not finish it within \(context.limits.handshakeSeconds) seconds")
            context.close(readiness, place)
        case .closed:
            log("the client ended the connection")
            context.close(readiness, place)
        case .failed(let reason):
            log(reason)
            // So that the client gets the alert that tells it why (RFC 8446 §6.2).
            await connection(.plain(socket)).close(isComplete: false)
        }
    }

    /// - Returns: what the handshake came to; `.wantRead` or `.wantWrite` when time ran out, or the client does not speak
    ///   TLS at all.
    private func agree(_ session: TLSSession) async -> TLSSession.Outcome {
        while true {
            let outcome = session.handshake()
            guard outcome == .wantRead || outcome == .wantWrite, !session.isPlainHTTP else { return outcome }
            guard await readiness.wait(until: deadline) != .timedOut else { return outcome }
        }
    }

    private func connection(_ transport: Transport) -> Connection {
        Connection(transport, readiness: readiness, context: context, peer: peer, place: place)
    }

    private func log(_ reason: String) {
        context.metrics.countFailedHandshake()
        context.log?.record(failedHandshake: reason, with: peer.host)
    }
}
