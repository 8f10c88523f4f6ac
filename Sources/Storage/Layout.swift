import Packaging

/// Every path in the data folder.
///
///     Storage/
///     ├── catalog.sqlite             what exists: projects, files, tokens, the journal (SQLite, WAL)
///     ├── catalog.sqlite-wal, -shm   SQLite's log and index of the log; they belong to catalog.sqlite
///     ├── usage.sqlite, -wal, -shm   how often files were downloaded, by day and by whom
///     ├── admin-token                the first administrator's token, mode 0600; may be deleted once it is kept elsewhere
///     ├── token-key                  what narrowable tokens are made with, mode 0600; without it they are no longer valid
///     └── blobs/sha256/
///         ├── 00/ … ff/              256 directories, by the first two hexadecimal digits of the SHA-256
///         └── ab/cdef…               one file: all its bytes, named by the other 62 digits; mode 0440, never changed
///             ab/cdef….new           the same, about to get that name (`BlobStore.replace`)
///     In a backup also `….new` beside each of the first files, about to take its place (`FolderCopy.swift`).
///
/// There is no directory for uploads under way: these have no name (`O_TMPFILE`), and the kernel drops them after a crash.
struct Layout: Sendable {
    /// The data folder, as the configuration names it, without a slash at its end.
    let directory: String

    init(directory: String) {
        var path = Substring(directory)
        while path.count > 1, path.last == "/" { path.removeLast() }
        self.directory = String(path)
    }

    /// The SQLite database.
    var catalog: String { directory + "/" + Self.catalogName }

    /// The SQLite database of downloads.
    var usage: String { directory + "/" + Self.usageName }

    /// The file with the key of narrowable tokens.
    var tokenKey: String { directory + "/" + Self.tokenKeyName }

    /// The directory that holds the 256 directories of blobs.
    var blobs: String { directory + "/blobs/sha256" }

    /// The name of the SQLite database in `directory`.
    static let catalogName = "catalog.sqlite"

    /// The name of the SQLite database of downloads in `directory`.
    static let usageName = "usage.sqlite"

    /// The name of the file with the first administrator's token in `directory`.
    static let adminTokenName = "admin-token"

    /// The name of the file with the key of narrowable tokens in `directory`.
    static let tokenKeyName = "token-key"

    /// The names of the 256 directories of blobs: `00` … `ff`.
    static let fanOut: [String] = (0...255).map { number in
        let hex = String(number, radix: 16)
        return number < 16 ? "0" + hex : hex
    }

    /// The directory that holds the blob of this SHA-256.
    func directory(of sha256: Digest) -> String {
        blobs + "/" + sha256.hex.prefix(2)
    }

    /// The file of the blob of this SHA-256.
    func path(of sha256: Digest) -> String {
        let hex = sha256.hex
        return blobs + "/" + hex.prefix(2) + "/" + hex.dropFirst(2)
    }

    /// The SHA-256 that a file in a directory of blobs is named by, or nil when it is no blob's name.
    static func digest(fanOut: String, name: String) -> Digest? {
        guard name.utf8.count == 62, name == name.lowercased() else { return nil }
        return try? Digest(.sha256, hex: fanOut + name)
    }
}
