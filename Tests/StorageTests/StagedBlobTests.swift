import Crypto
import Foundation
import Packaging
import Synchronization
import Testing

@testable import Posix
@testable import Storage

/// Small blobs: durable by the catalog's transaction, on the disk as files a little later.
struct StagedBlobTests {
    let folder: TemporaryFolder
    let store: Store

    init() throws {
        folder = try TemporaryFolder()
        store = try Store(directory: folder.store)
    }

    private func staged(_ bytes: [UInt8]) throws -> StagedBlob {
        let writer = try store.blobs.writer()
        try writer.append(bytes)
        return try store.stage(writer.end())
    }

    /// Keeps texts as small blobs, all in one transaction. -> their digests
    private func keep(_ texts: String...) async throws -> [Digest] {
        let blobs = try texts.map { try staged(Array($0.utf8)) }
        try await store.write { catalog throws(StorageError) in for blob in blobs { catalog.keep(blob) } }.get()
        return blobs.map(\.sha256)
    }

    private func path(_ sha256: Digest, in folder: String? = nil) -> String {
        Layout(directory: folder ?? self.folder.store).path(of: sha256)
    }

    private func rows() throws -> Int64 {
        try store.readers.read { catalog throws(StorageError) in
            try catalog.number("SELECT count(*) FROM staged_blobs")
        }
    }

    private func text(_ sha256: Digest, of store: Store) throws -> String? {
        try store.open(sha256).map { String(decoding: try $0.read(at: 0, count: 100), as: UTF8.self) }
    }

    private func damage(_ path: String, _ content: String?) throws {
        try FileManager.default.removeItem(atPath: path)
        if let content { try Data(content.utf8).write(to: URL(fileURLWithPath: path)) }
    }

    @Test(arguments: [(1, true), (32 << 10, true), (32 << 10 + 1, false)])
    func `the catalog carries small blobs only`(_ size: Int, isSmall: Bool) throws {
        let bytes = [UInt8](repeating: 7, count: size)
        #expect((try staged(bytes).carried != nil) == isSmall)
        #expect((try store.stage(bytes).carried != nil) == isSmall)
    }

    @Test func `a small blob is committed with the catalog and can be read at once`() async throws {
        let digests = try await keep("archive", "metadata")
        #expect(try rows() == 2)
        #expect(store.writeCounters.directorySyncs == 0)
        #expect(try digests.map { try text($0, of: store) } == ["archive", "metadata"])
        #expect(try folder.blobs().count == 2)
    }

    @Test(arguments: [nil, "", "sm", "\0\0\0\0\0"])
    func `a file that a power cut took or damaged is written again at the start`(_ damaged: String?) async throws {
        let digests = try await keep("small", "other")
        let copy = folder.path + "/copy"
        try FileManager.default.copyItem(atPath: folder.store, toPath: copy)
        try damage(path(digests[0], in: copy), damaged)
        let after = try Store(directory: copy)
        for (digest, expected) in zip(digests, ["small", "other"]) {
            #expect(try after.blobs.open(digest) != nil)
            #expect(try text(digest, of: after) == expected)
        }
        #expect(try after.verify().damaged.isEmpty)
        #expect(try after.readers.read { catalog throws(StorageError) in try catalog.lastStagedBlob() } == 0)
    }

    @Test func `bytes are read from the catalog while their file has no name`() async throws {
        let digest = try await keep("unnamed")[0]
        try damage(path(digest), nil)
        #expect(try store.blobs.open(digest) == nil)
        #expect(try text(digest, of: store) == "unnamed")
        #expect(try store.open(Digest.sha256(of: Array("nobody's".utf8))) == nil)
    }

    @Test(arguments: [(nil, false), (nil, true), ("damaged", true)])
    func `settling names what has no name, and writes all again after a failure`(
        _ damaged: String?, rewriting: Bool
    ) async throws {
        let digest = try await keep("content")[0]
        try damage(path(digest), damaged)
        try store.settler.settle(after: 0, through: 1, rewriting: rewriting)
        #expect(try store.blobs.open(digest)?.read(at: 0, count: 100) == Array("content".utf8))
    }

    @Test(.timeLimit(.minutes(10))) func `the catalog lets go of bytes whose file is on the disk`() async throws {
        _ = try await keep("first", "second")
        while store.settler.settled < 2 { try await Task.sleep(for: .milliseconds(20)) }
        _ = try await keep("third")
        #expect(try rows() == 1)
        // Numbers go on: nothing can take a later row for one that is settled.
        #expect(try store.readers.read { catalog throws(StorageError) in try catalog.lastStagedBlob() } == 3)
    }

    @Test func `files that do not reach the disk are told of once, and the catalog keeps their bytes until they do`()
        async throws
    {
        let reports = Mutex<[String]>([])
        let second = try Store(directory: folder.store) { text in reports.withLock { $0.append(text) } }
        second.settler.stop()
        // Where there is no directory, a file gets no name: that fails as a disk does that takes nothing.
        let bytes = Array("small".utf8)
        let directory = Layout(directory: folder.store).directory(of: Digest.sha256(of: bytes))
        try FileManager.default.removeItem(atPath: directory)
        let writer = try second.blobs.writer()
        try writer.append(bytes)
        let blob = try second.stage(writer.end())
        try await second.write { catalog throws(StorageError) in catalog.keep(blob) }.get()
        for _ in 1...3 {
            second.settler.settleCommitted()
            try await second.write { _ throws(StorageError) in }.get()
            #expect(try rows() == 1 && text(blob.sha256, of: second) == "small")
            #expect(try second.health().settlingFailure != nil)
        }
        #expect(reports.withLock { $0 }.count == 1 && reports.withLock { $0[0].contains("do not reach the disk") })
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
        for _ in 1...3 { second.settler.settleCommitted() }
        try await second.write { _ throws(StorageError) in }.get()
        #expect(try rows() == 0 && text(blob.sha256, of: second) == "small")
        #expect(try second.health().settlingFailure == nil)
        #expect(reports.withLock { $0 }.count == 2 && reports.withLock { $0[1].contains("again") })
    }

    @Test func `a blob that is written again is there at every moment`() async throws {
        let digest = try await keep("always")[0]
        let (path, blobs) = (path(digest), store.blobs)
        let missed = Mutex(0)
        DispatchQueue.concurrentPerform(iterations: 2) { number in
            for _ in 1...1_000 {
                if number == 0 {
                    try? blobs.replace(digest, with: Array("always".utf8))
                } else if (try? blobs.open(digest)) == nil {
                    missed.withLock { $0 += 1 }
                }
            }
        }
        #expect(missed.withLock { $0 } == 0)
        // What a crash left between the two names is in nobody's way, and no blob.
        try Data("half".utf8).write(to: URL(fileURLWithPath: path + ".new"))
        #expect(try store.verify().isSound)
        try blobs.replace(digest, with: Array("always".utf8))
        #expect(try folder.blobs().count == 1 && text(digest, of: store) == "always")
    }

    @Test func `a command leaves alone what a running server has not settled, and the next server takes it over`()
        async throws
    {
        #expect(try store.beginServing())
        store.settler.stop()
        let digest = try await keep("small")[0]
        try damage(path(digest), nil)
        let command = try Store(directory: folder.store)
        #expect(try rows() == 1 && command.blobs.open(digest) == nil && text(digest, of: command) == "small")
        // What the command itself keeps is settled; then it lets go of that alone.
        let writer = try command.blobs.writer()
        try writer.append(Array("own".utf8))
        let own = try command.stage(writer.end())
        try command.writeAndWait { catalog throws(StorageError) in catalog.keep(own) }
        command.settler.settleCommitted()
        try command.writeAndWait { _ throws(StorageError) in }
        #expect(try rows() == 1 && text(digest, of: store) == "small")
        let next = try Store(directory: folder.store)
        #expect(try !next.beginServing())
        next.settler.settleCommitted()
        try next.writeAndWait { _ throws(StorageError) in }
        #expect(try rows() == 0 && next.blobs.open(digest) != nil)
    }

    @Test func `what the collection removes does not come back`() async throws {
        let digest = try await keep("orphan")[0]
        #expect(try store.collectGarbage().blobs == 1)
        #expect(try store.open(digest) == nil)
        #expect(try Store(directory: folder.store).open(digest) == nil)
        #expect(try folder.blobs().isEmpty)
    }

    @Test func `a refused change keeps no bytes`() async throws {
        let blob = try staged(Array("refused".utf8))
        await #expect(throws: StorageError.corrupt("on purpose")) {
            try await store.write { catalog throws(StorageError) in
                catalog.keep(blob)
                throw .corrupt("on purpose")
            }.get()
        }
        #expect(try rows() == 0)
        #expect(try store.open(blob.sha256) == nil)
    }

    @Test func `two stores on one folder settle each other's blobs`() async throws {
        let other = try Store(directory: folder.store)
        let digest = try await keep("shared")[0]
        try damage(path(digest), nil)
        _ = try Store(directory: folder.store)
        #expect(try other.blobs.open(digest) != nil)
        #expect(try rows() == 0)
        #expect(try await keep("next").count == 1)
    }
}
