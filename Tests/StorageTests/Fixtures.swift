import Foundation
import Packaging
import Posix
import Storage

/// A folder that is removed with its last owner.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "/wheelhouse-storage-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// The path of a store in this folder; nobody has made it yet.
    var store: String { path + "/Storage" }

    /// The paths of all blobs of the store, below `blobs/sha256/`.
    func blobs() throws -> [String] {
        let root = store + "/blobs/sha256"
        return try FileManager.default.subpathsOfDirectory(atPath: root).filter { $0.utf8.count > 2 }.sorted()
    }
}

extension Occasion {
    static func at(_ seconds: Int64, by actor: String = "tests") -> Occasion {
        Occasion(actor: actor, time: UploadTime(microseconds: seconds * 1_000_000))
    }
}

extension FileRecord {
    /// The record of a staged blob under a name such as `demo-1.0.tar.gz` or `demo-1.0-py3-none-any.whl`.
    static func named(
        _ filename: String, _ blob: StagedBlob, index: String = "main", at seconds: Int64 = 1
    ) throws -> FileRecord {
        let isWheel = filename.hasSuffix(".whl")
        let parts = filename.split(separator: "-")
        let version = isWheel ? String(parts[1]) : String(parts[1].dropLast(".tar.gz".count))
        return FileRecord(
            index: index, project: try ProjectName(String(parts[0])),
            name: Name(filename: filename, version: try Version(version), kind: isWheel ? .wheel : .sdist),
            content: try Content(
                sha256: blob.sha256, blake2b256: blob.written.digest(.blake2b256), size: blob.written.size),
            uploaded: .at(seconds, by: "uploader"))
    }
}

extension Store {
    /// Publishes a text under a file name.
    @discardableResult
    func publish(
        _ filename: String, _ content: String = "content", index: String = "main", at seconds: Int64 = 1
    ) async throws -> PublishOutcome {
        let blob = try blobs.stage(Array(content.utf8))
        let file = try FileRecord.named(filename, blob, index: index, at: seconds)
        return try await write { catalog throws(StorageError) in
            try catalog.publishFile(file, bytes: [blob], summary: "a demonstration")
        }.get()
    }
}
