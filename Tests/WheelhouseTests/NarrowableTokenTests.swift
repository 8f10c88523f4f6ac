import Crypto
import Packaging
import Posix
import Storage
import Testing

@testable import Wheelhouse

@Suite(.timeLimit(.minutes(10))) struct NarrowableTokenTests {
    private func make(
        _ name: String, in instance: Instance, _ change: (inout PackageIndex.TokenRequest) -> Void = { _ in }
    ) throws -> String {
        var request = PackageIndex.TokenRequest(name: name, permissions: [.read, .upload])
        request.isNarrowable = true
        change(&request)
        let secret = try PackageIndex.createToken(request, by: "tests", in: instance.store)
        try instance.index.refresh()
        return secret
    }

    private func narrowed(_ secret: String, by caveats: String...) throws -> String {
        try caveats.reduce(try #require(NarrowableToken(secret))) { try #require($0.narrowed(by: $1)) }.text
    }

    private func refusal(_ instance: Instance, _ secret: String, _ project: String) throws -> String? {
        let principal = try instance.index.authenticate(secret: secret, from: "192.0.2.1")
        let intent = Intent(.upload, index: "main", project: try ProjectName(project))
        guard case .no(let reason) = principal.may(intent) else { return nil }
        return reason
    }

    private func code(_ instance: Instance, _ secret: String) async -> IndexError.Code? {
        do {
            _ = try await instance.index.authenticate(.user("__token__", password: secret), from: "192.0.2.1")
            return nil
        } catch {
            return error.code
        }
    }

    @Test func `it begins with whl- and a version, as scanners can know`() throws {
        let instance = try Instance()
        let secrets = try (0..<20).map { try make("t\($0)", in: instance) }
        #expect(Set(secrets).count == 20)
        for secret in secrets {
            #expect(secret.wholeMatch(of: /whl-AgEKd2hlZWxob3VzZQIr[A-Za-z0-9_-]{106}/) != nil, "\(secret)")
        }
    }

    @Test func `a narrowed one begins no session, for that would have what was taken away`() async throws {
        let instance = try Instance()
        let secret = try make("ci", in: instance)
        let narrow = try narrowed(secret, by: #"[1, ["web"]]"#)
        await #expect { () async throws in
            _ = try await instance.index.signIn(.secret(narrow), from: .unknown, endingOther: nil)
        } throws: { ($0 as? IndexError)?.code == .unauthenticated }
        let session = try await instance.index.signIn(.secret(secret), from: .unknown, endingOther: nil)
        #expect(instance.index.signedIn(secret: session, from: "")?.principal.token == "ci")
    }

    @Test func `its holder narrows it, and every restriction counts`() throws {
        let instance = try Instance()
        let secret = try make("ci", in: instance)
        #expect(try refusal(instance, secret, "web") == nil)
        let web = try narrowed(secret, by: #"[1, ["Web"]]"#)
        #expect(try refusal(instance, web, "web") == nil)
        let reason = "Token 'ci', narrowed by its holder, may upload to project web only"
        #expect(try refusal(instance, web, "other") == reason)
        // Another one does not widen it again.
        #expect(try refusal(instance, narrowed(web, by: #"[1, ["web", "other"]]"#), "other") == reason)
        #expect(try refusal(instance, narrowed(web, by: #"[1, ["other"]]"#), "web") != nil)
        #expect(try refusal(instance, narrowed(web, by: #"[100, ["read"]]"#), "web") != nil)
        #expect(try refusal(instance, narrowed(web, by: #"[104, ["10.0.0.0/8"]]"#), "web") != nil)
        #expect(try refusal(instance, narrowed(web, by: #"[104, ["192.0.2.0/24"]]"#), "web") == nil)
    }

    @Test func `it is no wider than the rights of its account and its own scope`() throws {
        let instance = try Instance()
        let secret = try make("ci", in: instance) { $0.scope.projects = ["web"] }
        let both = try narrowed(secret, by: #"[1, ["web", "other"]]"#, #"[100, ["admin"]]"#)
        #expect(try refusal(instance, both, "web") == nil)
        #expect(try refusal(instance, both, "other") == "Token 'ci' may upload to project web only")
        let principal = try instance.index.authenticate(secret: both)
        #expect(principal.mayAdministrateServer() != .yes)
    }

    @Test func `an administrator's loses the server when it is narrowed to a project`() throws {
        let instance = try Instance()
        let secret = try make("boss", in: instance) { $0.scope.permissions = [.admin] }
        let web = try instance.index.authenticate(secret: try narrowed(secret, by: #"[1, ["web"]]"#))
        #expect(web.mayAdministrateServer() != .yes)
        #expect(web.mayMakeToken(until: nil) != .yes)
        #expect(web.may(.manage, index: "main", project: try ProjectName("web")) == .yes)
        let hour = TokenScope.hour(from: Clock.unixMicroseconds)
        let brief = try instance.index.authenticate(secret: try PackageIndex.narrow(secret, to: hour))
        #expect(brief.mayMakeToken(until: nil) != .yes)
        #expect(brief.mayMakeToken(until: hour.expires) == .yes)
    }

    @Test(arguments: [
        ("[0, 1, 0]", "This token, narrowed by its holder, expired on 1970-01-01"),
        ("[0, 253402300799, 253402300798]", "This token, narrowed by its holder, is valid from 9999-12-31T23:59:58"),
        (#"{"nbf": 0, "exp": 1}"#, "expired on 1970-01-01"), (#"[2, ["0a0a"]]"#, "by their ids"),
        (#"[3, "0a0a"]"#, "by their ids"), (#"[5, ["web"]]"#, "a restriction that is not known here"),
    ])
    func `a time that is over and an unknown restriction let nothing through`(caveat: String, words: String) throws {
        let instance = try Instance()
        let secret = try narrowed(try make("ci", in: instance), by: #"[1, ["web"]]"#, caveat)
        let error = #expect(throws: IndexError.self) { try instance.index.authenticate(secret: secret) }
        #expect(error?.code == .unauthenticated)
        #expect(error?.sentence.contains(words) == true, "\(error?.sentence ?? "")")
    }

    @Test func `what was made from it ends with it`() async throws {
        let instance = try Instance()
        let secret = try make("ci", in: instance)
        let web = try narrowed(secret, by: #"[1, ["web"]]"#)
        #expect(await code(instance, web) == nil)
        try PackageIndex.revokeToken(named: "ci", by: "tests", in: instance.store)
        try instance.index.refresh()
        let error = #expect(throws: IndexError.self) { try instance.index.authenticate(secret: web) }
        #expect(error?.sentence == "This token has been revoked")
    }

    @Test func `uses and the last use are counted for all that were made from it together`() async throws {
        let instance = try Instance()
        let secret = try make("twice", in: instance) { $0.uses = 2 }
        let one = try narrowed(secret, by: #"[1, ["demo"]]"#)
        let other = try narrowed(one, by: #"[102, ["1.1", "1.2"]]"#)
        func publish(_ secret: String, _ version: String) async throws {
            let principal = try instance.index.authenticate(secret: secret)
            let upload = try instance.index.beginUpload(index: "main", by: principal)
            try await upload.fill(project: "demo", version: version)
            _ = try await upload.publish()
        }
        try await publish(one, "1.0")
        await #expect(throws: IndexError.self) { try await publish(other, "1.3") }
        try await publish(other, "1.1")
        let error = await #expect(throws: IndexError.self) { try await publish(one, "1.2") }
        #expect(error?.sentence == "This token has been used as often as it may be")
        try instance.index.saveUses()
        #expect(try instance.store.tokens().first { $0.name == "twice" }?.lastUsed != nil)
    }

    @Test func `one that another process made a moment ago is known at once, the first too`() async throws {
        let instance = try Instance()
        let other = try Store(directory: instance.folder.path, mustExist: true)
        var request = PackageIndex.TokenRequest(name: "new", permissions: [.read])
        request.isNarrowable = true
        let secret = try PackageIndex.createToken(request, by: "command line", in: other)
        #expect(await code(instance, try narrowed(secret, by: #"[1, ["web"]]"#)) == nil)
    }

    @Test func `only this server's key makes its tokens, and its parts are no tokens`() async throws {
        let instance = try Instance()
        let secret = try make("ci", in: instance)
        let key = try #require(try instance.store.tokenKey())
        let token = try #require(NarrowableToken(secret))
        #expect(token.original(key: key)?.text == secret)
        // A new identifier with the right key is still no token of the catalog.
        let stranger = try NarrowableToken.make(key: key)
        let bytes = try #require(Base64.decodeURL(secret.utf8.dropFirst(4)))
        let identifier = String(decoding: bytes[15..<58], as: UTF8.self)
        for text in [
            stranger.text, try NarrowableToken.make(key: [UInt8](repeating: 1, count: 32)).text, identifier,
            "whl_" + identifier, String(secret.dropFirst(4)), "pypi-" + secret.dropFirst(4), secret + "=",
            String(secret.dropLast()), secret + "A", secret.uppercased(), "whl-", "whl-AgEK",
            TokenSecret.digest(of: secret).hex,
        ] {
            #expect(await code(instance, text) == .unauthenticated, "\(text)")
        }
        #expect(await code(instance, secret) == nil)
    }

    @Test func `the key is made once, for its owner's eyes, and never shown by a token`() throws {
        let instance = try Instance()
        #expect(try instance.store.tokenKey() == nil)
        _ = try make("one", in: instance)
        let key = try #require(try instance.store.tokenKey())
        #expect(key.count == 32)
        _ = try make("two", in: instance)
        #expect(try instance.store.tokenKey() == key)
    }

    @Test func `the command's caveats say what the scope says, and no more than fits`() throws {
        let instance = try Instance()
        let secret = try make("ci", in: instance)
        var scope = TokenScope()
        scope.permissions = [.read, .upload]
        scope.indexes = ["main", "test"]
        scope.projects = ["web", "other"]
        scope.versions = [try Version("1.0"), try Version("2.0rc1")]
        scope.filePattern = #"we"b-*\.whl"#
        scope.sources = ["10.0.0.0/8", "2001:db8::1"].compactMap(TokenScope.Source.init)
        scope.notBefore = try UploadTime("2026-01-01T00:00:00Z")
        scope.expires = try UploadTime("2999-01-01T00:00:00Z")
        let narrowed = try #require(NarrowableToken(try PackageIndex.narrow(secret, to: scope)))
        let scopes = try narrowed.caveats.map { try TokenScope(caveat: $0) }
        #expect(scopes.count == 7)
        #expect(scopes.compactMap(\.permissions) == [[.read, .upload]])
        #expect(scopes.compactMap(\.indexes) == [["main", "test"]])
        #expect(scopes.compactMap(\.projects) == [["web", "other"]])
        #expect(scopes.compactMap(\.versions) == [scope.versions])
        #expect(scopes.compactMap(\.filePattern) == [#"we"b-*\.whl"#])
        #expect(scopes.compactMap(\.sources) == [scope.sources])
        #expect(scopes.compactMap(\.notBefore) == [scope.notBefore])
        #expect(scopes.compactMap(\.expires) == [scope.expires])
        scope.filePattern = String(repeating: "x", count: 4_000)
        for (text, scope) in [(secret, scope), (instance.secret, TokenScope()), ("", TokenScope())] {
            let error = #expect(throws: IndexError.self) { try PackageIndex.narrow(text, to: scope) }
            #expect(error?.code == .invalid)
        }
    }

    @Test(arguments: [
        "", " ", "x", "null", "1", "\"1\"", "[]", "[1]", "[1, []]", "[1, [1]]", #"[1, "web"]"#, #"[1, ["web"], 1]"#,
        #"[1, ["-"]]"#, #"[1, [" web"]]"#, #"["1", ["web"]]"#, #"[1.0, ["web"]]"#, #"[true, ["web"]]"#, "[0]", "[0, 1]",
        "[0, 1, null]", #"[0, "1", 0]"#, "[0, 1.5, 0]", "[0, 1, 0, 0]", "[0, -1, 0]", "[0, 253402300800, 0]",
        "[0, 9223372036854775807, 0]", "[0, 99999999999999999999, 0]", #"[4, "x"]"#, #"[99, ["x"]]"#, "[100, []]",
        #"[100, ["Read"]]"#, #"[100, ["read", "fly"]]"#, #"[102, ["x"]]"#, #"[103, ""]"#, #"[103, ["*"]]"#,
        #"[104, ["10.0.0.0/33"]]"#, #"[104, ["localhost"]]"#, #"[105, []]"#, "{}", #"{"version": 1}"#,
        #"{"version": 2, "permissions": "user"}"#, #"{"version": 1, "permissions": "admin"}"#,
        #"{"version": 1, "permissions": {}}"#, #"{"version": 1, "permissions": {"projects": []}}"#,
        #"{"version": 1, "permissions": {"projects": ["web"], "x": 1}}"#,
        #"{"version": 1, "permissions": "user", "x": 1}"#, #"{"nbf": 0}"#, #"{"nbf": 0, "exp": 1, "x": 1}"#,
        #"{"nbf": 0, "exp": "1"}"#, #"[1, ["web"]] "x""#, #"[1, ["web"],]"#,
        #"{"version": 1, "version": 1, "permissions": "user"}"#,
    ])
    func `a caveat that is not exactly one of those known lets nothing through`(text: String) {
        let error = #expect(throws: IndexError.self) { try TokenScope(caveat: Array(text.utf8)) }
        #expect(error?.code == .unauthenticated)
    }

    @Test func `a changed caveat is refused or understood, and what is understood can be said again`() throws {
        let caveats = [
            "[0, 1800000000, 1700000000]", #"[1, ["web", "a"]]"#, #"[100, ["read", "upload"]]"#, #"[101, ["main"]]"#,
            #"[102, ["1.0", "2.0rc1"]]"#, #"[103, "web-*.whl"]"#, #"[104, ["10.0.0.0/8", "2001:db8::1"]]"#,
            #"{"version": 1, "permissions": {"projects": ["web"]}}"#, #"{"nbf": 1700000000, "exp": 1800000000}"#,
        ]
        var random: UInt64 = 1
        func next(_ count: Int) -> Int {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(random >> 33) % count
        }
        let bytes = Array(#"[]{},:"0123456789*-./ \ua"#.utf8)
        var understood = 0
        for number in 0..<20_000 {
            var caveat = Array(caveats[number % caveats.count].utf8)
            for _ in 0...next(3) {
                let place = next(caveat.count)
                caveat.replaceSubrange(place..<min(place + next(3), caveat.count), with: [bytes[next(bytes.count)]])
            }
            guard let scope = try? TokenScope(caveat: caveat) else { continue }
            understood += 1
            let said = scope.caveats
            #expect(said.count <= 1)
            for text in said { #expect(try TokenScope(caveat: Array(text.utf8)) == scope, "\(text)") }
        }
        #expect((100..<19_000).contains(understood))
    }

    @Test func `caveats of pypitoken in their present and their former form`() throws {
        func scope(_ text: String) throws -> TokenScope { try TokenScope(caveat: Array(text.utf8)) }
        #expect(try scope(#"[1, ["Web_Shop", "a"]]"#).projects == ["web-shop", "a"])
        #expect(try scope(#"{"version": 1, "permissions": {"projects": ["web"]}}"#).projects == ["web"])
        #expect(try scope(#"{"version": 1, "permissions": "user"}"#) == TokenScope())
        for text in ["[0, 1800000000, 1700000000]", #"{"nbf": 1700000000, "exp": 1800000000}"#] {
            let time = try scope(text)
            #expect(time.notBefore?.description == "2023-11-14T22:13:20.000000Z")
            #expect(time.expires?.description == "2027-01-15T08:00:00.000000Z")
        }
    }
}

extension TokenScope {
    /// One hour from a time on, to the second.
    fileprivate static func hour(from microseconds: Int64) -> TokenScope {
        var scope = TokenScope()
        let second = microseconds / 1_000_000
        scope.expires = UploadTime(microseconds: (second + 3_600) * 1_000_000)
        return scope
    }
}
