/// Writing files so that they survive the loss of power.
///
/// The order is always the same, and each step has its reason:
///
/// 1. `open(2)` with `O_TMPFILE`: the file has no name yet, so a crash leaves nothing behind.
/// 2. `write(2)` of all bytes.
/// 3. `fsync(2)` of the file: a name must never lead to bytes that are not there.
/// 4. `linkat(2)`: the name appears with the whole content at once, and never replaces another file.
/// 5. `fsync(2)` of the directory: the name itself is on the disk.
public enum Durable {
    /// Makes a small file with this content, or leaves the one that has the name already.
    ///
    /// - Parameters:
    ///   - name: the file's name, without a slash.
    ///   - directory: the existing directory that will hold it.
    ///   - permissions: the mode of the new file; the process's umask applies.
    /// - Returns: false when the name exists already.
    public static func create(
        _ name: String, in directory: String, bytes: [UInt8], permissions: UInt32
    ) throws(Errno) -> Bool {
        let file = try File.unnamed(in: directory, permissions: permissions)
        try file.write(all: bytes)
        try file.sync()
        let isNew = try file.link(to: directory + "/" + name)
        try Directory.sync(directory)
        return isNew
    }
}
