public import Packaging

/// A signature of a file: one row of the table `signatures`, with all checks of it.
public struct SignatureRecord: Hashable, Sendable {
    /// The file's name.
    public let filename: String
    /// The SHA-256 of the signature's own bytes, which are a blob.
    public let sha256: Digest
    /// What stands behind the archive's name and a dot in its address, such as `asc`.
    public let suffix: String
    /// The length in bytes.
    public let size: Int64
    /// Who sent it, and when.
    public let added: Occasion
    /// Every check, the oldest first; at least one.
    public internal(set) var checks: [SignatureCheck]

    /// A signature with its checks.
    public init(
        filename: String, bytes: (sha256: Digest, size: Int64), suffix: String, added: Occasion,
        checks: [SignatureCheck]
    ) {
        self.filename = filename
        sha256 = bytes.sha256
        size = bytes.size
        self.suffix = suffix
        self.added = added
        self.checks = checks
    }
}

/// What checking a signature came to, at one time: one row of the table `signature_checks`, which is only ever added to.
public struct SignatureCheck: Hashable, Sendable {
    /// Such as `valid`.
    public let verdict: String
    /// Who signed, as a clause for people, or what a timestamp says; nil unless it is valid.
    public let signer: String?
    /// Who signed or stamped, for comparing with others; nil unless it is valid.
    public let identity: String?
    /// All of it with every step, as the text of a JSON object; empty where it was not asked for.
    public let report: String
    /// When it was checked.
    public let time: UploadTime
    /// The SHA-256 of the files that said who is trusted; nil when there were none.
    public let trust: Digest?

    /// A check.
    public init(
        verdict: String, signer: (clause: String, identity: String)?, report: String, time: UploadTime, trust: Digest?
    ) {
        self.verdict = verdict
        self.signer = signer?.clause
        identity = signer?.identity
        self.report = report
        self.time = time
        self.trust = trust
    }
}

/// Who must go on signing a project: one row of the table `pinned_signers`.
public struct PinnedSigner: Hashable, Sendable {
    /// For comparing with ``SignatureCheck/identity``.
    public let identity: String
    /// As a clause for people.
    public let signer: String

    /// A signer.
    public init(identity: String, signer: String) {
        self.identity = identity
        self.signer = signer
    }
}
