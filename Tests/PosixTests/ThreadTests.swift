import Foundation
import Glibc
import Testing

@testable import Posix

struct ThreadTests {
    @Test func `a thread has its name and runs its body once`() {
        let answer = Monitor<String?>(nil)
        #expect(throws: Never.self) { try startThread(named: "named-thread") { answer.change { $0 = threadName() } } }
        #expect(answer.wait { $0 } == "named-thread")
    }

    @Test func `a monitor hands a value from one thread to another`() throws {
        let box = Monitor<[Int]>([])
        let sums = Monitor<[Int]>([])
        for _ in 0..<4 {
            try startThread(named: "consumer") {
                var sum = 0
                while true {
                    let number = box.wait { $0.isEmpty ? nil : $0.removeFirst() }
                    if number < 0 { break }
                    sum += number
                }
                let total = sum
                sums.change { $0.append(total) }
            }
        }
        for number in 1...1_000 { box.change { $0.append(number) } }
        for _ in 0..<4 { box.change { $0.append(-1) } }
        let all = sums.wait { $0.count == 4 ? $0 : nil }
        #expect(all.reduce(0, +) == 500_500)
    }

    @Test func `workers run jobs beside each other`() async throws {
        let pool = try WorkerPool(threads: 4)
        let meeting = Monitor(0)
        // Each job waits for the other three: fewer threads would never end.
        let counts = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    await pool.run {
                        meeting.change { $0 += 1 }
                        let begun = Clock.monotonicNanoseconds
                        while meeting.change({ $0 }) < 4, Clock.monotonicNanoseconds - begun < 30_000_000_000 {
                            Clock.sleep(milliseconds: 1)
                        }
                        return meeting.change { $0 }
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(counts == [4, 4, 4, 4])
    }

    @Test(arguments: [(1, 0), (1, 5), (2, 1), (4, 2), (4, 1000), (8, 3)])
    func `divided work is done once, each part of it`(threads: Int, count: Int) throws {
        let pool = try WorkerPool(threads: threads)
        let seen = Monitor<[Int]>([])
        pool.divide(count) { number in seen.change { $0.append(number) } }
        #expect(seen.change { $0 }.sorted() == Array(0..<count))
    }

    @Test func `divided work that has ended is let go, also while every thread is busy`() async throws {
        let pool = try WorkerPool(threads: 2)
        let gate = Monitor(false)
        let busy = Monitor(0)
        let hold: @Sendable () -> Void = {
            busy.change { $0 += 1 }
            gate.wait { $0 ? () : nil }
        }
        async let first: Void = pool.run(hold)
        async let second: Void = pool.run(hold)
        busy.wait { $0 == 2 ? () : nil }
        weak var held: RunningLoop?
        do {
            let object = try RunningLoop()
            held = object
            pool.divide(100) { _ in _ = object.loop.watchedCount }
        }
        #expect(held == nil)
        for _ in 0..<2 { gate.change { $0 = true } }
        _ = await (first, second)
    }

    @Test func `work is divided inside divided work while every thread is busy`() async throws {
        let pool = try WorkerPool(threads: 2)
        let sum = Monitor(0)
        await withTaskGroup { group in
            for _ in 0..<8 {
                group.addTask {
                    await pool.run {
                        pool.divide(10) { outer in
                            pool.divide(10) { inner in sum.change { $0 += outer * 10 + inner } }
                        }
                    }
                }
            }
        }
        #expect(sum.change { $0 } == 8 * 4950)
    }

    @Test func `one worker takes jobs in their order`() async throws {
        let pool = try WorkerPool(threads: 1)
        let gate = Monitor(false)
        let order = Monitor<[Int]>([])
        let first = pool.begin { gate.wait { $0 ? () : nil } }
        let promises = (0..<10).map { number in pool.begin { order.change { $0.append(number) } } }
        gate.change { $0 = true }
        await first.value()
        for promise in promises { await promise.value() }
        #expect(order.change { $0 } == Array(0..<10))
    }

    @Test(arguments: [0, 30]) func `what was begun is there when it is asked for, early or late`(
        _ milliseconds: Int
    ) async throws {
        let pool = try WorkerPool(threads: 1)
        let promise = pool.begin { () -> Int in
            Clock.sleep(milliseconds: 10)
            return 7
        }
        // Before and, most of the time, after the end of the work; the value is there in any case.
        try await Task.sleep(for: .milliseconds(milliseconds))
        #expect(await promise.value() == 7)
    }

    @Test func `jobs run on the pool's threads`() async throws {
        let pool = try WorkerPool(threads: 2)
        let name = await pool.run { threadName() }
        #expect(["worker-1", "worker-2"].contains(name))
    }
}

struct SignalTests {
    @Test func `signals are read from their descriptor, each as what it means`() throws {
        // Signals are sent to this one thread, so no other test and not the process gets them.
        let outcome = Monitor<[String]?>(nil)
        try startThread(named: "signals") {
            var seen: [String] = []
            if let signals = try? Signals() {
                seen.append("\(signals.next() == nil)")
                for number in [SIGHUP, SIGTERM, SIGINT] {
                    _ = pthread_kill(pthread_self(), number)
                    seen.append(signals.next().map { "\($0)" } ?? "none")
                }
                seen.append("\(signals.next() == nil)")
            }
            let result = seen
            outcome.change { $0 = result }
        }
        #expect(outcome.wait { $0 } == ["true", "reload", "stop", "stop", "true"])
    }

    @Test func `a closed pipe is an error and not the end of the process`() throws {
        _ = try Signals()
        let (near, far) = try socketPair()
        far.shutdownWrites()
        near.shutdownWrites()
        #expect(throws: Errno.self) { _ = try near.send([1]) }
    }

    @Test func `there is a processor and a descriptor limit`() {
        #expect(availableProcessors >= 1)
        #expect(raiseDescriptorLimit() >= 256)
    }
}

struct ClockTests {
    @Test(arguments: [
        (0, "1970-01-01T00:00:00Z"), (951_782_400, "2000-02-29T00:00:00Z"), (1_795_257_005, "2026-11-21T10:30:05Z"),
        (4_102_444_799, "2099-12-31T23:59:59Z"),
    ])
    func `seconds as UTC text`(seconds: Int64, text: String) {
        #expect(Clock.utcText(seconds) == text)
    }

    @Test func `the monotonic clock goes on and the others agree`() {
        let first = Clock.monotonicNanoseconds
        Clock.sleep(milliseconds: 3)
        #expect(Clock.monotonicNanoseconds - first >= 3_000_000)
        #expect(abs(Clock.coarseUnixSeconds - Clock.unixMicroseconds / 1_000_000) <= 1)
    }
}
