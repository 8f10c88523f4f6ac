import Foundation
import Packaging
import Posix
import Testing

@testable import Storage

struct SchemaTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    /// A data folder as an older program left it, without its blobs.
    private func restore(schema: Int) throws {
        try Directory.createWithParents(folder.store)
        let dump = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Catalogs/v\(schema).sql")
        let path = folder.store + "/catalog.sqlite"
        try Data().write(to: URL(filePath: path))
        let connection = try Connection(path: path, writable: true)
        try connection.script(try String(contentsOf: dump, encoding: .utf8))
        try #require(try connection.number("PRAGMA user_version") == Int64(schema))
    }

    @Test func `a catalog of schema 1 is taken over with all that it holds`() async throws {
        try restore(schema: 1)
        let store = try Store(directory: folder.store)
        let connection = try Connection(path: folder.store + "/catalog.sqlite", writable: false)
        #expect(try connection.number("PRAGMA user_version") == Schema.version)
        let report = try store.verify()
        #expect(report.catalogProblems.isEmpty && report.journalProblems.isEmpty)
        #expect(report.journalHead?.serial == 8, "rows of older programs are chained too")
        #expect(try store.counts.files == 4)
        #expect(try store.lastSerial == 8)
        #expect(try store.projects(index: "main").map(\.name.text) == ["de-mo", "Demo.Lib"])
        #expect(try store.tokens().map { $0.revoked == nil } == [true, true, false])
        let demo = try #require(try store.project(index: "main", name: "demo-lib"))
        #expect(demo.files.map(\.version.description) == ["1.0", "2.0rc1", "0.9"])
        #expect(try connection.projects(like: ProjectName("dem0lib"), index: "main").map(\.name.text) == ["Demo.Lib"])
        #expect(try await store.publish("Demo_Lib-1.1-py3-none-any.whl") == .published(serial: 9))
        #expect(try store.project(index: "main", name: "demo-lib")?.project.name.text == "Demo_Lib")
        #expect(try Store(directory: folder.store).lastSerial == 9)
    }

    @Test(arguments: [
        ("", ["de-mo", "Demo.Lib"]),
        ("INSERT INTO held_files SELECT id, 'unsigned', 1 FROM files WHERE filename LIKE 'de_mo%'", ["Demo.Lib"]),
        ("INSERT INTO held_files SELECT id, 'unsigned', 1 FROM files WHERE version = '2.0rc1'", ["de-mo", "Demo.Lib"]),
        ("UPDATE projects SET private = 1 WHERE name = 'de-mo'", ["Demo.Lib"]),
        ("UPDATE projects SET status = 'quarantined' WHERE name = 'demo-lib'", ["de-mo"]),
    ])
    func `projects that nobody sees are not counted in lists when a catalog is taken over`(
        change: String, shown: [String]
    ) throws {
        try restore(schema: 1)
        do {
            let connection = try Connection(path: folder.store + "/catalog.sqlite", writable: true)
            // As far as the program came that had accounts, and neither held projects nor counts of lists.
            try Schema.take(Array(Schema.steps.prefix(8)), on: connection) { connection throws(StorageError) in
                try connection.chainOldJournal()
            }
            try connection.script(change)
        }
        let store = try Store(directory: folder.store)
        let list = try store.listing(ProjectListQuery(index: "main", limit: 9))
        #expect(list.projects.map(\.project.name.text) == shown && list.total == shown.count)
    }

    @Test func `an older catalog and a new one have the same schema`() throws {
        let tables = "SELECT group_concat(sql, char(10)) FROM (SELECT sql FROM sqlite_schema ORDER BY name)"
        func schema() throws -> String? {
            let connection = try Connection(path: folder.store + "/catalog.sqlite", writable: false)
            return try connection.first(tables) { row throws(StorageError) in row.text(0) }
        }
        try restore(schema: 1)
        _ = try Store(directory: folder.store)
        let upgraded = try schema()
        try FileManager.default.removeItem(atPath: folder.store)
        _ = try Store(directory: folder.store)
        #expect(try schema() == upgraded)
    }

    @Test func `names look alike to SQLite when they do to Packaging`() async throws {
        let store = try Store(directory: folder.store)
        for name in ["demo_lib", "Il0o", "a.b.c", "plain"] { try await store.publish("\(name)-1.tar.gz", name) }
        let connection = try Connection(path: folder.store + "/catalog.sqlite", writable: false)
        let folded = try connection.rows("SELECT name, \(Connection.confusableName) FROM projects") {
            row throws(StorageError) in (row.text(0), row.text(1))
        }
        #expect(folded.count == 4)
        for (name, confusable) in folded { #expect(try ProjectName(name).confusable(joined: true) == confusable) }
        let found = try await store.write { catalog throws(StorageError) in
            try catalog.projects(like: store.projects(index: "main")[0].name, index: "main")
        }.get()
        #expect(found.map(\.name.text) == ["a.b.c"])
    }
}
