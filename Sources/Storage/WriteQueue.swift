import Posix
import Synchronization

/// What the writing thread did since the store was opened.
public struct WriteCounters: Hashable, Sendable {
    /// Writes whose transaction was committed, also those that failed on their own inside it.
    public internal(set) var writes = 0
    /// Transactions that were committed; fewer than `writes` when several shared one.
    public internal(set) var commits = 0
    /// Directories that were fsynced.
    public internal(set) var directorySyncs = 0
}

/// A write that waits for its turn.
struct PendingWrite: Sendable {
    /// Changes the catalog; what it returns tells the caller that the change is durable.
    let body: @Sendable (borrowing CatalogTransaction) throws(StorageError) -> @Sendable () -> Void
    /// Tells the caller that nothing was changed.
    let fail: @Sendable (StorageError) -> Void
}

/// Group commit: one thread takes all writes that wait and makes them durable together.
final class WriteQueue: Sendable {
    private struct Waiting {
        var writes: [PendingWrite] = []
        var isStopping = false
    }

    // So many writes share one transaction at most: more would only make the first of them wait longer.
    private static let batchLimit = 64

    private let waiting = Monitor(Waiting())
    private let committer: Committer

    /// Starts the writing thread.
    ///
    /// - Parameter connection: the writing connection; nobody else may use it afterwards.
    init(connection: Connection, blobs: BlobStore, settler: Settler) throws(StorageError) {
        let committer = Committer(connection: connection, blobs: blobs, settler: settler)
        self.committer = committer
        let waiting = waiting
        try attempt("starting the catalog's thread") { () throws(Errno) in
            try startThread(named: "catalog") {
                while true {
                    let batch = waiting.wait { Self.nextBatch(&$0) }
                    guard !batch.isEmpty else { return }
                    committer.commit(batch)
                }
            }
        }
    }

    deinit {
        waiting.change { $0.isStopping = true }
    }

    var counters: WriteCounters { committer.counters.withLock { $0 } }

    /// Adds a write; it is answered from the writing thread.
    func add(_ write: PendingWrite) {
        waiting.change { $0.writes.append(write) }
    }

    /// The writes to do next, in the order of their arrival; nil to wait for some, empty to stop.
    private static func nextBatch(_ waiting: inout Waiting) -> [PendingWrite]? {
        guard !waiting.writes.isEmpty else { return waiting.isStopping ? [] : nil }
        let batch = Array(waiting.writes.prefix(batchLimit))
        waiting.writes.removeFirst(batch.count)
        return batch
    }
}

/// Makes a batch of writes durable in one transaction.
private final class Committer: Sendable {
    let connection: Connection
    let blobs: BlobStore
    let settler: Settler
    let counters = Mutex(WriteCounters())
    /// Rows of small blobs up to this number are dropped. Only the writing thread looks at it.
    let dropped = Mutex<Int64>(0)

    init(connection: Connection, blobs: BlobStore, settler: Settler) {
        self.connection = connection
        self.blobs = blobs
        self.settler = settler
    }

    /// The order is the promise: the bytes of large blobs were fsynced by their writers; here those that the changes keep
    /// are named, then the directories fsynced, then the catalog committed (which fsyncs SQLite's log), and only then is
    /// anybody answered. A refused change names nothing, so it leaves nothing behind.
    ///
    /// These blobs are named *inside* the write transaction, because `Store.collectGarbage` deletes blobs inside one:
    /// so no other process can delete a blob between its naming and the commit of the row that refers to it.
    ///
    /// The bytes of small blobs are committed with the catalog. They are named after that: a name leads to bytes that are
    /// durable, here too.
    func commit(_ batch: [PendingWrite]) {
        var answers: [@Sendable () -> Void] = []
        var kept: [StagedBlob] = []
        let settled = settler.settled
        var last: Int64 = 0
        do throws(StorageError) {
            try connection.run("BEGIN IMMEDIATE")
            if settled > dropped.withLock({ $0 }) {
                try connection.dropStagedBlobs(after: settler.first, through: settled)
            }
            for write in batch { answers.append(try change(write, keeping: &kept)) }
            let synced = kept.filter { $0.carried == nil }
            for blob in synced { try blobs.name(blob) }
            let syncs = try blobs.syncDirectories(of: synced)
            for blob in kept {
                if let bytes = blob.carried { last = try connection.addStagedBlob(blob.sha256, bytes) }
            }
            try connection.run("COMMIT")
            counters.withLock { counters in
                counters.commits += 1
                counters.writes += batch.count
                counters.directorySyncs += syncs
            }
        } catch {
            rollBack()
            for write in batch { write.fail(error) }
            return
        }
        dropped.withLock { $0 = settled }
        for blob in kept where blob.carried != nil {
            // The change is committed whatever happens here: a name that fails is given by the settler, and until then
            // `Store.open` finds the bytes in the catalog.
            try? blobs.name(blob)
        }
        if last > 0 { settler.noteCommitted(last) }
        for answer in answers { answer() }
    }

    /// Runs one write. When it fails, only its own changes are undone.
    ///
    /// - Parameter kept: gets the blobs that the write wants to be named.
    /// - Returns: what to call after the commit.
    /// - Throws: when the whole transaction is lost.
    private func change(
        _ write: PendingWrite, keeping kept: inout [StagedBlob]
    ) throws(StorageError) -> @Sendable () -> Void {
        try connection.run("SAVEPOINT write")
        do throws(StorageError) {
            let catalog = CatalogTransaction(connection: connection)
            let answer = try write.body(catalog)
            try connection.run("RELEASE write")
            kept += catalog.kept.blobs
            return answer
        } catch {
            // After some errors (a full disk) SQLite has undone the whole transaction on its own.
            guard connection.isInTransaction else { throw error }
            try connection.run("ROLLBACK TO write")
            try connection.run("RELEASE write")
            return { write.fail(error) }
        }
    }

    private func rollBack() {
        guard connection.isInTransaction else { return }
        // The reason of the failure is on its way to the callers; a second one would only hide it.
        _ = try? connection.run("ROLLBACK")
    }
}
