import HTTP
import Packaging
import Wheelhouse

// The rows and handlers of tokens. All are for administrators.

extension Endpoint {
    static let tokens: [Endpoint] = [
        Endpoint(
            method: .get, path: "/api/tokens", access: .administrator, summary: "All tokens, also revoked ones",
            answer: .object([APIField("tokens", .list(.token), isRequired: true)]), handle: Site.listTokens),
        Endpoint(
            method: .post, path: "/api/tokens", access: .administrator,
            summary: "Makes a token, whose secret is told this once",
            body: [
                APIField("name", .text(limit: 100), "printable ASCII without spaces", isRequired: true),
                APIField(
                    "permissions", .list(.choice(Permission.allCases.map(\.rawValue))), "read and upload by default"),
                APIField("projects", .list(PathParameter.project.schema), "for every project by default"),
                APIField("indexes", .list(.text(limit: 100)), "for every index by default"),
                APIField("expires-in", .integer(1...3_153_600_000), "in seconds; never by default"),
            ], status: .created,
            answer: .object([
                APIField("name", .text(), isRequired: true), APIField("secret", .text(), isRequired: true),
            ]),
            canConflict: true, handle: Site.createToken),
        Endpoint(
            method: .delete, path: "/api/tokens/{name}", access: .administrator, summary: "Revokes a token",
            status: .noContent, handle: Site.revokeToken),
    ]
}

extension APISchema {
    fileprivate static let token = APISchema.object([
        APIField("name", .text(), isRequired: true), APIField("permissions", .list(.text()), isRequired: true),
        APIField("projects", .optional(.list(.text())), "null for every one", isRequired: true),
        APIField("indexes", .optional(.list(.text())), "null for every one", isRequired: true),
        APIField("created", .time, isRequired: true), APIField("expires", .optional(.time), isRequired: true),
        APIField("revoked", .optional(.time), isRequired: true),
    ])
}

extension Site {
    static let listTokens: Endpoint.Handler = { site, _ throws(IndexError) in
        let tokens = try await site.index.tokenDescriptions().map { token in
            JSON.object([
                ("name", JSON.string(token.name)), ("permissions", JSON.strings(token.permissions)),
                ("projects", token.projects.map(JSON.strings) ?? "null"),
                ("indexes", token.indexes.map(JSON.strings) ?? "null"),
                ("created", JSON.string(token.created.description)),
                ("expires", JSON.string(token.expires?.description)),
                ("revoked", JSON.string(token.revoked?.description)),
            ])
        }
        return APIAnswer(JSON.object([("tokens", JSON.list(tokens))]))
    }

    static let createToken: Endpoint.Handler = { site, call throws(IndexError) in
        guard let principal = call.principal, let name = call.text("name") else {
            throw IndexError(.invalid, "'name' is missing")
        }
        let permissions = Set(call.texts("permissions").compactMap(Permission.init(rawValue:)))
        var request = PackageIndex.TokenRequest(
            name: name, permissions: permissions.isEmpty ? [.read, .upload] : permissions)
        do {
            request.projects = try call.texts("projects").map { text throws(PackagingError) in try ProjectName(text) }
        } catch {
            throw IndexError(error)
        }
        request.indexes = call.texts("indexes")
        request.expiresInSeconds = call.integer("expires-in")
        let secret = try await site.index.createToken(request, by: principal, from: call.caller)
        return APIAnswer(JSON.object([("name", JSON.string(name)), ("secret", JSON.string(secret))]))
    }

    static let revokeToken: Endpoint.Handler = { site, call throws(IndexError) in
        guard let principal = call.principal, let name = call.parameters[.name] else {
            throw IndexError(.notFound, "There is no valid token of this name")
        }
        try await site.index.revokeToken(named: name, by: principal, from: call.caller)
        return APIAnswer(nil)
    }
}
