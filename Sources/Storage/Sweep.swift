public import Packaging
import Posix

/// What `Store.verify` found.
public struct VerifyReport: Hashable, Sendable {
    /// How many blobs were read.
    public internal(set) var blobs = 0
    /// Their lengths together, in bytes.
    public internal(set) var bytes: Int64 = 0
    /// Blobs whose bytes do not have the digest that names them.
    public internal(set) var damaged: [Digest] = []
    /// Blobs that the catalog names and that do not exist.
    public internal(set) var missing: [Digest] = []
    /// What SQLite finds wrong with the catalog itself, one sentence each.
    public internal(set) var catalogProblems: [String] = []

    /// What shows that somebody changed the journal, one sentence each; at most 100.
    public internal(set) var journalProblems: [String] = []
    /// The last hash of the journal's chain; nil when the journal is empty.
    public internal(set) var journalHead: JournalHead?

    /// Whether nothing is wrong.
    public var isSound: Bool {
        damaged.isEmpty && missing.isEmpty && catalogProblems.isEmpty && journalProblems.isEmpty
    }
}

/// What `Store.collectGarbage` removed.
public struct GarbageReport: Hashable, Sendable {
    /// How many blobs.
    public internal(set) var blobs = 0
    /// Their lengths together, in bytes.
    public internal(set) var bytes: Int64 = 0
}

extension Store {
    /// Reads every blob and compares its digest with its name, checks that all the catalog names exists, and lets
    /// SQLite check the catalog. Works while a server runs; changes nothing.
    ///
    /// - Parameter progress: called after each blob with the report so far.
    public func verify(progress: (VerifyReport) -> Void = { _ in }) throws(StorageError) -> VerifyReport {
        var report = VerifyReport()
        report.catalogProblems = try readers.read { catalog throws(StorageError) in
            try catalog.rows("PRAGMA integrity_check") { row throws(StorageError) in row.text(0) }
                .filter { $0 != "ok" }
        }
        report.journalProblems = try readers.readSnapshot { catalog throws(StorageError) in
            try catalog.journalProblems()
        }
        report.journalHead = try journalHead
        for directory in Layout.fanOut {
            for sha256 in try blobs.digests(fanOut: directory) {
                try verify(sha256, into: &report)
                progress(report)
            }
        }
        for sha256 in try readers.read({ catalog throws(StorageError) in try catalog.referencedBlobs() }) {
            guard !report.damaged.contains(sha256), try open(sha256) == nil, try isReferenced(sha256) else { continue }
            report.missing.append(sha256)
        }
        return report
    }

    private func verify(_ sha256: Digest, into report: inout VerifyReport) throws(StorageError) {
        let path = layout.path(of: sha256)
        var isSound = false
        do throws(StorageError) {
            // Regular ones only: opening a named pipe waits for ever.
            if let file = try attempt("opening \(path)", { () throws(Errno) in try File.openRegular(path) }) {
                report.bytes += try attempt("reading \(path)") { () throws(Errno) in try file.size }
                isSound = try digest(.sha256, of: file, doing: "reading \(path)") == sha256
            }
        } catch .io(.noEntry, doing: _) {
            // Somebody may have removed it since its directory was listed; if it should be there, it is reported as missing.
            return
        } catch let error where error.isDamage {
            // What cannot be read is damage to report, and no reason to leave the other blobs unread.
        }
        report.blobs += 1
        if !isSound { report.damaged.append(sha256) }
    }

    /// What needs a blob, in words: `demo-1.0.tar.gz`, `the metadata of demo-1.0.tar.gz`; empty when nothing does.
    public func uses(of sha256: Digest) throws(StorageError) -> [String] {
        try readers.read { catalog throws(StorageError) in try catalog.uses(of: sha256) }
    }

    private func unreferenced(_ digests: [Digest]) throws(StorageError) -> [Digest] {
        var unreferenced: [Digest] = []
        for sha256 in digests where try !isReferenced(sha256) { unreferenced.append(sha256) }
        return unreferenced
    }

    // Asked again for a blob that is not there: what referred to it may have been deleted in the meantime.
    private func isReferenced(_ sha256: Digest) throws(StorageError) -> Bool {
        try readers.read { catalog throws(StorageError) in try catalog.refersTo(sha256) }
    }

    /// Removes every blob that nobody refers to. Works while a server runs.
    ///
    /// A publication names its blobs and refers to them inside one write transaction (`WriteQueue`), and this removes
    /// blobs inside write transactions, which exclude each other, also between processes. So it never removes a blob
    /// that a publication is about to refer to. One transaction per directory, so that publications wait only shortly.
    public func collectGarbage() throws(StorageError) -> GarbageReport {
        var report = GarbageReport()
        for directory in Layout.fanOut {
            let candidates = try unreferenced(blobs.digests(fanOut: directory))
            guard !candidates.isEmpty else { continue }
            let removed = try writeAndWait { [blobs] catalog throws(StorageError) in
                try catalog.removeUnreferenced(candidates, from: blobs)
            }
            report.blobs += removed.blobs
            report.bytes += removed.bytes
        }
        return report
    }
}

extension Connection {
    /// What needs a blob, in words.
    func uses(of sha256: Digest) throws(StorageError) -> [String] {
        try rows(
            """
            SELECT filename FROM files WHERE sha256 = ?1 AND collected IS NULL
            UNION ALL SELECT 'the metadata of ' || filename FROM files
                WHERE core_metadata = ?1 AND collected IS NULL
            UNION ALL SELECT 'a signature of ' || filename FROM signatures JOIN files ON files.id = file_id
                WHERE signatures.sha256 = ?1
            """, .blob(sha256.bytes)
        ) { row throws(StorageError) in row.text(0) }
    }
}

extension CatalogTransaction {
    /// Removes those of the blobs that nobody refers to, now that nobody can begin to.
    fileprivate func removeUnreferenced(
        _ candidates: [Digest], from blobs: BlobStore
    ) throws(StorageError) -> GarbageReport {
        var report = GarbageReport()
        for sha256 in candidates where try !connection.refersTo(sha256) {
            guard let file = try blobs.open(sha256) else { continue }
            let size = try attempt("reading the size of a blob") { () throws(Errno) in try file.size }
            guard try blobs.remove(sha256) else { continue }
            try connection.dropStagedBlob(sha256)
            report.blobs += 1
            report.bytes += size
        }
        return report
    }
}
