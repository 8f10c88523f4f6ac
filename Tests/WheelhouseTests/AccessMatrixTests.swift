import Packaging
import Posix
import Storage
import Testing

@testable import Wheelhouse

/// Every operation × every kind of principal × every scope, with the expected verdicts as a table.
///
/// A cell is `y` for yes; `g` when the account's grants refuse, `s` when the token's scope does: then the sentence names
/// the account, or the token.
@Suite struct AccessMatrixTests {
    /// The operations, in the order of the cells.
    private static let operations: [(String, @Sendable (Principal) -> Verdict)] = [
        ("see a public project", { $0.mayReadPublic(index: "main", project: web) }),
        ("see all that is public", { $0.mayReadPublic(index: "main", project: nil) }),
        ("see private project web", { $0.may(.read, index: "main", project: web) }),
        ("see private project other", { $0.may(.read, index: "main", project: other) }),
        ("begin an upload", { $0.may(.upload, index: "main") }),
        ("upload web 1.0 wheel", { $0.may(intent(.upload, web, "1.0", "web-1.0-py3-none-any.whl")) }),
        ("upload web 2.0 sdist", { $0.may(intent(.upload, web, "2.0", "web-2.0.tar.gz")) }),
        ("upload to other", { $0.may(intent(.upload, other, "1.0", "other-1.0-py3-none-any.whl")) }),
        ("found a project where managers do", { $0.mayFound(new, index: "main") }),
        ("manage web", { $0.may(.manage, index: "main", project: web) }),
        ("manage other", { $0.may(.manage, index: "main", project: other) }),
        ("upload to another index", { $0.may(.upload, index: "dev", project: web) }),
        ("administrate", { $0.may(.admin, index: "main") }),
        ("share web", { $0.mayShare(web, index: "main") }), ("administrate the server", { $0.mayAdministrateServer() }),
        ("manage web of another index", { $0.may(.manage, index: "dev", project: web) }),
    ]

    /// What accounts are granted.
    private static let accounts: [(String, Grants)] = [
        ("nobody", grants([])), ("reader", grants([(.read, nil, nil)])), ("uploader", grants([(.upload, nil, nil)])),
        ("index uploader", grants([(.upload, "main", nil)])), ("member of web", grants([(.upload, "main", "web")])),
        ("manager of web", grants([(.manage, "main", "web"), (.read, "main", nil)])),
        ("manager", grants([(.manage, "main", nil)])),
        ("index admin", grants([(.admin, "main", nil)])), ("dev uploader", grants([(.upload, "dev", nil)])),
        ("manager of web in dev", grants([(.manage, "dev", "web")])), ("dev admin", grants([(.admin, "dev", nil)])),
        ("admin", grants([(.admin, nil, nil)])),
    ]

    /// What narrows them: a password has no scope.
    private static let scopes: [(String, [TokenScope])] = [
        ("password", []), ("everything", [scope { $0.permissions = Set(Permission.allCases) }]),
        ("uploading", [scope { $0.permissions = [.upload] }]), ("reading", [scope { $0.permissions = [.read] }]),
        ("web", [scope { $0.projects = ["web"] }]),
        ("dev", [scope { $0.indexes = ["dev"] }]), ("main", [scope { $0.indexes = ["main"] }]),
        ("1.0", [scope { $0.versions = [one] }]), ("wheels", [scope { $0.filePattern = "*.whl" }]),
        ("web and wheels", [scope { $0.projects = ["web"] }, scope { $0.filePattern = "*.whl" }]),
        ("elsewhere", [scope { $0.sources = [.init("192.0.2.0/24")].compactMap(\.self) }]),
        ("expired", [TokenScope(), scope { $0.expires = UploadTime(microseconds: 5) }]),
    ]

    // One line for each account and scope; cells in the order of the operations.
    private static let table = """
        nobody × password: y y g g g g g g g g g g g g g g
        nobody × everything: y y g g g g g g g g g g g g g g
        nobody × uploading: s s s s g g g g g s s g s s s s
        nobody × reading: y y g g s s s s s s s s s s s s
        nobody × web: y s g s g g g s s g s g s g s g
        nobody × dev: s s s s s s s s s s s g s s s g
        nobody × main: y y g g g g g g g g g s g g s s
        nobody × 1.0: y y g g g g s g g g g g g s s g
        nobody × wheels: y y g g g g s g g g g g g s s g
        nobody × web and wheels: y s g s g g s s s g s g s s s g
        nobody × elsewhere: s s s s s s s s s s s s s s s s
        nobody × expired: s s s s s s s s s s s s s s s s
        reader × password: y y y y g g g g g g g g g g g g
        reader × everything: y y y y g g g g g g g g g g g g
        reader × uploading: s s s s g g g g g s s g s s s s
        reader × reading: y y y y s s s s s s s s s s s s
        reader × web: y s y s g g g s s g s g s g s g
        reader × dev: s s s s s s s s s s s g s s s g
        reader × main: y y y y g g g g g g g s g g s s
        reader × 1.0: y y y y g g s g g g g g g s s g
        reader × wheels: y y y y g g s g g g g g g s s g
        reader × web and wheels: y s y s g g s s s g s g s s s g
        reader × elsewhere: s s s s s s s s s s s s s s s s
        reader × expired: s s s s s s s s s s s s s s s s
        uploader × password: y y y y y y y y g g g y g g g g
        uploader × everything: y y y y y y y y g g g y g g g g
        uploader × uploading: s s s s y y y y g s s y s s s s
        uploader × reading: y y y y s s s s s s s s s s s s
        uploader × web: y s y s y y y s s g s y s g s g
        uploader × dev: s s s s s s s s s s s y s s s g
        uploader × main: y y y y y y y y g g g s g g s s
        uploader × 1.0: y y y y y y s y g g g y g s s g
        uploader × wheels: y y y y y y s y g g g y g s s g
        uploader × web and wheels: y s y s y y s s s g s y s s s g
        uploader × elsewhere: s s s s s s s s s s s s s s s s
        uploader × expired: s s s s s s s s s s s s s s s s
        index uploader × password: y y y y y y y y g g g g g g g g
        index uploader × everything: y y y y y y y y g g g g g g g g
        index uploader × uploading: s s s s y y y y g s s g s s s s
        index uploader × reading: y y y y s s s s s s s s s s s s
        index uploader × web: y s y s y y y s s g s g s g s g
        index uploader × dev: s s s s s s s s s s s g s s s g
        index uploader × main: y y y y y y y y g g g s g g s s
        index uploader × 1.0: y y y y y y s y g g g g g s s g
        index uploader × wheels: y y y y y y s y g g g g g s s g
        index uploader × web and wheels: y s y s y y s s s g s g s s s g
        index uploader × elsewhere: s s s s s s s s s s s s s s s s
        index uploader × expired: s s s s s s s s s s s s s s s s
        member of web × password: y y y g y y y g g g g g g g g g
        member of web × everything: y y y g y y y g g g g g g g g g
        member of web × uploading: s s s s y y y g g s s g s s s s
        member of web × reading: y y y g s s s s s s s s s s s s
        member of web × web: y s y s y y y s s g s g s g s g
        member of web × dev: s s s s s s s s s s s g s s s g
        member of web × main: y y y g y y y g g g g s g g s s
        member of web × 1.0: y y y g y y s g g g g g g s s g
        member of web × wheels: y y y g y y s g g g g g g s s g
        member of web × web and wheels: y s y s y y s s s g s g s s s g
        member of web × elsewhere: s s s s s s s s s s s s s s s s
        member of web × expired: s s s s s s s s s s s s s s s s
        manager of web × password: y y y y y y y g g y g g g y g g
        manager of web × everything: y y y y y y y g g y g g g y g g
        manager of web × uploading: s s s s y y y g g s s g s s s s
        manager of web × reading: y y y y s s s s s s s s s s s s
        manager of web × web: y s y s y y y s s y s g s y s g
        manager of web × dev: s s s s s s s s s s s g s s s g
        manager of web × main: y y y y y y y g g y g s g y s s
        manager of web × 1.0: y y y y y y s g g y g g g s s g
        manager of web × wheels: y y y y y y s g g y g g g s s g
        manager of web × web and wheels: y s y s y y s s s y s g s s s g
        manager of web × elsewhere: s s s s s s s s s s s s s s s s
        manager of web × expired: s s s s s s s s s s s s s s s s
        manager × password: y y y y y y y y y y y g g y g g
        manager × everything: y y y y y y y y y y y g g y g g
        manager × uploading: s s s s y y y y y s s g s s s s
        manager × reading: y y y y s s s s s s s s s s s s
        manager × web: y s y s y y y s s y s g s y s g
        manager × dev: s s s s s s s s s s s g s s s g
        manager × main: y y y y y y y y y y y s g y s s
        manager × 1.0: y y y y y y s y y y y g g s s g
        manager × wheels: y y y y y y s y y y y g g s s g
        manager × web and wheels: y s y s y y s s s y s g s s s g
        manager × elsewhere: s s s s s s s s s s s s s s s s
        manager × expired: s s s s s s s s s s s s s s s s
        index admin × password: y y y y y y y y y y y g y y g g
        index admin × everything: y y y y y y y y y y y g y y g g
        index admin × uploading: s s s s y y y y y s s g s s s s
        index admin × reading: y y y y s s s s s s s s s s s s
        index admin × web: y s y s y y y s s y s g s y s g
        index admin × dev: s s s s s s s s s s s g s s s g
        index admin × main: y y y y y y y y y y y s y y s s
        index admin × 1.0: y y y y y y s y y y y g y s s g
        index admin × wheels: y y y y y y s y y y y g y s s g
        index admin × web and wheels: y s y s y y s s s y s g s s s g
        index admin × elsewhere: s s s s s s s s s s s s s s s s
        index admin × expired: s s s s s s s s s s s s s s s s
        dev uploader × password: y y g g g g g g g g g y g g g g
        dev uploader × everything: y y g g g g g g g g g y g g g g
        dev uploader × uploading: s s s s g g g g g s s y s s s s
        dev uploader × reading: y y g g s s s s s s s s s s s s
        dev uploader × web: y s g s g g g s s g s y s g s g
        dev uploader × dev: s s s s s s s s s s s y s s s g
        dev uploader × main: y y g g g g g g g g g s g g s s
        dev uploader × 1.0: y y g g g g s g g g g y g s s g
        dev uploader × wheels: y y g g g g s g g g g y g s s g
        dev uploader × web and wheels: y s g s g g s s s g s y s s s g
        dev uploader × elsewhere: s s s s s s s s s s s s s s s s
        dev uploader × expired: s s s s s s s s s s s s s s s s
        manager of web in dev × password: y y g g g g g g g g g y g g g y
        manager of web in dev × everything: y y g g g g g g g g g y g g g y
        manager of web in dev × uploading: s s s s g g g g g s s y s s s s
        manager of web in dev × reading: y y g g s s s s s s s s s s s s
        manager of web in dev × web: y s g s g g g s s g s y s g s y
        manager of web in dev × dev: s s s s s s s s s s s y s s s y
        manager of web in dev × main: y y g g g g g g g g g s g g s s
        manager of web in dev × 1.0: y y g g g g s g g g g y g s s y
        manager of web in dev × wheels: y y g g g g s g g g g y g s s y
        manager of web in dev × web and wheels: y s g s g g s s s g s y s s s y
        manager of web in dev × elsewhere: s s s s s s s s s s s s s s s s
        manager of web in dev × expired: s s s s s s s s s s s s s s s s
        dev admin × password: y y g g g g g g g g g y g g g y
        dev admin × everything: y y g g g g g g g g g y g g g y
        dev admin × uploading: s s s s g g g g g s s y s s s s
        dev admin × reading: y y g g s s s s s s s s s s s s
        dev admin × web: y s g s g g g s s g s y s g s y
        dev admin × dev: s s s s s s s s s s s y s s s y
        dev admin × main: y y g g g g g g g g g s g g s s
        dev admin × 1.0: y y g g g g s g g g g y g s s y
        dev admin × wheels: y y g g g g s g g g g y g s s y
        dev admin × web and wheels: y s g s g g s s s g s y s s s y
        dev admin × elsewhere: s s s s s s s s s s s s s s s s
        dev admin × expired: s s s s s s s s s s s s s s s s
        admin × password: y y y y y y y y y y y y y y y y
        admin × everything: y y y y y y y y y y y y y y y y
        admin × uploading: s s s s y y y y y s s y s s s s
        admin × reading: y y y y s s s s s s s s s s s s
        admin × web: y s y s y y y s s y s y s y s y
        admin × dev: s s s s s s s s s s s y s s s y
        admin × main: y y y y y y y y y y y s y y s s
        admin × 1.0: y y y y y y s y y y y y y s s y
        admin × wheels: y y y y y y s y y y y y y s s y
        admin × web and wheels: y s y s y y s s s y s y s s s y
        admin × elsewhere: s s s s s s s s s s s s s s s s
        admin × expired: s s s s s s s s s s s s s s s s
        """

    @Test func `every verdict is the one in the table, and every refusal says who refuses`() throws {
        let lines = Self.table.split(separator: "\n").map(String.init)
        let rows = lines.map { line in
            let parts = line.split(separator: ":")
            return (String(parts[0]), parts[1].split(separator: " ").map(String.init))
        }
        let expected = Dictionary(uniqueKeysWithValues: rows)
        #expect(expected.count == Self.accounts.count * Self.scopes.count)
        #expect(expected.values.map(\.count).reduce(0, +) >= 300)
        for (account, grants) in Self.accounts {
            for (word, scopes) in Self.scopes {
                let cells = try #require(expected["\(account) × \(word)"])
                try #require(cells.count == Self.operations.count)
                let principal = Self.principal(grants, scopes)
                for ((name, operation), cell) in zip(Self.operations, cells) {
                    let found = Self.cell(operation(principal))
                    #expect(found == cell, "\(account) × \(word): \(name)")
                }
            }
        }
    }

    private static func cell(_ verdict: Verdict) -> String {
        guard case .no(let sentence) = verdict else { return "y" }
        if sentence.hasPrefix("Account 'alice' ") { return "g" }
        // Of two scopes the second is the holder's.
        let isScope = sentence.hasPrefix("Token 'ci' ") || sentence.hasPrefix("Token 'ci', narrowed by its holder, ")
        return isScope ? "s" : sentence
    }

    private static let web = name("web")
    private static let other = name("other")
    private static let new = name("new")
    private static let one = version("1.0")

    private static func name(_ text: String) -> ProjectName {
        guard let name = try? ProjectName(text) else { preconditionFailure(text) }
        return name
    }

    private static func version(_ text: String) -> Version {
        guard let version = try? Version(text) else { preconditionFailure(text) }
        return version
    }

    private static func intent(
        _ permission: Permission, _ project: ProjectName, _ release: String, _ filename: String
    ) -> Intent {
        var intent = Intent(permission, index: "main", project: project)
        intent.version = version(release)
        intent.filename = filename
        return intent
    }

    private static func grants(_ all: [(Permission, String?, String?)]) -> Grants {
        var grants = Grants()
        for (permission, index, project) in all { grants.add(permission, index: index, project: project) }
        return grants
    }

    private static func scope(_ narrow: (inout TokenScope) -> Void) -> TokenScope {
        var scope = TokenScope()
        narrow(&scope)
        return scope
    }

    private static func principal(_ grants: Grants, _ scopes: [TokenScope]) -> Principal {
        Principal(
            name: "alice", token: scopes.isEmpty ? nil : "ci", secretDigest: nil, grants: grants, scopes: scopes,
            circumstances: .init(peer: NumericAddress("198.51.100.7"), time: UploadTime(microseconds: 10)))
    }
}

@Suite struct ScopeTests {
    @Test(arguments: [
        ("*", "", true), ("*", "any", true), ("", "", true), ("", "a", false), ("a*c", "abc", true),
        ("a*c", "ac", true), ("a*c", "acd", false), ("*.whl", "demo-1.0-py3-none-any.whl", true),
        ("*.whl", "demo-1.0.tar.gz", false), ("*-linux_*.whl", "d-1-cp3-cp3-linux_x86_64.whl", true),
        ("**a", "bca", true), ("a?c", "abc", false), ("demo*", "demo", true), ("*ä*", "xäy", true),
    ])
    func `a star stands for any characters`(pattern: String, name: String, isMatch: Bool) {
        #expect(TokenScope.matches(name, pattern) == isMatch)
    }

    @Test func `a hostile pattern takes no long time`() {
        let pattern = String(repeating: "*a", count: 500)
        #expect(!TokenScope.matches(String(repeating: "a", count: 499), pattern))
    }

    // (project, version, file name, peer, time), and what stands in the sentence; nil for yes
    @Test(arguments: [
        ("web", "1.0", "web-1.0.tar.gz", "10.1.2.3", 50, nil),
        ("other", "1.0", "other-1.0.tar.gz", "10.1.2.3", 50, "Token 'ci' may upload to project web only"),
        ("web", "1.1", "web-1.1.tar.gz", "10.1.2.3", 50, "Token 'ci' may upload to version 1.0 only"),
        ("web", "1.0.0", "web-1.0.0.tar.gz", "10.1.2.3", 50, nil),
        ("web", "1.0", "web-1.0-py3-none-any.whl", "10.1.2.3", 50, "files named *.tar.gz only"),
        ("web", "1.0", "web-1.0.tar.gz", "11.1.2.3", 50, "may be used from 10.0.0.0/8, 2001:db8::/32 only"),
        ("web", "1.0", "web-1.0.tar.gz", "2001:db8::1", 50, nil),
        ("web", "1.0", "web-1.0.tar.gz", "", 50, "may be used from"),
        ("web", "1.0", "web-1.0.tar.gz", "10.1.2.3", 9, "is valid from 1970-01-01T00:00:00.000010Z on"),
        ("web", "1.0", "web-1.0.tar.gz", "10.1.2.3", 10, nil),
        ("web", "1.0", "web-1.0.tar.gz", "10.1.2.3", 100, "expired on 1970-01-01"),
    ])
    func `each narrowing has its sentence`(
        project: String, version: String, filename: String, peer: String, time: Int64, words: String?
    ) throws {
        var scope = TokenScope()
        scope.projects = ["web"]
        scope.versions = [try Version("1.0")]
        scope.filePattern = "*.tar.gz"
        scope.sources = try ["10.0.0.0/8", "2001:db8::/32"].map { try #require(TokenScope.Source($0)) }
        scope.notBefore = UploadTime(microseconds: 10)
        scope.expires = UploadTime(microseconds: 100)
        var grants = Grants()
        grants.add(.admin)
        let principal = Principal(
            name: "bot", token: "ci", secretDigest: nil, grants: grants, scopes: [scope],
            circumstances: .init(peer: NumericAddress(peer), time: UploadTime(microseconds: time)))
        var intent = Intent(.upload, index: "main", project: try ProjectName(project))
        intent.version = try Version(version)
        intent.filename = filename
        switch (principal.may(intent), words) {
        case (.yes, nil): break
        case (.no(let sentence), let words?): #expect(sentence.contains(words))
        case (let verdict, _): Issue.record("\(verdict)")
        }
    }

    // grant, its index, what narrows the token, and whether it may make others
    @Test(
        arguments: [
            (Permission.admin, nil, "", true), (.admin, nil, "admin", true), (.manage, nil, "", false),
            (.admin, "main", "", false), (.admin, nil, "manage", false), (.admin, nil, "index", false),
            (.admin, nil, "time", true), (.admin, nil, "less time", false), (.admin, nil, "files", false),
        ] as [(Permission, String?, String, Bool)])
    func `only what nothing narrows makes tokens`(
        permission: Permission, index: String?, narrowing: String, isAllowed: Bool
    ) {
        var (scope, grants) = (TokenScope(), Grants())
        switch narrowing {
        case "index": scope.indexes = ["main"]
        case "time": scope.expires = UploadTime(microseconds: 100)
        case "less time": scope.expires = UploadTime(microseconds: 99)
        case "files": scope.filePattern = "*"
        default: scope.permissions = Permission(rawValue: narrowing).map { [$0] }
        }
        grants.add(permission, index: index)
        let principal = Principal(
            name: "bot", token: "ci", secretDigest: nil, grants: grants, scopes: [scope],
            circumstances: .init(peer: nil, time: UploadTime(microseconds: 50)))
        #expect((principal.mayMakeToken(until: UploadTime(microseconds: 100)) == .yes) == isAllowed)
    }

    // What is changed, and whether tokens for version 1.0, and for files named *.whl, may: a project or release is all of it.
    @Test(
        arguments: [
            (nil, nil, false, false), ("1.0", nil, true, false), ("2.0", nil, false, false),
            ("1.0", "web-1.0.tar.gz", true, false), ("1.0", "web-1.0-py3-none-any.whl", true, true),
            ("2.0", "web-2.0-py3-none-any.whl", false, true),
        ] as [(String?, String?, Bool, Bool)])
    func `what a token does not name it does not manage`(
        release: String?, filename: String?, byVersion: Bool, byFile: Bool
    ) throws {
        let part = try release.map { try Version($0) }.map { version in
            filename.map { ProjectOperation.Part.file($0, version) } ?? .release(version)
        }
        let operation = try ProjectOperation(
            part == nil ? .setStatus(.archived) : .delete, part ?? .project, of: try ProjectName("web"), index: "main")
        var (version, file) = (TokenScope(), TokenScope())
        version.versions = [try Version("1.0")]
        file.filePattern = "*.whl"
        var grants = Grants()
        grants.add(.admin)
        for (scope, isAllowed) in [(version, byVersion), (file, byFile)] {
            let principal = Principal(
                name: "bot", token: "ci", secretDigest: nil, grants: grants, scopes: [scope],
                circumstances: .init(peer: nil, time: UploadTime(microseconds: 50)))
            #expect((principal.may(operation.intent) == .yes) == isAllowed)
        }
    }
}
