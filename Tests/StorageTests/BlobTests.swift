import Crypto
import Foundation
import Packaging
import Testing

@testable import Posix
@testable import Storage

struct BlobTests {
    let folder: TemporaryFolder
    let store: Store

    init() throws {
        folder = try TemporaryFolder()
        store = try Store(directory: folder.store)
    }

    @Test(arguments: [[0], [1], [3, 0, 5], [65_536, 65_536, 1], [300_000]])
    func `bytes come back under their digest`(_ pieces: [Int]) async throws {
        let bytes = (0..<pieces.reduce(0, +)).map { UInt8($0 % 251) }
        let writer = try store.blobs.writer(digests: [.md5])
        var rest = bytes[...]
        for piece in pieces {
            try writer.append(rest.prefix(piece))
            rest = rest.dropFirst(piece)
        }
        let blob = try writer.end().sync()
        #expect(blob.written.size == Int64(bytes.count))
        #expect(blob.sha256 == Digest.sha256(of: bytes))
        #expect(try store.blobs.open(blob.sha256) == nil)

        try await store.write { catalog throws(StorageError) in catalog.keep(blob) }.get()
        let file = try #require(try store.blobs.open(blob.sha256))
        #expect(try file.size == blob.written.size)
        #expect(try file.read(at: 0, count: bytes.count + 1) == bytes)
        let hex = blob.sha256.hex
        #expect(try folder.blobs() == ["\(hex.prefix(2))/\(hex.dropFirst(2))"])
        let path = folder.store + "/blobs/sha256/\(hex.prefix(2))/\(hex.dropFirst(2))"
        #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o440)
    }

    @Test func `bytes that several threads write and digest are the same`() throws {
        let workers = try WorkerPool(threads: 4)
        let writer = try store.blobs.writer(digests: [.md5])
        var all: [UInt8] = []
        // More than twice what is handed to the disk at once.
        for number in 0..<70 {
            let piece = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* number) }
            try writer.append(piece, on: workers)
            all += piece
        }
        let blob = writer.end()
        let alone = try store.blobs.stage(all).written
        #expect(blob.size == all.count)
        #expect(try blob.file.read(at: 0, count: all.count + 1) == all)
        for algorithm in [Digest.Algorithm.md5, .sha256, .blake2b256] {
            #expect(try blob.digest(algorithm) == alone.digest(algorithm))
        }
    }

    @Test func `a digest that was asked for late is the same`() throws {
        let bytes = (0..<700_000).map { UInt8($0 % 249) }
        let early = try store.blobs.writer(digests: [.md5])
        try early.append(bytes)
        let asked = early.end()
        let late = try store.blobs.stage(bytes).written
        for algorithm in [Digest.Algorithm.md5, .sha256, .blake2b256] {
            #expect(try late.digest(algorithm) == asked.digest(algorithm))
        }
    }

    @Test func `what is not named leaves nothing behind`() throws {
        let writer = try store.blobs.writer()
        try writer.append(Array("half an upload".utf8))
        _ = try store.blobs.stage(Array("never named".utf8))
        #expect(try folder.blobs().isEmpty)
        let names = try Directory.names(in: folder.store)
        #expect(Set(names).isSubset(of: ["blobs", "catalog.sqlite", "catalog.sqlite-wal", "catalog.sqlite-shm"]))
    }

    @Test func `a blob that exists is left as it is`() async throws {
        let first = try store.blobs.stage([1, 2, 3])
        let second = try store.blobs.stage([1, 2, 3])
        try await store.write { catalog throws(StorageError) in catalog.keep(first) }.get()
        let before = try store.blobs.open(first.sha256)?.modifiedMicroseconds
        try await store.write { catalog throws(StorageError) in
            catalog.keep(second)
            catalog.keep(second)
        }.get()
        #expect(try store.blobs.open(first.sha256)?.modifiedMicroseconds == before)
        #expect(try folder.blobs().count == 1)
    }

    @Test(arguments: [Errno.noSpace, .quotaExceeded, .fileTooLarge])
    func `a full device has an error of its own`(_ reason: Errno) {
        #expect(StorageError(reason, doing: "writing") == .full(doing: "writing"))
        #expect(StorageError(.inputOutput, doing: "writing") == .io(.inputOutput, doing: "writing"))
    }

    @Test func `the kernel's full device is recognised`() throws {
        let full = try File.open("/dev/full", flags: O_WRONLY, mode: 0)
        #expect(throws: Errno.noSpace) { try full.write(all: [1]) }
    }

    @Test func `a file system without unnamed files is named`() throws {
        #expect(throws: StorageError.unsuitableFileSystem(directory: "/proc")) {
            try BlobStore.requireUnnamedFiles(in: "/proc")
        }
        #expect(throws: Never.self) { try BlobStore.requireUnnamedFiles(in: folder.path) }
        #expect(StorageError.unsuitableFileSystem(directory: "/x").description.contains("ext4, XFS, Btrfs or tmpfs"))
    }
}
