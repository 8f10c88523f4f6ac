public import Packaging

/// Reading the catalog. Each call blocks for some microseconds (and for the disk, when the page is not in memory): call
/// it from a worker thread. Any number of threads may read at once, also while somebody writes.
extension Store {
    /// A project and its files but for those that are held, as of one moment; nil when the index has no such project, or
    /// all of its files were always held.
    ///
    /// - Parameters:
    ///   - index: the named index, such as `main`.
    ///   - name: the normalized name (PEP 503).
    /// - Returns: the files in the order of their publication.
    public func project(
        index: String, name: String
    ) throws(StorageError) -> (project: ProjectRecord, files: [FileRecord])? {
        try readers.readSnapshot { catalog throws(StorageError) in try catalog.project(index: index, name: name) }
    }

    /// The same for somebody who sees some private projects; nil for another one, from the moment of its making.
    ///
    /// - Parameter seen: the normalized names of the private projects that may be shown.
    public func project(
        index: String, name: String, showing seen: Set<String>
    ) throws(StorageError) -> (project: ProjectRecord, files: [FileRecord])? {
        guard let found = try project(index: index, name: name), !found.project.isPrivate || seen.contains(name) else {
            return nil
        }
        return found
    }

    /// A project with all of its files, held ones too, as of one moment; nil when the index has no such project.
    public func managedProject(
        _ project: ProjectKey
    ) throws(StorageError) -> (project: ProjectRecord, files: [FileRecord])? {
        try readers.readSnapshot { catalog throws(StorageError) in try catalog.managedProject(project) }
    }

    /// The indexes that have projects or that somebody has rights to, in the order of their names.
    public func usedIndexes() throws(StorageError) -> [String] {
        try readers.read { catalog throws(StorageError) in
            try catalog.rows(
                """
                SELECT index_name FROM projects UNION SELECT index_name FROM grants WHERE index_name <> ''
                ORDER BY index_name
                """
            ) { row throws(StorageError) in row.text(0) }
        }
    }

    /// All projects of an index that may be shown, in the order of their normalized names.
    ///
    /// - Parameter seen: the normalized names of the private projects that may be.
    public func projects(index: String, showing seen: Set<String> = []) throws(StorageError) -> [ProjectRecord] {
        try readers.read { catalog throws(StorageError) in try catalog.projects(index: index, showing: seen) }
    }

    /// The projects that were created last and may be shown, the newest first.
    ///
    /// - Parameter seen: the normalized names of the private projects that may be.
    public func newProjects(
        index: String, limit: Int, showing seen: Set<String> = []
    ) throws(StorageError) -> [ProjectRecord] {
        var query = ProjectListQuery(index: index, limit: limit)
        query.order = .newest
        query.seen = seen
        return try listing(query).projects.map(\.project)
    }

    /// The file with this digest and this name; nil when the two do not belong together in this index.
    public func file(
        index: String = "main", sha256: Digest, filename: String
    ) throws(StorageError) -> FileRecord? {
        try readers.read { catalog throws(StorageError) in
            try catalog.file(index: index, sha256: sha256, filename: filename)
        }
    }

    /// The file with this name, also when it is held; nil when the index has none.
    public func file(index: String, filename: String) throws(StorageError) -> FileRecord? {
        try readers.read { catalog throws(StorageError) in try catalog.file(index: index, filename: filename) }
    }

    /// The files that were uploaded last and may be shown, the newest first.
    ///
    /// - Parameter seen: the normalized names of the private projects whose files may be.
    public func recentFiles(
        index: String, limit: Int, showing seen: Set<String> = []
    ) throws(StorageError) -> [FileRecord] {
        try readers.read { catalog throws(StorageError) in
            try catalog.recentFiles(index: index, limit: limit, showing: seen)
        }
    }

    /// The token with this SHA-256 of its secret, also when it is revoked or has expired; nil when there is none.
    public func token(secretDigest: Digest) throws(StorageError) -> TokenRecord? {
        try readers.read { catalog throws(StorageError) in try catalog.token(secretDigest: secretDigest) }
    }

    /// All tokens, also revoked and expired ones, in the order of their making.
    public func tokens() throws(StorageError) -> [TokenRecord] {
        try readers.read { catalog throws(StorageError) in try catalog.tokens() }
    }

    /// All that decides who may do what, as of one moment.
    public func access() throws(StorageError) -> AccessRecords {
        try readers.readSnapshot { catalog throws(StorageError) in try catalog.access() }
    }

    /// The rows of the journal after a serial, in order; 0 for the beginning.
    public func journal(after serial: Int64, limit: Int) throws(StorageError) -> [JournalEntry] {
        try readers.read { catalog throws(StorageError) in try catalog.journal(after: serial, limit: limit) }
    }

    /// The serial of the last change; 0 when there was none.
    public var lastSerial: Int64 {
        get throws(StorageError) {
            try readers.read { catalog throws(StorageError) in try catalog.lastSerial() }
        }
    }

    /// How much there is, in all indexes.
    public var counts: CatalogCounts {
        get throws(StorageError) {
            try readers.read { catalog throws(StorageError) in
                let sums = "SELECT sum(projects), sum(files), sum(bytes) FROM totals"
                let counts = try catalog.first(sums) { row throws(StorageError) in
                    CatalogCounts(projects: row.integer(0), files: row.integer(1), bytes: row.integer(2))
                }
                return counts ?? CatalogCounts(projects: 0, files: 0, bytes: 0)
            }
        }
    }
}
