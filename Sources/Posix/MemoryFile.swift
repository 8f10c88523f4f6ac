import CLinux
import Glibc

extension File {
    /// A file in memory holding `bytes` (`memfd_create(2)`), so that `sendfile(2)` can send them without a copy.
    ///
    /// - Throws: `EMFILE`, `ENFILE`, `ENOMEM`.
    public static func inMemory(_ bytes: [UInt8]) throws(Errno) -> File {
        let descriptor = unsafe linux_memfd("wheelhouse")
        guard descriptor >= 0 else { throw Errno.current }
        let file = File(adopting: descriptor)
        try file.write(all: bytes)
        return file
    }
}
