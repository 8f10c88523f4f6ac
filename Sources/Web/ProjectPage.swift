import HTTP
import Markup
import Packaging
import Wheelhouse

extension Site {
    /// `GET /project/{project}/` for the latest release, which is prepared, and `GET /project/{project}/{version}/` for any.
    func project(
        _ name: String, _ version: String?, _ request: HTTPRequest, for viewer: Viewer
    ) async throws(IndexError) -> HTTPResponse {
        let guards = settings.showsImages ? HTML.guardsWithImages : HTML.guards
        let seen = seen(by: viewer, project: name)
        guard let version else {
            let number = Self.number(request, "page")
            let key = projectKey(name, showing: seen)
            guard number == 1 else {
                return try await answer(request, Below(name, "?\(number)", seen, guards), for: viewer) {
                    origin async throws(IndexError) in
                    guard let page = try await latest(name, origin, number, seen) else {
                        throw await missing(name, nil, seen)
                    }
                    return page
                }
            }
            let page = try await page(key, guards: guards, origin: origin(of: request)) {
                origin async throws(IndexError) in try await latest(name, origin, 1, seen)
            }
            guard let page else { throw await missing(name, nil, seen) }
            return answer(page, request, for: viewer)
        }
        guard let wanted = try? Version(version) else { throw await missing(name, version, seen) }
        let number = Self.number(request, "page")
        return try await answer(request, Below(name, "\(wanted)/?\(number)", seen, guards), for: viewer) {
            origin async throws(IndexError) in
            let release = try await index.release(index: indexName, project: name, version: wanted, showing: seen)
            guard let release else { throw await missing(name, version, seen) }
            return try await page(of: release, isLatest: false, nil, origin, number)
        }
    }

    private func page(
        of release: ReleaseOverview, isLatest: Bool, _ usage: ProjectUsage?, _ origin: String, _ number: Int
    ) async throws(IndexError) -> Page {
        // Before it is asked which of them are here.
        let mentions = mentions.stamp(of: release.core?.requirements.map(\.name.normalized) ?? [])
        let offer = try await index.offer(of: release, index: indexName)
        let page = ReleasePage(
            release: release, offer: offer, usage: usage, origin: origin, root: isLatest ? "../../" : "../../../",
            isLatest: isLatest, filePage: number, hasImages: settings.showsImages)
        return Page(serial: release.project.project.serial, mentions: mentions) { page.html() }
    }

    /// The page of a project; `nil` when there is none.
    private func latest(
        _ name: String, _ origin: String, _ number: Int, _ seen: Set<String>
    ) async throws(IndexError) -> Page? {
        let overview = try await index.overview(index: indexName, project: name, showing: seen)
        guard let overview else { return nil }
        let release = try await index.release(index: indexName, project: name, version: nil, showing: seen)
        guard let release else {
            return Page(serial: overview.project.serial) { EmptyProjectPage(project: overview.project).html() }
        }
        // Only the project's page itself is made anew when it was downloaded.
        let usage = number == 1 ? try await index.usage(index: indexName, project: name) : nil
        return try await page(of: release, isLatest: true, usage, origin, number)
    }

    /// `GET /project/{project}/versions/`
    func versions(_ name: String, _ request: HTTPRequest, for viewer: Viewer) async throws(IndexError) -> HTTPResponse {
        let seen = seen(by: viewer, project: name)
        let number = Self.number(request, "page")
        return try await answer(request, Below(name, "versions/?\(number)", seen), for: viewer) {
            _ async throws(IndexError) in
            let overview = try await index.overview(index: indexName, project: name, showing: seen)
            guard let overview else { throw await missing(name, nil, seen) }
            return Page(serial: overview.project.serial) { VersionsPage(overview: overview, number: number).html() }
        }
    }

    /// The key of a project's page as those see it who see these private projects.
    private func projectKey(_ name: String, showing seen: Set<String>) -> PageKey {
        index.view(of: .project(index: indexName, project: name), showing: seen)
    }

    /// A page below a project's own.
    struct Below {
        /// The project's normalized name.
        let project: String
        /// What comes behind the address of the project's page, in one spelling.
        let page: String
        /// The private projects that may be shown.
        let seen: Set<String>
        /// What the browser may load for it.
        let guards: HTTPFields

        init(_ project: String, _ page: String, _ seen: Set<String>, _ guards: HTTPFields = HTML.guards) {
            (self.project, self.page, self.seen, self.guards) = (project, page, seen, guards)
        }
    }

    /// A page below a project's own, prepared until the project changes.
    ///
    /// - Parameter read: makes the page for the address that it is given.
    func answer(
        _ request: HTTPRequest, _ below: Below, for viewer: Viewer,
        read: (_ origin: String) async throws(IndexError) -> Page
    ) async throws(IndexError) -> HTTPResponse {
        let key = index.view(
            of: .below(index: indexName, project: below.project, page: below.page), showing: below.seen)
        let page = try await page(key, guards: below.guards, origin: origin(of: request), read: read)
        guard let page else { throw await missing(below.project, nil, below.seen) }
        return answer(page, request, for: viewer)
    }

    /// What is told when a project, or its release, is not here.
    func missing(_ name: String, _ version: String?, _ seen: Set<String>) async -> IndexError {
        guard let version,
            let overview = try? await index.overview(index: indexName, project: name, showing: seen)
        else {
            return IndexError(.notFound, "There is no project named '\(name)' here")
        }
        let latest = overview.latest.map { "; the latest version is \($0)" } ?? ""
        return IndexError(.notFound, "\(overview.project.name) has no version '\(version.prefix(64))' here\(latest)")
    }

    /// A page number in the query; the first page for whatever is none.
    static func number(_ request: HTTPRequest, _ key: String) -> Int {
        let number = request.target.queryValue(key).flatMap { Int($0) } ?? 1
        return min(max(number, 1), 100_000)
    }
}

/// The page of a project that has no files to show: all were deleted, or it is quarantined.
struct EmptyProjectPage {
    let project: PublishedProject

    func html() -> [UInt8] {
        var html = HTML()
        html.begin(title: "\(project.name) · Wheelhouse", root: "../../")
        html.crumbs([("../../", "Home"), ("../../projects/", "Projects")], current: project.name.text)
        html.element("h1", project.name.text)
        html.markup("\n")
        html.markup(HTML.manageMark)
        html.status(of: project)
        html.markup("<p>This project has no files.</p>\n")
        html.end()
        return html.bytes
    }
}

/// The page of one release, and of a project by its latest one.
struct ReleasePage {
    /// How many files, and how many versions, are shown at once.
    static let fileLimit = 40
    private static let versionLimit = 30

    let release: ReleaseOverview
    let offer: ReleaseOffer
    /// `nil` where downloads are not shown.
    let usage: ProjectUsage?
    let origin: String
    /// The relative address of `/`.
    let root: String
    let isLatest: Bool
    let filePage: Int
    let hasImages: Bool

    private var project: ProjectOverview { release.project }
    private var name: String { project.project.name.text }
    private var normalized: String { project.project.name.normalized }

    func html() -> [UInt8] {
        var html = HTML()
        html.begin(title: isLatest ? "\(name) · Wheelhouse" : "\(name) \(release.version) · Wheelhouse", root: root)
        html.crumbs(
            [(root, "Home"), (root + "projects/", "Projects")] + (isLatest ? [] : [("../", name)]),
            current: isLatest ? name : release.version.description)
        addHead(to: &html)
        html.markup("<nav class=\"bar\" aria-label=\"On this page\"><a href=\"#description\">Description</a> ")
        html.markup("<a href=\"#files\">Files</a> <a href=\"#versions\">Versions</a></nav>\n")
        html.markup("<div class=\"split\">\n<div>\n")
        addUse(to: &html)
        addDescription(to: &html)
        addFiles(to: &html)
        html.markup("</div>\n<aside aria-label=\"About this release\">\n")
        ReleaseFacts(release: release, offer: offer, root: root).add(to: &html)
        addVersions(to: &html)
        if let usage { UsageChart(usage).add(to: &html) }
        html.markup("</aside>\n</div>\n")
        html.end()
        return html.bytes
    }

    private func addHead(to html: inout HTML) {
        html.markup("<h1>")
        html.text(name)
        html.markup(" <span class=\"version\">")
        html.text(release.version.description)
        html.markup("</span></h1>\n")
        if let summary = release.core?.summary ?? project.project.summary {
            html.markup("<p class=\"lead\">")
            html.text(summary)
            html.markup("</p>\n")
        }
        html.markup(HTML.manageMark)
        html.status(of: project.project)
        let files = release.files
        if files.allSatisfy({ $0.yank != nil }), let yank = files.first?.yank {
            html.notice("This version is yanked" + (yank.reason.isEmpty ? "." : ": \(yank.reason)"), .warning)
        }
        if !isLatest, let latest = project.latest, latest != release.version {
            html.markup("<p class=\"notice\">This is not the latest version: that is ")
            html.link("../", "\(name) \(latest)")
            html.markup(". ")
            html.link("../compare/\(release.version.segment)...\(latest.segment)/", "What changed since")
            html.markup("</p>\n")
        }
    }

    private func addUse(to html: inout HTML) {
        let (simple, pin) = ("\(origin)/simple/", "\(name)==\(release.version)")
        html.markup("<h2 id=\"install\">Install</h2>\n")
        html.commands([
            ("pip", "pip install --index-url \(simple) \(pin)"), ("uv", "uv add --default-index \(simple) \(pin)"),
            ("poetry", "poetry source add wheelhouse \(simple) && poetry add --source wheelhouse \(pin)"),
        ])
        let files = release.files
        guard files.count <= Self.fileLimit else { return }
        html.markup("<details><summary>For <code>requirements.txt</code>, with hashes</summary>\n")
        let hashes = files.map { "    --hash=sha256:\($0.sha256.hex)" }
        html.code("--index-url \(simple)\n\(pin) \\\n" + hashes.joined(separator: " \\\n"))
        html.markup("</details>\n")
    }

    private func addFiles(to html: inout HTML) {
        let files = release.files
        let pages = max(1, (files.count + Self.fileLimit - 1) / Self.fileLimit)
        let page = min(filePage, pages)
        html.markup("<h2 id=\"files\">Files</h2>\n<table class=\"stack\">\n<thead><tr><th>File</th>")
        html.markup("<th class=\"number\">Size</th><th>Uploaded</th></tr></thead>\n<tbody>\n")
        for file in files.dropFirst((page - 1) * Self.fileLimit).prefix(Self.fileLimit) { addRow(file, to: &html) }
        html.markup("</tbody>\n</table>\n")
        html.pager(page: page, of: pages, label: "Files")
    }

    private func addRow(_ file: PublishedFile, to html: inout HTML) {
        html.markup(file.yank == nil ? "<tr><td>" : "<tr class=\"yanked\"><td>")
        html.link(file.address(below: root + "packages/"), file.filename)
        html.markup("<div class=\"meta\">")
        html.text(file.words)
        html.text("; by \(file.uploader)")
        if let python = file.requiresPython, python != release.core?.requiresPython { html.text("; Python \(python)") }
        if let yank = file.yank { html.text(yank.reason.isEmpty ? "; yanked" : "; yanked: \(yank.reason)") }
        html.markup(" · ")
        let page = "\(release.version.segment)/\(SimpleFile.percentEncoded(pathComponent: file.filename))/"
        html.link((isLatest ? "" : "../") + page, "What is in it", label: "What is in \(file.filename)")
        if let sentence = file.signatures.sentence {
            html.markup("<br>")
            html.link(file.address(below: root + "packages/") + ".signatures", sentence)
        }
        html.markup("<details><summary>SHA-256</summary><code class=\"copy digest\">")
        html.text(file.sha256.hex)
        html.markup("</code></details></div></td><td class=\"number\" data-label=\"Size\">")
        html.text(file.sizeText)
        html.markup("</td><td class=\"time\" data-label=\"Uploaded\">")
        html.time(file.uploadTime)
        html.markup("</td></tr>\n")
    }

    private func addDescription(to html: inout HTML) {
        html.markup("<h2 id=\"description\">Description</h2>\n")
        guard let text = release.core?.description else {
            html.markup("<p>The author has written no description.</p>\n")
            return
        }
        let language = MarkupLanguage(contentType: release.core?.values("Description-Content-Type").first)
        html.markup("<div class=\"readme\">\n")
        html.rendered(MarkupRenderer(hasImages: hasImages).html(text, language))
        html.markup("</div>\n")
    }

    private func addVersions(to html: inout HTML) {
        let versions = project.files.grouped(by: \.version)
        html.markup("<h2 id=\"versions\">Versions</h2>\n<ul class=\"versions\">\n")
        for files in versions.prefix(Self.versionLimit) {
            html.version(files, below: isLatest ? "" : "../", current: release.version)
        }
        html.markup("</ul>\n")
        guard versions.count > Self.versionLimit else { return }
        html.markup("<p>")
        html.link((isLatest ? "" : "../") + "versions/", "All \(versions.count) versions")
        html.markup("</p>\n")
    }
}
