public import Crypto
public import Packaging

/// One way to prove that one is a named signer.
public enum SignerProof: Hashable, Sendable {
    /// A certificate of Sigstore.
    case sigstore(SigstoreSigner)
    /// A key of SSH by its fingerprint, perhaps with the principal that `allowed_signers` must give it.
    case ssh(fingerprint: String, principal: String?)
    /// A key of OpenPGP by the fingerprint of its primary key, in upper-case digits.
    case openPGP(fingerprint: String)
    /// A key of minisign by its identifier, in upper-case digits.
    case minisign(id: String)
    /// A certificate of an own authority by its name, in which `*` stands for anything.
    case x509(name: String)
    /// A plain public key by its fingerprint.
    case key(fingerprint: String)
    /// A timestamp by an authority of this name, in which `*` stands for anything. It proves when, not who: in a requirement
    /// it stands beside signers and in place of none.
    case timestamp(name: String)

    /// Whether a good signature proves it.
    func holds(for signature: ValidSignature, in format: SignatureFormatName) -> Bool {
        let signer = signature.signer
        switch self {
        case .sigstore(let wanted):
            guard format == .attestation || format == .sigstoreBundle else { return false }
            return wanted.holds(for: signature)
        case .ssh(let fingerprint, let principal):
            return format == .sshsig && signer.keyFingerprint == fingerprint
                && principal.map(signer.isNamed) ?? true
        case .openPGP(let fingerprint):
            return format == .openPGP && signer.keyFingerprint?.uppercased() == fingerprint
        case .minisign(let id):
            return format == .minisign && signer.keyFingerprint == id
        case .x509(let name):
            return format == .cms && signer.names.contains { Glob(name).matches($0) }
        case .key(let fingerprint):
            return (format == .raw || format == .sigstoreBundle) && signer.certificate == nil
                && signer.keyFingerprint == fingerprint
        case .timestamp(let name):
            return format == .timestamp && signer.names.contains { Glob(name).matches($0) }
        }
    }
}

/// Who a certificate of Sigstore must have been given to.
public struct SigstoreSigner: Hashable, Sendable {
    /// The identity.
    public enum Identity: Hashable, Sendable {
        /// A publisher of one of the four kinds that PEP 740's readers know.
        case publisher(AttestationPublisher)
        /// A name and who vouches for it, byte for byte.
        case name(String, issuer: String)
    }

    /// The identity.
    public var identity: Identity
    /// Claims that must be there besides, in which `*` stands for anything.
    public var claims: [CertificateIdentity.Claim: String] = [:]
    /// Whether any workflow of the repository will do.
    public var takesAnyWorkflow = false

    /// Whoever has this identity.
    public init(_ identity: Identity) {
        self.identity = identity
    }

    fileprivate func holds(for signature: ValidSignature) -> Bool {
        // Without a log or a timestamp the certificate is by an own authority, whose word on repositories counts for
        // nothing.
        guard let certificate = signature.signer.certificate, case .verified = signature.time else { return false }
        do {
            switch identity {
            case .publisher(let publisher):
                try certificate.require(publisher, isWorkflowNeeded: !takesAnyWorkflow)
            case .name(let name, let issuer): try certificate.require(name: name, issuer: issuer)
            }
        } catch {
            return false
        }
        return claims.allSatisfy { claim, pattern in
            certificate.claims[claim].map { Glob(pattern).matches($0) } ?? false
        }
    }
}

/// Which signers are needed.
public indirect enum SignerRequirement: Sendable {
    /// Somebody with a name, who can prove it in one of these ways.
    case signer(String, [SignerProof])
    /// So many of these.
    case threshold(Int, of: [SignerRequirement])

    func holds(for signatures: [CheckedSignature]) -> Bool {
        switch self {
        case .signer(_, let proofs):
            signatures.contains { signature in
                guard case .valid(let valid) = signature.verdict.outcome, let format = signature.verdict.format else {
                    return false
                }
                return proofs.contains { $0.holds(for: valid, in: format) }
            }
        case .threshold(let count, let requirements):
            requirements.count { $0.holds(for: signatures) } >= count
        }
    }

    /// Whether timestamps alone are asked for, and nobody's signature.
    public var isTimestamp: Bool {
        switch self {
        case .signer(_, let proofs): proofs.allSatisfy { if case .timestamp = $0 { true } else { false } }
        case .threshold(_, let requirements): requirements.allSatisfy(\.isTimestamp)
        }
    }

    /// Such as `'release-ci' or 'release-people'`, to stand behind "signed by".
    public var text: String {
        switch self {
        case .signer(let name, _):
            return isTimestamp ? "the timestamp authority '\(name)'" : "'\(name)'"
        case .threshold(let count, let requirements):
            let texts = requirements.map { requirement in
                guard case .threshold(_, let inner) = requirement, inner.count > 1 else { return requirement.text }
                return "(\(requirement.text))"
            }
            if texts.count == 1 || count == 1 { return texts.joined(separator: " or ") }
            if count == texts.count { return texts.joined(separator: " and ") }
            return "\(count) of \(texts.joined(separator: ", "))"
        }
    }
}
