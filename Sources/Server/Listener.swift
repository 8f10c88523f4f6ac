import HTTP
import Posix

/// Accepts connections on one loop and starts a task for each.
struct Listener {
    let socket: Socket
    let context: LoopContext

    /// How long accepting pauses when there are no descriptors left, in nanoseconds.
    private static let pause: Int64 = 100_000_000

    func run() async {
        guard let readiness = try? context.loop.watch(socket.file) else { return }
        context.listenerCount += 1
        defer {
            // Clients that come now are refused and can try elsewhere, instead of waiting in a backlog that nobody serves.
            socket.stopListening()
            readiness.close()
            context.listenerCount -= 1
            context.stopIfDone()
        }
        while true {
            do {
                // What is in the backlog is served even while draining: closing would reset it.
                while let (connection, peer) = try socket.accept() { start(connection, from: peer) }
                if context.isDraining { return }
                _ = await readiness.wait(until: .max, idle: true)
            } catch {
                // EMFILE and its like: connections wait in the backlog until some descriptor is free again.
                if context.isDraining { return }
                _ = await readiness.wait(until: context.loop.now + Self.pause, idle: true)
            }
        }
    }

    private func start(_ socket: Socket, from peer: SocketAddress) {
        let context = context
        let host = peer.host
        context.connectionCount += 1
        context.metrics.countAccepted()
        context.loop.spawn {
            defer {
                context.connectionCount -= 1
                context.metrics.countClosed()
                context.stopIfDone()
            }
            guard let readiness = try? context.loop.watch(socket.file) else { return }
            await Connection(socket: socket, readiness: readiness, context: context, peer: host).run()
        }
    }
}
