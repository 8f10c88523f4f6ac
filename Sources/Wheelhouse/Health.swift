public import Packaging
import Storage

/// How much an index holds.
public struct IndexTotals: Sendable {
    /// Projects.
    public let projects: Int64
    /// Distribution archives.
    public let files: Int64
    /// Their lengths together.
    public let bytes: Int64

    init(_ counts: CatalogCounts) {
        (projects, files, bytes) = (counts.projects, counts.files, counts.bytes)
    }
}

/// How an instance is, for its administrators.
public struct IndexHealth: Sendable {
    /// How much it holds, all named indexes together.
    public let totals: IndexTotals
    /// The length of the catalog, in bytes.
    public let catalogBytes: Int64
    /// Room on the file system of the data folder, in bytes.
    public let freeBytes: Int64
    /// The size of that file system, in bytes.
    public let totalBytes: Int64
    /// What `wheelhouse verify` came to when it ran last; `nil` when it never did.
    public let verification: Check?
    /// Why small files do not reach the disk, so that the catalog keeps them; `nil` when they do.
    public let settlingFailure: String?
    /// The last change.
    public let serial: Int64

    /// One run of `wheelhouse verify`.
    public struct Check: Sendable {
        /// When it ended.
        public let time: UploadTime
        /// How many blobs it read.
        public let blobs: Int64
        /// How many faults it found.
        public let faults: Int64
    }
}

extension PackageIndex {
    /// How the instance is.
    public func health() async throws(IndexError) -> IndexHealth {
        try await onWorker { store throws(StorageError) in
            let health = try store.health()
            return IndexHealth(
                totals: IndexTotals(health.counts), catalogBytes: health.catalogBytes, freeBytes: health.freeBytes,
                totalBytes: health.totalBytes,
                verification: health.verification.map { .init(time: $0.time, blobs: $0.blobs, faults: $0.faults) },
                settlingFailure: health.settlingFailure.map { "\($0)" },
                serial: health.serial)
        }.get()
    }

    /// Words that a change can have as its action.
    public static var actions: [String] { JournalAction.allCases.map(\.rawValue) }

    /// Changes, the newest first, for administrators of an index.
    ///
    /// - Parameters:
    ///   - project: one of the index; `nil` for all of `journalIndex(at:for:)`.
    ///   - action: one of `actions`; `nil` for all.
    ///   - before: only changes with a smaller serial.
    public func changes(
        of index: String, project: ProjectName?, action: String?, before: Int64, limit: Int, for principal: Principal
    ) async throws(IndexError) -> [JournalRow] {
        let index = project == nil ? Self.journalIndex(at: index, for: principal) : index
        return try await onWorker { store throws(StorageError) in
            try store.journal(
                of: index, project: project?.normalized, action: action.flatMap(JournalAction.init), before: before,
                limit: limit
            ).map(JournalRow.init)
        }.get()
    }
}
