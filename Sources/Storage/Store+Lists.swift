public import Packaging
import Posix

/// Reading for pages that people look at: blocks like the rest of `Store`, mostly for less than ten milliseconds.
extension Store {
    /// Projects of an older catalog that are still found by name and summary only.
    public func pendingSearches(limit: Int) throws(StorageError) -> [PendingSearch] {
        try readers.read { catalog throws(StorageError) in
            try catalog.rows(
                """
                SELECT project_id, index_name, name, serial FROM search_pending
                JOIN projects ON projects.id = project_id ORDER BY project_id LIMIT ?1
                """, .integer(Int64(limit))
            ) { row throws(StorageError) in
                PendingSearch(id: row.integer(0), index: row.text(1), project: row.text(2), serial: row.integer(3))
            }
        }
    }

    /// One page of what a search finds.
    ///
    /// - Parameters:
    ///   - page: positions among all that is found.
    ///   - seen: the normalized names of the private projects that are found.
    public func search(
        _ words: SearchWords, index: String, page: Range<Int>, showing seen: Set<String> = []
    ) throws(StorageError) -> ProjectListing {
        try readers.readSnapshot { catalog throws(StorageError) in
            let found = try catalog.search(words, index: index, showing: seen)
            let shown = found.prefix(Connection.searchLimit)
            var projects: [ListedProject] = []
            for id in shown.dropFirst(page.lowerBound).prefix(page.count) {
                if let project = try catalog.listedProject(id: id) { projects.append(project) }
            }
            return ProjectListing(projects: projects, total: shown.count, isCut: found.count > shown.count)
        }
    }

    /// One page of an index's projects.
    public func listing(_ query: ProjectListQuery) throws(StorageError) -> ProjectList {
        try readers.readSnapshot { catalog throws(StorageError) in try catalog.listing(query) }
    }

    /// The last change of a project that may be shown; 0 when there is none.
    ///
    /// - Parameter seen: the normalized names of the private projects that may be.
    public func lastSerial(index: String, showing seen: Set<String>) throws(StorageError) -> Int64 {
        try readers.read { catalog throws(StorageError) in try catalog.lastSerial(index: index, showing: seen) }
    }

    /// How much one index holds that may be shown.
    ///
    /// - Parameter seen: the normalized names of the private projects that may be.
    public func totals(index: String, showing seen: Set<String> = []) throws(StorageError) -> CatalogCounts {
        try readers.readSnapshot { catalog throws(StorageError) in try catalog.totals(index: index, showing: seen) }
    }

    /// Rows of the journal, the newest first, below a serial.
    ///
    /// - Parameters:
    ///   - index: `nil` for all.
    ///   - project: a normalized name; `nil` for all. With an index only.
    ///   - action: `nil` for all.
    public func journal(
        of index: String?, project: String?, action: JournalAction?, before: Int64, limit: Int
    ) throws(StorageError) -> [JournalEntry] {
        try readers.read { catalog throws(StorageError) in
            try catalog.journal(of: index, project: project, action: action, before: before, limit: limit)
        }
    }

    /// How the data folder is.
    public func health() throws(StorageError) -> StoreHealth {
        let catalogBytes = try readers.read { catalog throws(StorageError) in
            try catalog.number("PRAGMA page_count") * catalog.number("PRAGMA page_size")
        }
        let space = try attempt("asking for the space of \(layout.directory)") { () throws(Errno) in
            try Directory.space(of: layout.directory)
        }
        let (counts, serial) = (try counts, try lastSerial)
        let verification = try readers.read { catalog throws(StorageError) in try catalog.verification() }
        return StoreHealth(
            counts: counts, catalogBytes: catalogBytes, freeBytes: space.free, totalBytes: space.total,
            verification: verification, settlingFailure: settler.failure, serial: serial)
    }

    /// Keeps what a verification came to, instead of the one before.
    public func remember(_ report: VerifyReport, at time: UploadTime) throws(StorageError) {
        let problems = report.catalogProblems.count + report.journalProblems.count
        let faults = report.damaged.count + report.missing.count + problems
        try writeAndWait { catalog throws(StorageError) in
            try catalog.connection.run("DELETE FROM verifications")
            try catalog.connection.run(
                "INSERT INTO verifications (time, blobs, bytes, faults) VALUES (?1, ?2, ?3, ?4)",
                .integer(time.microseconds), .integer(Int64(report.blobs)), .integer(report.bytes),
                .integer(Int64(faults)))
        }
    }
}

extension Connection {
    /// The last verification that was remembered.
    fileprivate func verification() throws(StorageError) -> Verification? {
        try first("SELECT time, blobs, bytes, faults FROM verifications") { row throws(StorageError) in
            Verification(
                time: UploadTime(microseconds: row.integer(0)), blobs: row.integer(1), bytes: row.integer(2),
                faults: row.integer(3))
        }
    }
}
