import Posix

/// Answers to refused credentials leave one after another, so many a second at most, whoever sends them: those who guess
/// as fast as they are answered take no more of the server than that, and nobody else waits for them.
///
/// `auth_delay` of nginx and of PostgreSQL have the same purpose. A single refusal leaves at once.
final class RefusalPace: Sendable {
    private struct Waiting {
        var turns: [CheckedContinuation<Void, Never>] = []
        var isStopping = false
    }

    /// Between two answers: at most 250 a second.
    static let pauseMilliseconds = 4
    // When more wait, several leave at a time: nobody waits much longer than a second.
    private static let pausesLimit = 1_000 / pauseMilliseconds

    private let waiting = Monitor(Waiting())

    /// - Throws: `EAGAIN` when the system has no room for a thread.
    init() throws(Errno) {
        let waiting = waiting
        try startThread(named: "refusals") {
            while true {
                let turns = waiting.wait { Self.next(&$0) }
                guard !turns.isEmpty else { return }
                for turn in turns { turn.resume() }
                Clock.sleep(milliseconds: Self.pauseMilliseconds)
            }
        }
    }

    deinit {
        waiting.change { $0.isStopping = true }
    }

    /// Those whose turn it is, in the order of their coming; `nil` to wait for some, none to stop.
    private static func next(_ waiting: inout Waiting) -> [CheckedContinuation<Void, Never>]? {
        guard !waiting.turns.isEmpty else { return waiting.isStopping ? [] : nil }
        let turns = Array(waiting.turns.prefix(max(1, waiting.turns.count / pausesLimit)))
        waiting.turns.removeFirst(turns.count)
        return turns
    }

    /// Returns when an answer may leave.
    func turn() async {
        await withCheckedContinuation { turn in waiting.change { $0.turns.append(turn) } }
    }
}
