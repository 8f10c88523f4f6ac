import Foundation
import Packaging
import Storage
import Testing

@testable import Wheelhouse

struct KnownContentsTests {
    /// An archive without members (APPNOTE.TXT §4.3.16), under so many names.
    private func files(_ count: Int, in store: Store) async throws -> [FileRecord] {
        let blob = try store.blobs.stage([0x50, 0x4B, 0x05, 0x06] + [UInt8](repeating: 0, count: 18))
        let content = try FileRecord.Content(
            sha256: blob.sha256, blake2b256: blob.written.digest(.blake2b256), size: blob.written.size)
        let project = try ProjectName("demo")
        let files = try (0..<count).map { number in
            FileRecord(
                index: "main", project: project,
                name: .init(
                    filename: "demo-\(number)-py3-none-any.whl", version: try Version("\(number)"), kind: .wheel),
                content: content, uploaded: Occasion(actor: "tests", time: UploadTime(microseconds: 1)))
        }
        let first = files[0]
        _ = try await store.write { catalog throws(StorageError) in
            try catalog.publishFile(first, bytes: [blob], summary: nil)
        }.get()
        return files
    }

    @Test func `an archive is read once, and the archives made known first are forgotten`() async throws {
        let folder = NSTemporaryDirectory() + "/wheelhouse-contents-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let store = try Store(directory: folder)
        let files = try await files(2_500, in: store)
        let known = KnownContents()
        let contents = try #require(try known.contents(of: files[0], in: store))
        #expect(contents.members.isEmpty && !contents.isCut)
        for file in files { #expect(try known.contents(of: file, in: store) != nil) }
        #expect(known.count == 2_048, "8 MiB of 4 KiB each")
        try FileManager.default.removeItem(atPath: folder + "/blobs")
        #expect(try known.contents(of: files[2_499], in: store) != nil, "its bytes are not needed any more")
        #expect(try known.contents(of: files[0], in: store) == nil)
        #expect(try known.contents(of: files[2_499], in: store, bills: true) == nil, "another question")
    }
}
