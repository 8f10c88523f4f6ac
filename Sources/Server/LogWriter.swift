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

    private let state = Monitor(State())

    /// Starts the thread; it lives as long as the process.
    ///
    /// - Throws: `EAGAIN` when the system has no room for a thread.
    public init(to file: File) throws(Errno) {
        let state = state
        try startThread(named: "log") {
            while true {
                let (bytes, dropped) = state.wait { state -> ([UInt8], Int)? in
                    guard !state.bytes.isEmpty else { return nil }
                    let taken = (state.bytes, state.dropped)
                    state = State(isWriting: true)
                    return taken
                }
                // A log that cannot be written is no reason to stop serving.
                try? file.write(all: bytes)
                if dropped > 0 {
                    try? file.write(
                        all: Array("wheelhouse: \(dropped) bytes of log were dropped: its reader is slow\n".utf8))
                }
                state.change { $0.isWriting = false }
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
