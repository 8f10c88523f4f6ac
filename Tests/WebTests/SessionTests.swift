import HTTP
import Packaging
import Storage
import Testing

@testable import Web
@testable import Wheelhouse

@Suite(.timeLimit(.minutes(10))) struct SessionTests {
    private func world(_ setup: [String] = []) throws -> World {
        let world = try World(setup)
        try world.addPerson("alice", may: .manage)
        return world
    }

    @Test func `a person signs in, is named on each page, and signs out`() async throws {
        let world = try world()
        try await world.publish("demo-1.0.tar.gz")
        var browser = Browser(world)
        _ = try await browser.get("/sign-in")
        #expect(browser.page.contains(#"autocomplete="username""#))
        #expect(browser.page.contains(#"autocomplete="current-password""#))
        try await browser.signIn("alice", World.password)
        for path in [
            "/", "/projects/", "/search?q=demo", "/project/demo/", "/project/demo/1.0/", "/account", "/sign-in",
        ] {
            let answer = try await browser.get(path)
            #expect(answer.status == 200)
            #expect(browser.page.contains(">alice</a>"), "\(path)")
            #expect(!browser.page.contains("<!--account-->"), "\(path)")
            #expect(answer["cache-control"] == "no-store", "\(path)")
            #expect(answer["etag"] == nil && answer["content-encoding"] == nil, "\(path)")
            #expect(answer["content-security-policy"]?.contains("frame-ancestors 'none'") == true, "\(path)")
            #expect(answer["content-security-policy"]?.contains("form-action 'self'") == true, "\(path)")
        }
        _ = try await browser.get("/project/demo/nowhere/at/all")
        #expect(browser.page.contains(">alice</a>"), "errors too")
        let answer = try await browser.submit("/sign-out", [])
        #expect(answer.status == 303)
        #expect(answer["location"] == "./")
        #expect(browser.cookies.isEmpty)
    }

    @Test func `after signing out the old cookie is worth nothing`() async throws {
        let world = try world()
        var browser = Browser(world)
        try await browser.signIn("alice", World.password)
        _ = try await browser.get("/account")
        let stale = browser
        _ = try await browser.submit("/sign-out", [])
        var thief = stale
        let answer = try await thief.get("/account")
        #expect(answer.status == 303)
        #expect(answer["location"] == "./sign-in?next=%2Faccount")
    }

    @Test(arguments: [false, true])
    func `the cookie has all that keeps others from it`(isSecure: Bool) async throws {
        var browser = Browser(try world(), isSecure: isSecure)
        let answer = try await browser.post("/sign-in", [("account", "alice"), ("password", World.password)])
        let cookie = try #require(answer["set-cookie"])
        let name = isSecure ? "__Host-wheelhouse" : "wheelhouse"
        let end = "; Path=/; Max-Age=2592000; HttpOnly; SameSite=Strict" + (isSecure ? "; Secure" : "")
        #expect(cookie.hasPrefix("\(name)=") && cookie.hasSuffix(end))
        // 256 bits as base64url.
        #expect(cookie.utf8.count == name.utf8.count + 1 + 43 + end.utf8.count)
    }

    @Test func `each signing in begins a new session, and ends the one of the same browser`() async throws {
        let world = try world()
        var browser = Browser(world)
        try await browser.signIn("alice", World.password)
        let first = browser.cookies
        var thief = browser
        try await browser.signIn("alice", World.password)
        #expect(browser.cookies != first)
        #expect(try await thief.get("/account").status == 303)
        #expect(try await browser.get("/account").status == 200)
    }

    @Test func `a session by a token has the token's rights and ends with it`() async throws {
        let world = try world(["private"])
        try await world.publish("demo-1.0.tar.gz")
        let reader = try #require(world.tokens["reader-of-demo"])
        let other = try #require(world.tokens["reader-of-other"])
        var browser = Browser(world)
        #expect(try await browser.get("/project/demo/").status == 404)
        try await browser.signIn("", reader)
        #expect(try await browser.get("/project/demo/").status == 200)
        #expect(browser.page.contains(">reader-of-demo</a>"))
        var stranger = Browser(world)
        try await stranger.signIn("whoever", other + "\n")
        #expect(try await stranger.get("/project/demo/").status == 404)
        try PackageIndex.revokeToken(named: "reader-of-demo", by: "tests", in: world.store)
        try world.refresh()
        #expect(try await browser.get("/project/demo/").status == 404)
        #expect(try await browser.get("/account").status == 303)
    }

    @Test(arguments: ["password", "disable", "disable and enable", "delete", "command line"])
    func `what a session rests on ends it`(change: String) async throws {
        let world = try world()
        var browser = Browser(world)
        try await browser.signIn("alice", World.password)
        #expect(try await browser.get("/account").status == 200)
        let store = world.store
        switch change {
        case "password":
            try PackageIndex.setPassword("another one of alice", of: "alice", cost: 10, by: "tests", in: store)
        case "disable": try PackageIndex.setDisabled(true, account: "alice", by: "tests", in: store)
        case "disable and enable":
            try PackageIndex.setDisabled(true, account: "alice", by: "tests", in: store)
            try PackageIndex.setDisabled(false, account: "alice", by: "tests", in: store)
        case "delete": try PackageIndex.deleteAccount("alice", by: "tests", in: store)
        default:
            let sessions = try PackageIndex.sessions(of: "alice", in: store)
            try PackageIndex.endSessions(try #require(sessions.first).id, of: "alice", by: "tests", in: store)
        }
        try world.refresh()
        #expect(try await browser.get("/account").status == 303)
        #expect(try PackageIndex.sessions(of: "nobody", in: store).isEmpty)
    }

    @Test func `a session is in the catalog as a digest only, and outlives the server`() async throws {
        let world = try world()
        var browser = Browser(world)
        try await browser.signIn("alice", World.password)
        let secret = try #require(browser.cookies["wheelhouse"])
        let records = try world.store.access().sessions
        #expect(records.map(\.secretDigest) == [TokenSecret.digest(of: secret)])
        let successor = try PackageIndex(world.store, policy: Policy(uploadLimitBytes: 1, isReadingOpen: true))
        #expect(successor.signedIn(secret: secret, from: "")?.principal.name == "alice")
        #expect(successor.signedIn(secret: secret + "x", from: "") == nil)
    }

    @Test func `a session by a narrowed token sees and ends what rests on this token only`() async throws {
        let world = try world()
        for (name, permission) in [("laptop", Permission.read), ("ci", .upload)] {
            var request = PackageIndex.TokenRequest(name: name, permissions: [permission])
            request.account = "alice"
            let token = try PackageIndex.createToken(request, by: "tests", in: world.store)
            try world.refresh()
            guard name == "ci" else { continue }
            var desk = Browser(world)
            try await desk.signIn("alice", World.password)
            var browser = Browser(world)
            try await browser.signIn("", token)
            _ = try await browser.get("/account")
            #expect(browser.page.matches(of: /<tr><td>Browser/).count == 1)
            _ = try await browser.get("/account/tokens")
            #expect(browser.page.contains("ci") && !browser.page.contains("laptop"))
            _ = try await browser.get("/account")
            #expect(try await browser.submit("/account", [("end", "all")]).status == 303)
            #expect(try await browser.get("/account").status == 303)
            #expect(try await desk.get("/account").status == 200)
        }
    }

    @Test func `a token for other addresses begins no session`() async throws {
        let world = try world()
        let scope = try TokenScope(projects: [], versions: [], filePattern: nil, addresses: ["10.0.0.0/8"])
        var request = PackageIndex.TokenRequest(name: "office", permissions: [.read], scope: scope)
        request.account = "alice"
        let token = try PackageIndex.createToken(request, by: "tests", in: world.store)
        try world.refresh()
        var browser = Browser(world)
        _ = try await browser.get("/sign-in")
        let answer = try await browser.post("/sign-in", [("account", ""), ("password", token), ("next", "")])
        #expect(answer.status == 403 && answer["set-cookie"] == nil)
    }

    @Test func `a session by a token ends when the token is used up`() async throws {
        let world = try world()
        var request = PackageIndex.TokenRequest(name: "once", permissions: [.read, .upload])
        request.uses = 1
        let token = try PackageIndex.createToken(request, by: "tests", in: world.store)
        try world.refresh()
        var browser = Browser(world)
        try await browser.signIn("", token)
        let secret = try #require(browser.cookies["wheelhouse"])
        func successor() throws -> PackageIndex {
            try PackageIndex(world.store, policy: Policy(uploadLimitBytes: 1, isReadingOpen: true))
        }
        #expect(try successor().signedIn(secret: secret, from: "") != nil)
        try world.store.writeAndWait { catalog throws(StorageError) in
            try catalog.countUse(secretDigest: TokenSecret.digest(of: token))
        }
        #expect(try successor().signedIn(secret: secret, from: "") == nil)
    }

    @Test func `sessions are seen and ended one by one, and all at once`() async throws {
        let world = try world()
        var (desk, phone, tablet) = (Browser(world), Browser(world), Browser(world))
        try await desk.signIn("alice", World.password)
        try await phone.signIn("alice", World.password)
        try await tablet.signIn("alice", World.password)
        _ = try await desk.get("/account")
        #expect(desk.page.matches(of: /<tr><td>Browser/).count == 3)
        let last = try #require(desk.page.firstMatch(of: /name="end" value="([0-9]+)"/)).1
        let answer = try await desk.submit("/account", [("end", String(last))])
        #expect(answer["location"] == "./account?done=session-ended")
        _ = try await desk.get("/account?done=session-ended")
        #expect(desk.page.contains("The session has ended."))
        #expect(try await tablet.get("/account").status == 303)
        #expect(try await phone.get("/account").status == 200)
        #expect(try await desk.submit("/account", [("end", "all")])["location"] == "./")
        #expect(try await phone.get("/account").status == 303)
    }

    @Test func `nobody ends another's session`() async throws {
        let world = try world()
        try world.addPerson("mallory")
        var (alice, mallory) = (Browser(world), Browser(world))
        try await alice.signIn("alice", World.password)
        try await mallory.signIn("mallory", World.password)
        let id = try #require(try PackageIndex.sessions(of: "alice", in: world.store).first).id
        _ = try await mallory.get("/account")
        #expect(try await mallory.submit("/account", [("end", String(id))]).status == 303)
        #expect(try await alice.get("/account").status == 200)
    }

    @Test(arguments: [
        ("alice", "wrong password", "This password is not the account's."),
        ("nobody-here", "wrong password", "This password is not the account's."),
        ("", "whl_wrong", "This token is not known here."), ("", "", "This token is not known here."),
    ])
    func `wrong credentials are told on the page, and begin nothing`(
        account: String, password: String, sentence: String
    ) async throws {
        let world = try world()
        var browser = Browser(world)
        let answer = try await browser.post("/sign-in", [("account", account), ("password", password)])
        #expect(answer.status == 403)
        #expect(answer["set-cookie"] == nil)
        #expect(browser.page.contains(sentence.replacing("'", with: "&#39;")), "\(browser.page)")
        #expect(browser.page.contains(#"aria-describedby="password-error""#))
        #expect(!browser.page.contains("wrong password"))
    }

    @Test func `guessing is slowed down as it is for programs, and is in the journal`() async throws {
        let world = try World(now: { 0 })
        var browser = Browser(world)
        var statuses: [Int] = []
        for round in 0..<40 {
            let answer = try await browser.post("/sign-in", [("account", ""), ("password", "whl_guess\(round)")])
            statuses.append(answer.status)
            if answer.status == 429 { #expect(answer["retry-after"] != nil) }
        }
        #expect(statuses.first == 403)
        #expect(statuses.last == 429)
        try world.writeRefusals()
        let rows = try world.store.journal(after: 0, limit: 1_000).filter { $0.action == .failLogin }
        #expect(!rows.isEmpty)
    }

    @Test(
        arguments: [
            ("/project/demo/", "project/demo/"), ("/search?q=a%2Fb&x=%26", "search?q=a%2Fb&x=%26"), ("/", ""),
            ("/account", "account"), ("/admin/journal?action=yank", "admin/journal?action=yank"),
            ("/project/demo/1.0%2Blocal/", "project/demo/1.0%2Blocal/"),
            ("/project/demo/http:/", "project/demo/http%3A/"),
            ("//evil.example/", nil), ("/\\evil.example", nil), ("\\\\evil.example", nil), ("/%2f%2fevil.example", nil),
            ("%2f%2fevil.example", nil), ("/%5cevil.example", nil), ("https://evil.example/", nil),
            ("http://index.example/account", nil), ("javascript:alert(1)", nil), ("/\t/evil.example", nil),
            ("/\r\nSet-Cookie: a=b", nil), ("/./account", nil), ("/../account", nil), ("/project//evil.example", nil),
            ("evil.example", nil), ("account", nil), ("", nil), ("/sign-out", nil), ("/sign-in", nil),
            ("/simple/", nil),
            ("/nowhere", nil), ("/project/demo/?q=\n", nil), ("/account#@evil.example", nil), ("*", nil), ("///", nil),
            ("/account\u{0}", nil), ("/%0d%0aaccount", nil), (" /account", nil),
        ] as [(String, String?)])
    func `signing in leads to pages of this server only`(next: String, address: String?) {
        #expect(Route.ownPage(next) == address)
    }

    @Test func `the address to go to then is relative, whatever was asked for`() async throws {
        let world = try world()
        for (next, location) in [("/projects/?page=2", "./projects/?page=2"), ("//evil.example", "./")] {
            var browser = Browser(world)
            let form = [("account", "alice"), ("password", World.password), ("next", next)]
            #expect(try await browser.post("/sign-in", form)["location"] == location)
        }
    }

    @Test func `one comes back to the page that one came from`() async throws {
        let world = try world()
        var browser = Browser(world)
        _ = try await browser.get("/sign-in", [("Referer", "http://index.example/projects/?page=2")])
        #expect(browser.page.contains(#"name="next" value="/projects/?page=2""#))
        for referrer in ["https://evil.example/projects/", "http://index.example.evil.example/", "about:blank"] {
            _ = try await browser.get("/sign-in", [("Referer", referrer)])
            #expect(browser.page.contains(#"name="next" value="""#), "\(referrer)")
        }
    }

    @Test func `below a base path all addresses are right`() async throws {
        let world = try World(["base /pypi"])
        try world.addPerson("alice")
        var browser = Browser(world)
        let answer = try await browser.post(
            "/pypi/sign-in", [("account", "alice"), ("password", World.password), ("next", "/projects/")])
        #expect(answer["location"] == "./projects/")
        #expect(answer["set-cookie"]?.contains("Path=/;") == true)
        _ = try await browser.get("/pypi/projects/")
        #expect(browser.page.contains(#"href="../account">alice</a>"#))
        #expect(browser.page.contains(#"action="../sign-out""#))
    }
}
