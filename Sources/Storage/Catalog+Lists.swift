import Packaging

// Lists for people: a page of projects, a page of the journal.

extension Connection {
    /// One page of an index's projects.
    ///
    /// - Parameters:
    ///   - start: what the normalized names begin with; empty for all.
    ///   - hidden: normalized names that are left out.
    func listing(
        index: String, beginning start: String, order: ProjectOrder, page: Range<Int>, hiding hidden: Set<String>
    ) throws(StorageError) -> ProjectListing {
        let condition = """
            index_name = ?1 AND name >= ?2 AND name < ?3 AND status <> 'quarantined'
            AND (?4 = '[]' OR name NOT IN (SELECT value FROM json_each(?4)))
            """
        let left = "[" + hidden.sorted().map { "\"\($0)\"" }.joined(separator: ",") + "]"
        let total = try number(
            "SELECT count(*) FROM projects WHERE \(condition)", .text(index), .text(start), .text(start + "\u{7F}"),
            .text(left))
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
                """, .text(index), .text(start), .text(start + "\u{7F}"), .text(left), .integer(Int64(page.count)),
            .integer(Int64(page.lowerBound)), read: inList)
        return ProjectListing(projects: projects, total: Int(total), isCut: false)
    }

    /// The project in a row of the table.
    func listedProject(id: Int64) throws(StorageError) -> ListedProject? {
        try first(Self.listed + "WHERE id = ?1", .integer(id), read: inList)
    }

    private static let listed = """
        SELECT index_name, display_name, summary, created, serial, status, status_reason,
            (SELECT time FROM journal WHERE journal.serial = projects.serial)
        FROM projects

        """

    /// How much one index holds.
    func totals(index: String) throws(StorageError) -> CatalogCounts {
        let totals = try first("SELECT projects, files, bytes FROM totals WHERE index_name = ?1", .text(index)) {
            row throws(StorageError) in
            CatalogCounts(projects: row.integer(0), files: row.integer(1), bytes: row.integer(2))
        }
        return totals ?? CatalogCounts(projects: 0, files: 0, bytes: 0)
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
    ListedProject(project: try projectRecord(row), updated: UploadTime(microseconds: row.integer(7)))
}
