import Packaging
import Wheelhouse

/// The page at `/`.
struct HomePage {
    let overview: IndexOverview
    let origin: String

    func html() -> [UInt8] {
        var html = HTML()
        html.begin(title: "Wheelhouse: Python packages", root: "./")
        html.markup("<h1>Python packages</h1>\n")
        addUse(to: &html)
        addLatest(to: &html)
        addProjects(to: &html)
        html.end()
        return html.bytes
    }

    private func addUse(to html: inout HTML) {
        let simple = "\(origin)/simple/"
        html.markup("<h2>Install from here</h2>\n")
        html.commands([
            ("pip", "pip install --index-url \(simple) PROJECT"),
            ("uv", "uv pip install --default-index \(simple) PROJECT"),
        ])
        html.markup(
            "<h2>Upload to here</h2>\n<p>With a token of <code>wheelhouse token create</code> as password:</p>\n")
        html.commands([
            ("twine", "twine upload --repository-url \(origin)/legacy/ -u __token__ dist/*"),
            ("uv", "uv publish --publish-url \(origin)/legacy/ --token TOKEN dist/*"),
        ])
    }

    private func addLatest(to html: inout HTML) {
        html.markup("<h2>Latest uploads</h2>\n")
        guard !overview.latest.isEmpty else {
            html.markup("<p>Nothing has been uploaded yet.</p>\n")
            return
        }
        html.markup("<table class=\"stack\">\n<thead><tr><th>File</th><th>Project</th><th>Uploaded</th><th>By</th>")
        html.markup("</tr></thead>\n<tbody>\n")
        for file in overview.latest {
            html.markup("<tr><td>")
            html.link(file.address(below: "packages/"), file.filename)
            html.markup("</td><td data-label=\"Project\">")
            html.link("project/\(file.project.normalized)/", "\(file.project.text) \(file.version)")
            html.markup("</td><td class=\"time\" data-label=\"Uploaded\">")
            html.time(file.uploadTime)
            html.markup("</td><td data-label=\"By\">")
            html.text(file.uploader)
            html.markup("</td></tr>\n")
        }
        html.markup("</tbody>\n</table>\n")
    }

    private func addProjects(to html: inout HTML) {
        html.markup("<h2>All projects (")
        html.text(String(overview.projects.count))
        html.markup(")</h2>\n<ul class=\"columns\">\n")
        for project in overview.projects {
            html.markup("<li>")
            html.link("project/\(project.name.normalized)/", project.name.text)
            html.markup("</li>\n")
        }
        html.markup("</ul>\n")
    }
}
