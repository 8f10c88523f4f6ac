import HTTP
import Packaging
import Wheelhouse

extension Site {
    /// `GET /projects/`
    func projects(_ request: HTTPRequest, for viewer: Viewer) async throws(IndexError) -> HTTPResponse {
        guard try request.parameter("page") == nil else {
            throw IndexError(.notFound, "Pages of this list have no numbers; follow 'Next', or choose first letters")
        }
        let sort = try request.parameter("sort") ?? ""
        guard let order = sort.isEmpty ? ListOrder.name : ListOrder(rawValue: sort) else {
            let orders = ListOrder.allCases.map(\.rawValue).joined(separator: ", ")
            throw IndexError(.invalid, "The list cannot be sorted so; 'sort' is one of \(orders)")
        }
        let text = try request.parameter("begins") ?? ""
        guard text.utf8.count <= ProjectName.lengthLimitBytes else {
            throw IndexError(.invalid, "No project's name is so long; 'begins' takes its first letters")
        }
        let start = ProjectsPage.normalized(text)
        let seen = seen(by: viewer)
        var wanted = ProjectListRequest(limit: Paging.size)
        (wanted.start, wanted.order) = (start, order)
        (wanted.after, wanted.before) = (try request.parameter("after"), try request.parameter("before"))
        let list = try await index.projects(index: indexName, wanted, showing: seen)
        return try await fresh(request, seen, viewer, serial: list.serial) {
            ProjectsPage(list: list, order: order, start: start).html()
        }
    }

    /// A page of all projects that is made for this request alone, by a worker, but not sent again to who has it.
    ///
    /// - Parameter seen: the private projects that may be on it.
    func fresh(
        _ request: HTTPRequest, _ seen: Set<String>, _ viewer: Viewer, serial: Int64,
        _ html: @escaping @Sendable () -> [UInt8]
    ) async throws(IndexError) -> HTTPResponse {
        let rendered = await index.work { RenderedPage(html(), serial: serial) }
        let key = index.view(of: .projectList(index: indexName), showing: seen)
        return answer(prepared(rendered, key, as: Self.html), request, for: viewer)
    }
}

/// The page at `/projects/`.
struct ProjectsPage {
    let list: ProjectListPage
    let order: ListOrder
    let start: String

    /// The beginning of a normalized name (PEP 503); other characters than those of names stay, and find nothing.
    static func normalized(_ text: String) -> String {
        var name = ""
        for character in text.lowercased() {
            let isSeparator = character == "-" || character == "_" || character == "."
            if isSeparator && name.hasSuffix("-") { continue }
            name.append(isSeparator ? "-" : character)
        }
        return name
    }

    func html() -> [UInt8] {
        var html = HTML()
        html.begin(title: "Projects · Wheelhouse", root: "../")
        html.crumbs([("../", "Home")], current: "Projects")
        html.element("h1", start.isEmpty ? "Projects" : "Projects that begin with \(start)")
        html.markup("\n")
        addFilter(to: &html)
        guard !list.projects.isEmpty else {
            addNothing(to: &html)
            html.end()
            return html.bytes
        }
        html.markup("<p class=\"meta\">")
        html.text(list.total == 1 ? "1 project" : "\(list.total.grouped) projects")
        html.markup("</p>\n")
        html.results(list.projects)
        html.pager(previous: list.previous, next: list.next, address: address)
        html.end()
        return html.bytes
    }

    private func addNothing(to html: inout HTML) {
        guard list.total > 0 else {
            html.notice(start.isEmpty ? "Nothing has been uploaded yet." : "No project's name begins so.")
            return
        }
        html.notice("There are no projects behind this place any more.")
        html.markup("<p>")
        html.link(address(), "The first page")
        html.markup("</p>\n")
    }

    private func address(_ place: [(name: String, value: String)] = []) -> String {
        FormQuery.address([("begins", start), ("sort", sort(order))] + place)
    }

    private func sort(_ order: ListOrder) -> String { order == .name ? "" : order.rawValue }

    private func addFilter(to html: inout HTML) {
        html.markup("<nav aria-label=\"First letters\"><ul class=\"bar letters\">\n")
        option("", "All", isCurrent: start.isEmpty, order: order, to: &html)
        for letter in "abcdefghijklmnopqrstuvwxyz0123456789".map(String.init) {
            option(letter, letter.uppercased(), isCurrent: start == letter, order: order, to: &html)
        }
        html.markup("</ul></nav>\n<nav aria-label=\"Order\"><ul class=\"bar\">\n")
        for (choice, name) in [(ListOrder.name, "By name"), (.newest, "Newest"), (.updated, "Recently updated")] {
            option(start, name, isCurrent: choice == order, order: choice, to: &html)
        }
        html.markup("</ul></nav>\n")
    }

    private func option(_ start: String, _ name: String, isCurrent: Bool, order: ListOrder, to html: inout HTML) {
        html.markup("<li>")
        if isCurrent {
            html.markup("<span aria-current=\"true\">")
            html.text(name)
            html.markup("</span>")
        } else {
            html.link(FormQuery.address([("begins", start), ("sort", sort(order))]), name)
        }
        html.markup("</li>\n")
    }
}
