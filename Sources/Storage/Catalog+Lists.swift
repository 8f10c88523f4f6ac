import Packaging

// Lists for people: a page of projects, a page of the journal.

extension Connection {
    /// One page of an index's projects.
    ///
    /// The public ones are read in an index's order, from the place where the page begins. Of the private ones, all
    /// that are shown are looked at: they are few.
    func listing(_ query: ProjectListQuery) throws(StorageError) -> ProjectList {
        var total = try count(publicOf: query)
        var found = try listed(query, arePrivate: false)
        if !query.seen.isEmpty {
            total += try count(privateOf: query)
            found += try listed(query, arePrivate: true)
            found.sort { query.precedes($0.project, $1.project) }
        }
        let hasMore = found.count > query.limit
        var projects = Array(found.prefix(query.limit))
        if query.isBackward { projects.reverse() }
        return ProjectList(
            projects: projects, total: Int(total), hasEarlier: query.isBackward ? hasMore : query.place != .start,
            hasLater: query.isBackward || hasMore)
    }

    /// One more than the page has, from where it begins, in the direction of the query.
    private func listed(_ query: ProjectListQuery, arePrivate: Bool) throws(StorageError) -> [ListedProject] {
        try rows(
            Self.listed + query.clauses(arePrivate: arePrivate), .text(query.index), .text(query.names.lower),
            .text(query.names.upper), .optional(query.position?.number), .optional(query.position?.name),
            .names(query.seen), .integer(Int64(query.limit + 1)), read: inList)
    }

    private func count(publicOf query: ProjectListQuery) throws(StorageError) -> Int64 {
        switch query.start.unicodeScalars.count {
        case 0:
            try number("SELECT sum(projects) FROM listed WHERE index_name = ?1", .text(query.index))
        case 1:
            try number(
                "SELECT projects FROM listed WHERE index_name = ?1 AND letter = ?2", .text(query.index),
                .text(query.start))
        default:
            try number(
                """
                SELECT count(*) FROM projects INDEXED BY public_by_name
                WHERE index_name = ?1 AND name >= ?2 AND name < ?3 AND \(Schema.shown)
                """, .text(query.index), .text(query.start), .text(query.end))
        }
    }

    private func count(privateOf query: ProjectListQuery) throws(StorageError) -> Int64 {
        try number(
            """
            SELECT count(*) FROM projects
            WHERE index_name = ?1 AND name >= ?2 AND name < ?3 AND private = 1 AND held = 0
                AND status <> 'quarantined' AND name IN (SELECT value FROM json_each(?4))
            """, .text(query.index), .text(query.start), .text(query.end), .names(query.seen))
    }

    /// The project in a row of the table.
    func listedProject(id: Int64) throws(StorageError) -> ListedProject? {
        try first(Self.listed + "WHERE id = ?1", .integer(id), read: inList)
    }

    private static let listed = """
        SELECT index_name, display_name, summary, created, serial, status, status_reason, held, private,
            (SELECT time FROM journal WHERE journal.serial = projects.serial)
        FROM projects

        """

    /// The last change of a project that may be shown; 0 when there is none. Changes of others, of accounts and tokens do
    /// not move it: lists carry it, and would tell of them. It goes back when the project that changed last becomes
    /// private.
    func lastSerial(index: String, showing seen: Set<String>) throws(StorageError) -> Int64 {
        // Each part reads one row of an index, or one for each private project that is shown.
        try number(
            """
            SELECT max(
                coalesce((SELECT max(serial) FROM projects INDEXED BY public_changes
                    WHERE index_name = ?1 AND private = 0 AND held = 0), 0),
                coalesce((SELECT max(serial) FROM projects
                    WHERE index_name = ?1 AND held = 0 AND name IN (SELECT value FROM json_each(?2))), 0))
            """, .text(index), .names(seen))
    }

    /// How much one index holds that may be shown: what is hidden is taken off, as there is little of it.
    func totals(index: String, showing seen: Set<String>) throws(StorageError) -> CatalogCounts {
        func counts(_ row: Statement) throws(StorageError) -> CatalogCounts {
            CatalogCounts(projects: row.integer(0), files: row.integer(1), bytes: row.integer(2))
        }
        let none = CatalogCounts(projects: 0, files: 0, bytes: 0)
        let all = try first(
            "SELECT projects, files, bytes FROM totals WHERE index_name = ?1", .text(index), read: counts)
        let hidden = try first(
            """
            WITH hidden AS (
                SELECT id FROM projects WHERE private = 1 AND index_name = ?1 AND NOT \(Self.isShown(2))
                UNION SELECT id FROM projects WHERE held = 1 AND index_name = ?1),
            less AS (
                SELECT files.id, size FROM hidden CROSS JOIN files ON project_id = hidden.id WHERE deleted IS NULL
                UNION SELECT id, size FROM held_files CROSS JOIN files ON id = file_id
                    WHERE index_name = ?1 AND deleted IS NULL)
            SELECT (SELECT count(*) FROM hidden), count(*), coalesce(sum(size), 0) FROM less
            """, .text(index), .names(seen), read: counts)
        let (total, less) = (all ?? none, hidden ?? none)
        return CatalogCounts(
            projects: total.projects - less.projects, files: total.files - less.files, bytes: total.bytes - less.bytes)
    }

    /// Rows of the journal, the newest first.
    ///
    /// - Parameters:
    ///   - index: `nil` for all.
    ///   - project: a normalized name; `nil` for all. With an index only.
    ///   - action: `nil` for all.
    ///   - before: only rows with a smaller serial.
    func journal(
        of index: String?, project: String?, action: JournalAction?, before: Int64, limit: Int
    ) throws(StorageError) -> [JournalEntry] {
        let conditions = place(index, project, from: 2) + (action == nil ? "" : "action = ?4 AND ")
        return try rows(
            "SELECT \(JournalChain.columns) FROM journal WHERE \(conditions)serial < ?1 ORDER BY serial DESC LIMIT ?5",
            .integer(before), .optional(index), .optional(project), .optional(action?.rawValue),
            .integer(Int64(limit)), read: journalEntry)
    }
}

private func inList(_ row: Statement) throws(StorageError) -> ListedProject {
    ListedProject(project: try projectRecord(row), updated: UploadTime(microseconds: row.integer(9)))
}
