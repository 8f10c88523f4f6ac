import Packaging

extension Connection {
    /// What holds for files that installers may have.
    static let isOffered = "files.id NOT IN (SELECT file_id FROM held_files)"

    /// The signatures of a file in the order of their coming.
    func signatures(index: String, filename: String) throws(StorageError) -> [SignatureRecord] {
        let found = try rows(
            """
            SELECT files.filename, signatures.sha256, suffix, signatures.size, actor, added, signatures.id
            FROM signatures JOIN files ON files.id = file_id
            WHERE index_name = ?1 AND filename = ?2 ORDER BY signatures.id
            """, .text(index), .text(filename)
        ) { row throws(StorageError) in (signatureRecord(row, checks: []), row.integer(6)) }
        var records: [SignatureRecord] = []
        for (record, id) in found {
            var record = record
            record.checks = try checks(ofSignature: id)
            records.append(record)
        }
        return records
    }

    /// The signatures of all files of a project that are not held, in the order of their coming, each with its last check
    /// without the report.
    func signatures(index: String, project: String) throws(StorageError) -> [SignatureRecord] {
        try rows(
            """
            SELECT files.filename, signatures.sha256, suffix, signatures.size, actor, added, verdict, signer, last.identity,
                time, trust
            FROM signatures JOIN files ON files.id = file_id
                JOIN signature_checks AS last ON last.id =
                    (SELECT max(id) FROM signature_checks WHERE signature_id = signatures.id)
            WHERE project_id = (SELECT id FROM projects WHERE index_name = ?1 AND name = ?2) AND \(Self.isOffered)
            ORDER BY signatures.id
            """, .text(index), .text(project)
        ) { row throws(StorageError) in
            let check = SignatureCheck(
                verdict: row.text(6), signer: signer(row, 7), report: "",
                time: UploadTime(microseconds: row.integer(9)),
                trust: row.optionalBlob(10).map { Digest(.sha256, bytes: $0) })
            return signatureRecord(row, checks: [check])
        }
    }

    private func checks(ofSignature id: Int64) throws(StorageError) -> [SignatureCheck] {
        try rows(
            """
            SELECT verdict, signer, identity, report, time, trust FROM signature_checks
            WHERE signature_id = ?1 ORDER BY id
            """, .integer(id)
        ) { row throws(StorageError) in
            SignatureCheck(
                verdict: row.text(0), signer: signer(row, 1),
                report: row.text(3), time: UploadTime(microseconds: row.integer(4)),
                trust: row.optionalBlob(5).map { Digest(.sha256, bytes: $0) })
        }
    }

    /// The files that are held, in the order of their publication.
    func heldFiles(index: String) throws(StorageError) -> [FileRecord] {
        try rows(
            Self.files + """
                WHERE files.id IN (SELECT file_id FROM held_files) AND files.index_name = ?1 AND deleted IS NULL
                ORDER BY files.id
                """, .text(index), read: fileRecord)
    }

    /// Every file that has a signature, by index and name.
    func signedFiles() throws(StorageError) -> [(index: String, filename: String)] {
        try rows(
            """
            SELECT index_name, filename FROM files
            WHERE id IN (SELECT file_id FROM signatures) AND deleted IS NULL ORDER BY id
            """
        ) { row throws(StorageError) in (row.text(0), row.text(1)) }
    }

    /// Who must go on signing a project; nil when that is open.
    func pinnedSigner(index: String, project: String) throws(StorageError) -> PinnedSigner? {
        try first(
            """
            SELECT identity, signer FROM pinned_signers
            WHERE project_id = (SELECT id FROM projects WHERE index_name = ?1 AND name = ?2)
            """, .text(index), .text(project)
        ) { row throws(StorageError) in PinnedSigner(identity: row.text(0), signer: row.text(1)) }
    }
}

private func signatureRecord(_ row: Statement, checks: [SignatureCheck]) -> SignatureRecord {
    let occasion = Occasion(actor: row.text(4), time: UploadTime(microseconds: row.integer(5)))
    return SignatureRecord(
        filename: row.text(0), bytes: (Digest(.sha256, bytes: row.blob(1)), row.integer(3)), suffix: row.text(2),
        added: occasion, checks: checks)
}

/// Who signed, of two columns.
private func signer(_ row: Statement, _ column: Int32) -> (clause: String, identity: String)? {
    guard let clause = row.optionalText(column), let identity = row.optionalText(column + 1) else { return nil }
    return (clause, identity)
}

extension Store {
    /// The signatures of a file, also of one that is held, in the order of their coming.
    public func signatures(index: String, filename: String) throws(StorageError) -> [SignatureRecord] {
        try readers.readSnapshot { catalog throws(StorageError) in
            try catalog.signatures(index: index, filename: filename)
        }
    }

    /// The signatures of all files of a project that are not held, in the order of their coming, each with its last check
    /// without the report.
    ///
    /// - Parameter project: a normalized name.
    public func signatures(index: String, project: String) throws(StorageError) -> [SignatureRecord] {
        try readers.readSnapshot { catalog throws(StorageError) in
            try catalog.signatures(index: index, project: project)
        }
    }

    /// The files that are held, in the order of their publication.
    public func heldFiles(index: String) throws(StorageError) -> [FileRecord] {
        try readers.read { catalog throws(StorageError) in try catalog.heldFiles(index: index) }
    }

    /// Every file that has a signature, by index and name, in the order of publication.
    public func signedFiles() throws(StorageError) -> [(index: String, filename: String)] {
        try readers.read { catalog throws(StorageError) in try catalog.signedFiles() }
    }

    /// Who must go on signing a project; nil when that is open.
    public func pinnedSigner(index: String, project: String) throws(StorageError) -> PinnedSigner? {
        try readers.read { catalog throws(StorageError) in
            try catalog.pinnedSigner(index: index, project: project)
        }
    }
}
