import Foundation
import Packaging
import Posix
import Testing

@testable import Storage

struct GroupCommitTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    /// Opens a copy of the folder's files as they are now, as after a crash of the process.
    private func reopenedCopy() throws -> Store {
        let copy = folder.path + "/copy-\(UUID().uuidString)"
        try FileManager.default.copyItem(atPath: folder.store, toPath: copy)
        return try Store(directory: copy)
    }

    @Test func `64 publications at once are all durable and share commits`() async throws {
        let store = try Store(directory: folder.store)
        let serials = try await withThrowingTaskGroup(of: PublishOutcome.self) { group in
            for number in 0..<64 {
                group.addTask { try await store.publish("demo-1.\(number).tar.gz", "content \(number)") }
            }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(serials == Set((1...64).map { PublishOutcome.published(serial: $0) }))
        let counters = store.writeCounters
        #expect(counters.writes == 64)
        #expect(counters.commits < 64)

        let copy = try reopenedCopy()
        #expect(try copy.counts.files == 64)
        #expect(try copy.project(index: "main", name: "demo")?.project.serial == 64)
        let report = try copy.verify()
        #expect(report.isSound)
        #expect(report.blobs == 64)
    }

    @Test func `an answered publication survives an abrupt end`() async throws {
        let store = try Store(directory: folder.store)
        for number in 1...5 {
            try await store.publish("demo-1.\(number).tar.gz", "content \(number)")
            let copy = try reopenedCopy()
            #expect(try copy.lastSerial == Int64(number))
            #expect(try copy.verify().isSound)
            #expect(try await copy.publish("demo-2.0.tar.gz") == .published(serial: Int64(number) + 1))
        }
    }

    @Test func `a failing write takes nobody with it`() async throws {
        let store = try Store(directory: folder.store)
        // Holds the writing thread until three more writes wait, so that these may share one transaction.
        let isHeld = Monitor(true)
        let held = Task {
            try await store.write { _ throws(StorageError) in
                isHeld.wait { $0 ? nil : () }
            }.get()
        }
        let good = Task { try await store.publish("good-1.0.tar.gz", "good") }
        let blob = try store.blobs.stage(Array("bad".utf8))
        let file = try FileRecord.named("bad-1.0.tar.gz", blob)
        let bad = Task {
            try await store.write { catalog throws(StorageError) in
                _ = try catalog.publishFile(file, bytes: [blob], summary: nil)
                throw .corrupt("on purpose")
            }.get()
        }
        let alsoGood = Task { try await store.publish("also-1.0.tar.gz", "also good") }
        // Nothing shows how many wait. Whether they share a transaction or not, what follows must hold.
        try await Task.sleep(for: .milliseconds(300))
        isHeld.change { $0 = false }

        try await held.value
        await #expect(throws: StorageError.corrupt("on purpose")) { try await bad.value }
        let outcomes = try await [good.value, alsoGood.value]
        #expect(store.writeCounters.writes == 4)
        let journal = try store.journal(after: 0, limit: 9)
        #expect(Set(outcomes) == Set(journal.map { .published(serial: $0.serial) }))
        #expect(Set(journal.map(\.subject)) == ["good-1.0.tar.gz", "also-1.0.tar.gz"])
        #expect(try store.projects(index: "main").map(\.name.text) == ["also", "good"])
        #expect(try store.project(index: "main", name: "bad") == nil)
    }

    @Test func `a write that waits too long for another process says so`() async throws {
        let store = try Store(directory: folder.store)
        let other = try Connection(path: folder.store + "/catalog.sqlite", writable: true)
        try other.script("BEGIN IMMEDIATE")
        await #expect(throws: StorageError.busy) { try await store.publish("demo-1.0.tar.gz") }
        try other.script("ROLLBACK")
        #expect(try await store.publish("demo-1.0.tar.gz") == .published(serial: 1))
    }

    @Test func `two stores on one folder write at the same time`() async throws {
        let stores = try [Store(directory: folder.store), Store(directory: folder.store)]
        try await withThrowingTaskGroup { group in
            for number in 0..<40 {
                group.addTask {
                    try await stores[number % 2].publish("demo-1.\(number).tar.gz", "content \(number)")
                }
            }
            for try await _ in group {}
        }
        #expect(try stores[0].counts.files == 40)
        #expect(try stores[1].lastSerial == 40)
        #expect(try stores[0].verify().isSound)
    }
}
