import CLinux
import Glibc

/// The signals that steer a server, read from a descriptor instead of interrupting a thread (`signalfd(2)`).
public struct Signals: Sendable {
    /// A signal that the server obeys.
    public enum Signal: Sendable {
        /// SIGTERM or SIGINT: finish and leave.
        case stop
        /// SIGHUP: read the configuration and certificates again.
        case reload
    }

    /// Becomes readable when a signal has come.
    public let file: File

    /// Blocks the signals for this thread and all that it starts later, so call it before any other thread exists.
    ///
    /// SIGPIPE and SIGXFSZ are ignored: a closed connection is an error of `send(2)`, a file that may not grow one of
    /// `write(2)`.
    public init() throws(Errno) {
        let descriptor = linux_signalfd()
        guard descriptor >= 0 else { throw Errno.current }
        file = File(adopting: descriptor)
    }

    /// The next signal that has come, `nil` when there is none.
    public func next() -> Signal? {
        let number = linux_signalfd_read(file.descriptor)
        guard number > 0 else { return nil }
        return number == SIGHUP ? .reload : .stop
    }
}

/// How many processors this process may use (`sched_getaffinity(2)`), at least 1.
public var availableProcessors: Int { Int(linux_processors()) }

/// Raises the number of descriptors this process may have open to what the system allows it (`setrlimit(2)`).
///
/// - Returns: the number now allowed.
@discardableResult
public func raiseDescriptorLimit() -> Int {
    var limit = rlimit()
    guard unsafe getrlimit(__rlimit_resource_t(7), &limit) == 0 else { return 1024 }
    let wanted = min(limit.rlim_max, 1 << 20)
    if limit.rlim_cur < wanted {
        limit.rlim_cur = wanted
        _ = unsafe setrlimit(__rlimit_resource_t(7), &limit)
        _ = unsafe getrlimit(__rlimit_resource_t(7), &limit)
    }
    return Int(limit.rlim_cur)
}

/// Ends this process at once with a status (`_exit(2)`): other threads still run, and libraries must not be taken down
/// under them, as `exit(3)` would.
public func exitProcess(_ status: Int32) -> Never { _exit(status) }

extension File {
    /// Whether a person looks at it (`isatty(3)`).
    public var isTerminal: Bool { isatty(descriptor) == 1 }
}
