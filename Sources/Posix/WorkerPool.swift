import CLinux
import Synchronization

/// Threads for work that blocks: `fsync(2)`, SQLite, hashing of large pieces. An event loop never does such work itself.
public final class WorkerPool: Sendable {
    private struct Job: Sendable {
        /// The divided work that it is a part of; `nil` for work of its own.
        var whole: ObjectIdentifier?
        let run: @Sendable () -> Void
    }

    private let jobs = Monitor<[Job]>([])
    // Hashing must not keep an event loop from a processor when there are more threads than processors.
    private static let niceness: Int32 = 10
    /// How many threads can help one that divides its work.
    private let helpers: Int

    /// Starts the threads; they live as long as the process.
    ///
    /// - Parameter threads: 1…64.
    /// - Throws: `EAGAIN` when the system has no room for a thread.
    public init(threads: Int) throws(Errno) {
        precondition((1...64).contains(threads))
        let jobs = jobs
        helpers = min(threads, availableProcessors) - 1
        for number in 1...threads {
            try startThread(named: "worker-\(number)") {
                linux_give_way(Self.niceness)
                while true {
                    let job = jobs.wait { waiting in waiting.isEmpty ? nil : waiting.removeFirst() }
                    job.run()
                }
            }
        }
    }

    /// Runs `body` for each number below `count`, on this thread and on those of the pool that are idle; returns when all
    /// of it is done.
    ///
    /// This thread takes part, so the work ends also when all others are busy, and a job of the pool may call it: nobody
    /// ever waits for a thread that has not begun. Numbers are taken in their order.
    public func divide(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
        let progress = Monitor((next: 0, done: 0))
        let work: @Sendable () -> Void = {
            while true {
                let number = progress.change { state in
                    defer { state.next += 1 }
                    return state.next
                }
                guard number < count else { return }
                body(number)
                progress.change { $0.done += 1 }
            }
        }
        let whole = ObjectIdentifier(progress)
        for _ in 0..<max(0, min(helpers, count - 1)) { jobs.change { $0.append(Job(whole: whole, run: work)) } }
        work()
        // Every part is taken: who has not begun to help need not, and shall not keep what the work holds.
        jobs.change { $0.removeAll { $0.whole == whole } }
        progress.wait { $0.done == count ? () : nil }
    }

    /// Runs `body` on one of the threads while the caller goes on.
    ///
    /// A `Task` would run on Swift's own threads first, only to come here: they have no niceness, and memory of their own.
    public func begin<Value: Sendable>(_ body: @escaping @Sendable () -> Value) -> Promise<Value> {
        let promise = Promise<Value>()
        jobs.change { waiting in waiting.append(Job { promise.keep(body()) }) }
        return promise
    }

    /// What a thread of the pool will have come to; it does its work also when nobody waits.
    public final class Promise<Value: Sendable>: Sendable {
        private enum State {
            case running
            case awaited(CheckedContinuation<Value, Never>)
            case done(Value)
        }

        private let state = Mutex(State.running)

        fileprivate init() {}

        /// What the body returned. Asked for once; the caller's executor is free while it waits.
        public func value() async -> Value {
            await withCheckedContinuation { continuation in
                let value: Value? = state.withLock { state in
                    if case .done(let value) = state { return value }
                    state = .awaited(continuation)
                    return nil
                }
                if let value { continuation.resume(returning: value) }
            }
        }

        fileprivate func keep(_ value: Value) {
            let waiting: CheckedContinuation<Value, Never>? = state.withLock { state in
                defer { state = .done(value) }
                if case .awaited(let continuation) = state { return continuation }
                return nil
            }
            waiting?.resume(returning: value)
        }
    }

    /// Runs `body` on one of the threads; the caller's executor is free meanwhile.
    ///
    /// It does not throw: as a generic `async` function with typed throws it corrupted the task's stack when optimized
    /// (Swift 6.3.1). A body that can fail returns a `Result`. `Tests/lint` forbids the combination.
    public func run<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            jobs.change { waiting in
                waiting.append(Job { continuation.resume(returning: body()) })
            }
        }
    }
}
