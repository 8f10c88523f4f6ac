import Posix

/// Answers to refused credentials leave one after another, 250 a second, whoever sends them: those who guess as fast as they
/// are answered take no more of the server than that, and nobody else waits for them.
///
/// `auth_delay` of nginx and of PostgreSQL have the same purpose. A single refusal leaves at once, and nobody waits for more
/// than a second: when so many wait, further answers leave at once, since each that waits holds a connection.
final class RefusalPace: Sendable {
    private struct Waiting {
        var turns: [CheckedContinuation<Void, Never>] = []
        var isStopping = false
    }

    /// Between two answers.
    static let pauseMilliseconds = 4
    /// The most that wait at once: a second's worth.
    static let waitingLimit = 1_000 / pauseMilliseconds

    private let waiting = Monitor(Waiting())

    /// - Parameter pause: between two answers, in milliseconds.
    /// - Throws: `EAGAIN` when the system has no room for a thread.
    init(pause: Int = pauseMilliseconds) throws(Errno) {
        let waiting = waiting
        try startThread(named: "refusals") {
            while let turn = waiting.wait(for: { Self.next(&$0) }) {
                turn.resume()
                // A pause and no wait for something: the pace is what this thread is for, and it has nothing else to do.
                Clock.sleep(milliseconds: pause)
            }
        }
    }

    deinit {
        waiting.change { $0.isStopping = true }
    }

    /// How many wait.
    var waitingCount: Int { waiting.change { $0.turns.count } }

    /// Whose turn it is, if anybody's; `nil` to wait for somebody, nobody's to stop.
    private static func next(_ waiting: inout Waiting) -> CheckedContinuation<Void, Never>?? {
        guard waiting.turns.isEmpty else { return waiting.turns.removeFirst() }
        return waiting.isStopping ? .some(nil) : nil
    }

    /// Returns when an answer may leave.
    func turn() async {
        await withCheckedContinuation { turn in
            let waits = waiting.change { waiting in
                guard waiting.turns.count < Self.waitingLimit else { return false }
                waiting.turns.append(turn)
                return true
            }
            if !waits { turn.resume() }
        }
    }
}
