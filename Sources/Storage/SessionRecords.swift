public import Packaging

/// Somebody's session in a browser: one row of the table `sessions`.
public struct SessionRecord: Hashable, Sendable {
    /// Names it among all sessions; 0 before it has begun.
    public internal(set) var id: Int64 = 0
    /// The SHA-256 of its secret.
    public let secretDigest: Digest
    /// The name of the account.
    public let account: String
    /// The SHA-256 of the secret of the token that began it; nil for a password.
    public let token: Digest?
    /// When it began.
    public let begun: UploadTime
    /// When it was used last, to the hour.
    public var lastSeen: UploadTime
    /// From where it began.
    public let client: Client

    /// A session that begins now.
    public init(secretDigest: Digest, account: String, token: Digest?, begun: UploadTime, client: Client) {
        self.secretDigest = secretDigest
        self.account = account
        self.token = token
        self.begun = begun
        lastSeen = begun
        self.client = client
    }
}

/// A session that has begun.
public struct BegunSession: Sendable {
    /// With its id.
    public let record: SessionRecord
    /// The journal's.
    public let serial: Int64
}

/// Sessions that have ended.
public struct EndedSessions: Sendable {
    /// At least one.
    public let ids: Set<Int64>
    /// The journal's.
    public let serial: Int64
}

/// Until when sessions last; those from before are over.
public struct SessionLimits: Hashable, Sendable {
    /// Those that began before are over.
    public let begun: UploadTime
    /// Those that were used last before are over.
    public let lastSeen: UploadTime

    /// The limits at one moment.
    public init(begun: UploadTime, lastSeen: UploadTime) {
        self.begun = begun
        self.lastSeen = lastSeen
    }
}
