import Packaging
import Wheelhouse

/// The page at `/`.
struct HomePage {
    /// The named index.
    let index: String
    let overview: IndexOverview
    let origin: String
    let isReadingOpen: Bool

    func html() -> [UInt8] {
        var html = HTML()
        let heading = index == PackageIndex.mainIndex ? "Python packages" : "Python packages of \(index)"
        html.begin(title: "Wheelhouse: \(heading)", root: "./")
        html.element("h1", heading)
        html.markup("\n")
        html.counts([
            ("projects", overview.totals.projects.grouped), ("files", overview.totals.files.grouped),
            ("in all", overview.totals.bytes.sizeText),
        ])
        addInstall(to: &html)
        addUpload(to: &html)
        addLatest(to: &html)
        html.end()
        return html.bytes
    }

    private func addInstall(to html: inout HTML) {
        let simple = "\(origin)/simple/"
        html.markup("<h2>Install from here</h2>\n")
        if !isReadingOpen {
            html.markup("<p>With a token that may read, as the password of the user <code>__token__</code>.</p>\n")
        }
        html.commands([
            ("pip", "pip install --index-url \(simple) PROJECT"),
            ("uv", "uv add --default-index \(simple) PROJECT"),
            ("poetry", "poetry source add --priority=primary wheelhouse \(simple)"),
        ])
    }

    private func addUpload(to html: inout HTML) {
        html.markup("<h2>Upload to here</h2>\n")
        html.markup("<p>With a token of <code>wheelhouse token create</code>, as the password of the user ")
        html.markup("<code>__token__</code>.</p>\n")
        html.commands([
            ("twine", "twine upload --repository-url \(origin)/legacy/ -u __token__ dist/*"),
            ("uv", "uv publish --publish-url \(origin)/legacy/ -u __token__ dist/*"),
            ("poetry", "poetry config repositories.wheelhouse \(origin)/legacy/"),
        ])
    }

    private func addLatest(to html: inout HTML) {
        html.markup("<h2>Latest uploads</h2>\n")
        guard !overview.latest.isEmpty else {
            html.notice("Nothing has been uploaded yet.")
            return
        }
        html.markup("<table class=\"stack\">\n<thead><tr><th>Project</th><th>File</th><th>Uploaded</th><th>By</th>")
        html.markup("</tr></thead>\n<tbody>\n")
        for file in overview.latest {
            html.markup("<tr><td>")
            html.link("project/\(file.project.normalized)/", "\(file.project.text) \(file.version)")
            html.markup("</td><td data-label=\"File\">")
            html.link(file.address(below: "packages/"), file.filename)
            html.markup("</td><td class=\"time\" data-label=\"Uploaded\">")
            html.time(file.uploadTime)
            html.markup("</td><td data-label=\"By\">")
            html.text(file.uploader)
            html.markup("</td></tr>\n")
        }
        html.markup("</tbody>\n</table>\n")
    }
}
