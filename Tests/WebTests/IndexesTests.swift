import Foundation
import Packaging
import Storage
import Testing

@testable import Web
@testable import Wheelhouse

@Suite(.timeLimit(.minutes(2))) struct IndexesTests {
    @Test(arguments: [
        ("staging", true), ("team-2", true), ("0", true), ("main", false), ("Staging", false), ("a_b", false),
        ("a--b", false), ("-a", false), ("", false), ("a/b", false), ("é", false), ("simple", false), ("legacy", false),
        ("packages", false), ("project", false), ("projects", false), ("search", false), ("api", false),
        ("admin", false), ("account", false), ("manage", false), ("sign-in", false), ("sign-out", false),
        ("rss", false), ("pypi", false), ("integrity", false), ("_", false), ("healthz", false), ("readyz", false),
        ("metrics", false),
    ])
    func `an index is named like a project, and unlike every address`(name: String, isAllowed: Bool) {
        #expect(Indexes.canBeNamed(name) == isAllowed)
    }

    /// A route that is forgotten in `Route.firstWords` is asked for by some transcript.
    @Test func `no address of main begins with a word that an index can have as its name`() throws {
        var words: Set<String> = []
        for name in Transcript.names {
            let transcript = try Transcript(named: name)
            let isElsewhere = transcript.setup.contains { $0.hasPrefix("base") || $0.hasPrefix("indexes") }
            for line in isElsewhere ? [] : transcript.exchanges.compactMap(\.request.first) {
                let path = String((line.split(separator: " ").last ?? "").prefix { $0 != "?" })
                guard let word = path.split(separator: "/").first, Route(path: path) != .unknown else { continue }
                // What pip-tools and hatch ask for below the root is answered for projects of all other names.
                guard path != "/\(word)/json", word != "+simple", word != "*" else { continue }
                words.insert(String(word))
            }
        }
        #expect(words.count >= 15, "\(words.sorted())")
        for word in words { #expect(!Indexes.canBeNamed(word), "\(word)") }
    }

    @Test func `each index has the public address with its name, below the base path`() throws {
        let world = try World(["indexes staging", "base /pypi", "public https://packages.example/pypi"])
        let site = Site("staging", beside: world.site)
        #expect(site.settings.publicAddress == "https://packages.example/pypi/staging")
        #expect(site.settings.basePath == "/pypi/staging")
        #expect(Site("staging", beside: try World(["indexes staging"]).site).settings.publicAddress.isEmpty)
    }

    @Test func `below a base path too, indexes have their names behind it`() async throws {
        let world = try World(["indexes staging", "base /pypi"])
        try await world.publish("demo-1.0.tar.gz", to: "/pypi/staging")
        var anybody = Browser(world)
        for (path, status) in [
            ("/pypi/staging/simple/demo/", 200), ("/pypi/simple/demo/", 404), ("/staging/simple/demo/", 404),
            ("/pypi/staging", 301), ("/pypi/stagingx/", 404),
        ] {
            #expect(try await anybody.get(path).status == status, "\(path)")
        }
        #expect(try await anybody.get("/pypi/staging/", [("Accept-Encoding", "identity")]).status == 200)
        #expect(anybody.page.contains("http://index.example/pypi/staging/legacy/"))
    }

    @Test func `whoever signs in at one index is signed in at all, and manages by rights to each`() async throws {
        let world = try World(["indexes staging"])
        try world.addPerson("ann")
        try world.grant(.manage, to: "ann", index: "staging")
        try await world.publish("demo-1.0.tar.gz")
        try await world.publish("demo-1.0.tar.gz#other", to: "/staging")
        var ann = Browser(world)
        let form = [("account", "ann"), ("password", World.password), ("next", "/manage/demo/")]
        #expect(try await ann.post("/staging/sign-in", form)["location"] == "./manage/demo/")
        #expect(try await ann.get("/staging/manage/demo/").status == 200)
        #expect(try await ann.get("/manage/demo/").status == 403)
        _ = try await ann.get("/staging/project/demo/")
        let mark = "<span class=\"badge\">index staging</span>"
        #expect(ann.page.contains(mark), "it is not seen where one acts")
        #expect(ann.page.contains("href=\"../../manage/demo/\"") && ann.page.contains("action=\"../../sign-out\""))
        _ = try await ann.get("/project/demo/")
        #expect(!ann.page.contains("manage/demo/") && !ann.page.contains(mark))
        #expect(ann.page.contains("action=\"../../sign-out\""))
        _ = try await ann.get("/staging/manage/demo/change?action=yank&version=1.0")
        let yank = [("action", "yank"), ("version", "1.0"), ("file", ""), ("status", ""), ("reason", "slow")]
        #expect(
            try await ann.submit("/staging/manage/demo/change", yank)["location"] == "../../manage/demo/?done=yanked")
        let rows = try world.store.journal(after: 0, limit: 1_000).filter { $0.action == .yank }
        #expect(rows.map { "\($0.index ?? "") \($0.occasion.actor)" } == ["staging ann"])
        _ = try await ann.get("/staging/project/demo/")
        #expect(try await ann.submit("/staging/sign-out", [])["location"] == "./")
        #expect(try await ann.get("/account").status == 303)
    }

    @Test func `the page of rights to everything gives and takes those of its index`() async throws {
        let world = try World(["indexes staging"])
        try world.addPerson("root", may: .admin)
        try world.addPerson("ann")
        for index in ["main", "staging"] { try world.grant(.upload, to: "ann", index: index) }
        try world.grant(.upload, to: "ann", index: "staging", project: "web")
        var root = Browser(world)
        try await root.signIn("root", World.password)
        let path = "/staging/admin/access"
        _ = try await root.get("/admin/access")
        #expect(root.page.contains("index main") && !root.page.contains("index staging"))
        #expect(!root.page.contains("manage/web/"), "a project of another index")
        _ = try await root.get(path)
        #expect(!root.page.contains("index main") && root.page.contains("href=\"../manage/web/grants\""))
        #expect(try await root.submit(path, [("take", "upload account ann index")]).status == 303)
        let left = try world.store.access().grants.filter { $0.holder == .account("ann") && $0.project == nil }
        #expect(left.map(\.index) == ["main"])
    }

    @Test func `where managers make projects, those of one index make none in another`() async throws {
        let world = try World(["indexes staging", "managers"])
        for (name, permission) in [("staging", Permission.manage), ("main", .upload)] {
            try world.grant(permission, to: "uploader", index: name)
        }
        try PackageIndex.ungrant(PackageIndex.Grant(.upload, account: "uploader"), by: "tests", in: world.store)
        try world.refresh()
        try await world.publish("demo-1.0.tar.gz", to: "/staging")
        await #expect(throws: Failure.self) { try await world.publish("demo-1.0.tar.gz") }
    }

    @Test func `who has a right in another index only makes tokens with it`() async throws {
        let world = try World(["indexes staging"])
        try world.addPerson("ann")
        try world.grant(.manage, to: "ann", index: "staging", project: "web")
        var ann = Browser(world)
        try await ann.signIn("ann", World.password)
        _ = try await ann.get("/account/tokens")
        for (word, isOffered) in [("read", true), ("upload", true), ("manage", true), ("admin", false)] {
            #expect(ann.page.contains("value=\"\(word)\"") == isOffered, "\(word)")
        }
    }
}

extension World {
    /// Gives a person a right in an index.
    fileprivate func grant(_ permission: Permission, to name: String, index: String, project: String? = nil) throws {
        var grant = PackageIndex.Grant(permission, account: name)
        grant.index = index
        grant.project = try project.map(ProjectName.init)
        try PackageIndex.grant(grant, by: "tests", in: store)
        try refresh()
    }
}
