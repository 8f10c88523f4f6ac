public import Packaging

/// Who may have tokens minted for a project: one row of the table `publishers`.
public struct PublisherRecord: Hashable, Sendable {
    /// Its number, never used again; 0 before it is added.
    public internal(set) var id: Int64 = 0
    /// The named index.
    public let index: String
    /// The normalized name of the project, which need not exist yet.
    public let project: String
    /// Which rules its terms go by, such as `github`.
    public let kind: String
    /// What it is called, with a colon, as its robot is; the names of its tokens are this, a `#` and what tells them apart.
    public let name: String
    /// The issuer of the ID tokens, exactly.
    public let issuer: String
    /// What an ID token must say.
    public let terms: [String: String]
    /// Whether the project did not exist when the publisher was added, and has not come to be through it yet.
    public internal(set) var isPending = false
    /// Who added it, and when.
    public let created: Occasion

    /// Whose tokens it is about, and what they must say.
    public struct Identity: Hashable, Sendable {
        /// Which rules the terms go by.
        public let kind: String
        /// What the publisher is called.
        public let name: String
        /// The issuer of the ID tokens.
        public let issuer: String
        /// What an ID token must say.
        public let terms: [String: String]

        /// An identity.
        public init(kind: String, name: String, issuer: String, terms: [String: String]) {
            self.kind = kind
            self.name = name
            self.issuer = issuer
            self.terms = terms
        }
    }

    /// A publisher that is not in the catalog yet.
    public init(index: String, project: String, identity: Identity, created: Occasion) {
        self.index = index
        self.project = project
        kind = identity.kind
        name = identity.name
        issuer = identity.issuer
        terms = identity.terms
        self.created = created
    }
}

/// The one use of an ID token: one row of the table `mintings`.
public struct MintingRecord: Hashable, Sendable {
    /// Who issued the ID token.
    public let issuer: String
    /// What makes it unique among those of its issuer: `jti`.
    public let identifier: String
    /// Until when the row is kept.
    public let until: UploadTime

    /// The use of an ID token.
    public init(issuer: String, identifier: String, until: UploadTime) {
        self.issuer = issuer
        self.identifier = identifier
        self.until = until
    }
}

/// What became of a token that was to be minted.
public enum MintOutcome: Hashable, Sendable {
    /// It is in the catalog now.
    case minted
    /// The ID token has been used before; nothing changed.
    case used
    /// The publisher's robot is disabled or deleted; the ID token is used up.
    case disabled
}
