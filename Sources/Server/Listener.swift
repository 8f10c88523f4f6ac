import HTTP
import Posix

/// Accepts connections on one loop and starts a task for each.
struct Listener {
    let socket: Socket
    let isSecure: Bool
    /// Whether somebody else has the same socket: other loops, and the process that opened it.
    let isShared: Bool
    let context: LoopContext

    /// How long accepting pauses when there are no descriptors left, in nanoseconds.
    private static let pause: Int64 = 100_000_000

    func run() async {
        guard let readiness = try? context.loop.watch(socket.file) else { return }
        context.listenerCount += 1
        defer {
            readiness.close()
            context.listenerCount -= 1
            context.stopIfDone()
        }
        while true {
            // Connections that wait at a shared socket belong to whoever comes next.
            if context.isDraining && isShared { return }
            do {
                // What is in the backlog is served even while draining: closing would reset it.
                while let (connection, peer) = try socket.accept() {
                    start(connection, from: peer)
                    // So that one loop does not take all that have come at once.
                    if isShared { await Task.yield() }
                }
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
        let (context, isSecure) = (context, isSecure)
        context.connectionCount += 1
        context.loop.spawn {
            defer {
                context.connectionCount -= 1
                context.stopIfDone()
            }
            guard let readiness = try? context.loop.watch(socket.file) else { return }
            if isSecure {
                await Handshake(socket: socket, readiness: readiness, context: context, peer: peer).run()
            } else {
                await Connection(.plain(socket), readiness: readiness, context: context, peer: peer).run()
            }
        }
    }
}
