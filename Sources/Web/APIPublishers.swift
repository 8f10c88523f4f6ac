import HTTP
import Packaging
import Wheelhouse

// The rows and handlers of publishers: those jobs of a CI that get tokens minted for a project.

extension Endpoint {
    static let publishers: [Endpoint] = [
        Endpoint(
            method: .get, path: "/api/publishers", access: .serverAdministrator, summary: "All publishers",
            answer: .publishers, handle: Site.listPublishers),
        Endpoint(
            method: .get, path: "/api/projects/{project}/publishers", access: .sharer,
            summary: "The publishers of a project", answer: .publishers, handle: Site.listPublishers),
        Endpoint(
            method: .post, path: "/api/projects/{project}/publishers", access: .sharer,
            summary: "Adds a publisher to a project, which need not exist yet",
            body: [
                APIField("kind", .choice(PublisherTerms.Kind.allCases.map(\.rawValue)), isRequired: true),
                APIField("issuer", .text(limit: 500), "of its ID tokens; GitHub's or GitLab's own by default"),
                APIField(
                    "terms", .table,
                    "github: repository, workflow, owner-id, environment; gitlab: project, config, environment, "
                        + "namespace-id; oidc: claims with patterns", isRequired: true),
            ], status: .created, answer: .publisher, canConflict: true, handle: Site.addPublisher),
        Endpoint(
            method: .delete, path: "/api/projects/{project}/publishers/{number}", access: .sharer,
            summary: "Removes a publisher; tokens that were minted for it can upload to the project no more",
            status: .noContent, handle: Site.removePublisher),
    ]
}

extension APISchema {
    fileprivate static let publishers = APISchema.object([
        APIField("publishers", .list(.publisher), isRequired: true)
    ])

    fileprivate static let publisher = APISchema.object([
        APIField("number", PathParameter.number.schema, isRequired: true),
        APIField("index", .text(), isRequired: true), APIField("project", .text(), isRequired: true),
        APIField("kind", .choice(PublisherTerms.Kind.allCases.map(\.rawValue)), isRequired: true),
        APIField("issuer", .text(), isRequired: true), APIField("terms", .table, isRequired: true),
        APIField("created", .time, isRequired: true),
        APIField("pending", .flag, "whether it waits for the project to come to be", isRequired: true),
    ])
}

extension Site {
    /// All, or those of the project in the path.
    static let listPublishers: Endpoint.Handler = { site, call throws(IndexError) in
        let project = call.project.map { (index: site.indexName, name: $0) }
        let publishers = try await site.index.publisherDescriptions(of: project)
        return APIAnswer(JSON.object([("publishers", JSON.list(publishers.map(\.json)))]))
    }

    static let addPublisher: Endpoint.Handler = { site, call throws(IndexError) in
        guard let kind = PublisherTerms.Kind(rawValue: try call.needed("kind")) else {
            throw IndexError(.invalid, "There is no such kind of publisher")
        }
        let publisher = try site.publisher(
            kind, issuer: call.text("issuer"), call.table("terms"), of: try call.neededProject())
        let added = try await site.index.addPublisher(
            publisher, by: try call.neededPrincipal(), from: call.caller)
        return APIAnswer(added.json)
    }

    /// A publisher, with what is usual where nothing was said.
    func publisher(
        _ kind: PublisherTerms.Kind, issuer: String?, _ sent: [String: String], of project: ProjectName
    ) throws(IndexError) -> PackageIndex.Publisher {
        guard let issuer = issuer ?? kind.standardIssuer else {
            throw IndexError(.invalid, "'issuer' is missing, which a publisher of \(kind.rawValue) needs")
        }
        var terms = sent
        if kind == .gitlab { terms["config"] = terms["config"] ?? ".gitlab-ci.yml" }
        return PackageIndex.Publisher(
            index: indexName, project: project, issuer: issuer, terms: try PublisherTerms(kind, terms))
    }

    static let removePublisher: Endpoint.Handler = { site, call throws(IndexError) in
        let text = try call.needed(.number)
        guard let number = Int64(text) else {
            throw IndexError(.notFound, "There is no publisher with the number '\(text)'")
        }
        return try await site.perform(
            .removePublisher(number, project: try call.neededProject(), index: site.indexName), call)
    }
}

extension PublisherDescription {
    fileprivate var json: String {
        let terms = terms.sorted { $0.key < $1.key }.map { ($0.key, JSON.string($0.value)) }
        return JSON.object([
            ("number", "\(number)"), ("index", JSON.string(index)), ("project", JSON.string(project)),
            ("kind", JSON.string(kind)), ("issuer", JSON.string(issuer)), ("terms", JSON.object(terms)),
            ("created", JSON.string(created.description)), ("pending", "\(isPending)"),
        ])
    }
}
