import Glibc

/// What can be done with directories, by path.
public enum Directory {
    /// Makes a directory: `mkdir(2)`.
    ///
    /// - Parameter permissions: the mode; the process's umask applies.
    /// - Returns: true when it is new, false when the name exists already (`EEXIST`).
    @discardableResult
    public static func create(_ path: String, permissions: UInt32 = 0o750) throws(Errno) -> Bool {
        do {
            try retrying { unsafe mkdir(path, mode_t(permissions)) }
            return true
        } catch .exists {
            return false
        }
    }

    /// Makes a directory and every missing directory above it (`mkdir(2)`), and makes each new name durable
    /// (`fsync(2)` of the directory that holds it).
    public static func createWithParents(_ path: String, permissions: UInt32 = 0o750) throws(Errno) {
        do {
            guard try create(path, permissions: permissions) else { return }
        } catch .noEntry {
            let parent = parent(of: path)
            guard parent != path else { throw .noEntry }
            try createWithParents(parent, permissions: permissions)
            try create(path, permissions: permissions)
        }
        try sync(parent(of: path))
    }

    /// The names in a directory without `.` and `..`, in the order of the file system: `opendir(3)`, `readdir(3)`.
    ///
    /// - Complexity: O(n) memory; meant for directories of at most some thousands of names.
    public static func names(in path: String) throws(Errno) -> [String] {
        guard let stream = unsafe opendir(path) else { throw .current }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while true {
            // readdir returns nil both at the end and after a failure; only errno tells which.
            errno = 0
            guard let entry = unsafe readdir(stream) else { break }
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
                unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        guard Errno.current.code == 0 else { throw .current }
        return names
    }

    /// Whether a path leads to anything: `access(2)`.
    public static func exists(_ path: String) throws(Errno) -> Bool {
        do {
            try retrying { unsafe access(path, F_OK) }
            return true
        } catch .noEntry {
            return false
        }
    }

    /// The room on the file system of a directory, in bytes, for this user and in all: `statvfs(3)`.
    public static func space(of path: String) throws(Errno) -> (free: Int64, total: Int64) {
        var status = statvfs()
        try retrying { unsafe statvfs(path, &status) }
        let (block, free, total) = (status.f_frsize, status.f_bavail, status.f_blocks)
        return (Int64(block) * Int64(free), Int64(block) * Int64(total))
    }

    /// Returns when the names in a directory would survive the loss of power: `fsync(2)` of the directory.
    public static func sync(_ path: String) throws(Errno) {
        try File.open(path, flags: O_RDONLY | O_DIRECTORY, mode: 0).sync()
    }

    /// Removes the name of a file: `unlink(2)`.
    ///
    /// - Returns: false when there was none (`ENOENT`).
    @discardableResult
    public static func remove(file path: String) throws(Errno) -> Bool {
        do {
            try retrying { unsafe unlink(path) }
            return true
        } catch .noEntry {
            return false
        }
    }

    /// Gives a file another name on the same file system, in place of the file that has it, if any: `rename(2)`. At every
    /// moment the new name leads to one of the two.
    public static func rename(_ path: String, to other: String) throws(Errno) {
        try retrying { unsafe Glibc.rename(path, other) }
    }

    /// The path of the directory that holds this path: `.` for a bare name, `/` for the root.
    private static func parent(of path: String) -> String {
        var trimmed = Substring(path)
        while trimmed.count > 1, trimmed.last == "/" { trimmed.removeLast() }
        guard let slash = trimmed.lastIndex(of: "/") else { return trimmed.isEmpty ? path : "." }
        return slash == trimmed.startIndex ? "/" : String(trimmed[..<slash])
    }
}
