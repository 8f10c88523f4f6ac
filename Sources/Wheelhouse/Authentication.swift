import Crypto
import Packaging
import Posix
import Storage
import Synchronization

/// What a client sends to say who it is.
public enum Credentials: Sendable {
    /// A token alone.
    case secret(String)
    /// A user name with a password, which may be a token too; then the name means nothing.
    case user(String, password: String)
}

/// Who is who: the table in memory, and what keeps guessing slow.
final class Authenticator: Sendable {
    let table = Mutex(AccessTable())
    let passwords: PasswordChecks
    /// Wrong credentials, by address and by account. A client sends them a few times before somebody looks.
    let failures: Attempts
    /// Looks into the catalog for a token that is not in memory: it may have been made a moment ago.
    let lookUps: Attempts
    let familiar = Mutex(FamiliarPlaces())
    /// The key of narrowable tokens; `nil` while there are none.
    let tokenKey = Mutex<[UInt8]?>(nil)
    /// When tokens were used, until the catalog knows.
    let uses = Mutex<[Digest: UploadTime]>([:])
    /// When sessions were used, until the catalog knows.
    let sightings = Mutex<[Digest: UploadTime]>([:])

    /// - Parameter now: the time in nanoseconds since some moment.
    init(workers: WorkerPool, now: @escaping @Sendable () -> Int64) throws(CryptoError) {
        failures = Attempts(capacity: 30, perSecond: 0.5, now: now)
        // Few in the long run: the watcher brings every token within a quarter of a second, and wrong ones come by
        // thousands.
        lookUps = Attempts(capacity: 20, perSecond: 2, now: now)
        passwords = try PasswordChecks(workers: workers, now: now)
    }

    /// What failures from this address are counted under: an IPv4 address, or the network of an IPv6 one, since a client
    /// has all addresses of that.
    static func name(of peer: NumericAddress?) -> String {
        guard let peer else { return "from nowhere" }
        guard peer.bytes.count == 16 else { return "from \(peer)" }
        return "from " + peer.bytes.prefix(8).map { String($0, radix: 16) }.joined(separator: " ")
    }
}

extension Credentials {
    /// Whether a text begins as tokens do: then it is one, perhaps mistyped.
    public static func isLikeToken(_ text: String) -> Bool {
        [TokenSecret.prefix, NarrowableToken.prefix].contains(where: text.hasPrefix)
    }

    fileprivate var parts: (user: String, secret: String) {
        switch self {
        case .secret(let secret): ("", secret)
        // pip and uv send a token that stands alone in a URL as the user name, with an empty password.
        case .user(let user, password: ""): ("", user)
        case .user(let user, let password): (user, password)
        }
    }
}

extension PackageIndex {
    /// The account whose credentials these are, as far as memory tells; nothing is counted or computed.
    public func name(of credentials: Credentials) -> String? {
        let (user, secret) = credentials.parts
        if let principal = try? known(secret: secret, from: nil) { return principal.name }
        guard let hash = access.table.withLock({ $0.accounts[user]?.record.password }),
            access.passwords.isRemembered(secret, of: user, hash)
        else { return nil }
        return user
    }

    /// Who sends these credentials.
    ///
    /// - Parameters:
    ///   - peer: the client's address as text; anything else for a client that has none.
    ///   - mayBeSpent: whether a token is taken that has been used as often as it may be: who did not hear the answer to the
    ///     last upload sends it again (`renewed`).
    /// - Throws: `IndexError.unauthenticated` with the reason, which does not say whose credentials they nearly are;
    ///   `.tooMany` after too many wrong ones; `.busy` when too many passwords are being checked.
    public func authenticate(
        _ credentials: Credentials, from peer: String, mayBeSpent: Bool = false
    ) async throws(IndexError) -> Principal {
        let principal = try await anyPrincipal(credentials, from: NumericAddress(peer))
        guard mayBeSpent || !principal.isSpent else { throw Self.usedUp }
        return principal
    }

    private func anyPrincipal(
        _ credentials: Credentials, from peer: NumericAddress?
    ) async throws(IndexError) -> Principal {
        let (user, secret) = credentials.parts
        if let principal = try known(secret: secret, from: peer) { return principal }
        if Self.hasTokenForm(secret) || user.isEmpty || user == "__token__" {
            return try await unknown(secret: secret, from: peer)
        }
        return try await authenticate(account: user, password: secret, from: peer)
    }

    /// Who holds this secret of a token.
    ///
    /// The look-up is by the SHA-256 of the secret, so its time tells nothing about any token's text.
    ///
    /// - Throws: `IndexError.unauthenticated` for an unknown, revoked or expired token; it does not say which token.
    public func authenticate(
        secret: String, from peer: String = "", mayBeSpent: Bool = false
    ) throws(IndexError) -> Principal {
        guard let principal = try known(secret: secret, from: NumericAddress(peer)) else { throw Self.unknownToken }
        guard mayBeSpent || !principal.isSpent else { throw Self.usedUp }
        return principal
    }

    private static var unknownToken: IndexError {
        IndexError(.unauthenticated, "This token is not known here; make one with 'wheelhouse token create'")
    }

    /// The holder of a token that is in memory; `nil` when there is none.
    private func known(secret: String, from peer: NumericAddress?) throws(IndexError) -> Principal? {
        guard let presented = PresentedToken(secret, key: access.tokenKey.withLock(\.self)) else { return nil }
        let digest = presented.digest
        let now = Circumstances(peer: peer, time: UploadTime(microseconds: Clock.unixMicroseconds))
        let narrowings = try presented.scopes(at: now.time)
        let (found, isFirstUse) = access.table.withLock { table in
            guard let token = table.tokens[digest], let account = table.accounts[token.record.account] else {
                return (nil as (AccessTable.Token, AccessTable.Account)?, false)
            }
            let last = token.record.lastUsed?.microseconds ?? 0
            let isFirst = now.time.microseconds - last >= 3_600_000_000
            if isFirst { table.tokens[digest]?.record.lastUsed = now.time }
            return ((token, account), isFirst)
        }
        guard let (token, account) = found else { return nil }
        try Self.check(token.record, of: account.record, at: now.time)
        if isFirstUse { access.uses.withLock { $0[digest] = now.time } }
        return Principal(token, narrowings, of: account, now)
    }

    private static func hasTokenForm(_ secret: String) -> Bool {
        TokenSecret.hasForm(secret) || NarrowableToken(secret) != nil
    }

    /// A token that is not in memory: the command line may have made it a moment ago. Then the catalog knows it.
    ///
    /// Only what is wrong is counted: who has a right token is let in, however many wrong ones came from there, at
    /// the latest when memory has heard of it, which takes a quarter of a second.
    private func unknown(secret: String, from peer: NumericAddress?) async throws(IndexError) -> Principal {
        let hasForm = Self.hasTokenForm(secret)
        if hasForm, access.lookUps.note("") == nil, let principal = try await lookUp(secret: secret, from: peer) {
            return principal
        }
        try count(failureOf: Authenticator.name(of: peer))
        let isCut = !hasForm && Credentials.isLikeToken(secret) && secret.utf8.count > 24
        throw isCut
            ? IndexError(.unauthenticated, "This token is not known here: it is mistyped or not complete")
            : Self.unknownToken
    }

    private func lookUp(secret: String, from peer: NumericAddress?) async throws(IndexError) -> Principal? {
        let isThere = try await onWorker { [self] store throws(StorageError) in
            guard let token = PresentedToken(secret, key: try? store.tokenKey()),
                try store.token(secretDigest: token.digest) != nil
            else { return false }
            try loadAccess()
            return true
        }.get()
        return isThere ? try known(secret: secret, from: peer) : nil
    }

    /// Who has an account with this password; a token is none.
    func authenticate(
        account name: String, password: String, from peer: NumericAddress?
    ) async throws(IndexError) -> Principal {
        let place = Authenticator.name(of: peer)
        let account = access.table.withLock { $0.accounts[name] }.flatMap { $0.record.deleted == nil ? $0 : nil }
        let hash = account?.record.password
        // No account has a longer name, and this is kept.
        let named = name.utf8.count <= 100 ? name : ""
        let here = FamiliarPlace(account: named, place: place)
        let isFamiliar = access.familiar.withLock { $0.contain(here) }
        let counters = isFamiliar ? ["login \(named) \(place)"] : [place, "account \(named)"]
        // A password that is remembered has to wait too: else one right guess among many wrong ones would be told.
        if let seconds = counters.compactMap(access.failures.secondsToWait).max() { throw Self.tooMany(seconds) }
        let isRemembered = hash.map { access.passwords.isRemembered(password, of: name, $0) } ?? false
        if !isRemembered {
            let cost = policy.passwordCost
            // Counted before it is checked: many that are sent at once would all find the count as it was.
            if let seconds = counters.compactMap({ access.failures.note($0) }).max() { throw Self.tooMany(seconds) }
            guard try await access.passwords.check(password, of: name, hash, cost: cost) else {
                throw IndexError(
                    .unauthenticated, "This password is not the account's; tokens are sent with the user '__token__'")
            }
            for counter in counters { access.failures.giveBack(counter) }
            access.familiar.withLock { $0.note(here, at: UploadTime(microseconds: Clock.unixMicroseconds)) }
        }
        guard let account, account.record.disabled == nil else { throw Self.disabled }
        let now = Circumstances(peer: peer, time: UploadTime(microseconds: Clock.unixMicroseconds))
        return Principal(account, now)
    }

    static var disabled: IndexError { IndexError(.unauthenticated, "This account is disabled") }

    private func count(failureOf counter: String) throws(IndexError) {
        if let seconds = access.failures.note(counter) { throw Self.tooMany(seconds) }
    }

    private static func tooMany(_ seconds: Int) -> IndexError {
        IndexError(
            .tooMany, "Too many wrong credentials; try again in \(seconds) \(seconds == 1 ? "second" : "seconds")",
            retryAfterSeconds: seconds)
    }

    static var usedUp: IndexError {
        IndexError(.unauthenticated, "This token has been used as often as it may be")
    }

    /// The token and its account are valid now, but for its number of uses.
    static func check(_ token: TokenRecord, of account: AccountRecord, at now: UploadTime) throws(IndexError) {
        if token.revoked != nil { throw IndexError(.unauthenticated, "This token has been revoked") }
        if let expires = token.expires, expires <= now {
            throw IndexError(.unauthenticated, "This token expired on \(expires.date)")
        }
        if let notBefore = token.notBefore, now < notBefore {
            throw IndexError(.unauthenticated, "This token is valid from \(notBefore) on")
        }
        if account.disabled != nil || account.deleted != nil { throw disabled }
    }

    /// Takes in who may do what. An older state never takes the place of a newer one.
    func loadAccess() throws(StorageError) {
        // Without the key narrowable tokens are unknown; that is no reason to miss what was revoked.
        let key = try? store.tokenKey()
        access.tokenKey.withLock { $0 = key }
        let records = try store.access()
        access.table.withLock { table in
            guard records.serial >= table.serial else { return }
            table = AccessTable(records)
        }
        noteOpenness()
    }

    /// Writes down when tokens and sessions were used, at most once in an hour for each, and where people were; all at
    /// once.
    func saveUses() throws(StorageError) {
        let (uses, sightings) = (access.uses.take(), access.sightings.take())
        let places = access.familiar.withLock { $0.takeUnsaved() }
        guard !uses.isEmpty || !sightings.isEmpty || !places.isEmpty else { return }
        let end = UploadTime(microseconds: Clock.unixMicroseconds - FamiliarPlaces.keptMicroseconds)
        try store.writeAndWait { catalog throws(StorageError) in
            try catalog.noteUses(uses)
            try catalog.noteSightings(sightings)
            try catalog.note(places, forgettingBefore: end)
        }
    }
}

extension Mutex<[Digest: UploadTime]> {
    /// All that is in it, which is empty afterwards.
    fileprivate func take() -> [Digest: UploadTime] {
        withLock { times in
            defer { times = [:] }
            return times
        }
    }
}

extension Principal {
    init(
        _ token: AccessTable.Token, _ narrowings: [TokenScope], of account: AccessTable.Account, _ now: Circumstances
    ) {
        self.init(
            name: account.record.name, token: token.record.name, secretDigest: token.record.secretDigest,
            grants: account.grants, scopes: [token.scope] + narrowings, circumstances: now,
            isSpent: token.record.usesLeft == 0, isCounted: token.record.usesLeft != nil)
    }

    init(_ account: AccessTable.Account, _ now: Circumstances) {
        self.init(
            name: account.record.name, token: nil, secretDigest: nil, grants: account.grants, scopes: [],
            circumstances: now)
    }
}
