import Foundation
import Packaging
import Posix
import Storage
import Synchronization
import Testing

@testable import Wheelhouse

@Suite(.timeLimit(.minutes(10))) struct OperationTests {
    let instance: Instance

    /// The library has 1.0, 1.1, 2.0rc1 and 2.0; each of the applications needs it in another way.
    init() async throws {
        instance = try Instance()
        for version in ["1.0", "1.1", "2.0rc1", "2.0"] { try await instance.publish(project: "kit", version: version) }
    }

    private func needs(_ requirement: String, project: String = "app", version: String = "1.0") async throws {
        let lines = "Metadata-Version: 2.1\nRequires-Dist: \(requirement)\n"
        try await instance.publish("\(project)-\(version).tar.gz", sdist(project, version, lines: lines))
    }

    private func rehearse(_ text: String, _ action: ProjectOperation.Action) throws -> OperationOutcome {
        try perform(text, action, isRehearsal: true)
    }

    @discardableResult
    private func perform(
        _ text: String, _ action: ProjectOperation.Action, isRehearsal: Bool = false
    ) throws -> OperationOutcome {
        let (project, part) = try ProjectOperation.Target(text).place(index: "main", in: instance.store)
        let operation = try ProjectOperation(action, part, of: project, index: "main")
        return try PackageIndex.perform(operation, by: "tests", in: instance.store, isRehearsal: isRehearsal)
    }

    @Test func `a file is of the project that its record names, whatever its own name lets one think`() async throws {
        let upload = try instance.beginUpload()
        let fields = [(":action", "file_upload"), ("name", "foo"), ("version", "1.0.post1"), ("filetype", "sdist")]
        for (field, value) in fields { try upload.form.add(field, value) }
        let bytes = sdist("foo", "1.0.post1", stem: "foo-1.0-1")
        try await upload.fill(content: bytes, filename: "foo-1.0-1.tar.gz")
        _ = try await upload.publish()
        try await instance.publish(project: "foo-1.0", version: "2")
        #expect(try perform("foo-1.0-1.tar.gz", .yank).files == ["foo-1.0-1.tar.gz"])
        let index = instance.index
        for (manager, isManager) in [("foo", true), ("foo-1.0", false)] {
            let principal = try instance.manager(of: manager)
            let (project, part) = try await index.place(ofFile: "foo-1.0-1.tar.gz", index: "main", for: principal)
            #expect(project.normalized == "foo")
            #expect(part == .file("foo-1.0-1.tar.gz", try Version("1.0.post1")))
            let operation = try ProjectOperation(.unyank, part, of: project, index: "main")
            #expect((principal.may(operation.intent) == .yes) == isManager)
        }
    }

    @Test func `a file of a private project is not there for the managers of others`() async throws {
        try PackageIndex.setPrivate(
            true, project: try ProjectName("kit"), index: "main", by: "tests", in: instance.store)
        let stranger = try instance.manager(of: "app")
        for name in ["kit-1.0.tar.gz", "kit-9.9.tar.gz", "none.txt"] {
            let error = await #expect(throws: IndexError.self) {
                try await instance.index.place(ofFile: name, index: "main", for: stranger)
            }
            #expect(error?.code == .notFound)
            #expect(error?.sentence == "There is no file '\(name)' here")
        }
        let manager = try instance.manager(of: "kit")
        _ = try await instance.index.place(ofFile: "kit-1.0.tar.gz", index: "main", for: manager)
    }

    // what is needed, what goes away, whether it is told, whether nothing else satisfies it
    @Test(
        arguments: [
            ("kit", "kit==2.0", .delete, true, false),
            ("kit>=1.0", "kit==2.0", .delete, true, false),
            ("kit==2.0", "kit==2.0", .delete, true, true),
            ("kit===2.0", "kit==2.0", .delete, true, true),
            ("kit==2.0", "kit==2.0", .yank, true, false),
            ("kit===2.0", "kit==2.0", .yank, true, false),
            ("kit==2.*", "kit==2.0", .yank, true, false),
            ("kit>1.1,!=2.0rc1", "kit==2.0", .yank, true, true),
            ("kit==1.0,!=7", "kit==1.0", .yank, true, true),
            ("kit<2", "kit==2.0", .delete, false, false),
            ("kit~=1.1", "kit==1.1", .delete, true, true),
            ("kit[extra]~=1.1; python_version < '3'", "kit-1.1.tar.gz", .delete, true, true),
            ("Kit (==1.1)", "kit==1.1", .delete, true, true),
            ("kit @ https://example.org/kit.whl", "kit==1.1", .delete, false, false),
            ("other", "kit==1.1", .delete, false, false),
            ("kit", "kit", .setStatus(.quarantined), true, true),
            ("kit", "kit", .setStatus(.archived), false, false),
            ("kit==1.0", "kit==1.0", .unyank, false, false),
        ] as [(String, String, ProjectOperation.Action, Bool, Bool)])
    func `what would break is told`(
        requirement: String, target: String, action: ProjectOperation.Action, isTold: Bool, isBroken: Bool
    ) async throws {
        try await needs(requirement)
        let before = try instance.store.lastSerial
        let outcome = try rehearse(target, action)
        #expect(outcome.dependents.map(\.requirement) == (isTold ? [requirement] : []))
        #expect(outcome.brokenCount == (isBroken ? 1 : 0))
        #expect(try instance.store.lastSerial == before, "a rehearsal changed something")
    }

    @Test func `those that nothing satisfies come first, and yanked, deleted and quarantined ones are left out`()
        async throws
    {
        for (number, requirement) in ["kit", "kit==1.0", "kit<=1.0", "kit==1.0"].enumerated() {
            try await needs(requirement, project: "app\(number)")
        }
        try await needs("kit==1.0", project: "app3", version: "2.0")
        _ = try perform("app1==1.0", .delete)
        let outcome = try rehearse("kit==1.0", .delete)
        #expect(
            outcome.dependents.map { "\($0.project) \($0.version)" } == [
                "app2 1.0", "app3 2.0", "app3 1.0", "app0 1.0",
            ])
        #expect(outcome.dependentCount == 4 && outcome.brokenCount == 3)
        _ = try perform("app3==1.0", .yank)
        _ = try perform("app2", .setStatus(.quarantined))
        #expect(try rehearse("kit==1.0", .delete).dependents.map(\.version.description) == ["2.0", "1.0"])
    }

    @Test func `a file that is not the last of its release breaks nobody`() async throws {
        try await needs("kit==1.0")
        let first = try #require(try instance.store.file(index: "main", filename: "kit-1.0.tar.gz"))
        let wheel = FileRecord(
            index: "main", project: first.project,
            name: .init(filename: "kit-1.0-py3-none-any.whl", version: first.version, kind: .wheel),
            content: .init(sha256: first.sha256, blake2b256: first.blake2b256, size: first.size),
            uploaded: Occasion(actor: "tests", time: first.uploadTime))
        _ = try instance.store.writeAndWait { catalog throws(StorageError) in
            try catalog.publishFile(wheel, bytes: [], summary: nil)
        }
        #expect(try rehearse("kit-1.0.tar.gz", .delete).dependentCount == 0)
        #expect(try rehearse("kit==1.0", .delete).dependentCount == 1)
    }

    @Test func `files from before the table of requirements are read`() async throws {
        try await needs("kit==1.0")
        let sql = "DELETE FROM dependencies; DELETE FROM read_metadata"
        try instance.sqlite(sql)
        #expect(try instance.store.dependents(on: ProjectKey(index: "main", name: ProjectName("kit"))).isEmpty)
        #expect(try rehearse("kit==1.0", .delete).brokenCount == 1)
        #expect(try instance.store.unreadMetadata(limit: 1).isEmpty)
    }

    @Test(arguments: [
        ("kit=1.0", "has one '='"), ("kit==one", "version"), ("-", "project name"), ("kit-1.0-py3.whl", "parts"),
        ("kit", "name one, such as"), ("nothing==1.0", "no project named 'nothing'"),
        ("kit==7", "no release 7 of 'kit'"),
        ("kit-7.tar.gz", "no file 'kit-7.tar.gz'"),
    ])
    func `a target that is none is refused with what to write`(text: String, words: String) throws {
        let error = #expect(throws: (any Error).self) { _ = try rehearse(text, .delete) }
        let sentence = (error as? IndexError)?.sentence ?? ""
        #expect(sentence.contains(words), "\(sentence)")
    }

    @Test func `a state is a whole project's`() throws {
        #expect(throws: IndexError.self) { _ = try rehearse("kit==1.0", .setStatus(.archived)) }
    }

    @Test func `what another process does makes the pages untrue that show it`() async throws {
        let seen = Mutex<Set<PageKey>>([])
        instance.index.onChange { keys in seen.withLock { $0.formUnion(keys) } }
        let file = try #require(try instance.store.file(index: "main", filename: "kit-1.0.tar.gz"))
        let key = PageKey.file(sha256: file.sha256.hex, filename: file.filename)
        let pages: Set<PageKey> = [
            .projectList(index: "main"), .home(index: "main"), .projectDetail(index: "main", project: "kit"),
            .project(index: "main", project: "kit"), .projectJSON(index: "main", project: "kit"),
            .newFiles(index: "main"), .newProjects(index: "main"),
        ]
        for (target, action) in [
            ("kit==1.0", ProjectOperation.Action.delete), ("kit==1.0", .restore), ("kit", .setStatus(.quarantined)),
            ("kit", .setStatus(.active)),
        ] {
            #expect(try perform(target, action).isChange)
            try instance.index.refresh()
            let keys = seen.withLock { keys in
                defer { keys = [] }
                return keys
            }
            #expect(keys.isSuperset(of: pages.union([key])), "\(action)")
        }
    }
}

@Suite struct RefusalTests {
    private let caller = Caller(address: "192.0.2.1", userAgent: "x")

    private func add(_ refusals: inout Refusals, _ actor: String, _ times: Int = 1) {
        for number in 1...times {
            refusals.add(
                .refuseUpload, IndexError(.invalid, "sentence \(number)"), actor: actor, client: caller.client)
        }
    }

    @Test func `the first refusal is written at once, further ones once an hour with their number`() {
        var refusals = Refusals()
        add(&refusals, "ci")
        #expect(refusals.take(now: 0, isLast: false).map(\.count) == [1])
        add(&refusals, "ci", 5)
        #expect(refusals.take(now: 3_599_999_999, isLast: false).isEmpty)
        let second = refusals.take(now: 3_600_000_000, isLast: false)
        #expect(second.map(\.count) == [5] && second[0].last == "sentence 5" && second[0].kind == "invalid")
        #expect(second[0].occasion.client == caller.client)
        add(&refusals, "ci", 2)
        #expect(refusals.take(now: 3_600_000_001, isLast: true).map(\.count) == [2])
        #expect(refusals.take(now: 9_000_000_000, isLast: true).isEmpty)
    }

    @Test func `nobody can fill the journal`() {
        var refusals = Refusals()
        for number in 1...10_000 { add(&refusals, "actor \(number)") }
        let records = refusals.take(now: 0, isLast: false)
        #expect(records.count == Refusals.kindLimit + 1)
        #expect(records.map(\.count).reduce(0, +) == 10_000)
        #expect(records.first { $0.occasion.actor == "others" }?.count == 9_900)
    }

    @Test func `refusals are rows of the journal`() async throws {
        let instance = try Instance()
        let error = IndexError(.unauthenticated, "This token is \"unknown\"")
        await instance.index.noteFailedLogin(error, by: nil, from: caller)
        let before = try instance.store.lastSerial
        try instance.index.writeRefusals()
        let row = try #require(try instance.store.journal(after: before, limit: 9).first)
        #expect(row.action == .failLogin && row.subject == "unauthenticated" && row.occasion.actor == "nobody")
        #expect(row.details == #"{"count":1,"last":"This token is \"unknown\""}"#)
        #expect(row.occasion.client.address == "192.0.2.1")
    }

    @Test func `a failed login names the account that was tried, and nothing else that was typed`() async throws {
        let instance = try Instance()
        try PackageIndex.createAccount("alice", .person, by: "tests", in: instance.store)
        try instance.index.refresh()
        let before = try instance.store.lastSerial
        for (user, code) in [("alice", IndexError.Code.unauthenticated), ("alice", .tooMany), ("hunter22", .tooMany)] {
            let credentials = Credentials.user(user, password: "wrong")
            await instance.index.noteFailedLogin(IndexError(code, "no"), by: credentials, from: caller)
        }
        try instance.index.writeRefusals()
        let rows = try instance.store.journal(after: before, limit: 9).map { "\($0.subject) \($0.details)" }
        #expect(
            rows.sorted() == [
                #"tooMany {"count":1,"last":"no","account":"alice"}"#, #"tooMany {"count":1,"last":"no"}"#,
                #"unauthenticated {"count":1,"last":"no","account":"alice"}"#,
            ])
    }

    @Test func `a project is private from the moment that its row says so`() async throws {
        let instance = try Instance()
        try await instance.publish(project: "kit")
        let kit = try ProjectName("kit")
        let file = try #require(try instance.store.project(index: "main", name: "kit")?.files.first)
        // Another process made it private, and this one has not heard of it yet: no refresh.
        try PackageIndex.setPrivate(true, project: kit, index: "main", by: "tests", in: instance.store)
        let index = instance.index
        #expect(try await index.projectDetail(index: "main", project: "kit") == nil)
        #expect(try await index.overview(index: "main", project: "kit") == nil)
        #expect(try await index.release(index: "main", project: "kit", version: nil) == nil)
        #expect(try await index.download(index: "main", sha256: file.sha256, filename: file.filename) == nil)
        let signatures = try await index.document(
            .signatures, of: file.filename, sha256: file.sha256, index: "main")
        #expect(signatures == nil)
    }
}
