import HTTP
import Posix

/// Accepts connections on one loop.
struct Listener {
    let socket: Socket
    let isSecure: Bool
    /// Whether somebody else has the same socket: other loops, and the process that opened it.
    let isShared: Bool
    /// How many sockets of this server listen at the same port; 0 for a Unix socket.
    let siblings: Int
    let context: LoopContext

    /// How long a handshake may be under way when another server takes the port over, in nanoseconds.
    private static let handOver: Int64 = 200_000_000
    /// How long accepting pauses at least when there are too many connections, or no descriptors left, in nanoseconds.
    /// Deadlines are looked at once a second.
    private static let pause: Int64 = 100_000_000

    func run() async {
        guard let readiness = try? context.loop.watch(socket.file) else { return }
        context.listenerCount += 1
        defer {
            // The socket closes with this task, its only owner: clients that come then are refused and can try elsewhere,
            // instead of waiting in a backlog that nobody serves. A shared one must not be shut down here.
            readiness.close()
            context.listenerCount -= 1
            context.stopIfDone()
        }
        while true {
            if context.isDraining { return await leave(readiness) }
            do {
                try await acceptAll()
                if context.isDraining { continue }
                let isFull = context.connectionCount >= context.limits.connectionsPerLoop
                _ = await readiness.wait(until: isFull ? context.loop.now + Self.pause : .max, idle: true)
            } catch {
                // EMFILE and its like: connections wait in the backlog until some descriptor is free again.
                if context.isDraining { return }
                _ = await readiness.wait(until: context.loop.now + Self.pause, idle: true)
            }
        }
    }

    private func acceptAll() async throws(Errno) {
        var accepted = 0
        // Further clients wait in the backlog until some connection has ended.
        while context.connectionCount < context.limits.connectionsPerLoop, let (connection, peer) = try socket.accept()
        {
            start(connection, from: peer)
            accepted += 1
            // So that one loop does not take all that have come at once, and one client that comes again and again, only
            // to be closed, does not hold the loop.
            if isShared || accepted.isMultiple(of: 64) { await Task.yield() }
        }
    }

    /// Stops listening. What is in the backlog is served: closing would reset it.
    ///
    /// When another server listens at the same port, no client is to notice: new connections are steered to it, those
    /// whose handshake has begun here are awaited, and a SYN that comes between the last look and the closing is ignored,
    /// so that the client sends it again and reaches the other server.
    private func leave(_ readiness: Readiness) async {
        // Connections that wait at a shared socket belong to whoever comes next.
        if isShared { return }
        if siblings > 0, socket.countOfListenersAtSamePort() > siblings {
            socket.steerConnections(to: siblings)
            await accept(forNanoseconds: Self.handOver, readiness)
            socket.ignoreHandshakes()
            // Steered still, until each of this server's loops has come so far.
            await accept(forNanoseconds: Self.handOver, readiness)
            socket.unsteerConnections()
        }
        try? await acceptAll()
    }

    private func accept(forNanoseconds time: Int64, _ readiness: Readiness) async {
        let end = context.loop.now + time
        while context.loop.now < end {
            try? await acceptAll()
            _ = await readiness.wait(until: end)
        }
    }

    private func start(_ socket: Socket, from peer: SocketAddress) {
        guard let place = context.takePlace(for: peer) else { return }
        guard let readiness = try? context.loop.watch(socket.file) else { return context.giveBack(place) }
        if isSecure {
            Handshake(socket: socket, readiness: readiness, context: context, peer: peer, place: place).begin()
        } else {
            Connection(.plain(socket), readiness: readiness, context: context, peer: peer, place: place).begin()
        }
    }
}
