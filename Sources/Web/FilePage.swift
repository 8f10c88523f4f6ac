import HTTP
import Packaging
import Wheelhouse

extension Site {
    /// `GET /project/{project}/{version}/{filename}/`
    func fileDetails(
        _ name: String, _ version: String, _ filename: String, _ request: HTTPRequest, for viewer: Viewer
    ) async throws(IndexError) -> HTTPResponse {
        let seen = seen(by: viewer, project: name)
        guard let wanted = try? Version(version) else { throw await missing(name, version, seen) }
        let number = Self.number(request, "page")
        let below = Below(name, "\(wanted)/\(filename)/?\(number)", seen)
        return try await answer(request, below, for: viewer) { _ async throws(IndexError) in
            let overview = try await index.fileOverview(
                index: indexName, project: name, version: wanted, filename: filename, showing: seen)
            guard let overview else {
                let release = try await index.release(
                    index: indexName, project: name, version: wanted, showing: seen)
                guard let release else { throw await missing(name, version, seen) }
                throw IndexError(
                    .notFound,
                    "\(release.project.project.name) \(release.version) has no file of this name; it has"
                        + " \(release.files.count) others")
            }
            let page = FilePage(overview: overview, number: number)
            return Page(serial: overview.project.project.serial) { page.html() }
        }
    }
}

/// The page of one archive: what is in it, without a download.
struct FilePage {
    private static let rowLimit = 200
    private static let textLimitBytes = 12 << 10

    let overview: FileOverview
    let number: Int

    private var file: PublishedFile { overview.file }

    func html() -> [UInt8] {
        let (name, root) = (overview.project.project.name.text, "../../../../")
        var html = HTML()
        html.begin(title: "\(file.filename) · Wheelhouse", root: root)
        html.crumbs(
            [(root, "Home"), (root + "projects/", "Projects"), ("../../", name), ("../", file.version.description)],
            current: file.filename)
        html.element("h1", file.filename)
        html.markup(HTML.manageMark)
        html.markup("\n")
        html.status(of: overview.project.project)
        if let yank = file.yank {
            html.notice("This file is yanked" + (yank.reason.isEmpty ? "." : ": \(yank.reason)"), .warning)
        }
        addFacts(root, to: &html)
        addEntryPoints(to: &html)
        addBills(to: &html)
        addMembers(to: &html)
        addMetadata(to: &html)
        html.end()
        return html.bytes
    }

    private func addFacts(_ root: String, to html: inout HTML) {
        html.markup("<dl class=\"facts\">\n<dt>For</dt><dd>")
        html.text(file.words)
        html.markup("</dd>\n<dt>Size</dt><dd>")
        html.text(file.sizeText)
        html.markup("</dd>\n<dt>Uploaded</dt><dd>")
        html.time(file.uploadTime)
        html.text(" by \(file.uploader)")
        html.markup("</dd>\n<dt>SHA-256</dt><dd><code class=\"copy digest\">")
        html.text(file.sha256.hex)
        html.markup("</code></dd>\n<dt>BLAKE2b-256</dt><dd><code class=\"copy digest\">")
        html.text(file.blake2b256.hex)
        html.markup("</code></dd>\n<dt>Download</dt><dd>")
        html.link(file.address(below: root + "packages/"), file.filename)
        html.markup("</dd>\n<dt>Signatures</dt><dd>")
        html.link(
            file.address(below: root + "packages/") + ".signatures", file.signatures.sentence ?? "not signed")
        html.markup("</dd>\n</dl>\n")
    }

    private func addEntryPoints(to html: inout HTML) {
        guard let groups = overview.contents?.entryPoints?.groups, !groups.isEmpty else { return }
        html.markup(
            "<h2>Entry points</h2>\n<table class=\"stack\">\n<thead><tr><th>Name</th><th>Group</th><th>Object</th>")
        html.markup("</tr></thead>\n<tbody>\n")
        let rows = groups.sorted { $0.key < $1.key }.flatMap { group, entries in entries.map { (group, $0) } }
        for (group, entry) in rows.prefix(100) {
            html.markup("<tr>")
            html.element("td", entry.name)
            html.markup("<td data-label=\"Group\">")
            html.text(group)
            html.markup("</td><td data-label=\"Object\"><code>")
            html.text(String(entry.value.prefix(200)))
            html.markup("</code></td></tr>\n")
        }
        html.markup("</tbody>\n</table>\n")
        if rows.count > 100 { html.element("p", "And \(rows.count - 100) more.") }
    }

    private func addBills(to html: inout HTML) {
        let bills = overview.contents?.bills ?? []
        guard !bills.isEmpty else { return }
        html.markup("<h2>Bills of materials</h2>\n")
        for (name, text) in bills.prefix(3) { html.document(name, text, limitBytes: 4 << 10) }
    }

    private func addMembers(to html: inout HTML) {
        html.markup("<h2 id=\"contents\">What is in it</h2>\n")
        guard let contents = overview.contents else {
            html.markup("<p>The archive cannot be listed.</p>\n")
            return
        }
        let pages = max(1, (contents.members.count + Self.rowLimit - 1) / Self.rowLimit)
        let page = min(number, pages)
        let bytes = contents.members.reduce(0) { $0 + $1.size }.sizeText
        html.element(
            "p",
            contents.isCut
                ? "The first \(contents.members.count) files are listed."
                : "\(contents.members.count) files, \(bytes) unpacked.")
        html.markup("<table>\n<thead><tr><th>Path</th><th class=\"number\">Size</th></tr></thead>\n<tbody>\n")
        for member in contents.members.dropFirst((page - 1) * Self.rowLimit).prefix(Self.rowLimit) {
            html.markup("<tr><td>")
            html.text(member.path)
            html.markup("</td><td class=\"number\">")
            html.text(member.size.sizeText)
            html.markup("</td></tr>\n")
        }
        html.markup("</tbody>\n</table>\n")
        html.pager(page: page, of: pages, label: "Contents")
    }

    private func addMetadata(to html: inout HTML) {
        guard let metadata = overview.metadata else { return }
        html.markup("<h2>Core metadata</h2>\n")
        // The description, which is on the page of the release, comes after the fields.
        let fields = metadata.firstRange(of: "\n\n").map { metadata[..<$0.lowerBound] } ?? metadata[...]
        html.document(file.isWheel ? "METADATA" : "PKG-INFO", String(fields), limitBytes: Self.textLimitBytes)
    }
}

extension HTML {
    /// A file as it is, up to a length.
    fileprivate mutating func document(_ name: String, _ value: String, limitBytes: Int) {
        markup("<details><summary>")
        text(name)
        markup("</summary>\n<pre>")
        if value.utf8.count > limitBytes {
            text(String(decoding: Array(value.utf8.prefix(limitBytes)), as: UTF8.self))
            text("\n… and \(value.utf8.count - limitBytes) more bytes")
        } else {
            text(value)
        }
        markup("</pre></details>\n")
    }
}
