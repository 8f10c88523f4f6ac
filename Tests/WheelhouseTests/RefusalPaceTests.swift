import Posix
import Testing

@testable import Wheelhouse

struct RefusalPaceTests {
    @Test func `answers leave one after another, and each does`() async throws {
        let pace = try RefusalPace()
        await pace.turn()
        let begun = Clock.monotonicNanoseconds
        await withTaskGroup(of: Void.self) { group in for _ in 1...20 { group.addTask { await pace.turn() } } }
        // Only less time than this would be wrong: a busy machine takes more.
        #expect(Clock.monotonicNanoseconds - begun >= Int64(19 * RefusalPace.pauseMilliseconds) * 1_000_000)
    }

    @Test func `where too many wait, another does not`() async throws {
        // In the time of this test nobody's turn comes but the first one's.
        let pace = try RefusalPace(pause: 3_600_000)
        await pace.turn()
        for _ in 1...RefusalPace.waitingLimit { Task { await pace.turn() } }
        // Nothing tells when a task has come to wait; it is asked for again, however long that takes.
        while pace.waitingCount < RefusalPace.waitingLimit { try await Task.sleep(for: .milliseconds(1)) }
        await pace.turn()
        #expect(pace.waitingCount == RefusalPace.waitingLimit)
    }
}
