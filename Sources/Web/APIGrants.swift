import HTTP
import Packaging
import Wheelhouse

// The rows and handlers of grants and of private projects: of the whole server for its administrators, of a project for
// those who manage it.

extension Endpoint {
    static let grants: [Endpoint] = [
        Endpoint(
            method: .get, path: "/api/grants", access: .serverAdministrator, summary: "All grants",
            answer: .grants, handle: Site.listGrants),
        Endpoint(
            method: .post, path: "/api/grants", access: .serverAdministrator,
            summary: "Gives a right; giving it again changes nothing", body: .grant + .place, status: .noContent,
            handle: Site.serverGrant { .grant($0) }),
        Endpoint(
            method: .delete, path: "/api/grants", access: .serverAdministrator,
            summary: "Takes away exactly this right", query: .grant + .place, status: .noContent, canMiss: true,
            handle: Site.serverGrant { .ungrant($0) }),
        Endpoint(
            method: .get, path: "/api/projects/{project}/grants", access: .sharer,
            summary: "The grants for this project alone", answer: .grants, handle: Site.listGrants),
        Endpoint(
            method: .post, path: "/api/projects/{project}/grants", access: .sharer,
            summary: "Gives a right to a project, which need not exist yet; giving it again changes nothing",
            body: .grant, status: .noContent, handle: Site.projectGrant { .grant($0) }),
        Endpoint(
            method: .delete, path: "/api/projects/{project}/grants", access: .sharer,
            summary: "Takes away exactly this right to a project", query: .grant, status: .noContent,
            handle: Site.projectGrant { .ungrant($0) }),
        Endpoint(
            method: .put, path: "/api/projects/{project}/visibility", access: .sharer,
            summary: "Shows a project to those with a grant only, or to everybody who may read",
            body: [APIField("visibility", .choice(["private", "public"]), isRequired: true)], status: .noContent,
            handle: Site.setVisibility),
    ]
}

extension [APIField] {
    /// A right and who has it.
    fileprivate static var grant: [APIField] {
        [
            APIField("permission", .choice(Permission.allCases.map(\.rawValue)), isRequired: true),
            APIField("account", PathParameter.account.schema, "whose right it is: this or 'team'"),
            APIField("team", PathParameter.name.schema, "whose right it is: this or 'account'"),
        ]
    }

    /// Where it holds.
    fileprivate static var place: [APIField] {
        [
            APIField("index", .text(limit: 100), "the whole server by default; with a project, this index"),
            APIField("project", PathParameter.project.schema, "every one by default"),
        ]
    }
}

extension APISchema {
    fileprivate static let grants = APISchema.object([
        APIField(
            "grants",
            .list(
                .object([
                    APIField("permission", .choice(Permission.allCases.map(\.rawValue)), isRequired: true),
                    APIField("account", .optional(.text()), "null when a team has it", isRequired: true),
                    APIField("team", .optional(.text()), "null when an account has it", isRequired: true),
                    APIField("index", .optional(.text()), "null for the whole server", isRequired: true),
                    APIField("project", .optional(.text()), "null for every one", isRequired: true),
                ])), isRequired: true)
    ])
}

extension Site {
    /// All, or those of the project in the path.
    static let listGrants: Endpoint.Handler = { site, call throws(IndexError) in
        let project = call.project.map { (index: site.indexName, name: $0) }
        let grants = try await site.index.grantDescriptions(of: project).map { grant in
            JSON.object([
                ("permission", JSON.string(grant.permission)), ("account", JSON.string(grant.account)),
                ("team", JSON.string(grant.team)), ("index", JSON.string(grant.index)),
                ("project", JSON.string(grant.project)),
            ])
        }
        return APIAnswer(JSON.object([("grants", JSON.list(grants))]))
    }

    /// A handler that changes a right at the place that the call names.
    static func serverGrant(_ change: @escaping @Sendable (PackageIndex.Grant) -> AccessChange) -> Endpoint.Handler {
        { site, call throws(IndexError) in
            var grant = try grant(call)
            do {
                grant.project = try call.text("project").map(ProjectName.init)
            } catch {
                throw IndexError(error)
            }
            grant.index = call.text("index") ?? grant.project.map { _ in site.indexName }
            return try await site.perform(change(grant), call)
        }
    }

    /// A handler that changes a right to the project of the path.
    static func projectGrant(_ change: @escaping @Sendable (PackageIndex.Grant) -> AccessChange) -> Endpoint.Handler {
        { site, call throws(IndexError) in
            var grant = try grant(call)
            grant.project = try call.neededProject()
            grant.index = site.indexName
            return try await site.perform(change(grant), call)
        }
    }

    /// A right and who has it.
    private static func grant(_ call: APICall) throws(IndexError) -> PackageIndex.Grant {
        guard let permission = Permission(rawValue: try call.needed("permission")) else {
            throw IndexError(.invalid, "There is no such permission")
        }
        switch (call.text("account"), call.text("team")) {
        case (let account?, nil): return PackageIndex.Grant(permission, account: account)
        case (nil, let team?): return PackageIndex.Grant(permission, team: team)
        default: throw IndexError(.invalid, "Name whose right it is: either 'account' or 'team'")
        }
    }

    static let setVisibility: Endpoint.Handler = { site, call throws(IndexError) in
        let isPrivate = call.text("visibility") == "private"
        return try await site.perform(
            .setPrivate(isPrivate, project: try call.neededProject(), index: site.indexName), call)
    }
}
