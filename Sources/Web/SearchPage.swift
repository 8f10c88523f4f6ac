import HTTP
import Packaging
import Wheelhouse

extension Site {
    /// `GET /search`
    func search(_ request: HTTPRequest, for viewer: Viewer) async throws(IndexError) -> HTTPResponse {
        let paging = try Paging(request)
        let query = try request.parameter("q") ?? ""
        let seen = seen(by: viewer)
        let list = try await index.search(index: indexName, query, page: paging.positions, showing: seen)
        try paging.check(total: list?.total ?? 0)
        return try await fresh(request, seen, viewer, serial: list?.serial ?? 0) {
            SearchPage(query: query, list: list, page: paging.number).html()
        }
    }
}

/// The page at `/search`.
struct SearchPage {
    let query: String
    /// `nil` when the query has no words.
    let list: SearchResults?
    let page: Int

    func html() -> [UInt8] {
        var html = HTML()
        html.begin(title: "\(query.isEmpty ? "Search" : query) · Wheelhouse", root: "./", query: query)
        html.crumbs([("./", "Home")], current: "Search")
        guard let list else {
            html.markup("<h1>Search</h1>\n<p>Type words into the field above: of a project's name, its summary, ")
            html.markup("its keywords and classifiers, its authors. Letters and digits count, in any case; the rest ")
            html.markup("means nothing.</p>\n")
            html.end()
            return html.bytes
        }
        html.element("h1", "Search: \(query)")
        html.markup("\n")
        guard !list.projects.isEmpty else {
            addNothing(to: &html)
            html.end()
            return html.bytes
        }
        html.markup("<p class=\"meta\">")
        let count = list.total == 1 ? "1 project" : "\(list.total.grouped) projects"
        html.text(list.isCut ? "The best \(count); another word would find fewer" : count)
        html.markup("</p>\n")
        html.results(list.projects)
        html.pager(page, of: Paging.count(list.total), [("q", query)])
        html.end()
        return html.bytes
    }

    private func addNothing(to html: inout HTML) {
        html.notice("Nothing here has these words.")
        html.markup("<p>Try fewer or other words, or look through ")
        html.link("projects/", "all projects")
        html.markup(". Newer uploads than this page are found when it is loaded again.</p>\n")
    }
}
