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
    /// The named index that it shows.
    let indexName: String
    let isReadingOpen: Bool
    let simplePages: PageCache<PageKey, PreparedSimplePage>
    let pages: PageCache<PageKey, PreparedPages>
    /// Those below the pages of projects: whoever reads all of them shall not crowd out the others.
    let pagesBelow: PageCache<PageKey, PreparedPages>
    /// By the path of the request, with the base path.
    let files: PageCache<String, PreparedFile>
    /// Which pages have become untrue by changes of projects that they tell of.
    let mentions: Mentions
    let settings: Settings
    private let report: @Sendable (String) -> Void

    /// The site of the index `main`.
    ///
    /// - Parameters:
    ///   - openFiles: how many archives are kept open for downloads, at least 1.
    ///   - report: takes one line for the log about a failure of the server itself.
    public init(
        _ index: PackageIndex, settings: Settings, openFiles: Int, report: @escaping @Sendable (String) -> Void
    ) {
        self.index = index
        indexName = PackageIndex.mainIndex
        self.settings = settings
        self.report = report
        isReadingOpen = index.isReadingOpen
        let simplePages = PageCache<PageKey, PreparedSimplePage>(costLimit: 96 << 20)
        let pages = PageCache<PageKey, PreparedPages>(costLimit: 32 << 20)
        let files = PageCache<String, PreparedFile>(costLimit: openFiles)
        let mentions = Mentions()
        self.mentions = mentions
        index.onChange { keys in
            mentions.note(keys)
            simplePages.remove(keys)
            pages.remove(keys)
        }
        self.simplePages = simplePages
        self.pages = pages
        pagesBelow = PageCache(costLimit: 24 << 20)
        self.files = files
        forgetChangedFiles()
    }

    /// The site of another index, below that of `main`. Both share what they prepare, and so its limits.
    init(_ name: String, beside main: Site) {
        index = main.index
        indexName = name
        var settings = main.settings
        settings.basePath += "/\(name)"
        if !settings.publicAddress.isEmpty { settings.publicAddress += "/\(name)" }
        self.settings = settings
        report = main.report
        isReadingOpen = main.isReadingOpen
        (simplePages, pages, pagesBelow) = (main.simplePages, main.pages, main.pagesBelow)
        (files, mentions) = (main.files, main.mentions)
        forgetChangedFiles()
    }

    private func forgetChangedFiles() {
        index.onChange { [files, settings] keys in
            files.remove(keys.flatMap { Route.paths(of: $0, below: settings.basePath) })
        }
    }

    /// Answers one request.
    public func respond(to request: HTTPRequest, body: any HTTPBodyReader) async -> HTTPResponse {
        var response = await response(to: request, body)
        // For the log; asked once more, since those who answer ask only where it matters to them.
        if request.fields.count(of: .authorization) > 0 { response.principal = { self.principalName(of: request) } }
        return response
    }

    private func response(to request: HTTPRequest, _ body: any HTTPBodyReader) async -> HTTPResponse {
        do {
            return try await answer(request, body)
        } catch {
            await note(error, request)
            if error.code == .unauthenticated, let response = askToSignIn(request) { return response }
            var response = failure(error.code.status, error.sentence, to: request)
            // pip obeys it.
            if let seconds = error.retryAfterSeconds { response.fields.append("Retry-After", "\(seconds)") }
            return response
        }
    }

    /// Logs a failure of the server once, where its answer is made, and counts credentials that were refused, also those
    /// that were not looked at; their answers have to wait for their turn.
    func note(_ error: IndexError, _ request: HTTPRequest) async {
        if let underlying = error.underlying {
            report("\(request.method.name) \(request.target.path): \(underlying)")
        }
        guard error.code == .unauthenticated || error.code == .tooMany,
            request.fields.count(of: .authorization) > 0
        else { return }
        await index.noteFailedLogin(error, by: credentials(of: request), from: caller(request))
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
        if route.isOfServer, indexName != PackageIndex.mainIndex { return notFound(request) }
        if let refusal = refusalOfStranger(request) { return failure(.forbidden, refusal, to: request) }
        if route == .api { return await api(path, request, body) }
        if route.isActing { return try await act(route, request, body) }
        switch request.method {
        case .get, .head:
            return try await read(route, at: path, request)
        case .post:
            switch route {
            case .upload, .home, .projectList, .moved("simple/"): return try await upload(request, body)
            case .mintToken, .burnToken: return try await exchange(route, body, request)
            case .signIn: return try await signIn(request, body)
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
        let viewer = try await viewer(of: route, request)
        do {
            return try await read(route, at: path, request, for: viewer)
        } catch {
            throw error.code == .notFound ? viewer.failure ?? error : error
        }
    }

    private func read(
        _ route: Route, at path: String, _ request: HTTPRequest, for viewer: Viewer
    ) async throws(IndexError) -> HTTPResponse {
        switch route {
        case .projectDetail(let name): return try await projectDetail(name, request, for: viewer)
        case .file: return try await file(at: path, request, for: viewer)
        case .provenance(let name, let version, let filename):
            return try await provenance(name, version, filename, request, for: viewer)
        case .projectList: return try await projectList(request, for: viewer)
        case .home: return try await home(request, for: viewer)
        case .projects: return try await projects(request, for: viewer)
        case .search: return try await search(request, for: viewer)
        case .journal: return try await journal(request, for: viewer)
        case .health: return try await health(request, for: viewer)
        case .projectJSON(let name, let version): return try await projectJSON(name, version, request, for: viewer)
        case .project(let name, let version): return try await project(name, version, request, for: viewer)
        case .versions(let name): return try await versions(name, request, for: viewer)
        case .fileDetails(let name, let version, let filename):
            return try await fileDetails(name, version, filename, request, for: viewer)
        case .difference(let name, let old, let new): return try await difference(name, old, new, request, for: viewer)
        case .moved(let address): return moved(to: address, request)
        case .alive: return .text(.ok, "alive")
        case .ready:
            try await index.checkReadiness()
            return .text(.ok, "ready")
        case .metrics: return try await metrics()
        case .style: return Style.page.answer(request)
        case .icon: return Style.icon
        case .feed(let feed): return try await self.feed(feed, request, for: viewer)
        case .existingFiles(let name, let depth):
            return try await existingFiles(name, depth: depth, request, for: viewer)
        case .audience: return audience()
        case .signIn: return signInPage(request, for: viewer)
        case .upload, .api, .mintToken, .burnToken, .signOut, .account, .password, .tokens, .indexAccess, .manage,
            .change, .administration:
            return notAllowed(route, request)
        case .unknown: return notFound(request)
        }
    }

    /// `GET /metrics`
    private func metrics() async throws(IndexError) -> HTTPResponse {
        let counts = try await index.counts()
        let kinds: [(name: String, value: (IndexTotals) -> Int64)] = [
            ("projects", { $0.projects }), ("files", { $0.files }), ("bytes", { $0.bytes }),
        ]
        let gauges = kinds.map { kind in
            let samples = counts.map { index, totals in
                "wheelhouse_index_\(kind.name){index=\"\(index)\"} \(kind.value(totals))\n"
            }
            return "# TYPE wheelhouse_index_\(kind.name) gauge\n" + samples.joined()
        }
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

    func pathBelowBase(_ path: String) -> String? {
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

    func notAllowed(_ route: Route, _ request: HTTPRequest) -> HTTPResponse {
        if route == .unknown { return notFound(request) }
        var response = failure(
            .methodNotAllowed, "This address answers \(route.methods) only", to: request)
        response.fields.append("Allow", route.methods)
        return response
    }
}
