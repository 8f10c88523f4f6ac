import HTTP
import Packaging
import Wheelhouse

/// What the address of a file says: `/packages/{sha256}/{filename}`, with a suffix for what belongs to it.
struct FileAddress {
    enum Part {
        /// The archive itself.
        case archive
        /// Its core metadata (PEP 658).
        case coreMetadata
        /// What says who made it.
        case document(SignatureDocument)
    }

    static let metadataSuffix = ".metadata"
    /// What may stand behind a file's name, with what it means.
    private static let parts: [(suffix: String, part: Part)] =
        [
            (metadataSuffix, .coreMetadata), (".provenance", .document(.provenance)),
            (".signatures", .document(.signatures)),
        ] + SignatureSuffix.all.map { (".\($0)", .document(.signature(suffix: $0))) }
    /// The longest of them.
    static let suffixLimitBytes = parts.map(\.suffix.utf8.count).max() ?? 0

    /// Of the archive, whatever the part.
    let sha256: Digest
    let filename: String
    let part: Part

    /// - Parameter name: the last segment of the address.
    init(sha256: Digest, name: Substring) {
        self.sha256 = sha256
        let known = Self.parts.first { name.hasSuffix($0.suffix) }
        filename = String(name.dropLast(known?.suffix.count ?? 0))
        part = known?.part ?? .archive
    }
}

/// Every address of the server, parsed from a request's path.
///
/// Paths come percent-decoded once, without `.`, `..`, empty segments or encoded slashes (`RequestTarget`).
enum Route: Equatable {
    /// `/`: the home page; uploads too.
    case home
    /// `/simple/`: the project list; uploads too.
    case projectList
    /// `/simple/{project}/`
    case projectDetail(String)
    /// `/legacy/`, with and without the last slash: uploaders do not follow redirects.
    case upload
    /// `/packages/{sha256}/{filename}`, which `file(at:)` takes apart
    case file
    /// `/integrity/{project}/{version}/{filename}/provenance` (PEP 740)
    case provenance(String, version: String, filename: String)
    /// `/project/{project}/`, and `/project/{project}/{version}/`
    case project(String, version: String?)
    /// `/project/{project}/versions/`
    case versions(String)
    /// `/project/{project}/{version}/{filename}/`
    case fileDetails(String, version: String, filename: String)
    /// `/project/{project}/compare/{old}...{new}/`
    case difference(String, old: String, new: String)
    /// `/projects/`: the list of projects for people
    case projects
    /// `/search`
    case search
    /// `/admin/journal`
    case journal
    /// `/admin/health`
    case health
    /// `/sign-in`
    case signIn
    /// `/sign-out`
    case signOut
    /// `/account`: who one is, and one's sessions
    case account
    /// `/account/password`: one's password
    case password
    /// `/manage/{project}/`: for its managers
    case manage(String)
    /// `/manage/{project}/change`
    case change(String)
    /// `/account/tokens`: one's tokens
    case tokens
    /// `/admin/access`: who may do what in every project
    case indexAccess
    /// `/manage/{project}/grants`, `publishers`, `signatures`
    case administration(String, AdministrationPage)
    /// `/pypi/{project}/json`, `/pypi/{project}/{version}/json`, and `/{project}/json`, which pip-tools asks for
    case projectJSON(String, version: String?)
    /// `/healthz`: the process is alive.
    case alive
    /// `/readyz`: it can serve.
    case ready
    /// `/metrics`: Prometheus text.
    case metrics
    /// `/_/style.css`
    case style
    /// `/_/icon.svg`
    case icon
    /// `/_/oidc/audience`
    case audience
    /// `/_/oidc/mint-token`, `/_/oidc/github/mint-token`
    case mintToken
    /// `/_/oidc/burn-token`
    case burnToken
    /// `/rss/packages.xml`, `/rss/updates.xml`
    case feed(Feed)
    /// `/legacy/+simple/{project}/`, below every address for uploads, at so many segments
    case existingFiles(String, depth: Int)
    /// Anything below `/api/`, which `Endpoint.all` takes apart
    case api
    /// A known page asked for without its last slash, or a name that is not normalized: where it is, relative to the
    /// request's own address.
    case moved(String)
    /// Nothing here.
    case unknown

    init(path: String) {
        if Self.rest(of: path, after: Self.packages) != nil {
            self = .file
        } else if let name = Self.rest(of: path, after: Self.simple) {
            self = Self.page(name, Route.projectDetail)
        } else if let name = Self.rest(of: path, after: Self.project) {
            self = Self.projectPage(name)
        } else if let name = Self.rest(of: path, after: Self.manage) {
            self = Self.managedPage(name)
        } else if Self.rest(of: path, after: Self.apiPrefix) != nil {
            self = .api
        } else {
            self = Self.fixed[path] ?? Self.existingFiles(path) ?? Self.json(path) ?? Self.provenance(path) ?? .unknown
        }
    }

    private static let packages = Array("/packages/".utf8)
    private static let simple = Array("/simple/".utf8)
    private static let project = Array("/project/".utf8)
    private static let manage = Array("/manage/".utf8)
    private static let apiPrefix = Array("/api/".utf8)
    private static let pypi = "pypi"
    private static let integrity = "integrity"

    /// What addresses begin with, but for `/{project}/json` and `/+simple/`: the first of their segments.
    static let firstWords: Set<String> = {
        let prefixes = [packages, simple, project, manage, apiPrefix].map { String(decoding: $0, as: UTF8.self) }
        let paths = prefixes + fixed.keys.map { $0 }
        return Set(paths.compactMap { $0.split(separator: "/").first.map(String.init) } + [pypi, integrity])
    }()

    private static let fixed: [String: Route] = [
        "/": .home, "/simple/": .projectList, "/simple": .moved("simple/"), "/legacy/": .upload, "/legacy": .upload,
        "/healthz": .alive, "/readyz": .ready, "/metrics": .metrics, "/_/style.css": .style, "/_/icon.svg": .icon,
        "/projects/": .projects, "/projects": .moved("projects/"), "/search": .search, "/search/": .moved("../search"),
        "/admin/journal": .journal, "/admin/health": .health,
        "/sign-in": .signIn, "/sign-out": .signOut, "/account": .account, "/account/": .moved("../account"),
        "/account/password": .password, "/account/tokens": .tokens, "/admin/access": .indexAccess,
        "/_/oidc/audience": .audience, "/_/oidc/mint-token": .mintToken, "/_/oidc/github/mint-token": .mintToken,
        "/_/oidc/burn-token": .burnToken,
        Feed.newProjects.path: .feed(.newProjects), Feed.newFiles.path: .feed(.newFiles),
    ]

    /// A page of a project: its name normalized, its address with a slash at the end, else where that is.
    private static func page(_ segment: Substring, _ make: (String) -> Route) -> Route {
        // By bytes: taking characters from the end would look for their boundaries.
        let last = segment.utf8.index(before: segment.utf8.endIndex)
        let hasSlash = segment.utf8[last] == slash
        let name = hasSlash ? segment[..<last] : segment
        guard name.utf8.count <= ProjectName.lengthLimitBytes else { return .unknown }
        if ProjectName.isNormalized(name) { return hasSlash ? make(String(name)) : .moved("\(name)/") }
        guard let project = try? ProjectName(String(name)) else { return .unknown }
        return .moved(hasSlash ? "../\(project.normalized)/" : "\(project.normalized)/")
    }

    /// A page about a project: its name normalized, a slash at the end, else where that is.
    private static func projectPage(_ rest: Substring) -> Route {
        let segments = rest.split(separator: "/", omittingEmptySubsequences: false)
        let hasSlash = segments.last == ""
        let parts = hasSlash ? segments.dropLast() : segments[...]
        guard (1...3).contains(parts.count), parts[0].utf8.count <= ProjectName.lengthLimitBytes,
            let project = try? ProjectName(String(parts[0]))
        else { return .unknown }
        guard project.normalized == parts[0], hasSlash else {
            // Relative to the request's own address, whose last segment it replaces.
            let up = String(repeating: "../", count: parts.count - (hasSlash ? 0 : 1))
            let last = SimpleFile.percentEncoded(pathComponent: String(parts[parts.count - 1]))
            if project.normalized == parts[0] { return .moved("\(last)/") }
            let names =
                [project.normalized] + parts.dropFirst().map { SimpleFile.percentEncoded(pathComponent: String($0)) }
            return .moved(up + names.joined(separator: "/") + "/")
        }
        let name = project.normalized
        let rest = parts.dropFirst().map(String.init)
        if rest.isEmpty { return .project(name, version: nil) }
        if rest.count == 1 { return rest[0] == "versions" ? .versions(name) : .project(name, version: rest[0]) }
        guard rest[0] == "compare" else { return .fileDetails(name, version: rest[0], filename: rest[1]) }
        guard let dots = rest[1].firstRange(of: "...") else { return .unknown }
        return .difference(name, old: String(rest[1][..<dots.lowerBound]), new: String(rest[1][dots.upperBound...]))
    }

    /// A page for the managers of a project.
    private static func managedPage(_ rest: Substring) -> Route {
        let segments = rest.split(separator: "/", omittingEmptySubsequences: false)
        if segments.count == 2, let page = AdministrationPage(rawValue: String(segments[1])),
            let project = try? ProjectName(String(segments[0]))
        {
            guard project.normalized == segments[0] else { return .moved("../\(project.normalized)/\(page.rawValue)") }
            return .administration(project.normalized, page)
        }
        guard segments.count == 2, segments[1] == "change" else { return page(rest, Route.manage) }
        return ProjectName.isNormalized(segments[0]) ? .change(String(segments[0])) : .unknown
    }

    private static func existingFiles(_ path: String) -> Route? {
        let segments = path.split(separator: "/")
        guard segments.count >= 2, segments[segments.count - 2] == "+simple", path.hasSuffix("/"),
            segments.count == 2 || segments.count == 3 && segments[0] == "legacy",
            ProjectName.isNormalized(segments[segments.count - 1])
        else { return nil }
        return .existingFiles(String(segments[segments.count - 1]), depth: segments.count)
    }

    private static func provenance(_ path: String) -> Route? {
        let segments = path.split(separator: "/")
        guard segments.count == 5, segments[0] == integrity, segments[4] == "provenance", !path.hasSuffix("/"),
            let project = try? ProjectName(String(segments[1]))
        else { return nil }
        return .provenance(project.normalized, version: String(segments[2]), filename: String(segments[3]))
    }

    private static func json(_ path: String) -> Route? {
        var segments = path.split(separator: "/")
        guard segments.last == "json" else { return nil }
        segments.removeLast()
        if segments.first.map(String.init) == pypi { segments.removeFirst() }
        guard let name = segments.first, segments.count <= 2, let project = try? ProjectName(String(name)) else {
            return nil
        }
        let version = segments.count == 2 ? String(segments[1]) : nil
        if project.normalized == name { return .projectJSON(project.normalized, version: version) }
        let up = segments.count + (path.hasSuffix("/") ? 1 : 0)
        let rest = version.map { "\(SimpleFile.percentEncoded(pathComponent: $0))/json" } ?? "json"
        return .moved(String(repeating: "../", count: up) + "\(project.normalized)/\(rest)")
    }

    /// What the path of a file says; `nil` for a path that no file has.
    ///
    /// Only lower-case digits are an address, so that every file has one.
    static func file(at path: String) -> FileAddress? {
        guard let rest = rest(of: path, after: packages), let end = rest.utf8.firstIndex(of: slash) else {
            return nil
        }
        let hex = rest[..<end]
        let name = rest[rest.utf8.index(after: end)...]
        guard let digest = try? Digest(.sha256, hex: hex), digest.hex == hex, !name.isEmpty,
            name.utf8.count <= DistributionFilename.lengthLimitBytes + FileAddress.suffixLimitBytes
        else { return nil }
        return FileAddress(sha256: digest, name: name)
    }

    /// The paths of a file that a change concerns, below a base path; none for other keys.
    static func paths(of key: PageKey, below base: String) -> [String] {
        guard case .file(let sha256, let filename) = key else { return [] }
        let path = "\(base)/packages/\(sha256)/\(filename)"
        return [path, path + FileAddress.metadataSuffix]
    }

    /// Whether the address is about the whole server, and so not one below an index with a name.
    var isOfServer: Bool {
        switch self {
        case .alive, .ready, .metrics, .health: true
        default: false
        }
    }

    private static let slash = UInt8(ascii: "/")

    /// What follows a prefix; `nil` when nothing does.
    private static func rest(of path: String, after prefix: [UInt8]) -> Substring? {
        let bytes = path.utf8.span
        guard bytes.count > prefix.count else { return nil }
        for index in prefix.indices where bytes[index] != prefix[index] { return nil }
        return path[path.utf8.index(path.utf8.startIndex, offsetBy: prefix.count)...]
    }

    /// The methods that the address answers, for `Allow` (RFC 9110 §10.2.1).
    var methods: String {
        switch self {
        case .home, .projectList, .signIn, .account, .password, .tokens, .indexAccess, .change, .administration:
            "GET, HEAD, POST"
        case .upload, .mintToken, .burnToken, .signOut: "POST"
        case .file: "GET, HEAD, PUT"
        default: "GET, HEAD"
        }
    }
}
