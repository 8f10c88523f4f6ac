import HTTP
import Packaging
import Wheelhouse

extension Site {
    /// `GET /admin/access`, `POST /admin/access`
    func indexAccess(_ act: Act) async throws(IndexError) -> HTTPResponse {
        if case .no(let reason) = act.principal.mayAdministrateServer() { throw IndexError(.forbidden, reason) }
        guard let form = act.form else { return try await indexAccessPage(act) }
        do {
            if let name = form["project"] {
                return see("manage/\(try ProjectName(name.trimmed).normalized)/grants", act.request)
            }
            let sent = GrantForm(form)
            var grant = try sent.grant
            switch GrantPlace(rawValue: sent.place) {
            case .server: break
            case .index: grant.index = indexName
            case nil: throw IndexError(.invalid, "Choose whether the right is for the server or for the index")
            }
            let change: AccessChange = sent.isTaking ? .ungrant(grant) : .grant(grant)
            try await index.perform(change, by: act.principal, from: act.caller)
            let place = try ListPlace(act.request)
            return done(sent.isTaking ? .rightTaken : .rightGiven, act, see: "admin/access\(place.query)")
        } catch {
            let error = IndexError(error)
            guard error.isForForm else { throw error }
            return try await indexAccessPage(act, refused: error)
        }
    }

    private func indexAccessPage(_ act: Act, refused error: IndexError? = nil) async throws(IndexError) -> HTTPResponse
    {
        // Those of other indexes are on the pages of these: a button takes away what stands here.
        let all = try await index.grantDescriptions().filter { $0.index == nil || $0.index == indexName }
        let pending = try await index.publisherDescriptions().filter { $0.isPending && $0.index == indexName }
        let place = try ListPlace(act.request)
        let (projects, waiting) = (try ListPlace(act.request, "projects-"), try ListPlace(act.request, "waiting-"))
        return await page(act, refused: error) {
            IndexAccessPage(
                act: act, grants: ListPart(all.filter { $0.project == nil }, at: place),
                projects: Self.names(all.compactMap(\.project), at: projects),
                pending: Self.names(pending.map(\.project), at: waiting), error: error
            ).html()
        }
    }

    private static func names(_ projects: [String], at place: ListPlace) -> ListPart<String> {
        ListPart(Array(Set(projects)), at: place, limit: 100, by: \.self)
    }
}

/// The page at `/admin/access`: who may do what in the whole index and on the server.
struct IndexAccessPage {
    let act: Act
    /// For more than one project.
    let grants: ListPart<GrantDescription>
    /// With rights of their own.
    let projects: ListPart<String>
    /// That do not exist yet, but have publishers.
    let pending: ListPart<String>
    let error: IndexError?

    func html() -> [UInt8] {
        var html = HTML()
        html.begin(title: "Access to everything · Wheelhouse", root: "../")
        html.crumbs([("../", "Home")], current: "Access to everything")
        html.markup("<h1>Access to everything</h1>\n")
        html.outcome(act.notice, error)
        html.markup("<h2>Who may do what in every project</h2>\n")
        html.grants(grants, act, action: "access")
        html.markup("<h2>Give a right</h2>\n")
        let places = [
            (value: GrantPlace.index.rawValue, words: "every project of this index"),
            (value: GrantPlace.server.rawValue, words: "the whole server"),
        ]
        html.grantForm(GrantForm(error == nil ? nil : act.form), act, action: "access", places: places)
        addProjects(to: &html)
        html.end()
        return html.bytes
    }

    private func addProjects(to html: inout HTML) {
        html.markup("<h2>Single projects</h2>\n")
        html.beginForm("access", for: act.signedIn, isRow: false)
        html.field(
            HTML.Field(
                name: "project", label: "Project", hint: "It need not exist yet.", isRequired: true,
                limit: ProjectName.lengthLimitBytes))
        html.markup("<p><button>Show its rights</button></p>\n")
        html.endForm()
        list(projects, "Projects with rights of their own", "grants", to: &html)
        list(pending, "Projects that a publisher waits for", "publishers", to: &html)
    }

    private func list(_ names: ListPart<String>, _ title: String, _ page: String, to html: inout HTML) {
        guard !names.entries.isEmpty else { return }
        html.element("h3", title)
        html.markup("\n<ul class=\"columns\">\n")
        for name in names.entries {
            html.markup("<li>")
            html.link("../manage/\(name)/\(page)", name)
            html.markup("</li>\n")
        }
        html.markup("</ul>\n")
        html.pager(names, label: "Pages: \(title)")
    }
}
