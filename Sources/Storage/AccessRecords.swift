public import Packaging

/// Who has an account.
public enum AccountKind: String, Hashable, Sendable {
    /// Somebody who may have a password.
    case person
    /// A program; it has tokens only.
    case robot
}

/// An account: one row of the table `accounts`.
public struct AccountRecord: Hashable, Sendable {
    /// Its name; unique for ever.
    public let name: String
    /// A person's or a robot's.
    public let kind: AccountKind
    /// The hash of its password, as text; nil when it has none.
    public let password: String?
    /// When it was made.
    public let created: UploadTime
    /// When it was disabled; nil when it is not.
    public let disabled: UploadTime?
    /// When it was deleted, which nobody takes back; nil when it was not.
    public let deleted: UploadTime?
}

/// A team: one row of the table `teams` with its members.
public struct TeamRecord: Hashable, Sendable {
    /// Its name, unique among teams.
    public let name: String
    /// When it was made.
    public let created: UploadTime
    /// The names of the accounts in it, in order.
    public let members: [String]
}

/// A right that somebody has somewhere: one row of the table `grants`.
public struct GrantRecord: Hashable, Sendable {
    /// Who can have it.
    public enum Holder: Hashable, Sendable {
        /// The account of this name.
        case account(String)
        /// Every account in the team of this name.
        case team(String)
    }

    /// Who has it.
    public let holder: Holder
    /// `read`, `upload`, `manage` or `admin`.
    public let permission: String
    /// The named index; nil for the whole server.
    public let index: String?
    /// The normalized name of the project; nil for every one. With an index only.
    public let project: String?

    /// A grant.
    public init(_ permission: String, to holder: Holder, index: String? = nil, project: String? = nil) {
        self.holder = holder
        self.permission = permission
        self.index = index
        self.project = project
    }
}

/// All that decides who may do what, as of one moment.
public struct AccessRecords: Sendable {
    /// All accounts, also deleted ones.
    public let accounts: [AccountRecord]
    /// All teams.
    public let teams: [TeamRecord]
    /// All grants.
    public let grants: [GrantRecord]
    /// All tokens, also revoked and expired ones, in the order of their making.
    public let tokens: [TokenRecord]
    /// All sessions, also those that are over by time, in the order of their beginning.
    public let sessions: [SessionRecord]
    /// The private projects of each index, by normalized name.
    public let privateProjects: [String: Set<String>]
    /// The serial of the last change.
    public let serial: Int64
}

/// How a new project begins.
public struct Founding: Hashable, Sendable {
    /// The name of the account that becomes its manager.
    public let manager: String
    /// Whether only those with a grant may see it.
    public let isPrivate: Bool

    /// What a new project begins with.
    public init(manager: String, isPrivate: Bool) {
        self.manager = manager
        self.isPrivate = isPrivate
    }
}

/// What became of a grant that was to be made.
public enum GrantOutcome: Hashable, Sendable {
    /// It is in force.
    case granted
    /// It was there already; nothing changed.
    case alreadyThere
    /// There is no such account or team; nothing changed.
    case noHolder
}

extension JournalAction {
    /// Whether it changes who may do what.
    public var concernsAccess: Bool {
        switch self {
        case .createToken, .revokeToken, .removePublisher, .createAccount, .disableAccount, .enableAccount,
            .deleteAccount, .setPassword, .beginSession, .endSession,
            .createTeam, .deleteTeam, .addMember, .removeMember, .grant, .ungrant, .makePrivate, .makePublic:
            true
        default:
            false
        }
    }
}
