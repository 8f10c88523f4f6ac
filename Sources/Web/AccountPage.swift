import HTTP
import Packaging
import Wheelhouse

extension Site {
    /// `GET /account`, `POST /account`
    func account(_ act: Act) async throws(IndexError) -> HTTPResponse {
        if let form = act.form {
            let word = form["end"] ?? ""
            let id = Int64(word)
            guard id != nil || word == "all" else {
                throw IndexError(.invalid, "'end' must be the number of a session, or 'all'; load the page again")
            }
            if act.principal.mayKeepTokens() == .yes {
                try await index.endSessions(id, of: act.signedIn, from: act.caller)
            } else {
                for session in sessions(of: act) where id == nil || session.id == id {
                    try await index.endSessions(session.id, of: act.signedIn, from: act.caller)
                }
            }
            guard let id, id != act.signedIn.session else { return leave(act.request) }
            return done(.sessionEnded, act, see: "account")
        }
        let sessions = sessions(of: act)
        return await page(act) { AccountPage(act: act, sessions: sessions).html() }
    }

    /// Those that somebody sees and ends: of the whole account, or of the token that narrows what they may.
    private func sessions(of act: Act) -> [SessionDescription] {
        let all = index.sessions(of: act.principal.name)
        return act.principal.mayKeepTokens() == .yes ? all : all.filter { $0.token == act.principal.token }
    }
}

/// The page at `/account`.
struct AccountPage {
    let act: Act
    let sessions: [SessionDescription]

    func html() -> [UInt8] {
        var html = HTML()
        html.begin(title: "Your account · Wheelhouse", root: "./")
        html.crumbs([("./", "Home")], current: "Your account")
        html.markup("<h1>Your account</h1>\n")
        html.outcome(act.notice)
        html.markup("<dl class=\"facts\">\n")
        html.fact("Account", act.principal.name)
        html.fact(
            "Signed in",
            act.principal.token.map { "with the token \($0), which narrows what you may" } ?? "with a password")
        html.markup("</dl>\n<p>")
        html.link("account/tokens", "Your tokens")
        if act.principal.mayChangePassword() == .yes {
            html.markup(" · ")
            html.link("account/password", "Change your password")
        }
        if act.principal.mayAdministrateServer() == .yes {
            html.markup(" · ")
            html.link("admin/access", "Access to everything")
        }
        html.markup(
            "</p>\n<h2>Sessions</h2>\n<p>Where you are signed in. A session ends by itself when it was not used ")
        html.markup("for a week, after thirty days, and with the password or token that began it.</p>\n")
        addTable(to: &html)
        html.beginForm("account", for: act.signedIn)
        html.hidden("end", "all")
        html.markup("<button class=\"danger\">End all sessions</button>")
        html.endForm()
        html.end()
        return html.bytes
    }

    private func addTable(to html: inout HTML) {
        html.markup("<table class=\"stack\">\n<thead><tr><th>Browser</th><th>Address</th><th>Began</th>")
        html.markup("<th>Last used</th><th><span class=\"hidden\">End</span></th></tr></thead>\n<tbody>\n")
        for session in sessions {
            let isThis = session.id == act.signedIn.session
            html.markup("<tr><td>")
            html.text(session.userAgent ?? "unknown")
            if isThis { html.markup(" ") }
            if isThis { html.badge("this one", .good) }
            if let token = session.token {
                html.markup("<div class=\"meta\">")
                html.text("with the token \(token)")
                html.markup("</div>")
            }
            html.markup("</td><td class=\"address\" data-label=\"Address\">")
            html.text(session.address ?? "unknown")
            html.markup("</td><td class=\"time\" data-label=\"Began\">")
            html.time(session.begun)
            html.markup("</td><td class=\"time\" data-label=\"Last used\">")
            html.text("\(session.lastSeen.hour)")
            html.markup("</td><td>")
            html.beginForm("account", for: act.signedIn)
            html.hidden("end", String(session.id))
            html.markup("<button aria-label=\"End the session that began at ")
            html.text(session.begun.minute)
            html.markup("\">End</button>")
            html.endForm()
            html.markup("</td></tr>\n")
        }
        html.markup("</tbody>\n</table>\n")
    }
}

extension UploadTime {
    /// Such as `2026-11-20 10 h UTC`: what is known to the hour only.
    fileprivate var hour: String { "\(description.prefix(10)), \(description.dropFirst(11).prefix(2)) h UTC" }
}
