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
        let world = try world()
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

@Suite(.timeLimit(.minutes(10))) struct FormTokenTests {
    private func signedIn() async throws -> (World, Browser) {
        let world = try World()
        try world.addPerson("alice", may: .manage)
        var browser = Browser(world)
        try await browser.signIn("alice", World.password)
        _ = try await browser.get("/account")
        return (world, browser)
    }

    @Test(arguments: ["/account", "/sign-out"])
    func `a form without the token of this very session is refused`(path: String) async throws {
        var (world, browser) = try await signedIn()
        let right = try #require(browser.token)
        var other = Browser(world)
        try await other.signIn("alice", World.password)
        _ = try await other.get("/account")
        let foreign = try #require(other.token)
        #expect(foreign != right)
        let wrong: [[(String, String)]] = [
            [], [("form-token", "")], [("form-token", foreign)], [("form-token", String(right.dropLast()))],
            [("form-token", right + "0")], [("form-token", right.uppercased())],
            [("form-token", right), ("form-token", right)], [("form-token", right), ("form-token", "x")],
            [("form_token", right)],
        ]
        for fields in wrong {
            let answer = try await browser.post(path, fields + [("end", "all")])
            #expect(answer.status == 403, "\(fields)")
            #expect(answer["set-cookie"] == nil)
        }
        #expect(try await browser.get("/account").status == 200, "the session goes on")
        #expect(try await browser.post(path, [("form-token", right), ("end", "all")]).status == 303)
        #expect(try await other.get("/account").status == (path == "/account" ? 303 : 200))
    }

    @Test(arguments: [
        [("Sec-Fetch-Site", "cross-site")], [("Sec-Fetch-Site", "same-site")], [("Origin", "https://evil.example")],
        [("Origin", "null")],
    ])
    func `a form that another site sends is refused, even with the token`(fields: [(String, String)]) async throws {
        var (_, browser) = try await signedIn()
        let token = try #require(browser.token)
        let form = [("form-token", token), ("end", "all")]
        #expect(try await browser.post("/account", form, fields).status == 403)
        let signIn = [("account", "alice"), ("password", World.password)]
        #expect(try await browser.post("/sign-in", signIn, fields).status == 403)
    }

    @Test func `a session is worth nothing where programs act and read`() async throws {
        let world = try World(["private"])
        try world.addPerson("alice", may: .admin)
        try await world.publish("demo-1.0.tar.gz")
        var browser = Browser(world)
        try await browser.signIn("alice", World.password)
        #expect(try await browser.get("/project/demo/").status == 200)
        let sha256 = try SampleArchive("demo-1.0.tar.gz").digest(.sha256).hex
        let file = try await browser.get("/packages/\(sha256)/demo-1.0.tar.gz")
        #expect(file.status == 200, "a link on a page")
        #expect(file["cache-control"]?.contains("private") == true)
        #expect(file["vary"]?.contains("Cookie") == true)
        for path in [
            "/simple/demo/", "/pypi/demo/json", "/legacy/+simple/demo/",
            "/integrity/demo/1.0/demo-1.0.tar.gz/provenance",
            "/api/projects/demo",
        ] {
            #expect(try await browser.get(path).status == 404, "\(path)")
        }
        #expect(try await browser.get("/simple/")["cache-control"]?.contains("no-store") == false)
        #expect(!browser.page.contains("demo"))
        #expect(try await browser.get("/api/tokens").status == 401)
        for path in ["/legacy/", "/", "/simple/"] {
            #expect(try await browser.post(path, [(":action", "file_upload")]).status == 401, "\(path)")
        }
    }

    @Test(arguments: ["/account", "/account?done=session-ended", "/sign-in", "/", "/project/demo/"])
    func `no page can be framed, and forms go here only`(path: String) async throws {
        var (world, browser) = try await signedIn()
        try await world.publish("demo-1.0.tar.gz")
        let policy = try #require(try await browser.get(path)["content-security-policy"])
        let words = policy.split(separator: "; ")
        for word in ["default-src 'none'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"] {
            #expect(words.contains(Substring(word)), "\(word)")
        }
        #expect(!policy.contains("script-src"))
    }
}

/// What one person sees never comes from where another's answers are kept.
@Test(arguments: [["private"], ["private", "closed"], []])
func `a page that somebody saw signed in is nobody else's`(setup: [String]) async throws {
    let world = try World(setup)
    try world.addPerson("alice", may: .manage)
    try await world.publish("demo-1.0.tar.gz")
    let sha256 = try SampleArchive("demo-1.0.tar.gz").digest(.sha256).hex
    let isPrivate = setup.contains("private")
    let paths = [
        "/", "/projects/", "/search?q=demo", "/project/demo/", "/project/demo/1.0/", "/project/demo/versions/",
        "/project/demo/1.0/demo-1.0.tar.gz/", "/packages/\(sha256)/demo-1.0.tar.gz",
    ]
    var (alice, anybody) = (Browser(world), Browser(world))
    try await alice.signIn("alice", World.password)
    for path in paths {
        for _ in 0..<2 {
            let seen = try await alice.get(path)
            #expect(seen.status == 200, "\(path)")
            #expect(seen["vary"]?.contains("Cookie") == true || !isPrivate, "\(path)")
            let caching = try #require(seen["cache-control"])
            #expect(caching.contains("no-store") || caching.contains("private") || !isPrivate, "\(path)")
        }
        let answer = try await anybody.get(path, [("Accept-Encoding", "identity")])
        let text = String(decoding: answer.content, as: UTF8.self)
        #expect(!text.contains("alice"), "\(path)")
        #expect(!text.contains("form-token"), "\(path)")
        if isPrivate { #expect(!text.contains("demo-1.0") && !text.contains(">demo<"), "\(path)") }
        guard answer.status == 200, let tag = answer["etag"], !path.hasPrefix("/packages/") else { continue }
        let again = try await alice.get(path, [("If-None-Match", tag)])
        #expect(again.status == 200, "the page without a name is not hers: \(path)")
    }
}

/// Where browsers are sent that may not see a page; programs are told 401.
@Test func `a browser without a session is sent to sign in, a program is not`() async throws {
    let world = try World(["closed"])
    var browser = Browser(world)
    let navigation = [("Upgrade-Insecure-Requests", "1"), ("Sec-Fetch-Mode", "navigate")]
    for field in navigation {
        let answer = try await browser.get("/projects/?page=1", [field])
        #expect(answer.status == 303)
        #expect(answer["location"] == "../sign-in?next=%2Fprojects%2F%3Fpage%3D1")
        #expect(try await browser.get("/admin/journal", [field]).status == 303)
        #expect(try await browser.get("/simple/", [field]).status == 401)
        #expect(try await browser.get("/projects/", [field, ("Authorization", "Bearer no")]).status == 401)
    }
    #expect(try await browser.get("/projects/").status == 401)
}
