public import Packaging

/// What became of a file that was to be published.
public enum PublishOutcome: Hashable, Sendable {
    /// It is in the catalog now; the journal's serial of this change.
    case published(serial: Int64)
    /// The same name with the same bytes was there already; nothing changed.
    case identicalExists
    /// This file is in its place: the same name with other bytes, or another spelling of the same name.
    case conflict(FileRecord)
    /// This file had the name, or another spelling of it, and was deleted.
    case wasDeleted(FileRecord)
}

/// The blobs that one change wants to be named. It belongs to the writing thread.
final class KeptBlobs {
    var blobs: [StagedBlob] = []
}

/// The catalog inside a write transaction: what may be changed. Each change writes its row of the journal itself.
///
/// It exists only while the closure given to `Store.write` runs, on the store's writing thread.
public struct CatalogTransaction: ~Copyable {
    let connection: Connection
    let kept = KeptBlobs()

    /// Has a blob named before this change is committed; without this its bytes are dropped.
    public func keep(_ blob: StagedBlob) {
        kept.blobs.append(blob)
    }

    /// Adds a row to the journal.
    ///
    /// - Parameter entry: its `serial` is not looked at; its `details` must be JSON.
    /// - Returns: the serial of the new row.
    @discardableResult
    public func appendJournal(_ entry: JournalEntry) throws(StorageError) -> Int64 {
        let isJSON = try connection.number("SELECT json_valid(?1)", .text(entry.details)) == 1
        precondition(isJSON, "the details of a journal entry are not JSON")
        try connection.run(
            """
            INSERT INTO journal (time, actor, action, index_name, project, subject, details, token, address, user_agent)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
            """,
            .integer(entry.occasion.time.microseconds), .text(entry.occasion.actor), .text(entry.action.rawValue),
            .optional(entry.index), .optional(entry.project), .text(entry.subject), .text(entry.details),
            .optional(entry.occasion.token), .optional(entry.occasion.client.address),
            .optional(entry.occasion.client.userAgent))
        let serial = connection.lastRow
        try connection.chainJournal(serial)
        return serial
    }

    /// The projects whose names people may take for this one (`ProjectName.confusable(joined:)`), itself included.
    public func projects(like name: ProjectName, index: String) throws(StorageError) -> [ProjectRecord] {
        try connection.projects(like: name, index: index)
    }

    /// Publishes a file, and keeps its blobs if it is new.
    ///
    /// - Parameters:
    ///   - file: its `serial` is not looked at.
    ///   - blobs: its bytes, and those of its core metadata where it has some.
    ///   - summary: of its core metadata; becomes the project's summary when no later release is there.
    ///   - text: by what the project is found from then on, under the same condition.
    ///   - occasion: of the upload, for the journal; nil when nothing is known but what `file` says.
    ///   - founding: the account that becomes the manager of a project that is new; nil when it is not new.
    public func publishFile(
        _ file: FileRecord, bytes blobs: [StagedBlob], summary: String?, text: SearchableText = SearchableText(),
        founding: Founding? = nil, by occasion: Occasion? = nil
    ) throws(StorageError) -> PublishOutcome {
        if let existing = try connection.file(like: file) {
            guard existing.deleted == nil else { return .wasDeleted(existing) }
            let isIdentical = existing.filename == file.filename && existing.sha256 == file.sha256
            guard isIdentical else { return .conflict(existing) }
            // Where the blob has been lost, this repairs it; where it is there, its name is left alone.
            for blob in blobs where blob.sha256 == existing.sha256 || blob.sha256 == existing.coreMetadata {
                keep(blob)
            }
            return .identicalExists
        }
        let uploaded = occasion ?? Occasion(actor: file.uploader, time: file.uploadTime)
        var entry = JournalEntry(.publish, file.filename, by: uploaded)
        entry.index = file.index
        entry.project = file.project.normalized
        let manager = founding.map { #","manager":\#(jsonString($0.manager))"# } ?? ""
        entry.details = #"{"sha256":"\#(file.sha256.hex)","size":\#(file.size)\#(manager)}"#
        let serial = try appendJournal(entry)
        if try !hasProject(file.project, index: file.index) { try settlePublishers(of: file) }
        try insert(file, project: try ensureProject(of: file, serial: serial), serial: serial)
        if file.holdReason == nil { try offer(file, summary: summary, text, at: file.uploadTime) }
        if let founding { try found(file.project, index: file.index, founding) }
        for blob in blobs { keep(blob) }
        return .published(serial: serial)
    }

    /// Yanks a file (PEP 592), changes the reason, or takes it back.
    ///
    /// - Parameter yank: nil to take it back.
    /// - Returns: the journal's serial of this change; nil, and nothing changes, when the index has no such file.
    public func setYank(
        _ yank: Yank?, index: String, filename: String, by occasion: Occasion
    ) throws(StorageError) -> Int64? {
        guard let file = try connection.file(index: index, filename: filename) else { return nil }
        var entry = JournalEntry(yank == nil ? .unyank : .yank, filename, by: occasion)
        entry.index = index
        entry.project = file.project.normalized
        if let yank { entry.details = #"{"reason":\#(jsonString(yank.reason))}"# }
        let serial = try appendJournal(entry)
        try connection.run(
            "UPDATE files SET yanked = ?3, serial = ?4 WHERE index_name = ?1 AND filename = ?2",
            .text(index), .text(filename), .optional(yank?.reason), .integer(serial))
        try touch(projectOf: file, serial)
        return serial
    }

    /// Moves the serial of a file's project. A held file moves nothing: lists and pages carry it, and would tell of the
    /// file.
    func touch(projectOf file: FileRecord, _ serial: Int64) throws(StorageError) {
        guard file.holdReason == nil else { return }
        try touch(file.index, file.project, serial)
    }

    /// Moves the serial of a project, whatever is held.
    func touch(_ index: String, _ project: ProjectName, _ serial: Int64) throws(StorageError) {
        try connection.run(
            "UPDATE projects SET serial = ?3 WHERE index_name = ?1 AND name = ?2",
            .text(index), .text(project.normalized), .integer(serial))
    }

    /// The row of a file's project. A new one is held until a file of it is offered.
    private func ensureProject(of file: FileRecord, serial: Int64) throws(StorageError) -> Int64 {
        try connection.run(
            """
            INSERT INTO projects (index_name, name, display_name, created, serial, held) VALUES (?1, ?2, ?3, ?4, ?5, 1)
            ON CONFLICT (index_name, name) DO NOTHING
            """,
            .text(file.index), .text(file.project.normalized), .text(file.project.text),
            .integer(file.uploadTime.microseconds), .integer(serial))
        try touch(projectOf: file, serial)
        return try row(of: file.project, index: file.index)
    }

    private func row(of project: ProjectName, index: String) throws(StorageError) -> Int64 {
        try connection.number(
            "SELECT id FROM projects WHERE index_name = ?1 AND name = ?2", .text(index), .text(project.normalized))
    }

    /// Makes true what a project is shown and found by, now that installers may have a file of it.
    ///
    /// - Parameter time: since when they may.
    func offer(
        _ file: FileRecord, summary: String?, _ text: SearchableText, at time: UploadTime
    ) throws(StorageError) {
        let project = try row(of: file.project, index: file.index)
        try connection.run(
            "UPDATE projects SET held = 0, created = ?2 WHERE id = ?1 AND held = 1", .integer(project),
            .integer(time.microseconds))
        let versions = try connection.versions(index: file.index, project: file.project.normalized)
        guard versions.allSatisfy({ !isLater($0, than: file.version) }) else { return }
        try connection.run(
            "UPDATE projects SET display_name = ?2, summary = ?3 WHERE id = ?1", .integer(project),
            .text(file.project.text), .optional(summary))
        try makeFindable(project, file.project, summary: summary, text)
    }

    private func insert(_ file: FileRecord, project: Int64, serial: Int64) throws(StorageError) {
        try connection.run(
            """
            INSERT INTO files (project_id, index_name, filename, identity, version, kind, sha256, blake2b256, size,
                upload_time, requires_python, yanked, core_metadata, serves_metadata, uploader, serial)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
            """,
            .integer(project), .text(file.index), .text(file.filename), .text(file.identity),
            .text(file.version.description), .text(file.kind.rawValue), .blob(file.sha256.bytes),
            .blob(file.blake2b256.bytes), .integer(file.size), .integer(file.uploadTime.microseconds),
            .optional(file.requiresPython), .optional(file.yank?.reason), .optional(file.coreMetadata?.bytes),
            .integer(file.servesMetadata ? 1 : 0), .text(file.uploader), .integer(serial))
        guard let reason = file.holdReason else { return }
        try connection.run(
            "INSERT INTO held_files (file_id, reason, serial) VALUES (?1, ?2, ?3)", .integer(connection.lastRow),
            .text(reason), .integer(serial))
    }
}

/// Whether people would rather want `left`: a final release before a pre-release, then by PEP 440.
private func isLater(_ left: Version, than right: Version) -> Bool {
    left.isPrerelease == right.isPrerelease ? right < left : right.isPrerelease
}

/// A text as a JSON string, RFC 8259 §7.
func jsonString(_ text: String) -> String {
    var json = "\""
    for character in text.unicodeScalars {
        switch character {
        case "\"": json += "\\\""
        case "\\": json += "\\\\"
        case "\u{0}"..."\u{1f}":
            let hex = String(character.value, radix: 16)
            json += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
        default: json.unicodeScalars.append(character)
        }
    }
    return json + "\""
}
