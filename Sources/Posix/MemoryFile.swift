import CLinux
import Glibc

extension File {
    /// A file without a place on a disk, holding `bytes` (`memfd_create(2)`). Not for pages: it consists of small pages of
    /// memory, which cost `sendfile(2)` more than `send(2)` needs for the copy.
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
