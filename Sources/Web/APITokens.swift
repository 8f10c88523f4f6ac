import HTTP
import Packaging
import Wheelhouse

// The rows and handlers of tokens. All are for administrators.

extension Endpoint {
    static let tokens: [Endpoint] = [
        Endpoint(
            method: .get, path: "/api/tokens", access: .serverAdministrator, summary: "All tokens, also revoked ones",
            answer: .object([APIField("tokens", .list(.token), isRequired: true)]), handle: Site.listTokens),
        Endpoint(
            method: .post, path: "/api/tokens", access: .serverAdministrator,
            summary: "Makes a token, whose secret is told this once",
            body: [
                APIField("name", .text(limit: 100), "printable ASCII without spaces", isRequired: true),
                APIField(
                    "permissions", .list(.choice(Permission.allCases.map(\.rawValue))), "read and upload by default"),
                APIField("projects", .list(PathParameter.project.schema), "for every project by default"),
                APIField("indexes", .list(.text(limit: 100)), "for every index by default"),
                APIField("expires-in", .integer(1...3_153_600_000), "in seconds; never by default"),
                APIField("account", .text(limit: 100), "a new robot of the token's name by default"),
                APIField("versions", .list(.text(limit: 100)), "that may be published or changed; all by default"),
                APIField("files", .text(limit: 200), "what the names of such files match, with * for anything"),
                APIField("addresses", .list(.text(limit: 50)), "and ranges that it is valid from; all by default"),
                APIField("not-before", .time, "from when on it is valid"),
                APIField("uses", .integer(1...1_000_000), "how many files it may publish; any number by default"),
                APIField("narrowable", .flag, "whether its holder can narrow it offline; false by default"),
            ], status: .created,
            answer: .object([
                APIField("name", .text(), isRequired: true), APIField("secret", .text(), isRequired: true),
            ]),
            canConflict: true, handle: Site.createToken),
        Endpoint(
            method: .delete, path: "/api/tokens/{token}", access: .serverAdministrator, summary: "Revokes a token",
            status: .noContent, handle: Site.revokeToken),
    ]
}

extension APISchema {
    fileprivate static let token = APISchema.object([
        APIField("name", .text(), isRequired: true), APIField("account", .text(), isRequired: true),
        APIField("permissions", .list(.text()), isRequired: true),
        APIField("projects", .optional(.list(.text())), "null for every one", isRequired: true),
        APIField("indexes", .optional(.list(.text())), "null for every one", isRequired: true),
        APIField("versions", .optional(.list(.text())), "null for every one", isRequired: true),
        APIField("files", .optional(.text()), "null for every one", isRequired: true),
        APIField("addresses", .optional(.list(.text())), "null for every one", isRequired: true),
        APIField("not-before", .optional(.time), isRequired: true),
        APIField("uses-left", .optional(.integer(0...Int64.max)), "null for any number", isRequired: true),
        APIField("last-used", .optional(.time), "to the hour", isRequired: true),
        APIField("created", .time, isRequired: true), APIField("expires", .optional(.time), isRequired: true),
        APIField("revoked", .optional(.time), isRequired: true),
    ])
}

extension Site {
    static let listTokens: Endpoint.Handler = { site, _ throws(IndexError) in
        let tokens = try await site.index.tokenDescriptions().map { token in
            JSON.object([
                ("name", JSON.string(token.name)), ("account", JSON.string(token.account)),
                ("permissions", JSON.strings(token.permissions)),
                ("projects", token.projects.map(JSON.strings) ?? "null"),
                ("indexes", token.indexes.map(JSON.strings) ?? "null"),
                ("versions", (token.versions?.map(\.description)).map(JSON.strings) ?? "null"),
                ("files", JSON.string(token.filePattern)), ("addresses", token.addresses.map(JSON.strings) ?? "null"),
                ("not-before", JSON.string(token.notBefore?.description)),
                ("uses-left", token.usesLeft.map { "\($0)" } ?? "null"),
                ("last-used", JSON.string(token.lastUsed?.description)),
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
            name: name, permissions: permissions.isEmpty ? [.read, .upload] : permissions, scope: try scope(call))
        request.account = call.text("account")
        request.uses = call.integer("uses")
        request.isNarrowable = call.isOn("narrowable")
        request.expiresInSeconds = call.integer("expires-in")
        let secret = try await site.index.createToken(request, by: principal, from: call.caller)
        return APIAnswer(JSON.object([("name", JSON.string(name)), ("secret", JSON.string(secret))]))
    }

    /// What narrows a new token, but for its permissions.
    private static func scope(_ call: APICall) throws(IndexError) -> TokenScope {
        var scope = try TokenScope(
            projects: call.texts("projects"), versions: call.texts("versions"), filePattern: call.text("files"),
            addresses: call.texts("addresses"))
        do {
            scope.notBefore = try call.text("not-before").map(UploadTime.init)
        } catch {
            throw IndexError(error)
        }
        let indexes = call.texts("indexes")
        scope.indexes = indexes.isEmpty ? nil : Set(indexes)
        return scope
    }

    static let revokeToken: Endpoint.Handler = { site, call throws(IndexError) in
        guard let principal = call.principal, let name = call.parameters[.token] else {
            throw IndexError(.notFound, "There is no valid token of this name")
        }
        try await site.index.revokeToken(named: name, by: principal, from: call.caller)
        return APIAnswer(nil)
    }
}

extension TokenScope {
    /// What narrows a token, as people and programs write it. Lists that are empty narrow nothing.
    ///
    /// - Throws: `IndexError.invalid` for what is no name, version, address or range.
    init(projects: [String], versions: [String], filePattern: String?, addresses: [String]) throws(IndexError) {
        self.init()
        do {
            let names = try projects.map { text throws(PackagingError) in try ProjectName(text).normalized }
            self.projects = names.isEmpty ? nil : Set(names)
            let versions = try versions.map { text throws(PackagingError) in try Version(text) }
            self.versions = versions.isEmpty ? nil : versions
        } catch {
            throw IndexError(error)
        }
        self.filePattern = filePattern
        let sources = try addresses.map { text throws(IndexError) in
            guard let source = TokenScope.Source(text) else {
                throw IndexError(.invalid, "'\(text)' is no address or range such as 10.0.0.0/8")
            }
            return source
        }
        self.sources = sources.isEmpty ? nil : sources
    }
}
