import HTTP
import Packaging
import Wheelhouse

/// One operation of `/api/`. From the rows of ``all`` come the routing, the checks of what is sent, and the document at
/// `/api/openapi.json`: to add an operation, write a row and its handler.
struct Endpoint: Sendable {
    /// Who may call it. Only the `Authorization` field counts, never a cookie; see `Site.refusalOfStranger`.
    enum Access: Sendable {
        /// Anybody, without credentials.
        case anyone
        /// Who may read the project of the path, or all of them where the path names none.
        case reader
        /// Who may manage the project of the path; where it names none, some project, and the handler decides.
        case manager
        /// Anybody with credentials; the handler decides.
        case member
        /// Who may say who else may do what in the project of the path.
        case sharer
        /// Administrators.
        case administrator
        /// Administrators of the whole server, not only of this index.
        case serverAdministrator
    }

    typealias Handler = @Sendable (Site, APICall) async throws(IndexError) -> APIAnswer

    let method: HTTPMethod
    /// Such as `/api/projects/{project}`; what stands in braces is one of ``PathParameter``.
    let path: String
    let access: Access
    let summary: String
    /// What may stand in the query.
    var query: [APIField] = []
    /// The members of the object in the body; `nil` for no body.
    var body: [APIField]?
    /// The status of success.
    var status = HTTPStatus.ok
    /// What is answered; `nil` for no content.
    var answer: APISchema?
    /// Whether what is asked for can be there already (409).
    var canConflict = false
    /// Whether what the query names can be missing (404), as what the path and the body name always can.
    var canMiss = false
    let handle: Handler

    /// What stands between the slashes of the path.
    var segments: [Substring] { path.split(separator: "/") }
}

/// What may stand in braces in the path of an endpoint.
enum PathParameter: String, CaseIterable {
    case project, version, filename, name, account, token, number

    /// Whether it may stand for several segments: a publisher's robot is named such as `github:acme/web/release.yml`, as
    /// its tokens are.
    var hasSlashes: Bool { self == .account || self == .token }

    /// As a schema, for the document.
    var schema: APISchema {
        switch self {
        case .project: .text(limit: ProjectName.lengthLimitBytes, pattern: "^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$")
        case .version: .text(limit: Version.lengthLimitBytes)
        case .filename: .text(limit: DistributionFilename.lengthLimitBytes)
        case .name: .text(limit: 100)
        case .account, .token: .text(limit: 2_000)
        case .number: .integer(1...Int64.max)
        }
    }
}

extension Endpoint {
    /// Every operation.
    static let all: [Endpoint] =
        [
            Endpoint(
                method: .get, path: "/api/openapi.json", access: .anyone, summary: "This document (OpenAPI 3.1)",
                answer: .anyObject
            ) { site, _ in APIAnswer(OpenAPI.document(of: all, basePath: site.settings.basePath)) },
            Endpoint(
                method: .get, path: "/api/projects", access: .reader,
                summary: "The projects in the order of their normalized names",
                query: [
                    APIField("after", .text(limit: ProjectName.lengthLimitBytes), "a normalized name; only later ones"),
                    .limit,
                ],
                answer: .object([
                    APIField("projects", .list(.project), isRequired: true),
                    APIField("next", .optional(.text()), "for `after`; null at the end", isRequired: true),
                ]), handle: Site.listProjects),
            Endpoint(
                method: .get, path: "/api/projects/{project}", access: .reader, summary: "A project with its files",
                answer: .projectWithFiles, handle: Site.showProject),
            Endpoint(
                method: .get, path: "/api/projects/{project}/deleted", access: .manager,
                summary: "The deleted files of a project that can be restored",
                answer: .object([APIField("files", .list(.file), isRequired: true)]), handle: Site.listDeleted),
            Endpoint(
                method: .put, path: "/api/projects/{project}/status", access: .manager,
                summary: "Sets the state of a project (PEP 792)",
                body: [APIField("status", .choice(ProjectStatus.allCases.map(\.rawValue)), isRequired: true)] + .change,
                answer: .outcome, handle: Site.setStatus),
            Endpoint(
                method: .get, path: "/api/journal", access: .member,
                summary: "The journal: that of a project for its managers; without one that of this index for its "
                    + "administrators, at the root all of it for those of the server",
                query: [
                    APIField("after", .integer(0...Int64.max), "only rows with a larger serial"),
                    APIField("since", .time, "only rows from this moment on, in UTC"),
                    APIField("project", PathParameter.project.schema, "only rows of this project"), .limit,
                ],
                answer: .object([
                    APIField("rows", .list(.journalRow), isRequired: true),
                    APIField(
                        "next", .optional(.integer(0...Int64.max)), "for `after`; null at the end", isRequired: true),
                ]), handle: Site.readJournal),
        ] + changes + tokens + accounts + teams + grants + publishers + usage

    /// Yanking, deleting and taking both back, of a release and of a file.
    private static let changes: [Endpoint] = [
        ("yank", "Installers avoid it unless a pin names its version exactly (PEP 592)", ProjectOperation.Action.yank),
        ("unyank", "Takes a yank back", .unyank),
        ("delete", "Takes it away; names stay taken, bytes are kept until gc", .delete),
        ("restore", "Takes a deletion back", .restore),
    ].flatMap { word, summary, action in
        [("/api/projects/{project}/releases/{version}/", "a release"), ("/api/files/{filename}/", "a file")].map {
            prefix, what in
            Endpoint(
                method: .post, path: prefix + word, access: .manager, summary: "\(summary): \(what)", body: .change,
                answer: .outcome
            ) { site, call throws(IndexError) in try await site.change(action, call) }
        }
    }
}

extension APIField {
    /// How many are wanted.
    static let limit = APIField("limit", .integer(1...1_000), "at most so many; 100 by default")
}

extension [APIField] {
    /// What every change takes.
    static var change: [APIField] {
        [
            APIField("reason", .text(limit: ProjectOperation.reasonLimitBytes), "why, for people"),
            APIField("dry-run", .flag, "only tell what would happen"),
        ]
    }
}

extension APISchema {
    static let project = APISchema.object([
        APIField("name", .text(), isRequired: true), APIField("normalized-name", .text(), isRequired: true),
        APIField("summary", .optional(.text()), isRequired: true),
        APIField("status", .choice(ProjectStatus.allCases.map(\.rawValue)), isRequired: true),
        APIField("status-reason", .optional(.text()), isRequired: true),
        APIField("created", .time, isRequired: true), APIField("serial", .integer(0...Int64.max), isRequired: true),
    ])

    static let file = APISchema.object([
        APIField("filename", .text(), isRequired: true), APIField("version", .text(), isRequired: true),
        APIField("kind", .choice(["wheel", "sdist"]), isRequired: true), APIField("sha256", .text(), isRequired: true),
        APIField("size", .integer(0...Int64.max), isRequired: true), APIField("upload-time", .time, isRequired: true),
        APIField("uploader", .text(), isRequired: true),
        APIField("requires-python", .optional(.text()), isRequired: true),
        APIField("yanked", .optional(.text()), "the reason, which may be empty; null when it is not", isRequired: true),
        APIField("held", .optional(.text()), "for which signature it waits, hidden from installers", isRequired: true),
    ])

    static let projectWithFiles = APISchema.object([
        APIField("project", .project, isRequired: true), APIField("files", .list(.file), isRequired: true),
    ])

    /// What an operation did or would do.
    static let outcome = APISchema.object([
        APIField("changed", .flag, "whether anything changed, or would", isRequired: true),
        APIField("dry-run", .flag, isRequired: true),
        APIField("files", .list(.text()), "that changed, or would", isRequired: true),
        APIField("dependents", .list(.dependent), "releases here that require what goes away", isRequired: true),
        APIField("dependents-total", .integer(0...Int64.max), isRequired: true),
        APIField("broken-total", .integer(0...Int64.max), "of them find nothing else", isRequired: true),
    ])

    static let dependent = APISchema.object([
        APIField("project", .text(), isRequired: true), APIField("version", .text(), isRequired: true),
        APIField("requirement", .text(), isRequired: true),
        APIField("broken", .flag, "whether nothing satisfies it any more", isRequired: true),
    ])

    static let journalRow = APISchema.object(
        [
            APIField("serial", .integer(1...Int64.max), isRequired: true), APIField("time", .time, isRequired: true),
            APIField("actor", .text(), isRequired: true), APIField("action", .text(), isRequired: true),
            APIField("subject", .text(), isRequired: true), APIField("details", .anyObject, isRequired: true),
        ]
            + ["token", "address", "user-agent", "index", "project"].map {
                APIField($0, .optional(.text()), isRequired: true)
            })
}
