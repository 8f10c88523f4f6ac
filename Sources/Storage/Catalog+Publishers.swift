import Crypto
import Packaging

extension Connection {
    private static let publishers = """
        SELECT id, index_name, project, kind, name, issuer, terms, is_pending, created, creator FROM publishers

        """

    /// All publishers in the order of projects.
    func publishers() throws(StorageError) -> [PublisherRecord] {
        try rows(Self.publishers + "ORDER BY index_name, project, id", read: publisherRecord)
    }

    /// The publishers of an index whose ID tokens come from this issuer.
    func publishers(index: String, issuer: String) throws(StorageError) -> [PublisherRecord] {
        try rows(
            Self.publishers + "WHERE issuer = ?1 AND index_name = ?2 ORDER BY id", .text(issuer), .text(index),
            read: publisherRecord)
    }

    /// The publisher with this number.
    func publisher(_ id: Int64) throws(StorageError) -> PublisherRecord? {
        try first(Self.publishers + "WHERE id = ?1", .integer(id), read: publisherRecord)
    }
}

extension Store {
    /// All publishers, in the order of their projects.
    public func publishers() throws(StorageError) -> [PublisherRecord] {
        try readers.read { catalog throws(StorageError) in try catalog.publishers() }
    }

    /// The publishers of an index whose ID tokens come from this issuer.
    public func publishers(index: String, issuer: String) throws(StorageError) -> [PublisherRecord] {
        try readers.read { catalog throws(StorageError) in try catalog.publishers(index: index, issuer: issuer) }
    }
}

private func publisherRecord(_ row: Statement) throws(StorageError) -> PublisherRecord {
    var record = PublisherRecord(
        index: row.text(1), project: row.text(2),
        identity: .init(kind: row.text(3), name: row.text(4), issuer: row.text(5), terms: try terms(row.text(6))),
        created: Occasion(actor: row.text(9), time: UploadTime(microseconds: row.integer(8))))
    record.id = row.integer(0)
    record.isPending = row.integer(7) == 1
    return record
}

private func terms(_ text: String) throws(StorageError) -> [String: String] {
    var terms: [String: String] = [:]
    guard case .object(let members)? = try? StrictJSON(Array(text.utf8)) else {
        throw .corrupt("a publisher with the terms \(text)")
    }
    for (name, value) in members { terms[String(decoding: name, as: UTF8.self)] = value.string }
    return terms
}
