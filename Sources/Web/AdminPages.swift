import HTTP
public import Packaging
import Wheelhouse

/// What the server can tell administrators about itself.
public struct ServerState: Sendable {
    /// How many answers had a status that begins with 1, 2, 3, 4, 5.
    public var responses = [0, 0, 0, 0, 0]
    /// The slowest requests first.
    public var slow: [SlowRequest] = []

    /// A server that has answered nothing.
    public init() {}

    /// A request that took long.
    public struct SlowRequest: Sendable {
        let time: UploadTime
        let method: String
        let path: String
        let status: Int
        let milliseconds: Int64

        /// - Parameters:
        ///   - time: when it was answered.
        ///   - path: without the query.
        public init(time: UploadTime, method: String, path: String, status: Int, milliseconds: Int64) {
            (self.time, self.method, self.path) = (time, method, path)
            (self.status, self.milliseconds) = (status, milliseconds)
        }
    }
}

extension Site {
    /// `GET /admin/journal`
    func journal(_ request: HTTPRequest, for viewer: Viewer) async throws(IndexError) -> HTTPResponse {
        let administrator = try await authenticated(request, viewer)
        if case .no(let reason) = administrator.may(.admin, index: indexName) { throw IndexError(.forbidden, reason) }
        let filter = try JournalPage.Filter(request)
        let changes = try await index.changes(
            of: indexName, project: filter.name, action: filter.action.isEmpty ? nil : filter.action,
            before: filter.before, limit: JournalPage.size + 1, for: administrator)
        return try await secret(request, viewer) { [indexName] in
            JournalPage(index: indexName, changes: changes, filter: filter).html()
        }
    }

    /// `GET /admin/health`
    func health(_ request: HTTPRequest, for viewer: Viewer) async throws(IndexError) -> HTTPResponse {
        if case .no(let reason) = try await authenticated(request, viewer).administratesServer() {
            throw IndexError(.forbidden, reason)
        }
        let (health, state) = (try await index.health(), settings.serverState())
        return try await secret(request, viewer) { HealthPage(health: health, state: state).html() }
    }

    /// Who asks for a page of administrators.
    private func authenticated(_ request: HTTPRequest, _ viewer: Viewer) async throws(IndexError) -> Principal {
        if let signedIn = viewer.signedIn { return signedIn.principal }
        return try await authenticate(request)
    }

    /// A page that no cache may keep.
    private func secret(
        _ request: HTTPRequest, _ viewer: Viewer, _ html: @escaping @Sendable () -> [UInt8]
    ) async throws(IndexError) -> HTTPResponse {
        if let signedIn = viewer.signedIn { return answer(await index.work(html), HTML.guards, request, for: signedIn) }
        let rendered = await index.work { RenderedPage(html(), serial: nil) }
        var fields = HTTPFields([("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", "no-store")])
        fields.append(HTML.guards)
        return PreparedPage(rendered, fields: fields, vary: "Cookie, Accept-Encoding, Authorization").answer(request)
    }
}

/// The page at `/admin/journal`.
struct JournalPage {
    static let size = 100

    /// What is asked for.
    struct Filter {
        /// As typed; empty for all.
        let project: String
        let name: ProjectName?
        /// Empty for all.
        let action: String
        /// Only changes with a smaller serial.
        let before: Int64

        init(_ request: HTTPRequest) throws(IndexError) {
            project = try request.parameter("project") ?? ""
            action = try request.parameter("action") ?? ""
            let text = try request.parameter("before") ?? ""
            guard let before = text.isEmpty ? Int64.max : Int64(text), before > 0 else {
                throw IndexError(.notFound, "There is no such page: 'before' must be the serial of a change")
            }
            guard action.isEmpty || PackageIndex.actions.contains(action) else {
                let words = PackageIndex.actions.joined(separator: ", ")
                throw IndexError(.invalid, "No change is called so; 'action' is one of \(words)")
            }
            do {
                name = project.isEmpty ? nil : try ProjectName(project)
            } catch {
                throw IndexError(error)
            }
            self.before = before
        }
    }

    /// The index that the page is of.
    let index: String
    /// One more than is shown, when there are more.
    let changes: [JournalRow]
    let filter: Filter

    func html() -> [UInt8] {
        var html = HTML()
        html.begin(title: "Journal · Wheelhouse", root: "../")
        html.crumbs([("../", "Home")], current: "Journal")
        html.markup("<h1>Journal</h1>\n<p class=\"lead\">Every change of the index, the newest first.</p>\n")
        addForm(to: &html)
        let shown = changes.prefix(Self.size)
        if shown.isEmpty {
            html.notice("There are no such changes.")
        } else {
            addTable(shown, to: &html)
        }
        if changes.count > Self.size, let last = shown.last {
            let parameters = [
                ("project", filter.project), ("action", filter.action), ("before", String(last.serial)),
            ]
            html.markup("<nav class=\"pager\" aria-label=\"Pages\"><ul><li>")
            html.link(FormQuery.address(parameters), "Older changes")
            html.markup("</li></ul></nav>\n")
        }
        html.end()
        return html.bytes
    }

    private func addForm(to html: inout HTML) {
        html.markup("<form class=\"bar\" action=\"journal\">\n<label for=\"project\">Project</label>")
        html.markup("<input id=\"project\" name=\"project\" size=\"20\" autocapitalize=\"off\" value=\"")
        html.text(filter.project)
        html.markup("\">\n<label for=\"action\">Change</label><select id=\"action\" name=\"action\">")
        html.markup("<option value=\"\">all</option>")
        for action in PackageIndex.actions {
            html.markup(action == filter.action ? "<option selected>" : "<option>")
            html.text(action)
            html.markup("</option>")
        }
        html.markup("</select>\n<button>Show</button>\n</form>\n")
    }

    private func addTable(_ changes: ArraySlice<JournalRow>, to html: inout HTML) {
        html.markup("<table class=\"stack\">\n<thead><tr><th>Change</th><th>Of</th><th>Project</th><th>By</th>")
        html.markup("<th>Time</th><th class=\"number\">Serial</th></tr></thead>\n<tbody>\n")
        for change in changes {
            html.markup("<tr><td>")
            html.badge(change.action)
            html.markup("</td><td data-label=\"Of\">")
            html.text(change.subject)
            html.markup("</td><td data-label=\"Project\">")
            addPlace(of: change, to: &html)
            html.markup("</td><td data-label=\"By\">")
            html.text(change.actor)
            html.markup("</td><td class=\"time\" data-label=\"Time\">")
            html.time(change.time)
            html.markup("</td><td class=\"number\" data-label=\"Serial\">")
            html.text(String(change.serial))
            html.markup("</td></tr>\n")
        }
        html.markup("</tbody>\n</table>\n")
    }
}

extension JournalPage {
    /// Its project, with a link where it is one of the page's index.
    private func addPlace(of change: JournalRow, to html: inout HTML) {
        if change.index == index, let project = change.project {
            html.link("../project/\(project)/", project)
        } else if change.index != index {
            html.text([change.index, change.project].compactMap(\.self).joined(separator: "/"))
        }
    }
}

/// The page at `/admin/health`.
struct HealthPage {
    let health: IndexHealth
    let state: ServerState

    func html() -> [UInt8] {
        var html = HTML()
        html.begin(title: "Health · Wheelhouse", root: "../")
        html.crumbs([("../", "Home")], current: "Health")
        html.markup("<h1>Health</h1>\n")
        html.counts([
            ("projects", health.totals.projects.grouped), ("files", health.totals.files.grouped),
            ("in archives", health.totals.bytes.sizeText), ("free on the disk", health.freeBytes.sizeText),
        ])
        addNotices(to: &html)
        addFacts(to: &html)
        addSlow(to: &html)
        html.markup("<p>Every change is in the ")
        html.link("journal", "journal")
        html.markup(".</p>\n")
        html.end()
        return html.bytes
    }

    private var isNearlyFull: Bool { health.freeBytes < health.totalBytes / 10 }

    private func addNotices(to html: inout HTML) {
        if isNearlyFull {
            html.notice(
                "Less than a tenth of the disk is free: make room, or uploads will be refused with 507.", .bad)
        }
        if let failure = health.settlingFailure {
            html.notice(
                "Small files do not reach the disk, the catalog keeps them and uploads are slower: \(failure).", .bad)
        }
        switch health.verification {
        case nil:
            html.notice(
                "The data folder has never been verified: run 'wheelhouse verify', best from a timer.", .warning)
        case let check? where check.faults > 0:
            html.notice(
                "The last verification found faults: \(check.faults.grouped). 'wheelhouse verify' names them.", .bad)
        default:
            break
        }
    }

    private func addFacts(to html: inout HTML) {
        html.markup("<h2>Data folder</h2>\n<dl class=\"facts\">\n")
        html.fact("Catalog", health.catalogBytes.sizeText)
        html.fact("Disk", "\(health.freeBytes.sizeText) free of \(health.totalBytes.sizeText)")
        if let check = health.verification {
            let result = check.faults == 0 ? "sound" : "\(check.faults.grouped) faults"
            html.fact("Last verification", "\(check.time.minute): \(result), \(check.blobs.grouped) blobs read")
        } else {
            html.fact("Last verification", "never")
        }
        html.fact("Last change", "serial \(health.serial)")
        html.markup("</dl>\n<h2>Answers since the start</h2>\n<dl class=\"facts\">\n")
        let names = ["2xx, done", "3xx, elsewhere or unchanged", "4xx, refused", "5xx, failed"]
        for (name, count) in zip(names, state.responses.dropFirst()) { html.fact(name, count.grouped) }
        html.markup("</dl>\n")
    }

    private func addSlow(to html: inout HTML) {
        html.markup("<h2>Slow requests</h2>\n")
        guard !state.slow.isEmpty else {
            html.markup("<p>None of the last requests took a tenth of a second.</p>\n")
            return
        }
        html.markup("<table class=\"stack\">\n<caption>Of the last that took more than a tenth of a second, uploads ")
        html.markup("with the time their bytes took</caption>\n<thead><tr><th>Request</th><th>Status</th>")
        html.markup("<th class=\"number\">Milliseconds</th><th>Time</th></tr></thead>\n<tbody>\n")
        for request in state.slow.prefix(20) {
            html.markup("<tr><td>")
            html.text("\(request.method) \(request.path)")
            html.markup("</td><td data-label=\"Status\">")
            html.text(String(request.status))
            html.markup("</td><td class=\"number\" data-label=\"Milliseconds\">")
            html.text(request.milliseconds.grouped)
            html.markup("</td><td class=\"time\" data-label=\"Time\">")
            html.time(request.time)
            html.markup("</td></tr>\n")
        }
        html.markup("</tbody>\n</table>\n")
    }
}

extension HTML {
    /// A name and a value of a list of facts.
    mutating func fact(_ name: String, _ value: String) {
        element("dt", name)
        element("dd", value)
        markup("\n")
    }
}
