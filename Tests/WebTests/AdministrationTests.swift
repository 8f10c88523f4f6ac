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

    /// Makes robots with a right: to a project, or to the index.
    fileprivate func grantAll(_ permission: Permission, to names: Set<String>, project: String?) throws {
        try store.writeAndWait { catalog throws(StorageError) in
            for name in names {
                _ = try catalog.createAccount(name, .robot, by: "tests".occasion)
                let grant = GrantRecord(permission.rawValue, to: .account(name), index: "main", project: project)
                _ = try catalog.grant(grant, by: "tests".occasion)
            }
        }
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

    /// Follows `Next` from a page to the last one.
    mutating func pages(from path: String, next: String = "after") async throws -> [Part] {
        var parts: [Part] = []
        var place: String? = path
        while let path = place, parts.count < 20 {
            _ = try await get(path)
            parts.append(Part(path: path, page: page))
            let link = try Regex(#"href="(\?\#(next)=[^"]+)">Next</a>"#)
            let query = page.firstMatch(of: link)?.output[1].substring
            place = query.map { "\(path.prefix { $0 != "?" })\($0)" }
        }
        return parts
    }

    /// A page of a list.
    struct Part {
        let path, page: String

        /// What the buttons of this name send.
        func buttons(_ name: String) -> [String] {
            page.matches(of: /<button class="plain" name="([a-z]+)" value="([^"]+)"/).filter { $0.1 == name }
                .map { String($0.2) }
        }
    }

    /// Whether the last page says this.
    fileprivate func says(_ sentence: String) -> Bool { page.contains(sentence.replacing("'", with: "&#39;")) }
}

@Suite(.timeLimit(.minutes(2))) struct WhoManagesTests {
    private static let pages = ["", "change?action=yank&version=1.0", "grants", "publishers", "signatures"].map {
        "/manage/demo/\($0)"
    }

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
            // One page has no form, and the change of another would be made.
            guard path != "/manage/demo/", status != 200 || !path.contains("change") else { continue }
            let sent = try await browser.send(path, [("may", "fly")])
            // Who may gets the form again: this says nothing.
            #expect(status == 200 ? [400, 404].contains(sent.status) : sent.status == status, "\(name)")
        }
        var browser = Browser(world)
        let next = SimpleFile.percentEncoded(pathComponent: path)
        #expect(try await browser.get(path)["location"] == "../../sign-in?next=\(next)")
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

extension String {
    fileprivate func word(_ number: Int) -> String { String(split(separator: " ")[number]) }
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

    private static func resolved(_ link: String, from folder: String) -> String {
        var segments = folder.split(separator: "/").map(String.init)
        for part in link.split(separator: "/") where part != "." {
            if part == ".." { segments.removeLast() } else { segments.append(String(part)) }
        }
        return "/" + segments.joined(separator: "/") + (link.hasSuffix("/") && !segments.isEmpty ? "/" : "")
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
        for page in ["grants", "publishers", "signatures"] {
            _ = try await manager.get("/manage/later/\(page)")
            for link in manager.page.matches(of: /href="([^"?:]+)"/).map(\.1) where link.hasPrefix(".") || link == page
            {
                let path = Self.resolved(String(link), from: "/manage/later/")
                var visitor = manager
                #expect(try await visitor.get(path).status < 400, "\(page) leads to \(path)")
            }
        }
    }

    @Test func `of many rights each is on one page, which stays small, and is taken away there`() async throws {
        let world = try await world()
        let names = Set((0..<310).map { "an-account-with-a-long-name-\($0)" })
        try world.grantAll(.upload, to: names, project: "demo")
        var owner = try await world.browser(of: "owner", at: Self.path)
        #expect(owner.page.utf8.count < 50_000)
        let pages = try await owner.pages(from: Self.path)
        #expect(pages.count == 3)
        #expect(pages.flatMap { $0.buttons("take") }.filter { names.contains($0.word(2)) }.count == names.count)
        #expect(Set(pages.flatMap { $0.buttons("take") }.map { $0.word(2) }).isSuperset(of: names))
        let last = try #require(pages.last)
        let query = last.path.drop { $0 != "?" }
        #expect(last.page.contains(#"action="grants\#(query)""#) && last.page.contains(">Previous</a>"))
        for button in last.buttons("take").suffix(2) {
            let answer = try await owner.send(last.path, [("take", button)])
            #expect(answer["location"] == "../../manage/demo/grants\(query)&done=right-taken", "one goes on there")
        }
        let rest = try await owner.pages(from: Self.path).flatMap { $0.buttons("take") }
        #expect(Set(rest) == Set(pages.flatMap { $0.buttons("take") }).subtracting(last.buttons("take").suffix(2)))
    }

    @Test func `behind the last entry of a list is its last page, before the first one its first`() async throws {
        let world = try await world()
        try world.grantAll(.read, to: Set((100..<300).map { "robot-\($0)" }), project: "demo")
        var owner = try await world.browser(of: "owner", at: Self.path)
        let first = owner.page.matches(of: /name="take" value="([^"]+)"/).map(\.1)
        for (query, isFirst) in [("after=zzz", false), ("before=a", true), ("before=zzz", false), ("after=a", true)] {
            _ = try await owner.get("\(Self.path)?\(query)")
            let found = owner.page.matches(of: /name="take" value="([^"]+)"/).map(\.1)
            #expect(found.count == 150 && (found == first) == isFirst, "\(query)")
        }
        #expect(try await owner.get("\(Self.path)?after=a&after=b").status == 400)
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

    @Test func `all rights, and all projects with rights, are reached from page to page`() async throws {
        let world = try World()
        try world.addPerson("root", may: .admin)
        let names = Set((0..<160).map { "robot-\($0)" })
        try world.grantAll(.read, to: names, project: nil)
        let projects = Set((0..<210).map { "project-\($0)" })
        for project in projects { try world.grantAll(.read, to: ["reader"], project: project) }
        var root = try await world.browser(of: "root", at: Self.path)
        let buttons = try await root.pages(from: Self.path).flatMap { $0.buttons("take") }
        #expect(buttons.count == Set(buttons).count)
        #expect(Set(buttons.map { $0.word(2) }).isSuperset(of: names))
        let pages = try await root.pages(from: Self.path, next: "projects-after").map(\.page)
        let links = pages.flatMap { $0.matches(of: /href="\.\.\/manage\/([^\/"]+)\/grants"/) }.map { String($0.1) }
        #expect(pages.count == 3 && links.count == Set(links).count && Set(links).isSuperset(of: projects))
    }
}
