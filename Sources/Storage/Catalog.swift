import Packaging

// The questions that the catalog answers, in SQL. `Store` asks them on a reading connection, `CatalogTransaction` on
// the writing one.

extension Connection {
    /// The columns of a file in the order that `fileRecord` reads them.
    static let files = """
        SELECT files.index_name, projects.display_name, filename, version, kind, sha256, blake2b256, size, upload_time,
            uploader, requires_python, yanked, core_metadata, serves_metadata, files.serial, deleted,
            (SELECT reason FROM held_files WHERE file_id = files.id), private
        FROM files JOIN projects ON projects.id = files.project_id

        """

    static let projects = """
        SELECT index_name, display_name, summary, created, serial, status, status_reason, held, private FROM projects

        """

    /// The file with this name.
    func file(index: String, filename: String) throws(StorageError) -> FileRecord? {
        try first(
            Self.files + "WHERE files.index_name = ?1 AND filename = ?2 AND deleted IS NULL",
            .text(index), .text(filename), read: fileRecord)
    }

    /// The file with this name or, if there is none, with another spelling of it; a deleted one too.
    func file(like file: FileRecord) throws(StorageError) -> FileRecord? {
        if let same = try fileOfAnyState(index: file.index, filename: file.filename) { return same }
        return try first(
            Self.files + "WHERE files.index_name = ?1 AND identity = ?2", .text(file.index), .text(file.identity),
            read: fileRecord)
    }

    /// The file with this digest and this name, unless it is held or its project offers none (PEP 792).
    func file(index: String, sha256: Digest, filename: String) throws(StorageError) -> FileRecord? {
        try first(
            Self.files + """
                WHERE files.index_name = ?1 AND filename = ?2 AND sha256 = ?3 AND deleted IS NULL
                    AND status <> 'quarantined' AND \(Self.isOffered)
                """,
            .text(index), .text(filename), .blob(sha256.bytes), read: fileRecord)
    }

    /// The files uploaded last, the newest first.
    func recentFiles(index: String, limit: Int, showing seen: Set<String>) throws(StorageError) -> [FileRecord] {
        try rows(
            Self.files + """
                WHERE files.index_name = ?1 AND deleted IS NULL AND status <> 'quarantined' AND \(Self.isOffered)
                    AND \(Self.isShown())
                ORDER BY upload_time DESC, files.id DESC LIMIT ?2
                """,
            .text(index), .integer(Int64(limit)), .names(seen), read: fileRecord)
    }

    /// A project without its files.
    func record(of project: ProjectKey) throws(StorageError) -> ProjectRecord? {
        try first(
            Self.projects + "WHERE index_name = ?1 AND name = ?2", .text(project.index), .text(project.name),
            read: projectRecord)
    }

    /// A project that is not held, and its files in the order of their publication, without those that are.
    func project(index: String, name: String) throws(StorageError) -> (ProjectRecord, [FileRecord])? {
        let key = ProjectKey(index: index, name: name)
        guard let project = try record(of: key), !project.isHeld else { return nil }
        return (project, try files(of: key, "AND \(Self.isOffered)"))
    }

    /// A project as its managers know it: with the files that are held.
    func managedProject(_ key: ProjectKey) throws(StorageError) -> (ProjectRecord, [FileRecord])? {
        guard let project = try record(of: key) else { return nil }
        return (project, try files(of: key))
    }

    private func files(of project: ProjectKey, _ condition: String = "") throws(StorageError) -> [FileRecord] {
        try rows(
            Self.files + """
                WHERE project_id = (SELECT id FROM projects WHERE index_name = ?1 AND name = ?2) AND deleted IS NULL
                    \(condition)
                ORDER BY files.id
                """,
            .text(project.index), .text(project.name), read: fileRecord)
    }

    /// All projects of an index that may be shown, in the order of their normalized names, but for quarantined ones.
    func projects(index: String, showing seen: Set<String>) throws(StorageError) -> [ProjectRecord] {
        try rows(
            Self.projects + "WHERE index_name = ?1 AND status <> 'quarantined' AND \(Self.isShown()) ORDER BY name",
            .text(index), .null, .names(seen), read: projectRecord)
    }

    /// What `Schema` has an index of: `ProjectName.confusable(joined:)` of a project's name.
    static let confusableName = "replace(replace(replace(replace(name, '-', ''), 'l', '1'), 'i', '1'), 'o', '0')"

    /// The projects whose names people may take for this one, itself included.
    func projects(like name: ProjectName, index: String) throws(StorageError) -> [ProjectRecord] {
        try rows(
            Self.projects + """
                INDEXED BY projects_by_confusable_name
                WHERE index_name = ?1 AND \(Self.confusableName) = ?2 ORDER BY name
                """,
            .text(index), .text(name.confusable(joined: true)), read: projectRecord)
    }

    /// The versions of a project that have files which are not held, in no order.
    func versions(index: String, project: String) throws(StorageError) -> [Version] {
        try rows(
            """
            SELECT DISTINCT version FROM files
            WHERE project_id = (SELECT id FROM projects WHERE index_name = ?1 AND name = ?2) AND deleted IS NULL
                AND \(Self.isOffered)
            """, .text(index), .text(project)
        ) { row throws(StorageError) in try version(row.text(0)) }
    }

    /// The rows of the journal after a serial, in order.
    func journal(after serial: Int64, limit: Int) throws(StorageError) -> [JournalEntry] {
        try rows(
            "SELECT \(JournalChain.columns) FROM journal WHERE serial > ?1 ORDER BY serial LIMIT ?2",
            .integer(serial), .integer(Int64(limit)), read: journalEntry)
    }

    /// The condition for rows of an index, and of one of its projects; nothing for all rows. A statement of its own for each
    /// question, so that SQLite can take the index of projects.
    ///
    /// - Parameter number: of the parameter for the index; that for the project is the next one.
    func place(_ index: String?, _ project: String?, from number: Int) -> String {
        precondition(project == nil || index != nil, "a project is one of an index")
        guard index != nil else { return "" }
        return "index_name = ?\(number) AND " + (project == nil ? "" : "project = ?\(number + 1) AND ")
    }

    /// The rows of the journal that are asked for, in order.
    func journal(_ query: JournalQuery) throws(StorageError) -> [JournalEntry] {
        try rows(
            """
            SELECT \(JournalChain.columns) FROM journal
            WHERE \(place(query.index, query.project, from: 3))serial > ?1 AND time >= ?2 ORDER BY serial LIMIT ?5
            """, .integer(query.after), .integer(query.since?.microseconds ?? .min), .optional(query.index),
            .optional(query.project), .integer(Int64(query.limit)), read: journalEntry)
    }

    /// The serial of the last row of the journal; 0 when it is empty.
    func lastSerial() throws(StorageError) -> Int64 {
        try number("SELECT max(serial) FROM journal")
    }

    /// Every blob that the catalog names. A table that gets a column of digests must be added here and below.
    func referencedBlobs() throws(StorageError) -> [Digest] {
        try rows(
            """
            SELECT sha256 FROM files WHERE collected IS NULL
            UNION SELECT core_metadata FROM files WHERE core_metadata IS NOT NULL AND collected IS NULL
            UNION SELECT sha256 FROM signatures
            """
        ) { row throws(StorageError) in
            Digest(.sha256, bytes: row.blob(0))
        }
    }

    /// Whether the catalog names this blob.
    func refersTo(_ sha256: Digest) throws(StorageError) -> Bool {
        try number(
            """
            SELECT EXISTS (SELECT 1 FROM files WHERE sha256 = ?1 AND collected IS NULL)
                OR EXISTS (SELECT 1 FROM files WHERE core_metadata = ?1 AND collected IS NULL)
                OR EXISTS (SELECT 1 FROM signatures WHERE sha256 = ?1)
            """,
            .blob(sha256.bytes)) != 0
    }
}

func fileRecord(_ row: Statement) throws(StorageError) -> FileRecord {
    guard let kind = ArchiveKind(rawValue: row.text(4)) else { throw .corrupt("a file of the kind \(row.text(4))") }
    var file = FileRecord(
        index: row.text(0), project: try projectName(row.text(1)),
        name: FileRecord.Name(filename: row.text(2), version: try version(row.text(3)), kind: kind),
        content: FileRecord.Content(
            sha256: Digest(.sha256, bytes: row.blob(5)), blake2b256: Digest(.blake2b256, bytes: row.blob(6)),
            size: row.integer(7)),
        uploaded: Occasion(actor: row.text(9), time: UploadTime(microseconds: row.integer(8))))
    file.requiresPython = row.optionalText(10)
    file.yank = row.optionalText(11).map { Yank(reason: $0) }
    file.coreMetadata = row.optionalBlob(12).map { Digest(.sha256, bytes: $0) }
    file.servesMetadata = row.integer(13) == 1
    file.serial = row.integer(14)
    file.deleted = row.optionalInteger(15).map { UploadTime(microseconds: $0) }
    file.holdReason = row.optionalText(16)
    file.isPrivate = row.integer(17) == 1
    return file
}

/// The project in a row whose first columns are those of `Connection.projects`.
func projectRecord(_ row: Statement) throws(StorageError) -> ProjectRecord {
    guard let status = ProjectStatus(rawValue: row.text(5)) else {
        throw .corrupt("a project of the state \(row.text(5))")
    }
    return ProjectRecord(
        index: row.text(0), name: try projectName(row.text(1)), summary: row.optionalText(2),
        created: UploadTime(microseconds: row.integer(3)), serial: row.integer(4), status: status,
        statusReason: row.optionalText(6), isHeld: row.integer(7) == 1,
        isPrivate: row.integer(8) == 1)
}

/// The entry in a row with all columns of the journal.
func journalEntry(_ row: Statement) throws(StorageError) -> JournalEntry {
    guard let action = JournalAction(rawValue: row.text(3)) else {
        throw .corrupt("the journal's row \(row.integer(0)) has the action \(row.text(3))")
    }
    let occasion = Occasion(
        actor: row.text(2), time: UploadTime(microseconds: row.integer(1)), token: row.optionalText(8),
        client: Client(address: row.optionalText(9), userAgent: row.optionalText(10)))
    var entry = JournalEntry(action, row.text(6), by: occasion)
    entry.serial = row.integer(0)
    entry.index = row.optionalText(4)
    entry.project = row.optionalText(5)
    entry.details = row.text(7)
    return entry
}

func projectName(_ text: String) throws(StorageError) -> ProjectName {
    do {
        return try ProjectName(text)
    } catch {
        throw .corrupt("the catalog has a project named \(text)")
    }
}

func version(_ text: String) throws(StorageError) -> Version {
    do {
        return try Version(text)
    } catch {
        throw .corrupt("the catalog has a version \(text)")
    }
}
