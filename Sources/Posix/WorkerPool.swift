/// Threads for work that blocks: `fsync(2)`, SQLite, hashing of large pieces. An event loop never does such work itself.
public final class WorkerPool: Sendable {
    private let jobs = Monitor<[@Sendable () -> Void]>([])

    /// Starts the threads; they live as long as the process.
    ///
    /// - Parameter threads: 1…64.
    /// - Throws: `EAGAIN` when the system has no room for a thread.
    public init(threads: Int) throws(Errno) {
        precondition((1...64).contains(threads))
        let jobs = jobs
        for number in 1...threads {
            try startThread(named: "worker-\(number)") {
                while true {
                    let job = jobs.wait { waiting in waiting.isEmpty ? nil : waiting.removeFirst() }
                    job()
                }
            }
        }
    }

    /// Runs `body` on one of the threads; the caller's executor is free meanwhile.
    ///
    /// It does not throw: as a generic `async` function with typed throws it corrupted the task's stack when optimized
    /// (Swift 6.3.1). A body that can fail returns a `Result`. `Tests/lint` forbids the combination.
    public func run<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            jobs.change { waiting in
                waiting.append { continuation.resume(returning: body()) }
            }
        }
    }
}
