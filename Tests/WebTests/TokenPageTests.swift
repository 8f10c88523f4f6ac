import Crypto
import HTTP
import Packaging
import Storage
import Testing

@testable import Wheelhouse

@Suite(.timeLimit(.minutes(2))) struct TokenPageTests {
    private static let path = "/account/tokens"

    private func signedIn(may permission: Permission? = .manage) async throws -> (World, Browser) {
        let world = try World()
        try world.addPerson("alice", may: permission)
        var browser = Browser(world)
        try await browser.signIn("alice", World.password)
        #expect(try await browser.get(Self.path).status == 200)
        return (world, browser)
    }

    private func secret(on page: String) throws -> String {
        String(try #require(page.firstMatch(of: /whl_[A-Za-z0-9_-]{49}/)).0)
    }

    @Test func `a token is made as narrow as it is asked for, and shown this once`() async throws {
        var (world, browser) = try await signedIn()
        #expect(browser.page.contains("You have no tokens."))
        let answer = try await browser.send(
            Self.path,
            [
                ("name", "ci-web"), ("may", "upload"), ("may", "read"), ("lifetime", "30"),
                ("projects", "Acme_Web, demo"),
                ("versions", "1.0  2.0"), ("files", "*.whl"), ("addresses", "10.0.0.0/8 2001:db8::/32"), ("uses", "5"),
            ])
        #expect(answer.status == 200 && answer["cache-control"] == "no-store" && answer["location"] == nil)
        let secret = try secret(on: browser.page)
        let token = try #require(try world.store.tokens().last)
        #expect(
            token.name == "ci-web" && token.account == "alice" && token.secretDigest == TokenSecret.digest(of: secret))
        #expect(
            token.permissions == ["read", "upload"] && token.projects == ["acme-web", "demo"] && token.usesLeft == 5)
        #expect(token.versions?.map(\.description) == ["1.0", "2.0"] && token.filePattern == "*.whl")
        #expect(token.addresses == ["10.0.0.0/8", "2001:db8::/32"])
        let seconds = (token.expires?.microseconds ?? 0) / 1_000_000 - token.created.microseconds / 1_000_000
        #expect(seconds == 30 * 86_400)
        #expect(try await browser.get(Self.path).status == 200)
        #expect(!browser.page.contains(secret) && browser.page.contains("project acme-web, demo"))
        #expect(!world.reported.joined().contains(secret))
    }

    @Test func `a token has no right that its account has not`() async throws {
        var (world, browser) = try await signedIn(may: .read)
        #expect(!browser.page.contains(#"value="manage""#))
        let form = [("name", "all"), ("may", "admin"), ("lifetime", "never")]
        #expect(try await browser.send(Self.path, form).status == 200)
        let secret = try secret(on: browser.page)
        var robot = Browser(world)
        let token = [("Authorization", "Bearer \(secret)")]
        #expect(try await robot.get("/api/tokens", token).status == 403)
        #expect(try await robot.get("/admin/health", token).status == 403)
        #expect(try await robot.get("/projects/", token).status == 200)
    }

    @Test(
        arguments: [
            ([("name", "a b"), ("may", "read"), ("lifetime", "7")], 400, "The token name 'a b' must be"),
            ([("name", ""), ("may", "read"), ("lifetime", "7")], 400, "The token name '' must be"),
            ([("name", "reader"), ("may", "read"), ("lifetime", "7")], 400, "A token named 'reader' exists already"),
            ([("name", "x"), ("lifetime", "7")], 400, "Choose what the token may do"),
            ([("name", "x"), ("may", "fly"), ("lifetime", "7")], 400, "Choose what the token may do"),
            ([("name", "x"), ("may", "read"), ("lifetime", "5")], 400, "Choose how long the token lasts"),
            (
                [("name", "x"), ("may", "read"), ("lifetime", "7"), ("uses", "0")], 400,
                "'0' must be a number of uploads"
            ),
            ([("name", "x"), ("may", "read"), ("lifetime", "7"), ("versions", "one")], 400, "'one'"),
            ([("name", "x"), ("may", "read"), ("lifetime", "7"), ("projects", "-")], 400, "'-'"),
            ([("name", "x"), ("may", "read"), ("lifetime", "7"), ("addresses", "here")], 400, "'here' is no address"),
            ([("revoke", "reader")], 404, "You have no token named 'reader'"),
            ([("revoke", "")], 404, "You have no token"),
        ] as [([(String, String)], Int, String)])
    func `what cannot be is told on the form, which keeps what was written`(
        form: [(String, String)], status: Int, sentence: String
    ) async throws {
        var (world, browser) = try await signedIn()
        let before = try world.store.tokens().count
        #expect(try await browser.send(Self.path, form).status == status)
        #expect(browser.page.contains(sentence.replacing("'", with: "&#39;")), "\(browser.page)")
        for (name, value) in form where !["revoke", "may", "lifetime"].contains(name) && !value.isEmpty {
            #expect(browser.page.contains(#"value="\#(value)""#), "\(name)")
        }
        #expect(try world.store.tokens().count == before)
    }

    @Test func `a token is revoked by its owner, and by nobody else`() async throws {
        var (world, alice) = try await signedIn()
        try world.addPerson("mallory", may: .admin)
        #expect(
            try await alice.send(Self.path, [("name", "ci"), ("may", "upload"), ("lifetime", "7")]).status == 200)
        let secret = try secret(on: alice.page)
        var (mallory, robot) = (Browser(world), Browser(world))
        try await mallory.signIn("mallory", World.password)
        _ = try await mallory.get(Self.path)
        #expect(!mallory.page.contains("ci</td>"))
        #expect(try await mallory.send(Self.path, [("revoke", "ci")]).status == 404)
        try await robot.signIn("", secret)
        #expect(try await robot.get("/account").status == 200)
        _ = try await alice.get(Self.path)
        #expect(
            try await alice.send(Self.path, [("revoke", "ci")])["location"] == "../account/tokens?done=token-revoked")
        #expect(try await robot.get("/account").status == 303, "its session ended with it")
        #expect(try await alice.send(Self.path, [("revoke", "ci")]).status == 404)
    }

    @Test func `of many tokens each is on one page, and is revoked there`() async throws {
        var (world, browser) = try await signedIn()
        let names = Set((0..<230).map { "ci-\($0)" })
        try world.store.writeAndWait { catalog throws(StorageError) in
            for name in names {
                let digest = TokenSecret.digest(of: name)
                let token = TokenRecord(
                    name: name, account: "alice", secretDigest: digest, permissions: ["read"],
                    created: UploadTime(microseconds: 0))
                _ = try catalog.createToken(token, by: "tests".occasion)
            }
        }
        let pages = try await browser.pages(from: Self.path)
        #expect(pages.count == 3 && pages.allSatisfy { $0.page.utf8.count < 50_000 })
        let buttons = pages.flatMap { $0.buttons("revoke") }
        #expect(buttons.count == names.count && Set(buttons) == names)
        let last = try #require(pages.last)
        _ = try await browser.get(last.path)
        let revoked = try #require(last.buttons("revoke").last)
        let answer = try await browser.submit(last.path, [("revoke", revoked)])
        #expect(answer["location"] == "../account/tokens\(last.path.drop { $0 != "?" })&done=token-revoked")
        #expect(try await browser.pages(from: Self.path).flatMap { $0.buttons("revoke") }.count == names.count - 1)
    }

    @Test func `a session of a narrowed token makes and revokes none`() async throws {
        let world = try World()
        for name in ["manager-of-demo", "uploader", "reader", "manager", "elsewhere"] {
            var browser = Browser(world)
            try await browser.signIn("", try #require(world.tokens[name]))
            #expect(try await browser.get(Self.path).status == 200)
            #expect(browser.page.contains("is narrowed") && !browser.page.contains("Make the token"), "\(name)")
            let form = [("name", "wider"), ("may", "admin"), ("lifetime", "never")]
            #expect(try await browser.send(Self.path, form).status == 403)
            #expect(try await browser.send(Self.path, [("revoke", name)]).status == 403)
        }
        #expect(try world.store.tokens().allSatisfy { $0.name != "wider" })
    }

    @Test func `a token that ends makes none that lasts longer`() async throws {
        let world = try World()
        try world.addPerson("alice", may: .manage)
        var request = PackageIndex.TokenRequest(name: "month", permissions: [.admin], expiresInSeconds: 30 * 86_400)
        request.account = "alice"
        let secret = try PackageIndex.createToken(request, by: "tests", in: world.store)
        try world.refresh()
        var browser = Browser(world)
        try await browser.signIn("", secret)
        _ = try await browser.get(Self.path)
        for (lifetime, status) in [("never", 403), ("90", 403), ("7", 200)] {
            let form = [("name", "of-\(lifetime)"), ("may", "upload"), ("lifetime", lifetime)]
            _ = try await browser.get(Self.path)
            #expect(try await browser.send(Self.path, form).status == status, "\(lifetime)")
        }
    }

    @Test func `nobody fills the server's memory with tokens`() async throws {
        var (world, browser) = try await signedIn()
        for number in 0..<100 {
            var request = PackageIndex.TokenRequest(name: "a-token-with-a-long-name-\(number)", permissions: [.upload])
            request.account = "alice"
            _ = try PackageIndex.createToken(request, by: "tests", in: world.store)
        }
        let form = [("name", "one-more"), ("may", "upload"), ("lifetime", "7")]
        #expect(try await browser.send(Self.path, form).status == 400)
        #expect(browser.page.contains("You have 100 tokens already"))
        #expect(browser.page.utf8.count < 50_000)
    }
}

@Suite(.timeLimit(.minutes(2))) struct PublisherPageTests {
    private static let path = "/manage/demo/publishers"
    private static let github = [
        ("kind", "github"), ("repository", "acme/web"), ("workflow", "release.yml"), ("owner-id", "4242"),
        ("environment", ""), ("issuer", "https://token.actions.githubusercontent.com"),
    ]

    private func manager(_ setup: [String]) async throws -> (World, Browser) {
        let world = try World(setup)
        try world.addPerson("alice", may: .manage)
        var browser = Browser(world)
        try await browser.signIn("alice", World.password)
        #expect(try await browser.get(Self.path).status == 200)
        return (world, browser)
    }

    @Test func `without an issuer the page says why there are none`() async throws {
        let (_, browser) = try await manager([])
        #expect(browser.page.contains("Trusted publishing is not enabled here"))
        #expect(!browser.page.contains("Add this publisher"))
    }

    @Test func `publishers are added and removed, also before the project exists`() async throws {
        var (world, browser) = try await manager(["issuer github", "issuer oidc https://ci.example"])
        let added = try await browser.send(Self.path, Self.github)
        #expect(added["location"] == "../../manage/demo/publishers?done=publisher-added")
        let claims = [
            ("kind", "oidc"), ("issuer", "https://ci.example"), ("claims", "sub = job:web:*\r\nref=refs/heads/a=b\r\n"),
        ]
        #expect(try await browser.send(Self.path, claims).status == 303)
        let records = try world.store.publishers()
        #expect(
            records.map(\.kind) == ["github", "oidc"] && records.allSatisfy { $0.project == "demo" && $0.isPending })
        #expect(records[0].terms == ["repository": "acme/web", "workflow": "release.yml", "owner-id": "4242"])
        #expect(records[1].terms == ["sub": "job:web:*", "ref": "refs/heads/a=b"])
        _ = try await browser.get(Self.path)
        #expect(browser.page.contains("acme/web") && browser.page.contains("waits for the project"))
        let number = try #require(browser.page.firstMatch(of: /name="remove" value="([0-9]+)"/)).1
        #expect(try await browser.send("/manage/other/publishers", [("remove", String(number))]).status == 404)
        #expect(try await browser.send(Self.path, [("remove", String(number))]).status == 303)
        #expect(try world.store.publishers().map(\.kind) == ["oidc"])
    }

    @Test(arguments: [
        (["repository": "acme"], "'acme' must be OWNER/NAME"),
        (["workflow": "release.txt"], "must be the name of a file"),
        (["owner-id": ""], "needs 'owner-id'"), (["owner-id": "me"], "must be the number of the owner"),
        (["kind": "svn"], "Choose what kind of publisher it is"), (["issuer": "http://x"], "must be an address"),
        (["kind": "oidc", "issuer": "https://ci.example"], "needs a claim"),
        (["kind": "oidc", "issuer": "https://ci.example", "claims": "sub"], "'sub' must be NAME=PATTERN"),
        (["kind": "oidc", "issuer": "https://ci.example", "claims": "sub=a\r\nsub=b"], "each name once"),
        (["remove": "7"], "has no publisher with the number 7"), (["remove": "x"], "There is no such publisher"),
    ])
    func `what cannot be is told on the form`(changes: [String: String], sentence: String) async throws {
        var (world, browser) = try await manager(["issuer github", "issuer oidc https://ci.example"])
        let form = Self.github.filter { changes[$0.0] == nil } + changes.map { ($0.key, $0.value) }
        let status = try await browser.send(Self.path, form).status
        #expect(status == (changes["remove"] == nil ? 400 : 404))
        #expect(browser.page.contains(sentence.replacing("'", with: "&#39;")), "\(browser.page)")
        #expect(try world.store.publishers().isEmpty)
    }

    @Test func `the same publisher twice is refused, and what was written stays`() async throws {
        var (_, browser) = try await manager(["issuer github"])
        #expect(try await browser.send(Self.path, Self.github).status == 303)
        #expect(try await browser.send(Self.path, Self.github).status == 400)
        #expect(browser.page.contains("has this publisher already") && browser.page.contains(#"value="acme/web""#))
    }
}

@Suite(.timeLimit(.minutes(2))) struct SignaturesPageTests {
    private static let path = "/manage/demo/signatures"
    // Nobody knows its key, so it counts for nothing and is kept.
    private static let signature = """
        untrusted comment: signature
        RURWEVPDSttepVXIpLoyjM0XpN2erSDL4Wi6ZooSeuSnhzLdxrLY35GuQ8ZpYc5C91wMbGTDBJXwMmsoy+y9sui55XA/lX1OfwY=
        trusted comment: timestamp:1700000000\tfile:demo-1.0.tar.gz
        IcRFsFc+Z/cwbeOB+lWlD48eg/UKBKjw5BoeGD2QdUs0MiOxZiBtCjDFQRlAXWfXWewYLPtd1wcfcK/KctPWCw==

        """

    private func manager(_ setup: [String]) async throws -> (World, Browser) {
        let world = try World(setup)
        try world.addPerson("alice", may: .manage)
        try await world.publish("demo-1.0.tar.gz")
        var browser = Browser(world)
        try await browser.signIn("alice", World.password)
        #expect(try await browser.get(Self.path).status == 200)
        return (world, browser)
    }

    @Test func `the page says what the policy asks for, and which files are held for it`() async throws {
        let (_, browser) = try await manager(["signers"])
        for words in [
            "policy.json5 line 1 is for it", "is the minisign key 0123456789ABCDEF", "demo-1.0.tar.gz", ">held<",
        ] {
            #expect(browser.page.contains(words), "\(words)")
        }
        let (_, free) = try await manager([])
        #expect(free.page.contains("nobody needs to sign its files") && !free.page.contains(">held<"))
    }

    @Test func `a signature is added by its text, as browsers send it`() async throws {
        var (world, browser) = try await manager([])
        let text = Self.signature.replacing("\n", with: "\r\n")
        let form = [("file", "demo-1.0.tar.gz"), ("signature", text)]
        #expect(
            try await browser.send(Self.path, form)["location"] == "../../manage/demo/signatures?done=signature-added"
        )
        let record = try #require(try world.store.signatures(index: "main", filename: "demo-1.0.tar.gz").first)
        #expect(record.sha256 == Digest.sha256(of: Array(Self.signature.utf8)) && record.added.actor == "alice")
        #expect(try await browser.send(Self.path, form)["location"]?.contains("signature-known") == true)
        _ = try await browser.get(Self.path)
        #expect(browser.page.contains("has a signature by somebody who is not known here"))
    }

    @Test(arguments: [
        ("demo-1.0.tar.gz", "", 400), ("demo-9.tar.gz", signature, 404),
        ("", signature, 404),
    ])
    func `what is no signature of a file here is told on the form`(file: String, text: String, status: Int) async throws
    {
        var (world, browser) = try await manager([])
        #expect(try await browser.send(Self.path, [("file", file), ("signature", text)]).status == status)
        #expect(browser.page.contains(#"role="alert""#), "\(browser.page)")
        #expect(try world.store.signatures(index: "main", filename: "demo-1.0.tar.gz").isEmpty)
    }
}
