import Packaging
import Posix
import Storage
import Wheelhouse

/// `wheelhouse token create|list|revoke`
enum TokenCommand {
    static func run(_ arguments: [String]) throws {
        let rest = Array(arguments.dropFirst())
        switch arguments.first {
        case "create": try create(rest)
        case "list": try list(rest)
        case "revoke": try revoke(rest)
        case let other:
            throw UsageError(
                other.map { "there is no command 'token \($0)'" } ?? "'token' needs a command",
                mend: "choose create, list or revoke")
        }
    }

    private static func create(_ arguments: [String]) throws {
        var options = try Options(arguments, values: ["--may", "--project", "--index", "--expires"])
        let permissions = try permissions(options.takeAll("--may"))
        let projects = try options.takeAll("--project").map(project)
        let indexes = options.takeAll("--index")
        let expires = try options.take("--expires").map { text throws(UsageError) in try seconds(text, of: "--expires")
        }
        let (name, configuration) = try name(options.rest)
        let request = PackageIndex.TokenRequest(
            name: name, permissions: permissions, projects: projects, indexes: indexes, expiresInSeconds: expires)
        let store = try Administer.store(configuration)
        let secret = try Administer.operation { () throws(IndexError) in
            try PackageIndex.createToken(request, by: actor, in: store)
        }
        Output.line(secret)
    }

    private static func list(_ arguments: [String]) throws {
        let store = try Administer.store(try Administer.only(arguments))
        let tokens = try Administer.operation { () throws(StorageError) in try store.tokens() }
        Output.line("NAME\tMAY\tPROJECTS\tINDEXES\tCREATED\tEXPIRES\tSTATE")
        for token in tokens {
            let permissions = Permission.allCases.map(\.rawValue).filter(token.permissions.contains)
            let fields: [String] = [
                token.name, permissions.joined(separator: ","), names(token.projects), names(token.indexes),
                token.created.date, token.expires?.date ?? "never", state(token),
            ]
            Output.line(fields.joined(separator: "\t"))
        }
    }

    private static func names(_ scope: Set<String>?) -> String {
        scope?.sorted().joined(separator: ",") ?? "all"
    }

    static func state(_ token: TokenRecord) -> String {
        if let revoked = token.revoked { return "revoked \(revoked.date)" }
        let isExpired = token.expires.map { $0.microseconds <= Clock.unixMicroseconds } ?? false
        return isExpired ? "expired" : "valid"
    }

    private static func revoke(_ arguments: [String]) throws {
        let (name, configuration) = try name(arguments)
        let store = try Administer.store(configuration)
        try Administer.operation { () throws(IndexError) in
            try PackageIndex.revokeToken(named: name, by: actor, in: store)
        }
    }

    /// Who works at the command line has the data folder's files: the journal says so.
    static let actor = "command line"

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

    private static func permissions(_ texts: [String]) throws(UsageError) -> Set<Permission> {
        guard !texts.isEmpty else { return [.read, .upload] }
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

    private static func project(_ text: String) throws(UsageError) -> ProjectName {
        do {
            return try ProjectName(text)
        } catch {
            throw UsageError("--project is '\(text)'", mend: error.reason)
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
