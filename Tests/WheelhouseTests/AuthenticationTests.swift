import Crypto
import Packaging
import Storage
import Synchronization
import Testing

@testable import Wheelhouse

@Suite(.timeLimit(.minutes(10))) struct AuthenticationTests {
    private static let password = "correct horse battery"

    /// An instance with a person who has a password, at the lowest cost.
    private func person() throws -> Instance {
        let instance = try Instance(policy: Self.policy)
        try PackageIndex.createAccount("alice", .person, by: "tests", in: instance.store)
        try PackageIndex.setPassword(Self.password, of: "alice", cost: 10, by: "tests", in: instance.store)
        try instance.index.refresh()
        return instance
    }

    private static var policy: Policy {
        var policy = Policy(uploadLimitBytes: 1 << 20, isReadingOpen: true)
        policy.passwordCost = 10
        return policy
    }

    private func code(
        _ instance: Instance, _ credentials: Credentials, from peer: String = "192.0.2.1"
    ) async -> IndexError.Code? {
        do {
            _ = try await instance.index.authenticate(credentials, from: peer)
            return nil
        } catch {
            return error.code
        }
    }

    @Test func `a token is taken in every place where clients put it`() async throws {
        let instance = try Instance()
        let secret = instance.secret
        let forms: [Credentials] = [
            .secret(secret), .user("__token__", password: secret), .user("anybody", password: secret),
            .user("", password: secret), .user(secret, password: ""),
        ]
        for form in forms { #expect(await code(instance, form) == nil, "\(form)") }
    }

    @Test func `a person is known by name and password`() async throws {
        let instance = try person()
        let principal = try await instance.index.authenticate(.user("alice", password: Self.password), from: "")
        #expect(principal.name == "alice")
        #expect(principal.token == nil)
        for (user, password) in [
            ("alice", "wrong password"), ("Alice", Self.password), ("bob", Self.password), ("", Self.password),
            ("alice", ""), ("__token__", Self.password), (Self.password, ""),
        ] {
            #expect(await code(instance, .user(user, password: password)) == .unauthenticated, "\(user)")
        }
    }

    @Test func `a password ends when it is changed, and with its account, also while it is remembered`() async throws {
        let instance = try person()
        let credentials = Credentials.user("alice", password: Self.password)
        #expect(await code(instance, credentials) == nil)
        try PackageIndex.setDisabled(true, account: "alice", by: "tests", in: instance.store)
        try instance.index.refresh()
        #expect(await code(instance, credentials) == .unauthenticated)
        try PackageIndex.setDisabled(false, account: "alice", by: "tests", in: instance.store)
        try PackageIndex.setPassword("another password", of: "alice", cost: 10, by: "tests", in: instance.store)
        try instance.index.refresh()
        #expect(await code(instance, credentials) == .unauthenticated)
        #expect(await code(instance, .user("alice", password: "another password")) == nil)
        try PackageIndex.deleteAccount("alice", by: "tests", in: instance.store)
        try instance.index.refresh()
        #expect(await code(instance, .user("alice", password: "another password")) == .unauthenticated)
    }

    @Test func `guessing is slowed down for the address and the account, and valid users are let in`() async throws {
        let instance = try person()
        #expect(await code(instance, .user("alice", password: Self.password), from: "192.0.2.9") == nil)
        var codes: [IndexError.Code?] = []
        for number in 0..<40 {
            codes.append(await code(instance, .user("alice", password: "guess number \(number)")))
        }
        #expect(codes.first == .unauthenticated)
        #expect(codes.last == .tooMany)
        // Not even the right password from there; nor from another strange address, for guesses may come from many.
        #expect(await code(instance, .user("alice", password: Self.password)) == .tooMany)
        #expect(await code(instance, .user("alice", password: Self.password), from: "192.0.2.2") == .tooMany)
        // Where alice has been before, and by a token from anywhere, nothing has changed.
        #expect(await code(instance, .user("alice", password: Self.password), from: "192.0.2.9") == nil)
        #expect(await code(instance, .secret(instance.secret)) == nil)
        // Another account is not slowed down at another address.
        #expect(await code(instance, .user("bob", password: "guess"), from: "192.0.2.3") == .unauthenticated)
    }

    @Test func `where a person is known is remembered over a restart`() async throws {
        let instance = try person()
        #expect(await code(instance, .user("alice", password: Self.password), from: "192.0.2.9") == nil)
        try instance.index.finish()
        let again = try Instance(folder: instance.folder, policy: Self.policy)
        for number in 0..<40 { _ = await code(again, .user("alice", password: "guess number \(number)")) }
        #expect(await code(again, .user("alice", password: Self.password), from: "192.0.2.2") == .tooMany)
        #expect(await code(again, .user("alice", password: Self.password), from: "192.0.2.9") == nil)
        #expect(await code(again, .user("alice", password: "no"), from: "192.0.2.9") == .unauthenticated)
    }

    @Test func `places are written down once a day`() {
        var places = FamiliarPlaces()
        let home = FamiliarPlace(account: "alice", place: "from 192.0.2.9")
        for (hour, isWritten) in [(0, true), (1, false), (23, false), (25, true), (26, false)] {
            places.note(home, at: UploadTime(microseconds: Int64(hour) * 3_600_000_000))
            #expect(places.takeUnsaved().isEmpty != isWritten)
        }
    }

    @Test func `many wrong tokens are refused with the time to wait, and do not keep others out`() async throws {
        let instance = try Instance()
        let wrong = Credentials.secret("whl_" + String(repeating: "x", count: 43))
        var last: IndexError?
        for _ in 0..<200 {
            do { _ = try await instance.index.authenticate(wrong, from: "2001:db8::1") } catch { last = error }
        }
        #expect(last?.code == .tooMany)
        #expect((1...60).contains(last?.retryAfterSeconds ?? 0))
        // A client has a whole network of IPv6 addresses.
        #expect(await code(instance, wrong, from: "2001:db8::ffff:1") == .tooMany)
        #expect(await code(instance, wrong, from: "2001:db8:0:1::1") == .unauthenticated)
        #expect(await code(instance, .secret(instance.secret), from: "2001:db8::1") == nil)
    }

    @Test func `a token that another process made a moment ago is known at once`() async throws {
        let instance = try Instance()
        let other = try Store(directory: instance.folder.path, mustExist: true)
        let request = PackageIndex.TokenRequest(name: "new", permissions: [.read])
        let secret = try PackageIndex.createToken(request, by: "command line", in: other)
        #expect(await code(instance, .user("__token__", password: secret)) == nil)
    }

    @Test func `a new token is let in where many wrong ones came from`() async throws {
        let instance = try Instance()
        for _ in 0..<40 { _ = await code(instance, .secret("whl_wrong")) }
        #expect(await code(instance, .secret("whl_wrong")) == .tooMany)
        let other = try Store(directory: instance.folder.path, mustExist: true)
        let request = PackageIndex.TokenRequest(name: "new", permissions: [.read])
        let secret = try PackageIndex.createToken(request, by: "command line", in: other)
        #expect(await code(instance, .secret(secret)) == nil)
        #expect(await code(instance, .secret("whl_wrong")) == .tooMany)
    }

    @Test func `credentials of any size and content are refused with a reason`() async throws {
        let instance = try person()
        for text in [
            "", " ", "whl_", "whl_\u{0}", String(repeating: "A", count: 1 << 20),
            "whl_" + String(repeating: "é", count: 43),
            String(instance.secret.dropLast()), instance.secret + "x", instance.secret.lowercased(),
        ] {
            let peer = "198.51.100.\(text.utf8.count % 200)"
            #expect(await code(instance, .secret(text), from: peer) == .unauthenticated)
            #expect(await code(instance, .user("__token__", password: text), from: peer) == .unauthenticated)
        }
        let long = String(repeating: "p", count: 1 << 20)
        #expect(await code(instance, .user("alice", password: long)) == .unauthenticated)
        #expect(await code(instance, .user(String(repeating: "u", count: 1 << 20), password: "p")) == .unauthenticated)
    }

    @Test func `when a token was used last is written down, once an hour`() async throws {
        let instance = try Instance()
        #expect(try instance.store.tokens()[0].lastUsed == nil)
        _ = try instance.index.authenticate(secret: instance.secret)
        _ = try instance.index.authenticate(secret: instance.secret)
        #expect(instance.index.access.uses.withLock { $0.count } == 1)
        try instance.index.saveUses()
        let used = try #require(try instance.store.tokens()[0].lastUsed)
        _ = try instance.index.authenticate(secret: instance.secret)
        #expect(instance.index.access.uses.withLock { $0.isEmpty })
        #expect(try instance.store.tokens()[0].lastUsed == used)
    }

    @Test(arguments: ["short", "123456789", "with\ncontrol", String(repeating: "p", count: 1_025)])
    func `a password that is too short or too long is refused`(password: String) throws {
        let instance = try person()
        let error = #expect(throws: IndexError.self) {
            try PackageIndex.setPassword(password, of: "alice", cost: 10, by: "tests", in: instance.store)
        }
        #expect(error?.code == .invalid)
    }
}

@Suite(.timeLimit(.minutes(10))) struct NewProjectTests {
    private func secret(
        _ instance: Instance, _ name: String, _ change: (inout PackageIndex.TokenRequest) -> Void = { _ in }
    ) throws -> String {
        var request = PackageIndex.TokenRequest(name: name, permissions: [.read, .upload])
        change(&request)
        let secret = try PackageIndex.createToken(request, by: "tests", in: instance.store)
        try instance.index.refresh()
        return secret
    }

    @discardableResult
    private func publish(
        _ instance: Instance, _ secret: String, _ project: String, _ version: String = "1.0"
    ) async throws -> Publication {
        let principal = try instance.index.authenticate(secret: secret, mayBeSpent: true)
        let upload = try instance.index.beginUpload(index: "main", by: principal)
        try await upload.fill(project: project, version: version)
        return try await upload.publish()
    }

    @Test func `who uploads the first file manages the project, at once and in the catalog`() async throws {
        let instance = try Instance()
        let secret = try secret(instance, "ci")
        try await publish(instance, secret, "demo")
        let grant = GrantRecord("manage", to: .account("ci"), index: "main", project: "demo")
        #expect(try instance.store.access().grants.contains(grant))
        var principal = try instance.index.authenticate(secret: secret)
        // The token itself may not manage.
        #expect(principal.may(.manage, index: "main", project: try ProjectName("demo")) != .yes)
        principal.scopes = []
        #expect(principal.may(.manage, index: "main", project: try ProjectName("demo")) == .yes)
        #expect(principal.may(.manage, index: "main", project: try ProjectName("other")) != .yes)
        // Another uploader of the same project does not become one.
        try await publish(instance, instance.secret, "demo", "2.0")
        #expect(try instance.store.access().grants.filter { $0.project == "demo" } == [grant])
    }

    @Test func `where managers make new projects, others need a grant for the name`() async throws {
        var policy = Policy(uploadLimitBytes: 1 << 20, isReadingOpen: true)
        policy.newProjects.needManager = true
        let instance = try Instance(policy: policy)
        let secret = try secret(instance, "ci")
        let error = await #expect(throws: IndexError.self) { try await publish(instance, secret, "demo") }
        #expect(error?.code == .forbidden)
        #expect(error?.sentence.hasPrefix("Account 'ci' may not make the new project 'demo'") == true)
        var grant = PackageIndex.Grant(.upload, to: .account("ci"))
        (grant.index, grant.project) = ("main", try ProjectName("demo"))
        try PackageIndex.grant(grant, by: "tests", in: instance.store)
        try instance.index.refresh()
        try await publish(instance, secret, "demo")
        try await publish(instance, secret, "demo", "1.1")
    }

    @Test func `a token with a number of uses publishes so many files`() async throws {
        let instance = try Instance()
        let secret = try secret(instance, "twice") { $0.uses = 2 }
        try await publish(instance, secret, "demo", "1.0")
        // The same bytes again publish nothing.
        try await publish(instance, secret, "demo", "1.0")
        try await publish(instance, secret, "demo", "1.1")
        // Nor do they when no use is left: the answer to the first time may have been lost.
        #expect(try await publish(instance, secret, "demo", "1.1").isNew == false)
        let error = await #expect(throws: IndexError.self) { try await publish(instance, secret, "demo", "1.2") }
        #expect(error?.sentence == "This token has been used as often as it may be")
        // What somebody else published is none of its own.
        try await instance.publish(project: "demo", version: "1.3")
        let other = await #expect(throws: IndexError.self) { try await publish(instance, secret, "demo", "1.3") }
        #expect(other?.code == .unauthenticated)
        #expect(try instance.store.counts.files == 3)
        // For all else the token is used up.
        #expect(throws: IndexError.self) { try instance.index.authenticate(secret: secret) }
    }

    @Test func `uploads at the same time do not use a token too often`() async throws {
        let instance = try Instance()
        let secret = try secret(instance, "once") { $0.uses = 1 }
        let published = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<6 {
                group.addTask { (try? await publish(instance, secret, "demo", "1.\(number)")) != nil }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(published == 1)
        #expect(try instance.store.counts.files == 1)
    }

    @Test func `a grant that ends during an upload counts`() async throws {
        let instance = try Instance()
        let secret = try secret(instance, "ci")
        let upload = try instance.index.beginUpload(index: "main", by: try instance.index.authenticate(secret: secret))
        try await upload.fill(project: "demo", version: "1.0")
        try PackageIndex.ungrant(.init(.upload, to: .account("ci")), by: "tests", in: instance.store)
        let error = await #expect(throws: IndexError.self) { try await upload.publish() }
        #expect(error?.code == .forbidden)
        #expect(try instance.store.counts.files == 0)
    }

    @Test func `a team's rights are its members'`() async throws {
        let instance = try Instance()
        let store = instance.store
        try PackageIndex.createAccount("bot", .robot, by: "tests", in: store)
        let secret = try secret(instance, "t") { $0.account = "bot" }
        let index = instance.index
        func may() throws -> Bool {
            try index.refresh()
            return try index.authenticate(secret: secret).may(.upload, index: "main") == .yes
        }
        #expect(try !may())
        try PackageIndex.createTeam("dev", by: "tests", in: store)
        try PackageIndex.grant(.init(.upload, to: .team("dev")), by: "tests", in: store)
        try PackageIndex.setMember("bot", of: "dev", true, by: "tests", in: store)
        #expect(try may())
        try PackageIndex.setMember("bot", of: "dev", false, by: "tests", in: store)
        #expect(try !may())
    }
}
