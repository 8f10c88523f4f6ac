public import Packaging

extension Connection {
    /// The file with this name, also a deleted one.
    func fileOfAnyState(index: String, filename: String) throws(StorageError) -> FileRecord? {
        try first(
            Self.files + "WHERE files.index_name = ?1 AND filename = ?2", .text(index), .text(filename),
            read: fileRecord)
    }

    /// The files of a project that are deleted and whose bytes are kept, in the order of their publication.
    func deletedFiles(of project: ProjectKey) throws(StorageError) -> [FileRecord] {
        try rows(
            Self.files + """
                WHERE files.project_id = (SELECT id FROM projects WHERE index_name = ?1 AND name = ?2)
                    AND deleted IS NOT NULL AND collected IS NULL ORDER BY files.id
                """,
            .text(project.index), .text(project.name), read: fileRecord)
    }

    /// Projects in the order of their normalized names, but for quarantined ones.
    func projects(
        index: String, after name: String, limit: Int, showing seen: Set<String>
    ) throws(StorageError) -> [ProjectRecord] {
        try rows(
            Self.projects + """
                WHERE index_name = ?1 AND name > ?2 AND status <> 'quarantined' AND \(Self.isShown())
                ORDER BY name LIMIT ?4
                """,
            .text(index), .text(name), .names(seen), .integer(Int64(limit)), read: projectRecord)
    }

    /// The releases of other projects that require one, each requirement once.
    func dependents(on project: ProjectKey) throws(StorageError) -> [DependentRecord] {
        try rows(
            """
            SELECT DISTINCT projects.display_name, version, requirement
            FROM dependencies
                JOIN files ON files.core_metadata = dependencies.core_metadata
                JOIN projects ON projects.id = files.project_id
            WHERE dependencies.name = ?2 AND files.index_name = ?1 AND projects.name <> ?2
                AND deleted IS NULL AND yanked IS NULL AND status <> 'quarantined' AND \(Self.isOffered)
            """,
            .text(project.index), .text(project.name)
        ) { row throws(StorageError) in
            DependentRecord(
                project: try projectName(row.text(0)), version: try version(row.text(1)), requirement: row.text(2))
        }
    }

    /// Core metadata whose requirements nobody has read yet.
    func unreadMetadata(limit: Int) throws(StorageError) -> [Digest] {
        try rows(
            """
            SELECT DISTINCT core_metadata FROM files
            WHERE core_metadata IS NOT NULL AND collected IS NULL
                AND core_metadata NOT IN (SELECT core_metadata FROM read_metadata) LIMIT ?1
            """, .integer(Int64(limit))
        ) { row throws(StorageError) in Digest(.sha256, bytes: row.blob(0)) }
    }
}

extension Store {
    /// The file with this name, also a deleted one; nil when the index never had one.
    public func fileOfAnyState(index: String, filename: String) throws(StorageError) -> FileRecord? {
        try readers.read { catalog throws(StorageError) in
            try catalog.fileOfAnyState(index: index, filename: filename)
        }
    }

    /// The files of a project that are deleted and can be restored, in the order of their publication.
    public func deletedFiles(of project: ProjectKey) throws(StorageError) -> [FileRecord] {
        try readers.read { catalog throws(StorageError) in try catalog.deletedFiles(of: project) }
    }

    /// Projects after a normalized name, in the order of these names, at most so many; without quarantined ones.
    ///
    /// - Parameter seen: the normalized names of the private projects that may be shown.
    public func projects(
        index: String, after name: String, limit: Int, showing seen: Set<String> = []
    ) throws(StorageError) -> [ProjectRecord] {
        try readers.read { catalog throws(StorageError) in
            try catalog.projects(index: index, after: name, limit: limit, showing: seen)
        }
    }

    /// The releases of other projects that require one, each requirement once; without those that are yanked, deleted,
    /// held or quarantined themselves.
    public func dependents(on project: ProjectKey) throws(StorageError) -> [DependentRecord] {
        try readers.read { catalog throws(StorageError) in try catalog.dependents(on: project) }
    }

    /// Core metadata whose requirements `CatalogTransaction.keepDependencies` has not been told yet.
    public func unreadMetadata(limit: Int) throws(StorageError) -> [Digest] {
        try readers.read { catalog throws(StorageError) in try catalog.unreadMetadata(limit: limit) }
    }

    /// The rows of the journal that are asked for, in order.
    public func journal(_ query: JournalQuery) throws(StorageError) -> [JournalEntry] {
        try readers.read { catalog throws(StorageError) in try catalog.journal(query) }
    }

    /// The last hash of the journal's chain; nil while the journal is empty.
    public var journalHead: JournalHead? {
        get throws(StorageError) {
            try readers.read { catalog throws(StorageError) in try catalog.journalHead() }
        }
    }
}
