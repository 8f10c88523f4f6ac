public import Packaging

/// What copying a data folder came to.
public struct BackupReport: Hashable, Sendable {
    /// A blob that is not in the copy, and what needs it, in words.
    public struct Loss: Hashable, Sendable {
        /// Its SHA-256.
        public let sha256: Digest
        /// Such as `demo-1.0.tar.gz`, `the metadata of demo-1.0.tar.gz`.
        public let uses: [String]
    }

    /// How many blobs were copied.
    public internal(set) var copied = 0
    /// Their lengths together, in bytes.
    public internal(set) var bytes: Int64 = 0
    /// How many were there already.
    public internal(set) var kept = 0
    /// Blobs that were not copied: their bytes do not have the digest that names them, or cannot be read.
    public internal(set) var damaged: [Loss] = []
    /// Blobs that the catalog names and that do not exist.
    public internal(set) var missing: [Loss] = []
    /// Why the counts of downloads were not copied; nil when they were, or when there are none.
    public internal(set) var usageProblem: String?
    /// The last hash of the journal's chain in the copy; nil when the journal is empty.
    public internal(set) var journalHead: JournalHead?

    /// Whether everything that the catalog names is in the copy.
    public var isWhole: Bool { damaged.isEmpty && missing.isEmpty }
}

extension Store {
    /// Copies a data folder, as it is at one moment, into another folder, which is a data folder then. What an earlier
    /// backup copied there stays and is not read again. Works while a server runs, and changes nothing in the data folder,
    /// which may be one that cannot be written.
    ///
    /// - Parameter progress: called after each blob with the report so far.
    /// - Throws: `StorageError.unsuitableCopy` for a folder that is in use or holds anything but an earlier state of this one;
    ///   `corrupt` for a damaged catalog or a changed journal, which take no good one's place; `beingCopied` when the data
    ///   folder itself is; `noStore`, `newerSchema`, `unsuitableFileSystem`, `busy`, `io`, `full`, `sqlite`.
    public static func backUp(
        _ directory: String, to backup: String, progress: (BackupReport) -> Void = { _ in }
    ) throws(StorageError) -> BackupReport {
        try FolderCopy(from: directory, to: backup, isRestore: false).run(progress)
    }

    /// Makes a data folder from a backup, which may lie on a medium that cannot be written. Blobs that are in the folder
    /// already are read, and copied again when they are damaged.
    ///
    /// - Parameters:
    ///   - directory: a folder without a catalog; it is made when it is missing.
    ///   - progress: called after each blob with the report so far.
    /// - Throws: `StorageError.noStore` when the backup is none; `unsuitableCopy` when the folder has a catalog; the others
    ///   of ``backUp(_:to:progress:)``.
    public static func restore(
        _ backup: String, to directory: String, progress: (BackupReport) -> Void = { _ in }
    ) throws(StorageError) -> BackupReport {
        try FolderCopy(from: backup, to: directory, isRestore: true).run(progress)
    }
}
