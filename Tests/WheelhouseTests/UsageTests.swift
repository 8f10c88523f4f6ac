import Foundation
import Packaging
import Posix
import Testing

@testable import Storage
@testable import Wheelhouse

private let pip = Array(#"pip/26.3 {"python":"3.12.1","system":{"name":"Linux"}}"#.utf8)[...]
private let uv = Array(#"uv/0.13.8 {"python":"3.13.0","system":{"name":"Darwin"}}"#.utf8)[...]

/// An index that counts, on a store of its own.
private struct Counting {
    let folder: TemporaryFolder
    let usage: UsageStore
    let counter: DownloadCounter
    let index: PackageIndex

    init(keptDays: Int64 = 400) throws {
        folder = try TemporaryFolder()
        let store = try Store(directory: folder.path)
        usage = try UsageStore(of: store)
        counter = DownloadCounter(usage, keptDays: keptDays)
        index = try PackageIndex(
            store, policy: Policy(uploadLimitBytes: 1 << 20, isReadingOpen: true), downloads: counter)
    }

    func file(
        _ filename: String, _ project: String = "demo", version: String = "1.0", index: String = "main"
    ) -> CountedFile {
        CountedFile(DownloadedFile(index: index, project: project, version: version, filename: filename))
    }

    func found(_ project: String = "demo") async throws -> ProjectUsage {
        try #require(try await index.usage(index: "main", project: project))
    }
}

private func text(_ shares: [ProjectUsage.Share]) -> [String] { shares.map { "\($0.name) \($0.count)" } }

struct UsageTests {
    @Test func `downloads are told by day, version, file, installer, Python and platform`() async throws {
        let counting = try Counting()
        let (old, new) = (counting.file("demo-1.0.tar.gz"), counting.file("demo-2.0.tar.gz", version: "2.0"))
        for _ in 0..<3 { counting.index.countDownload(of: old, userAgent: pip) }
        counting.index.countDownload(of: new, userAgent: uv)
        counting.index.countDownload(of: new, userAgent: [])
        counting.index.countDownload(of: counting.file("other-1.0.tar.gz", "other"), userAgent: pip)
        try counting.counter.flush()
        let found = try await counting.found()
        #expect(found.total == 5)
        #expect(found.daily.count == 90)
        #expect(found.daily.last == 5 && found.daily.dropLast().allSatisfy { $0 == 0 })
        #expect(found.firstDay == DownloadCounter.today - 89)
        #expect(text(found.versions) == ["1.0 3", "2.0 2"])
        #expect(text(found.files) == ["demo-1.0.tar.gz 3", "demo-2.0.tar.gz 2"])
        #expect(text(found.installers) == ["pip 3", "other 1", "uv 1"])
        #expect(text(found.pythons) == ["3.12 3", "3.13 1", "unknown 1"])
        #expect(text(found.platforms) == ["Linux 3", "macOS 1", "unknown 1"])
        #expect(try await counting.found("nothing").total == 0)
    }

    @Test func `counts of several writings add up, also of a file that was opened twice`() async throws {
        let counting = try Counting()
        for _ in 0..<3 {
            counting.index.countDownload(of: counting.file("demo-1.0.tar.gz"), userAgent: pip)
            counting.index.countDownload(of: counting.file("demo-1.0.tar.gz"), userAgent: pip)
            #expect(try counting.counter.flush().count == 2)
            #expect(try counting.counter.flush().isEmpty)
        }
        #expect(try await counting.found().total == 6)
        #expect(counting.index.downloadTotals == DownloadTotals(counted: 6, lost: 0))
    }

    @Test func `an index without a counter tells nothing, and counts nothing`() async throws {
        let instance = try Instance()
        let file = CountedFile(DownloadedFile(index: "main", project: "a", version: "1", filename: "a-1.tar.gz"))
        instance.index.countDownload(of: file, userAgent: pip)
        #expect(try await instance.index.usage(index: "main", project: "a") == nil)
        #expect(instance.index.downloadTotals == nil)
    }

    @Test func `many threads count together, and none is lost`() async throws {
        let counting = try Counting()
        let files = (0..<4).map { counting.file("demo-\($0).tar.gz", version: "\($0)") }
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<8 {
                group.addTask {
                    for turn in 0..<1_000 {
                        let agent = Array("pip/\(turn % 100 * number) CPython/3.\(turn % 20).1".utf8)
                        counting.index.countDownload(of: files[turn % 4], userAgent: agent[...])
                        if turn % 250 == 0 { _ = try? counting.counter.flush() }
                    }
                }
            }
        }
        try counting.counter.flush()
        let found = try await counting.found()
        #expect(found.total == 8_000)
        #expect(found.versions.map(\.count) == [2_000, 2_000, 2_000, 2_000])
        #expect(found.pythons.count == 20)
    }

    @Test func `what invented files would take is limited, and what is not kept is told`() throws {
        let counting = try Counting()
        let files = (0..<16_500).map { counting.file("demo-\($0).tar.gz") }
        for file in files { counting.index.countDownload(of: file, userAgent: pip) }
        #expect(counting.index.downloadTotals == DownloadTotals(counted: 16_500, lost: 116))
        // What is known already goes on being counted.
        counting.index.countDownload(of: files[0], userAgent: pip)
        #expect(counting.index.downloadTotals?.lost == 116)
    }

    @Test func `counts that cannot be written are kept until they can`() async throws {
        let counting = try Counting()
        counting.index.countDownload(of: counting.file("demo-1.0.tar.gz"), userAgent: pip)
        let other = try secondWriter(counting.folder)
        try other.script("BEGIN IMMEDIATE")
        #expect(throws: StorageError.busy) { try counting.counter.flush() }
        counting.index.countDownload(of: counting.file("demo-1.0.tar.gz"), userAgent: pip)
        try other.script("ROLLBACK")
        try counting.counter.flush()
        #expect(try await counting.found().total == 2)
    }

    @Test func `old days become one number for each file`() async throws {
        let counting = try Counting(keptDays: 10)
        let today = DownloadCounter.today
        let names = counting.file("demo-1.0.tar.gz").names
        let client = DownloadClient(installer: "pip", python: "3.12", platform: "Linux")
        for day in [today - 500, today - 10, today - 9, today] {
            try counting.usage.add([DownloadCount(names, by: client, count: 5)], on: day)
            try counting.usage.add([DownloadCount(names, by: .unknown, count: 1)], on: day)
        }
        // The counter folds once a day, at its first writing.
        try counting.counter.flush()
        let found = try await counting.found()
        #expect(found.total == 24)
        #expect(found.daily.filter { $0 > 0 } == [6, 6])
        #expect(text(found.installers) == ["pip 10", "other 2"])
        #expect(try counting.usage.fold(before: today - 9) == 0)
        #expect(try counting.usage.fold(before: today) == 1)
        #expect(try await counting.found().total == 24)
    }

    @Test func `counts stay when the store is opened again, and a newer one's are left alone`() throws {
        let folder = try TemporaryFolder()
        let store = try Store(directory: folder.path)
        let file = DownloadedFile(index: "main", project: "demo", version: "1.0", filename: "demo-1.0.tar.gz")
        try UsageStore(of: store).add([DownloadCount(file, by: .unknown, count: 7)], on: 20_000)
        let again = try UsageStore(of: store)
        #expect(try again.projects(index: "main", since: 20_000).map { "\($0.name) \($0.count)" } == ["demo 7"])
        #expect(try again.projects(index: "main", since: 20_001).isEmpty)
        let other = try secondWriter(folder)
        try other.script("PRAGMA user_version = 99")
        #expect(throws: StorageError.newerSchema(found: 99, known: 1)) { try UsageStore(of: store) }
    }

    @Test func `pages of what was downloaded are made anew once a minute, and all on a new day`() throws {
        let counting = try Counting()
        var writing = DownloadWriting()
        func pages(_ seconds: Int64, _ day: Int64 = 0) -> [PageKey] {
            writing.round(counting.counter) { _ in }
            return writing.pages(at: seconds * 1_000_000_000, on: DownloadCounter.today + day, counting.counter)
        }
        #expect(pages(1) == [])
        counting.index.countDownload(of: counting.file("demo-1.0.tar.gz"), userAgent: pip)
        #expect(pages(2) == [.project(index: "main", project: "demo")])
        counting.index.countDownload(of: counting.file("demo-1.0.tar.gz"), userAgent: pip)
        #expect(pages(3) == [])
        #expect(pages(61) == [])
        #expect(pages(62) == [.project(index: "main", project: "demo")])
        #expect(pages(200) == [])
        #expect(pages(201, 1) == [.project(index: "main", project: "demo")])
        #expect(pages(300, 1) == [])
        let staged = counting.file("demo-1.0.tar.gz", index: "staging")
        counting.index.countDownload(of: staged, userAgent: pip)
        #expect(pages(400, 1) == [.project(index: "staging", project: "demo")])
        let both = ["main", "staging"].map { PageKey.project(index: $0, project: "demo") }
        #expect(Set(pages(500, 2)) == Set(both))
    }

    @Test func `a failure to write is told once, and its end`() throws {
        let counting = try Counting()
        var writing = DownloadWriting()
        var told: [String] = []
        let other = try secondWriter(counting.folder)
        writing.round(counting.counter) { told.append($0) }
        try other.script("ALTER TABLE downloads RENAME TO elsewhere")
        counting.index.countDownload(of: counting.file("demo-1.0.tar.gz"), userAgent: pip)
        for _ in 0..<3 { writing.round(counting.counter) { told.append($0) } }
        #expect(told.count == 1 && told.first?.hasPrefix("downloads cannot be written: ") == true)
        try other.script("ALTER TABLE elsewhere RENAME TO downloads")
        for _ in 0..<2 { writing.round(counting.counter) { told.append($0) } }
        #expect(told.dropFirst() == ["downloads are written again"])
    }
}

/// Another writer of the same database.
private func secondWriter(_ folder: TemporaryFolder) throws -> Connection {
    try Connection(path: folder.path + "/usage.sqlite", writable: true)
}
