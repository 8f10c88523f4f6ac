import Packaging
import Wheelhouse

/// The page at `/project/{project}/versions/`: all of them.
struct VersionsPage {
    private static let limit = 200

    let overview: ProjectOverview
    let number: Int

    func html() -> [UInt8] {
        let name = overview.project.name.text
        let versions = overview.files.grouped(by: \.version)
        let pages = max(1, (versions.count + Self.limit - 1) / Self.limit)
        let page = min(number, pages)
        var html = HTML()
        html.begin(title: "Versions of \(name) · Wheelhouse", root: "../../../")
        html.crumbs([("../../../", "Home"), ("../../../projects/", "Projects"), ("../", name)], current: "Versions")
        html.element("h1", "Versions of \(name) (\(versions.count))")
        html.markup("\n<ul class=\"versions\">\n")
        for files in versions.dropFirst((page - 1) * Self.limit).prefix(Self.limit) {
            html.version(files, below: "../", current: nil)
        }
        html.markup("</ul>\n")
        html.pager(page: page, of: pages, label: "Versions")
        html.end()
        return html.bytes
    }
}
