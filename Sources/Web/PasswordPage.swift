import HTTP
import Wheelhouse

extension Site {
    /// `GET /account/password`, `POST /account/password`
    func password(_ act: Act) async throws(IndexError) -> HTTPResponse {
        if case .no(let reason) = act.principal.mayChangePassword() { throw IndexError(.forbidden, reason) }
        guard let form = act.form else { return await passwordPage(act) }
        let (current, new) = (form["current"] ?? "", form["new"] ?? "")
        do {
            guard new == form["again"] else {
                throw IndexError(.invalid, "The new password is not the same both times; type it again")
            }
            let secret = try await index.changePassword(
                current, to: new, by: act.principal, from: act.caller, beginsSession: true)
            let response = done(.passwordChanged, act, see: "account")
            return secret.map { keep($0, response, act.request) } ?? response
        } catch {
            let error = IndexError(error)
            switch error.code {
            case .invalid: break
            case .unauthenticated, .tooMany:
                let credentials = Credentials.user(act.principal.name, password: current)
                await index.noteFailedLogin(error, by: credentials, from: act.caller)
            default: throw error
            }
            var response = await passwordPage(act, refused: error.forPeople)
            if let seconds = error.retryAfterSeconds { response.fields.append("Retry-After", "\(seconds)") }
            return response
        }
    }

    private func passwordPage(_ act: Act, refused error: IndexError? = nil) async -> HTTPResponse {
        await page(act, refused: error) { PasswordPage(act: act, error: error).html() }
    }
}

/// The page at `/account/password`.
struct PasswordPage {
    let act: Act
    let error: IndexError?

    func html() -> [UInt8] {
        var html = HTML()
        html.begin(title: "Your password · Wheelhouse", root: "../")
        html.crumbs([("../", "Home"), ("../account", "Your account")], current: "Your password")
        html.markup("<h1>Change your password</h1>\n<p class=\"lead\">All of your sessions end but for this one. ")
        html.markup("Your tokens stay.</p>\n")
        html.outcome(nil, error)
        html.beginForm("password", for: act.signedIn, isRow: false)
        // By this a browser knows whose password it keeps.
        html.field(
            HTML.Field(
                name: "account", label: "Account", value: act.principal.name, autocomplete: "username", isFixed: true))
        let limits = PackageIndex.passwordBytes
        field("current", "Current password", "current-password", to: &html)
        field("new", "New password", "new-password", "At least \(limits.lowerBound) bytes.", to: &html)
        field("again", "New password again", "new-password", to: &html)
        html.markup("<p><button>Change the password</button></p>\n")
        html.endForm()
        html.end()
        return html.bytes
    }

    private func field(
        _ name: String, _ label: String, _ autocomplete: String, _ hint: String? = nil, to html: inout HTML
    ) {
        html.field(
            HTML.Field(
                name: name, label: label, kind: .password, autocomplete: autocomplete, hint: hint, isRequired: true,
                limit: PackageIndex.passwordBytes.upperBound))
    }
}
