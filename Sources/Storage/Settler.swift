import Packaging
import Posix

/// Brings the files of small blobs to the disk, many with one `syncfs(2)`.
///
/// A small blob's bytes are in the catalog when its publication is acknowledged (`staged_blobs`), and SQLite's log has
/// been fsynced: that is what makes them durable. Its file has its name by then, so that it can be read, but nobody has
/// waited for the disk. That happens here, shortly after; then the next transaction drops the row.
final class Settler: Sendable {
    private struct Progress {
        /// Rows up to this number are committed.
        var committed: Int64 = 0
        /// The files of rows up to this number are on the disk.
        var settled: Int64 = 0
        var isStopping = false
    }

    // Long enough for many blobs to share one syncfs, short enough for the catalog to hold few bytes.
    private static let pauseMilliseconds = 250
    private static let pauseAfterFailureMilliseconds = 10_000
    // Of at most `Store.smallBlobBytes` each. Where the disk does not keep up, blobs are fsynced one by one.
    private static let rowLimit: Int64 = 2_048

    private let blobs: BlobStore
    private let readers: ReadPool
    /// The folder of blobs, which may be another file system than the catalog's. Opened before anything is written, so that syncfs reports what could not be (Linux 5.8).
    private let folder: File
    private let progress = Monitor(Progress())

    init(folder: String, blobs: BlobStore, readers: ReadPool) throws(StorageError) {
        self.folder = try attempt("opening \(folder)") { () throws(Errno) in try File.open(folder) }
        self.blobs = blobs
        self.readers = readers
    }

    /// Writes again what a process that ended left in the catalog: nobody knows how much of it has reached the disk.
    ///
    /// - Parameter connection: the writing connection, before any other thread has it.
    func restore(_ connection: Connection) throws(StorageError) {
        let last = try connection.lastStagedBlob()
        guard last > 0 else { return }
        try settle(after: 0, through: last, rewriting: true)
        try connection.dropStagedBlobs(through: last)
    }

    /// Starts the thread that settles what is committed, until ``stop()``.
    func start() throws(StorageError) {
        try attempt("starting the settling thread") { () throws(Errno) in
            try startThread(named: "settler") { [self] in
                var mustRewrite = false
                while true {
                    let isStopping = progress.wait { $0.isStopping || $0.committed > $0.settled ? $0.isStopping : nil }
                    guard !isStopping else { return }
                    Clock.sleep(
                        milliseconds: mustRewrite ? Self.pauseAfterFailureMilliseconds : Self.pauseMilliseconds)
                    guard !progress.change({ $0.isStopping }) else { return }
                    mustRewrite = !settleCommitted(rewriting: mustRewrite)
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

    /// Rows up to this number are no longer needed.
    var settled: Int64 { progress.change { $0.settled } }

    /// Whether the catalog may take more bytes of blobs.
    var hasRoom: Bool { progress.change { $0.committed - $0.settled < Self.rowLimit } }

    /// - Returns: false when it failed. The rows stay in the catalog then, and their files must be written again: after a
    ///   failure the kernel takes bytes for written that are not.
    private func settleCommitted(rewriting: Bool) -> Bool {
        let now = progress.change { $0 }
        do throws(StorageError) {
            try settle(after: now.settled, through: now.committed, rewriting: rewriting)
        } catch {
            return false
        }
        progress.change { $0.settled = now.committed }
        return true
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
