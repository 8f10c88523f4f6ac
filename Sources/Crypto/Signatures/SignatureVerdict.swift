/// What checking one signature came to, with every step that was taken.
public struct SignatureVerdict: Hashable, Sendable {
    /// The three ends that a check can come to.
    public enum Outcome: Hashable, Sendable {
        /// The signature is good.
        case valid(ValidSignature)
        /// The signature is refused in ``SignatureVerdict/failedStep``.
        case invalid(SignatureFailure.Cause, reason: String)
        /// The signature is of a kind that nothing here verifies; says nothing against it.
        case unsupported(reason: String)
    }

    /// The format that was recognized; `nil` when the bytes are no signature that is known here.
    public let format: SignatureFormatName?
    /// How it ended.
    public let outcome: Outcome
    /// What was checked and held, in order.
    public let steps: [VerificationLog.Entry]
    /// The step that did not hold; `nil` when the signature is valid.
    public let failedStep: VerificationStep?

    /// Whether the signature is good.
    public var isValid: Bool {
        if case .valid = outcome { true } else { false }
    }
}

/// By whom a good signature is, over what, and when it was made.
public struct ValidSignature: Hashable, Sendable {
    /// Who signed.
    public let signer: SignerIdentity
    /// The hash function over the archive that the signature rests on.
    public let hash: HashFunction
    /// The archive's value of it.
    public let digest: [UInt8]
    /// When it was signed.
    public let time: SigningTime
    /// The type of what a statement says about the archive; `nil` for signatures that say nothing.
    public internal(set) var predicateType: String?

    /// A good signature.
    public init(signer: SignerIdentity, hash: HashFunction, digest: [UInt8], time: SigningTime) {
        self.signer = signer
        self.hash = hash
        self.digest = digest
        self.time = time
    }
}

/// When a signature was made, in seconds since 1970.
public enum SigningTime: Hashable, Sendable {
    /// A log or a timestamp authority vouches that the signature existed then.
    case verified(Int64)
    /// The signer says so.
    case claimed(Int64)
    /// Nobody says so.
    case unknown
}

/// Who signed.
public struct SignerIdentity: Hashable, Sendable {
    /// The names under which the trust material knows the signer, compared byte for byte with the one that is asked
    /// for; the first is shown. A principal, a fingerprint, a key's name, the subject alternative name of a certificate.
    public let names: [String]
    /// The fingerprint of the key in the customary spelling of the format; `nil` for short-lived certificates, whose key
    /// is of no use later.
    public let keyFingerprint: String?
    /// What the certificate of a Sigstore signature states; `nil` for other signatures.
    public let certificate: CertificateIdentity?

    /// A signer.
    public init(names: [String], keyFingerprint: String? = nil, certificate: CertificateIdentity? = nil) {
        self.names = names
        self.keyFingerprint = keyFingerprint
        self.certificate = certificate
    }

    /// Whether one of the names is this one, byte for byte (Swift's `==` takes different spellings of a character for
    /// equal).
    public func isNamed(_ name: String) -> Bool {
        names.contains { $0.utf8.elementsEqual(name.utf8) }
    }
}

/// Why a signature is not good. Thrown by formats; the step comes from the ``VerificationLog``.
public enum SignatureFailure: Error, Hashable, Sendable {
    /// What is wrong, as far as a policy tells it apart.
    public enum Cause: String, Hashable, Sendable {
        /// The signature, or what it is made of, is broken or about something else. Always refuses an upload.
        case broken
        /// The signature is by somebody whom the trust material does not name.
        case unknownSigner = "unknown signer"
        /// The key or certificate had ended.
        case expired
        /// The key was revoked.
        case revoked
    }

    /// Refused, with one clause such as "the log entry is about another signature".
    case invalid(Cause, String)
    /// Of a kind that nothing here verifies, such as "ML-DSA-44".
    case unsupported(String)

    /// The usual case: `.invalid(.broken, reason)`.
    public static func broken(_ reason: String) -> SignatureFailure {
        .invalid(.broken, reason)
    }
}

/// The steps that formats are made of, in the words of reports.
public enum VerificationStep: String, Hashable, Sendable {
    /// The bytes are read.
    case format
    /// The certificate or key of the signature is read.
    case key
    /// The transparency log is one that is trusted.
    case log
    /// The entry is in the log.
    case inclusionProof = "inclusion proof"
    /// The log has signed its size and root.
    case checkpoint
    /// The log has promised the entry and its time (SET).
    case entryPromise = "entry promise"
    /// Timestamp authorities vouch for the time.
    case timestamps
    /// Somebody who is trusted vouches for the time.
    case time
    /// The certificate is by a trusted authority.
    case chain = "certificate chain"
    /// A certificate transparency log has promised to list the certificate.
    case certificateTimestamp = "certificate timestamp"
    /// The certificate is one for signing.
    case certificateProfile = "certificate profile"
    /// Who signed is the one who should.
    case identity
    /// The signature itself.
    case signature
    /// The log's entry is about this signature.
    case logEntry = "log entry"
    /// What is signed is about this archive.
    case statement
    /// What is signed is the archive's digest.
    case digest
}

/// What was checked so far. A format begins each step before it takes it, so a failure belongs to the step last begun.
public struct VerificationLog: Sendable {
    /// A step that held.
    public struct Entry: Hashable, Sendable {
        /// Which step.
        public let step: VerificationStep
        /// What was found, as one clause for people.
        public let finding: String
    }

    /// The steps that held.
    public private(set) var entries: [Entry] = []
    /// The step under way.
    public private(set) var step = VerificationStep.format

    /// Begins a step.
    public mutating func begin(_ step: VerificationStep) {
        self.step = step
    }

    /// The step held.
    public mutating func pass(_ finding: String) {
        entries.append(Entry(step: step, finding: finding))
    }
}
