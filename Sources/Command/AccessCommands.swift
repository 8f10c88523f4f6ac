import Packaging
import Posix
import Storage
import Wheelhouse

/// `wheelhouse account …`
enum AccountCommand {
    static func run(_ arguments: [String]) throws {
        let rest = Array(arguments.dropFirst())
        switch arguments.first {
        case "create": try create(rest)
        case "list": try list(rest)
        case "password": try setPassword(rest)
        case "disable": try setDisabled(true, rest)
        case "enable": try setDisabled(false, rest)
        case "sessions": try sessions(rest)
        case "delete":
            let (names, store) = try Administer.names(rest, ["an account's name"], of: "account")
            try Administer.change { () throws(IndexError) in
                try PackageIndex.deleteAccount(names[0], by: Administer.actor, in: store)
            }
        case let other:
            throw Administer.unknown(
                other, of: "account", "create, list, password, disable, enable, sessions or delete")
        }
    }

    private static func create(_ arguments: [String]) throws {
        let kind: AccountKind = arguments.contains("--robot") ? .robot : .person
        let (names, store) = try Administer.names(
            arguments.filter { $0 != "--robot" }, ["an account's name"], of: "account")
        try Administer.change { () throws(IndexError) in
            try PackageIndex.createAccount(names[0], kind, by: Administer.actor, in: store)
        }
    }

    private static func list(_ arguments: [String]) throws {
        let store = try Administer.store(try Administer.only(arguments))
        let access = try Administer.operation { () throws(StorageError) in try store.access() }
        Output.line("NAME\tKIND\tTEAMS\tPASSWORD\tTOKENS\tCREATED\tSTATE")
        for account in access.accounts {
            let teams = access.teams.filter { $0.members.contains(account.name) }.map(\.name)
            let tokens = access.tokens.filter { $0.account == account.name && TokenCommand.state($0) == "valid" }
            let ended = account.deleted.map { "deleted \($0.date)" } ?? account.disabled.map { "disabled \($0.date)" }
            let fields: [String] = [
                account.name, account.kind.rawValue, teams.isEmpty ? "-" : teams.joined(separator: ","),
                account.password == nil ? "no" : "yes", "\(tokens.count)", account.created.date, ended ?? "valid",
            ]
            Output.line(fields.joined(separator: "\t"))
        }
    }

    private static func setPassword(_ arguments: [String]) throws {
        let configuration = try Configuration(arguments: arguments)
        let (names, store) = try Administer.names(arguments, ["an account's name"], of: "account")
        let password = try Terminal.secret("Password of \(names[0]): ")
        try Administer.change { () throws(IndexError) in
            try PackageIndex.setPassword(
                password, of: names[0], cost: Int(configuration.integer("passwordCost")), by: Administer.actor,
                in: store)
        }
    }

    private static func sessions(_ arguments: [String]) throws {
        var options = try Options(arguments, values: ["--end"])
        let end = options.take("--end")
        let (names, store) = try Administer.names(options.rest, ["an account's name"], of: "account")
        if let end {
            let id = Int64(end)
            guard id != nil || end == "all" else {
                throw UsageError("'\(end)' is no session", mend: "--end takes a session's number, or all")
            }
            try Administer.change { () throws(IndexError) in
                try PackageIndex.endSessions(id, of: names[0], by: Administer.actor, in: store)
            }
            return
        }
        let sessions = try Administer.operation { () throws(IndexError) in
            try PackageIndex.sessions(of: names[0], in: store)
        }
        Output.line("SESSION\tBEGAN\tLAST USED\tBY\tADDRESS\tBROWSER")
        for session in sessions {
            let fields: [String] = [
                "\(session.id)", session.begun.description, session.lastSeen.description,
                session.token.map { "token \($0)" } ?? "password", session.address ?? "-", session.userAgent ?? "-",
            ]
            Output.line(fields.joined(separator: "\t"))
        }
    }

    private static func setDisabled(_ isDisabled: Bool, _ arguments: [String]) throws {
        let (names, store) = try Administer.names(arguments, ["an account's name"], of: "account")
        try Administer.change { () throws(IndexError) in
            try PackageIndex.setDisabled(isDisabled, account: names[0], by: Administer.actor, in: store)
        }
    }
}

/// `wheelhouse team …`
enum TeamCommand {
    static func run(_ arguments: [String]) throws {
        let rest = Array(arguments.dropFirst())
        switch arguments.first {
        case "create":
            let (names, store) = try Administer.names(rest, ["a team's name"], of: "team")
            try Administer.change { () throws(IndexError) in
                try PackageIndex.createTeam(names[0], by: Administer.actor, in: store)
            }
        case "list": try list(rest)
        case "add": try setMember(true, rest)
        case "remove": try setMember(false, rest)
        case "delete":
            let (names, store) = try Administer.names(rest, ["a team's name"], of: "team")
            try Administer.change { () throws(IndexError) in
                try PackageIndex.deleteTeam(names[0], by: Administer.actor, in: store)
            }
        case let other: throw Administer.unknown(other, of: "team", "create, list, add, remove or delete")
        }
    }

    private static func list(_ arguments: [String]) throws {
        let store = try Administer.store(try Administer.only(arguments))
        let access = try Administer.operation { () throws(StorageError) in try store.access() }
        Output.line("NAME\tMEMBERS")
        for team in access.teams {
            let members = team.members.isEmpty ? "-" : team.members.joined(separator: ",")
            Output.line("\(team.name)\t\(members)")
        }
    }

    private static func setMember(_ isMember: Bool, _ arguments: [String]) throws {
        let (names, store) = try Administer.names(arguments, ["a team's name", "an account's name"], of: "team")
        try Administer.change { () throws(IndexError) in
            try PackageIndex.setMember(names[1], of: names[0], isMember, by: Administer.actor, in: store)
        }
    }
}

/// `wheelhouse grant …`
enum GrantCommand {
    static func run(_ arguments: [String]) throws {
        let rest = Array(arguments.dropFirst())
        switch arguments.first {
        case "add":
            let (grant, store) = try grant(rest, isNew: true)
            try Administer.change { () throws(IndexError) in
                try PackageIndex.grant(grant, by: Administer.actor, in: store)
            }
        case "remove":
            let (grant, store) = try grant(rest, isNew: false)
            try Administer.change { () throws(IndexError) in
                try PackageIndex.ungrant(grant, by: Administer.actor, in: store)
            }
        case "list": try list(rest)
        case let other: throw Administer.unknown(other, of: "grant", "add, remove or list")
        }
    }

    /// - Parameter isNew: whether it must be for an index that is there; one that is taken away may be for another.
    private static func grant(_ arguments: [String], isNew: Bool) throws -> (PackageIndex.Grant, Store) {
        var options = try Options(arguments, values: ["--index", "--project"])
        let project = try options.take("--project").map { try TokenCommand.project($0) }
        let index = options.take("--index") ?? (project == nil ? nil : PackageIndex.mainIndex)
        if isNew { _ = try Configuration(arguments: options.rest).index(index) }
        let (names, store) = try Administer.names(
            options.rest, ["a permission", "an account or team:NAME"], of: "grant")
        guard let permission = Permission(rawValue: names[0]) else {
            let all = Permission.allCases.map(\.rawValue).joined(separator: ", ")
            throw UsageError("'\(names[0])' is no permission", mend: "the permissions are \(all)")
        }
        let isTeam = names[1].hasPrefix("team:")
        var grant = PackageIndex.Grant(
            permission, to: isTeam ? .team(String(names[1].dropFirst(5))) : .account(names[1]))
        grant.index = index
        grant.project = project
        return (grant, store)
    }

    private static func list(_ arguments: [String]) throws {
        let store = try Administer.store(try Administer.only(arguments))
        let access = try Administer.operation { () throws(StorageError) in try store.access() }
        Output.line("PERMISSION\tHOLDER\tINDEX\tPROJECT")
        for grant in access.grants {
            let holder =
                switch grant.holder {
                case .account(let name): name
                case .team(let name): "team:\(name)"
                }
            Output.line("\(grant.permission)\t\(holder)\t\(grant.index ?? "all")\t\(grant.project ?? "all")")
        }
    }
}

/// `wheelhouse visibility PROJECT private|public`
enum VisibilityCommand {
    static func run(_ arguments: [String]) throws {
        var options = try Options(arguments, values: ["--index"])
        let name = options.take("--index")
        let index = try Configuration(arguments: options.rest).index(name)
        let (names, store) = try Administer.names(options.rest, ["a project", "private or public"], of: "visibility")
        let project = try TokenCommand.project(names[0], of: "the project")
        guard ["private", "public"].contains(names[1]) else {
            throw UsageError("'\(names[1])' is no visibility", mend: "choose private or public")
        }
        try Administer.change { () throws(IndexError) in
            try PackageIndex.setPrivate(
                names[1] == "private", project: project, index: index, by: Administer.actor, in: store)
        }
    }
}

extension Administer {
    /// Who works at the command line has the data folder's files: the journal says so.
    static let actor = "command line"

    /// The names that a command needs, and the data folder.
    ///
    /// - Parameters:
    ///   - wanted: what each of them is, for an error message.
    ///   - command: whose help says more.
    static func names(
        _ arguments: [String], _ wanted: [String], of command: String
    ) throws -> (names: [String], store: Store) {
        let configuration = try Configuration(arguments: arguments)
        if let extra = configuration.rest.first(where: { $0.hasPrefix("-") }) {
            throw UsageError("'\(extra)' is not known here", mend: "see 'wheelhouse \(command) --help'")
        }
        guard configuration.rest.count == wanted.count else {
            throw UsageError(
                "needed: \(wanted.joined(separator: ", then "))", mend: "see 'wheelhouse \(command) --help'")
        }
        return (configuration.rest, try store(configuration))
    }

    static func change(_ body: () throws(IndexError) -> Void) throws {
        try operation(body)
    }

    static func unknown(_ word: String?, of command: String, _ choice: String) -> UsageError {
        UsageError(
            word.map { "there is no command '\(command) \($0)'" } ?? "'\(command)' needs a command",
            mend: "choose \(choice)")
    }
}
