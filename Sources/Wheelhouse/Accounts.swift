import Crypto
public import Packaging
import Posix
public import Storage

// What administrators do with accounts, teams and grants: for the command line, pages and the management API alike. Each
// is one change with its row in the journal; a running server obeys within a second.

extension PackageIndex {
    /// How long a password may be, in bytes.
    public static let passwordBytes = 10...1_024

    /// Makes an account without any right.
    ///
    /// - Throws: `IndexError.invalid` for a bad name, `.exists` for one that is taken, also by a deleted account.
    public static func createAccount(
        _ name: String, _ kind: AccountKind, by actor: some JournalActor, in store: Store
    ) throws(IndexError) {
        try check(name: name, of: "account")
        let occasion = actor.occasion
        let isNew = try change(store) { catalog throws(StorageError) in
            try catalog.createAccount(name, kind, by: occasion)
        }
        guard isNew else {
            throw IndexError(.exists, "An account named '\(name)' exists already, or did once; choose another name")
        }
    }

    /// Gives a person a password. It takes the time of one hash: never on an event loop.
    ///
    /// - Parameter cost: the binary logarithm of scrypt's, in `PasswordHash.costs`.
    /// - Throws: `IndexError.invalid` for a password that is too short or too long, or for a robot, `.notFound` for no
    ///   such account.
    public static func setPassword(
        _ password: String, of name: String, cost: Int, by actor: some JournalActor, in store: Store
    ) throws(IndexError) {
        try check(newPassword: password)
        let hash: String
        do {
            hash = try PasswordHash(of: password, cost: cost).text
        } catch {
            throw IndexError(error)
        }
        let occasion = actor.occasion
        let refusal = try change(store) { catalog throws(StorageError) -> IndexError? in
            guard let account = try catalog.account(named: name), account.deleted == nil else { return noAccount(name) }
            guard account.kind == .person else {
                return IndexError(.invalid, "'\(name)' is a robot's account, which has tokens and no password")
            }
            _ = try catalog.setPassword(hash, of: name, by: occasion)
            return nil
        }
        if let refusal { throw refusal }
    }

    /// What every password must be.
    static func check(newPassword password: String) throws(IndexError) {
        guard passwordBytes.contains(password.utf8.count), !password.utf8.contains(where: { $0 < 0x20 }) else {
            let limits = "\(passwordBytes.lowerBound) to \(passwordBytes.upperBound)"
            throw IndexError(.invalid, "A password has \(limits) bytes and no control characters")
        }
    }

    /// Refuses an account with its password and all of its tokens, or lets it in again.
    ///
    /// - Throws: `IndexError.notFound` when there is no such account.
    public static func setDisabled(
        _ isDisabled: Bool, account name: String, by actor: some JournalActor, in store: Store
    ) throws(IndexError) {
        let occasion = actor.occasion
        let isThere = try change(store) { catalog throws(StorageError) in
            guard let account = try catalog.account(named: name), account.deleted == nil else { return false }
            _ = try catalog.setDisabled(isDisabled, name, by: occasion)
            return true
        }
        guard isThere else { throw noAccount(name) }
    }

    /// Ends an account for ever, with its rights, its password and its tokens.
    ///
    /// - Throws: `IndexError.notFound` when there is no such account.
    public static func deleteAccount(_ name: String, by actor: some JournalActor, in store: Store) throws(IndexError) {
        let occasion = actor.occasion
        let isDone = try change(store) { catalog throws(StorageError) in
            try catalog.deleteAccount(name, by: occasion)
        }
        guard isDone else { throw noAccount(name) }
    }

    /// Makes a team without members.
    ///
    /// - Throws: `IndexError.invalid` for a bad name, `.exists` for one that is taken.
    public static func createTeam(_ name: String, by actor: some JournalActor, in store: Store) throws(IndexError) {
        try check(name: name, of: "team")
        let occasion = actor.occasion
        let isNew = try change(store) { catalog throws(StorageError) in try catalog.createTeam(name, by: occasion) }
        guard isNew else { throw IndexError(.exists, "A team named '\(name)' exists already; choose another name") }
    }

    /// Ends a team. Its members lose what it had.
    ///
    /// - Throws: `IndexError.notFound` when there is no such team.
    public static func deleteTeam(_ name: String, by actor: some JournalActor, in store: Store) throws(IndexError) {
        let occasion = actor.occasion
        let isDone = try change(store) { catalog throws(StorageError) in try catalog.deleteTeam(name, by: occasion) }
        guard isDone else { throw noTeam(name) }
    }

    /// Takes an account into a team, or out of it.
    ///
    /// - Throws: `IndexError.notFound` when one of them does not exist, or the account that is to go is not in it; `.exists`
    ///   when the one that is to come is in it already.
    public static func setMember(
        _ account: String, of team: String, _ isMember: Bool, by actor: some JournalActor, in store: Store
    ) throws(IndexError) {
        let occasion = actor.occasion
        let refusal = try change(store) { catalog throws(StorageError) -> IndexError? in
            guard try catalog.exists(.team(team)) else { return noTeam(team) }
            guard try catalog.exists(.account(account)) else { return noAccount(account) }
            guard try !catalog.setMember(account, of: team, isMember, by: occasion) else { return nil }
            return isMember
                ? IndexError(.exists, "'\(account)' is in the team '\(team)' already")
                : IndexError(.notFound, "'\(account)' is not in the team '\(team)'")
        }
        if let refusal { throw refusal }
    }

    /// A right that somebody gets or loses.
    public struct Grant: Sendable {
        /// Who.
        public var holder: GrantRecord.Holder
        /// What.
        public var permission: Permission
        /// Where; `nil` for the whole server.
        public var index: String?
        /// For what; `nil` for every project of the place. With an index only.
        public var project: ProjectName?

        /// A right for the whole server.
        public init(_ permission: Permission, to holder: GrantRecord.Holder) {
            self.holder = holder
            self.permission = permission
        }

        fileprivate var record: GrantRecord {
            GrantRecord(permission.rawValue, to: holder, index: index, project: project?.normalized)
        }
    }

    /// Gives a right. Giving it again changes nothing.
    ///
    /// - Throws: `IndexError.invalid` for `admin` of one project, `.notFound` when there is no such account or team.
    public static func grant(_ grant: Grant, by actor: some JournalActor, in store: Store) throws(IndexError) {
        guard grant.permission != .admin || grant.project == nil else {
            throw IndexError(.invalid, "Nobody can be admin of one project; grant 'manage', which includes all of it")
        }
        precondition(grant.project == nil || grant.index != nil, "a project is one of an index")
        let (occasion, record) = (actor.occasion, grant.record)
        let outcome = try change(store) { catalog throws(StorageError) in
            try catalog.grant(record, by: occasion)
        }
        guard outcome == .noHolder else { return }
        switch grant.holder {
        case .account(let name): throw noAccount(name)
        case .team(let name): throw noTeam(name)
        }
    }

    /// Takes a right away.
    ///
    /// - Throws: `IndexError.notFound` when exactly this one was not given.
    public static func ungrant(_ grant: Grant, by actor: some JournalActor, in store: Store) throws(IndexError) {
        let (occasion, record) = (actor.occasion, grant.record)
        let isDone = try change(store) { catalog throws(StorageError) in try catalog.ungrant(record, by: occasion) }
        guard isDone else { throw IndexError(.notFound, "There is no such grant; 'wheelhouse grant list' shows all") }
    }

    /// Refuses names of indexes that are not here: a right to one is a slip of the pen, and would be for nothing.
    ///
    /// - Throws: `IndexError.notFound` with those that are.
    func requireIndexes(_ names: [String]) throws(IndexError) {
        let known = indexNames
        guard let other = names.first(where: { !known.contains($0) }) else { return }
        let all = known.map { "'\($0)'" }.joined(separator: ", ")
        throw IndexError(.notFound, "There is no index '\(other)'; this server has \(all)")
    }

    private static func noTeam(_ name: String) -> IndexError {
        IndexError(.notFound, "There is no team named '\(name)'")
    }

    static func noAccount(_ name: String) -> IndexError {
        IndexError(.notFound, "There is no account named '\(name)'")
    }

    /// A name that the journal, a command line and the Basic scheme can carry.
    static func check(name: String, of thing: String) throws(IndexError) {
        // A slash would not fit in the path of an address, a colon not in the user of Basic credentials.
        let isPrintable = name.utf8.allSatisfy { (0x21...0x7E).contains($0) && !":/".utf8.contains($0) }
        guard isPrintable, (1...100).contains(name.utf8.count) else {
            throw IndexError(
                .invalid,
                "The \(thing) name '\(name)' must be 1 to 100 characters without spaces, slashes and colons, all of them "
                    + "printable ASCII")
        }
    }

    /// One change of the catalog.
    static func change<Value: Sendable>(
        _ store: Store, _ body: @escaping @Sendable (borrowing CatalogTransaction) throws(StorageError) -> Value
    ) throws(IndexError) -> Value {
        do {
            return try store.writeAndWait(body)
        } catch {
            throw IndexError(error)
        }
    }
}

/// Who makes a change, for its row in the journal: a name, or all that is known of a request.
public protocol JournalActor: Sendable {
    /// What the row says.
    var occasion: Occasion { get }
}

extension String: JournalActor {
    /// Somebody of this name, now, without a token or an address.
    public var occasion: Occasion { Occasion(now: self) }
}

extension Occasion: JournalActor {
    /// Itself.
    public var occasion: Occasion { self }
}

extension Occasion {
    /// What somebody does by a request.
    init(by principal: Principal, from caller: Caller, at time: UploadTime) {
        // A robot that a token was made with has its name.
        let token = principal.token == principal.name ? nil : principal.token
        self.init(actor: principal.name, time: time, token: token, client: caller.client)
    }

    /// What somebody does by a request at this moment.
    init(now principal: Principal, from caller: Caller) {
        self.init(by: principal, from: caller, at: UploadTime(microseconds: Clock.unixMicroseconds))
    }

    /// At this moment.
    init(now actor: String, from caller: Caller = .unknown) {
        self.init(actor: actor, time: UploadTime(microseconds: Clock.unixMicroseconds), client: caller.client)
    }
}
