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

    @Test func `where thousands wait, several leave at a time, and none is forgotten`() async throws {
        let pace = try RefusalPace()
        let begun = Clock.monotonicNanoseconds
        await withTaskGroup(of: Void.self) { group in for _ in 1...5_000 { group.addTask { await pace.turn() } } }
        // One at a time they would take 20 s.
        #expect(Clock.monotonicNanoseconds - begun < 15_000_000_000)
    }
}
