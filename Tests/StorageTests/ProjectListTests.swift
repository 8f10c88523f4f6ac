import Packaging
import Testing

@testable import Storage

struct ProjectListTests {
    let folder: TemporaryFolder
    let store: Store

    init() throws {
        folder = try TemporaryFolder()
        store = try Store(directory: folder.store)
    }

    /// Publishes files of projects with these names in this order, a second apart.
    private func fill(_ names: [String]) async throws {
        for (second, name) in names.enumerated() {
            try await store.publish("\(name.replacing("-", with: "_"))-1.tar.gz", name, at: Int64(second))
        }
    }

    private func hide(_ name: String, _ isPrivate: Bool = true) throws {
        try store.writeAndWait { catalog throws(StorageError) in
            _ = try catalog.setPrivate(isPrivate, index: "main", project: name, by: .at(1))
        }
    }

    private func query(
        _ start: String = "", _ order: ProjectOrder = .name, limit: Int = 10, showing seen: Set<String> = []
    ) -> ProjectListQuery {
        var query = ProjectListQuery(index: "main", limit: limit)
        (query.start, query.order, query.seen) = (start, order, seen)
        return query
    }

    private func names(_ query: ProjectListQuery) throws -> [String] {
        let list = try store.listing(query)
        #expect(list.projects.count == min(list.total, query.limit), "no page but the last is short")
        return list.projects.map(\.project.name.normalized)
    }

    /// The names on all pages, from the first by the links to the next, and back again.
    private func walk(_ query: ProjectListQuery) throws -> [String] {
        var (query, pages) = (query, [try store.listing(query)])
        while pages[pages.count - 1].hasLater {
            let last = try #require(pages.last?.projects.last)
            query.place = .after(ListPosition(last.project, in: query.order))
            pages.append(try store.listing(query))
        }
        var back = [pages[pages.count - 1]]
        while let first = back[0].projects.first, back[0].hasEarlier {
            query.place = .before(ListPosition(first.project, in: query.order))
            let page = try store.listing(query)
            // What is behind the last page's place may be known only there.
            back.insert(page, at: 0)
        }
        #expect(back.map(\.projects) == pages.map(\.projects))
        #expect(pages.allSatisfy { $0.total == pages[0].total })
        let names = pages.flatMap(\.projects).map(\.project.name.normalized)
        #expect(names.count == pages[0].total)
        return names
    }

    @Test func `the list is sorted and filtered`() async throws {
        try await fill(["requests", "my-requests", "myrequests", "numpy", "flask"])
        #expect(try names(query(limit: 3)) == ["flask", "my-requests", "myrequests"])
        #expect(try names(query("my")) == ["my-requests", "myrequests"])
        #expect(try names(query("", .newest, limit: 2)) == ["flask", "numpy"])
        #expect(try names(query("my", .newest)) == ["myrequests", "my-requests"])
        #expect(try names(query("'")) == [])
        #expect(try names(query("é", .updated)) == [])
        try await store.publish("my_requests-2.tar.gz", "2")
        #expect(try names(query("", .updated, limit: 2)) == ["my-requests", "flask"])
        #expect(try names(query("m", .updated)) == ["my-requests", "myrequests"])
    }

    @Test(arguments: ProjectOrder.allCases, ["", "b", "b-1"])
    func `pages follow each other without gaps, forward and back`(_ order: ProjectOrder, _ start: String) async throws {
        // Some have the same moment of creation.
        for number in 0..<24 {
            try await store.publish("\("abc".map(String.init)[number % 3])_\(number)-1.tar.gz", at: Int64(number / 4))
        }
        for name in ["b-1", "b-4", "a-9"] { try hide(name) }
        for seen: Set<String> in [[], ["b-4", "a-9"], ["b-1", "b-4", "a-9"]] {
            let all = try names(query(start, order, limit: 100, showing: seen))
            #expect(Set(all).isDisjoint(with: Set(["b-1", "b-4", "a-9"]).subtracting(seen)))
            #expect(all.allSatisfy { $0.hasPrefix(start) })
            for limit in [1, 3, 7] {
                #expect(try walk(query(start, order, limit: limit, showing: seen)) == all, "\(limit) on a page")
            }
        }
    }

    @Test func `private and quarantined projects come and go with their states, and so does the count`() async throws {
        try await fill(["alpha", "beta", "gamma"])
        try await store.publish("alpha-1.tar.gz", index: "other")
        #expect(try names(query()) == ["alpha", "beta", "gamma"])
        try hide("beta")
        #expect(try names(query()) == ["alpha", "gamma"])
        #expect(try names(query(showing: ["beta"])) == ["alpha", "beta", "gamma"])
        #expect(try names(query("b", .updated, showing: ["beta"])) == ["beta"])
        func setStatus(_ status: String) throws {
            let connection = try Connection(path: folder.store + "/catalog.sqlite", writable: true)
            try connection.run("UPDATE projects SET status = ?1 WHERE index_name = 'main'", .text(status))
        }
        try setStatus("quarantined")
        for order in ProjectOrder.allCases { #expect(try names(query("", order, showing: ["beta"])) == []) }
        try setStatus("archived")
        #expect(try names(query()) == ["alpha", "gamma"])
        try hide("beta", false)
        #expect(try names(query()) == ["alpha", "beta", "gamma"])
        let connection = try Connection(path: folder.store + "/catalog.sqlite", writable: true)
        try connection.script("DELETE FROM files; DELETE FROM projects")
        #expect(try names(query()) == [])
    }

    @Test func `places are read as they are written, and nothing else is`() async throws {
        try await fill(["demo-lib"])
        let project = try #require(try store.listing(query()).projects.first?.project)
        for order in ProjectOrder.allCases {
            let position = ListPosition(project, in: order)
            #expect(ListPosition(position.text(in: order), in: order) == position)
        }
        for text in ["", "Demo", "demo_lib", "-", "1-", "x-demo", "1 demo", "demo\u{0}", "99999999999999999999-demo"] {
            #expect(ListPosition(text, in: .updated) == nil, "\(text)")
        }
        for text in ["", "Demo", "demo_lib", "-", "a/b", "é"] {
            #expect(ListPosition(text, in: .name) == nil, "\(text)")
        }
    }

    /// Each question is asked, then SQLite tells how it goes about it.
    @Test func `no list is read from more rows than it shows`() async throws {
        try await fill(["demo"])
        let connection = try Connection(path: folder.store + "/catalog.sqlite", writable: false)
        let position = try #require(ListPosition("1-demo", in: .newest))
        for order in ProjectOrder.allCases {
            for place in [ListPlace.start, .after(position), .before(position)] {
                for start in ["", "d", "de"] {
                    var query = query(start, order)
                    query.place = place
                    _ = try connection.listing(query)
                }
            }
        }
        for project in [nil, "demo"] {
            for action in [nil, JournalAction.yank] {
                let index = project.map { _ in "main" }
                _ = try connection.journal(of: index, project: project, action: action, before: .max, limit: 10)
            }
        }
        let asked = Array(connection.statements.keys).filter { !$0.hasPrefix("PRAGMA") }
        #expect(asked.count == 22, "\(asked)")
        for sql in asked {
            let plan = try connection.rows("EXPLAIN QUERY PLAN " + sql) { row throws(StorageError) in row.text(3) }
            for step in plan {
                #expect(
                    step.hasPrefix("SEARCH ") || step.hasPrefix("CORRELATED SCALAR SUBQUERY"), "\(step) in \(sql)")
                let isOfAll = step.contains(" projects ") && step.hasSuffix("(index_name=?)") && !sql.contains("LIMIT")
                #expect(!isOfAll, "all of an index is counted in \(sql)")
            }
        }
    }
}
