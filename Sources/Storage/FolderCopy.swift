import Packaging
import Posix

/// Copies a data folder: a backup, or what is restored from one.
///
/// At every moment the copy is whole: the new catalog is written beside the one that is there; then come the blobs that it
/// names, each named only when its bytes are on the disk; then the catalog takes its name. A copy that is interrupted
/// leaves blobs that the next one finds. The lock of a folder's users (`Store.lockForUse`) keeps all others out meanwhile.
struct FolderCopy {
    private let source: Layout
    private let destination: Layout
    private let isRestore: Bool

    // So many share one `syncfs(2)`; each has a descriptor until then.
    private static let groupCount = 128
    // `wheelhouse gc` may remove blobs that the copied catalog still names: then a newer one is copied.
    private static let attempts = 3

    /// - Parameter isRestore: whether a data folder is made from a backup, and not the other way round.
    init(from source: String, to destination: String, isRestore: Bool) {
        self.source = Layout(directory: source)
        self.destination = Layout(directory: destination)
        self.isRestore = isRestore
    }

    /// Copies everything.
    ///
    /// - Throws: as `Store.backUp` and `Store.restore` say.
    func run(_ progress: (BackupReport) -> Void) throws(StorageError) -> BackupReport {
        try Store.requireCatalog(source)
        // Where all blobs are lost, the catalog still says which.
        let lock = try exists(source.blobs) ? Store.lockForUse(source) : nil
        try attempt("making \(destination.directory)") { () throws(Errno) in
            try Directory.createWithParents(destination.directory)
        }
        let folder = try open(destination.directory)
        try requireOther(folder)
        try requireRoom()
        let blobs = try BlobStore(layout: destination)
        // Opened before anything is written, so that syncfs reports what could not be.
        let blobFolder = try open(destination.blobs)
        guard Store.lock(blobFolder, exclusively: true) else {
            throw unsuitable("it is in use by another process; try again when that has ended")
        }
        defer { withExtendedLifetime((lock, blobFolder)) {} }
        try requireRoom()
        do throws(StorageError) {
            var report = try copyCatalogAndBlobs(to: blobs, blobFolder, progress)
            try requireClosed()
            try copyTokenKey()
            report.usageProblem = copyUsage()
            try takeName(in: folder, blobFolder)
            return report
        } catch {
            try? removeNew(Layout.catalogName)
            throw error.isFull ? .full(doing: "writing \(destination.directory)") : error
        }
    }

    private func copyCatalogAndBlobs(
        to blobs: BlobStore, _ blobFolder: File, _ progress: (BackupReport) -> Void
    ) throws(StorageError) -> BackupReport {
        var report = BackupReport()
        var attempts = 0
        while true {
            attempts += 1
            let catalog = try copyDatabase(source.catalog, as: Layout.catalogName)
            try Schema.migrate(catalog)
            try requireSound(catalog)
            try requireEarlierState(of: catalog)
            report.journalHead = try catalog.journalHead()
            let isOutdated = try copyBlobs(of: catalog, to: blobs, blobFolder, &report, progress)
            if isOutdated, attempts < Self.attempts { continue }
            try catalog.run("DELETE FROM staged_blobs")
            return report
        }
    }

    private func open(_ path: String) throws(StorageError) -> File {
        try attempt("opening \(path)") { () throws(Errno) in try File.open(path) }
    }

    private func unsuitable(_ reason: String) -> StorageError {
        .unsuitableCopy(directory: destination.directory, reason: reason)
    }

    private func exists(_ path: String) throws(StorageError) -> Bool {
        // Opening and closing a database would drop the locks that SQLite has on it in this process (fcntl(2)).
        try attempt("looking at \(path)") { () throws(Errno) in try Directory.exists(path) }
    }
}

// MARK: Where it goes

extension FolderCopy {
    private func requireOther(_ folder: File) throws(StorageError) {
        let original = try open(source.directory)
        let isSame = try attempt("looking at \(destination.directory)") { () throws(Errno) in
            try original.isSameFile(as: folder)
        }
        if isSame { throw unsuitable("it is the data folder itself; name a new folder") }
    }

    /// The folder is empty, or of this kind.
    private func requireRoom() throws(StorageError) {
        let names = try attempt("listing \(destination.directory)") { () throws(Errno) in
            try Directory.names(in: destination.directory)
        }
        if names.contains(Layout.catalogName) {
            guard !isRestore else { throw unsuitable("it has a catalog already; name a new folder") }
        } else if let other = names.sorted().first(where: { !Self.isOurs($0) }) {
            throw unsuitable("it has no catalog, but '\(other)'; name a new folder")
        }
    }

    private static func isOurs(_ name: String) -> Bool {
        let ours = [
            Layout.catalogName + suffix, Layout.usageName, Layout.adminTokenName, Layout.tokenKeyName, "blobs",
            "README.md", ".gitignore", "lost+found",
        ]
        return ours.contains { name.hasPrefix($0) }
    }

    /// No damaged catalog, and no journal that somebody changed, takes the place of a good one.
    private func requireSound(_ catalog: Connection) throws(StorageError) {
        let damage = try catalog.rows("PRAGMA integrity_check(1)") { row throws(StorageError) in row.text(0) }
        if let problem = damage.first(where: { $0 != "ok" }) { throw .corrupt("\(source.catalog): \(problem)") }
        if let problem = try catalog.journalProblems().first { throw .corrupt("\(source.catalog): \(problem)") }
    }

    /// What the catalog in the folder says, the new one says too: it is an earlier state of the same index.
    private func requireEarlierState(of catalog: Connection) throws(StorageError) {
        guard try exists(destination.catalog) else { return }
        let head: JournalHead?
        do throws(StorageError) {
            head = try Connection(path: destination.catalog, writable: false).journalHead()
        } catch {
            throw unsuitable("its catalog cannot be read (\(error)); name a new folder")
        }
        guard let head else { return }
        guard try catalog.journalHash(of: head.serial) == head.hash else {
            throw unsuitable("it holds another index, or a later state of this one; name a new folder")
        }
    }
}

// MARK: Databases

extension FolderCopy {
    private static let suffix = ".new"

    /// A database as it is at one moment, in one file without a log.
    private func copyDatabase(_ path: String, as name: String) throws(StorageError) -> Connection {
        let new = destination.directory + "/" + name + Self.suffix
        // What an interrupted copy left.
        try removeNew(name)
        try attempt("making \(new)") { () throws(Errno) in
            _ = try Durable.create(name + Self.suffix, in: destination.directory, bytes: [], permissions: 0o600)
        }
        let copy = try Connection(path: new, settings: Connection.copySettings)
        try original(path).copy(to: copy)
        // Not WAL, as in the source: this one can be read where nothing can be written.
        try copy.script("PRAGMA journal_mode = DELETE")
        return copy
    }

    /// A database of the source. Where nothing can be written SQLite opens none that had a log, unless it is told that
    /// nobody writes.
    private func original(_ path: String) throws(StorageError) -> Connection {
        do throws(StorageError) {
            let connection = try Connection(path: path, writable: false)
            _ = try connection.number("SELECT count(*) FROM sqlite_schema")
            return connection
        } catch {
            let logBytes = try attempt("looking at \(path)-wal") { () throws(Errno) in
                try File.openIfExists(path + "-wal")?.size ?? 0
            }
            guard logBytes == 0, error.isCannotOpen else { throw error }
            return try Connection(immutable: path)
        }
    }

    private func removeNew(_ name: String) throws(StorageError) {
        let new = destination.directory + "/" + name + Self.suffix
        try attempt("removing \(new)") { () throws(Errno) in
            for end in ["", "-journal", "-wal", "-shm"] { try Directory.remove(file: new + end) }
        }
    }

    /// Where there is none, what the copy has from before would bring tokens back that are no longer valid.
    private func copyTokenKey() throws(StorageError) {
        try attempt("copying \(source.tokenKey)") { () throws(Errno) in
            guard let key = try File.openIfExists(source.tokenKey)?.read(at: 0, count: 4096) else {
                try Directory.remove(file: destination.tokenKey)
                return
            }
            let name = Layout.tokenKeyName + Self.suffix
            try Directory.remove(file: destination.directory + "/" + name)
            _ = try Durable.create(name, in: destination.directory, bytes: key, permissions: 0o600)
            try Directory.rename(destination.directory + "/" + name, to: destination.tokenKey)
        }
    }

    /// - Returns: why they were not copied. Losing them loses statistics only, and no backup.
    private func copyUsage() -> String? {
        do throws(StorageError) {
            guard try exists(source.usage) else { return nil }
            _ = try copyDatabase(source.usage, as: Layout.usageName)
            // Nobody has the old one open: see the lock.
            try attempt("naming \(destination.usage)") { () throws(Errno) in
                for end in ["-wal", "-shm", "-journal"] { try Directory.remove(file: destination.usage + end) }
                try Directory.rename(destination.usage + Self.suffix, to: destination.usage)
            }
            return nil
        } catch {
            try? removeNew(Layout.usageName)
            return "\(source.usage): \(error)"
        }
    }

    /// The new catalog takes the place of the one that is there. From then on the copy is the new one.
    private func takeName(in folder: File, _ blobFolder: File) throws(StorageError) {
        // Which may be two file systems.
        for (file, name) in [(blobFolder, destination.blobs), (folder, destination.directory)] {
            try attempt("syncfs of \(name)") { () throws(Errno) in try file.syncFileSystem() }
        }
        try requireClosed()
        let path = destination.catalog
        try attempt("naming \(path)") { () throws(Errno) in
            try Directory.rename(path + Self.suffix, to: path)
            try folder.sync()
        }
    }

    /// Nobody has the catalog open that is there, and it has no log: SQLite would take that for the new one's.
    private func requireClosed() throws(StorageError) {
        for _ in 1...50 {
            // Who had it may have left a log: opening and closing takes what is in it.
            if try exists(destination.catalog) {
                _ = try Connection(path: destination.catalog, writable: false).number("PRAGMA user_version")
            }
            guard try exists(destination.catalog + "-wal") else { return }
            // Threads of one that has just let go of the lock may still be about to close it.
            Clock.sleep(milliseconds: 10)
        }
        throw unsuitable("somebody has its catalog open; try again later")
    }
}

// MARK: Blobs

extension FolderCopy {
    /// Copies what the catalog names and the copy has not.
    ///
    /// - Returns: whether blobs are gone because files were given up since the catalog was copied.
    private func copyBlobs(
        of catalog: Connection, to blobs: BlobStore, _ blobFolder: File, _ report: inout BackupReport,
        _ progress: (BackupReport) -> Void
    ) throws(StorageError) -> Bool {
        let staged = try catalog.stagedBlobs(after: 0, through: .max)
        let copiedBefore = report.copied
        var found = 0
        (report.damaged, report.missing) = ([], [])
        var unnamed: [WrittenBlob] = []
        for sha256 in try catalog.referencedBlobs() {
            let carried = staged.contains(sha256) ? try catalog.stagedBytes(of: sha256) : nil
            if try isThere(sha256) {
                found += 1
            } else {
                switch try copy(sha256, carried, to: blobs) {
                case .good(let blob): unnamed.append(blob)
                case .damaged: report.damaged.append(try loss(of: sha256, catalog))
                case .missing: report.missing.append(try loss(of: sha256, catalog))
                }
            }
            if unnamed.count == Self.groupCount { try name(&unnamed, blobFolder, &report) }
            report.kept = max(0, found - copiedBefore)
            progress(report)
        }
        try name(&unnamed, blobFolder, &report)
        // Nobody collects a backup's blobs: the lock.
        guard !report.missing.isEmpty, !isRestore else { return false }
        let now = try original(source.catalog)
        // A catalog that an older program made may lack the tables that are asked: then it is taken as it is.
        return report.missing.contains { (try? now.refersTo($0.sha256)) == false }
    }

    private func loss(of sha256: Digest, _ catalog: Connection) throws(StorageError) -> BackupReport.Loss {
        BackupReport.Loss(sha256: sha256, uses: try catalog.uses(of: sha256))
    }

    /// Whether the copy has a blob. What is restored is read: the folder may be one that was damaged. A damaged one stays until
    /// a good one takes its place.
    private func isThere(_ sha256: Digest) throws(StorageError) -> Bool {
        let path = destination.path(of: sha256)
        guard try exists(path) else { return false }
        if !isRestore { return true }
        do throws(StorageError) {
            let file = try attempt("opening \(path)") { () throws(Errno) in try File.openRegular(path) }
            if let file, try digest(.sha256, of: file, doing: "reading \(path)") == sha256 { return true }
        } catch let error where error.isDamage {}
        return false
    }

    private enum Copied {
        case good(WrittenBlob), damaged, missing
    }

    /// Copies a blob to a file without a name.
    ///
    /// - Parameter carried: its bytes, when the catalog has them. Rather these than a file of its name: after a crash nobody
    ///   knows what that one holds (`Settler`).
    private func copy(_ sha256: Digest, _ carried: [UInt8]?, to blobs: BlobStore) throws(StorageError) -> Copied {
        let writer = try blobs.writer()
        if let carried {
            try writer.append(carried)
        } else {
            let path = source.path(of: sha256)
            var offset: Int64 = 0
            var file: File?
            while true {
                // What fails here is damage of the source; what fails at the copy is not.
                let piece: [UInt8]
                do throws(StorageError) {
                    (file, piece) = try read(file, path, at: offset)
                } catch .io(.noEntry, doing: _) {
                    return .missing
                } catch let error where error.isDamage {
                    return .damaged
                }
                if piece.isEmpty { break }
                try writer.append(piece)
                offset += Int64(piece.count)
            }
        }
        let blob = writer.end()
        return blob.sha256 == sha256 ? .good(blob) : .damaged
    }

    /// The next piece of a file, which is opened first when it is not yet.
    private func read(_ file: File?, _ path: String, at offset: Int64) throws(StorageError) -> (File, [UInt8]) {
        try attempt("reading \(path)") { () throws(Errno) in
            let opened = if let file { file } else { try File.openRegular(path) }
            guard let opened else { throw .invalid }
            return (opened, try opened.read(at: offset, count: 256 << 10))
        }
    }

    /// Names blobs whose bytes are on the disk.
    private func name(
        _ unnamed: inout [WrittenBlob], _ blobFolder: File, _ report: inout BackupReport
    ) throws(StorageError) {
        guard !unnamed.isEmpty else { return }
        try attempt("syncfs of \(destination.blobs)") { () throws(Errno) in try blobFolder.syncFileSystem() }
        for blob in unnamed {
            let path = destination.path(of: blob.sha256)
            try attempt("naming \(path)") { () throws(Errno) in
                if try blob.file.link(to: path) { return }
                guard isRestore else { throw .exists }
                try Directory.remove(file: path + Self.suffix)
                _ = try blob.file.link(to: path + Self.suffix)
                try Directory.rename(path + Self.suffix, to: path)
            }
            report.copied += 1
            report.bytes += blob.size
        }
        unnamed = []
    }
}
