import Packaging

// Lists for people: a page of projects, a page of the journal.

extension Connection {
    /// One page of an index's projects.
    ///
    /// - Parameters:
    ///   - start: what the normalized names begin with; empty for all.
    ///   - seen: the normalized names of the private projects that are shown.
    func listing(
        index: String, beginning start: String, order: ProjectOrder, page: Range<Int>, showing seen: Set<String>
    ) throws(StorageError) -> ProjectListing {
        let condition = """
            index_name = ?1 AND name >= ?2 AND name < ?3 AND status <> 'quarantined'
            AND \(Self.isShown(4))
            """
        let total = try number(
            "SELECT count(*) FROM projects WHERE \(condition)", .text(index), .text(start), .text(start + "\u{7F}"),
            .names(seen))
        let sorting =
            switch order {
            case .name: "name"
            case .newest: "created DESC, id DESC"
            case .updated: "serial DESC"
            }
        // The rows before the page are skipped in the index alone.
        let projects = try rows(
            Self.listed + """
                WHERE id IN (SELECT id FROM projects WHERE \(condition) ORDER BY \(sorting) LIMIT ?5 OFFSET ?6)
                ORDER BY \(sorting)
                """, .text(index), .text(start), .text(start + "\u{7F}"), .names(seen),
            .integer(Int64(page.count)), .integer(Int64(page.lowerBound)), read: inList)
        return ProjectListing(projects: projects, total: Int(total), isCut: false)
    }

    /// The project in a row of the table.
    func listedProject(id: Int64) throws(StorageError) -> ListedProject? {
        try first(Self.listed + "WHERE id = ?1", .integer(id), read: inList)
    }

    private static let listed = """
        SELECT index_name, display_name, summary, created, serial, status, status_reason, held,
            (SELECT time FROM journal WHERE journal.serial = projects.serial)
        FROM projects

        """

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
    ///   - project: `nil` for all.
    ///   - action: `nil` for all.
    ///   - before: only rows with a smaller serial.
    func journal(
        of project: ProjectKey?, action: JournalAction?, before: Int64, limit: Int
    ) throws(StorageError) -> [JournalEntry] {
        // Each question is a statement of its own, so that SQLite can take the index of projects.
        let conditions =
            (project == nil ? "" : " AND index_name = ?2 AND project = ?3") + (action == nil ? "" : " AND action = ?4")
        return try rows(
            "SELECT \(JournalChain.columns) FROM journal WHERE serial < ?1\(conditions) ORDER BY serial DESC LIMIT ?5",
            .integer(before), .optional(project?.index), .optional(project?.name), .optional(action?.rawValue),
            .integer(Int64(limit)), read: journalEntry)
    }
}

private func inList(_ row: Statement) throws(StorageError) -> ListedProject {
    ListedProject(project: try projectRecord(row), updated: UploadTime(microseconds: row.integer(8)))
}
