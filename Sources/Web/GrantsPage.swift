import HTTP
import Packaging
import Wheelhouse

extension Site {
    /// `GET /manage/{project}/grants`, `POST /manage/{project}/grants`
    func grants(_ name: String, _ act: Act) async throws(IndexError) -> HTTPResponse {
        let project = try await sharedProject(name, act)
        guard let form = act.form else { return try await grantsPage(project, act) }
        do throws(IndexError) {
            let (change, notice) = try change(of: project.name, form)
            try await index.perform(change, by: act.principal, from: act.caller)
            let place = try ListPlace(act.request)
            return done(notice, act, see: "manage/\(project.name.normalized)/grants\(place.query)")
        } catch  where error.isForForm {
            return try await grantsPage(project, act, refused: error)
        }
    }

    private func change(
        of project: ProjectName, _ form: FormFields
    ) throws(IndexError) -> (AccessChange, Notice) {
        switch form["visibility"] {
        case "private": return (.setPrivate(true, project: project, index: indexName), .madePrivate)
        case "public": return (.setPrivate(false, project: project, index: indexName), .madePublic)
        default: break
        }
        let sent = GrantForm(form)
        var grant = try sent.grant
        grant.project = project
        grant.index = indexName
        return sent.isTaking ? (.ungrant(grant), .rightTaken) : (.grant(grant), .rightGiven)
    }

    private func grantsPage(
        _ project: SharedProject, _ act: Act, refused error: IndexError? = nil
    ) async throws(IndexError) -> HTTPResponse {
        let all = try await index.grantDescriptions()
        let own = all.filter { $0.index == indexName && $0.project == project.name.normalized }
        // Of the others a manager of this one project is told no names.
        let seesAll = act.principal.mayAdministrateServer() == .yes
        let wide = seesAll ? all.filter { $0.project == nil && ($0.index == nil || $0.index == indexName) } : nil
        let (place, widePlace) = (try ListPlace(act.request), try ListPlace(act.request, "wide-"))
        return await page(act, refused: error) {
            GrantsPage(
                act: act, project: project, grants: ListPart(own, at: place),
                wide: wide.map { ListPart($0, at: widePlace) }, error: error
            ).html()
        }
    }
}

/// What a form says of a right: what the button says that takes one away, or the fields of the form that gives one.
struct GrantForm {
    /// Whether a right is taken away; else it is given.
    let isTaking: Bool
    /// As they were sent.
    let permission, holder, name, place: String

    /// - Parameter form: nil for a form that nobody has filled in yet.
    init(_ form: FormFields?) {
        let taken = form?["take"]
        isTaking = taken != nil
        let fields = ["may", "holder", "name", "place"]
        let words = taken.map { $0.split(separator: " ").map(String.init) } ?? fields.map { form?[$0]?.trimmed ?? "" }
        let all = words + fields.map { _ in "" }
        (permission, holder, name, place) = (all[0], all[1], all[2], all[3])
    }

    /// The right, for the whole server.
    ///
    /// - Throws: `IndexError.invalid` when the form does not say which.
    var grant: PackageIndex.Grant {
        get throws(IndexError) {
            guard let permission = Permission(rawValue: permission) else {
                throw IndexError(.invalid, "Choose what somebody may do")
            }
            guard !name.isEmpty else { throw IndexError(.invalid, "Name the account or the team") }
            switch holder {
            case "account": return PackageIndex.Grant(permission, account: name)
            case "team": return PackageIndex.Grant(permission, team: name)
            default: throw IndexError(.invalid, "Choose whether this is an account or a team")
            }
        }
    }
}

/// The page at `/manage/{project}/grants`: who may do what with a project, and who sees it.
struct GrantsPage {
    let act: Act
    let project: SharedProject
    /// For this project alone.
    let grants: ListPart<GrantDescription>
    /// For the whole index and the server; nil for who is not told of them.
    let wide: ListPart<GrantDescription>?
    let error: IndexError?

    func html() -> [UInt8] {
        var html = HTML()
        html.beginManaging(.grants, project)
        html.outcome(act.notice, error)
        addVisibility(to: &html)
        html.markup("<h2>Who may do what here</h2>\n")
        if grants.entries.isEmpty { html.markup("<p>Nobody has a right to this project alone.</p>\n") }
        html.grants(grants, act, action: "grants")
        addWide(to: &html)
        html.markup("<h2>Give a right</h2>\n")
        html.grantForm(GrantForm(error == nil ? nil : act.form), act, action: "grants", places: [])
        html.end()
        return html.bytes
    }

    private func addVisibility(to html: inout HTML) {
        html.markup("<h2>Who sees it</h2>\n")
        guard let isPrivate = project.isPrivate else {
            html.notice("This project does not exist yet: its first upload makes it. Rights can be given beforehand.")
            return
        }
        html.markup("<p>")
        html.badge(isPrivate ? "private" : "public", isPrivate ? .warning : .good)
        html.markup(
            isPrivate
                ? " Only who has a right to it sees this project. For everybody else it does not exist.</p>\n"
                : " Everybody sees this project who may read this index.</p>\n")
        html.beginForm("grants", for: act.signedIn)
        html.hidden("visibility", isPrivate ? "public" : "private")
        html.markup(isPrivate ? "<button>Make it public</button>" : "<button>Make it private</button>")
        html.endForm()
    }

    private func addWide(to html: inout HTML) {
        html.markup("<h3>From rights to the whole index</h3>\n")
        guard let wide else {
            html.markup("<p>Who has a right to the whole index has it here too. Administrators know who that is.</p>\n")
            return
        }
        html.markup("<ul>\n")
        for grant in wide.entries {
            html.markup("<li>")
            html.text("\(grant.holder) may \(grant.permission)")
            html.markup("</li>\n")
        }
        html.markup("</ul>\n")
        html.pager(wide, label: "Pages of rights to the whole index")
        html.markup("<p>")
        html.link("../../admin/access", "Access to everything")
        html.markup("</p>\n")
    }
}

extension ListPart<GrantDescription> {
    /// Rights in the order of their holders' names; so many that a page stays small.
    init(_ grants: [GrantDescription], at place: ListPlace) {
        self.init(grants, at: place, limit: 150) { "\($0.account ?? $0.team ?? "") \($0.words) \($0.project ?? "")" }
    }
}

extension GrantDescription {
    /// Who has it, such as `team web`.
    var holder: String { account ?? team.map { "team \($0)" } ?? "" }

    /// What the button that takes it away sends: see ``GrantForm``.
    fileprivate var words: String {
        let holder = account.map { "account \($0)" } ?? team.map { "team \($0)" } ?? ""
        return "\(permission) \(holder) \(index == nil ? GrantPlace.server : .index)"
    }
}

/// For what a right holds, where it is not for one project.
enum GrantPlace: String {
    case server, index
}

extension HTML {
    /// Rights, each with a button that takes it away; nothing for none.
    mutating func grants(_ part: ListPart<GrantDescription>, _ act: Act, action: String) {
        guard !part.entries.isEmpty else { return }
        let hasPlaces = part.entries.contains { $0.project == nil }
        let titles = ["Who", "May"] + (hasPlaces ? ["In"] : [])
        let action = action + part.place.query
        table(titles, "Take away", part.entries, act, action: action) { html, grant in
            html.markup("<td>")
            html.text(grant.account ?? grant.team ?? "")
            if grant.team != nil {
                html.markup(" ")
                html.badge("team")
            }
            html.markup("</td><td data-label=\"May\">")
            html.text(grant.permission)
            if hasPlaces {
                html.markup("</td><td data-label=\"In\">")
                html.text(grant.index.map { "index \($0)" } ?? "the whole server")
            }
            html.markup("</td><td>")
            html.button("take", grant.words, "Take away", of: "\(grant.permission) from \(grant.holder)")
            html.markup("</td>")
        }
        pager(part, label: "Pages of rights")
    }

    /// The form that gives a right.
    ///
    /// - Parameters:
    ///   - sent: what it said the last time, when that was refused.
    ///   - places: for what a right may be given; none for one project.
    mutating func grantForm(_ sent: GrantForm, _ act: Act, action: String, places: [Option]) {
        beginForm(action, for: act.signedIn, isRow: false)
        choice("holder", "To", [("account", "an account"), ("team", "a team")], chosen: sent.holder)
        field(HTML.Field(name: "name", label: "Its name", value: sent.name, isRequired: true, limit: 100))
        var rights: [Option] = [
            ("read", "read: see it while it is private"), ("upload", "upload: publish files too"),
            ("manage", "manage: yank, delete and give rights too"),
        ]
        if !places.isEmpty { rights.append(("admin", "admin: everything")) }
        choice("may", "May", rights, chosen: sent.permission)
        if !places.isEmpty { choice("place", "In", places, chosen: sent.place) }
        markup("<p><button>Give this right</button></p>\n")
        endForm()
    }
}
