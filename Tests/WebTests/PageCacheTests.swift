import HTTP
import Synchronization
import Testing

@testable import Web
import Wheelhouse

/// Counts, and lets makers wait until the test says so.
private final class Kitchen: Sendable {
    let made = Atomic(0)
    let isOpen = Atomic(true)

    func make() async -> Int {
        let number = made.add(1, ordering: .relaxed).newValue
        while !isOpen.load(ordering: .relaxed) { await Task.yield() }
        return number
    }

    func waitUntil(made count: Int) async {
        while made.load(ordering: .relaxed) < count { await Task.yield() }
    }
}

@Suite(.timeLimit(.minutes(10))) struct PageCacheTests {
    private let key = PageKey.projectDetail(index: "main", project: "demo")
    private let kitchen = Kitchen()

    @Test func `a page is made once and then taken from the cache`() async throws {
        let cache = PageCache<PageKey, Int>(costLimit: 100)
        #expect(cache.cached(key) == nil)
        for _ in 0..<3 {
            let value = try await cache.value(for: key) { (await kitchen.make(), 1) }
            #expect(value == 1)
        }
        #expect(cache.cached(key) == 1)
        #expect(cache.cached(.home(index: "main")) == nil)
    }

    @Test func `requests that come while a page is made wait for that one making`() async throws {
        let cache = PageCache<PageKey, Int>(costLimit: 100)
        kitchen.isOpen.store(false, ordering: .relaxed)
        let values = try await withThrowingTaskGroup(of: Int?.self) { group in
            for _ in 0..<50 {
                group.addTask { [key, kitchen] in try await cache.value(for: key) { (await kitchen.make(), 1) } }
            }
            await kitchen.waitUntil(made: 1)
            // So that most of the others wait too; what follows holds in any case.
            try await Task.sleep(for: .milliseconds(20))
            kitchen.isOpen.store(true, ordering: .relaxed)
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(values == Array(repeating: 1, count: 50))
        #expect(kitchen.made.load(ordering: .relaxed) == 1)
    }

    @Test func `an answer whose making began before a change is not kept`() async throws {
        let cache = PageCache<PageKey, Int>(costLimit: 100)
        kitchen.isOpen.store(false, ordering: .relaxed)
        async let early = cache.value(for: key) { [kitchen] in (await kitchen.make(), 1) }
        await kitchen.waitUntil(made: 1)
        cache.remove([key])
        // A request after the change must not join the making from before it.
        async let late = cache.value(for: key) { [kitchen] in (await kitchen.make(), 1) }
        await kitchen.waitUntil(made: 2)
        kitchen.isOpen.store(true, ordering: .relaxed)
        #expect(try await early == 1)
        #expect(try await late == 2)
        #expect(cache.cached(key) == 2)
    }

    @Test func `a removal without a making forgets the page`() async throws {
        let cache = PageCache<PageKey, Int>(costLimit: 100)
        _ = try await cache.value(for: key) { (await kitchen.make(), 1) }
        cache.remove([key, .home(index: "main")])
        #expect(cache.cached(key) == nil)
        #expect(try await cache.value(for: key) { (await kitchen.make(), 1) } == 2)
    }

    @Test func `what is no longer true is made anew, also for those who waited for it`() async throws {
        let cache = PageCache<PageKey, Int>(costLimit: 100)
        let lowest = Atomic(1)
        let isCurrent = { @Sendable (value: Int) in value >= lowest.load(ordering: .relaxed) }
        kitchen.isOpen.store(false, ordering: .relaxed)
        async let early = cache.value(for: key, isCurrent: isCurrent) { [kitchen] in (await kitchen.make(), 60) }
        await kitchen.waitUntil(made: 1)
        lowest.store(2, ordering: .relaxed)
        async let late = cache.value(for: key, isCurrent: isCurrent) { [kitchen] in (await kitchen.make(), 60) }
        kitchen.isOpen.store(true, ordering: .relaxed)
        _ = try await early
        #expect(try await late == 2)
        #expect(try await cache.value(for: key, isCurrent: isCurrent) { (await kitchen.make(), 60) } == 2)
        lowest.store(3, ordering: .relaxed)
        #expect(try await cache.value(for: key, isCurrent: isCurrent) { (await kitchen.make(), 60) } == 3)
        #expect(cache.cached(key) == 3, "the cost of the one before was given back")
    }

    @Test func `changes are counted by project`() {
        let mentions = Mentions()
        let (first, both) = (mentions.stamp(of: ["demo"]), mentions.stamp(of: ["demo", "other"]))
        mentions.note([.home(index: "main"), .project(index: "main", project: "demo")])
        #expect(mentions.isCurrent(first) && mentions.isCurrent(both) && mentions.isCurrent(.none))
        mentions.note([.projectDetail(index: "main", project: "demo")])
        #expect(!mentions.isCurrent(first) && !mentions.isCurrent(both))
        let sum = mentions.stamp(of: ["demo"]) + mentions.stamp(of: ["other", "demo"])
        #expect(mentions.isCurrent(sum) && mentions.isCurrent(.none))
        mentions.note([.projectDetail(index: "main", project: "other")])
        #expect(!mentions.isCurrent(sum))
    }

    @Test func `when the maker fails, those who wait find out for themselves`() async throws {
        let cache = PageCache<PageKey, Int>(costLimit: 100)
        kitchen.isOpen.store(false, ordering: .relaxed)
        let outcomes = await withTaskGroup(of: String.self) { group in
            for _ in 0..<10 {
                group.addTask { [key, kitchen] in
                    do {
                        let value = try await cache.value(for: key) { () async throws(IndexError) in
                            let number = await kitchen.make()
                            guard number > 1 else { throw IndexError(.failed, "burnt") }
                            return (number, 1)
                        }
                        return "\(value ?? 0)"
                    } catch {
                        return "burnt"
                    }
                }
            }
            await kitchen.waitUntil(made: 1)
            // So that most of the others wait too; what follows holds in any case.
            try? await Task.sleep(for: .milliseconds(20))
            kitchen.isOpen.store(true, ordering: .relaxed)
            return await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
        }
        #expect(outcomes == ["burnt": 1, "2": 9])
        #expect(cache.cached(key) == 2)
    }

    @Test func `what does not exist is not kept, and those who wait are told too`() async throws {
        let cache = PageCache<PageKey, Int>(costLimit: 100)
        kitchen.isOpen.store(false, ordering: .relaxed)
        let found = try await withThrowingTaskGroup(of: Int?.self) { group in
            for _ in 0..<5 {
                group.addTask { [key, kitchen] in
                    try await cache.value(for: key) { () async throws(IndexError) in
                        _ = await kitchen.make()
                        return nil
                    }
                }
            }
            await kitchen.waitUntil(made: 1)
            kitchen.isOpen.store(true, ordering: .relaxed)
            return try await group.reduce(0) { $0 + ($1 == nil ? 0 : 1) }
        }
        #expect(found == 0)
        #expect(cache.cached(key) == nil)
    }

    @Test func `the sum of costs stays within the limit`() async throws {
        let cache = PageCache<PageKey, Int>(costLimit: 100)
        for number in 0..<1_000 {
            _ = try await cache.value(for: .project(index: "main", project: "p\(number)")) { (number, 10) }
        }
        let kept = (0..<1_000).count { cache.cached(.project(index: "main", project: "p\($0)")) != nil }
        #expect((1...10).contains(kept))
        #expect(cache.cached(.project(index: "main", project: "p999")) == 999)
    }

    @Test func `costs of what was removed count no longer`() async throws {
        let cache = PageCache<PageKey, Int>(costLimit: 100)
        for _ in 0..<50 {
            _ = try await cache.value(for: key) { (1, 60) }
            cache.remove([key])
        }
        for number in 0..<10 {
            _ = try await cache.value(for: .project(index: "main", project: "p\(number)")) { (number, 10) }
        }
        for number in 0..<10 {
            #expect(cache.cached(.project(index: "main", project: "p\(number)")) == number)
        }
    }

    @Test func `a page that is larger than the whole cache does not fill it`() async throws {
        let cache = PageCache<PageKey, Int>(costLimit: 100)
        #expect(try await cache.value(for: key) { (1, 1_000) } == 1)
        _ = try await cache.value(for: .home(index: "main")) { (2, 10) }
        #expect(cache.cached(.home(index: "main")) == 2)
        #expect(cache.cached(key) == nil)
    }

    @Test func `many tasks reading, making and removing agree in the end`() async throws {
        let cache = PageCache<PageKey, Int>(costLimit: 50)
        let serial = Kitchen()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<8 {
                group.addTask {
                    for round in 0..<500 {
                        let key = PageKey.project(index: "main", project: "p\((worker + round) % 7)")
                        if round % 5 == 0 {
                            _ = serial.made.add(1, ordering: .relaxed)
                            cache.remove([key])
                        } else {
                            let value = try await cache.value(for: key) {
                                await Task.yield()
                                return (serial.made.load(ordering: .relaxed), 10)
                            }
                            #expect(value != nil)
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}

@Suite struct PreparedPagesTests {
    private func page(_ text: String) -> PreparedPage {
        PreparedPage(RenderedPage(Array(text.utf8), serial: 1), fields: HTTPFields(), vary: "")
    }

    @Test func `pages are kept for the first few addresses`() {
        let pages = PreparedPages(PageTemplate([], serial: 1))
        let made = (0...PreparedPages.limit).map { page("page \($0)") }
        for (number, page) in made.enumerated() {
            #expect(pages.isFull == (number == PreparedPages.limit))
            pages.keep(page, for: "http://host-\(number)")
        }
        for number in 0..<PreparedPages.limit { #expect(pages.page(for: "http://host-\(number)") === made[number]) }
        #expect(pages.page(for: "http://host-\(PreparedPages.limit)") == nil)
    }

    /// A page with `*` for the address, and the same with the address `http://a`.
    @Test(arguments: [
        ("", ""), ("none", "none"), ("*", "http://a"), ("**", "http://ahttp://a"),
        ("<*/x> ~*~ ~~", "<http://a/x> ~http://a~ ~~"),
    ])
    func `a template has the address where it belongs`(page: String, expected: String) {
        let text = page.split(separator: "*", omittingEmptySubsequences: false).joined(separator: PageTemplate.mark)
        let template = PageTemplate(Array(text.utf8), serial: 1)
        #expect(String(decoding: template.bytes(for: "http://a"), as: UTF8.self) == expected)
    }

    @Test func `a page is rendered once for all addresses, invented ones too, until something changes`() async throws {
        let world = try World(["base /base"])
        let site = world.site
        let key = PageKey.home(index: "main")
        let renderings = Atomic(0)
        func ask(_ origin: String) async throws -> String {
            let page = try await site.page(key, origin: origin + "/base") { origin async throws(IndexError) in
                renderings.add(1, ordering: .relaxed)
                return Site.Page(serial: 1) { Array((origin + "/simple/" + String(repeating: " ", count: 1_000)).utf8) }
            }
            let target = try RequestTarget("/")
            let fields = RequestFields([("Accept-Encoding", "gzip")])
            let request = HTTPRequest(method: .get, target: target, minorVersion: 1, fields: fields, framing: .none)
            let response = try #require(page).answer(request)
            guard case .bytes(let bytes) = response.body else { return "" }
            return bytes.starts(with: [0x1F, 0x8B]) ? "gzip" : String(decoding: bytes, as: UTF8.self).trimmed
        }
        for _ in 0..<2 {
            for number in 0..<100 {
                let expected = number < PreparedPages.limit ? "gzip" : "http://host-\(number)/base/simple/"
                #expect(try await ask("http://host-\(number)") == expected)
            }
        }
        #expect(renderings.load(ordering: .relaxed) == 1)
        site.pages.remove([key])
        #expect(try await ask("http://host-50") == "gzip")
        #expect(renderings.load(ordering: .relaxed) == 2)
    }
}

extension String {
    fileprivate var trimmed: String { String(prefix { $0 != " " }) }
}
