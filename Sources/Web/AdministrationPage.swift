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

/// A project that somebody may say who else may do what in. It need not exist yet.
struct SharedProject: Sendable {
    let name: ProjectName
    /// Whether it is private; nil while it does not exist.
    let isPrivate: Bool?
}

extension HTML {
    /// Begins a page on which a project is managed.
    mutating func beginManaging(_ page: AdministrationPage, _ project: SharedProject) {
        let (name, root) = (project.name.normalized, "../../")
        let heading = "\(page.title) \(page == .grants ? "to" : "of") \(name)"
        let isThere = project.isPrivate != nil
        begin(title: "\(heading) · Wheelhouse", root: root)
        crumbs(
            [(root, "Home")] + (isThere ? [("\(root)project/\(name)/", name), ("./", "Manage")] : []),
            current: page.title)
        element("h1", heading)
        markup("\n")
        manageBar(page, isThere: isThere)
    }

    /// Links to all pages on which the project is managed.
    ///
    /// - Parameter isThere: whether there is the project; else it has no releases, and no page of them.
    mutating func manageBar(_ current: AdministrationPage, isThere: Bool = true) {
        markup("<nav aria-label=\"Manage\"><ul class=\"bar\">\n")
        for page in AdministrationPage.allCases where isThere || page != .releases {
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
    /// The project of a page, for somebody who may say who else may do what in it.
    ///
    /// - Throws: what `managed` throws.
    func sharedProject(_ name: String, _ act: Act) async throws(IndexError) -> SharedProject {
        let project = try await managed(name, act) { $0.mayShare($1, index: indexName) }
        return SharedProject(name: project, isPrivate: try await index.isPrivate(project, index: indexName))
    }

    /// The project of a page for managers.
    ///
    /// - Parameter judge: says whether somebody may.
    /// - Throws: `IndexError.notFound` when they may not even read it, or there is none, `.forbidden` with the reason when
    ///   they may do that only.
    func managed(
        _ name: String, _ act: Act, _ judge: (Principal, ProjectName) -> Verdict
    ) async throws(IndexError) -> ProjectName {
        let project: ProjectName
        do {
            project = try ProjectName(name)
        } catch {
            throw IndexError(error)
        }
        guard case .no(let reason) = judge(act.principal, project) else { return project }
        let mayRead = isReadingOpen || act.principal.mayReadPublic(index: indexName, project: project) == .yes
        let seen = seen(by: act.principal, project: project.normalized)
        let found = try await index.overview(index: indexName, project: project.normalized, showing: seen)
        guard mayRead, found != nil else {
            throw IndexError(.notFound, "There is no project named '\(project)' here")
        }
        throw IndexError(.forbidden, reason)
    }
}
