import HTTP
import Packaging
import Wheelhouse

extension Site {
    /// `GET /`
    func home(_ request: HTTPRequest) async throws(IndexError) -> HTTPResponse {
        let origin = origin(of: request)
        let page = try await page(.home(index: indexName), origin: origin) { origin async throws(IndexError) in
            let overview = try await index.overview(index: indexName, latest: 20)
            return Page(serial: overview.serial) { HomePage(overview: overview, origin: origin).html() }
        }
        guard let page else { throw IndexError(.notFound, "There is no index of this name here") }
        return page.answer(request)
    }

    /// `GET /project/{project}/`
    func project(_ name: String, _ request: HTTPRequest) async throws(IndexError) -> HTTPResponse {
        let origin = origin(of: request)
        let key = PageKey.project(index: indexName, project: name)
        let page = try await page(key, origin: origin) { origin async throws(IndexError) in
            guard let overview = try await index.overview(index: indexName, project: name) else { return nil }
            let usage = try await index.usage(index: indexName, project: name)
            return Page(serial: overview.project.serial) {
                ProjectPage(overview: overview, usage: usage, origin: origin).html()
            }
        }
        guard let page else { throw IndexError(.notFound, "There is no project named '\(name)' here") }
        return page.answer(request)
    }

    /// A page before it is rendered, which a worker does: thousands of rows would hold up a loop.
    struct Page {
        let serial: Int64
        let content: @Sendable () -> [UInt8]
    }

    /// The page: rendered once, and prepared for each of the few addresses that this server is asked for by.
    ///
    /// - Parameters:
    ///   - origin: the address for this request.
    ///   - read: makes the page for the address that it is given.
    func page(
        _ key: PageKey, as type: String = "text/html; charset=utf-8", origin: String,
        read: (_ origin: String) async throws(IndexError) -> Page?
    ) async throws(IndexError) -> PreparedPage? {
        if let page = pages.cached(key)?.page(for: origin) { return page }
        let known: PreparedPages?
        do {
            known = try await pages.value(for: key) {
                guard let page = try await read(PageTemplate.mark + settings.basePath) else { return nil }
                let known = PreparedPages(
                    await index.work { PageTemplate(page.content(), serial: page.serial) })
                return (known, known.cost)
            }
        } catch {
            throw IndexError(error)
        }
        guard let known else { return nil }
        if let page = known.page(for: origin) { return page }
        let authority = String(origin.dropLast(settings.basePath.utf8.count))
        let (template, isCompressed) = (known.template, !known.isFull)
        let rendered = await index.work {
            RenderedPage(template.bytes(for: authority), serial: template.serial, isCompressed: isCompressed)
        }
        let page = prepared(rendered, as: type)
        known.keep(page, for: origin)
        return page
    }

    func prepared(_ page: RenderedPage, as type: String) -> PreparedPage {
        var fields = HTTPFields([("Content-Type", type), ("Cache-Control", pageCacheControl)])
        fields.append(HTML.guards)
        return PreparedPage(page, fields: fields, vary: vary(""))
    }

    /// How the client reached this server, such as `http://127.0.0.1:8080`, with the base path.
    func origin(of request: HTTPRequest) -> String {
        let scheme = request.isSecure ? "https" : "http"
        let authority = request.authority ?? "localhost"
        return "\(scheme)://\(authority)\(settings.basePath)"
    }
}

/// The page at `/project/{project}/`.
struct ProjectPage {
    let overview: ProjectOverview
    let usage: ProjectUsage?
    let origin: String

    private var name: String { overview.project.name.text }

    func html() -> [UInt8] {
        var html = HTML()
        html.begin(title: "\(name) · Wheelhouse", root: "../../")
        html.element("h1", name)
        html.markup("\n")
        if let summary = overview.project.summary {
            html.element("p", summary)
            html.markup("\n")
        }
        addUse(to: &html)
        addVersions(to: &html)
        if let usage { UsageChart(usage).add(to: &html) }
        html.end()
        return html.bytes
    }

    private func addUse(to html: inout HTML) {
        guard let latest = overview.latest else { return }
        let simple = "\(origin)/simple/"
        html.markup("<h2>Install</h2>\n")
        html.code(
            "pip install --index-url \(simple) \(name)==\(latest)\nuv add --default-index \(simple) \(name)==\(latest)")
        html.markup("<p>For <code>requirements.txt</code>, with hashes:</p>\n")
        let hashes = overview.files.filter { $0.version == latest }.map { "    --hash=sha256:\($0.sha256.hex)" }
        html.code("\(name)==\(latest) \\\n" + hashes.joined(separator: " \\\n"))
    }

    private func addVersions(to html: inout HTML) {
        html.markup("<h2>Versions</h2>\n")
        guard !overview.files.isEmpty else {
            html.markup("<p>This project has no files.</p>\n")
            return
        }
        for files in overview.files.grouped(by: \.version) {
            html.element("h3", files[0].version.description)
            html.markup("\n<table>\n<tr><th>File</th><th>Size</th><th>Uploaded</th><th>By</th><th>Python</th>")
            html.markup("<th>SHA-256</th></tr>\n")
            for file in files { addRow(file, to: &html) }
            html.markup("</table>\n")
        }
        html.markup("<p>For installers: ")
        html.link("../../simple/\(overview.project.name.normalized)/", "the Simple API page")
        html.markup("</p>\n")
    }

    private func addRow(_ file: PublishedFile, to html: inout HTML) {
        html.markup(file.yank == nil ? "<tr><td>" : "<tr><td class=\"yanked\">")
        html.link(file.address(below: "../../packages/"), file.filename)
        if let yank = file.yank { html.text(yank.reason.isEmpty ? " (yanked)" : " (yanked: \(yank.reason))") }
        addSignatures(of: file, to: &html)
        html.markup("</td><td class=\"number\">")
        html.text(file.sizeText)
        html.markup("</td><td class=\"time\">")
        html.text(file.uploadTime.minute)
        html.markup("</td>")
        html.element("td", file.uploader)
        html.element("td", file.requiresPython ?? "any")
        html.markup("<td><code>")
        html.text(file.sha256.hex)
        html.markup("</code></td></tr>\n")
    }
}

extension ProjectPage {
    /// Who signed the file, in one line, with the way to all that is known of it.
    private func addSignatures(of file: PublishedFile, to html: inout HTML) {
        guard let sentence = file.signatures.sentence else { return }
        html.markup("<br>")
        html.link(file.address(below: "../../packages/") + ".signatures", sentence)
    }
}

extension PublishedFile {
    /// The address of the file below another one.
    func address(below prefix: String) -> String {
        "\(prefix)\(sha256.hex)/\(SimpleFile.percentEncoded(pathComponent: filename))"
    }

    /// Such as `1.2 MB`; whole bytes below 1,000.
    var sizeText: String {
        var tenths = size * 10
        for unit in ["B", "kB", "MB", "GB", "TB"] {
            if tenths < 10_000 { return unit == "B" ? "\(tenths / 10) B" : "\(tenths / 10).\(tenths % 10) \(unit)" }
            tenths /= 1_000
        }
        return "\(size) B"
    }
}

extension Array {
    /// Neighbours with the same key, together.
    func grouped<Key: Equatable>(by key: KeyPath<Element, Key>) -> [[Element]] {
        var groups: [[Element]] = []
        for element in self {
            if let last = groups.last?.last, last[keyPath: key] == element[keyPath: key] {
                groups[groups.count - 1].append(element)
            } else {
                groups.append([element])
            }
        }
        return groups
    }
}
