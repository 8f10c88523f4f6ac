public import HTTP
import Packaging
public import Wheelhouse

/// The web face of an index: what each address means, to whom, and how it is answered.
public final class Site: HTTPHandler {
    /// How the site is reached and seen.
    public struct Settings: Sendable {
        /// A prefix of all paths, such as `/pypi`, that is cut off before anything else; empty for none.
        public var basePath = ""

        /// The `https` address that clients reach the server by, with the base path and no slash behind it; empty when
        /// none is known. Provenance objects must be named by one (PEP 740).
        public var publicAddress = ""
        /// Whether descriptions show images, by HTTPS from wherever they are; else their words.
        public var showsImages = true

        /// The server's own counters, in the text format of Prometheus.
        public var serverMetrics: @Sendable () -> String = { "" }

        /// What the server itself can tell administrators.
        public var serverState: @Sendable () -> ServerState = { ServerState() }
        /// Tokens for jobs of a CI; `nil` when there is no trusted publishing.
        public var trustedPublishing: TrustedPublishing?

        /// Reached directly, at the root.
        public init() {}
    }

    let index: PackageIndex
    let indexName = PackageIndex.mainIndex
    let isReadingOpen: Bool
    let simplePages: PageCache<PageKey, PreparedSimplePage>
    let pages: PageCache<PageKey, PreparedPages>
    /// By the path of the request.
    let files: PageCache<String, PreparedFile>
    /// Which pages link a project, or would if it were here.
    let mentions: Mentions
    let settings: Settings
    private let report: @Sendable (String) -> Void

    /// A site for an index.
    ///
    /// - Parameters:
    ///   - openFiles: how many archives are kept open for downloads, at least 1.
    ///   - report: takes one line for the log about a failure of the server itself.
    public init(
        _ index: PackageIndex, settings: Settings, openFiles: Int, report: @escaping @Sendable (String) -> Void
    ) {
        self.index = index
        self.settings = settings
        self.report = report
        isReadingOpen = index.isReadingOpen
        let simplePages = PageCache<PageKey, PreparedSimplePage>(costLimit: 96 << 20)
        let pages = PageCache<PageKey, PreparedPages>(costLimit: 32 << 20)
        let files = PageCache<String, PreparedFile>(costLimit: openFiles)
        let mentions = Mentions()
        self.mentions = mentions
        index.onChange { keys in
            let keys = keys + mentions.take(by: keys)
            simplePages.remove(keys)
            pages.remove(keys)
            files.remove(keys.flatMap(Route.paths))
        }
        self.simplePages = simplePages
        self.pages = pages
        self.files = files
    }

    /// Answers one request.
    public func respond(to request: HTTPRequest, body: any HTTPBodyReader) async -> HTTPResponse {
        var response = await response(to: request, body)
        // For the log; asked once more, since those who answer ask only where it matters to them.
        if request.fields.count(of: .authorization) > 0 { response.principal = (try? authenticate(request))?.name }
        return response
    }

    private func response(to request: HTTPRequest, _ body: any HTTPBodyReader) async -> HTTPResponse {
        do {
            return try await answer(request, body)
        } catch {
            note(error, request)
            return failure(error.code.status, error.sentence, to: request)
        }
    }

    /// Logs a failure of the server once, where its answer is made, and counts credentials that were refused.
    func note(_ error: IndexError, _ request: HTTPRequest) {
        if let underlying = error.underlying {
            report("\(request.method.name) \(request.target.path): \(underlying)")
        }
        guard error.code == .unauthenticated, request.fields.count(of: .authorization) > 0 else { return }
        index.noteFailedLogin(error, from: caller(request))
    }

    /// Who asks, for the journal.
    func caller(_ request: HTTPRequest) -> Caller {
        Caller(address: request.peer, userAgent: request.fields[.userAgent])
    }

    private func answer(_ request: HTTPRequest, _ body: any HTTPBodyReader) async throws(IndexError) -> HTTPResponse {
        guard let path = pathBelowBase(request.target.path) else {
            guard request.target.path == settings.basePath else { return notFound(request) }
            return moved(to: "\(settings.basePath.split(separator: "/").last ?? "")/", request)
        }
        let route = Route(path: path)
        if route == .api { return await api(path, request, body) }
        switch request.method {
        case .get, .head:
            return try await read(route, at: path, request)
        case .post:
            switch route {
            case .upload, .home, .projectList, .moved("simple/"): return try await upload(request, body)
            case .mintToken, .burnToken: return try await exchange(route, body, request)
            default: return notAllowed(route, request)
            }
        case .put where route == .file:
            return try await addSignature(at: path, request, body)
        case .options where request.target == .asterisk:
            return HTTPResponse(.noContent, fields: HTTPFields([("Allow", "GET, HEAD, POST, PUT, OPTIONS")]))
        default:
            return notAllowed(route, request)
        }
    }

    private func read(
        _ route: Route, at path: String, _ request: HTTPRequest
    ) async throws(IndexError) -> HTTPResponse {
        if !isReadingOpen, route.needsReading {
            let principal = try authenticate(request)
            if case .no(let reason) = mayRead(route, at: path, principal) {
                throw IndexError(.forbidden, reason)
            }
        }
        switch route {
        case .projectDetail(let name): return try await projectDetail(name, request)
        case .file: return try await file(at: path, request)
        case .provenance(let name, let version, let filename):
            return try await provenance(name, version, filename, request)
        case .projectList: return try await projectList(request)
        case .home: return try await home(request)
        case .projects: return try await projects(request)
        case .search: return try await search(request)
        case .journal: return try await journal(request)
        case .health: return try await health(request)
        case .projectJSON(let name, let version): return try await projectJSON(name, version, request)
        case .project(let name, let version): return try await project(name, version, request)
        case .versions(let name): return try await versions(name, request)
        case .fileDetails(let name, let version, let filename):
            return try await fileDetails(name, version, filename, request)
        case .difference(let name, let old, let new): return try await difference(name, old, new, request)
        case .moved(let address): return moved(to: address, request)
        case .alive: return .text(.ok, "alive")
        case .ready:
            try await index.checkReadiness()
            return .text(.ok, "ready")
        case .metrics: return try await metrics()
        case .style: return Style.page.answer(request)
        case .icon: return Style.icon
        case .feed(let feed): return try await self.feed(feed, request)
        case .existingFiles(let name, let depth): return try await existingFiles(name, depth: depth, request)
        case .audience: return audience()
        case .upload, .api, .mintToken, .burnToken: return notAllowed(route, request)
        case .unknown: return notFound(request)
        }
    }

    private func mayRead(_ route: Route, at path: String, _ principal: Principal) -> Verdict {
        // That an address has another spelling tells of no project.
        if case .moved = route { return principal.may(.read, index: indexName) }
        return principal.mayRead(index: indexName, project: route.project(at: path))
    }

    /// `GET /metrics`
    private func metrics() async throws(IndexError) -> HTTPResponse {
        let counts = try await index.counts()
        let values = [("projects", counts.projects), ("files", counts.files), ("bytes", counts.bytes)]
        let gauges = values.map { "# TYPE wheelhouse_index_\($0) gauge\nwheelhouse_index_\($0) \($1)\n" }
        let fields = HTTPFields([
            ("Content-Type", "text/plain; version=0.0.4; charset=utf-8"), ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
        ])
        var text = settings.serverMetrics() + gauges.joined()
        if let totals = index.downloadTotals {
            text += "# TYPE wheelhouse_downloads_total counter\nwheelhouse_downloads_total \(totals.counted)\n"
            text += "# TYPE wheelhouse_downloads_lost_total counter\nwheelhouse_downloads_lost_total \(totals.lost)\n"
        }
        return HTTPResponse(.ok, fields: fields, body: .bytes(Array(text.utf8)))
    }

    /// Who makes a request, by the token that it carries (RFC 7617, RFC 6750).
    ///
    /// - Throws: `IndexError.unauthenticated` when there is none, or it is not known.
    func authenticate(_ request: HTTPRequest) throws(IndexError) -> Principal {
        switch Authorization(request.fields) {
        case .basic(let user, let password):
            // pip and uv send a token that stands alone in a URL as the user name, with an empty password.
            let secret = password.isEmpty ? user : password
            return try index.authenticate(secret: secret.trimmed)
        case .bearer(let secret):
            return try index.authenticate(secret: secret)
        case .other(let scheme):
            throw IndexError(
                .unauthenticated, "The scheme '\(scheme)' is not known here; send the token by Basic or Bearer")
        case .malformed:
            throw IndexError(
                .unauthenticated, "The credentials cannot be read; send user '__token__' with the token as password")
        case nil:
            throw IndexError(
                .unauthenticated, "Credentials are needed; send user '__token__' with the token as password")
        }
    }

    /// What decides about a page's content, for caches.
    func vary(_ fields: String) -> String {
        let all = fields.isEmpty ? "Accept-Encoding" : "\(fields), Accept-Encoding"
        return isReadingOpen ? all : all + ", Authorization"
    }

    /// Pages are checked each time, so that an upload is visible at once; the tag makes that cheap.
    var pageCacheControl: String { isReadingOpen ? "no-cache" : "no-cache, private" }

    private func pathBelowBase(_ path: String) -> String? {
        // Clients of trusted publishing ask at the root of the host.
        guard !settings.basePath.isEmpty, !path.hasPrefix("/_/oidc/") else { return path }
        guard path.hasPrefix(settings.basePath) else { return nil }
        let rest = path.dropFirst(settings.basePath.count)
        return rest.hasPrefix("/") ? String(rest) : nil
    }

    private func moved(to address: String, _ request: HTTPRequest) -> HTTPResponse {
        let query = request.target.query.isEmpty ? "" : "?\(request.target.query)"
        var response = HTTPResponse.text(.movedPermanently, "This page is at \(address)")
        response.fields.append("Location", address + query)
        return response
    }

    private func notFound(_ request: HTTPRequest) -> HTTPResponse {
        failure(
            .notFound, "There is nothing at this address; the index for installers is at \(settings.basePath)/simple/",
            to: request)
    }

    private func notAllowed(_ route: Route, _ request: HTTPRequest) -> HTTPResponse {
        if route == .unknown { return notFound(request) }
        var response = failure(
            .methodNotAllowed, "This address answers \(route.methods) only", to: request)
        response.fields.append("Allow", route.methods)
        return response
    }
}

extension Route {
    /// The project that alone is told of at the address, normalized; `nil` when there is none or more than one.
    fileprivate func project(at path: String) -> String? {
        switch self {
        case .projectDetail(let name), .project(let name, _), .projectJSON(let name, _), .existingFiles(let name, _),
            .versions(let name), .fileDetails(let name, _, _), .difference(let name, _, _):
            (try? ProjectName(name))?.normalized
        case .provenance(let name, _, _): name
        case .file: Self.project(ofFile: path.split(separator: "/").last ?? "")
        default: nil
        }
    }

    /// What stands before the version in the file name of an archive or of something beside it. A name that is read
    /// wrongly opens nothing: it is compared with what a token may read.
    static func project(ofFile filename: Substring) -> String? {
        let isWheel = filename.contains(".whl")
        guard let dash = isWheel ? filename.firstIndex(of: "-") : filename.lastIndex(of: "-") else { return nil }
        return (try? ProjectName(String(filename[..<dash])))?.normalized
    }

    /// Whether the address shows what the index holds.
    fileprivate var needsReading: Bool {
        switch self {
        case .alive, .ready, .style, .icon, .audience, .mintToken, .burnToken, .upload, .api, .unknown: false
        default: true
        }
    }
}

extension String {
    /// Without white space at both ends.
    var trimmed: String {
        String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }
}
