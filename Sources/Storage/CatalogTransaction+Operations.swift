public import Packaging

extension CatalogTransaction {
    /// A project with its files, held ones too, as they are before this change is committed; nil when there is none.
    public func managedProject(
        _ project: ProjectKey
    ) throws(StorageError) -> (project: ProjectRecord, files: [FileRecord])? {
        try connection.managedProject(project)
    }

    /// A project without its files; nil when there is none.
    public func record(of project: ProjectKey) throws(StorageError) -> ProjectRecord? {
        try connection.record(of: project)
    }

    /// The files of a project that are deleted and can be restored.
    public func deletedFiles(of project: ProjectKey) throws(StorageError) -> [FileRecord] {
        try connection.deletedFiles(of: project)
    }

    /// Deletes a file: nobody sees it any more, its name stays taken, its bytes are kept until they are collected.
    ///
    /// - Parameter file: one that is there.
    /// - Returns: the journal's serial of this change.
    public func deleteFile(_ file: FileRecord, reason: String?, by occasion: Occasion) throws(StorageError) -> Int64 {
        let serial = try append(.delete, file, reason: reason, by: occasion)
        try connection.run(
            "UPDATE files SET deleted = ?3, serial = ?4 WHERE index_name = ?1 AND filename = ?2",
            .text(file.index), .text(file.filename), .integer(occasion.time.microseconds), .integer(serial))
        try touch(projectOf: file, serial)
        return serial
    }

    /// Takes the deletion of a file back.
    ///
    /// - Parameter file: one of `deletedFiles(of:)`.
    /// - Returns: the journal's serial of this change.
    public func restoreFile(_ file: FileRecord, reason: String?, by occasion: Occasion) throws(StorageError) -> Int64 {
        let serial = try append(.restore, file, reason: reason, by: occasion)
        try connection.run(
            "UPDATE files SET deleted = NULL, serial = ?3 WHERE index_name = ?1 AND filename = ?2 AND collected IS NULL",
            .text(file.index), .text(file.filename), .integer(serial))
        try touch(projectOf: file, serial)
        return serial
    }

    /// Sets the state of a project (PEP 792).
    ///
    /// - Returns: the journal's serial of this change.
    public func setStatus(
        _ status: ProjectStatus, reason: String?, of project: ProjectRecord, by occasion: Occasion
    ) throws(StorageError) -> Int64 {
        var entry = JournalEntry(.setStatus, status.rawValue, by: occasion)
        entry.index = project.index
        entry.project = project.name.normalized
        if let reason { entry.details = #"{"reason":\#(jsonString(reason))}"# }
        let serial = try appendJournal(entry)
        try connection.run(
            "UPDATE projects SET status = ?3, status_reason = ?4 WHERE index_name = ?1 AND name = ?2",
            .text(project.index), .text(project.name.normalized), .text(status.rawValue), .optional(reason))
        try touch(project.index, project.name, serial)
        return serial
    }

    /// Gives up the bytes of files that were deleted before a moment; `Store.collectGarbage` removes them then.
    ///
    /// - Returns: how many files.
    public func giveUpFiles(deletedBefore limit: UploadTime, by occasion: Occasion) throws(StorageError) -> Int {
        let count = try connection.run(
            "UPDATE files SET collected = ?2 WHERE deleted < ?1 AND collected IS NULL",
            .integer(limit.microseconds), .integer(occasion.time.microseconds))
        guard count > 0 else { return 0 }
        var entry = JournalEntry(.collect, "deleted files", by: occasion)
        entry.details = #"{"count":\#(count),"deleted-before":"\#(limit)"}"#
        try appendJournal(entry)
        return count
    }

    /// Writes to the journal what was refused.
    public func note(_ refusals: RefusalRecord) throws(StorageError) {
        var entry = JournalEntry(refusals.action, refusals.kind, by: refusals.occasion)
        let account = refusals.account.map { #","account":\#(jsonString($0))"# } ?? ""
        entry.details = #"{"count":\#(refusals.count),"last":\#(jsonString(refusals.last))\#(account)}"#
        try appendJournal(entry)
    }

    /// Remembers what core metadata requires. Saying it again changes nothing.
    public func keepDependencies(_ dependencies: [Dependency], of coreMetadata: Digest) throws(StorageError) {
        let metadata = SQLValue.blob(coreMetadata.bytes)
        let isNew = try connection.run("INSERT OR IGNORE INTO read_metadata (core_metadata) VALUES (?1)", metadata) > 0
        guard isNew else { return }
        for dependency in dependencies {
            try connection.run(
                "INSERT OR IGNORE INTO dependencies (core_metadata, name, requirement) VALUES (?1, ?2, ?3)",
                metadata, .text(dependency.name), .text(dependency.requirement))
        }
    }

    private func append(
        _ action: JournalAction, _ file: FileRecord, reason: String?, by occasion: Occasion
    ) throws(StorageError) -> Int64 {
        var entry = JournalEntry(action, file.filename, by: occasion)
        entry.index = file.index
        entry.project = file.project.normalized
        let reason = reason.map { #","reason":\#(jsonString($0))"# } ?? ""
        entry.details = #"{"sha256":"\#(file.sha256.hex)"\#(reason)}"#
        return try appendJournal(entry)
    }
}
