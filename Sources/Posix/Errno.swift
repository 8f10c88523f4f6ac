import Glibc

/// The reason why a system call failed, as `errno(3)` numbers it.
public struct Errno: Error, Hashable, Sendable, CustomStringConvertible {
    /// The number that the kernel gave; never 0 for an error of a system call.
    public let code: Int32

    /// The error with this number.
    public init(_ code: Int32) {
        self.code = code
    }

    /// What the last failed system call of the calling thread left in `errno(3)`.
    ///
    /// Read it before anything else is called: every C function may overwrite it.
    public static var current: Errno { Errno(errno) }

    /// No such file or directory.
    public static let noEntry = Errno(ENOENT)
    /// The name exists already.
    public static let exists = Errno(EEXIST)
    /// A signal arrived before anything was done: ask again.
    public static let interrupted = Errno(EINTR)
    /// Nothing to read, or no room to write, at this moment.
    public static let wouldBlock = Errno(EAGAIN)
    /// The device is full.
    public static let noSpace = Errno(ENOSPC)
    /// The file would be larger than the process's limit (RLIMIT_FSIZE) or the file system allows.
    public static let fileTooLarge = Errno(EFBIG)
    /// The user's quota on the device is used up.
    public static let quotaExceeded = Errno(EDQUOT)
    /// The process may not do this.
    public static let accessDenied = Errno(EACCES)
    /// The file system does not offer this operation.
    public static let notSupported = Errno(EOPNOTSUPP)
    /// A directory where a file was wanted.
    public static let isDirectory = Errno(EISDIR)
    /// An argument that the call does not take.
    public static let invalid = Errno(EINVAL)
    /// Somebody else listens at this address.
    public static let addressInUse = Errno(EADDRINUSE)
    /// The peer does not take anything any more.
    public static let brokenPipe = Errno(EPIPE)
    /// The device failed.
    public static let inputOutput = Errno(EIO)

    /// Whether it tells of the process or the machine and nothing of the file: a shortage (`EMFILE`, `ENFILE`, `ENOMEM`) or a
    /// missing right (`EACCES`, `EPERM`).
    public var isOfTheProcess: Bool { [EMFILE, ENFILE, ENOMEM, EACCES, EPERM].contains(code) }

    /// The symbol of `errno.h`, such as `ENOENT`; `errno 123` for one that is rare.
    public var name: String { Self.names[code] ?? "errno \(code)" }

    /// The sentence of `strerror(3)`, such as `No such file or directory`.
    public var message: String {
        // strerror_r, because strerror may share one buffer among all threads.
        var buffer = [CChar](repeating: 0, count: 256)
        guard unsafe strerror_r(code, &buffer, buffer.count) == 0 else { return "unknown error \(code)" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Message and symbol, such as `No such file or directory (ENOENT)`.
    public var description: String { "\(message) (\(name))" }

    private static let names: [Int32: String] = [
        EPERM: "EPERM", ENOENT: "ENOENT", EINTR: "EINTR", EIO: "EIO", EBADF: "EBADF", EAGAIN: "EAGAIN",
        ENOMEM: "ENOMEM", EACCES: "EACCES", EBUSY: "EBUSY", EEXIST: "EEXIST", EXDEV: "EXDEV", ENODEV: "ENODEV",
        ENOTDIR: "ENOTDIR", EISDIR: "EISDIR", EINVAL: "EINVAL", ENFILE: "ENFILE", EMFILE: "EMFILE", EFBIG: "EFBIG",
        ENOSPC: "ENOSPC", ESPIPE: "ESPIPE", EROFS: "EROFS", EMLINK: "EMLINK", EPIPE: "EPIPE", ELOOP: "ELOOP",
        ENAMETOOLONG: "ENAMETOOLONG", ENOTEMPTY: "ENOTEMPTY", EOPNOTSUPP: "EOPNOTSUPP", EDQUOT: "EDQUOT",
        EADDRINUSE: "EADDRINUSE", EADDRNOTAVAIL: "EADDRNOTAVAIL", ECONNABORTED: "ECONNABORTED",
        ECONNREFUSED: "ECONNREFUSED", ECONNRESET: "ECONNRESET", ENOTCONN: "ENOTCONN", ETIMEDOUT: "ETIMEDOUT",
        ESTALE: "ESTALE", ENOSYS: "ENOSYS",
    ]
}

/// Makes a system call again for as long as a signal interrupts it (`EINTR`, `signal(7)`).
///
/// - Parameter call: the system call; it returns -1 and sets `errno(3)` when it fails.
/// - Returns: what the call returned, 0 or more.
/// - Throws: the `Errno` of the call when it failed for another reason.
@discardableResult
func retrying<Count: SignedInteger>(_ call: () -> Count) throws(Errno) -> Count {
    while true {
        let result = call()
        guard result < 0 else { return result }
        let reason = Errno.current
        guard reason == .interrupted else { throw reason }
    }
}
