import HTTP
import Packaging
import Wheelhouse

// Pages on which people act: shown by GET, done by POST to the same address with the form that the page has. Each is for who
// has signed in, and a form counts only with the token of the session that it was made for.

/// A request to act, or to see the form for it, by somebody who has signed in.
struct Act: Sendable {
    let request: HTTPRequest
    let signedIn: SignedIn
    /// What was sent; `nil` when the page is asked for.
    let form: FormFields?
    /// From where.
    let caller: Caller

    /// Who acts.
    var principal: Principal { signedIn.principal }

    /// What has just been done, for the page that says so.
    var notice: Notice? { request.target.queryValue("done").flatMap(Notice.init) }
}

/// What a page says after something was done. Its name stands in the address, its sentence here: nobody can have the server
/// say something else.
enum Notice: String {
    case sessionEnded = "session-ended"
    case passwordChanged = "password-changed"
    case yanked, unyanked, deleted, restored
    case statusSet = "state-set"
    case unchanged
    case rightGiven = "right-given"
    case rightTaken = "right-taken"
    case madePrivate = "made-private"
    case madePublic = "made-public"
    case tokenRevoked = "token-revoked"
    case publisherAdded = "publisher-added"
    case publisherRemoved = "publisher-removed"
    case signatureAdded = "signature-added"
    case signatureKnown = "signature-known"
    case fileReleased = "file-released"

    /// What the page says.
    var sentence: String {
        switch self {
        case .sessionEnded: "The session has ended."
        case .passwordChanged: "The password is changed. Where you were signed in before, all sessions have ended."
        case .yanked: "Yanked: installers avoid it from now on."
        case .unyanked: "Un-yanked: installers take it again."
        case .deleted: "Deleted. It can be restored here until 'wheelhouse gc' removes its bytes."
        case .restored: "Restored."
        case .statusSet: "The project has another state."
        case .unchanged: "It was so already: nothing has changed."
        case .rightGiven: "The right is given."
        case .rightTaken: "The right is taken away."
        case .madePrivate: "The project is private now: only who has a right to it sees it."
        case .madePublic: "The project is public now."
        case .tokenRevoked: "The token is revoked."
        case .publisherAdded: "The publisher is added."
        case .publisherRemoved:
            "The publisher is removed. Tokens that it had minted cannot upload to the project any more."
        case .signatureAdded: "The signature is added."
        case .signatureKnown: "The file has this signature, or another one by the same signer, already."
        case .fileReleased: "The signature is added. The file was held until now; installers can have it."
        }
    }
}

extension Site {
    /// Shows a page on which people act, or does what its form says.
    func act(
        _ route: Route, _ request: HTTPRequest, _ body: any HTTPBodyReader
    ) async throws(IndexError) -> HTTPResponse {
        let isReading = request.method == .get || request.method == .head
        guard isReading || request.method == .post, !isReading || route != .signOut else {
            return notAllowed(route, request)
        }
        guard let signedIn = signedIn(request) else {
            if isReading { return see(signInAddress(request), request) }
            throw IndexError(.forbidden, "You are not signed in any more; sign in, and do it again")
        }
        let form = isReading ? nil : try await form(request, body)
        if let form, !signedIn.owns(formToken: form[FormToken.name] ?? "") {
            throw IndexError(.forbidden, "This form is not of this session; load the page again, and do it there")
        }
        let act = Act(request: request, signedIn: signedIn, form: form, caller: caller(request))
        switch route {
        case .account: return try await account(act)
        case .signOut: return try await signOut(act)
        case .manage(let name): return try await manage(name, act)
        case .change(let name): return try await change(name, act)
        case .password: return try await password(act)
        case .tokens: return try await tokens(act)
        case .indexAccess: return try await indexAccess(act)
        case .administration(let name, .grants): return try await grants(name, act)
        case .administration(let name, .publishers): return try await publishers(name, act)
        case .administration(let name, .signatures): return try await signatures(name, act)
        default: return notAllowed(route, request)
        }
    }

    /// The page of an act.
    ///
    /// - Parameters:
    ///   - error: why it was not done; decides the status.
    ///   - html: makes the page, on a worker.
    func page(
        _ act: Act, refused error: IndexError? = nil, _ html: @escaping @Sendable () -> [UInt8]
    ) async -> HTTPResponse {
        answer(
            await index.work(html), HTML.guards, act.request, for: act.signedIn, status: error?.code.status ?? .ok)
    }

    /// Sends to the page that shows what was done.
    ///
    /// - Parameter address: below `/`, made of checked parts, perhaps with a query.
    func done(_ notice: Notice, _ act: Act, see address: String) -> HTTPResponse {
        let mark = address.contains("?") ? "&" : "?"
        var response = see("\(address)\(mark)done=\(notice.rawValue)", act.request)
        response.principal = { act.principal.name }
        return response
    }

    /// Sends to another page of ours (RFC 9110 §15.4.4), by an address relative to the request's own.
    ///
    /// - Parameter address: below `/`, made of checked parts.
    func see(_ address: String, _ request: HTTPRequest) -> HTTPResponse {
        let fields = HTTPFields([
            ("Location", homeAddress(from: request.target.path) + address), ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
        ])
        return HTTPResponse(.seeOther, fields: fields)
    }

    /// What a form has sent.
    ///
    /// - Throws: `IndexError.invalid` for what no browser sends, `.tooLarge` over the limits of `FormFields`.
    func form(_ request: HTTPRequest, _ body: any HTTPBodyReader) async throws(IndexError) -> FormFields {
        let type = request.fields[.contentType]?.split(separator: ";").first.map(String.init)?.lowercased()
        guard type?.trimmed == "application/x-www-form-urlencoded" else {
            throw IndexError(.invalid, "Send the form as application/x-www-form-urlencoded, as browsers do")
        }
        do throws(HTTPError) {
            var bytes: [UInt8] = []
            while bytes.count <= FormFields.limitBytes, try await body.read(into: &bytes) {}
            let form = try FormFields(bytes)
            // One that stands twice says two things; only check boxes of one name may be several. A form token that does
            // is no right one, which is told elsewhere.
            if let name = form.repeatedName(but: ["may", FormToken.name]) {
                throw HTTPError(.badRequest, "Field '\(name.prefix(50))' is given twice; send it once")
            }
            return form
        } catch {
            throw IndexError(error.status == .contentTooLarge ? .tooLarge : .invalid, error.reason)
        }
    }
}

/// The field by which a form says for which session it was made.
enum FormToken {
    static let name = "form-token"
}

extension Route {
    /// Whether people act at the address: it is shown to, and takes forms of, those who have signed in.
    var isActing: Bool {
        switch self {
        case .account, .signOut, .password, .tokens, .indexAccess, .manage, .change, .administration: true
        default: false
        }
    }

    /// Whether a browser may send a form there.
    var isForm: Bool { isActing || self == .signIn }

    /// Whether a browser's session counts there: pages for people, what they link, and where they act. Everything else is for
    /// programs, which have credentials of their own.
    var takesSessions: Bool {
        switch self {
        case .home, .projects, .search, .project, .versions, .fileDetails, .difference, .journal, .health, .file,
            .moved, .signIn:
            true
        default: isActing
        }
    }

    /// Whether a person may be sent there after signing in.
    var isPage: Bool {
        switch self {
        case .file, .moved, .signIn, .signOut: false
        default: takesSessions
        }
    }

    /// The project that a page for people is of; `nil` for other pages.
    var managedProject: ProjectName? {
        switch self {
        case .project(let name, _), .versions(let name), .fileDetails(let name, _, _), .difference(let name, _, _):
            try? ProjectName(name)
        default: nil
        }
    }
}
