import Packaging
import Storage

/// All that decides who may do what, in memory; loaded anew when the journal says that it has changed.
struct AccessTable: Sendable {
    /// An account with its rights.
    struct Account: Sendable {
        let record: AccountRecord
        var grants: Grants
    }

    /// A token with what it may at most.
    struct Token: Sendable {
        var record: TokenRecord
        let scope: TokenScope
    }

    private(set) var accounts: [String: Account] = [:]
    var tokens: [Digest: Token] = [:]
    /// By the SHA-256 of their secrets.
    private(set) var sessions: [Digest: SessionRecord] = [:]
    /// The private projects of each index, by normalized name.
    private(set) var privateProjects: [String: Set<String>] = [:]
    /// The last change that it knows of.
    private(set) var serial: Int64 = -1

    /// Nobody, until something is loaded.
    init() {}

    init(_ records: AccessRecords) {
        for record in records.accounts { accounts[record.name] = Account(record: record, grants: Grants()) }
        let members = Dictionary(records.teams.map { ($0.name, $0.members) }, uniquingKeysWith: { first, _ in first })
        for grant in records.grants {
            switch grant.holder {
            case .account(let name): accounts[name]?.grants.add(grant)
            case .team(let team): for name in members[team] ?? [] { accounts[name]?.grants.add(grant) }
            }
        }
        for record in records.tokens {
            tokens[record.secretDigest] = Token(record: record, scope: TokenScope(record))
        }
        for record in records.sessions { sessions[record.secretDigest] = record }
        privateProjects = records.privateProjects
        serial = records.serial
    }

    /// Takes in that this process has published the first file of a project.
    mutating func found(index: String, project: String, _ founding: Founding, serial: Int64) {
        accounts[founding.manager]?.grants.add(.manage, index: index, project: project)
        if founding.isPrivate { privateProjects[index, default: []].insert(project) }
        self.serial = max(self.serial, serial)
    }

    /// Takes in that this process has begun a session, in the place of that which the same browser had.
    mutating func begin(_ begun: BegunSession, endingOther other: Digest?) {
        if let other { sessions[other] = nil }
        sessions[begun.record.secretDigest] = begun.record
        serial = max(serial, begun.serial)
    }

    /// Takes in that this process has ended sessions.
    mutating func end(_ ended: EndedSessions) {
        sessions = sessions.filter { !ended.ids.contains($0.value.id) }
        serial = max(serial, ended.serial)
    }

    /// Takes in that a session was used.
    mutating func see(_ digest: Digest, at time: UploadTime) { sessions[digest]?.lastSeen = time }

    /// Takes in that this process has published a file by a token with a limited number of uses.
    mutating func countUse(_ digest: Digest) {
        guard let left = tokens[digest]?.record.usesLeft, left > 0 else { return }
        tokens[digest]?.record.usesLeft = left - 1
    }
}

extension Grants {
    /// The rights that rows of the catalog give to one account.
    init(_ records: [GrantRecord]) {
        self.init()
        for record in records { add(record) }
    }

    fileprivate mutating func add(_ record: GrantRecord) {
        guard let permission = Permission(rawValue: record.permission) else { return }
        add(permission, index: record.index, project: record.project)
    }
}

extension Intent {
    /// Something that concerns one file.
    init(_ permission: Permission, file: FileRecord) {
        self.init(permission, index: file.index, project: file.project)
        version = file.version
        filename = file.filename
    }
}

extension TokenScope {
    /// What a token of the catalog may at most.
    init(_ token: TokenRecord) {
        self.init()
        permissions = Set(token.permissions.compactMap(Permission.init(rawValue:)))
        indexes = token.indexes
        projects = token.projects
        versions = token.versions
        filePattern = token.filePattern
        // A text that is no range is none that anybody comes from.
        sources = token.addresses.map { $0.compactMap(Source.init) }
        notBefore = token.notBefore
        expires = token.expires
    }
}
