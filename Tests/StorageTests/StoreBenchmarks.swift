import Foundation
import Packaging
import Testing

@testable import Storage

/// Figures for the closing note; they check nothing. Run them alone, in release:
/// `WHEELHOUSE_BENCHMARKS=1 swift test -c release -Xswiftc -enable-testing --filter StoreBenchmarks`
@Suite(
    .serialized,
    .enabled(if: ProcessInfo.processInfo.environment["WHEELHOUSE_BENCHMARKS"] != nil, "set WHEELHOUSE_BENCHMARKS=1"))
struct StoreBenchmarks {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func perSecond(_ count: Int, _ body: () async throws -> Void) async throws -> Int {
        let time = try await ContinuousClock().measure { try await body() }
        return Int(Double(count) / (time / .seconds(1)))
    }

    @Test(arguments: [1, 8, 64])
    func `publications per second`(_ writers: Int) async throws {
        let store = try Store(directory: folder.store)
        let each = 800 / writers
        let rate = try await perSecond(each * writers) {
            try await withThrowingTaskGroup { group in
                for writer in 0..<writers {
                    group.addTask {
                        for number in 0..<each {
                            try await store.publish("p\(writer)-1.\(number).tar.gz", "content \(writer) \(number)")
                        }
                    }
                }
                for try await _ in group {}
            }
        }
        print("\(writers) writers: \(rate) publications/s, \(store.writeCounters)")
    }

    @Test func `look-ups per second and the list of 100,000 projects`() async throws {
        let store = try Store(directory: folder.store)
        let blob = try store.blobs.stage([1])
        for batch in 0..<10 {
            try await store.write { catalog throws(StorageError) in
                for number in 0..<10_000 {
                    let name = "project-\(batch * 10_000 + number)"
                    guard let file = try? FileRecord.named(name.replacing("-", with: "_") + "-1.0.tar.gz", blob) else {
                        throw .corrupt(name)
                    }
                    _ = try catalog.publishFile(file, bytes: [blob], summary: "a demonstration")
                }
            }.get()
        }
        let clock = ContinuousClock()
        print("100,000 projects:", try clock.measure { _ = try store.projects(index: "main") })
        print("counts:", try clock.measure { _ = try store.counts })
        print("recent:", try clock.measure { _ = try store.recentFiles(index: "main", limit: 20) })
        print("open:", try clock.measure { _ = try Store(directory: folder.store) })
        let byName = try await perSecond(100_000) {
            for number in 0..<100_000 {
                let filename = "project_\(number * 7919 % 100_000)-1.0.tar.gz"
                guard try store.file(sha256: blob.sha256, filename: filename) != nil else { throw CancellationError() }
            }
        }
        let projects = try await perSecond(20_000) {
            for number in 0..<20_000 { _ = try store.project(index: "main", name: "project-\(number)") }
        }
        let versions = try await perSecond(100_000) { for _ in 0..<100_000 { _ = try store.dataVersion } }
        print("file look-ups/s: \(byName), projects/s: \(projects), dataVersion/s: \(versions)")
    }

    @Test func `megabytes per second into a blob`() async throws {
        let store = try Store(directory: folder.store)
        let piece = [UInt8](repeating: 7, count: 256 << 10)
        let rate = try await perSecond(400) {
            let writer = try store.blobs.writer()
            for _ in 0..<1600 { try writer.append(piece) }
            _ = try writer.end().sync()
        }
        print("upload of 400 MB: \(rate) MB/s")
    }
}
