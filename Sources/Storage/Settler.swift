import Packaging
import Posix

/// Brings the files of small blobs to the disk, many with one `syncfs(2)`.
///
/// A small blob's bytes are in the catalog when its publication is acknowledged (`staged_blobs`), and SQLite's log has
/// been fsynced: that is what makes them durable. Its file has its name by then, so that it can be read, but nobody has
/// waited for the disk. That happens here, shortly after; then the next transaction drops the row.
final class Settler: Sendable {
    private struct Progress {
        /// Rows up to this number are another process's, which settles them.
        var first: Int64 = 0
        /// Rows up to this number are committed.
        var committed: Int64 = 0
        /// The files of rows up to this number are on the disk.
        var settled: Int64 = 0
        /// Whether files may have lost bytes that were written: then all are written again.
        var mustRewrite = false
        /// Why it failed when it was tried last.
        var failure: StorageError?
        var isStopping = false
    }

    // Long enough for many blobs to share one syncfs, short enough for the catalog to hold few bytes.
    private static let pauseMilliseconds = 250
    private static let pauseAfterFailureMilliseconds = 10_000
    // Of at most `Store.smallBlobBytes` each. Where the disk does not keep up, blobs are fsynced one by one.
    private static let rowLimit: Int64 = 2_048

    private let blobs: BlobStore
    private let readers: ReadPool
    /// The folder of blobs, which may be another file system than the catalog's. Opened before anything is written, so
    /// that syncfs reports what could not be (Linux 5.8).
    private let folder: File
    private let report: @Sendable (String) -> Void
    private let progress = Monitor(Progress())

    /// - Parameter report: is told once that settling fails, and once that it no longer does.
    init(
        folder: String, blobs: BlobStore, readers: ReadPool, report: @escaping @Sendable (String) -> Void
    ) throws(StorageError) {
        self.folder = try attempt("opening \(folder)") { () throws(Errno) in try File.open(folder) }
        self.blobs = blobs
        self.readers = readers
        self.report = report
    }

    /// Begins behind the rows that are there.
    ///
    /// - Parameters:
    ///   - connection: the writing connection, before any other thread has it.
    ///   - isServed: whether another process serves the folder, and settles what is there. Else they are of processes that
    ///     ended, and nobody knows how much of them has reached the disk: they are written again.
    func begin(_ connection: Connection, isServed: Bool) throws(StorageError) {
        let last = try connection.lastStagedBlob()
        if last > 0, !isServed { try restore(connection) }
        progress.change { ($0.first, $0.committed, $0.settled) = (last, last, last) }
    }

    /// In a transaction, so that two commands that start together do not do it at once.
    private func restore(_ connection: Connection) throws(StorageError) {
        try connection.script("BEGIN IMMEDIATE")
        do throws(StorageError) {
            let last = try connection.lastStagedBlob()
            try settle(after: 0, through: last, rewriting: true)
            try connection.dropStagedBlobs(after: 0, through: last)
            try connection.script("COMMIT")
        } catch {
            if connection.isInTransaction { try connection.script("ROLLBACK") }
            throw error
        }
    }

    /// Takes over the rows of the process that served before, and may end before it has settled them.
    func adopt() {
        progress.change {
            $0.mustRewrite = $0.mustRewrite || $0.first > 0
            ($0.first, $0.settled) = (0, 0)
        }
    }

    /// Starts the thread that settles what is committed, until ``stop()``.
    func start() throws(StorageError) {
        try attempt("starting the settling thread") { () throws(Errno) in
            try startThread(named: "settler") { [self] in
                while true {
                    let isStopping = progress.wait { $0.isStopping || $0.committed > $0.settled ? $0.isStopping : nil }
                    guard !isStopping else { return }
                    // A pause and no wait: one sync is for all that was committed meanwhile.
                    Clock.sleep(
                        milliseconds: failure == nil ? Self.pauseMilliseconds : Self.pauseAfterFailureMilliseconds)
                    guard !progress.change({ $0.isStopping }) else { return }
                    settleCommitted()
                }
            }
        }
    }

    /// Lets the thread end.
    func stop() {
        progress.change { $0.isStopping = true }
    }

    /// Rows up to this number are committed.
    func noteCommitted(_ last: Int64) {
        progress.change { $0.committed = max($0.committed, last) }
    }

    /// Rows up to this number are another process's.
    var first: Int64 { progress.change { $0.first } }

    /// Rows after ``first`` and up to this number are no longer needed.
    var settled: Int64 { progress.change { $0.settled } }

    /// Why files do not reach the disk; nil when they do.
    var failure: StorageError? { progress.change { $0.failure } }

    /// Whether the catalog may take more bytes of blobs.
    var hasRoom: Bool { progress.change { $0.committed - $0.settled < Self.rowLimit } }

    /// Settles what is committed. When it fails, the rows stay in the catalog, and their files must be written again:
    /// after a failure the kernel takes bytes for written that are not.
    func settleCommitted() {
        let now = progress.change { $0 }
        let outcome = Result { () throws(StorageError) in
            try settle(after: now.settled, through: now.committed, rewriting: now.mustRewrite)
        }
        let failure: StorageError? = if case .failure(let error) = outcome { error } else { nil }
        let before = progress.change { progress in
            defer {
                progress.failure = failure
                progress.mustRewrite = failure != nil
                if failure == nil { progress.settled = now.committed }
            }
            return progress.failure
        }
        guard (before == nil) != (failure == nil) else { return }
        report(
            failure.map { "small files do not reach the disk: \($0); the catalog keeps them, and it is tried again" }
                ?? "small files reach the disk again")
    }

    /// Returns when the files of these rows are on the disk under their names.
    ///
    /// - Parameter rewriting: write every file again, not only those that are missing.
    func settle(after first: Int64, through last: Int64, rewriting: Bool) throws(StorageError) {
        let staged = try readers.read { catalog throws(StorageError) in
            try catalog.stagedBlobs(after: first, through: last)
        }
        for sha256 in staged {
            if !rewriting, try blobs.open(sha256) != nil { continue }
            let bytes = try readers.read { catalog throws(StorageError) in try catalog.stagedBytes(of: sha256) }
            // Removed with its last file in the meantime.
            guard let bytes else { continue }
            try blobs.replace(sha256, with: bytes)
        }
        try attempt("syncfs of the blobs") { () throws(Errno) in try folder.syncFileSystem() }
    }
}
