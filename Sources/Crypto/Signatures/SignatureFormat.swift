/// The formats that are recognized; the raw values are what reports and records say.
public enum SignatureFormatName: String, Hashable, Sendable {
    /// An attestation of PEP 740.
    case attestation = "pep740"
    /// A bundle of Sigstore.
    case sigstoreBundle = "sigstore"
    /// OpenSSH's signature of a file.
    case sshsig
    /// A detached signature of RFC 9580.
    case openPGP = "openpgp"
    /// minisign or signify.
    case minisign
    /// Signed data of RFC 5652 without the data.
    case cms
    /// A timestamp of RFC 3161: it says when the file existed, and nothing of who made it.
    case timestamp
    /// A signature and nothing else: of Ed25519, ECDSA or RSA.
    case raw
}

/// One format of signatures. Each is one file; ``SignatureVerifier/formats`` lists them.
protocol SignatureFormat {
    /// What reports call it.
    static var name: SignatureFormatName { get }

    /// Whether the bytes claim to be of this format. Cheap; what they really are shows when they are verified.
    static func recognizes(_ signature: [UInt8]) -> Bool

    /// Verifies a signature that was recognized.
    ///
    /// - Parameters:
    ///   - signature: at most ``SignatureVerifier/lengthLimitBytes``.
    ///   - file: what it should be about.
    ///   - verifier: who is trusted, what time it is, and who must have signed.
    ///   - log: each step is begun here before it is taken.
    /// - Throws: why the step under way did not hold.
    static func verify(
        _ signature: [UInt8], of file: SignedFile, by verifier: SignatureVerifier, _ log: inout VerificationLog
    ) throws(SignatureFailure) -> ValidSignature
}

/// Checks signatures of every format.
public struct SignatureVerifier: Sendable {
    /// The longest signature: that of an upload's attestations.
    public static let lengthLimitBytes = 256 << 10

    /// Every format, in the order in which they are asked.
    static var formats: [any SignatureFormat.Type] {
        [
            SigstoreBundleFormat.self, AttestationFormat.self, SSHSignatureFormat.self, OpenPGPFormat.self,
            MinisignFormat.self, TimestampFormat.self, CMSFormat.self, RawFormat.self,
        ]
    }

    /// Who is trusted.
    public let trust: TrustMaterial
    /// The time that counts as now, in seconds since 1970.
    public let now: Int64
    /// The name that the signer must have; `nil` when anybody whom the trust material vouches for will do.
    public let signer: String?

    /// A verifier.
    public init(trust: TrustMaterial, now: Int64, signer: String? = nil) {
        self.trust = trust
        self.now = now
        self.signer = signer
    }

    /// Checks one signature. The format is recognized by content.
    public func verdict(on signature: [UInt8], of file: SignedFile) -> SignatureVerdict {
        guard signature.count <= Self.lengthLimitBytes else {
            let reason = "the signature has \(signature.count) bytes; at most \(Self.lengthLimitBytes) are taken"
            return SignatureVerdict(
                format: nil, outcome: .invalid(.broken, reason: reason), steps: [], failedStep: .format)
        }
        guard let format = Self.formats.first(where: { $0.recognizes(signature) }) else {
            let reason = "the bytes are no signature of a format that is known here"
            return SignatureVerdict(
                format: nil, outcome: .unsupported(reason: reason), steps: [], failedStep: .format)
        }
        var log = VerificationLog()
        do {
            let valid = try format.verify(signature, of: file, by: self, &log)
            try requireSigner(of: valid, in: format.name, &log)
            return SignatureVerdict(format: format.name, outcome: .valid(valid), steps: log.entries, failedStep: nil)
        } catch {
            let outcome: SignatureVerdict.Outcome =
                switch error {
                case .invalid(let cause, let reason): .invalid(cause, reason: reason)
                case .unsupported(let reason): .unsupported(reason: reason)
                }
            return SignatureVerdict(
                format: format.name, outcome: outcome, steps: log.entries, failedStep: log.step)
        }
    }

    private func requireSigner(
        of valid: ValidSignature, in format: SignatureFormatName, _ log: inout VerificationLog
    ) throws(SignatureFailure) {
        guard let signer else { return }
        log.begin(.identity)
        guard format != .timestamp else {
            throw .invalid(.unknownSigner, "a timestamp says when the file existed, not that \(signer) signed it")
        }
        guard valid.signer.isNamed(signer) else {
            let found = valid.signer.names.first ?? "nobody with a name"
            throw .invalid(.unknownSigner, "signed by \(found), not by \(signer)")
        }
        log.pass("signed by \(signer), as asked")
    }
}
