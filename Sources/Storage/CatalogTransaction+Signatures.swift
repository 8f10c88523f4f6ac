public import Packaging

extension CatalogTransaction {
    /// The file with this name, also when it is held; nil when the index has none.
    public func file(index: String, filename: String) throws(StorageError) -> FileRecord? {
        try connection.file(index: index, filename: filename)
    }

    /// The signatures of a file in the order of their coming.
    public func signatures(of file: FileRecord) throws(StorageError) -> [SignatureRecord] {
        try connection.signatures(index: file.index, filename: file.filename)
    }

    /// Adds signatures to a file that is in the catalog, each with its first check.
    ///
    /// - Parameter serial: of the change that this is part of.
    public func add(
        _ signatures: [SignatureRecord], to file: FileRecord, serial: Int64
    ) throws(StorageError) {
        for signature in signatures {
            try connection.run(
                """
                INSERT INTO signatures (file_id, sha256, suffix, size, added, actor, serial)
                VALUES ((SELECT id FROM files WHERE index_name = ?1 AND filename = ?2), ?3, ?4, ?5, ?6, ?7, ?8)
                """,
                .text(file.index), .text(file.filename), .blob(signature.sha256.bytes), .text(signature.suffix),
                .integer(signature.size), .integer(signature.added.time.microseconds), .text(signature.added.actor),
                .integer(serial))
            let id = connection.lastRow
            for check in signature.checks { try insert(check, ofSignature: id, serial: serial) }
        }
    }

    /// Adds signatures to a file that is in the catalog already, as a change of its own.
    ///
    /// - Returns: the journal's serial of this change.
    public func addLater(
        _ signatures: [SignatureRecord], to file: FileRecord, by occasion: Occasion
    ) throws(StorageError) -> Int64 {
        let digests = signatures.map { "\"\($0.sha256.hex)\"" }.joined(separator: ",")
        let serial = try change(file, .sign, by: occasion, details: "{\"signatures\":[\(digests)]}")
        try add(signatures, to: file, serial: serial)
        return serial
    }

    /// Adds a check to a signature.
    ///
    /// - Returns: the journal's serial of this change; nil, and nothing changes, when the file has no such signature.
    public func add(
        _ check: SignatureCheck, ofSignature sha256: Digest, of file: FileRecord, by occasion: Occasion
    ) throws(StorageError) -> Int64? {
        let id = try connection.first(
            """
            SELECT signatures.id FROM signatures JOIN files ON files.id = file_id
            WHERE index_name = ?1 AND filename = ?2 AND signatures.sha256 = ?3
            """, .text(file.index), .text(file.filename), .blob(sha256.bytes)
        ) { row throws(StorageError) in row.integer(0) }
        guard let id else { return nil }
        let serial = try change(
            file, .checkSignature, by: occasion, details: "{\"signature\":\"\(sha256.hex)\"}")
        try insert(check, ofSignature: id, serial: serial)
        return serial
    }

    /// Shows a file to installers that was held.
    ///
    /// - Parameters:
    ///   - summary: of its core metadata; nil when it states none.
    ///   - text: what it is found by.
    /// - Returns: the journal's serial of this change.
    @discardableResult
    public func release(
        _ file: FileRecord, summary: String?, text: SearchableText, by occasion: Occasion
    ) throws(StorageError) -> Int64 {
        let serial = try change(file, .release, by: occasion, details: "{\"sha256\":\"\(file.sha256.hex)\"}")
        try connection.run(
            "DELETE FROM held_files WHERE file_id = (SELECT id FROM files WHERE index_name = ?1 AND filename = ?2)",
            .text(file.index), .text(file.filename))
        try touch(file.index, file.project, serial)
        try offer(file, summary: summary, text, at: occasion.time)
        return serial
    }

    /// Who must go on signing a project; nil when that is open.
    ///
    /// - Parameter project: a normalized name.
    public func pinnedSigner(index: String, project: String) throws(StorageError) -> PinnedSigner? {
        try connection.pinnedSigner(index: index, project: project)
    }

    /// Lets nobody else sign a project from now on; a signer that was pinned before stays.
    ///
    /// - Parameter serial: of the change that this is part of.
    public func pin(_ signer: PinnedSigner, to file: FileRecord, serial: Int64) throws(StorageError) {
        try connection.run(
            """
            INSERT OR IGNORE INTO pinned_signers (project_id, identity, signer, serial)
            VALUES ((SELECT id FROM projects WHERE index_name = ?1 AND name = ?2), ?3, ?4, ?5)
            """,
            .text(file.index), .text(file.project.normalized), .text(signer.identity), .text(signer.signer),
            .integer(serial))
    }

    /// Lets the next signer of a project become the pinned one.
    ///
    /// - Returns: the journal's serial of this change; nil, and nothing changes, when none was pinned.
    public func unpinSigner(
        index: String, project: ProjectName, by occasion: Occasion
    ) throws(StorageError) -> Int64? {
        let removed = try connection.run(
            """
            DELETE FROM pinned_signers
            WHERE project_id = (SELECT id FROM projects WHERE index_name = ?1 AND name = ?2)
            """, .text(index), .text(project.normalized))
        guard removed > 0 else { return nil }
        var entry = JournalEntry(.unpinSigner, project.normalized, by: occasion)
        (entry.index, entry.project) = (index, project.normalized)
        return try appendJournal(entry)
    }

    private func insert(
        _ check: SignatureCheck, ofSignature id: Int64, serial: Int64
    ) throws(StorageError) {
        try connection.run(
            """
            INSERT INTO signature_checks (signature_id, time, verdict, signer, identity, trust, report, serial)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
            """,
            .integer(id), .integer(check.time.microseconds), .text(check.verdict), .optional(check.signer),
            .optional(check.identity), .optional(check.trust?.bytes), .text(check.report), .integer(serial))
    }

    /// Writes the journal's row of a change of a file, and its serial to the file and its project.
    private func change(
        _ file: FileRecord, _ action: JournalAction, by occasion: Occasion, details: String
    ) throws(StorageError) -> Int64 {
        var entry = JournalEntry(action, file.filename, by: occasion)
        (entry.index, entry.project, entry.details) = (file.index, file.project.normalized, details)
        let serial = try appendJournal(entry)
        try connection.run(
            "UPDATE files SET serial = ?3 WHERE index_name = ?1 AND filename = ?2", .text(file.index),
            .text(file.filename), .integer(serial))
        try touch(projectOf: file, serial)
        return serial
    }
}
