import Foundation
import Packaging
import Posix
import Testing

@testable import Storage

struct DeletedFileTests {
    let folder: TemporaryFolder
    let store: Store
    let key: ProjectKey

    init() async throws {
        folder = try TemporaryFolder()
        store = try Store(directory: folder.store)
        key = ProjectKey(index: "main", name: try ProjectName("demo"))
        try await store.publish("demo-1.0.tar.gz", "one", at: 1)
        try await store.publish("demo-2.0.tar.gz", "two", at: 2)
    }

    private var files: [String] {
        get throws { try store.project(index: "main", name: "demo")?.files.map(\.filename) ?? [] }
    }

    private func delete(_ filename: String) async throws {
        let file = try #require(try store.file(index: "main", filename: filename))
        _ = try await store.write { catalog throws(StorageError) in
            try catalog.deleteFile(file, reason: "a \"slip\"", by: .at(10))
        }.get()
    }

    @Test func `a deleted file is seen by nobody, and its bytes stay`() async throws {
        let file = try #require(try store.file(index: "main", filename: "demo-1.0.tar.gz"))
        try await delete("demo-1.0.tar.gz")
        #expect(try files == ["demo-2.0.tar.gz"])
        #expect(try store.file(index: "main", filename: "demo-1.0.tar.gz") == nil)
        #expect(try store.file(sha256: file.sha256, filename: "demo-1.0.tar.gz") == nil)
        #expect(try store.recentFiles(index: "main", limit: 9).map(\.filename) == ["demo-2.0.tar.gz"])
        #expect(try store.counts.files == 1)
        #expect(try store.deletedFiles(of: key).map(\.filename) == ["demo-1.0.tar.gz"])
        #expect(try store.collectGarbage().blobs == 0)
        let row = try #require(try store.journal(after: 2, limit: 9).first)
        #expect(row.action == .delete && row.subject == "demo-1.0.tar.gz")
        #expect(row.details == #"{"sha256":"\#(file.sha256.hex)","reason":"a \"slip\""}"#)
    }

    @Test(arguments: ["demo-1.0.tar.gz", "Demo-1.0.0.tar.gz"], ["one", "other"])
    func `a deleted name stays taken, in every spelling and for any bytes`(name: String, content: String) async throws {
        try await delete("demo-1.0.tar.gz")
        let outcome = try await store.publish(name, content)
        guard case .wasDeleted(let file) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(file.filename == "demo-1.0.tar.gz")
    }

    @Test func `a restored file is what it was`() async throws {
        let before = try #require(try store.file(index: "main", filename: "demo-1.0.tar.gz"))
        try await delete("demo-1.0.tar.gz")
        let deleted = try #require(try store.deletedFiles(of: key).first)
        let serial = try await store.write { catalog throws(StorageError) in
            try catalog.restoreFile(deleted, reason: nil, by: .at(11))
        }.get()
        var after = try #require(try store.file(index: "main", filename: "demo-1.0.tar.gz"))
        #expect(after.serial == serial && serial == 4)
        after.serial = before.serial
        #expect(after == before)
        #expect(try files == ["demo-1.0.tar.gz", "demo-2.0.tar.gz"])
    }

    @Test func `the bytes of files deleted long ago are given up, and the name stays taken`() async throws {
        try await delete("demo-1.0.tar.gz")
        func giveUp(before seconds: Int64) async throws -> Int {
            try await store.write { catalog throws(StorageError) in
                try catalog.giveUpFiles(deletedBefore: UploadTime(microseconds: seconds * 1_000_000), by: .at(20))
            }.get()
        }
        #expect(try await giveUp(before: 10) == 0)
        #expect(try await giveUp(before: 11) == 1)
        #expect(try await giveUp(before: 11) == 0)
        #expect(try store.collectGarbage().blobs == 1)
        #expect(try store.deletedFiles(of: key).isEmpty)
        #expect(try store.verify().isSound)
        guard case .wasDeleted = try await store.publish("demo-1.0.tar.gz", "one") else {
            Issue.record("the name is free again")
            return
        }
    }
}
