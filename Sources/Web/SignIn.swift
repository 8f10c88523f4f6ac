import HTTP
import Packaging
import Wheelhouse

extension Site {
    /// Who has signed in with the browser that sends a request; `nil` for nobody. It takes a look into memory.
    ///
    /// Asked where sessions count (`Route.takesSessions`), and for the header of pages about errors.
    func signedIn(_ request: HTTPRequest) -> SignedIn? {
        guard let secret = request.fields.cookie(Self.cookie(request)) else { return nil }
        return index.signedIn(secret: secret, from: request.peer)
    }

    /// The name of the cookie. With the prefix a browser takes it over TLS only, from this host only, for all of its paths
    /// (RFC 6265bis §4.1.3); without TLS it would not take it at all.
    private static func cookie(_ request: HTTPRequest) -> String {
        request.isSecure ? "__Host-wheelhouse" : "wheelhouse"
    }

    /// The field that has a browser keep a session's secret, or forget it.
    private static func setCookie(_ secret: String, seconds: Int64, _ request: HTTPRequest) -> String {
        "\(cookie(request))=\(secret); Path=/; Max-Age=\(seconds); HttpOnly; SameSite=Strict"
            + (request.isSecure ? "; Secure" : "")
    }

    /// `GET /sign-in`
    func signInPage(_ request: HTTPRequest, for viewer: Viewer) -> HTTPResponse {
        let next = request.target.queryValue("next") ?? referringPage(request) ?? ""
        return signInPage(SignInPage(next: next), .ok, request, viewer.signedIn)
    }

    private func signInPage(
        _ page: SignInPage, _ status: HTTPStatus, _ request: HTTPRequest, _ signedIn: SignedIn?
    ) -> HTTPResponse {
        if let signedIn { return answer(page.html(), HTML.guards, request, for: signedIn, status: status) }
        var fields = HTTPFields([("Content-Type", Self.html), ("Cache-Control", "no-store"), ("Vary", "Cookie")])
        fields.append(HTML.guards)
        return HTTPResponse(status, fields: fields, body: .bytes(page.html()))
    }

    /// `POST /sign-in`
    func signIn(_ request: HTTPRequest, _ body: any HTTPBodyReader) async throws(IndexError) -> HTTPResponse {
        let form = try await form(request, body)
        let (name, password) = (form["account"] ?? "", form["password"] ?? "")
        let next = form["next"] ?? ""
        let credentials = Credentials(user: name, password: password)
        do {
            let secret = try await index.signIn(
                credentials, from: caller(request),
                endingOther: request.fields.cookie(Self.cookie(request)))
            return keep(secret, see(Route.ownPage(next) ?? "", request), request)
        } catch  where error.code == .unauthenticated || error.code == .tooMany {
            await index.noteFailedLogin(error, by: credentials, from: caller(request))
            let page = SignInPage(next: next, account: name, error: error.forPeople)
            var response = signInPage(page, error.forPeople.code.status, request, signedIn(request))
            if let seconds = error.retryAfterSeconds { response.fields.append("Retry-After", "\(seconds)") }
            return response
        }
    }

    /// Has the browser go on with the session that has this secret.
    func keep(_ secret: String, _ response: HTTPResponse, _ request: HTTPRequest) -> HTTPResponse {
        var response = response
        response.fields.append("Set-Cookie", Self.setCookie(secret, seconds: PackageIndex.sessionSeconds, request))
        return response
    }

    /// `POST /sign-out`
    func signOut(_ act: Act) async throws(IndexError) -> HTTPResponse {
        try await index.endSessions(act.signedIn.session, of: act.signedIn, from: act.caller)
        return leave(act.request)
    }

    /// Sends to the home page, without a session.
    func leave(_ request: HTTPRequest) -> HTTPResponse {
        var response = see("", request)
        response.fields.append("Set-Cookie", Self.setCookie("", seconds: 0, request))
        return response
    }

    /// Where a browser is sent that asks for a page without the right to; `nil` for clients that know what 401 means. Browsers
    /// alone say so when somebody goes to a page.
    func askToSignIn(_ request: HTTPRequest) -> HTTPResponse? {
        let isBrowser =
            request.fields[HTTPFieldName("sec-fetch-mode")] == "navigate"
            || request.fields[HTTPFieldName("upgrade-insecure-requests")] == "1"
        guard isBrowser, request.method == .get, request.fields.count(of: .authorization) == 0,
            let path = pathBelowBase(request.target.path), Route(path: path).isPage
        else { return nil }
        return see(signInAddress(request), request)
    }

    /// The address of the page to sign in, from which one comes back.
    func signInAddress(_ request: HTTPRequest) -> String {
        let path = pathBelowBase(request.target.path) ?? "/"
        let query = request.target.query.isEmpty ? "" : "?\(request.target.query)"
        return "sign-in?next=" + SimpleFile.percentEncoded(pathComponent: path + query)
    }

    /// The page of ours whose link was followed, below the base path.
    private func referringPage(_ request: HTTPRequest) -> String? {
        guard let referrer = request.fields[HTTPFieldName("referer")] else { return nil }
        let origin = origin(of: request)
        return referrer.hasPrefix(origin + "/") ? String(referrer.dropFirst(origin.count)) : nil
    }
}

extension Route {
    /// The page of ours that somebody may be sent to after signing in, as an address below `/`; `nil` for everything else.
    ///
    /// - Parameter text: what a form says: the path below the base path, with a query.
    static func ownPage(_ text: String) -> String? {
        guard text.hasPrefix("/"), let target = try? RequestTarget(text), Route(path: target.path).isPage else {
            return nil
        }
        // Made anew from the checked path, so that no browser can read it in another way.
        let segments = target.path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        let path = segments.map { SimpleFile.percentEncoded(pathComponent: String($0)) }.joined(separator: "/")
        return target.query.isEmpty ? path : "\(path)?\(target.query)"
    }
}

/// The page at `/sign-in`.
struct SignInPage {
    /// Where to go then.
    let next: String
    /// As it was sent.
    var account = ""
    /// Why it did not do.
    var error: IndexError?

    func html() -> [UInt8] {
        var html = HTML()
        html.begin(title: "Sign in · Wheelhouse", root: "./")
        html.markup("<h1>Sign in</h1>\n<p class=\"lead\">With your account's password, or with a token.</p>\n")
        html.beginForm("sign-in", for: nil, isRow: false)
        html.hidden("next", next)
        html.field(
            HTML.Field(
                name: "account", label: "Account",
                // A token that was typed here by mistake is not shown again, and every token is longer.
                value: account.utf8.count > 40 ? "" : account, autocomplete: "username",
                hint: "Leave it empty for a token."))
        html.field(
            HTML.Field(
                name: "password", label: "Password or token", kind: .password, autocomplete: "current-password",
                error: error?.sentence, isRequired: true, limit: 4_096))
        html.markup("<p><button>Sign in</button></p>\n")
        html.endForm()
        html.markup("<p>Administrators make accounts with <code>wheelhouse account create</code>, and set ")
        html.markup("passwords with <code>wheelhouse account password</code>.</p>\n")
        html.end()
        return html.bytes
    }
}

extension IndexError {
    /// The same for a page: 403 in the place of 401, which would have the browser ask in its own window, and without what is
    /// behind the semicolon, how programs should mend it.
    var forPeople: IndexError {
        guard code == .unauthenticated else { return self }
        return IndexError(.forbidden, sentence.prefix { $0 != ";" } + ".")
    }
}
