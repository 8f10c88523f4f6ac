import CLinux
import Glibc

/// An open file: one descriptor that is closed when its last owner lets go of it.
///
/// Calls that name an offset (`read(at:…)`) may be made by several threads at once. Calls that move the file's own
/// position (`write(all:)`, `read(upTo:)`) belong to one owner at a time. Every descriptor is opened `O_CLOEXEC`.
public final class File: Sendable {
    /// The number of the descriptor; valid as long as this object lives.
    public let descriptor: Int32

    /// Takes over an open descriptor; nobody else may close it afterwards.
    public init(adopting descriptor: Int32) {
        precondition(descriptor >= 0, "not an open descriptor")
        self.descriptor = descriptor
    }

    deinit {
        // close(2) is not repeated after EINTR: on Linux the descriptor is gone by then, and perhaps somebody else's.
        close(descriptor)
    }

    /// Opens an existing file for reading: `open(2)` with `O_RDONLY | O_CLOEXEC`.
    public static func open(_ path: String) throws(Errno) -> File {
        try open(path, flags: O_RDONLY, mode: 0)
    }

    /// Opens an existing regular file for reading, without waiting: opening a named pipe with `O_RDONLY` alone waits for
    /// somebody to write to it.
    ///
    /// - Returns: nil when the path leads to something else: a directory, a pipe, a device.
    public static func openRegular(_ path: String) throws(Errno) -> File? {
        let file = try open(path, flags: O_RDONLY | O_NONBLOCK | O_NOCTTY, mode: 0)
        return try file.status.st_mode & S_IFMT == S_IFREG ? file : nil
    }

    /// Opens an existing file for reading, or returns nil when there is none of that name (`ENOENT`).
    public static func openIfExists(_ path: String) throws(Errno) -> File? {
        do {
            return try open(path)
        } catch .noEntry {
            return nil
        }
    }

    /// Makes a file without a name in the file system of a directory: `open(2)` with `O_TMPFILE | O_RDWR`.
    ///
    /// The kernel drops its bytes when the last descriptor is closed, also after a crash, unless `link(to:)` named it.
    ///
    /// - Parameter permissions: the mode of the file; the process's umask applies. The file can be written through this
    ///   descriptor even when the mode allows only reading.
    /// - Throws: `EOPNOTSUPP`, `EISDIR` or `EINVAL` when the file system has no unnamed files.
    public static func unnamed(in directory: String, permissions: UInt32 = 0o440) throws(Errno) -> File {
        // glibc's __O_TMPFILE holds O_DIRECTORY already; O_TMPFILE itself is a macro that Swift does not import.
        try open(directory, flags: O_RDWR | __O_TMPFILE, mode: permissions)
    }

    static func open(_ path: String, flags: Int32, mode: UInt32) throws(Errno) -> File {
        File(adopting: try retrying { unsafe Glibc.open(path, flags | O_CLOEXEC, mode_t(mode)) })
    }

    /// Writes all bytes at the file's position: `write(2)`, repeated after short writes.
    ///
    /// - Throws: `ENOSPC` or `EDQUOT` when there is no room; some of the bytes may have been written then.
    public func write(all bytes: Span<UInt8>) throws(Errno) {
        var written = 0
        while written < bytes.count {
            let rest = bytes.extracting(droppingFirst: written)
            written += try retrying {
                unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            }
        }
    }

    /// Writes all bytes at the file's position: `write(2)`, repeated after short writes.
    public func write(all bytes: [UInt8]) throws(Errno) {
        try write(all: bytes.span)
    }

    /// Reads from the file's position: one `read(2)`.
    ///
    /// - Parameter count: the most bytes to read.
    /// - Returns: the bytes; empty only at the end of the file (or when `count` is 0).
    public func read(upTo count: Int) throws(Errno) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let read = try retrying {
            unsafe bytes.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
        }
        bytes.removeLast(count - read)
        return bytes
    }

    /// Fills a buffer from an offset: `pread(2)`, repeated after short reads. The file's position stays.
    ///
    /// - Parameters:
    ///   - buffer: filled from its beginning.
    ///   - offset: in bytes from the beginning of the file.
    ///   - count: the most bytes to read, at most `buffer.count`; all of the buffer without it.
    /// - Returns: the number of bytes read; less than asked for only at the end of the file.
    public func read(into buffer: inout [UInt8], at offset: Int64, count: Int? = nil) throws(Errno) -> Int {
        let end = count ?? buffer.count
        var filled = 0
        while filled < end {
            let read = try retrying {
                unsafe buffer.withUnsafeMutableBytes {
                    let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: $0[filled..<end])
                    return unsafe pread(descriptor, rest.baseAddress, rest.count, off_t(offset) + filled)
                }
            }
            guard read > 0 else { break }
            filled += read
        }
        return filled
    }

    /// Reads bytes from an offset: `pread(2)`, repeated after short reads. The file's position stays.
    ///
    /// - Returns: `count` bytes; fewer only at the end of the file.
    public func read(at offset: Int64, count: Int) throws(Errno) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let read = try read(into: &bytes, at: offset)
        bytes.removeLast(count - read)
        return bytes
    }

    /// Takes an advisory lock on the file, or changes the one it has; it ends with the last descriptor: `flock(2)`.
    ///
    /// - Returns: false when somebody else's lock forbids it.
    public func lock(exclusively: Bool) -> Bool {
        flock(descriptor, (exclusively ? LOCK_EX : LOCK_SH) | LOCK_NB) == 0
    }

    /// The length of the file in bytes, from `fstat(2)`.
    public var size: Int64 {
        get throws(Errno) { Int64(try status.st_size) }
    }

    /// When the file was last written, in microseconds since 1970, from `fstat(2)`.
    public var modifiedMicroseconds: Int64 {
        get throws(Errno) {
            let time = try status.st_mtim
            return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
        }
    }

    private var status: stat {
        get throws(Errno) {
            var status = stat()
            try retrying { unsafe fstat(descriptor, &status) }
            return status
        }
    }

    /// Whether both are one file, perhaps under two paths: device and number from `fstat(2)`.
    public func isSameFile(as other: File) throws(Errno) -> Bool {
        let (one, two) = (try status, try other.status)
        return one.st_dev == two.st_dev && one.st_ino == two.st_ino
    }

    /// Returns when the file's bytes, size and mode would survive the loss of power: `fsync(2)`.
    ///
    /// Not `fdatasync(2)`: the files here are written once and then kept for years, and their mode and times are worth
    /// the one journal write that fsync may add. A new file's size must reach the disk with either.
    public func sync() throws(Errno) {
        try retrying { fsync(descriptor) }
    }

    /// Returns when all that was written to the file system of this file, names of files too, would survive the loss of
    /// power: `syncfs(2)`. One call for many files costs far less than an fsync of each.
    ///
    /// - Throws: also what the kernel could not write, of any file, since this one was opened (Linux 5.8).
    public func syncFileSystem() throws(Errno) {
        try retrying { linux_sync_file_system(descriptor) }
    }

    /// Begins to write a range to the disk, so that a later `sync()` has less to wait for: `sync_file_range(2)`.
    ///
    /// It promises nothing, so its failure means nothing: `sync()` reports what went wrong.
    public func startWriteback(from offset: Int64, count: Int64) {
        _ = linux_start_writeback(descriptor, offset, count)
    }

    /// Gives the file one more name: `linkat(2)` from `/proc/self/fd`, with `AT_SYMLINK_FOLLOW`.
    ///
    /// This is how a file without a name gets one. It never replaces anything. Call `sync()` before, and
    /// `Directory.sync(_:)` of the directory after, when the name must survive the loss of power.
    ///
    /// - Returns: true when the name is new; false when the path exists already (`EEXIST`), which is left as it is.
    public func link(to path: String) throws(Errno) -> Bool {
        do {
            // /proc and not AT_EMPTY_PATH: the latter needs CAP_DAC_READ_SEARCH before Linux 6.10.
            try retrying {
                unsafe linkat(AT_FDCWD, "/proc/self/fd/\(descriptor)", AT_FDCWD, path, AT_SYMLINK_FOLLOW)
            }
            return true
        } catch .exists {
            return false
        }
    }
}
