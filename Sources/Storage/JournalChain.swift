import Crypto
public import Packaging

/// The chain of hashes that makes a changed journal show.
///
/// The hash of a row is SHA-256(hash of the row before ‖ the row's canonical bytes); before the first row stand 32 zero
/// bytes. The canonical bytes are the columns in the order of ``columns``. An integer is 8 bytes, big-endian, two's
/// complement. A text is the number of its UTF-8 bytes in 8 bytes, big-endian, then these; NULL is 8 bytes FF. So no
/// two different rows have the same bytes.
///
/// Rows that older programs wrote get their hashes when the catalog is brought to the new schema. Who can write the
/// catalog can compute a whole new chain: keep the last hash, which `wheelhouse verify` prints, somewhere else.
enum JournalChain {
    /// What is hashed, in this order, as `SELECT` names it.
    static let columns = """
        journal.serial, time, actor, action, index_name, project, subject, details, token, address, user_agent
        """

    /// What stands before the first row.
    static let origin = [UInt8](repeating: 0, count: 32)

    /// The hash of the row that a statement stands on, whose first columns are ``columns``.
    static func hash(of row: Statement, after previous: [UInt8]) -> [UInt8] {
        var bytes = previous
        append(row.integer(0), to: &bytes)
        append(row.integer(1), to: &bytes)
        for column in Int32(2)...10 { append(row.optionalText(column), to: &bytes) }
        return Digest.sha256(of: bytes).bytes
    }

    private static func append(_ number: Int64, to bytes: inout [UInt8]) {
        for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: number >> shift)) }
    }

    private static func append(_ text: String?, to bytes: inout [UInt8]) {
        append(text.map { Int64($0.utf8.count) } ?? -1, to: &bytes)
        bytes.append(contentsOf: (text ?? "").utf8)
    }
}

/// Where the chain stands.
public struct JournalHead: Hashable, Sendable {
    /// The last row.
    public let serial: Int64
    /// Its hash, which depends on every row before.
    public let hash: Digest
}

extension Connection {
    private static let batch: Int64 = 1_000

    /// The last hash of the chain; nil while the journal is empty.
    func journalHead() throws(StorageError) -> JournalHead? {
        try first("SELECT serial, hash FROM journal_hashes ORDER BY serial DESC LIMIT 1") { row throws(StorageError) in
            JournalHead(serial: row.integer(0), hash: Digest(.sha256, bytes: row.blob(1)))
        }
    }

    /// The hash of a row; nil when there is no such row.
    func journalHash(of serial: Int64) throws(StorageError) -> Digest? {
        try first("SELECT hash FROM journal_hashes WHERE serial = ?1", .integer(serial)) { row throws(StorageError) in
            Digest(.sha256, bytes: row.blob(0))
        }
    }

    /// Chains one row that has just been appended. A row before it without a hash stays so, and shows.
    func chainJournal(_ serial: Int64) throws(StorageError) {
        let previous = try journalHead()?.hash.bytes ?? JournalChain.origin
        let hash = try first(
            "SELECT \(JournalChain.columns) FROM journal WHERE serial = ?1", .integer(serial)
        ) { row throws(StorageError) in JournalChain.hash(of: row, after: previous) }
        guard let hash else { throw .corrupt("the journal's row \(serial) is gone") }
        try run("INSERT INTO journal_hashes (serial, hash) VALUES (?1, ?2)", .integer(serial), .blob(hash))
    }

    /// Chains the rows of a catalog that had no hashes.
    func chainOldJournal() throws(StorageError) {
        guard try journalHead() == nil else { return }
        let serials = try rows("SELECT serial FROM journal ORDER BY serial") { row throws(StorageError) in
            row.integer(0)
        }
        for serial in serials { try chainJournal(serial) }
    }

    /// What shows that somebody changed the journal, one sentence each; at most 100.
    func journalProblems() throws(StorageError) -> [String] {
        var problems = try rows(
            """
            SELECT serial FROM journal_hashes WHERE serial NOT IN (SELECT serial FROM journal) ORDER BY serial LIMIT 100
            """
        ) { row throws(StorageError) in "the journal's row \(row.integer(0)) was removed" }
        var serial: Int64 = 0
        while problems.count < 100 {
            let batch = try checkedRows(after: serial)
            problems += batch.compactMap(\.problem)
            guard let last = batch.last else { break }
            serial = last.serial
        }
        problems += try rows(
            """
            SELECT (SELECT max(serial) FROM journal_hashes), seq FROM sqlite_sequence
            WHERE name = 'journal' AND seq > (SELECT coalesce(max(serial), 0) FROM journal_hashes)
                AND seq > (SELECT coalesce(max(serial), 0) FROM journal)
            """
        ) { row throws(StorageError) in
            "the journal's last rows were removed: it ends with \(row.integer(0)), and had \(row.integer(1))"
        }
        return Array(problems.prefix(100))
    }

    private func checkedRows(after serial: Int64) throws(StorageError) -> [(serial: Int64, problem: String?)] {
        try rows(
            """
            SELECT \(JournalChain.columns), own.hash, before.hash, before.serial
            FROM journal LEFT JOIN journal_hashes AS own ON own.serial = journal.serial
                LEFT JOIN journal_hashes AS before ON before.serial =
                    (SELECT max(serial) FROM journal_hashes WHERE serial < journal.serial)
            WHERE journal.serial > ?1 ORDER BY journal.serial LIMIT ?2
            """, .integer(serial), .integer(Self.batch)
        ) { row throws(StorageError) in (row.integer(0), problem(of: row)) }
    }

    private func problem(of row: Statement) -> String? {
        let (serial, before) = (row.integer(0), row.integer(13))
        guard let hash = row.optionalBlob(11) else { return "the journal's row \(serial) was inserted" }
        guard JournalChain.hash(of: row, after: row.optionalBlob(12) ?? JournalChain.origin) != hash else { return nil }
        guard before < serial - 1 else { return "the journal's row \(serial) was changed" }
        return "the journal's rows \(before + 1) to \(serial - 1) were removed, or row \(serial) was changed"
    }
}
