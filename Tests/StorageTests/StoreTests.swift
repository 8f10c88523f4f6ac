import Foundation
import Packaging
import Posix
import Testing

@testable import Storage

struct StoreTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test func `an empty folder becomes a store with the documented layout`() throws {
        let store = try Store(directory: folder.store + "/")
        let names = try Directory.names(in: folder.store)
        #expect(Set(names).isSuperset(of: ["blobs", "catalog.sqlite"]))
        #expect(try Directory.names(in: folder.store + "/blobs/sha256").count == 256)
        #expect(try store.lastSerial == 0)
        #expect(try store.counts == CatalogCounts(projects: 0, files: 0, bytes: 0))
        let mode = try FileManager.default.attributesOfItem(atPath: folder.store + "/catalog.sqlite")[.posixPermissions]
        #expect(mode as? Int == 0o600)
    }

    @Test func `a published file is found by every question`() async throws {
        let store = try Store(directory: folder.store)
        let blob = try store.blobs.stage(Array("the wheel".utf8))
        let metadata = try store.blobs.stage(Array("Metadata-Version: 2.4".utf8))
        var file = try FileRecord.named("Demo_Project-1.0-py3-none-any.whl", blob, at: 7)
        file.requiresPython = ">=3.9"
        file.coreMetadata = metadata.sha256
        let outcome = try await store.write { [file] catalog throws(StorageError) in
            try catalog.publishFile(file, bytes: [blob, metadata], summary: "a demonstration")
        }.get()
        file.serial = 1
        #expect(outcome == .published(serial: 1))

        let found = try #require(try store.project(index: "main", name: "demo-project"))
        #expect(found.files == [file])
        #expect(found.project.name.text == "Demo_Project")
        #expect(found.project.summary == "a demonstration")
        #expect(found.project.created == UploadTime(microseconds: 7_000_000))
        #expect(found.project.serial == 1)
        #expect(try store.projects(index: "main") == [found.project])
        #expect(try store.file(sha256: blob.sha256, filename: file.filename) == file)
        #expect(try store.file(index: "main", filename: file.filename) == file)
        #expect(try store.recentFiles(index: "main", limit: 10) == [file])
        #expect(try store.counts == CatalogCounts(projects: 1, files: 1, bytes: 9))
        #expect(try store.lastSerial == 1)

        #expect(try store.project(index: "main", name: "other") == nil)
        #expect(try store.project(index: "team", name: "demo-project") == nil)
        #expect(try store.projects(index: "team") == [])
        #expect(try store.file(index: "team", sha256: blob.sha256, filename: file.filename) == nil)
        #expect(try store.file(sha256: metadata.sha256, filename: file.filename) == nil)
        #expect(try store.file(sha256: blob.sha256, filename: "demo_project-1.0-py3-none-any.whl") == nil)
        #expect(try store.recentFiles(index: "main", limit: 0) == [])
    }

    /// What was there, what comes, and whether it is the same archive to an installer.
    @Test(arguments: [
        ("demo-1.0.tar.gz", "demo-1.0.tar.gz", true),
        ("demo-1.0.tar.gz", "Demo-1.0.tar.gz", true),
        ("demo-1.0.tar.gz", "demo-1.0.0.tar.gz", true),
        ("demo-1.0.tar.gz", "demo-1.0.1.tar.gz", false),
        ("demo-1.0.tar.gz", "demo-1.0-py3-none-any.whl", false),
        ("a_b-1.0-py3-none-any.whl", "A.B-1.0-py3-none-any.whl", true),
        ("a_b-1.0-py3-none-any.whl", "a_b-1.0-1-py3-none-any.whl", false),
        ("a_b-1.0-py3-none-any.whl", "a_c-1.0-py3-none-any.whl", false),
        ("a-1.0-py2.py3-none-any.whl", "a-1.0-py3.py2-none-any.whl", true),
        ("a-1.0-py2.py3-none-any.whl", "a-1.0-py3-none-any.whl", false),
        ("a-1.0-cp312-cp312-linux_x86_64.whl", "a-1.0-cp312-abi3-linux_x86_64.whl", false),
    ])
    func `a name is given once, whatever its spelling`(_ first: String, _ second: String, _ isSame: Bool) async throws {
        let store = try Store(directory: folder.store)
        #expect(try await store.publish(first, "one") == .published(serial: 1))
        let outcome = try await store.publish(second, "two")
        if isSame {
            let existing = try #require(try store.file(index: "main", filename: first))
            #expect(outcome == .conflict(existing))
            #expect(try store.lastSerial == 1)
        } else {
            #expect(outcome == .published(serial: 2))
        }
        // Another index has names of its own.
        #expect(try await store.publish(second, "two", index: "team") == .published(serial: try store.lastSerial))
    }

    // What is uploaded one after the other, and which of it the project is called like.
    @Test(arguments: [
        (["demo-1.0.tar.gz"], "demo"), (["demo-1.0.tar.gz", "Demo-2.0.tar.gz"], "Demo"),
        (["Demo-2.0.tar.gz", "demo-1.0.tar.gz"], "Demo"), (["Demo-1.10.tar.gz", "demo-1.9.tar.gz"], "Demo"),
        (["Demo-1.0.tar.gz", "demo-2.0rc1.tar.gz"], "Demo"), (["demo-2.0rc1.tar.gz", "Demo-1.0.tar.gz"], "Demo"),
        (["demo-2.0.dev1.tar.gz", "Demo-2.0a1.tar.gz"], "Demo"), (["Demo-1!0.1.tar.gz", "demo-9.tar.gz"], "Demo"),
        (["demo-1.0.tar.gz", "Demo-1.0-py3-none-any.whl"], "Demo"),
        (["Demo-1.0.post1.tar.gz", "demo-1.0.tar.gz"], "Demo"),
    ])
    func `a project is called and described as its latest release does`(files: [String], name: String) async throws {
        let store = try Store(directory: folder.store)
        for file in files {
            let blob = try store.blobs.stage(Array(file.utf8))
            let record = try FileRecord.named(file, blob)
            _ = try await store.write { catalog throws(StorageError) in
                try catalog.publishFile(record, bytes: [blob], summary: "of \(record.project.text)")
            }.get()
        }
        let project = try #require(try store.projects(index: "main").first)
        #expect(project.name.text == name)
        #expect(project.summary == "of \(name)")
        #expect(project.serial == Int64(files.count))
    }

    @Test func `the newest projects come first, each at its first upload`() async throws {
        let store = try Store(directory: folder.store)
        for (number, file) in ["a-1.tar.gz", "b-1.tar.gz", "a-2.tar.gz", "c-1.tar.gz"].enumerated() {
            try await store.publish(file, at: Int64(number))
        }
        try await store.publish("d-1.tar.gz", index: "team", at: 9)
        #expect(try store.newProjects(index: "main", limit: 9).map(\.name.text) == ["c", "b", "a"])
        #expect(try store.newProjects(index: "main", limit: 1).map(\.name.text) == ["c"])
    }

    @Test func `the same name with the same bytes changes nothing`() async throws {
        let store = try Store(directory: folder.store)
        try await store.publish("demo-1.0.tar.gz", "one")
        #expect(try await store.publish("demo-1.0.tar.gz", "one", at: 9) == .identicalExists)
        #expect(try store.lastSerial == 1)
        #expect(try store.recentFiles(index: "main", limit: 9).map(\.uploadTime.microseconds) == [1_000_000])
    }

    @Test func `yanking and taking it back change the serials`() async throws {
        let store = try Store(directory: folder.store)
        try await store.publish("demo-1.0.tar.gz")
        let steps: [(Yank?, Int64)] = [(Yank(reason: #"bro"ken\#u{1}"#), 2), (Yank(reason: ""), 3), (nil, 4)]
        for (yank, serial) in steps {
            let result = try await store.write { catalog throws(StorageError) in
                try catalog.setYank(yank, index: "main", filename: "demo-1.0.tar.gz", by: .at(5))
            }.get()
            #expect(result == serial)
            let found = try #require(try store.project(index: "main", name: "demo"))
            #expect(found.files.first?.yank?.reason == yank?.reason)
            #expect(found.files.first?.serial == serial)
            #expect(found.project.serial == serial)
        }
        let nothing = try await store.write { catalog throws(StorageError) in
            try catalog.setYank(nil, index: "main", filename: "other-1.0.tar.gz", by: .at(5))
        }.get()
        #expect(nothing == nil)
        #expect(try store.journal(after: 0, limit: 9).map(\.action) == [.publish, .yank, .yank, .unyank])
        #expect(try store.journal(after: 1, limit: 1).map(\.details) == [#"{"reason":"bro\"ken\u0001"}"#])
    }

    @Test func `tokens come back as they were made`() throws {
        let store = try Store(directory: folder.store)
        let secret = Digest(.sha256, bytes: Array(1...32))
        var token = TokenRecord(
            name: "ci", account: "robot", secretDigest: secret, permissions: ["read", "upload"],
            created: UploadTime(microseconds: 5))
        token.projects = ["one", "two"]
        token.indexes = []
        token.expires = UploadTime(microseconds: 6)
        token.versions = [try Version("1.0"), try Version("2")]
        token.filePattern = "*.whl"
        token.addresses = ["10.0.0.0/8", "::1"]
        token.notBefore = UploadTime(microseconds: 4)
        token.usesLeft = 3
        let (record, time) = (token, Occasion.at(1))
        let create = { @Sendable (catalog: borrowing CatalogTransaction) throws(StorageError) in
            try catalog.createToken(record, by: time)
        }
        #expect(try store.writeAndWait(create) == .noAccount)
        let isNew = try store.writeAndWait { catalog throws(StorageError) in
            try catalog.createAccount("robot", .robot, by: time)
        }
        #expect(isNew)
        #expect(try store.writeAndWait(create) == .created(serial: 2))
        #expect(try store.writeAndWait(create) == .nameTaken)
        #expect(try store.token(secretDigest: secret) == token)
        #expect(try store.token(secretDigest: Digest(.sha256, bytes: Array(2...33))) == nil)

        let revoke = { @Sendable (catalog: borrowing CatalogTransaction) throws(StorageError) in
            try catalog.revokeToken(named: "ci", by: .at(3))
        }
        #expect(try store.writeAndWait(revoke) == 3)
        #expect(try store.writeAndWait(revoke) == nil)
        token.revoked = UploadTime(microseconds: 3_000_000)
        #expect(try store.tokens() == [token])
        let journal = try store.journal(after: 1, limit: 9)
        #expect(journal.map(\.action) == [.createToken, .revokeToken])
        #expect(journal.map(\.subject) == ["ci", "ci"])
        let details =
            #"{"account":"robot","permissions":"read upload","projects":"one two","indexes":"","versions":"1.0 2","#
            + #""files":"*.whl","addresses":"10.0.0.0/8 ::1","not-before":"1970-01-01T00:00:00.000004Z","#
            + #""expires":"1970-01-01T00:00:00.000006Z","uses":"3"}"#
        #expect(journal.map(\.details) == [details, "{}"])
    }

    @Test func `the journal says who did what, when and where`() async throws {
        let store = try Store(directory: folder.store)
        try await store.publish("Demo-1.0.tar.gz", "content", index: "team", at: 8)
        let entry = try #require(try store.journal(after: 0, limit: 9).first)
        #expect(entry.serial == 1)
        #expect(entry.occasion == .at(8, by: "uploader"))
        #expect(entry.action == .publish)
        #expect(entry.subject == "Demo-1.0.tar.gz")
        #expect(entry.index == "team")
        #expect(entry.project == "demo")
        let sha256 = "ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73"
        #expect(entry.details == #"{"sha256":"\#(sha256)","size":7}"#)
        #expect(try store.journal(after: 1, limit: 9).isEmpty)
    }

    @Test(arguments: [
        "UPDATE journal SET actor = 'somebody else'",
        "DELETE FROM journal",
        "INSERT OR REPLACE INTO journal (serial, time, actor, action, subject, details) "
            + "SELECT serial, time, 'x', action, subject, details FROM journal",
    ])
    func `the journal refuses changes, also from other programs`(_ statement: String) async throws {
        let store = try Store(directory: folder.store)
        try await store.publish("demo-1.0.tar.gz")
        let other = try Connection(path: folder.store + "/catalog.sqlite", writable: true)
        try other.script("PRAGMA recursive_triggers = OFF")
        #expect(throws: StorageError.sqlite(code: 1811, message: "the journal is append-only")) {
            try other.script(statement)
        }
        #expect(try store.journal(after: 0, limit: 9).map(\.occasion.actor) == ["uploader"])
    }

    @Test func `another store on the same folder is noticed`() async throws {
        let server = try Store(directory: folder.store)
        let command = try Store(directory: folder.store)
        let before = try server.dataVersion
        #expect(try server.dataVersion == before)
        try await command.publish("demo-1.0.tar.gz")
        #expect(try server.dataVersion != before)
        #expect(try server.lastSerial == 1)
        // And the other way round, so that both writing connections had their turn.
        #expect(try await server.publish("demo-1.1.tar.gz") == .published(serial: 2))
        #expect(try command.lastSerial == 2)
    }

    @Test func `the administrator's token is written once, for this user only`() throws {
        let store = try Store(directory: folder.store)
        #expect(try store.adminToken() == nil)
        #expect(try store.saveAdminToken("whl_one"))
        #expect(try !store.saveAdminToken("whl_two"))
        #expect(try store.adminToken() == "whl_one")
        let mode = try FileManager.default.attributesOfItem(atPath: store.adminTokenPath)[.posixPermissions]
        #expect(mode as? Int == 0o600)
    }

    @Test(arguments: ["", "/Storage"])
    func `a folder without a catalog is refused when one must be there, and left as it is`(_ name: String) throws {
        #expect(throws: StorageError.noStore(directory: folder.path + name)) {
            try Store(directory: folder.path + name, mustExist: true)
        }
        #expect(try Directory.names(in: folder.path).isEmpty)
        _ = try Store(directory: folder.store)
        #expect(throws: Never.self) { try Store(directory: folder.store, mustExist: true) }
    }

    @Test func `a catalog of a newer program is left alone`() throws {
        _ = try Store(directory: folder.store)
        try Connection(path: folder.store + "/catalog.sqlite", writable: true).script("PRAGMA user_version = 99")
        #expect(throws: StorageError.newerSchema(found: 99, known: Schema.version)) {
            try Store(directory: folder.store)
        }
    }

    @Test func `a file that is no database is reported as damage`() throws {
        try Directory.createWithParents(folder.store)
        try Data(repeating: 65, count: 8192).write(to: URL(fileURLWithPath: folder.store + "/catalog.sqlite"))
        #expect {
            try Store(directory: folder.store)
        } throws: { error in
            guard case .corrupt = error as? StorageError else { return false }
            return true
        }
    }

    @Test func `a healthy store says so`() throws {
        try Store(directory: folder.store).checkHealth()
    }
}
