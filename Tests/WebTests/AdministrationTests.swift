import Foundation
import HTTP
import Packaging
import Testing

@testable import Storage
@testable import Web
@testable import Wheelhouse

extension World {
    /// Gives a person a right to `demo`.
    fileprivate func grant(_ permission: Permission, to name: String) throws {
        var grant = PackageIndex.Grant(permission, account: name)
        grant.index = PackageIndex.mainIndex
        grant.project = try ProjectName("demo")
        try PackageIndex.grant(grant, by: "tests", in: store)
        try refresh()
    }

    /// Somebody who has signed in and has the page open.
    fileprivate func browser(of name: String, at path: String) async throws -> Browser {
        var browser = Browser(self)
        try await browser.signIn(name, Self.password)
        #expect(try await browser.get(path).status == 200)
        return browser
    }

    /// What the journal says, newest last.
    fileprivate var actions: [String] {
        get throws { try store.journal(after: 0, limit: 1_000).map(\.action.rawValue) }
    }
}

extension Browser {
    /// Opens a page, and sends its form.
    mutating func send(_ path: String, _ form: [(String, String)]) async throws -> WireResponse {
        _ = try await get(path)
        return try await submit(path, form)
    }

    /// Whether the last page says this.
    fileprivate func says(_ sentence: String) -> Bool { page.contains(sentence.replacing("'", with: "&#39;")) }
}

@Suite(.timeLimit(.minutes(2))) struct WhoManagesTests {
    private static let pages = ["/manage/demo/grants", "/manage/demo/publishers", "/manage/demo/signatures"]

    @Test(arguments: pages)
    func `a private project's pages are for its managers, and are not there for strangers`(path: String) async throws {
        let world = try World(["private"])
        for name in ["owner", "visitor", "stranger"] { try world.addPerson(name) }
        try world.addPerson("boss", may: .manage)
        try world.grant(.manage, to: "owner")
        try world.grant(.read, to: "visitor")
        try await world.publish("demo-1.0.tar.gz")
        for (name, status) in [("owner", 200), ("boss", 200), ("visitor", 403), ("stranger", 404)] {
            var browser = Browser(world)
            try await browser.signIn(name, World.password)
            let answer = try await browser.get(path)
            #expect(answer.status == status, "\(name)")
            if status == 200 {
                #expect(answer["cache-control"] == "no-store" && answer["vary"]?.contains("Cookie") == true)
                #expect(browser.page.utf8.count < 50_000)
            }
            let sent = try await browser.send(path, [("may", "fly")])
            // Who may gets the form again: this says nothing.
            #expect(status == 200 ? [400, 404].contains(sent.status) : sent.status == status, "\(name)")
        }
        var browser = Browser(world)
        #expect(try await browser.get(path)["location"] == "../../sign-in?next=\(path.replacing("/", with: "%2F"))")
        #expect(try await browser.post(path, [("visibility", "public")]).status == 403)
    }

    @Test(arguments: pages)
    func `a session has the rights of its token, no others`(path: String) async throws {
        let world = try World(["private"])
        try await world.publish("demo-1.0.tar.gz")
        let sessions = [
            ("manager", 200), ("manager-of-demo", 200), ("admin", 200), ("reader-of-demo", 403), ("scoped", 404),
            ("uploader-of-other", 404), ("reader-of-other", 404), ("elsewhere", 404), ("outsider", 404),
        ]
        for (name, status) in sessions {
            var browser = Browser(world)
            try await browser.signIn("", try #require(world.tokens[name]))
            #expect(try await browser.get(path).status == status, "\(name)")
        }
    }

    @Test(arguments: pages)
    func `to a stranger a private project is like one that is not there`(path: String) async throws {
        let world = try World(["private"])
        try world.addPerson("stranger")
        try await world.publish("demo-1.0.tar.gz")
        var browser = Browser(world)
        try await browser.signIn("stranger", World.password)
        #expect(try await browser.get(path).status == 404)
        let hidden = browser.page.replacing("demo", with: "nada")
        #expect(try await browser.get(path.replacing("demo", with: "nada")).status == 404)
        #expect(browser.page == hidden)
    }

    @Test(arguments: pages + ["/account/tokens", "/admin/access"])
    func `nothing is done by a form without the token of its session`(path: String) async throws {
        let world = try World()
        try world.addPerson("root", may: .admin)
        try await world.publish("demo-1.0.tar.gz")
        var browser = try await world.browser(of: "root", at: path)
        let before = try world.actions
        let forms: [[(String, String)]] = [
            [("visibility", "private")],
            [("may", "manage"), ("holder", "account"), ("name", "root"), ("place", "server")],
            [("name", "ci"), ("may", "upload"), ("lifetime", "7")], [("revoke", "admin")], [("remove", "1")],
            [("file", "demo-1.0.tar.gz"), ("signature", "x")], [("project", "demo")],
        ]
        for form in forms {
            #expect(try await browser.post(path, form).status == 403)
            #expect(try await browser.post(path, form + [("form-token", "0")]).status == 403)
        }
        #expect(try world.actions == before)
    }

    @Test(arguments: [
        ("/manage/Demo/grants", "../demo/grants"), ("/manage/de_mo/publishers", "../de-mo/publishers"),
        ("/manage/demo/grants/", nil), ("/manage/demo/nothing", nil), ("/manage//grants", nil),
        ("/manage/-/signatures", nil),
    ])
    func `each page has one address`(path: String, address: String?) {
        #expect(Route(path: path) == (address.map { .moved($0) } ?? .unknown))
    }
}

@Suite(.timeLimit(.minutes(2))) struct GrantPageTests {
    private static let path = "/manage/demo/grants"

    private func world() async throws -> World {
        let world = try World(["private"])
        for name in ["owner", "ann"] { try world.addPerson(name) }
        try world.grant(.manage, to: "owner")
        try PackageIndex.createTeam("web", by: "tests", in: world.store)
        try PackageIndex.setMember("ann", of: "web", true, by: "tests", in: world.store)
        try await world.publish("demo-1.0.tar.gz")
        return world
    }

    @Test(arguments: [("account", "ann"), ("team", "web")])
    func `a right that is given holds at once, and goes when it is taken away`(holder: String, name: String)
        async throws
    {
        let world = try await world()
        var (owner, ann) = (try await world.browser(of: "owner", at: Self.path), Browser(world))
        try await ann.signIn("ann", World.password)
        #expect(try await ann.get("/project/demo/").status == 404)
        let given = try await owner.send(Self.path, [("holder", holder), ("name", name), ("may", "read")])
        #expect(given.status == 303 && given["location"] == "../../manage/demo/grants?done=right-given")
        #expect(try await ann.get("/project/demo/").status == 200)
        #expect(try await owner.get("\(Self.path)?done=right-given").status == 200)
        #expect(owner.says("The right is given."))
        let button = "read \(holder) \(name) index"
        #expect(owner.page.contains(#"name="take" value="\#(button)""#))
        #expect(try await owner.send(Self.path, [("take", button)]).status == 303)
        #expect(try await ann.get("/project/demo/").status == 404)
        #expect(try world.actions.suffix(2) == ["grant", "ungrant"])
    }

    @Test(
        arguments: [
            (
                [("holder", "account"), ("name", "nobody-here"), ("may", "read")], 404,
                "There is no account named 'nobody-here'"
            ),
            (
                [("holder", "team"), ("name", "nobody-here"), ("may", "read")], 404,
                "There is no team named 'nobody-here'"
            ),
            ([("holder", "account"), ("name", "ann"), ("may", "admin")], 400, "Nobody can be admin of one project"),
            ([("holder", "account"), ("name", "ann"), ("may", "fly")], 400, "Choose what somebody may do"),
            (
                [("holder", "robot"), ("name", "ann"), ("may", "read")], 400,
                "Choose whether this is an account or a team"
            ),
            ([("holder", "account"), ("name", " "), ("may", "read")], 400, "Name the account or the team"),
            ([("take", "read account ann index")], 404, "There is no such grant"), ([("take", "")], 400, "Choose what"),
            ([("visibility", "secret")], 400, "Choose what somebody may do"), ([], 400, "Choose what somebody may do"),
        ] as [([(String, String)], Int, String)])
    func `what cannot be is told on the form`(form: [(String, String)], status: Int, sentence: String) async throws {
        let world = try await world()
        var owner = try await world.browser(of: "owner", at: Self.path)
        let before = try world.actions
        #expect(try await owner.send(Self.path, form).status == status)
        #expect(owner.says(sentence) && owner.page.contains(#"role="alert""#), "\(owner.page)")
        if let name = form.first(where: { $0.0 == "name" })?.1.trimmingCharacters(in: .whitespaces), !name.isEmpty {
            #expect(owner.page.contains(#"value="\#(name)" required"#) || owner.page.contains(#"value="\#(name)""#))
        }
        #expect(try world.actions == before)
    }

    @Test func `a project becomes public and private`() async throws {
        let world = try await world()
        var owner = try await world.browser(of: "owner", at: Self.path)
        var anybody = Browser(world)
        #expect(try await anybody.get("/project/demo/").status == 404)
        #expect(try await owner.send(Self.path, [("visibility", "public")]).status == 303)
        #expect(try await anybody.get("/project/demo/").status == 200)
        _ = try await owner.get(Self.path)
        #expect(owner.page.contains("Make it private"))
        #expect(try await owner.send(Self.path, [("visibility", "private")]).status == 303)
        #expect(try await anybody.get("/project/demo/").status == 404)
    }

    @Test func `a manager of one project is told no names of those with rights to all`() async throws {
        let world = try await world()
        try world.addPerson("root", may: .admin)
        let owner = try await world.browser(of: "owner", at: Self.path)
        #expect(!owner.page.contains("root"))
        let root = try await world.browser(of: "root", at: Self.path)
        #expect(root.page.contains("root may admin"))
    }

    @Test func `rights can be given to a project before it exists, which cannot be private yet`() async throws {
        let world = try await world()
        try world.addPerson("boss", may: .manage)
        var manager = try await world.browser(of: "boss", at: "/manage/later/grants")
        #expect(manager.says("This project does not exist yet"))
        let form = [("holder", "account"), ("name", "ann"), ("may", "upload")]
        #expect(try await manager.send("/manage/later/grants", form).status == 303)
        #expect(try await manager.send("/manage/later/grants", [("visibility", "private")]).status == 404)
    }

    @Test func `a page with many rights stays small`() async throws {
        let world = try await world()
        for number in 0..<170 {
            let name = "an-account-with-a-long-name-\(number)"
            try PackageIndex.createAccount(name, .robot, by: "tests", in: world.store)
            try world.grant(.upload, to: name)
        }
        let owner = try await world.browser(of: "owner", at: Self.path)
        #expect(owner.page.utf8.count < 50_000)
        #expect(owner.page.contains(/And [0-9]+ more/))
    }
}

@Suite(.timeLimit(.minutes(2))) struct IndexAccessTests {
    private static let path = "/admin/access"

    @Test func `administrators of the server give rights to everything, others see nothing of it`() async throws {
        let world = try World()
        try world.addPerson("root", may: .admin)
        try world.addPerson("ann", may: .manage)
        var ann = Browser(world)
        try await ann.signIn("ann", World.password)
        #expect(try await ann.get(Self.path).status == 403)
        var root = try await world.browser(of: "root", at: Self.path)
        for place in ["server", "index"] {
            let form = [("holder", "account"), ("name", "ann"), ("may", "admin"), ("place", place)]
            #expect(try await root.send(Self.path, form)["location"] == "../admin/access?done=right-given")
            #expect(try await ann.get("/admin/journal").status == 200)
            // How the server is concerns no index alone.
            #expect(try await ann.get("/admin/health").status == (place == "server" ? 200 : 403))
            #expect(try await root.send(Self.path, [("take", "admin account ann \(place)")]).status == 303)
            #expect(try await ann.get("/admin/journal").status == 403)
        }
        let form = [("holder", "account"), ("name", "ann"), ("may", "read"), ("place", "moon")]
        #expect(try await root.send(Self.path, form).status == 400)
        #expect(root.says("Choose whether the right is for the server or for the index"))
        #expect(try await root.send(Self.path, [("project", "Acme_Web")])["location"] == "../manage/acme-web/grants")
        #expect(try await root.send(Self.path, [("project", "../x")]).status == 400)
    }
}
