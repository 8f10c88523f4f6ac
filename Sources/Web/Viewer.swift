import HTTP
import Packaging
import Wheelhouse

/// Who looks at a page.
struct Viewer: Sendable {
    /// `nil` for anyone.
    var principal: Principal?
    /// The session by which they are known; `nil` when it is by something else.
    var signedIn: SignedIn?
    /// Why the credentials that came were not taken; `nil` when none came, or they were.
    var failure: IndexError?

    /// Somebody without credentials.
    static let anyone = Viewer()
}

extension Site {
    /// Who makes a request, by the credentials that it carries (RFC 7617, RFC 6750).
    ///
    /// - Parameter mayBeSpent: whether a token is taken that has no use left.
    /// - Throws: `IndexError.unauthenticated` when there are none, or they are not known; `.tooMany` after many wrong ones.
    func authenticate(_ request: HTTPRequest, mayBeSpent: Bool = false) async throws(IndexError) -> Principal {
        let sent = Authorization(request.fields)
        if let credentials = sent?.credentials {
            return try await index.authenticate(credentials, from: request.peer, mayBeSpent: mayBeSpent)
        }
        switch sent {
        case .other(let scheme):
            // Somebody's secret may stand where the scheme belongs, and this sentence is logged.
            let isWord = scheme.utf8.count <= 12 && scheme.utf8.allSatisfy { (0x61...0x7A).contains($0) }
            throw IndexError(
                .unauthenticated,
                "The scheme\(isWord ? " '\(scheme)'" : "") is not known here; send the token by Basic or Bearer")
        case .basic, .bearer, .malformed:
            throw IndexError(
                .unauthenticated, "The credentials cannot be read; send user '__token__' with the token as password")
        case nil:
            throw IndexError(
                .unauthenticated, "Credentials are needed; send user '__token__' with the token as password")
        }
    }

    /// Who looks at a page, where that makes a difference.
    ///
    /// Where reading is open, wrong credentials are like none: an installer may send old ones. They are told when there is
    /// nothing to see (`Viewer.failure`).
    ///
    /// - Throws: `IndexError.unauthenticated` or `.forbidden` where reading is not open.
    func viewer(of route: Route, _ request: HTTPRequest) async throws(IndexError) -> Viewer {
        if route.takesSessions, let signedIn = signedIn(request) {
            let isRefused = !isReadingOpen && route.needsReading
            if isRefused, case .no(let reason) = mayRead(route, signedIn.principal) {
                throw IndexError(.forbidden, reason)
            }
            return Viewer(principal: signedIn.principal, signedIn: signedIn)
        }
        guard !index.isEverythingOpen, route.needsReading else { return .anyone }
        guard isReadingOpen else {
            let principal = try await authenticate(request)
            if case .no(let reason) = mayRead(route, principal) { throw IndexError(.forbidden, reason) }
            return Viewer(principal: principal)
        }
        guard Authorization(request.fields) != nil else { return .anyone }
        do {
            return Viewer(principal: try await authenticate(request))
        } catch {
            return Viewer(failure: error)
        }
    }

    private func mayRead(_ route: Route, _ principal: Principal) -> Verdict {
        switch route {
        // That an address has another spelling tells of no project, and of which one a file is, its record says.
        case .moved, .file: principal.consent(to: Intent(.read, index: indexName))
        default: principal.mayReadPublic(index: indexName, project: route.project)
        }
    }

    /// A token for some projects reads nothing of others, where reading is not open. Only for what is not hidden from the
    /// viewer anyway: a refusal tells that it is there.
    ///
    /// - Throws: `IndexError.forbidden`.
    func requireReading(of project: ProjectName, _ viewer: Viewer) throws(IndexError) {
        guard !isReadingOpen, let principal = viewer.principal else { return }
        let verdict = principal.mayReadPublic(index: indexName, project: project)
        if case .no(let reason) = verdict { throw IndexError(.forbidden, reason) }
    }

    /// Who makes a request; `nil` for nobody known. While everything is open a viewer was not asked for yet.
    func principal(of request: HTTPRequest, _ viewer: Viewer) async -> Principal? {
        if let principal = viewer.principal { return principal }
        guard request.fields.count(of: .authorization) > 0, viewer.failure == nil else { return nil }
        return try? await authenticate(request)
    }

    /// The private projects that a page shows to somebody.
    ///
    /// - Parameter project: the one that the page is of; `nil` for a page of all.
    func seen(by viewer: Viewer, project: String? = nil) -> Set<String> {
        seen(by: viewer.principal, project: project)
    }

    /// The private projects that an answer shows to somebody.
    func seen(by principal: Principal?, project: String? = nil) -> Set<String> {
        index.privateProjects(of: indexName, project: project, seenBy: principal)
    }

    /// The account that a request names for the log, by a token or by a password that was found right within the last
    /// minute; `nil` without. It counts no failure and takes no time.
    func principalName(of request: HTTPRequest) -> String? {
        credentials(of: request).flatMap(index.name)
    }

    /// What a request carries; `nil` for nothing, and for what cannot be read.
    func credentials(of request: HTTPRequest) -> Credentials? { Authorization(request.fields)?.credentials }

    /// What decides about a page's content, for caches.
    func vary(_ fields: String, _ key: PageKey) -> String {
        let isMixed = key.isOfAll && index.hasPrivateProjects(index: indexName)
        return vary(fields, isSame: isReadingOpen && !key.isPrivate && !isMixed)
    }

    /// The same.
    ///
    /// - Parameter isSame: whether it is the same for everybody.
    func vary(_ fields: String, isSame: Bool) -> String {
        let all = fields.isEmpty ? "Accept-Encoding" : "\(fields), Accept-Encoding"
        return isSame ? all : all + ", Authorization"
    }

    /// Pages are checked each time, so that an upload is visible at once; the tag makes that cheap.
    func pageCacheControl(_ key: PageKey) -> String { pageCacheControl(isPrivate: key.isPrivate) }

    /// The same.
    func pageCacheControl(isPrivate: Bool) -> String {
        isReadingOpen && !isPrivate ? "no-cache" : "no-cache, private"
    }
}

extension Credentials {
    /// What somebody has typed or pasted as user and password.
    init(user: String, password: String) {
        // A token may have been pasted with a line's end; a password is what was typed.
        let isToken = user == "__token__" || Credentials.isLikeToken(password.trimmed)
        self = .user(user, password: isToken ? password.trimmed : password)
    }
}

extension Authorization {
    /// What the index asks for; `nil` for a scheme that is not known, and for what cannot be read.
    fileprivate var credentials: Credentials? {
        switch self {
        case .basic(let user, let password): return Credentials(user: user, password: password)
        case .bearer(let secret): return .secret(secret)
        case .other, .malformed: return nil
        }
    }
}

extension PageKey {
    /// Whether the page shows all projects.
    fileprivate var isOfAll: Bool {
        switch self {
        case .projectList, .home, .newProjects, .newFiles: true
        case .projectDetail, .project, .below, .projectJSON, .file, .view: false
        }
    }
}

extension Route {
    /// The project that alone is told of at the address; `nil` when there is none or more than one.
    fileprivate var project: ProjectName? {
        switch self {
        case .projectDetail(let name), .project(let name, _), .projectJSON(let name, _), .existingFiles(let name, _),
            .versions(let name), .fileDetails(let name, _, _), .difference(let name, _, _),
            .provenance(let name, _, _):
            try? ProjectName(name)
        default: nil
        }
    }

    /// Whether the address shows what the index holds.
    fileprivate var needsReading: Bool {
        switch self {
        case .alive, .ready, .style, .icon, .audience, .mintToken, .burnToken, .upload, .api, .unknown: false
        case .signIn, .signOut, .account, .password, .tokens, .indexAccess, .manage, .change, .administration: false
        // These ask for an administrator themselves.
        case .journal, .health: false
        default: true
        }
    }
}

extension String {
    /// Without white space at both ends.
    var trimmed: String {
        String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }
}
