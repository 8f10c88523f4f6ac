import Crypto
import Foundation
import Packaging
import Posix
import Testing

@testable import Storage

struct SweepTests {
    let folder: TemporaryFolder
    let store: Store

    init() throws {
        folder = try TemporaryFolder()
        store = try Store(directory: folder.store)
    }

    private func path(of content: String) -> String {
        Layout(directory: folder.store).path(of: Digest.sha256(of: Array(content.utf8)))
    }

    @Test func `a sound store is sound`() async throws {
        try await store.publish("demo-1.0.tar.gz", "one")
        try await store.publish("demo-1.1.tar.gz", "three")
        var steps = 0
        let report = try store.verify { _ in steps += 1 }
        #expect(report.isSound)
        #expect(report.blobs == 2)
        #expect(report.bytes == 8)
        #expect(steps == 2)
    }

    @Test(arguments: ["", "twp", "two and more"])
    func `damaged bytes are found`(_ damage: String) async throws {
        try await store.publish("demo-1.0.tar.gz", "one")
        try await store.publish("demo-1.1.tar.gz", "two")
        try FileManager.default.removeItem(atPath: path(of: "two"))
        try Data(damage.utf8).write(to: URL(fileURLWithPath: path(of: "two")))
        let report = try store.verify()
        #expect(report.damaged == [Digest.sha256(of: Array("two".utf8))])
        #expect(report.missing.isEmpty)
        #expect(!report.isSound)
        #expect(try report.damaged.map(store.uses) == [["demo-1.1.tar.gz"]])
    }

    @Test func `what stands in a blob's place is damage, and the other blobs are read`() async throws {
        try await store.publish("demo-1.0.tar.gz", "one")
        try await store.publish("demo-1.1.tar.gz", "two")
        try await store.publish("demo-1.2.tar.gz", "three")
        for content in ["one", "two"] { try FileManager.default.removeItem(atPath: path(of: content)) }
        try FileManager.default.createDirectory(atPath: path(of: "one"), withIntermediateDirectories: false)
        #expect(unsafe mkfifo(path(of: "two"), 0o600) == 0)
        let report = try store.verify()
        #expect(Set(report.damaged) == Set(["one", "two"].map { Digest.sha256(of: Array($0.utf8)) }))
        #expect((report.blobs, report.bytes) == (3, 5))
        #expect(report.missing.isEmpty)
    }

    @Test(arguments: [(EIO, true), (ELOOP, true), (ENOENT, true), (EMFILE, false), (ENOMEM, false), (EACCES, false)])
    func `a right that is missing is no damage`(_ code: Int32, _ isDamage: Bool) {
        #expect(StorageError(Errno(code), doing: "reading").isDamage == isDamage)
    }

    @Test func `missing archives and missing metadata are found`() async throws {
        let blob = try store.blobs.stage(Array("archive".utf8))
        let metadata = try store.blobs.stage(Array("metadata".utf8))
        var file = try FileRecord.named("demo-1.0-py3-none-any.whl", blob)
        file.coreMetadata = metadata.sha256
        _ = try await store.write { [file] catalog throws(StorageError) in
            try catalog.publishFile(file, bytes: [blob, metadata], summary: nil)
        }.get()
        #expect(try store.verify().isSound)
        for content in ["metadata", "archive"] {
            try FileManager.default.removeItem(atPath: path(of: content))
            #expect(try store.verify().missing.contains(Digest.sha256(of: Array(content.utf8))))
        }
        #expect(try store.verify().missing.count == 2)
        let name = "demo-1.0-py3-none-any.whl"
        #expect(try [blob, metadata].map { try store.uses(of: $0.sha256) } == [[name], ["the metadata of \(name)"]])
        #expect(try store.uses(of: Digest.sha256(of: [])).isEmpty)
    }

    @Test func `the collection removes what nobody refers to, and nothing else`() async throws {
        let blob = try store.blobs.stage(Array("archive".utf8))
        let metadata = try store.blobs.stage(Array("metadata".utf8))
        let orphans = try ["orphan", "waif"].map { try store.blobs.stage(Array($0.utf8)) }
        var file = try FileRecord.named("demo-1.0-py3-none-any.whl", blob)
        file.coreMetadata = metadata.sha256
        _ = try await store.write { [file] catalog throws(StorageError) in
            try catalog.publishFile(file, bytes: [blob, metadata] + orphans, summary: nil)
        }.get()
        #expect(try folder.blobs().count == 4)
        let report = try store.collectGarbage()
        #expect(report.blobs == 2)
        #expect(report.bytes == 10)
        #expect(try folder.blobs().count == 2)
        #expect(try store.verify().isSound)
        #expect(try store.collectGarbage() == GarbageReport())
    }

    /// Publications of bytes that exist as orphans, against collections by another process: the moment between the
    /// naming of a blob and the commit is the one that must not be hit.
    @Test func `the collection never takes a blob from a publication under way`() async throws {
        let command = try Store(directory: folder.store)
        for round in 0..<10 {
            let orphans = try (0..<16).map { try store.blobs.stage(Array("content \(round) \($0)".utf8)) }
            try await store.write { catalog throws(StorageError) in
                for blob in orphans { catalog.keep(blob) }
            }.get()
            try await withThrowingTaskGroup { group in
                group.addTask { _ = try command.collectGarbage() }
                for number in 0..<16 {
                    group.addTask {
                        try await store.publish("demo-\(round + 1).\(number + 1).tar.gz", "content \(round) \(number)")
                    }
                }
                for try await _ in group {}
            }
        }
        #expect(try store.counts.files == 160)
        let report = try store.verify()
        #expect(report.missing.isEmpty)
        #expect(report.isSound)
    }

    @Test func `files of other names in the folders of blobs are passed over`() async throws {
        try await store.publish("demo-1.0.tar.gz")
        let stranger = folder.store + "/blobs/sha256/ab/lost+found"
        try Data("?".utf8).write(to: URL(fileURLWithPath: stranger))
        #expect(try store.collectGarbage().blobs == 0)
        #expect(try store.verify().blobs == 1)
        #expect(FileManager.default.fileExists(atPath: stranger))
    }
}
