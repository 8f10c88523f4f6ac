public import Posix

/// Writes log lines on a thread of its own, in the order in which they come: a reader that has stopped must stop the log,
/// never the server.
public final class LogWriter: Sendable {
    private struct State {
        var bytes: [UInt8] = []
        var dropped = 0
        var isWriting = false
    }

    /// Bytes that may wait for a slow reader; what comes beyond that is dropped and counted.
    private static let limit = 1 << 20
    /// Bytes of a batch whose memory is used again for the next one.
    private static let kept = 256 << 10
    /// After each batch, so that lines which follow closely are written together: else a busy server pays a wake-up and a
    /// system call for each request. What a crash of the process may cost the log.
    private static let pauseMilliseconds = 5

    private let state = Monitor(State())

    /// Starts the thread; it lives as long as the process.
    ///
    /// - Throws: `EAGAIN` when the system has no room for a thread.
    public init(to file: File) throws(Errno) {
        let state = state
        try startThread(named: "log") {
            var batch: [UInt8] = []
            while true {
                let dropped = state.wait { state -> Int? in
                    guard !state.bytes.isEmpty else { return nil }
                    swap(&state.bytes, &batch)
                    state.isWriting = true
                    defer { state.dropped = 0 }
                    return state.dropped
                }
                // A log that cannot be written is no reason to stop serving.
                try? file.write(all: batch)
                if dropped > 0 {
                    try? file.write(
                        all: Array("wheelhouse: \(dropped) bytes of log were dropped: its reader is slow\n".utf8))
                }
                batch.removeAll(keepingCapacity: batch.count <= Self.kept)
                state.change { $0.isWriting = false }
                // A pause and no wait: the lines of many requests go into one write.
                Clock.sleep(milliseconds: Self.pauseMilliseconds)
            }
        }
    }

    /// Takes whole lines. Never waits for the reader.
    func write(_ lines: [UInt8]) {
        state.change { state in
            if state.bytes.count + lines.count > Self.limit {
                state.dropped += lines.count
            } else {
                state.bytes.append(contentsOf: lines)
            }
        }
    }

    /// Takes one line about the server itself, such as a failure. Never waits for the reader, so any loop may call it.
    public func report(_ line: String) {
        write(Array("wheelhouse: \(line)\n".utf8))
    }

    /// Waits until all is written, for at most a second: called when the server has ended.
    public func finish() {
        for _ in 0..<100 {
            let isDone = state.change { $0.bytes.isEmpty && !$0.isWriting }
            if isDone { return }
            // Asked again rather than waited for: the monitor has one kind of waiter, and a stuck reader ends no wait.
            Clock.sleep(milliseconds: 10)
        }
    }
}
