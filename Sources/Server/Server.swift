public import HTTP
public import Posix
import Synchronization

/// An HTTP/1.1 server: one event loop per processor, each with its own listening sockets (`SO_REUSEPORT`).
///
/// It knows no packages: what a request means is its handler's matter.
public final class Server: Sendable {
    private let loops: [EventLoop]
    private let contexts: [LoopContext]
    /// Those of each loop until it starts; then they belong to their tasks, so that a socket closes as its task ends.
    private let listeners: Mutex<[[Listener]]>
    private let running: Monitor<Int>

    /// The addresses that the server listens at, with the ports that the system chose.
    public let addresses: [ListenAddress]

    /// What its owner does when signals come. Called on the first loop: none of it may block.
    public struct Events: Sendable {
        /// SIGHUP.
        public var reload: @Sendable () -> Void
        /// SIGTERM or SIGINT, before the first connection is closed.
        public var stop: @Sendable () -> Void

        /// What to do.
        public init(reload: @escaping @Sendable () -> Void, stop: @escaping @Sendable () -> Void) {
            self.reload = reload
            self.stop = stop
        }
    }

    /// Opens the listening sockets; connections wait in their backlog until `run`.
    ///
    /// - Throws: `EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL` with the address …
    public init(_ handler: any HTTPHandler, _ settings: ServerSettings) throws(ListenError) {
        let metrics = settings.metrics.loops
        precondition(!metrics.isEmpty)
        var loops: [EventLoop] = []
        do throws(Errno) {
            for _ in metrics { loops.append(try EventLoop()) }
        } catch {
            throw ListenError(address: settings.listen.first ?? ListenAddress(.unix(path: "")), error: error)
        }
        self.loops = loops
        let clients = ClientConnections()
        contexts = zip(loops, metrics).map { loop, metrics in
            LoopContext(loop: loop, handler: handler, settings: settings, metrics: metrics, clients: clients)
        }
        let (listeners, addresses) = try Self.listen(settings, contexts)
        self.listeners = Mutex(listeners)
        self.addresses = addresses
        running = Monitor(loops.count)
    }

    private static func listen(
        _ settings: ServerSettings, _ contexts: [LoopContext]
    ) throws(ListenError) -> ([[Listener]], [ListenAddress]) {
        var addresses: [ListenAddress] = []
        var listeners = [[Listener]](repeating: [], count: contexts.count)
        for wanted in settings.listen {
            do throws(Errno) {
                if !settings.sharesPorts { try Socket.requireFree(wanted.address) }
                let first = try Socket.listen(at: wanted.address)
                var bound = wanted
                var isUnix = true
                if case .unix = wanted.address {
                } else {
                    bound.address = try first.localAddress()
                    isUnix = false
                }
                addresses.append(bound)
                for (index, context) in contexts.enumerated() {
                    // One Unix socket has one backlog: its connections belong to the first loop.
                    if index > 0 && isUnix { break }
                    let socket = index == 0 ? first : try Socket.listen(at: bound.address)
                    listeners[index].append(
                        Listener(
                            socket: socket, isSecure: wanted.isSecure, isShared: false,
                            siblings: isUnix ? 0 : contexts.count, context: context))
                }
            } catch {
                throw ListenError(address: wanted, error: error)
            }
        }
        for inherited in settings.inherited {
            addresses.append(inherited.address)
            for (index, context) in contexts.enumerated() {
                listeners[index].append(
                    Listener(
                        socket: inherited.socket, isSecure: inherited.address.isSecure, isShared: true, siblings: 0,
                        context: context))
            }
        }
        return (listeners, addresses)
    }

    /// Serves until a stop signal has come and the requests in flight are answered. Blocks; the calling thread becomes
    /// the first loop's.
    ///
    /// - Parameter signals: SIGTERM and SIGINT drain, a second one ends at once; SIGHUP only calls `events.reload`.
    /// - Throws: `EAGAIN` when the system has no room for a thread.
    public func run(until signals: Signals, _ events: Events) throws(Errno) {
        for (index, loop) in loops.enumerated().dropFirst() {
            try startThread(named: "loop-\(index)") { [self] in
                start(index)
                loop.run()
                running.change { $0 -= 1 }
                let first = contexts[0]
                first.loop.spawn {
                    first.otherLoops -= 1
                    first.stopIfDone()
                }
            }
            contexts[0].otherLoops += 1
        }
        start(0)
        loops[0].spawn { [self] in await obey(signals, events) }
        loops[0].run()
        running.change { $0 -= 1 }
        running.wait { $0 == 0 ? () : nil }
    }

    /// Puts other settings in force: deadlines at once, the rest for connections that begin from now on. Those that are
    /// open live on with their certificate.
    ///
    /// May be called from any thread.
    public func use(_ settings: LiveSettings) {
        for context in contexts {
            context.loop.spawn { context.use(settings) }
        }
    }

    private func start(_ index: Int) {
        let context = contexts[index]
        context.loop.beforeWaiting = { context.log?.flush() }
        let mine = listeners.withLock { all in
            defer { all[index] = [] }
            return all[index]
        }
        for listener in mine { context.loop.spawn { await listener.run() } }
    }

    private func obey(_ signals: Signals, _ events: Events) async {
        guard let readiness = try? loops[0].watch(signals.file) else { return }
        var deadline = Int64.max
        while true {
            while let signal = signals.next() {
                guard signal == .stop else {
                    events.reload()
                    continue
                }
                guard deadline == .max else { return stopAll() }
                deadline = contexts[0].deadline(in: contexts[0].limits.drainSeconds)
                events.stop()
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
