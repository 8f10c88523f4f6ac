import HTTP
import Packaging
import Wheelhouse

// The rows and handlers of accounts and teams. All are for administrators of the whole server, but for
// one's own password.

extension Endpoint {
    static let accounts: [Endpoint] = [
        Endpoint(
            method: .get, path: "/api/accounts", access: .serverAdministrator,
            summary: "All accounts, also deleted ones",
            answer: .object([APIField("accounts", .list(.account), isRequired: true)]), handle: Site.listAccounts),
        Endpoint(
            method: .post, path: "/api/accounts", access: .serverAdministrator,
            summary: "Makes an account, which may do nothing yet",
            body: [
                .newName, APIField("kind", .choice(["person", "robot"]), "robots have no password; person by default"),
            ], status: .created, canConflict: true,
            handle: Site.change { call throws(IndexError) in
                .createAccount(try call.needed("name"), isRobot: call.text("kind") == "robot")
            }),
        Endpoint(
            method: .put, path: "/api/accounts/{account}/password", access: .serverAdministrator,
            summary: "Gives a person a password",
            body: [.newPassword], status: .noContent,
            handle: Site.change { call throws(IndexError) in
                .setPassword(try call.needed("password"), account: try call.needed(.account))
            }),
        Endpoint(
            method: .put, path: "/api/account/password", access: .member,
            summary: "Gives one's own account another password; for who sends the current one as credentials",
            body: [.newPassword], status: .noContent, handle: Site.changeOwnPassword),
        Endpoint(
            method: .post, path: "/api/accounts/{account}/disable", access: .serverAdministrator,
            summary: "Refuses an account with its password and tokens", status: .noContent,
            handle: Site.change { call throws(IndexError) in .setDisabled(true, account: try call.needed(.account)) }),
        Endpoint(
            method: .post, path: "/api/accounts/{account}/enable", access: .serverAdministrator,
            summary: "Lets a disabled account in again", status: .noContent,
            handle: Site.change { call throws(IndexError) in .setDisabled(false, account: try call.needed(.account)) }),
        Endpoint(
            method: .delete, path: "/api/accounts/{account}", access: .serverAdministrator,
            summary: "Ends an account for ever; its rights go, its tokens are revoked, its name stays taken",
            status: .noContent,
            handle: Site.change { call throws(IndexError) in .deleteAccount(try call.needed(.account)) }),
    ]

    static let teams: [Endpoint] = [
        Endpoint(
            method: .get, path: "/api/teams", access: .serverAdministrator, summary: "All teams with their members",
            answer: .object([APIField("teams", .list(.team), isRequired: true)]), handle: Site.listTeams),
        Endpoint(
            method: .post, path: "/api/teams", access: .serverAdministrator, summary: "Makes a team without members",
            body: [.newName], status: .created, canConflict: true,
            handle: Site.change { call throws(IndexError) in .createTeam(try call.needed("name")) }),
        Endpoint(
            method: .delete, path: "/api/teams/{name}", access: .serverAdministrator,
            summary: "Ends a team; its members lose what it had", status: .noContent,
            handle: Site.change { call throws(IndexError) in .deleteTeam(try call.needed(.name)) }),
        Endpoint(
            method: .post, path: "/api/teams/{name}/members", access: .serverAdministrator,
            summary: "Takes an account into a team",
            body: [APIField("account", PathParameter.account.schema, isRequired: true)], status: .noContent,
            canConflict: true,
            handle: Site.change { call throws(IndexError) in
                .setMember(true, account: try call.needed("account"), team: try call.needed(.name))
            }),
        Endpoint(
            method: .delete, path: "/api/teams/{name}/members/{account}", access: .serverAdministrator,
            summary: "Takes an account out of a team", status: .noContent,
            handle: Site.change { call throws(IndexError) in
                .setMember(false, account: try call.needed(.account), team: try call.needed(.name))
            }),
    ]
}

extension APIField {
    fileprivate static let newName = APIField(
        "name", PathParameter.name.schema, "without spaces, colons and control characters", isRequired: true)

    fileprivate static let newPassword = APIField(
        "password", .text(limit: PackageIndex.passwordBytes.upperBound),
        "of at least \(PackageIndex.passwordBytes.lowerBound) bytes", isRequired: true)
}

extension APISchema {
    fileprivate static let account = APISchema.object([
        APIField("name", .text(), isRequired: true), APIField("kind", .choice(["person", "robot"]), isRequired: true),
        APIField("teams", .list(.text()), isRequired: true), APIField("has-password", .flag, isRequired: true),
        APIField("created", .time, isRequired: true), APIField("disabled", .optional(.time), isRequired: true),
        APIField("deleted", .optional(.time), isRequired: true),
    ])

    fileprivate static let team = APISchema.object([
        APIField("name", .text(), isRequired: true), APIField("members", .list(.text()), isRequired: true),
        APIField("created", .time, isRequired: true),
    ])
}

extension Site {
    /// A handler that makes one change and answers nothing.
    static func change(
        _ change: @escaping @Sendable (APICall) throws(IndexError) -> AccessChange
    ) -> Endpoint.Handler {
        { site, call throws(IndexError) in
            try await site.perform(try change(call), call)
        }
    }

    /// Makes a change, and answers nothing.
    func perform(_ change: AccessChange, _ call: APICall) async throws(IndexError) -> APIAnswer {
        try await index.perform(change, by: try call.neededPrincipal(), from: call.caller)
        return APIAnswer(nil)
    }

    static let changeOwnPassword: Endpoint.Handler = { site, call throws(IndexError) in
        // A token, which is no password, is refused there.
        let current = if case .user(_, let password)? = call.credentials { password } else { "" }
        _ = try await site.index.changePassword(
            current, to: try call.needed("password"), by: try call.neededPrincipal(), from: call.caller,
            beginsSession: false)
        return APIAnswer(nil)
    }

    static let listAccounts: Endpoint.Handler = { site, _ throws(IndexError) in
        let accounts = try await site.index.accountDescriptions().map { account in
            JSON.object([
                ("name", JSON.string(account.name)), ("kind", JSON.string(account.kind)),
                ("teams", JSON.strings(account.teams)), ("has-password", "\(account.hasPassword)"),
                ("created", JSON.string(account.created.description)),
                ("disabled", JSON.string(account.disabled?.description)),
                ("deleted", JSON.string(account.deleted?.description)),
            ])
        }
        return APIAnswer(JSON.object([("accounts", JSON.list(accounts))]))
    }

    static let listTeams: Endpoint.Handler = { site, _ throws(IndexError) in
        let teams = try await site.index.teamDescriptions().map { team in
            JSON.object([
                ("name", JSON.string(team.name)), ("members", JSON.strings(team.members)),
                ("created", JSON.string(team.created.description)),
            ])
        }
        return APIAnswer(JSON.object([("teams", JSON.list(teams))]))
    }
}
