public import Packaging

/// Which of the two kinds of distribution archive a file is.
public enum ArchiveKind: String, Hashable, Sendable {
    /// A built distribution, `.whl`.
    case wheel
    /// A source distribution, `.tar.gz`.
    case sdist
}

/// A distribution archive as the catalog knows it: one row of the table `files`.
public struct FileRecord: Hashable, Sendable {
    /// The named index that holds it; `main` unless another was asked for.
    public let index: String
    /// The project; its `text` is the project's display name once the file is published.
    public let project: ProjectName
    /// The file name exactly as uploaded.
    public let filename: String
    /// The version that the file name states.
    public let version: Version
    /// Wheel or sdist.
    public let kind: ArchiveKind
    /// The SHA-256, which is also the name of its blob.
    public let sha256: Digest
    /// The BLAKE2b with 32 bytes of output.
    public let blake2b256: Digest
    /// The length in bytes.
    public let size: Int64
    /// When it was uploaded.
    public let uploadTime: UploadTime
    /// Who uploaded it: the name of the token or account.
    public let uploader: String
    /// `Requires-Python` of its core metadata; nil when it states none.
    public var requiresPython: String?
    /// Why it was yanked (PEP 592); nil when it is not.
    public var yank: Yank?
    /// The SHA-256 of its core metadata, a blob of its own (PEP 658); nil when there is none.
    public var coreMetadata: Digest?
    /// Whether installers may rely on that file: no build can change what it says (PEP 658, PEP 643).
    public var servesMetadata = false
    /// Why it is hidden from installers until it is signed, as a sentence; nil when they may have it.
    public var holdReason: String?
    /// The journal's serial of its last change; 0 before it is published.
    public var serial: Int64 = 0
    /// When it was deleted; nil for a file that is there.
    public internal(set) var deleted: UploadTime?
    /// Whether its project is for those with a grant only.
    public internal(set) var isPrivate = false

    /// What an archive's file name says.
    public struct Name: Hashable, Sendable {
        /// The file name exactly as uploaded.
        public let filename: String
        /// The version that it states.
        public let version: Version
        /// Wheel or sdist.
        public let kind: ArchiveKind

        /// A file name with its meaning.
        public init(filename: String, version: Version, kind: ArchiveKind) {
            self.filename = filename
            self.version = version
            self.kind = kind
        }
    }

    /// What can be said about an archive's bytes.
    public struct Content: Hashable, Sendable {
        /// SHA-256.
        public let sha256: Digest
        /// BLAKE2b with 32 bytes of output.
        public let blake2b256: Digest
        /// The length in bytes.
        public let size: Int64

        /// The digests and the length of some bytes.
        public init(sha256: Digest, blake2b256: Digest, size: Int64) {
            self.sha256 = sha256
            self.blake2b256 = blake2b256
            self.size = size
        }
    }

    /// A file that is not yanked and has neither core metadata nor `Requires-Python`; set these before publishing.
    public init(index: String, project: ProjectName, name: Name, content: Content, uploaded: Occasion) {
        self.index = index
        self.project = project
        self.filename = name.filename
        self.version = name.version
        self.kind = name.kind
        self.sha256 = content.sha256
        self.blake2b256 = content.blake2b256
        self.size = content.size
        self.uploadTime = uploaded.time
        self.uploader = uploaded.actor
    }

    /// What the file name says, without the freedoms of its spelling: two names with one identity are the same archive
    /// to an installer, and only one of them may exist.
    ///
    /// Normalized project name (PEP 503), version without trailing zeros (PEP 440), and for a wheel the build number
    /// and the tags, each set in order (PEP 425); one release has one sdist, whatever its suffix.
    var identity: String {
        let release = project.normalized + " " + version.identity
        guard kind == .wheel else { return release + " sdist" }
        let tags = filename.lowercased().dropLast(".whl".count).split(separator: "-").dropFirst(2)
        let sets = tags.map { $0.split(separator: ".").sorted().joined(separator: ".") }
        return release + " " + sets.joined(separator: " ")
    }
}

/// A project of an index: one row of the table `projects`.
public struct ProjectRecord: Hashable, Sendable {
    /// The named index that holds it.
    public let index: String
    /// Its name; `text` is the display name, as the last upload to its latest release wrote it.
    public let name: ProjectName
    /// The summary of that upload; nil when it states none.
    public let summary: String?
    /// When its first file was uploaded, or was held no more.
    public let created: UploadTime
    /// The journal's serial of its last change, or of one of its files.
    public let serial: Int64
    /// Its state (PEP 792).
    public let status: ProjectStatus
    /// Why it is in this state; nil when nobody said.
    public let statusReason: String?
    /// Whether none of its files was ever offered: it is absent for all but its managers.
    public let isHeld: Bool
    /// Whether it is for those with a grant only.
    public let isPrivate: Bool
}

/// A token: one row of the table `tokens`.
public struct TokenRecord: Hashable, Sendable {
    /// The name that its owner gave it; unique, also among revoked ones.
    public let name: String
    /// The name of the account that it belongs to.
    public let account: String
    /// The SHA-256 of the secret; the secret itself is kept nowhere.
    public let secretDigest: Digest
    /// What its bearer may do, such as `read` or `upload`. No spaces inside a word.
    public let permissions: Set<String>
    /// When it was made.
    public let created: UploadTime
    /// The named indexes that it is for; nil means every one.
    public var indexes: Set<String>?
    /// The normalized names of the projects that it is for; nil means every one.
    public var projects: Set<String>?
    /// The only versions that it may publish or change; nil means every one.
    public var versions: [Version]?
    /// What the names of files must match that it may publish or change, such as `*-linux_*.whl`; nil means every name.
    public var filePattern: String?
    /// The addresses and ranges that it may be used from; nil means every one. No spaces inside.
    public var addresses: [String]?
    /// When it begins to be valid; nil means at once.
    public var notBefore: UploadTime?
    /// How many files it may still publish; nil for any number.
    public var usesLeft: Int64?
    /// When it was used last, at most an hour too early; nil when it never was.
    public var lastUsed: UploadTime?
    /// When it ends to be valid; nil means never.
    public var expires: UploadTime?
    /// When it was revoked; nil means it was not.
    public var revoked: UploadTime?

    /// A token for every index and project that does not expire.
    public init(name: String, account: String, secretDigest: Digest, permissions: Set<String>, created: UploadTime) {
        self.name = name
        self.account = account
        self.secretDigest = secretDigest
        self.permissions = permissions
        self.created = created
    }
}

/// What a row of the journal says was done.
public enum JournalAction: String, Hashable, Sendable, CaseIterable {
    /// A file was published.
    case publish
    /// A file was yanked (PEP 592).
    case yank
    /// A file is no longer yanked.
    case unyank
    /// A file was deleted.
    case delete
    /// The deletion of a file was taken back.
    case restore
    /// A project's state was set (PEP 792); the subject is the state.
    case setStatus = "set-status"
    /// The bytes of deleted files were given up.
    case collect
    /// Uploads were refused: how many, with the last reason.
    case refuseUpload = "refuse-upload"
    /// Credentials were refused: how often, with the last reason.
    case failLogin = "fail-login"
    /// A signature came after its file.
    case sign
    /// A signature was checked again.
    case checkSignature = "check-signature"
    /// A file was no longer held.
    case release
    /// A project may be signed by somebody else from now on.
    case unpinSigner = "unpin-signer"
    /// A token was made.
    case createToken = "create-token"
    /// A token was revoked.
    case revokeToken = "revoke-token"
    /// A publisher of a project was added: a job of a CI that may have tokens minted.
    case addPublisher = "add-publisher"
    /// A publisher was removed.
    case removePublisher = "remove-publisher"
    /// A token was minted for a job of a CI; the details say for which.
    case mintToken = "mint-token"
    /// An account was made.
    case createAccount = "create-account"
    /// An account is refused, with all of its tokens.
    case disableAccount = "disable-account"
    /// An account is no longer refused.
    case enableAccount = "enable-account"
    /// An account was ended for ever.
    case deleteAccount = "delete-account"
    /// An account has another password.
    case setPassword = "set-password"
    /// Somebody signed in with a browser.
    case beginSession = "begin-session"
    /// Sessions were ended: by signing out, or for somebody.
    case endSession = "end-session"
    /// A team was made.
    case createTeam = "create-team"
    /// A team was ended.
    case deleteTeam = "delete-team"
    /// An account was taken into a team.
    case addMember = "add-member"
    /// An account was taken out of a team.
    case removeMember = "remove-member"
    /// Somebody was given a right.
    case grant
    /// A right was taken away.
    case ungrant
    /// A project is visible to those with a grant only.
    case makePrivate = "make-private"
    /// A project is visible to everybody who may read.
    case makePublic = "make-public"
}

/// One change of the index: one row of the table `journal`, which is only ever added to.
public struct JournalEntry: Hashable, Sendable {
    /// Grows with every change; 0 before it is appended. Gaps are possible.
    public internal(set) var serial: Int64 = 0
    /// Who did it, and when.
    public let occasion: Occasion
    /// What was done.
    public let action: JournalAction
    /// The thing that it was done to: a file name, the name of a token, or what the action says.
    public let subject: String
    /// The named index; nil when it concerns none.
    public var index: String?
    /// The normalized name of the project; nil when it concerns none.
    public var project: String?
    /// More about it, as the text of a JSON object.
    public var details = "{}"

    /// An entry that concerns no index and no project and has no details; set these before appending it.
    public init(_ action: JournalAction, _ subject: String, by occasion: Occasion) {
        self.action = action
        self.subject = subject
        self.occasion = occasion
    }
}

/// How much an instance holds.
public struct CatalogCounts: Hashable, Sendable {
    /// Projects in all indexes.
    public let projects: Int64
    /// Distribution archives in all indexes.
    public let files: Int64
    /// The sum of the archives' lengths in bytes.
    public let bytes: Int64
}
