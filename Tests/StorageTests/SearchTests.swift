import Foundation
import Packaging
import Testing

@testable import Storage

struct SearchTests {
    let folder: TemporaryFolder
    let store: Store

    init() throws {
        folder = try TemporaryFolder()
        store = try Store(directory: folder.store)
    }

    private func publish(
        _ name: String, version: String = "1", index: String = "main", summary: String = "", keywords: String = ""
    ) async throws {
        let blob = try store.blobs.stage(Array("\(name) \(version)".utf8))
        let spelling = name.replacing("-", with: "_")
        let file = try FileRecord.named("\(spelling)-\(version).tar.gz", blob, index: index)
        var text = SearchableText()
        text.keywords = keywords
        let words = text
        _ = try await store.write { catalog throws(StorageError) in
            try catalog.publishFile(file, bytes: [blob], summary: summary, text: words)
        }.get()
    }

    private func found(_ text: String, showing seen: Set<String> = [], index: String = "main") throws -> [String] {
        let hits = try store.search(SearchWords(text), index: index, page: 0..<50, showing: seen)
        return hits.projects.map(\.project.name.normalized)
    }

    private func hide(_ name: String) throws {
        let occasion = Occasion(actor: "test", time: UploadTime(microseconds: 1))
        let isDone = try store.writeAndWait { catalog throws(StorageError) in
            try catalog.setPrivate(true, index: "main", project: name, by: occasion)
        }
        #expect(isDone)
    }

    private func fill() async throws {
        try await publish("requests", summary: "HTTP for people")
        try await publish("requests-toolbelt", summary: "more of it")
        try await publish("my-requests", summary: "mine")
        try await publish("myrequests", summary: "mine, in a word")
        try await publish("numpy", summary: "arrays", keywords: "science numerics")
        try await publish("scikit-learn", summary: "machine learning")
        try await publish("flask", summary: "asks for requests")
    }

    @Test func `names come before texts, whole names before parts`() async throws {
        try await fill()
        let wanted = ["requests", "requests-toolbelt", "my-requests", "myrequests", "flask"]
        #expect(try found("requests") == wanted)
        #expect(try found("Requests!") == wanted)
    }

    @Test(arguments: [
        ("reqeusts", "requests"), ("requets", "requests"), ("rquests", "requests"), ("requuests", "requests"),
        ("numyp", "numpy"), ("nmupy", "numpy"), ("scikitlearn", "scikit-learn"), ("scikit-lern", "scikit-learn"),
        ("flsk", "flask"), ("arrays science", "numpy"), ("learn", "scikit-learn"), ("numeric", "numpy"),
        ("SCIKIT_LEARN", "scikit-learn"), ("nothing arrays", "numpy"), ("kit", "scikit-learn"),
    ])
    func `a project is found by slips and by words`(_ text: String, _ name: String) async throws {
        try await fill()
        #expect(try found(text).first == name)
    }

    @Test(arguments: [
        "", "\"", "*", "AND", "NOT", "NEAR(", "a OR", "name:", "name : \"", "^", "-", "'", "{name}: x", "(((((",
        "\u{0}",
        "a\u{0}b", "é",
        "\u{301}", "日本語", "🤖", "x*", "\"\"\"", "] } )", "\\", "a + b", "col:a AND (b",
        String(repeating: "a ", count: 5_000), String(repeating: "x", count: 10_000), "ﬃ", "İ",
    ])
    func `no text is a fault of syntax`(_ text: String) async throws {
        try await fill()
        _ = try found(text)
    }

    @Test func `the latest release decides by what a project is found`() async throws {
        try await publish("demo", version: "2", keywords: "barometer")
        try await publish("demo", version: "1", keywords: "thermometer")
        #expect(try found("barometer") == ["demo"])
        #expect(try found("thermometer") == [])
        try await publish("demo", version: "3", keywords: "hygrometer")
        #expect(try found("barometer") == [])
        #expect(try found("hygrometers") == ["demo"])
    }

    @Test func `private projects that are not seen, and other indexes, are not found`() async throws {
        try await fill()
        try hide("numpy")
        try await publish("requests", index: "other")
        for text in ["numpy", "nump", "umpy", "nmupy", "arrays", "science"] {
            #expect(try found(text) == [], "\(text)")
            #expect(try found(text, showing: ["flask"]) == [], "\(text)")
            #expect(try found(text, showing: ["flask", "numpy"]) == ["numpy"], "\(text)")
        }
        #expect(try found("requests", index: "other") == ["requests"])
        #expect(try found("requsts", index: "other") == ["requests"])
        #expect(try found("numpy", index: "other") == [])
    }

    @Test func `pages follow each other without gaps`() async throws {
        for number in 0..<30 { try await publish("demo-\(number)") }
        let words = SearchWords("demo")
        let all = try store.search(words, index: "main", page: 0..<100)
        #expect(all.total == 30)
        let pages = try (0..<3).flatMap { page in
            try store.search(words, index: "main", page: page * 10..<page * 10 + 10).projects
        }
        #expect(pages == all.projects)
    }

    @Test func `totals agree with the tables`() async throws {
        try await fill()
        let totals = try store.totals(index: "main")
        #expect(totals.projects == 7 && totals.files == 7)
        let connection = try Connection(path: folder.store + "/catalog.sqlite", writable: true)
        #expect(try totals.bytes == connection.number("SELECT sum(size) FROM files"))
        try hide("numpy")
        let left = try store.totals(index: "main")
        #expect(left.projects == 6 && left.files == 6 && left.bytes < totals.bytes)
        #expect(try store.totals(index: "main", showing: ["numpy"]) == totals)
        try connection.script("DELETE FROM files; DELETE FROM projects")
        #expect(try store.totals(index: "main") == CatalogCounts(projects: 0, files: 0, bytes: 0))
        #expect(try store.counts == CatalogCounts(projects: 0, files: 0, bytes: 0))
        #expect(try found("requests") == [])
    }

    @Test func `slips are counted as people count them`() {
        func distance(_ left: String, _ right: String) -> Int? {
            NameDistance.between(Array(left.utf8), Array(right.utf8), limit: 2)
        }
        #expect(distance("numpy", "numpy") == 0)
        #expect(distance("nmupy", "numpy") == 1)
        #expect(distance("numppy", "numpy") == 1)
        #expect(distance("umpy", "numpy") == 1)
        #expect(distance("numba", "numpy") == 2)
        #expect(distance("pandas", "numpy") == nil)
    }
}
