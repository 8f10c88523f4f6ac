import HTTP
import Packaging
import Wheelhouse

extension Site {
    /// `GET /manage/{project}/publishers`, `POST /manage/{project}/publishers`
    func publishers(_ name: String, _ act: Act) async throws(IndexError) -> HTTPResponse {
        let project = try await sharedProject(name, act)
        guard let form = act.form else { return try await publishersPage(project, act) }
        let address = "manage/\(project.name.normalized)/publishers"
        do throws(IndexError) {
            if let text = form["remove"] {
                guard let number = Int64(text) else { throw IndexError(.notFound, "There is no such publisher") }
                try await index.perform(
                    .removePublisher(number, project: project.name, index: indexName), by: act.principal,
                    from: act.caller)
                return done(.publisherRemoved, act, see: address)
            }
            let sent = PublisherForm(form)
            let publisher = try publisher(try sent.kind, issuer: sent.issuer, try sent.terms, of: project.name)
            _ = try await index.addPublisher(publisher, by: act.principal, from: act.caller)
            return done(.publisherAdded, act, see: address)
        } catch  where error.isForForm {
            return try await publishersPage(project, act, refused: error)
        }
    }

    private func publishersPage(
        _ project: SharedProject, _ act: Act, refused error: IndexError? = nil
    ) async throws(IndexError) -> HTTPResponse {
        let publishers = try await index.publisherDescriptions(of: (index: indexName, name: project.name))
        let issuers = settings.trustedPublishing?.issuerAddresses ?? [:]
        let asked = PublisherTerms.Kind(rawValue: act.form?["kind"] ?? act.request.target.queryValue("kind") ?? "")
        let offered = PublisherTerms.Kind.allCases.filter { issuers[$0] != nil }
        return await page(act, refused: error) {
            PublishersPage(
                act: act, project: project, publishers: publishers, issuers: issuers,
                kind: asked.flatMap { offered.contains($0) ? $0 : nil } ?? offered.first, error: error
            ).html()
        }
    }
}

/// What the form for a new publisher says.
struct PublisherForm {
    private let form: FormFields?

    /// - Parameter form: nil for a form that nobody has filled in yet.
    init(_ form: FormFields?) { self.form = form }

    /// What stands in a field.
    subscript(name: String) -> String { form?[name]?.trimmed ?? "" }

    /// - Throws: `IndexError.invalid` when the form does not say whose rules these are.
    var kind: PublisherTerms.Kind {
        get throws(IndexError) {
            guard let kind = PublisherTerms.Kind(rawValue: self["kind"]) else {
                throw IndexError(.invalid, "Choose what kind of publisher it is")
            }
            return kind
        }
    }

    /// The address of the issuer; nil for the usual one.
    var issuer: String? { self["issuer"].isEmpty ? nil : self["issuer"] }

    /// What ID tokens must say: what was left empty need not be said.
    ///
    /// - Throws: `IndexError.invalid` for a claim that cannot be read.
    var terms: [String: String] {
        get throws(IndexError) {
            guard try kind == .oidc else {
                let names = PublisherField.all[try kind, default: []].map(\.name)
                let values = names.map { ($0, self[$0]) }.filter { !$0.1.isEmpty }
                return Dictionary(values, uniquingKeysWith: { first, _ in first })
            }
            var claims: [String: String] = [:]
            for line in self["claims"].split(whereSeparator: \.isNewline) {
                let parts = line.split(separator: "=", maxSplits: 1).map { String($0).trimmed }
                guard parts.count == 2, claims.updateValue(parts[1], forKey: parts[0]) == nil else {
                    throw IndexError(.invalid, "'\(line.prefix(100))' must be NAME=PATTERN, each name once")
                }
            }
            return claims
        }
    }
}

/// A field of the form for a publisher of one kind.
private struct PublisherField {
    let name: String
    let label: String
    let hint: String
    var isRequired = true

    static let all: [PublisherTerms.Kind: [PublisherField]] = [
        .github: [
            PublisherField(name: "repository", label: "Repository", hint: "Such as acme/web."),
            PublisherField(name: "workflow", label: "Workflow", hint: "The name of its file, such as release.yml."),
            PublisherField(
                name: "owner-id", label: "Number of the owner",
                hint:
                    "The account's number at GitHub, which stays when its name changes: 'id' of its API's users/OWNER."),
            PublisherField(
                name: "environment", label: "Environment", hint: "Such as release; empty for any.", isRequired: false),
        ],
        .gitlab: [
            PublisherField(name: "project", label: "Project at GitLab", hint: "Such as acme/tools/web."),
            PublisherField(
                name: "config", label: "CI file", hint: "Empty for .gitlab-ci.yml.", isRequired: false),
            PublisherField(
                name: "environment", label: "Environment", hint: "Such as release; empty for any.", isRequired: false),
            PublisherField(
                name: "namespace-id", label: "Number of the namespace",
                hint: "It stays when names change; empty for any.", isRequired: false),
        ],
    ]
}

/// The page at `/manage/{project}/publishers`: which jobs of a CI may publish the project without a secret.
struct PublishersPage {
    let act: Act
    let project: SharedProject
    let publishers: [PublisherDescription]
    /// The addresses of the issuers that the server trusts.
    let issuers: [PublisherTerms.Kind: [String]]
    /// Of the form; nil when no issuer is trusted.
    let kind: PublisherTerms.Kind?
    let error: IndexError?

    func html() -> [UInt8] {
        var html = HTML()
        html.beginManaging(.publishers, project)
        html.outcome(act.notice, error)
        html.markup("<p class=\"lead\">Jobs of a CI that may publish this project without a secret of their own.</p>\n")
        addTable(to: &html)
        html.markup("<h2>Add a publisher</h2>\n")
        if let kind {
            addForm(kind, PublisherForm(error == nil ? nil : act.form), to: &html)
        } else {
            html.notice("\(Site.noTrustedPublishing). Its administrators can change that.", .warning)
        }
        html.end()
        return html.bytes
    }

    private func addTable(to html: inout HTML) {
        guard !publishers.isEmpty else {
            html.notice("This project has no publishers.")
            return
        }
        let titles = ["Publisher", "Issuer", "Added"]
        html.table(titles, "Remove", publishers, act, action: "publishers") { html, publisher in
            html.markup("<td>")
            html.badge(publisher.kind)
            html.markup(" ")
            if publisher.isPending { html.badge("waits for the project", .warning) }
            for (name, value) in publisher.terms.sorted(by: { $0.key < $1.key }) {
                html.markup("<div><span class=\"meta\">")
                html.text(name)
                html.markup("</span> ")
                html.text(value)
                html.markup("</div>")
            }
            html.markup("</td><td data-label=\"Issuer\">")
            html.text(publisher.issuer)
            html.markup("</td><td class=\"time\" data-label=\"Added\">")
            html.time(publisher.created)
            html.markup("</td><td>")
            html.button("remove", String(publisher.number), "Remove", of: "publisher \(publisher.number)")
            html.markup("</td>")
        }
    }

    private func addForm(_ kind: PublisherTerms.Kind, _ sent: PublisherForm, to html: inout HTML) {
        addKinds(kind, to: &html)
        html.beginForm("publishers", for: act.signedIn, isRow: false)
        html.hidden("kind", kind.rawValue)
        for field in PublisherField.all[kind, default: []] {
            html.field(
                HTML.Field(
                    name: field.name, label: field.label, value: sent[field.name], hint: field.hint,
                    isRequired: field.isRequired, limit: 500))
        }
        if kind == .oidc {
            html.lines(
                "claims", "Claims", value: sent["claims"],
                hint: "What its ID tokens must say: NAME=PATTERN, a line each, such as sub=job:web:*")
        }
        html.choice("issuer", "Issuer", (issuers[kind] ?? []).map { ($0, $0) }, chosen: sent["issuer"])
        html.markup("<p><button>Add this publisher</button></p>\n")
        html.endForm()
    }

    private func addKinds(_ current: PublisherTerms.Kind, to html: inout HTML) {
        html.markup("<nav aria-label=\"Kinds\"><ul class=\"bar\">\n")
        for kind in PublisherTerms.Kind.allCases where issuers[kind] != nil {
            html.markup("<li>")
            if kind == current {
                html.markup("<span aria-current=\"true\">")
                html.text(kind.title)
                html.markup("</span>")
            } else {
                html.link("publishers?kind=\(kind.rawValue)", kind.title)
            }
            html.markup("</li>\n")
        }
        html.markup("</ul></nav>\n")
    }
}

extension PublisherTerms.Kind {
    fileprivate var title: String {
        switch self {
        case .github: "GitHub Actions"
        case .gitlab: "GitLab CI"
        case .oidc: "Another issuer"
        }
    }
}
