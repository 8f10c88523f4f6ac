import Crypto
public import Packaging
import Posix
public import Storage
import Synchronization

// Sessions: how people in browsers stay who they are from page to page. A session rests on a password or on a token, has
// the rights of that and no others, and ends with it (`Schema.sessions`).

/// Somebody who has signed in with a browser, for one request.
public struct SignedIn: Sendable {
    /// Who it is, and what they may: with a token, just what that may.
    public let principal: Principal
    /// The session's id.
    public let session: Int64
    /// What every form of this session must send back: another site cannot know it. An HMAC-SHA256, so that it does not
    /// tell the secret that makes it.
    public let formToken: String

    /// Whether a form was made for this session. Takes the same time for every text of the same length.
    public func owns(formToken sent: String) -> Bool {
        constantTimeEquals(Array(sent.utf8), Array(formToken.utf8))
    }
}

/// A session, as its owner and administrators are told.
public struct SessionDescription: Sendable {
    /// Names it.
    public let id: Int64
    /// The name of the token that it rests on; nil for a password.
    public let token: String?
    /// When it began.
    public let begun: UploadTime
    /// When it was used last, to the hour.
    public let lastSeen: UploadTime
    /// From where it began; nil when that is not known.
    public let address: String?
    /// What the browser called itself; nil when it said nothing.
    public let userAgent: String?
}

/// How long sessions last.
private enum SessionTerms {
    // Long enough for somebody who looks in once a week.
    static let idleMicroseconds: Int64 = 7 * 86_400_000_000
    // A browser that was lost is not signed in for ever, however often it is used.
    static let longestMicroseconds: Int64 = 30 * 86_400_000_000
    // How exactly it is known when a session was used: each time costs a write.
    static let sightingMicroseconds: Int64 = 3_600_000_000

    static func limits(at now: UploadTime) -> SessionLimits {
        SessionLimits(
            begun: UploadTime(microseconds: now.microseconds - longestMicroseconds),
            lastSeen: UploadTime(microseconds: now.microseconds - idleMicroseconds))
    }

    static func isOver(_ session: SessionRecord, at now: UploadTime) -> Bool {
        let limits = limits(at: now)
        return session.begun < limits.begun || session.lastSeen < limits.lastSeen
    }
}

extension PackageIndex {
    /// The longest that a session lasts, in seconds.
    public static let sessionSeconds = SessionTerms.longestMicroseconds / 1_000_000

    /// Who has the session with this secret; nil when there is none, or it is over. It takes a look into memory.
    ///
    /// - Parameter peer: the client's address as text; anything else for a client that has none.
    public func signedIn(secret: String, from peer: String) -> SignedIn? {
        guard secret.utf8.count <= TokenSecret.lengthLimitBytes else { return nil }
        let digest = TokenSecret.digest(of: secret)
        let now = UploadTime(microseconds: Clock.unixMicroseconds)
        let found = access.table.withLock { table -> (SessionRecord, AccessTable.Account, AccessTable.Token?)? in
            guard let session = table.sessions[digest], !SessionTerms.isOver(session, at: now),
                let account = table.accounts[session.account]
            else { return nil }
            guard let secret = session.token else { return (session, account, nil) }
            return table.tokens[secret].map { (session, account, $0) }
        }
        let circumstances = Circumstances(peer: NumericAddress(peer), time: now)
        guard let (session, account, token) = found,
            let principal = Self.principal(account, token, circumstances)
        else { return nil }
        note(session, at: now)
        return SignedIn(
            principal: principal, session: session.id,
            formToken: Digest(.sha256, bytes: hmacSHA256(key: Array(secret.utf8), Array("form".utf8))).hex)
    }

    /// Nil when the account or the token is not valid any more.
    private static func principal(
        _ account: AccessTable.Account, _ token: AccessTable.Token?, _ now: Circumstances
    ) -> Principal? {
        if let token {
            guard token.record.usesLeft != 0, (try? check(token.record, of: account.record, at: now.time)) != nil
            else { return nil }
            return Principal(token, [], of: account, now)
        }
        guard account.record.disabled == nil, account.record.deleted == nil else { return nil }
        return Principal(account, now)
    }

    private func note(_ session: SessionRecord, at now: UploadTime) {
        guard now.microseconds - session.lastSeen.microseconds >= SessionTerms.sightingMicroseconds else { return }
        access.table.withLock { $0.see(session.secretDigest, at: now) }
        access.sightings.withLock { $0[session.secretDigest] = now }
    }

    /// Begins a session for who sends the right credentials.
    ///
    /// - Parameter other: the secret that the browser sent along, whose session ends: nobody goes on with one that somebody
    ///   else may have put there.
    /// - Returns: the secret, 256 random bits, which is not stored.
    /// - Throws: what `authenticate` throws.
    public func signIn(
        _ credentials: Credentials, from caller: Caller, endingOther other: String?
    ) async throws(IndexError) -> String {
        let principal = try await authenticate(credentials, from: caller.client.address ?? "")
        // The session would know the token as it was made, and have what its holder took away.
        guard principal.scopes.count <= 1 else {
            throw IndexError(
                .unauthenticated, "A token that its holder narrowed begins no session; send it as a program")
        }
        if let refusal = principal.refusalOfCircumstances { throw IndexError(.unauthenticated, refusal) }
        let occasion = Occasion(now: principal, from: caller)
        let (secret, session) = try Self.newSession(of: principal, from: caller, at: occasion.time)
        let password = principal.secretDigest == nil ? try rightPassword(credentials) : nil
        let ended = other.map(TokenSecret.digest)
        let limits = SessionTerms.limits(at: occasion.time)
        let written = await store.write { catalog throws(StorageError) in
            try catalog.beginSession(session, password: password, endingOther: ended, limits: limits, by: occasion)
        }
        let begun: BegunSession?
        do {
            begun = try written.get()
        } catch {
            throw IndexError(error)
        }
        guard let begun else { throw Self.changedCredentials }
        access.table.withLock { $0.begin(begun, endingOther: ended) }
        return secret
    }

    /// Gives somebody another password, and begins a session by it: all that the account had before have ended when this
    /// returns.
    ///
    /// - Parameters:
    ///   - current: the password that they know; it is checked as for signing in.
    ///   - beginsSession: whether one begins; programs have none.
    /// - Returns: the secret of the session, which is not stored; nil for none.
    /// - Throws: `IndexError.forbidden` for who is known by a token, `.invalid` for a password that is too short or too
    ///   long, what `authenticate` throws when the current one is wrong.
    public func changePassword(
        _ current: String, to new: String, by principal: Principal, from caller: Caller, beginsSession: Bool
    ) async throws(IndexError) -> String? {
        if case .no(let reason) = principal.mayChangePassword() { throw IndexError(.forbidden, reason) }
        try Self.check(newPassword: new)
        let name = principal.name
        let known = try await authenticate(account: name, password: current, from: principal.circumstances.peer)
        let old = try rightPassword(.user(name, password: current))
        let hash = try await access.passwords.hash(of: new, cost: policy.passwordCost)
        let occasion = Occasion(now: known, from: caller)
        let begun = beginsSession ? try Self.newSession(of: known, from: caller, at: occasion.time) : nil
        let limits = SessionTerms.limits(at: occasion.time)
        try await workers.run { [self] in
            Result { () throws(IndexError) in
                let isDone = try Self.change(store) { catalog throws(StorageError) in
                    let account = try catalog.account(named: name)
                    guard let account, account.password == old, account.disabled == nil else { return false }
                    // Ends every session of the account.
                    guard try catalog.setPassword(hash, of: name, by: occasion) else { return false }
                    guard let session = begun?.record else { return true }
                    return try catalog.beginSession(
                        session, password: hash, endingOther: nil, limits: limits, by: occasion) != nil
                }
                guard isDone else { throw Self.changedCredentials }
                try refresh()
            }
        }.get()
        return begun?.secret
    }

    private static func newSession(
        of principal: Principal, from caller: Caller, at time: UploadTime
    ) throws(IndexError) -> (secret: String, record: SessionRecord) {
        do {
            let secret = try TokenSecret.randomText()
            let record = SessionRecord(
                secretDigest: TokenSecret.digest(of: secret), account: principal.name, token: principal.secretDigest,
                begun: time, client: caller.client)
            return (secret, record)
        } catch {
            throw IndexError(error)
        }
    }

    /// The hash that a password was found right by a moment ago; a session must not begin with one that has changed since.
    private func rightPassword(_ credentials: Credentials) throws(IndexError) -> String {
        guard case .user(let name, let password) = credentials,
            let hash = access.table.withLock({ $0.accounts[name]?.record.password }),
            access.passwords.isRemembered(password, of: name, hash)
        else { throw Self.changedCredentials }
        return hash
    }

    private static var changedCredentials: IndexError {
        IndexError(.unauthenticated, "These credentials have just changed; try again")
    }

    /// The sessions of an account that are not over, the last that began first.
    public func sessions(of account: String) -> [SessionDescription] {
        let now = UploadTime(microseconds: Clock.unixMicroseconds)
        return access.table.withLock { table in
            table.sessions.values.filter { $0.account == account && !SessionTerms.isOver($0, at: now) }
                .sorted { $0.id > $1.id }
                .map { SessionDescription($0, token: $0.token.flatMap { table.tokens[$0]?.record.name }) }
        }
    }

    /// Ends a session of who is signed in; it is over when this returns. One that is over already is no failure.
    ///
    /// - Parameter id: nil for all of them.
    public func endSessions(
        _ id: Int64?, of signedIn: SignedIn, from caller: Caller
    ) async throws(IndexError) {
        let (account, occasion) = (signedIn.principal.name, Occasion(now: signedIn.principal, from: caller))
        let ended = await store.write { catalog throws(StorageError) in
            try catalog.endSessions(id, of: account, by: occasion)
        }
        do {
            guard let ended = try ended.get() else { return }
            access.table.withLock { $0.end(ended) }
        } catch {
            throw IndexError(error)
        }
    }

    /// The sessions of an account that are not over, for the command line.
    ///
    /// - Throws: `IndexError.notFound` when there is no such account.
    public static func sessions(of account: String, in store: Store) throws(IndexError) -> [SessionDescription] {
        do {
            let records = try store.access()
            guard records.accounts.contains(where: { $0.name == account }) else { throw noAccount(account) }
            let names = Dictionary(
                records.tokens.map { ($0.secretDigest, $0.name) }, uniquingKeysWith: { first, _ in first })
            let now = UploadTime(microseconds: Clock.unixMicroseconds)
            return records.sessions.filter { $0.account == account && !SessionTerms.isOver($0, at: now) }
                .map { SessionDescription($0, token: $0.token.flatMap { names[$0] }) }
        } catch {
            throw IndexError(error)
        }
    }

    /// Ends a session of an account; a running server obeys within a second.
    ///
    /// - Parameter id: nil for all of them.
    /// - Throws: `IndexError.notFound` when there is none.
    public static func endSessions(
        _ id: Int64?, of account: String, by actor: some JournalActor, in store: Store
    ) throws(IndexError) {
        let occasion = actor.occasion
        let ended = try change(store) { catalog throws(StorageError) in
            try catalog.endSessions(id, of: account, by: occasion)
        }
        guard ended != nil else { throw IndexError(.notFound, "'\(account)' has no such session") }
    }
}

extension Principal {
    /// Whether this principal may change the password of its account: only who is known by it. A token would give more than
    /// it has.
    public func mayChangePassword() -> Verdict {
        guard let token else { return .yes }
        return .no("Token '\(token)' may not change the password of its account; sign in with that")
    }
}

extension SessionDescription {
    fileprivate init(_ record: SessionRecord, token: String?) {
        id = record.id
        self.token = token
        begun = record.begun
        lastSeen = record.lastSeen
        address = record.client.address
        userAgent = record.client.userAgent
    }
}
