import Crypto
import Foundation
import Packaging
import Posix
import Testing

@testable import Storage

struct BackupTests {
    let folder: TemporaryFolder
    let store: Store

    init() async throws {
        folder = try TemporaryFolder()
        store = try Store(directory: folder.store)
        try await store.publish("demo-1.0.tar.gz", "one", at: 1)
        try await store.publish("demo-2.0.tar.gz", "two", at: 2)
    }

    private var backup: String { folder.path + "/backup" }

    private func backUp() throws(StorageError) -> BackupReport { try Store.backUp(folder.store, to: backup) }

    private func digest(_ content: String) -> Digest { Digest.sha256(of: Array(content.utf8)) }

    private func path(_ content: String, in folder: String) -> String {
        Layout(directory: folder).path(of: digest(content))
    }

    private func write(_ text: String, to path: String) throws {
        _ = try? FileManager.default.removeItem(atPath: path)
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    }

    private func files(of directory: String) throws -> [String] {
        let store = try Store(directory: directory, mustExist: true)
        #expect(try store.verify().isSound)
        return try #require(try store.project(index: "main", name: "demo")).files.map(\.filename)
    }

    /// Deletes a file, so that `gc` may give it up.
    private func delete(_ filename: String) async throws {
        let file = try #require(try store.file(index: "main", filename: filename))
        _ = try await store.write { catalog throws(StorageError) in
            try catalog.deleteFile(file, reason: nil, by: .at(10))
        }.get()
    }

    private func refusal(_ body: () throws(StorageError) -> BackupReport) -> String? {
        do throws(StorageError) {
            _ = try body()
        } catch .unsuitableCopy(_, let reason) {
            return reason
        } catch {
            return "\(error)"
        }
        return nil
    }

    @Test func `a backup is a data folder with all that was there`() throws {
        let key = try store.keepTokenKey([1, 2, 3])
        _ = try store.saveAdminToken("whl_secret")
        let report = try backUp()
        #expect(report.isWhole)
        #expect((report.copied, report.bytes, report.kept) == (2, 6, 0))
        #expect(try report.journalHead == store.journalHead)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: backup).sorted() == [
                "blobs", "catalog.sqlite", "token-key",
            ])
        #expect(try files(of: backup) == ["demo-1.0.tar.gz", "demo-2.0.tar.gz"])
        let copy = try Store(directory: backup, mustExist: true)
        #expect(try copy.tokenKey() == key && copy.adminToken() == nil)
        for name in ["catalog.sqlite", "token-key"] {
            let attributes = try FileManager.default.attributesOfItem(atPath: backup + "/" + name)
            #expect(attributes[.posixPermissions] as? Int == 0o600)
        }
    }

    @Test func `the next backup copies what is new`() async throws {
        _ = try backUp()
        try await store.publish("demo-3.0.tar.gz", "three", at: 3)
        let report = try Store.backUp(folder.store + "/", to: backup + "/")
        #expect((report.copied, report.bytes, report.kept) == (1, 5, 2))
        #expect(try files(of: backup).count == 3)
        #expect(try backUp().copied == 0)
    }

    @Test func `bytes that only the catalog has are files in the backup`() async throws {
        let staged = try store.stage(Array("small".utf8))
        #expect(staged.carried != nil)
        let file = try FileRecord.named("demo-3.0.tar.gz", staged)
        _ = try await store.write { catalog throws(StorageError) in
            try catalog.publishFile(file, bytes: [staged], summary: nil)
        }.get()
        // What a crash may have left of it.
        try write("", to: path("small", in: folder.store))
        #expect(try backUp().isWhole)
        #expect(try String(contentsOfFile: path("small", in: backup), encoding: .utf8) == "small")
        let rows = try Connection(path: backup + "/catalog.sqlite", writable: false)
            .number("SELECT count(*) FROM staged_blobs")
        #expect(rows == 0)
    }

    @Test func `the counts of downloads are copied`() throws {
        let usage = try UsageStore(of: store)
        let file = DownloadedFile(index: "main", project: "demo", version: "1.0", filename: "demo-1.0.tar.gz")
        try usage.add([DownloadCount(file, by: .unknown, count: 7)], on: 20_000)
        _ = try backUp()
        let number = try Connection(path: backup + "/usage.sqlite", writable: false)
            .number("SELECT sum(count) FROM downloads")
        #expect(number == 7)
    }

    @Test func `what is damaged or missing is named, and what the backup has stays`() async throws {
        _ = try backUp()
        try await store.publish("demo-3.0.tar.gz", "three", at: 3)
        try await store.publish("demo-4.0.tar.gz", "four", at: 4)
        try write("eno", to: path("one", in: folder.store))
        try write("eerht", to: path("three", in: folder.store))
        try FileManager.default.removeItem(atPath: path("four", in: folder.store))
        let report = try backUp()
        #expect(!report.isWhole)
        #expect(report.damaged == [.init(sha256: digest("three"), uses: ["demo-3.0.tar.gz"])])
        #expect(report.missing == [.init(sha256: digest("four"), uses: ["demo-4.0.tar.gz"])])
        #expect(try String(contentsOfFile: path("one", in: backup), encoding: .utf8) == "one")
        // The next one takes it.
        try write("three", to: path("three", in: folder.store))
        try write("four", to: path("four", in: folder.store))
        #expect(try backUp().isWhole)
    }

    @Test func `files that are given up meanwhile are not missing`() async throws {
        try await delete("demo-1.0.tar.gz")
        try await delete("demo-2.0.tar.gz")
        try await store.publish("demo-3.0.tar.gz", "three", at: 3)
        var isFirst = true
        let report = try Store.backUp(folder.store, to: backup) { _ in
            guard isFirst else { return }
            isFirst = false
            do {
                _ = try store.writeAndWait { catalog throws(StorageError) in
                    try catalog.giveUpFiles(deletedBefore: UploadTime(microseconds: 20_000_000), by: .at(20))
                }
                #expect(try store.collectGarbage().blobs == 2)
            } catch {
                Issue.record(error)
            }
        }
        #expect(report.isWhole)
        #expect(try report.journalHead == store.journalHead)
        #expect(try files(of: backup) == ["demo-3.0.tar.gz"])
    }

    @Test func `a folder that is no earlier backup of this index is not touched`() async throws {
        #expect(
            refusal { () throws(StorageError) in try Store.backUp(folder.store, to: folder.store) }
                == "it is the data folder itself; name a new folder")
        do {
            let other = try Store(directory: folder.path + "/other")
            try await other.publish("other-1.0.tar.gz", "other")
        }
        let elsewhere = "it holds another index, or a later state of this one; name a new folder"
        #expect(
            refusal { () throws(StorageError) in try Store.backUp(folder.store, to: folder.path + "/other") }
                == elsewhere)
        #expect(try Store.backUp(folder.path + "/other", to: folder.path + "/third").isWhole)
        #expect(
            refusal { () throws(StorageError) in try Store.backUp(folder.store, to: folder.path + "/third") }
                == elsewhere)
        try FileManager.default.createDirectory(atPath: backup, withIntermediateDirectories: true)
        try write("mine", to: backup + "/letter")
        #expect(
            refusal { () throws(StorageError) in try backUp() } == "it has no catalog, but 'letter'; name a new folder")
        #expect(try FileManager.default.contentsOfDirectory(atPath: backup) == ["letter"])
    }

    @Test func `a backup that went on by itself is not overwritten`() async throws {
        _ = try backUp()
        do {
            let copy = try Store(directory: backup)
            try await copy.publish("demo-5.0.tar.gz", "five", at: 5)
        }
        let reason = refusal { () throws(StorageError) in try backUp() }
        #expect(reason == "it holds another index, or a later state of this one; name a new folder")
    }

    @Test func `a backup that is in use is not overwritten, and one that is written is not used`() async throws {
        _ = try backUp()
        try await store.publish("demo-3.0.tar.gz", "three", at: 3)
        do {
            let user = try Store(directory: backup)
            let reason = refusal { () throws(StorageError) in try backUp() }
            #expect(reason == "it is in use by another process; try again when that has ended")
            #expect(try user.verify().isSound)
        }
        do {
            let other = try Connection(path: backup + "/catalog.sqlite", writable: true)
            _ = try other.number("SELECT count(*) FROM journal")
            let reason = refusal { () throws(StorageError) in try backUp() }
            #expect(reason == "somebody has its catalog open; try again later")
            #expect(try other.number("SELECT count(*) FROM journal") == 2)
        }
        let report = try Store.backUp(folder.store, to: backup) { _ in
            #expect(throws: StorageError.beingCopied(directory: backup)) { try Store(directory: backup) }
            #expect(refusal { () throws(StorageError) in try backUp() }?.hasPrefix("it is in use") == true)
        }
        #expect(report.kept == 3)
        #expect(try files(of: backup).count == 3)
    }

    @Test func `a log that somebody left beside the old catalog is not taken for the new one's`() async throws {
        _ = try backUp()
        let path = backup + "/catalog.sqlite"
        do {
            let other = try Connection(path: path, writable: true)
            try other.script("CREATE TABLE left (content TEXT)")
            try FileManager.default.copyItem(atPath: path + "-wal", toPath: path + "-kept")
        }
        // As after a process that ended without closing.
        try FileManager.default.moveItem(atPath: path + "-kept", toPath: path + "-wal")
        try await store.publish("demo-3.0.tar.gz", "three", at: 3)
        #expect(try backUp().isWhole)
        #expect(try files(of: backup).count == 3)
    }

    @Test(arguments: ["files_by_sha256", "journal", "tokens"])
    func `a damaged catalog takes no good one's place`(_ table: String) async throws {
        _ = try backUp()
        try await store.publish("demo-3.0.tar.gz", "three", at: 3)
        let copy = folder.path + "/copy"
        _ = try Store.backUp(folder.store, to: copy)
        let page = try Connection(path: copy + "/catalog.sqlite", writable: false)
            .number("SELECT rootpage FROM sqlite_schema WHERE name = ?1", .text(table))
        let file = try #require(FileHandle(forUpdatingAtPath: copy + "/catalog.sqlite"))
        try file.seek(toOffset: UInt64(page - 1) * 4096)
        try file.write(contentsOf: Data(repeating: 0x55, count: 4096))
        try file.close()
        #expect(throws: StorageError.self) { try Store.backUp(copy, to: backup) }
        #expect(try files(of: backup).count == 2)
        #expect(!FileManager.default.fileExists(atPath: backup + "/catalog.sqlite.new"))
    }

    @Test func `a changed journal takes no good one's place`() throws {
        _ = try backUp()
        let copy = folder.path + "/copy"
        _ = try Store.backUp(folder.store, to: copy)
        let other = try Connection(path: copy + "/catalog.sqlite", writable: true)
        try other.script("DROP TRIGGER journal_keeps_values; UPDATE journal SET actor = 'nobody' WHERE serial = 1")
        #expect(throws: StorageError.corrupt("\(copy)/catalog.sqlite: the journal's row 1 was changed")) {
            try Store.backUp(copy, to: backup)
        }
    }

    @Test func `damaged counts of downloads keep nobody from a backup`() throws {
        _ = try UsageStore(of: store)
        _ = try backUp()
        try write("no database", to: backup + "/usage.sqlite")
        #expect(try backUp().usageProblem == nil)
        #expect(
            try Connection(path: backup + "/usage.sqlite", writable: false).number("SELECT count(*) FROM files") == 0)
        let copy = folder.path + "/copy"
        _ = try backUp()
        _ = try Store.backUp(folder.store, to: copy)
        try write("no database", to: copy + "/usage.sqlite")
        let report = try Store.backUp(copy, to: backup)
        #expect(report.isWhole && report.usageProblem?.hasPrefix("\(copy)/usage.sqlite: ") == true)
        #expect(try Store.restore(copy, to: folder.path + "/new").usageProblem != nil)
    }

    @Test func `what stands in a blob's place is damage, and keeps no other blob from the backup`() async throws {
        try FileManager.default.removeItem(atPath: path("one", in: folder.store))
        try FileManager.default.createDirectory(
            atPath: path("one", in: folder.store), withIntermediateDirectories: true)
        try FileManager.default.removeItem(atPath: path("two", in: folder.store))
        #expect(unsafe mkfifo(path("two", in: folder.store), 0o600) == 0)
        try await store.publish("demo-3.0.tar.gz", "three", at: 3)
        let report = try backUp()
        #expect(report.copied == 1)
        #expect(Set(report.damaged.map(\.sha256)) == [digest("one"), digest("two")])
    }

    @Test func `a name that leads to nothing does not count as a copy`() throws {
        let path = path("one", in: backup)
        try FileManager.default.createDirectory(
            atPath: URL(fileURLWithPath: path).deletingLastPathComponent().path, withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "nowhere")
        #expect(throws: StorageError.io(.exists, doing: "naming \(path)")) { try backUp() }
    }

    @Test func `a catalog that had a log is read without a file beside it, whatever its path`() throws {
        _ = try backUp()
        // As after `verify`.
        try Connection(path: backup + "/catalog.sqlite", writable: true).script("PRAGMA user_version")
        let connection = try Connection(immutable: backup + "/catalog.sqlite")
        #expect(try connection.number("SELECT count(*) FROM files") == 2)
        let odd = folder.path + "/file: 100% ?#é"
        try FileManager.default.moveItem(atPath: backup, toPath: odd)
        #expect(try Connection(immutable: odd + "/catalog.sqlite").number("SELECT count(*) FROM files") == 2)
    }

    @Test(arguments: ["v1", "v2"]) func `folders of older programs are backed up and restored`(_ version: String) throws
    {
        let old = folder.path + "/old"
        // The script has no blobs.
        try FileManager.default.createDirectory(atPath: old, withIntermediateDirectories: true)
        try write("", to: old + "/catalog.sqlite")
        let script = try String(contentsOf: Self.catalogs.appending(path: version + ".sql"), encoding: .utf8)
        try Connection(path: old + "/catalog.sqlite", writable: true).script(script)
        let report = try Store.backUp(old, to: backup)
        #expect(!report.missing.isEmpty)
        #expect(try Store.restore(old, to: folder.path + "/new").missing == report.missing)
        #expect(try Store(directory: backup).lastSerial == Store(directory: folder.path + "/new").lastSerial)
    }

    private static let catalogs = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(
        path: "Catalogs")

    @Test func `an interrupted backup leaves the one before, and the next one goes on`() async throws {
        _ = try backUp()
        try await store.publish("demo-3.0.tar.gz", "three", at: 3)
        // A directory in the way stands for a disk that fails.
        let inTheWay = backup + "/token-key.new"
        try FileManager.default.createDirectory(atPath: inTheWay, withIntermediateDirectories: true)
        _ = try store.keepTokenKey([7])
        #expect(throws: StorageError.self) { try backUp() }
        #expect(try files(of: backup).count == 2)
        try FileManager.default.removeItem(atPath: inTheWay)
        // What a kill leaves.
        for end in ["", "-journal", "-wal", "-shm"] { try write("half", to: backup + "/catalog.sqlite.new" + end) }
        #expect(try backUp().isWhole)
        #expect(try files(of: backup).count == 3)
        let names = try FileManager.default.contentsOfDirectory(atPath: backup)
        #expect(names.allSatisfy { !$0.contains(".new") })
    }

    @Test func `what was restored is what was backed up`() async throws {
        _ = try store.keepTokenKey([1, 2, 3])
        _ = try backUp()
        try await store.publish("demo-3.0.tar.gz", "three", at: 3)
        let new = folder.path + "/new/Storage"
        let report = try Store.restore(backup, to: new)
        #expect(report.isWhole && report.copied == 2)
        #expect(try files(of: new) == ["demo-1.0.tar.gz", "demo-2.0.tar.gz"])
        #expect(try Store(directory: new).tokenKey() == [1, 2, 3])
    }

    @Test func `a folder with a catalog is not restored over, and what is no backup is not restored`() throws {
        _ = try backUp()
        let reason = refusal { () throws(StorageError) in try Store.restore(backup, to: folder.store) }
        #expect(reason == "it has a catalog already; name a new folder")
        #expect(try files(of: folder.store).count == 2)
        let nothing = folder.path + "/nothing"
        #expect(throws: StorageError.noStore(directory: nothing)) {
            try Store.restore(nothing, to: folder.path + "/new")
        }
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/new"))
    }

    @Test func `a data folder that lost its catalog is restored, its damaged blobs too`() throws {
        _ = try backUp()
        let new = folder.path + "/new"
        _ = try Store.backUp(folder.store, to: new)
        try FileManager.default.removeItem(atPath: new + "/catalog.sqlite")
        try write("eno", to: path("one", in: new))
        let report = try Store.restore(backup, to: new)
        #expect(report.isWhole && report.copied == 1 && report.kept == 1)
        #expect(try files(of: new).count == 2)
    }

    @Test func `a damaged blob stays until there is a better one`() throws {
        _ = try backUp()
        let new = folder.path + "/new"
        _ = try Store.backUp(folder.store, to: new)
        try FileManager.default.removeItem(atPath: new + "/catalog.sqlite")
        try write("eno", to: path("one", in: new))
        try FileManager.default.removeItem(atPath: path("one", in: backup))
        #expect(try Store.restore(backup, to: new).missing.map(\.sha256) == [digest("one")])
        #expect(try String(contentsOfFile: path("one", in: new), encoding: .utf8) == "eno")
    }

    @Test func `a key that was removed is in no backup any more`() throws {
        _ = try store.keepTokenKey([1, 2, 3])
        _ = try backUp()
        #expect(FileManager.default.fileExists(atPath: backup + "/token-key"))
        try FileManager.default.removeItem(atPath: folder.store + "/token-key")
        _ = try backUp()
        #expect(!FileManager.default.fileExists(atPath: backup + "/token-key"))
    }

    @Test func `a damaged backup restores the rest`() throws {
        _ = try backUp()
        try write("eno", to: path("one", in: backup))
        let report = try Store.restore(backup, to: folder.path + "/new")
        #expect(report.damaged.map(\.sha256) == [digest("one")])
        #expect(report.copied == 1)
        #expect(try Store(directory: folder.path + "/new").verify().missing == [digest("one")])
    }
}
