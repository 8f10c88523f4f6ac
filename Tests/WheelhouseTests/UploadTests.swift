import Crypto
import Foundation
import Packaging
import Posix
import Storage
import Testing

@testable import Wheelhouse

@Suite(.timeLimit(.minutes(10))) struct UploadTests {
    @Test func `an index that has something and is not served is told`() async throws {
        var policy = Policy(uploadLimitBytes: 1 << 20, isReadingOpen: true)
        policy.indexes = ["staging", "empty"]
        let folder = try TemporaryFolder()
        let before = try Instance(folder: folder, policy: policy)
        let upload = try before.beginUpload(index: "staging")
        try await upload.fill(project: "demo", version: "1.0")
        #expect(try await upload.publish().isNew)
        #expect(try before.index.unservedIndexes.isEmpty)
        policy.indexes = ["empty"]
        #expect(try Instance(folder: folder, policy: policy).index.unservedIndexes == ["staging"])
    }

    @Test(arguments: [
        [1], [1, 1, 1], [Upload.pieceBytes - 1], [Upload.pieceBytes], [Upload.pieceBytes + 1],
        [Upload.pieceBytes, 1], [1, Upload.pieceBytes], [Upload.pieceBytes - 1, 2, Upload.pieceBytes],
        [3 * Upload.pieceBytes + 17], [100_000, 200_000, 7, 300_001, 1],
    ])
    func `pieces of any size come together in their order`(sizes: [Int]) async throws {
        let instance = try Instance()
        let archive = sdist("demo", "1.0", padding: sizes.reduce(0, +))
        let upload = try instance.beginUpload()
        try upload.fill(sdist: "demo-1.0.tar.gz")
        try upload.form.add("sha256_digest", Digest.sha256(of: archive).hex)
        try upload.beginContent(filename: "demo-1.0.tar.gz")
        var rest = archive[...]
        for size in sizes {
            try await upload.append(rest.prefix(size))
            rest = rest.dropFirst(size)
        }
        try await upload.append(rest)
        #expect(try await upload.publish().isNew)
        let digest = Digest.sha256(of: archive)
        let download = try #require(
            try await instance.index.download(index: "main", sha256: digest, filename: "demo-1.0.tar.gz"))
        #expect(download.size == archive.count)
        #expect(try download.file.read(at: 0, count: archive.count + 1) == archive)
    }

    @Test(arguments: [true, false])
    func `an MD5 counts, declared before the content or after it`(isBefore: Bool) async throws {
        for isRight in [true, false] {
            let instance = try Instance()
            let archive = sdist("demo", "1.0", padding: 300_000)
            var digester = try Digester([.md5])
            digester.update(archive.span)
            let right = try #require(digester.finish()[.md5]).hex
            let declared = isRight ? right : String(right.reversed())
            let upload = try instance.beginUpload()
            try upload.fill(sdist: "demo-1.0.tar.gz")
            if isBefore { try upload.form.add("md5_digest", declared) }
            try upload.beginContent(filename: "demo-1.0.tar.gz")
            try await upload.append(archive[...])
            if !isBefore { try upload.form.add("md5_digest", declared) }
            if isRight {
                #expect(try await upload.publish().isNew)
            } else {
                await #expect(throws: IndexError.self) { try await upload.publish() }
                #expect(try instance.folder.blobs().isEmpty)
            }
        }
    }

    @Test func `memory does not grow with the archive`() async throws {
        let instance = try Instance()
        let block = (0..<65_536).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let upload = try instance.beginUpload()
        try upload.fill(sdist: "demo-1.0.tar.gz")
        try upload.beginContent(filename: "demo-1.0.tar.gz")
        func append(megabytes: Int) async throws {
            for _ in 0..<megabytes * 16 { try await upload.append(block[...]) }
        }
        try await append(megabytes: 8)
        let before = try residentKilobytes()
        try await append(megabytes: 150)
        let after = try residentKilobytes()
        // The other tests of this process run beside it: 64 MiB of theirs are allowed for.
        #expect(after - before < 64 << 10, "\(before) kB grew to \(after) kB")
    }

    private func residentKilobytes() throws -> Int {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") })
        return try #require(Int(line.split(separator: " ").dropLast().last ?? line.split(separator: "\t")[1]))
    }

    @Test func `an upload that is let go leaves nothing`() async throws {
        let instance = try Instance()
        do {
            let upload = try instance.beginUpload()
            try upload.beginContent(filename: "demo-1.0.tar.gz")
            try await upload.append([UInt8](repeating: 1, count: 2 << 20)[...])
        }
        #expect(try instance.folder.blobs().isEmpty)
        #expect(try instance.store.projects(index: "main").isEmpty)
    }

    @Test func `the limit is exact`() async throws {
        let archive = sdist("demo", "1.0", padding: 1_000)
        let instance = try Instance(limit: Int64(archive.count))
        try await instance.publish("demo-1.0.tar.gz", archive)
        let other = try Instance(limit: Int64(archive.count - 1))
        let error = await #expect(throws: IndexError.self) { try await other.publish("demo-1.0.tar.gz", archive) }
        #expect(error?.code == .tooLarge)
        #expect(try other.folder.blobs().isEmpty)
    }

    @Test func `metadata is held to the rules since 2.2, and gets warnings before`() async throws {
        let instance = try Instance()
        let fault = "'foo bar' is an invalid value for Requires-Dist. Error: The requirement is not valid at 'bar'"
        let old = sdist("demo", "1.0", lines: "Metadata-Version: 2.1\nRequires-Dist: foo bar\n")
        guard case .published(_, let warnings) = try await instance.publish("demo-1.0.tar.gz", old) else {
            Issue.record("it was here already")
            return
        }
        #expect(warnings.count == 1 && warnings[0].hasPrefix(fault), "\(warnings)")
        let new = sdist("demo", "2.0", lines: "Metadata-Version: 2.2\nRequires-Dist: foo bar\n")
        let error = await #expect(throws: IndexError.self) { try await instance.publish("demo-2.0.tar.gz", new) }
        #expect(error?.code == .invalid && error?.sentence.hasPrefix(fault) == true, "\(error?.sentence ?? "")")
        let many = String(repeating: "X-Odd: 1\n", count: 3) + (0..<50).map { "X-\($0): 1\n" }.joined()
        let odd = sdist("demo", "3.0", lines: "Metadata-Version: 2.4\n\(many)")
        guard case .published(_, let some) = try await instance.publish("demo-3.0.tar.gz", odd) else { return }
        #expect(some.count == 20)
    }

    @Test func `twenty uploads of one name at once: one wins, the same bytes are fine, others conflict`() async throws {
        let instance = try Instance()
        let archives = [sdist("demo", "1.0"), sdist("demo", "1.0", padding: 100)]
        let outcomes = await withTaskGroup(of: String.self) { group in
            for number in 0..<20 {
                group.addTask {
                    do {
                        return "\(number % 2) \(try await instance.publish("demo-1.0.tar.gz", archives[number % 2]))"
                    } catch {
                        return "\(number % 2) \((error as? IndexError)?.code as Any)"
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        let winner = try #require(outcomes.first { $0.contains("published") }).prefix(1)
        #expect(outcomes.count { $0.contains("published") } == 1)
        #expect(outcomes.count { $0.hasPrefix(winner) && $0.contains("alreadyThere") } == 9)
        #expect(outcomes.count { !$0.hasPrefix(winner) && $0.contains("exists") } == 10)
        #expect(try instance.store.counts.files == 1)
    }

    @Test func `observers hear of a change before it is acknowledged, with every page that shows it`() async throws {
        let instance = try Instance()
        let heard = Heard()
        instance.index.onChange { keys in heard.keys.change { $0.formUnion(keys) } }
        let archive = sdist("demo", "1.0")
        try await instance.publish("demo-1.0.tar.gz", archive)
        #expect(
            heard.keys.change { $0 }.isSuperset(of: [
                .projectList(index: "main"), .home(index: "main"), .projectDetail(index: "main", project: "demo"),
                .project(index: "main", project: "demo"),
                .file(sha256: Digest.sha256(of: archive).hex, filename: "demo-1.0.tar.gz"),
            ]))
        heard.keys.change { $0 = [] }
        try await instance.publish("demo-1.0.tar.gz", archive)
        #expect(heard.keys.change { $0 }.isEmpty)
    }
}

final class Heard: Sendable {
    let keys = Monitor<Set<PageKey>>([])
}
