import HTTP
import Packaging
import Wheelhouse

extension Site {
    /// `GET /account/tokens`, `POST /account/tokens`
    func tokens(_ act: Act) async throws(IndexError) -> HTTPResponse {
        guard let form = act.form else { return try await tokensPage(act) }
        do {
            if let name = form["revoke"] {
                try await index.revokeOwnToken(named: name, by: act.principal, from: act.caller)
                return done(.tokenRevoked, act, see: "account/tokens\(try ListPlace(act.request).query)")
            }
            let request = try TokenForm(form).request(for: act.principal.name)
            let secret = try await index.createToken(request, by: act.principal, from: act.caller)
            let uploads = origin(of: act.request) + "/legacy/"
            // Not an address to go to: the secret must stand in none, and be shown by no page again.
            return await page(act) { NewTokenPage(name: request.name, secret: secret, uploads: uploads).html() }
        } catch  where error.isForForm {
            return try await tokensPage(act, refused: error)
        }
    }

    private func tokensPage(_ act: Act, refused error: IndexError? = nil) async throws(IndexError) -> HTTPResponse {
        let isKeeper = act.principal.mayKeepTokens() == .yes
        let place = try ListPlace(act.request)
        let all = try await index.tokenDescriptions().filter {
            $0.account == act.principal.name && $0.revoked == nil && (isKeeper || $0.name == act.principal.token)
        }
        let highest = act.principal.grants.highestAnywhere ?? .read
        return await page(act, refused: error) {
            let tokens = ListPart(all, at: place, limit: TokensPage.limit, by: \.name)
            return TokensPage(act: act, tokens: tokens, highest: highest, error: error).html()
        }
    }
}

/// What the form for a new token says.
struct TokenForm {
    /// How long a token may last: in days, and in words.
    static let lifetimes: [HTML.Option] = [
        ("7", "7 days"), ("30", "30 days"), ("90", "90 days"), ("365", "a year"), ("never", "for ever"),
    ]
    static let usesLimit: Int64 = 1_000_000

    /// As they were sent.
    let name, lifetime, projects, versions, files, addresses, uses: String
    let permissions: Set<String>

    /// - Parameter form: nil for a form that nobody has filled in yet.
    init(_ form: FormFields?) {
        func text(_ name: String) -> String { form?[name]?.trimmed ?? "" }
        name = text("name")
        lifetime = form == nil ? "90" : text("lifetime")
        (projects, versions, files) = (text("projects"), text("versions"), text("files"))
        (addresses, uses) = (text("addresses"), text("uses"))
        permissions = form.map { Set($0.values("may")) } ?? [Permission.upload.rawValue]
    }

    /// The token that is asked for.
    ///
    /// - Throws: `IndexError.invalid` with what is wrong.
    func request(for account: String) throws(IndexError) -> PackageIndex.TokenRequest {
        let known = Set(permissions.compactMap(Permission.init(rawValue:)))
        guard !known.isEmpty, known.count == permissions.count else {
            throw IndexError(.invalid, "Choose what the token may do, at least one thing")
        }
        let scope = try TokenScope(
            projects: words(projects), versions: words(versions), filePattern: files.isEmpty ? nil : files,
            addresses: words(addresses))
        var request = PackageIndex.TokenRequest(name: name, permissions: known, scope: scope)
        request.account = account
        guard Self.lifetimes.contains(where: { $0.value == lifetime }) else {
            throw IndexError(.invalid, "Choose how long the token lasts")
        }
        request.expiresInSeconds = Int64(lifetime).map { $0 * 86_400 }
        guard !uses.isEmpty else { return request }
        guard let count = Int64(uses), (1...Self.usesLimit).contains(count) else {
            throw IndexError(.invalid, "'\(uses.prefix(50))' must be a number of uploads from 1 to 1,000,000")
        }
        request.uses = count
        return request
    }

    private func words(_ text: String) -> [String] {
        text.split { $0.isWhitespace || $0 == "," }.map(String.init)
    }
}

/// The page at `/account/tokens`: the tokens of who is signed in.
struct TokensPage {
    let act: Act
    /// Those that are not revoked.
    let tokens: ListPart<TokenDescription>
    /// What the account may do at most, anywhere.
    let highest: Permission
    let error: IndexError?

    /// So many are on a page.
    static let limit = 100

    func html() -> [UInt8] {
        var html = HTML()
        html.begin(title: "Your tokens · Wheelhouse", root: "../")
        html.crumbs([("../", "Home"), ("../account", "Your account")], current: "Your tokens")
        html.markup(
            "<h1>Your tokens</h1>\n<p class=\"lead\">A token is what a program signs in with. It may never do more ")
        html.markup("than you may.</p>\n")
        html.outcome(act.notice, error)
        addTable(to: &html)
        html.markup("<h2>Make a token</h2>\n")
        if case .no(let reason) = act.principal.mayKeepTokens() {
            html.notice("\(reason). Sign in with a password to make and revoke tokens.", .warning)
        } else {
            addForm(TokenForm(error == nil ? nil : act.form), to: &html)
        }
        html.end()
        return html.bytes
    }

    private func addTable(to html: inout HTML) {
        guard !tokens.entries.isEmpty else {
            html.notice("You have no tokens.")
            return
        }
        let isKeeper = act.principal.mayKeepTokens() == .yes
        let titles = ["Name", "May", "Last used", "Expires"]
        let action = "tokens\(tokens.place.query)"
        html.table(titles, "Revoke", tokens.entries, act, action: action) { html, token in
            html.markup("<td>")
            html.text(token.name)
            html.markup("</td><td data-label=\"May\">")
            html.text(token.permissions.joined(separator: ", "))
            if !token.narrowings.isEmpty {
                html.markup("<div class=\"meta\">")
                html.text(token.narrowings.joined(separator: "; "))
                html.markup("</div>")
            }
            html.markup("</td><td class=\"time\" data-label=\"Last used\">")
            html.text(token.lastUsed?.date ?? "never")
            html.markup("</td><td class=\"time\" data-label=\"Expires\">")
            addEnd(of: token, to: &html)
            html.markup("</td><td>")
            if isKeeper { html.button("revoke", token.name, "Revoke", of: token.name) }
            html.markup("</td>")
        }
        html.pager(tokens)
    }

    private func addEnd(of token: TokenDescription, to html: inout HTML) {
        html.text(token.expires?.date ?? "never")
        guard let expires = token.expires, expires <= act.principal.circumstances.time else { return }
        html.markup(" ")
        html.badge("expired", .warning)
    }

    private func addForm(_ sent: TokenForm, to html: inout HTML) {
        html.beginForm("tokens", for: act.signedIn, isRow: false)
        html.field(
            HTML.Field(
                name: "name", label: "Name", value: sent.name, hint: "Says what it is for, such as laptop or ci-web.",
                isRequired: true, limit: 100))
        let rights = Permission.allCases.filter { $0 <= highest }.map { ($0.rawValue, $0.rawValue) }
        html.choices("may", "It may", rights, chosen: sent.permissions)
        html.choice("lifetime", "It lasts", TokenForm.lifetimes, chosen: sent.lifetime)
        html.field(
            HTML.Field(
                name: "projects", label: "Only for these projects", value: sent.projects,
                hint: "Names with spaces between; empty for all.", limit: 2_000))
        let isNarrow = [sent.versions, sent.files, sent.addresses, sent.uses].contains { !$0.isEmpty }
        html.markup(isNarrow ? "<details open>" : "<details>")
        html.markup("<summary>Narrow it further</summary>\n")
        addNarrowings(sent, to: &html)
        html.markup("</details>\n<p><button>Make the token</button></p>\n")
        html.endForm()
    }

    private func addNarrowings(_ sent: TokenForm, to html: inout HTML) {
        let fields = [
            ("versions", "Only these releases", sent.versions, "Such as 1.4.2; what it may publish or change."),
            ("files", "Only files named", sent.files, "Such as *.whl, where * stands for anything."),
            ("addresses", "Only from these addresses", sent.addresses, "Such as 10.0.0.0/8 2001:db8::/32."),
            ("uses", "Only so many uploads", sent.uses, "A number; empty for any."),
        ]
        for (name, label, value, hint) in fields {
            html.field(HTML.Field(name: name, label: label, value: value, hint: hint))
        }
    }
}

extension TokenDescription {
    /// What it is narrowed to, beside its permissions, in plain words.
    var narrowings: [String] {
        let parts: [String?] = [
            projects.map { "project \($0.joined(separator: ", "))" },
            indexes.map { "index \($0.joined(separator: ", "))" },
            versions.map { "release \($0.map(\.description).joined(separator: ", "))" },
            filePattern.map { "files named \($0)" }, addresses.map { "from \($0.joined(separator: ", "))" },
            notBefore.map { "from \($0.date) on" }, usesLeft.map { "\($0.grouped) more uploads" },
        ]
        return parts.compactMap(\.self)
    }
}

/// The answer to the form that makes a token: the one page that shows its secret.
struct NewTokenPage {
    let name: String
    let secret: String
    /// The address for uploads: without it these tools would send the secret to the public index.
    let uploads: String

    func html() -> [UInt8] {
        var html = HTML()
        html.begin(title: "A new token · Wheelhouse", root: "../")
        html.crumbs(
            [("../", "Home"), ("../account", "Your account"), ("tokens", "Your tokens")], current: "A new token")
        html.element("h1", "The token \(name)")
        html.markup("\n<div role=\"status\">")
        html.notice("Copy it now: it is shown this once, and stored nowhere.", .warning)
        html.markup("</div>\n")
        html.code(secret)
        html.markup("<p>Programs send it as the password of the user <code>__token__</code>. For twine and uv:</p>\n")
        html.commands([
            ("twine", "twine upload --repository-url \(uploads) -u __token__ -p \(secret) dist/*"),
            ("uv", "uv publish --publish-url \(uploads) --token \(secret) dist/*"),
        ])
        html.markup("<p>")
        html.link("tokens", "Your tokens")
        html.markup("</p>\n")
        html.end()
        return html.bytes
    }
}
