public import Packaging
import Posix

/// What copying a data folder came to.
public struct BackupReport: Hashable, Sendable {
    /// How many blobs were copied.
    public internal(set) var copied = 0
    /// Their lengths together, in bytes.
    public internal(set) var bytes: Int64 = 0
    /// How many were there already.
    public internal(set) var kept = 0
    /// Blobs that were not copied: their bytes do not have the digest that names them, or cannot be read.
    public internal(set) var damaged: [Digest] = []
    /// Blobs that the catalog names and that do not exist.
    public internal(set) var missing: [Digest] = []
    /// The last hash of the journal's chain in the copy; nil when the journal is empty.
    public internal(set) var journalHead: JournalHead?

    /// Whether everything that the catalog names is in the copy.
    public var isWhole: Bool { damaged.isEmpty && missing.isEmpty }
}

extension Store {
    /// Copies the data folder, as it is at one moment, into another folder, which is a data folder then. What an earlier
    /// backup copied there stays and is not read again. Works while a server runs; changes nothing in this folder.
    ///
    /// - Parameter progress: called after each blob with the report so far.
    /// - Throws: `StorageError.unsuitableCopy` for a folder that holds anything but an earlier state of this one.
    public func backUp(
        to directory: String, progress: (BackupReport) -> Void = { _ in }
    ) throws(StorageError) -> BackupReport {
        try FolderCopy(from: layout, to: Layout(directory: directory), isRestore: false).run(progress)
    }

    /// Makes a data folder from a backup, which may lie on a medium that cannot be written. Blobs that are in the folder
    /// already are read, and copied again when they are damaged.
    ///
    /// - Parameter directory: a folder without a catalog; it is made when it is missing.
    /// - Throws: `StorageError.noStore` when the backup is none, `unsuitableCopy` when the folder has a catalog.
    public static func restore(
        _ backup: String, to directory: String, progress: (BackupReport) -> Void = { _ in }
    ) throws(StorageError) -> BackupReport {
        let source = Layout(directory: backup)
        try requireCatalog(source)
        return try FolderCopy(from: source, to: Layout(directory: directory), isRestore: true).run(progress)
    }
}

/// Copies a data folder: a backup, or what is restored from one.
///
/// At every moment the copy is whole: the new catalog is written beside the one that is there; then come the blobs that it
/// names, each named only when its bytes are on the disk; then the catalog takes its name. A copy that is interrupted
/// leaves blobs that the next one finds.
private struct FolderCopy {
    private let source: Layout
    private let destination: Layout
    private let isRestore: Bool

    // So many share one `syncfs(2)`; each has a descriptor until then.
    private static let groupCount = 256
    // `wheelhouse gc` may remove blobs that the copied catalog still names: then a newer one is copied.
    private static let attempts = 3

    init(from source: Layout, to destination: Layout, isRestore: Bool) {
        self.source = source
        self.destination = destination
        self.isRestore = isRestore
    }

    func run(_ progress: (BackupReport) -> Void) throws(StorageError) -> BackupReport {
        try attempt("making \(destination.directory)") { () throws(Errno) in
            try Directory.createWithParents(destination.directory)
        }
        let (folder, lock) = try lock()
        defer { withExtendedLifetime(lock) {} }
        try requireRoom()
        do throws(StorageError) {
            let report = try copyCatalogAndBlobs(progress)
            // The catalog's connection is closed by now: its file is only renamed.
            try copyRest()
            try takeName(in: folder)
            return report
        } catch {
            try? removeNew(Layout.catalogName)
            try? removeNew(Layout.usageName)
            throw error
        }
    }

    private func copyCatalogAndBlobs(_ progress: (BackupReport) -> Void) throws(StorageError) -> BackupReport {
        let blobs = try BlobStore(layout: destination)
        var report = BackupReport()
        var attempts = 0
        while true {
            attempts += 1
            let catalog = try copyCatalog()
            try requireEarlierState(of: catalog)
            report.journalHead = try catalog.journalHead()
            let isOutdated = try copyBlobs(of: catalog, to: blobs, &report, progress)
            if isOutdated, attempts < Self.attempts { continue }
            try catalog.run("DELETE FROM staged_blobs")
            return report
        }
    }

    // MARK: Where it goes

    /// Nobody may serve the copy, or make another one of it, meanwhile. The folder that is copied may be served.
    ///
    /// - Returns: the folder that is copied to, opened before anything is written, and what holds the locks.
    private func lock() throws(StorageError) -> (folder: File, lock: [File]) {
        let folder = try open(source)
        let copy = try open(destination)
        let isSame = try attempt("looking at \(destination.directory)") { () throws(Errno) in
            try folder.isSameFile(as: copy)
        }
        guard !isSame else { throw unsuitable("it is the data folder itself") }
        guard copy.lock(exclusively: true) else { throw unsuitable("it is in use by another process") }
        guard !isRestore || folder.lock(exclusively: false) else { throw .busy }
        return (copy, [folder, copy])
    }

    private func open(_ layout: Layout) throws(StorageError) -> File {
        try attempt("opening \(layout.directory)") { () throws(Errno) in try File.open(layout.directory) }
    }

    /// The folder is empty, or of this kind.
    private func requireRoom() throws(StorageError) {
        let names = try attempt("listing \(destination.directory)") { () throws(Errno) in
            try Directory.names(in: destination.directory)
        }
        if names.contains(Layout.catalogName) {
            guard !isRestore else { throw unsuitable("it has a catalog already") }
        } else if let other = names.sorted().first(where: { !Self.isOurs($0) }) {
            throw unsuitable("it has no catalog, but '\(other)'")
        }
    }

    private static func isOurs(_ name: String) -> Bool {
        let ours = [
            Layout.catalogName + Self.suffix, Layout.usageName, Layout.adminTokenName, Layout.tokenKeyName, "blobs",
            "README.md", ".gitignore", "lost+found",
        ]
        return ours.contains { name.hasPrefix($0) }
    }

    /// What the catalog in the folder says, the new one says too: it is an earlier state of the same index.
    private func requireEarlierState(of catalog: Connection) throws(StorageError) {
        guard try exists(destination.catalog) else { return }
        let head: JournalHead?
        do throws(StorageError) {
            head = try Connection(path: destination.catalog, writable: false).journalHead()
        } catch {
            throw unsuitable("its catalog cannot be read (\(error))")
        }
        guard let head else { return }
        guard try catalog.journalHash(of: head.serial) == head.hash else {
            throw unsuitable("it holds another index, or a later state of this one")
        }
    }

    private func unsuitable(_ reason: String) -> StorageError {
        .unsuitableCopy(directory: destination.directory, reason: reason)
    }

    private func exists(_ path: String) throws(StorageError) -> Bool {
        // Opening and closing a database would drop the locks that SQLite has on it in this process (fcntl(2)).
        try attempt("looking at \(path)") { () throws(Errno) in try Directory.exists(path) }
    }

    // MARK: Databases

    private static let suffix = ".new"

    /// The catalog of the copy, whose name is still another one.
    private func copyCatalog() throws(StorageError) -> Connection {
        let copy = try copyDatabase(source.catalog, as: Layout.catalogName)
        try Schema.migrate(copy)
        return copy
    }

    /// A database as it is at one moment, in one file without a log.
    private func copyDatabase(_ path: String, as name: String) throws(StorageError) -> Connection {
        let new = destination.directory + "/" + name + Self.suffix
        // What an interrupted copy left.
        try removeNew(name)
        try attempt("making \(new)") { () throws(Errno) in
            _ = try Durable.create(name + Self.suffix, in: destination.directory, bytes: [], permissions: 0o600)
        }
        let copy = try Connection(path: new, settings: Connection.copySettings)
        try Connection(path: path, writable: false).copy(to: copy)
        // Not WAL, as in the source: this one can be read where nothing can be written.
        try copy.script("PRAGMA journal_mode = DELETE")
        return copy
    }

    private func removeNew(_ name: String) throws(StorageError) {
        let new = destination.directory + "/" + name + Self.suffix
        try attempt("removing \(new)") { () throws(Errno) in
            for end in ["", "-journal", "-wal", "-shm"] { try Directory.remove(file: new + end) }
        }
    }

    /// The key of narrowable tokens, and the counts of downloads.
    private func copyRest() throws(StorageError) {
        try attempt("copying \(source.tokenKey)") { () throws(Errno) in
            guard let key = try File.openIfExists(source.tokenKey)?.read(at: 0, count: 4096) else { return }
            let name = Layout.tokenKeyName + Self.suffix
            try Directory.remove(file: destination.directory + "/" + name)
            _ = try Durable.create(name, in: destination.directory, bytes: key, permissions: 0o600)
            try Directory.rename(destination.directory + "/" + name, to: destination.tokenKey)
        }
        guard try exists(source.usage) else { return }
        _ = try copyDatabase(source.usage, as: Layout.usageName)
        try replace(destination.usage)
    }

    /// The new catalog takes the place of the one that is there. From then on the copy is the new one.
    private func takeName(in folder: File) throws(StorageError) {
        try attempt("syncfs of \(destination.directory)") { () throws(Errno) in try folder.syncFileSystem() }
        try replace(destination.catalog)
        try attempt("fsync of \(destination.directory)") { () throws(Errno) in try folder.sync() }
    }

    private func replace(_ path: String) throws(StorageError) {
        // SQLite would take the log of the old database for the new one's. It is gone when nobody has the old one open,
        // which the lock says; a crash may have left it: then opening and closing takes what is in it.
        if try exists(path) { _ = try Connection(path: path, writable: false).number("PRAGMA user_version") }
        guard try !exists(path + "-wal") else { throw unsuitable("somebody has its \(path) open") }
        try attempt("naming \(path)") { () throws(Errno) in try Directory.rename(path + Self.suffix, to: path) }
    }

    // MARK: Blobs

    /// Copies what the catalog names and the copy has not.
    ///
    /// - Returns: whether blobs are gone because files were given up since the catalog was copied.
    private func copyBlobs(
        of catalog: Connection, to blobs: BlobStore, _ report: inout BackupReport, _ progress: (BackupReport) -> Void
    ) throws(StorageError) -> Bool {
        let copiedBefore = report.copied
        var found = 0
        (report.damaged, report.missing) = ([], [])
        var unnamed: [WrittenBlob] = []
        for sha256 in try catalog.referencedBlobs() {
            if try isThere(sha256) {
                found += 1
            } else if let blob = try copy(sha256, catalog, to: blobs) {
                if blob.sha256 == sha256 { unnamed.append(blob) } else { report.damaged.append(sha256) }
            } else {
                report.missing.append(sha256)
            }
            if unnamed.count == Self.groupCount { try name(&unnamed, &report) }
            report.kept = max(0, found - copiedBefore)
            progress(report)
        }
        try name(&unnamed, &report)
        guard !report.missing.isEmpty else { return false }
        let now = try Connection(path: source.catalog, writable: false)
        for sha256 in report.missing where try !now.refersTo(sha256) { return true }
        return false
    }

    /// Whether the copy has a blob. What is restored is read: the folder may be one that was damaged.
    private func isThere(_ sha256: Digest) throws(StorageError) -> Bool {
        let path = destination.path(of: sha256)
        let found = try attempt("opening \(path)") { () throws(Errno) in try File.openIfExists(path) }
        guard let file = found else { return false }
        if !isRestore { return true }
        do throws(StorageError) {
            if try digest(.sha256, of: file, doing: "reading \(path)") == sha256 { return true }
        } catch .io(.inputOutput, doing: _) {
            // A sector that cannot be read.
        }
        try attempt("removing \(path)") { () throws(Errno) in _ = try Directory.remove(file: path) }
        return false
    }

    /// The bytes of a blob in a file without a name, whatever their digest is; nil when there are none.
    private func copy(
        _ sha256: Digest, _ catalog: Connection, to blobs: BlobStore
    ) throws(StorageError) -> WrittenBlob? {
        let writer = try blobs.writer()
        // Rather than a file of this name: after a crash nobody knows what that one holds (`Settler`).
        if let bytes = try catalog.stagedBytes(of: sha256) {
            try writer.append(bytes)
            return writer.end()
        }
        let path = source.path(of: sha256)
        let found = try attempt("opening \(path)") { () throws(Errno) in try File.openIfExists(path) }
        guard let file = found else { return nil }
        var offset: Int64 = 0
        do throws(StorageError) {
            while true {
                let piece = try attempt("reading \(path)") { () throws(Errno) in
                    try file.read(at: offset, count: 256 << 10)
                }
                if piece.isEmpty { break }
                try writer.append(piece)
                offset += Int64(piece.count)
            }
        } catch .io(.inputOutput, doing: "reading \(path)") {
            // A sector that cannot be read: what was read so far has another digest.
        }
        return writer.end()
    }

    /// Names blobs whose bytes are on the disk.
    private func name(_ unnamed: inout [WrittenBlob], _ report: inout BackupReport) throws(StorageError) {
        guard let first = unnamed.first else { return }
        try attempt("syncfs of \(destination.blobs)") { () throws(Errno) in try first.file.syncFileSystem() }
        for blob in unnamed {
            let path = destination.path(of: blob.sha256)
            _ = try attempt("naming \(path)") { () throws(Errno) in try blob.file.link(to: path) }
            report.copied += 1
            report.bytes += blob.size
        }
        unnamed = []
    }
}
