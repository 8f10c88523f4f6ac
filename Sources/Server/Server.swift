public import HTTP
public import Posix
import Synchronization

/// An HTTP/1.1 server: one event loop per processor, each with its own listening sockets (`SO_REUSEPORT`).
///
/// It knows no packages: what a request means is its handler's matter.
public final class Server: Sendable {
    private let handler: any HTTPHandler
    private let limits: Limits
    private let loops: [EventLoop]
    private let contexts: [LoopContext]
    private let listeners: [[Socket]]
    private let running: Monitor<Int>

    /// The addresses that the server listens at, with the ports that the system chose.
    public let addresses: [SocketAddress]

    /// Opens the listening sockets; connections wait in their backlog until `run`.
    ///
    /// - Parameters:
    ///   - metrics: counters for as many event loops as there shall be, at least 1; the processors available are a good number.
    ///   - log: makes the access log of one loop, or `nil` for none.
    /// - Throws: `EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL` with the address …
    public init(
        _ handler: any HTTPHandler, at wanted: [SocketAddress], limits: Limits, metrics: Metrics,
        log: () -> AccessLog?
    ) throws(ListenError) {
        let count = metrics.loops.count
        precondition(count > 0)
        self.handler = handler
        self.limits = limits
        var addresses: [SocketAddress] = []
        var listeners = [[Socket]](repeating: [], count: count)
        for address in wanted {
            do throws(Errno) {
                let first = try Socket.listen(at: address)
                let bound = if case .unix = address { address } else { try first.localAddress() }
                addresses.append(bound)
                listeners[0].append(first)
                // One Unix socket has one backlog: its connections belong to the first loop.
                if case .unix = address { continue }
                for index in 1..<max(1, count) { listeners[index].append(try Socket.listen(at: bound)) }
            } catch {
                throw ListenError(address: address, error: error)
            }
        }
        self.addresses = addresses
        self.listeners = listeners
        do throws(Errno) {
            var made: [EventLoop] = []
            for _ in 0..<count { made.append(try EventLoop()) }
            self.loops = made
        } catch {
            throw ListenError(address: wanted.first ?? .unix(path: ""), error: error)
        }
        contexts = zip(self.loops, metrics.loops).map { loop, metrics in
            LoopContext(loop: loop, handler: handler, limits: limits, log: log(), metrics: metrics)
        }
        running = Monitor(count)
    }

    /// Serves until a stop signal has come and the requests in flight are answered. Blocks; the calling thread becomes
    /// the first loop's.
    ///
    /// - Parameters:
    ///   - signals: SIGTERM and SIGINT drain, a second one ends at once; SIGHUP calls `reload`.
    ///   - reload: called on the first loop; it must not block.
    /// - Throws: `EAGAIN` when the system has no room for a thread.
    public func run(until signals: Signals, reload: @escaping @Sendable () -> Void) throws(Errno) {
        for (index, loop) in loops.enumerated().dropFirst() {
            try startThread(named: "loop-\(index)") { [self] in
                start(index)
                loop.run()
                running.change { $0 -= 1 }
            }
        }
        start(0)
        loops[0].spawn { [self] in await obey(signals, reload: reload) }
        loops[0].run()
        running.change { $0 -= 1 }
        running.wait { $0 == 0 ? () : nil }
    }

    private func start(_ index: Int) {
        let context = contexts[index]
        context.loop.beforeWaiting = { context.log?.flush() }
        for listener in listeners[index] {
            context.loop.spawn { await Listener(socket: listener, context: context).run() }
        }
    }

    private func obey(_ signals: Signals, reload: @Sendable () -> Void) async {
        guard let readiness = try? loops[0].watch(signals.file) else { return }
        var deadline = Int64.max
        while true {
            while let signal = signals.next() {
                guard signal == .stop else {
                    reload()
                    continue
                }
                guard deadline == .max else { return stopAll() }
                deadline = loops[0].now + Int64(limits.drainSeconds) * 1_000_000_000
                drain()
            }
            if await readiness.wait(until: deadline) == .timedOut { return stopAll() }
        }
    }

    /// Every loop stops accepting, closes idle connections, and ends when its last connection has.
    private func drain() {
        for context in contexts {
            context.loop.spawn {
                context.isDraining = true
                context.loop.interruptIdle()
                context.stopIfDone()
            }
        }
    }

    private func stopAll() {
        for context in contexts { context.loop.spawn { context.loop.stop() } }
    }
}

/// A listening socket that could not be opened.
public struct ListenError: Error, Sendable {
    /// What was asked for.
    public let address: SocketAddress
    /// Why not.
    public let error: Errno
}
