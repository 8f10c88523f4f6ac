import Crypto
public import Packaging
import Storage

/// A signature with what checking it came to.
struct CheckedSignature: Sendable {
    let bytes: [UInt8]
    let sha256: Digest
    let verdict: SignatureVerdict
    let time: UploadTime
    let trust: Digest?
    /// Who signed, or which authority says when the file existed; `nil` unless it is valid.
    private let signer: PinnedSigner?
    /// The verdict for the catalog.
    let check: SignatureCheck
    /// What an attestation is about; `nil` for other formats.
    private let predicateType: String?

    /// Checks a signature.
    ///
    /// - Parameter time: what counts as now.
    init(_ bytes: [UInt8], of file: SignedFile, by trust: SignatureTrust, at time: UploadTime) {
        self.bytes = bytes
        self.time = time
        self.trust = trust.digest
        sha256 = Digest.sha256(of: bytes)
        let now = time.microseconds / 1_000_000
        verdict = SignatureVerifier(trust: trust.material, now: now).verdict(on: bytes, of: file)
        // Made here, on a worker: the catalog's thread has others to serve.
        signer = Self.signer(verdict)
        check = Self.check(verdict, signer, at: time, by: trust)
        predicateType = Self.predicateType(verdict, of: bytes)
    }

    private static func predicateType(_ verdict: SignatureVerdict, of bytes: [UInt8]) -> String? {
        guard verdict.format == .attestation else { return nil }
        if case .valid(let valid) = verdict.outcome { return valid.predicateType }
        return AttestedIdentity.predicateType(ofAttestation: bytes)
    }

    /// What stands behind the archive's name in the signature's address.
    var suffix: String {
        switch verdict.format {
        case .attestation:
            switch predicateType.flatMap(AttestationPredicate.init) {
            case .publish: "publish.attestation"
            case .provenance: "slsa.attestation"
            case nil: "attestation"
            }
        case .sigstoreBundle: "sigstore.json"
        case .sshsig, .raw: "sig"
        case .openPGP: SignatureSuffix.openPGP
        case .minisign: "minisig"
        case .cms: "p7s"
        case .timestamp: "tsr"
        case nil: "signature"
        }
    }

    /// Why it is not valid, as a clause; empty when it is.
    var reason: String {
        switch verdict.outcome {
        case .valid: ""
        case .invalid(_, let reason), .unsupported(let reason): reason
        }
    }

    var isByUnknownSigner: Bool {
        if case .invalid(.unknownSigner, _) = verdict.outcome { true } else { false }
    }

    /// Why nobody may send it, as a clause; `nil` when it is good, by somebody unknown, or of an unknown kind.
    var refusal: String? {
        guard case .invalid(let cause, let reason) = verdict.outcome, cause != .unknownSigner else { return nil }
        let name = verdict.format.map { " (\($0.rawValue))" } ?? ""
        let step = verdict.failedStep.map { ", step '\($0.rawValue)'" } ?? ""
        return "signature\(name)\(step): \(reason)"
    }

    /// Who signed, for comparing with who signs later. A timestamp is by nobody who signs.
    var pin: PinnedSigner? { verdict.format == .timestamp ? nil : signer }

    private static func signer(_ verdict: SignatureVerdict) -> PinnedSigner? {
        guard case .valid(let valid) = verdict.outcome else { return nil }
        let signer = SignerDescription(valid, in: verdict.format)
        return PinnedSigner(identity: signer.identity, signer: signer.clause)
    }

    /// What is said twice by two signatures of one file with the same value; `nil` for what is not valid.
    var statement: [String]? { signer.map { [suffix, $0.identity] } }

    private static func check(
        _ verdict: SignatureVerdict, _ signer: PinnedSigner?, at time: UploadTime, by trust: SignatureTrust
    ) -> SignatureCheck {
        let word: String
        switch verdict.outcome {
        case .valid: word = "valid"
        case .invalid(.broken, _): word = "invalid"
        case .invalid(let cause, _): word = cause.rawValue
        case .unsupported: word = "unsupported"
        }
        let report = SignatureReport(verdict).json()
        return SignatureCheck(
            verdict: word, signer: signer.map { ($0.signer, $0.identity) }, report: report, time: time,
            trust: trust.digest)
    }

    /// The signature for the catalog.
    func record(filename: String, by actor: String) -> SignatureRecord {
        SignatureRecord(
            filename: filename, bytes: (sha256, Int64(bytes.count)), suffix: suffix,
            added: Occasion(actor: actor, time: time), checks: [check])
    }
}

/// What stands behind an archive's name in the address of a signature.
public enum SignatureSuffix {
    /// Of OpenPGP, which the Simple API announces as `gpg-sig`.
    static let openPGP = "asc"

    /// What people may send a signature under. Which one does not matter: the format is recognized by content.
    public static let all = [
        "asc", "sig", "minisig", "p7s", "tsr", "sigstore.json", "sigstore", "publish.attestation", "slsa.attestation",
        "attestation", "signature",
    ]
}

/// Who signed, in words for people and in words to compare.
struct SignerDescription {
    /// Such as `workflow release.yml of acme/web`; of a timestamp `existed at 2026-11-20 10:00 UTC, says CN=Stamps`.
    let clause: String
    /// The same for every signature by the same.
    let identity: String

    /// How the identity of a timestamp authority begins.
    static let timestamp = "timestamp "

    /// How the identity of a publisher begins that PEP 740's readers know.
    static let publisher = "publisher "

    init(_ signature: ValidSignature, in format: SignatureFormatName?) {
        let signer = signature.signer
        if let certificate = signer.certificate {
            clause = Self.clause(certificate)
            // Without a log the certificate is by an own authority, which must not pass for a public one.
            let isLogged = if case .verified = signature.time { true } else { false }
            let kind = certificate.publisher == nil ? "sigstore " : Self.publisher
            identity = (isLogged ? kind : "authority ") + clause
            return
        }
        let name = signer.names.first ?? ""
        let key = signer.keyFingerprint ?? name
        // Certificates are renewed with new keys; their names stay.
        identity = "\(format?.rawValue ?? "") \(format == .cms || format == .timestamp ? name : key)"
        clause =
            switch format {
            case .sshsig: "\(name) (SSH key \(key))"
            case .openPGP: "OpenPGP key \(key)"
            case .minisign: "minisign key \(key)"
            case .cms: name
            case .timestamp: "existed at \(Self.minute(signature.time)), says \(name)"
            default: "key \(key)"
            }
    }

    /// Such as `2026-11-20 10:00 UTC`.
    private static func minute(_ time: SigningTime) -> String {
        guard case .verified(let seconds) = time else { return "an unknown time" }
        let text = UploadTime(microseconds: seconds * 1_000_000).description
        return "\(text.prefix(10)) \(text.dropFirst(11).prefix(5)) UTC"
    }

    private static func clause(_ certificate: CertificateIdentity) -> String {
        switch certificate.publisher {
        case .gitHub(let publisher): "workflow \(publisher.workflow) of \(publisher.repository)"
        case .gitLab(let publisher): "pipeline \(publisher.workflowPath) of \(publisher.repository)"
        case .google(let email): email
        case .circleCI(let publisher):
            "pipeline definition \(publisher.pipelineDefinitionID) of CircleCI project \(publisher.projectID)"
        case nil: "\(certificate.names[0].text) (says \(certificate.issuer ?? "nobody"))"
        }
    }
}

/// Who is trusted, and the digest of the files that say so.
public struct SignatureTrust: Sendable {
    let material: TrustMaterial
    /// The SHA-256 of the files one behind the other (`cat FILE… | sha256sum`); `nil` when there are none.
    public let digest: Digest?

    /// Trusts nobody.
    public init() {
        material = TrustMaterial()
        digest = nil
    }

    /// Why a file is not taken.
    public struct Refusal: Error, Hashable, Sendable {
        /// Which one, counted from 0.
        public let file: Int
        /// A clause that says what is wrong with it.
        public let reason: String
    }

    /// Trusts whom these files name.
    ///
    /// - Throws: `Refusal` for the first file that is of no known kind, malformed, or names a key that must not be trusted.
    public init(files: [[UInt8]]) throws(Refusal) {
        var material = TrustMaterial()
        for (number, file) in files.enumerated() {
            do {
                try material.add(file)
            } catch {
                throw Refusal(file: number, reason: error.reason)
            }
        }
        self.material = material
        digest = files.isEmpty ? nil : Digest.sha256(of: files.flatMap(\.self))
    }

    /// Keys and certificates that are named and verify nothing: weak ones, expired and revoked ones; a sentence each.
    ///
    /// - Parameter now: seconds since 1970.
    public func concerns(at now: Int64) -> [String] {
        material.concerns(at: now)
    }
}
