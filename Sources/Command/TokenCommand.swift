import Packaging
import Posix
import Storage
import Wheelhouse

/// `wheelhouse token create|list|revoke|narrow`
enum TokenCommand {
    static func run(_ arguments: [String]) throws {
        let rest = Array(arguments.dropFirst())
        switch arguments.first {
        case "create": try create(rest)
        case "list": try list(rest)
        case "revoke": try revoke(rest)
        case "narrow": try narrow(rest)
        case let other:
            throw UsageError(
                other.map { "there is no command 'token \($0)'" } ?? "'token' needs a command",
                mend: "choose create, list, revoke or narrow")
        }
    }

    private static let narrowings: Set = [
        "--may", "--project", "--index", "--release", "--files", "--from", "--not-before", "--expires",
    ]
    private static let options = narrowings.union(["--account", "--uses"])

    private static func create(_ arguments: [String]) throws {
        var options = try Options(arguments, values: options, switches: ["--narrowable"])
        let permissions = try permissions(options.takeAll("--may")) ?? [.read, .upload]
        let expires = try options.take("--expires").map { text throws(UsageError) in try seconds(text, of: "--expires")
        }
        let account = options.take("--account")
        let uses = try options.take("--uses").map(uses)
        var scope = TokenScope()
        try narrow(&scope, by: &options)
        let (name, configuration) = try name(options.rest)
        for index in (scope.indexes ?? []).sorted() { _ = try configuration.index(index) }
        var request = PackageIndex.TokenRequest(name: name, permissions: permissions, scope: scope)
        request.account = account
        request.uses = uses
        request.expiresInSeconds = expires
        request.isNarrowable = options.has("--narrowable")
        let store = try Administer.store(configuration)
        let secret = try Administer.operation { [request] () throws(IndexError) in
            try PackageIndex.createToken(request, by: Administer.actor, in: store)
        }
        Output.line(secret)
    }

    /// What `--project`, `--index`, `--release`, `--files`, `--from` and `--not-before` say.
    private static func narrow(_ scope: inout TokenScope, by options: inout Options) throws(UsageError) {
        let projects = try options.takeAll("--project").map { text throws(UsageError) in try project(text).normalized }
        scope.projects = projects.isEmpty ? nil : Set(projects)
        let indexes = options.takeAll("--index")
        scope.indexes = indexes.isEmpty ? nil : Set(indexes)
        let versions = try options.takeAll("--release").map { text throws(UsageError) in
            do throws(PackagingError) {
                return try Version(text)
            } catch {
                throw UsageError("--release is '\(text)'", mend: error.reason)
            }
        }
        scope.versions = versions.isEmpty ? nil : versions
        scope.filePattern = options.take("--files")
        let sources = try options.takeAll("--from").map { text throws(UsageError) in
            guard let source = TokenScope.Source(text) else {
                throw UsageError("--from is '\(text)'", mend: "write an address or a range such as 10.0.0.0/8")
            }
            return source
        }
        scope.sources = sources.isEmpty ? nil : sources
        scope.notBefore = try options.take("--not-before").map { text throws(UsageError) in
            do throws(PackagingError) {
                return try UploadTime(text.contains("T") ? text : text + "T00:00:00Z")
            } catch {
                throw UsageError(
                    "--not-before is '\(text)'", mend: "write a day or a time such as 2026-12-31T08:00:00Z")
            }
        }
    }

    /// Narrows the token on standard input: secrets do not belong in a list of processes.
    private static func narrow(_ arguments: [String]) throws {
        var options = try Options(arguments, values: narrowings)
        var scope = TokenScope()
        scope.permissions = try permissions(options.takeAll("--may"))
        scope.expires = try options.take("--expires").map { text throws(UsageError) in
            UploadTime(microseconds: Clock.unixMicroseconds + (try seconds(text, of: "--expires")) * 1_000_000)
        }
        try narrow(&scope, by: &options)
        if let extra = options.rest.first {
            throw UsageError("'\(extra)' is not known here", mend: "the token is read from standard input")
        }
        guard scope != TokenScope() else {
            throw UsageError("nothing says what to narrow the token to", mend: "see 'wheelhouse token --help'")
        }
        let secret = try Terminal.secret("Token: ", of: "token", limitBytes: 4_096)
        let narrowed = try Administer.operation { [scope] () throws(IndexError) in
            try PackageIndex.narrow(secret, to: scope)
        }
        Output.line(narrowed)
    }

    private static func uses(_ text: String) throws(UsageError) -> Int64 {
        guard let count = Int64(text), (1...1_000_000).contains(count) else {
            throw UsageError("--uses is '\(text)'", mend: "write how many files may be published, from 1 to 1000000")
        }
        return count
    }

    private static func list(_ arguments: [String]) throws {
        let store = try Administer.store(try Administer.only(arguments))
        let tokens = try Administer.operation { () throws(StorageError) in try store.tokens() }
        Output.line("NAME\tMAY\tPROJECTS\tINDEXES\tCREATED\tEXPIRES\tSTATE\tACCOUNT\tLAST USED\tONLY")
        for token in tokens {
            let permissions = Permission.allCases.map(\.rawValue).filter(token.permissions.contains)
            let fields: [String] = [
                token.name, permissions.joined(separator: ","), names(token.projects), names(token.indexes),
                token.created.date, token.expires?.date ?? "never", state(token), token.account,
                token.lastUsed?.date ?? "never", narrowings(of: token),
            ]
            Output.line(fields.joined(separator: "\t"))
        }
    }

    private static func narrowings(of token: TokenRecord) -> String {
        let parts: [String?] = [
            token.versions.map { "release " + $0.map(\.description).joined(separator: ",") },
            token.filePattern.map { "files \($0)" }, token.addresses.map { "from \($0.joined(separator: ","))" },
            token.notBefore.map { "not before \($0)" }, token.usesLeft.map { "\($0) uses" },
        ]
        let all = parts.compactMap(\.self).joined(separator: "; ")
        return all.isEmpty ? "-" : all
    }

    private static func names(_ scope: Set<String>?) -> String {
        scope?.sorted().joined(separator: ",") ?? "all"
    }

    static func state(_ token: TokenRecord) -> String {
        if let revoked = token.revoked { return "revoked \(revoked.date)" }
        let isExpired = token.expires.map { $0.microseconds <= Clock.unixMicroseconds } ?? false
        if isExpired { return "expired" }
        return token.usesLeft == 0 ? "used up" : "valid"
    }

    private static func revoke(_ arguments: [String]) throws {
        let (name, configuration) = try name(arguments)
        let store = try Administer.store(configuration)
        try Administer.operation { () throws(IndexError) in
            try PackageIndex.revokeToken(named: name, by: Administer.actor, in: store)
        }
    }

    private static func name(_ arguments: [String]) throws(UsageError) -> (String, Configuration) {
        let configuration = try Configuration(arguments: arguments)
        guard let name = configuration.rest.first, configuration.rest.count == 1, !name.hasPrefix("-") else {
            let extra = configuration.rest.first { $0.hasPrefix("-") }
            throw UsageError(
                extra.map { "'\($0)' is not known here" } ?? "one token name is needed",
                mend: "see 'wheelhouse token --help'")
        }
        return (name, configuration)
    }

    private static func permissions(_ texts: [String]) throws(UsageError) -> Set<Permission>? {
        guard !texts.isEmpty else { return nil }
        var permissions: Set<Permission> = []
        for word in texts.flatMap({ $0.split(separator: ",") }) {
            guard let permission = Permission(rawValue: String(word)) else {
                let all = Permission.allCases.map(\.rawValue).joined(separator: ", ")
                throw UsageError("--may names '\(word)'", mend: "the permissions are \(all)")
            }
            permissions.insert(permission)
        }
        guard !permissions.isEmpty else {
            throw UsageError("--may names nothing", mend: "write for instance '--may upload'")
        }
        return permissions
    }

    /// - Parameter place: where it was written, for an error message.
    static func project(_ text: String, of place: String = "--project") throws(UsageError) -> ProjectName {
        do {
            return try ProjectName(text)
        } catch {
            throw UsageError("\(place) is '\(text)'", mend: error.reason)
        }
    }

    /// `90d`, `12h`, `30m`, `2w`, in seconds.
    static func seconds(_ text: String, of flag: String) throws(UsageError) -> Int64 {
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800]
        let digits = text.dropLast()
        guard let unit = text.last.flatMap({ units[$0] }), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let count = Int64(digits), (1...100_000).contains(count)
        else { throw UsageError("\(flag) is '\(text)'", mend: "write a number and a unit, such as 90d, 12h or 2w") }
        return count * unit
    }
}
