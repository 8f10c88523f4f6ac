import CLinux
import Glibc
import Synchronization

/// One thread that waits for descriptors and runs the tasks that use them.
///
/// It is the `TaskExecutor` of its connections: their code is straight-line `async`, tries each system call first, and
/// suspends in `Readiness.wait` only on `EAGAIN`. Each turn is one `epoll_wait(2)` and one batch of jobs, so a task that
/// keeps yielding cannot starve the descriptors.
///
/// A descriptor that nobody needs to wait for in the middle of something is parked: it has no task then, only a closure,
/// which runs when it wakes. Few tasks serve all that wake, so thousands of idle connections hold no task memory, and the
/// memory of those that serve stays in the processor's cache.
///
/// `@unchecked Sendable`: all mutable state belongs to the loop's thread, except what `inbox` guards and
/// the atomic `thread`.
@safe public final class EventLoop: TaskExecutor, @unchecked Sendable {
    private let epoll: File
    private let wakeup: File
    private let inbox = Mutex(Inbox())
    /// Any thread compares it with its own number, so relaxed order is enough: only the loop's thread finds itself.
    private let thread = Atomic<pthread_t>(0)
    private var ready: [UnownedJob] = []
    private var batch: [UnownedJob] = []
    private var sources: [Readiness?] = []
    private var freeSlots: [Int] = []
    /// What has woken from its parking, from `nextWoken` on.
    private var woken: [Readiness?] = []
    private var nextWoken = 0
    /// The tasks that serve what wakes and have nothing to do.
    private var resting: [UnsafeContinuation<Void, Never>] = unsafe []
    private var nextSweep: Int64 = 0
    private var isStopped = false

    private struct Inbox {
        var jobs: [UnownedJob] = []
        var isAsleep = false
    }

    /// Tasks beyond this end when they have nothing to do.
    private static let restingLimit = 64

    /// Called once a turn, before the loop may sleep. Owned by the loop.
    public var beforeWaiting: () -> Void = {}

    /// Nanoseconds of the monotonic clock at the start of this turn. Owned by the loop.
    public private(set) var now: Int64 = 0

    /// A loop that does not run yet.
    public init() throws(Errno) {
        let epoll = linux_epoll_create()
        guard epoll >= 0 else { throw Errno.current }
        self.epoll = File(adopting: epoll)
        let wakeup = linux_eventfd()
        guard wakeup >= 0 else { throw Errno.current }
        self.wakeup = File(adopting: wakeup)
        guard linux_epoll_add(epoll, wakeup, UInt64.max) == 0 else { throw Errno.current }
    }

    /// Runs a job in the next batch. From another thread it costs a lock and, when the loop sleeps, a system call.
    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if thread.load(ordering: .relaxed) == pthread_self() {
            ready.append(job)
            return
        }
        let mustWake = inbox.withLock { inbox in
            inbox.jobs.append(job)
            defer { inbox.isAsleep = false }
            return inbox.isAsleep
        }
        if mustWake { linux_eventfd_raise(wakeup.descriptor) }
    }

    /// Runs until `stop()`; the calling thread becomes the loop's.
    public func run() {
        thread.store(pthread_self(), ordering: .relaxed)
        let executor = unsafe asUnownedTaskExecutor()
        now = Clock.monotonicNanoseconds
        nextSweep = now + 1_000_000_000
        while !isStopped {
            if hasWoken { startServing() }
            swap(&ready, &batch)
            for job in batch { unsafe job.runSynchronously(on: executor) }
            batch.removeAll(keepingCapacity: true)
            beforeWaiting()
            collectForeignJobs()
            poll()
            if now >= nextSweep { sweepDeadlines() }
        }
    }

    /// Ends `run()` after this turn. Called on the loop.
    public func stop() { isStopped = true }

    /// Starts a task that stays on this loop.
    public func spawn(_ body: @escaping @Sendable () async -> Void) {
        Task(executorPreference: self) { await body() }
    }

    /// Watches a non-blocking descriptor until the `Readiness` is closed. Called on the loop.
    public func watch(_ file: File) throws(Errno) -> Readiness {
        let slot = freeSlots.popLast() ?? sources.count
        if slot == sources.count { sources.append(nil) }
        let readiness = Readiness(file: file, slot: slot, loop: self)
        // The low half of the token is the slot; the high half tells a late event for an earlier user of it.
        let token = UInt64(UInt32(truncatingIfNeeded: readiness.generation)) << 32 | UInt64(slot)
        guard linux_epoll_add(epoll.descriptor, file.descriptor, token) == 0 else {
            let error = Errno.current
            freeSlots.append(slot)
            throw error
        }
        sources[slot] = readiness
        return readiness
    }

    /// How many descriptors are watched.
    public var watchedCount: Int { sources.count - freeSlots.count }

    /// Wakes every task that waits idly, so that it sees that the server drains, or has other settings. Called on the loop.
    public func interruptIdle() {
        for source in sources { source?.interruptIfIdle() }
    }

    /// Has the closure of a parked descriptor run.
    fileprivate func serve(_ readiness: Readiness) {
        woken.append(readiness)
    }

    private var hasWoken: Bool { nextWoken < woken.count }

    /// One task is enough until it has to wait for something: then another takes over what is left in the next turn.
    private func startServing() {
        if let task = unsafe resting.popLast() {
            unsafe task.resume()
        } else {
            Task(executorPreference: self) { await self.serveWoken() }
        }
    }

    private func serveWoken() async {
        while true {
            while let readiness = takeWoken() { await readiness.serve() }
            guard unsafe resting.count < Self.restingLimit else { return }
            await unsafe withUnsafeContinuation { unsafe resting.append($0) }
        }
    }

    /// What was taken is kept no longer: its descriptor may close before the queue is ever empty.
    private func takeWoken() -> Readiness? {
        guard hasWoken else { return nil }
        let readiness = woken[nextWoken].take()
        nextWoken += 1
        if !hasWoken {
            woken.removeAll(keepingCapacity: true)
            nextWoken = 0
        } else if nextWoken >= 1_024 {
            woken.removeSubrange(..<nextWoken)
            nextWoken = 0
        }
        return readiness
    }

    fileprivate func forget(_ slot: Int) {
        sources[slot] = nil
        freeSlots.append(slot)
    }

    private func collectForeignJobs() {
        inbox.withLock { inbox in
            ready.append(contentsOf: inbox.jobs)
            inbox.jobs.removeAll(keepingCapacity: true)
            inbox.isAsleep = ready.isEmpty && !hasWoken
        }
    }

    private func poll() {
        let mayWait = ready.isEmpty && !hasWoken && !isStopped
        let timeout = mayWait ? Int32(clamping: max(0, (nextSweep - now) / 1_000_000 + 1)) : 0
        let count = unsafe withUnsafeTemporaryAllocation(of: linux_event.self, capacity: 256) { events in
            let count = unsafe linux_epoll_wait(epoll.descriptor, events.baseAddress, 256, timeout)
            now = Clock.monotonicNanoseconds
            for index in 0..<max(0, Int(count)) {
                unsafe deliver(events[index])
            }
            return count
        }
        if count < 0 && Errno.current.code != EINTR { preconditionFailure("epoll_wait: \(Errno.current)") }
    }

    private func deliver(_ event: linux_event) {
        if event.token == UInt64.max {
            linux_eventfd_clear(wakeup.descriptor)
            return
        }
        let slot = Int(event.token & 0xFFFF_FFFF)
        guard slot < sources.count, let source = sources[slot],
            UInt32(truncatingIfNeeded: source.generation) == UInt32(event.token >> 32)
        else { return }
        source.deliver(event.flags)
    }

    private func sweepDeadlines() {
        nextSweep = now + 1_000_000_000
        for source in sources { source?.expire(at: now) }
    }
}

/// The readiness of one descriptor: what its task waits for, or what starts it. Owned by the loop; one task waits at a
/// time.
@safe public final class Readiness {
    /// Why a wait ended.
    public enum Wake: Sendable {
        /// Something became possible: try the system call again.
        case ready
        /// The deadline has passed.
        case timedOut
        /// The wait was idle and the server wants the connection to end.
        case interrupted
    }

    /// Whether a read may find something. The reader clears it when it has seen the descriptor empty; the next edge sets it.
    public var isReadable = true
    /// Whether the peer has closed its side or the descriptor failed: then a read always tells something.
    public private(set) var hasHungUp = false

    private let file: File
    private let slot: Int
    private unowned let loop: EventLoop
    fileprivate let generation: Int
    private var waiter: UnsafeContinuation<Wake, Never>?
    private var onWake: () async -> Void = {}
    private var deadline = Int64.max
    private var isIdle = false
    private var isParked = false
    private var isClosed = false

    private static let generations = Atomic<Int>(0)

    fileprivate init(file: File, slot: Int, loop: EventLoop) {
        self.file = file
        self.slot = slot
        self.loop = loop
        generation = Self.generations.add(1, ordering: .relaxed).newValue
    }

    /// Suspends until the descriptor reports something, or until the deadline, which is checked once a second.
    ///
    /// - Parameters:
    ///   - deadline: nanoseconds of the monotonic clock.
    ///   - idle: whether nothing is lost when the connection ends here.
    public func wait(until deadline: Int64, idle: Bool = false) async -> Wake {
        self.deadline = deadline
        isIdle = idle
        return await unsafe withUnsafeContinuation { continuation in
            unsafe waiter = continuation
        }
    }

    /// What runs when the descriptor wakes from its parking: on its loop, once for each wake. It keeps what it needs alive
    /// until the readiness is closed.
    public func whenWoken(_ body: @escaping () async -> Void) {
        onWake = body
    }

    /// Waits without a task: the closure of `whenWoken` runs when there is something to read, at the deadline, or when the
    /// wait is idle and is interrupted. The parameters are those of `wait`.
    public func park(until deadline: Int64, idle: Bool = false) {
        self.deadline = deadline
        isIdle = idle
        isParked = true
    }

    fileprivate func serve() async { await onWake() }

    /// Stops watching; the descriptor itself closes with its last owner. Called on the loop, once.
    public func close() {
        guard !isClosed else { return }
        isClosed = true
        onWake = {}
        loop.forget(slot)
    }

    fileprivate func deliver(_ flags: UInt32) {
        if flags & UInt32(LINUX_READABLE) != 0 { isReadable = true }
        if flags & UInt32(LINUX_HANGUP) != 0 {
            isReadable = true
            hasHungUp = true
        }
        // Room to write is no reason to wake what only waits for something to read.
        if isParked && !isReadable { return }
        wake(.ready)
    }

    fileprivate func expire(at now: Int64) {
        if now >= deadline { wake(.timedOut) }
    }

    fileprivate func interruptIfIdle() {
        if isIdle { wake(.interrupted) }
    }

    private func wake(_ reason: Wake) {
        guard unsafe isParked || waiter != nil else { return }
        deadline = .max
        isIdle = false
        if isParked {
            isParked = false
            loop.serve(self)
        } else if let continuation = unsafe waiter {
            unsafe waiter = nil
            unsafe continuation.resume(returning: reason)
        }
    }
}
