public import Packaging
import Storage

/// An account, as administrators are told.
public struct AccountDescription: Sendable {
    /// Its name.
    public let name: String
    /// `person` or `robot`.
    public let kind: String
    /// The names of the teams that it is in, in order.
    public let teams: [String]
    /// Whether it has a password.
    public let hasPassword: Bool
    /// When it was made.
    public let created: UploadTime
    /// When it was disabled; nil when it is not.
    public let disabled: UploadTime?
    /// When it was deleted; nil when it was not.
    public let deleted: UploadTime?

    init(_ record: AccountRecord, teams: [String]) {
        name = record.name
        kind = record.kind.rawValue
        self.teams = teams
        hasPassword = record.password != nil
        created = record.created
        disabled = record.disabled
        deleted = record.deleted
    }
}

/// A team, as administrators are told.
public struct TeamDescription: Sendable {
    /// Its name.
    public let name: String
    /// The names of the accounts in it, in order.
    public let members: [String]
    /// When it was made.
    public let created: UploadTime

    init(_ record: TeamRecord) {
        name = record.name
        members = record.members
        created = record.created
    }
}

/// A right that somebody has, as administrators and managers are told.
public struct GrantDescription: Sendable {
    /// `read`, `upload`, `manage` or `admin`.
    public let permission: String
    /// The name of the account that has it; nil when a team has.
    public let account: String?
    /// The name of the team that has it; nil when an account has.
    public let team: String?
    /// The named index; nil for the whole server.
    public let index: String?
    /// The normalized name of the project; nil for every one.
    public let project: String?

    init(_ record: GrantRecord) {
        permission = record.permission
        switch record.holder {
        case .account(let name): (account, team) = (name, nil)
        case .team(let name): (account, team) = (nil, name)
        }
        index = record.index
        project = record.project
    }
}

/// A publisher, as administrators and managers are told.
public struct PublisherDescription: Sendable {
    /// Its number, never used again.
    public let number: Int64
    /// The named index.
    public let index: String
    /// The normalized name of the project.
    public let project: String
    /// `github`, `gitlab` or `oidc`.
    public let kind: String
    /// The issuer of its ID tokens.
    public let issuer: String
    /// What its ID tokens must say, by name.
    public let terms: [String: String]
    /// When it was added.
    public let created: UploadTime
    /// Whether it waits for the project to come to be.
    public let isPending: Bool

    init(_ record: PublisherRecord) {
        number = record.id
        index = record.index
        project = record.project
        kind = record.kind
        issuer = record.issuer
        terms = record.terms
        created = record.created.time
        isPending = record.isPending
    }
}

extension PackageIndex.Grant {
    /// A right of an account for the whole server.
    public init(_ permission: Permission, account: String) { self.init(permission, to: .account(account)) }

    /// A right of a team for the whole server.
    public init(_ permission: Permission, team: String) { self.init(permission, to: .team(team)) }
}

extension PackageIndex {
    /// All accounts, also deleted ones, in the order of their names.
    public func accountDescriptions() async throws(IndexError) -> [AccountDescription] {
        try await onWorker { store throws(StorageError) in
            let access = try store.access()
            var teams: [String: [String]] = [:]
            for team in access.teams { for member in team.members { teams[member, default: []].append(team.name) } }
            return access.accounts.map { AccountDescription($0, teams: teams[$0.name] ?? []) }
        }.get()
    }

    /// All teams in the order of their names.
    public func teamDescriptions() async throws(IndexError) -> [TeamDescription] {
        try await onWorker { store throws(StorageError) in try store.access().teams.map(TeamDescription.init) }.get()
    }

    /// All grants, or those for one project alone.
    public func grantDescriptions(
        of project: (index: String, name: ProjectName)? = nil
    ) async throws(IndexError) -> [GrantDescription] {
        let grants = try await onWorker { store throws(StorageError) in
            try store.access().grants.map(GrantDescription.init)
        }.get()
        guard let project else { return grants }
        return grants.filter { $0.index == project.index && $0.project == project.name.normalized }
    }

    /// All publishers, or those of one project.
    public func publisherDescriptions(
        of project: (index: String, name: ProjectName)? = nil
    ) async throws(IndexError) -> [PublisherDescription] {
        let publishers = try await onWorker { store throws(StorageError) in
            try store.publishers().map(PublisherDescription.init)
        }.get()
        guard let project else { return publishers }
        return publishers.filter { $0.index == project.index && $0.project == project.name.normalized }
    }
}
