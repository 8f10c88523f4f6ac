import HTTP
import Packaging
import Storage
import Testing

@testable import Web
@testable import Wheelhouse

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

    @Test func `a token for a number of uses makes no other`() async throws {
        let (world, _) = try await signedIn()
        for uses in [nil, 5] as [Int64?] {
            var request = PackageIndex.TokenRequest(name: "maker-\(uses ?? 0)", permissions: [.admin])
            (request.account, request.uses) = ("alice", uses)
            let token = try PackageIndex.createToken(request, by: "tests", in: world.store)
            try world.refresh()
            var browser = Browser(world)
            try await browser.signIn("", token)
            _ = try await browser.get("/account/tokens")
            let fields = [("name", "made-\(uses ?? 0)"), ("may", "upload"), ("lifetime", "7")]
            #expect(try await browser.submit("/account/tokens", fields).status == (uses == nil ? 200 : 403))
            #expect(try world.store.tokens().contains { $0.name == "made-\(uses ?? 0)" } == (uses == nil))
        }
    }

    @Test func `a field that is given twice is refused, and widens nothing`() async throws {
        var (world, browser) = try await signedIn()
        _ = try await browser.get("/account/tokens")
        let fields = [("name", "wide"), ("may", "upload"), ("lifetime", "7"), ("projects", "a"), ("projects", "b")]
        #expect(try await browser.submit("/account/tokens", fields).status == 400)
        #expect(try !world.store.tokens().contains { $0.name == "wide" })
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
