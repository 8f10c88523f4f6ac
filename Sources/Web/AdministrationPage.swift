import Packaging
import Wheelhouse

// What the pages have in common on which a project is managed.

/// A page on which a project is managed; its address stands behind `/manage/{project}/`.
enum AdministrationPage: String, CaseIterable {
    case releases = "./"
    case grants, publishers, signatures

    var title: String {
        switch self {
        case .releases: "Releases and state"
        case .grants: "Access"
        case .publishers: "Publishers"
        case .signatures: "Signatures"
        }
    }
}

extension HTML {
    /// Begins a page on which a project is managed.
    mutating func beginManaging(_ page: AdministrationPage, _ project: ProjectName) {
        let (name, root) = (project.normalized, "../../")
        let heading = "\(page.title) \(page == .grants ? "to" : "of") \(name)"
        begin(title: "\(heading) · Wheelhouse", root: root)
        crumbs([(root, "Home"), ("\(root)project/\(name)/", name), ("./", "Manage")], current: page.title)
        element("h1", heading)
        markup("\n")
        manageBar(page)
    }

    /// Links to all pages on which the project is managed.
    mutating func manageBar(_ current: AdministrationPage) {
        markup("<nav aria-label=\"Manage\"><ul class=\"bar\">\n")
        for page in AdministrationPage.allCases {
            markup("<li>")
            if page == current {
                markup("<span aria-current=\"page\">")
                text(page.title)
                markup("</span>")
            } else {
                link(page.rawValue, page.title)
            }
            markup("</li>\n")
        }
        markup("</ul></nav>\n")
    }
}

extension Site {
    /// The project of a page, for somebody who may say who else may do what in it. It need not exist yet.
    ///
    /// - Throws: `IndexError.notFound` for a project that is not there for them, `.forbidden` with the reason.
    func sharedProject(_ name: String, _ act: Act) async throws(IndexError) -> ProjectName {
        let project: ProjectName
        do {
            project = try ProjectName(name)
        } catch {
            throw IndexError(error)
        }
        guard case .no(let reason) = act.principal.mayShare(project, index: indexName) else { return project }
        let seen = seen(by: act.principal, project: project.normalized)
        guard try await index.overview(index: indexName, project: project.normalized, showing: seen) != nil else {
            throw IndexError(.notFound, "There is no project named '\(project)' here")
        }
        throw IndexError(.forbidden, reason)
    }
}
