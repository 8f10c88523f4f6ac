import Foundation
import Packaging
import Posix
import Testing

@testable import Storage

struct JournalChainTests {
    let folder: TemporaryFolder
    let store: Store

    /// Ten rows, of two projects.
    init() async throws {
        folder = try TemporaryFolder()
        store = try Store(directory: folder.store)
        for number in 1...5 {
            try await store.publish("demo-\(number).tar.gz", "\(number)")
            try await store.publish("other-\(number).tar.gz", "\(number)")
        }
    }

    private func tamper(_ sql: String) throws {
        let connection = try Connection(path: folder.store + "/catalog.sqlite", writable: true)
        let names = try connection.rows(
            "SELECT name FROM sqlite_schema WHERE type = 'trigger' AND name LIKE 'journal%'"
        ) {
            row throws(StorageError) in row.text(0)
        }
        #expect(names.count == 5)
        try connection.script("PRAGMA foreign_keys = OFF")
        for name in names { try connection.script("DROP TRIGGER \(name)") }
        try connection.script(sql)
    }

    @Test func `an untouched journal has no problems, and its head is told`() throws {
        let report = try store.verify()
        #expect(report.isSound && report.journalHead?.serial == 10)
    }

    @Test(arguments: [
        ("UPDATE journal SET actor = 'somebody else' WHERE serial = 4", ["the journal's row 4 was changed"]),
        ("UPDATE journal SET address = '' WHERE serial = 1", ["the journal's row 1 was changed"]),
        (
            "UPDATE journal SET details = '{}' WHERE serial IN (2, 10)",
            ["the journal's row 2 was changed", "the journal's row 10 was changed"]
        ),
        ("DELETE FROM journal WHERE serial = 5", ["the journal's row 5 was removed"]),
        ("DELETE FROM journal WHERE serial = 10", ["the journal's row 10 was removed"]),
        (
            "DELETE FROM journal WHERE serial IN (5, 6); DELETE FROM journal_hashes WHERE serial IN (5, 6)",
            ["the journal's rows 5 to 6 were removed, or row 7 was changed"]
        ),
        (
            "DELETE FROM journal WHERE serial > 8; DELETE FROM journal_hashes WHERE serial > 8",
            ["the journal's last rows were removed: it ends with 8, and had 10"]
        ),
        (
            "INSERT INTO journal SELECT 11, time, actor, action, index_name, project, subject, details, NULL, NULL, NULL "
                + "FROM journal WHERE serial = 1", ["the journal's row 11 was inserted"]
        ),
        (
            "UPDATE journal_hashes SET hash = zeroblob(32) WHERE serial = 3",
            ["the journal's row 3 was changed", "the journal's row 4 was changed"]
        ),
    ])
    func `what somebody did to the journal is found and named`(sql: String, problems: [String]) throws {
        try tamper(sql)
        #expect(try store.verify().journalProblems == problems)
    }

    @Test func `a row that was inserted shows after further changes too`() async throws {
        try tamper("INSERT INTO journal (time, actor, action, subject, details) VALUES (1, 'x', 'publish', 'y', '{}')")
        try await store.publish("demo-6.tar.gz", "6")
        #expect(try store.verify().journalProblems == ["the journal's row 11 was inserted"])
    }

    @Test(arguments: ["UPDATE journal_hashes SET hash = zeroblob(32)", "DELETE FROM journal_hashes"])
    func `hashes are append-only`(sql: String) throws {
        let connection = try Connection(path: folder.store + "/catalog.sqlite", writable: true)
        let error = #expect(throws: StorageError.self) { try connection.script(sql) }
        #expect(error?.description.contains("append-only") == true)
    }

    // Computed with Python: hashlib.sha256(bytes(32) + …) over the fields as `JournalChain` says.
    @Test func `the encoding is the documented one`() throws {
        let other = try TemporaryFolder()
        let small = try Store(directory: other.store)
        let client = Client(address: "192.0.2.1", userAgent: "twine/7.0")
        let occasion = Occasion(actor: "ana", time: UploadTime(microseconds: 1_000_000), token: "ci", client: client)
        _ = try small.writeAndWait { catalog throws(StorageError) in
            try catalog.appendJournal(JournalEntry(.createToken, "näme", by: occasion))
        }
        #expect(
            try small.journalHead?.hash.hex == "0d11297a7c3478c2f60ba9aa2894118f3c67020535436fbc92ce33d145dde060")
    }

    @Test func `a row says where a change came from`() async throws {
        let client = Client(
            address: "192.0.2.1", userAgent: "a\u{1b}[31mb\u{85}\n" + String(repeating: "é", count: 150))
        let occasion = Occasion(actor: "ana", time: UploadTime(microseconds: 5), token: "ci", client: client)
        _ = try await store.write { catalog throws(StorageError) in
            try catalog.setYank(Yank(reason: "bad"), index: "main", filename: "demo-1.tar.gz", by: occasion)
        }.get()
        let row = try #require(try store.journal(after: 10, limit: 5).first)
        #expect(row.occasion == occasion)
        #expect(row.occasion.client.userAgent == "a[31mb" + String(repeating: "é", count: 97))
    }

    @Test func `the journal is read by serial, time, index and project`() throws {
        var query = JournalQuery()
        (query.index, query.project) = ("main", "other")
        #expect(try store.journal(query).map(\.serial) == [2, 4, 6, 8, 10])
        query.after = 4
        query.limit = 2
        #expect(try store.journal(query).map(\.serial) == [6, 8])
        query = JournalQuery()
        query.index = "main"
        #expect(try store.journal(query).map(\.serial) == Array(1...10))
        query.index = "staging"
        #expect(try store.journal(query).isEmpty)
        query = JournalQuery()
        query.since = UploadTime(microseconds: 2_000_000)
        #expect(try store.journal(query).isEmpty)
    }
}
