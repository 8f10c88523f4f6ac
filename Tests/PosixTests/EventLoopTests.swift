import Foundation
import Glibc
import Synchronization
import Testing

@testable import Posix

/// A loop on a thread of its own, and a place for what its tasks find out.
final class RunningLoop: Sendable {
    let loop: EventLoop
    private let ended = Monitor(false)

    init() throws {
        let loop = try EventLoop()
        self.loop = loop
        let ended = ended
        try startThread(named: "test-loop") {
            loop.run()
            ended.change { $0 = true }
        }
    }

    deinit {
        let loop = loop
        loop.spawn { loop.stop() }
    }

    /// What `body` returns, run as a task of the loop.
    func run<Value: Sendable>(_ body: @escaping @Sendable (EventLoop) async throws -> Value) async throws -> Value {
        let result: Result<Value, any Error> = await withCheckedContinuation { continuation in
            loop.spawn { [loop] in
                do {
                    continuation.resume(returning: .success(try await body(loop)))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        return try result.get()
    }

    func waitForEnd() { ended.wait { $0 ? () : nil } }
}

/// The name of the calling thread.
func threadName() -> String {
    (try? String(contentsOfFile: "/proc/thread-self/comm", encoding: .utf8))?.trimmingCharacters(in: .newlines) ?? ""
}

/// Two ends of a stream, non-blocking.
func socketPair() throws -> (Socket, Socket) {
    var pair: [Int32] = [0, 0]
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    guard unsafe socketpair(AF_UNIX, kind, 0, &pair) == 0 else { throw Errno.current }
    return (Socket(File(adopting: pair[0])), Socket(File(adopting: pair[1])))
}

struct EventLoopTests {
    @Test func `a task begins on the loop's thread and comes back to it after every suspension`() async throws {
        let running = try RunningLoop()
        let workers = try WorkerPool(threads: 1)
        let names = try await running.run { _ in
            var names = [threadName()]
            await Task.yield()
            names.append(threadName())
            _ = await workers.run { 1 }
            names.append(threadName())
            try await Task.sleep(for: .milliseconds(1))
            names.append(threadName())
            names.append(await elsewhere())
            async let child = threadName()
            names.append(await child)
            return names
        }
        #expect(names == Array(repeating: "test-loop", count: 6))
    }

    @concurrent private func elsewhere() async -> String { threadName() }

    @Test func `a job from another thread wakes a sleeping loop at once`() throws {
        let running = try RunningLoop()
        let elapsed = Monitor<Int64?>(nil)
        // A thread of its own measures: the tests' threads are busy with other tests.
        try startThread(named: "visitor") {
            let begun = Clock.monotonicNanoseconds
            for _ in 0..<20 {
                Clock.sleep(milliseconds: 5)
                let hasRun = Monitor(false)
                running.loop.spawn { hasRun.change { $0 = true } }
                hasRun.wait { $0 ? () : nil }
            }
            elapsed.change { $0 = Clock.monotonicNanoseconds - begun }
        }
        // Without being woken the loop would notice at its next tick, once a second: 20 s. Woken it takes 0.1 s.
        #expect(elapsed.wait { $0 } < 5_000_000_000)
    }

    @Test func `a thousand jobs from four threads all run`() async throws {
        let running = try RunningLoop()
        let count = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<1_000 { group.addTask { try await running.run { _ in 1 } } }
            return try await group.reduce(0, +)
        }
        #expect(count == 1_000)
    }

    @Test func `a task that keeps yielding does not starve descriptors`() async throws {
        let running = try RunningLoop()
        let (near, far) = try socketPair()
        let hasArrived = Flag()
        let turns = try await running.run { loop in
            let readiness = try loop.watch(near.file)
            defer { readiness.close() }
            let spinner = Task(executorPreference: loop) {
                var turns = 0
                while !hasArrived.isSet.load(ordering: .relaxed) && turns < 5_000_000 {
                    turns += 1
                    if turns == 1_000 { _ = try far.send([7]) }
                    await Task.yield()
                }
                return turns
            }
            var buffer: [UInt8] = [0]
            while try near.receive(into: &buffer, at: 0) == nil { _ = await readiness.wait(until: .max) }
            hasArrived.isSet.store(true, ordering: .relaxed)
            return try await spinner.value
        }
        #expect((1_000..<5_000_000).contains(turns))
    }

    @Test func `a descriptor wakes its task when something arrives`() async throws {
        let running = try RunningLoop()
        let (near, far) = try socketPair()
        let workers = try WorkerPool(threads: 1)
        let received = try await running.run { loop in
            let readiness = try loop.watch(near.file)
            defer { readiness.close() }
            async let sent: Void = workers.run {
                Clock.sleep(milliseconds: 20)
                _ = try? far.send(Array("hello".utf8))
            }
            var buffer = [UInt8](repeating: 0, count: 16)
            while true {
                if let count = try near.receive(into: &buffer, at: 0) {
                    await sent
                    return String(decoding: buffer.prefix(count), as: UTF8.self)
                }
                guard case .ready = await readiness.wait(until: .max) else { return "" }
            }
        }
        #expect(received == "hello")
    }

    @Test func `a peer that goes away is told as readable and hung up`() async throws {
        let running = try RunningLoop()
        var (near, far): (Socket, Socket?) = try socketPair()
        let end = near
        let watched = try await running.run { loop in try Held(loop.watch(end.file)) }
        far = nil
        let (count, hasHungUp) = try await running.run { _ in
            while !watched.readiness.hasHungUp { _ = await watched.readiness.wait(until: .max) }
            var buffer: [UInt8] = [0]
            let count = try end.receive(into: &buffer, at: 0)
            watched.readiness.close()
            return (count, watched.readiness.hasHungUp)
        }
        #expect(count == 0)
        #expect(hasHungUp)
        #expect(far == nil)
        near = end
    }

    @Test func `a parked descriptor has its closure run for each arrival, and at its deadline`() async throws {
        let running = try RunningLoop()
        let (near, far) = try socketPair()
        let seen = Monitor<[String]>([])
        try await running.run { loop in
            let readiness = try loop.watch(near.file)
            readiness.isReadable = false
            readiness.whenWoken {
                var buffer: [UInt8] = [0]
                let count = readiness.isReadable ? try? near.receive(into: &buffer, at: 0) : nil
                seen.change { $0.append(count == nil ? "late" : "byte \(buffer[0])") }
                readiness.isReadable = false
                if count == nil { return readiness.close() }
                readiness.park(until: buffer[0] < 3 ? .max : loop.now)
            }
            readiness.park(until: .max)
        }
        for byte in 1...3 as ClosedRange<UInt8> {
            _ = try far.send([byte])
            seen.wait { $0.count >= byte ? () : nil }
        }
        #expect(seen.wait { $0.count == 4 ? $0 : nil } == ["byte 1", "byte 2", "byte 3", "late"])
        #expect(try await running.run { $0.watchedCount } == 0)
    }

    @Test func `what has closed is let go while others that woke with it are still to be served`() async throws {
        let running = try RunningLoop()
        let gone = Monitor<[Int]>([])
        try await running.run { loop in
            let watched = (0..<4).map { _ in WeakFile() }
            for place in watched {
                let (near, far) = try socketPair()
                place.file = near.file
                let readiness = try loop.watch(near.file)
                readiness.isReadable = false
                readiness.whenWoken {
                    let count = watched.count { $0.file == nil }
                    gone.change { $0.append(count) }
                    readiness.close()
                    _ = far
                }
                readiness.park(until: .max)
                _ = try far.send([1])
            }
        }
        #expect(gone.wait { $0.count == 4 ? $0 : nil } == [0, 1, 2, 3])
    }

    @Test func `what wakes while another closure waits is served meanwhile`() async throws {
        let running = try RunningLoop()
        let pairs = try (0..<3).map { _ in try socketPair() }
        let (gate, key) = try socketPair()
        let served = Monitor<[Int]>([])
        try await running.run { loop in
            let barrier = Held(try loop.watch(gate.file))
            for (number, pair) in pairs.enumerated() {
                let readiness = try loop.watch(pair.0.file)
                readiness.isReadable = false
                readiness.whenWoken {
                    // The first one waits in the middle of its work until the others are done.
                    var buffer: [UInt8] = [0]
                    while number == 0, (try? gate.receive(into: &buffer, at: 0)) == .some(nil) {
                        _ = await barrier.readiness.wait(until: .max)
                    }
                    served.change { $0.append(number) }
                    readiness.close()
                }
                readiness.park(until: .max)
            }
            for pair in pairs { _ = try pair.1.send([1]) }
        }
        #expect(served.wait { $0.count == 2 ? $0 : nil } == [1, 2])
        _ = try key.send([1])
        #expect(served.wait { $0.count == 3 ? $0 : nil } == [1, 2, 0])
    }

    @Test func `a deadline ends a wait and not before its time, others go on waiting`() async throws {
        let running = try RunningLoop()
        let (near, far) = try socketPair()
        let (wake, elapsed) = try await running.run { loop in
            let first = try loop.watch(near.file)
            let held = Held(try loop.watch(far.file))
            // Both are writable: that edge comes first.
            _ = await first.wait(until: .max)
            let begun = Clock.monotonicNanoseconds
            let other = Task(executorPreference: loop) { await held.readiness.wait(until: .max, idle: true) }
            let wake = await first.wait(until: loop.now + 200_000_000)
            let elapsed = Clock.monotonicNanoseconds - begun
            loop.interruptIdle()
            _ = await other.value
            first.close()
            held.readiness.close()
            return (wake, elapsed)
        }
        #expect(wake == .timedOut)
        // The loop looks once a second; the rest is for a busy machine.
        #expect((200_000_000..<15_000_000_000).contains(elapsed))
    }

    @Test func `only idle waits are interrupted`() async throws {
        let running = try RunningLoop()
        let (near, far) = try socketPair()
        let wakes = try await running.run { loop in
            let idle = Held(try loop.watch(near.file))
            let busy = Held(try loop.watch(far.file))
            _ = await idle.readiness.wait(until: .max)
            let first = Task(executorPreference: loop) { await idle.readiness.wait(until: .max, idle: true) }
            let second = Task(executorPreference: loop) {
                await busy.readiness.wait(until: loop.now + 300_000_000, idle: false)
            }
            await Task.yield()
            loop.interruptIdle()
            let wakes = (await first.value, await second.value)
            idle.readiness.close()
            busy.readiness.close()
            return wakes
        }
        #expect(wakes.0 == .interrupted)
        // The edge of its writability may come first.
        #expect(wakes.1 != .interrupted)
    }

    @Test func `late events of a slot's earlier user do not reach the next one`() async throws {
        let running = try RunningLoop()
        let (old, new) = (try socketPair(), try socketPair())
        let outcome = try await running.run { loop in
            let first = try loop.watch(old.0.file)
            let before = loop.watchedCount
            // The descriptor stays open, so the kernel goes on telling about it.
            first.close()
            let second = try loop.watch(new.0.file)
            _ = await second.wait(until: .max)
            second.isReadable = false
            _ = try old.1.send([1])
            // An event that must not come.
            try await Task.sleep(for: .milliseconds(20))
            let isUntouched = !second.isReadable
            _ = try new.1.send([1])
            while !second.isReadable { _ = await second.wait(until: .max) }
            let after = loop.watchedCount
            second.close()
            return (isUntouched, before == after)
        }
        #expect(outcome.0)
        #expect(outcome.1)
    }

    @Test func `stop ends the loop after its turn`() async throws {
        let running = try RunningLoop()
        _ = try await running.run { loop in loop.stop() }
        running.waitForEnd()
    }
}

/// Carries a `Readiness` between tasks of one loop, which is what owns it.
struct Held: @unchecked Sendable {
    let readiness: Readiness

    init(_ readiness: Readiness) { self.readiness = readiness }
}

final class Flag: Sendable {
    let isSet = Atomic(false)
}

/// Tells whether a file is still open for somebody.
private final class WeakFile {
    weak var file: File?
}
