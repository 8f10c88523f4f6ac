import Packaging

extension CatalogTransaction {
    /// Makes a project findable by what its latest release says.
    ///
    /// - Parameter id: its row.
    func makeFindable(
        _ id: Int64, _ name: ProjectName, summary: String?, _ text: SearchableText
    ) throws(StorageError) {
        try connection.run(
            "INSERT OR REPLACE INTO search_names (rowid, name) VALUES (?1, ' ' || replace(?2, '-', ' ') || ' ')",
            .integer(id), .text(name.normalized))
        try connection.run(
            """
            INSERT OR REPLACE INTO search_texts (rowid, name, summary, keywords, classifiers, authors)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6)
            """, .integer(id), .text(name.text), .text(summary ?? ""), .text(text.keywords), .text(text.classifiers),
            .text(text.authors))
        try connection.run("DELETE FROM search_pending WHERE project_id = ?1", .integer(id))
    }

    /// Makes a project of an older catalog findable. One that has changed since it was read is left for later.
    public func makeFindable(_ pending: PendingSearch, _ text: SearchableText) throws(StorageError) {
        guard let project = try connection.listedProject(id: pending.id)?.project else {
            try connection.run("DELETE FROM search_pending WHERE project_id = ?1", .integer(pending.id))
            return
        }
        guard project.serial == pending.serial else { return }
        try makeFindable(pending.id, project.name, summary: project.summary, text)
    }
}
