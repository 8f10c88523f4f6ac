import Packaging
import Storage
import Testing

@testable import Wheelhouse

/// Files that wait for a signature: there for their managers, and for nobody else.
@Suite struct HeldFileTests {
    let instance: Instance

    /// `open` is a project that the policy does not concern.
    init() async throws {
        instance = try Instance()
        try await publish("open", "1.0", "an open project", keyword: "daylight")
        try hold(true)
    }

    /// Lets the policy hold what comes for `demo`, or not.
    private func hold(_ isHeld: Bool) throws {
        let rule = Signed.rule(.signers(Signed.needsAnn), .quarantine, projects: ["demo"])
        instance.index.use(try Signed.policy(isHeld ? [rule] : []))
    }

    private func publish(
        _ project: String, _ version: String, _ summary: String, keyword: String, requires: String? = nil
    ) async throws {
        let needs = requires.map { "Requires-Dist: \($0)\n" } ?? ""
        let lines = "Metadata-Version: 2.1\nSummary: \(summary)\nKeywords: \(keyword)\n\(needs)"
        try await instance.publish("\(project)-\(version).tar.gz", sdist(project, version, lines: lines))
    }

    /// Has a held file checked when nothing has to be signed any more.
    private func release(_ filename: String) throws {
        try hold(false)
        let outcome = try instance.index.recheckSignatures(of: filename, index: "main", actor: "tests")
        #expect(outcome.isReleased)
        try hold(true)
    }

    @discardableResult
    private func perform(_ text: String, _ action: ProjectOperation.Action) throws -> OperationOutcome {
        let (project, part) = try ProjectOperation.Target(text).place(index: "main", in: instance.store)
        let operation = try ProjectOperation(action, part, of: project, index: "main")
        return try PackageIndex.perform(operation, by: "tests", in: instance.store)
    }

    private func found(_ words: String) async throws -> [String] {
        let page = try await instance.index.search(index: "main", words, page: 0..<9)
        return page?.projects.map { "\($0.name): \($0.summary ?? "")" } ?? []
    }

    /// The projects that each list shows.
    private func lists() async throws -> [String: [String]] {
        let (index, store) = (instance.index, instance.store)
        var lists: [String: [String]] = [:]
        for order in ListOrder.allCases {
            var wanted = ProjectListRequest(limit: 9)
            wanted.order = order
            let page = try await index.projects(index: "main", wanted)
            lists[order.rawValue] = page.projects.map(\.name.normalized)
            #expect(page.total == page.projects.count)
        }
        lists["api"] = try await index.projects(index: "main", after: "", limit: 9, showing: []).map(\.name.normalized)
        lists["simple"] = try store.projects(index: "main").map(\.name.normalized)
        lists["new projects"] = try await index.newProjects(index: "main", limit: 9).projects.map(\.name.normalized)
        lists["new files"] = try await index.newFiles(index: "main", limit: 9).files.map(\.project.normalized)
        lists["names"] = try store.existing(["demo", "open"], index: "main").sorted()
        return lists
    }

    @Test func `a project whose files are all held is absent, until one of them is signed`() async throws {
        try await instance.publish(signedBy: nil)
        for (list, projects) in try await lists() { #expect(projects == ["open"], "\(list)") }
        #expect(try await found("demo").isEmpty)
        #expect(try await instance.index.overview(index: "main", project: "demo") == nil)
        #expect(try await instance.index.projectDetail(index: "main", project: "demo") == nil)
        let totals = try await instance.index.overview(index: "main", latest: 9).totals
        let bytes = try #require(try instance.store.file(index: "main", filename: "open-1.0.tar.gz")).size
        #expect((totals.projects, totals.files, totals.bytes) == (1, 1, bytes))
        #expect(try instance.sign("ann.sig").isReleased)
        for (list, projects) in try await lists() { #expect(Set(projects) == ["demo", "open"], "\(list)") }
        #expect(try await lists()["new projects"] == ["demo", "open"], "it is new on the day that it can be had")
        #expect(try await found("demo") == ["demo: "])
        #expect(try await instance.index.overview(index: "main", project: "demo")?.latest?.description == "1.0")
        let after = try await instance.index.overview(index: "main", latest: 9).totals
        #expect((after.projects, after.files) == (2, 2))
    }

    @Test func `what a held release says of its project is shown when it is offered, and not before`() async throws {
        try hold(false)
        try await publish("demo", "1.0", "the first words", keyword: "zebra")
        try hold(true)
        try await publish("demo", "2.0", "a secret plan", keyword: "giraffe", requires: "open")
        let before = try #require(try await instance.index.overview(index: "main", project: "demo"))
        #expect(before.project.summary == "the first words" && before.latest?.description == "1.0")
        #expect(try await found("zebra") == ["demo: the first words"])
        for words in ["giraffe", "secret"] { #expect(try await found(words).isEmpty, "\(words)") }
        #expect(try await instance.index.overview(index: "main", latest: 9).totals.files == 2)
        #expect(try perform("open==1.0", .yank).dependentCount == 0, "a file that nobody has breaks nobody")
        try perform("open==1.0", .unyank)
        // An older release that is offered meanwhile changes nothing; one between the two does.
        try hold(false)
        try await publish("demo", "1.5", "the next words", keyword: "okapi")
        #expect(try await found("okapi") == ["demo: the next words"])
        try release("demo-2.0.tar.gz")
        let after = try #require(try await instance.index.overview(index: "main", project: "demo"))
        #expect(after.project.summary == "a secret plan" && after.latest?.description == "2.0")
        #expect(try await found("giraffe") == ["demo: a secret plan"])
        #expect(try await found("okapi").isEmpty)
        #expect(try perform("open==1.0", .yank).dependentCount == 1)
    }

    @Test func `the serial of a project stays while files of it are held, checked and managed`() async throws {
        func serial() throws -> Int64? {
            try instance.store.project(index: "main", name: "demo", showing: [])?.0.serial
        }
        try hold(false)
        try await publish("demo", "1.0", "the first words", keyword: "zebra")
        try await publish("other", "1.0", "other words", keyword: "okapi")
        let before = try serial()
        try hold(true)
        try await publish("demo", "2.0", "held words", keyword: "giraffe")
        for action in [ProjectOperation.Action.yank, .unyank, .delete, .restore] {
            #expect(try perform("demo-2.0.tar.gz", action).isChange)
        }
        #expect(try serial() == before)
        #expect(try await lists()["updated"] == ["other", "demo", "open"])
        try release("demo-2.0.tar.gz")
        #expect(try serial() != before)
        #expect(try await lists()["updated"] == ["demo", "other", "open"])
    }

    @Test func `a release that is older than what is offered says nothing when it is released`() async throws {
        try await publish("demo", "1.0", "held words", keyword: "zebra")
        try hold(false)
        try await publish("demo", "2.0", "newer words", keyword: "giraffe")
        try release("demo-1.0.tar.gz")
        #expect(try instance.offered == ["demo-1.0.tar.gz", "demo-2.0.tar.gz"])
        #expect(try await found("demo") == ["demo: newer words"])
        #expect(try await found("zebra").isEmpty)
    }

    @Test(arguments: ["demo==1.0", Signed.filename])
    func `managers yank, delete and restore a held file, and it stays held`(target: String) async throws {
        try await instance.publish(signedBy: nil)
        for action in [ProjectOperation.Action.yank, .unyank, .delete, .restore] {
            let outcome = try perform(target, action)
            #expect(outcome.isChange && outcome.files == [Signed.filename], "\(action)")
            #expect(try instance.offered.isEmpty, "\(action)")
        }
        for action in [ProjectOperation.Action.unyank, .restore] { #expect(try !perform(target, action).isChange) }
        #expect(throws: IndexError.self) { try perform("demo==2.0", .delete) }
        #expect(try instance.store.heldFiles(index: "main").count == 1)
        #expect(try instance.sign("ann.sig").isReleased)
        #expect(try instance.offered == [Signed.filename])
    }

    @Test func `a held file can be deleted by its manager over the network, not by others`() async throws {
        try await instance.publish(signedBy: nil)
        let project = try ProjectName("demo")
        let operation = try ProjectOperation(
            .delete, .file(Signed.filename, try Version("1.0")), of: project, index: "main")
        let caller = Caller(address: "192.0.2.1", userAgent: "tests")
        let stranger = try instance.manager(of: "other")
        let error = await #expect(throws: IndexError.self) {
            try await instance.index.place(ofFile: Signed.filename, index: "main", for: stranger)
        }
        #expect(error?.code == .notFound)
        // Who uploaded the first file manages the project; the account's token may only upload.
        let uploader = try instance.index.authenticate(secret: instance.secret)
        await #expect(throws: IndexError.self) {
            try await instance.index.perform(operation, by: uploader, from: caller)
        }
        let request = PackageIndex.TokenRequest(name: "manager", permissions: [.manage])
        let secret = try PackageIndex.createToken(request, by: "tests", in: instance.store)
        try instance.index.refresh()
        let manager = try instance.index.authenticate(secret: secret)
        let outcome = try await instance.index.perform(operation, by: manager, from: caller)
        #expect(outcome.files == [Signed.filename] && outcome.dependentCount == 0)
        #expect(try instance.store.heldFiles(index: "main").isEmpty, "a deleted file waits for nothing")
        #expect(throws: IndexError.self) { try instance.sign("ann.sig") }
    }

    @Test func `no held version satisfies what is required, and deleting it takes nothing away`() async throws {
        try hold(false)
        try await publish("demo", "1.0", "first", keyword: "x")
        try await publish("app", "1.0", "an application", keyword: "x", requires: "demo")
        try hold(true)
        try await publish("demo", "2.0", "second", keyword: "x")
        #expect(try perform("demo==2.0", .delete).dependentCount == 0)
        try perform("demo==2.0", .restore)
        #expect(try perform("demo==1.0", .yank).brokenCount == 1)
    }

    @Test func `all signatures can be checked again when a signed file was deleted`() async throws {
        try await instance.publish(signedBy: Signed.bytes("ann.sig"))
        try perform(Signed.filename, .delete)
        for file in try instance.store.signedFiles() {
            _ = try instance.index.recheckSignatures(of: file.filename, index: "main", actor: "tests")
        }
    }

    @Test func `who may not upload to a project is not told that a held file of it is there`() async throws {
        try await instance.publish(signedBy: nil)
        let request = PackageIndex.TokenRequest(
            name: "other", permissions: [.upload], projects: [try ProjectName("other")])
        let secret = try PackageIndex.createToken(request, by: "tests", in: instance.store)
        try instance.index.refresh()
        let other = try instance.index.authenticate(secret: secret)
        let caller = Caller(address: "192.0.2.1", userAgent: "tests")
        func code(_ filename: String) async -> IndexError.Code? {
            do {
                _ = try await instance.index.addSignature(
                    Signed.bytes("ann.sig"), to: filename, sha256: nil, index: "main", by: other, from: caller)
                return nil
            } catch {
                return (error as? IndexError)?.code
            }
        }
        #expect(await code("open-1.0.tar.gz") == .forbidden)
        #expect(await code(Signed.filename) == .notFound)
    }

    @Test(arguments: [ProjectStatus.archived, .quarantined])
    func `a project that takes no files takes no signatures`(status: ProjectStatus) async throws {
        try hold(false)
        try await instance.publish(signedBy: nil)
        let project = try ProjectName("demo")
        let operation = try ProjectOperation(
            .setStatus(status), .project, of: project, index: "main", reason: "moved to hut")
        _ = try PackageIndex.perform(operation, by: "tests", in: instance.store)
        let uploader = try instance.index.authenticate(secret: instance.secret)
        let caller = Caller(address: "192.0.2.1", userAgent: "tests")
        for isCommand in [false, true] {
            let error = await #expect(throws: IndexError.self) {
                if isCommand { return try instance.sign("ann.sig") }
                return try await instance.index.addSignature(
                    Signed.bytes("ann.sig"), to: Signed.filename, sha256: nil, index: "main", by: uploader,
                    from: caller)
            }
            let sentence = "The project 'demo' is \(status.rawValue) (moved to hut) and takes no signatures; "
            #expect(error?.code == .forbidden && error?.sentence.hasPrefix(sentence) == true, "\(error as Any)")
        }
        #expect(try instance.signatures.isEmpty)
        try perform("demo", .setStatus(.deprecated))
        #expect(try instance.sign("ann.sig").isNew)
    }
}
