import Packaging
public import Storage

/// What people are told of the signatures of one file, in plain words.
public struct SignatureSummary: Hashable, Sendable {
    /// Such as `signed by workflow release.yml of acme/web, verified 2026-11-20; existed at 2026-11-20 10:00 UTC, says
    /// CN=Stamps`; `nil` for a file without signatures.
    public let sentence: String?
    /// Whether somebody who is trusted has signed it.
    public let isSigned: Bool
    /// Whether `….asc` is a signature of OpenPGP (`gpg-sig` of the Simple API).
    let hasOpenPGP: Bool
    /// Whether there is an attestation that a provenance object can hold (PEP 740).
    let hasProvenance: Bool

    /// A file without signatures.
    static let none = SignatureSummary([])

    /// From the signatures of one file; the last check of each counts.
    init(_ signatures: [SignatureRecord]) {
        let valid = signatures.filter { $0.checks.last?.verdict == "valid" }
        isSigned = valid.contains { $0.checks.last?.isTimestamp == false }
        hasOpenPGP = signatures.contains { $0.suffix == SignatureSuffix.openPGP }
        hasProvenance = valid.contains { signature in
            signature.isAttestation
                && signature.checks.last?.identity?.hasPrefix(SignerDescription.publisher) ?? false
        }
        var clauses: [String] = []
        for signature in valid {
            guard let check = signature.checks.last, let finding = check.finding else { continue }
            let clause = check.isTimestamp ? finding : "\(finding), verified \(check.time.date)"
            if !clauses.contains(clause) { clauses.append(clause) }
        }
        for signature in signatures where !valid.contains(signature) {
            guard let clause = signature.checks.last?.clause, !clauses.contains(clause) else { continue }
            clauses.append(clause)
        }
        sentence = clauses.isEmpty ? nil : clauses.joined(separator: "; ")
    }

    /// From the signatures of a project, by the names of its files.
    static func summaries(_ signatures: [SignatureRecord]) -> [String: SignatureSummary] {
        Dictionary(grouping: signatures, by: \.filename).mapValues(SignatureSummary.init)
    }
}

extension SignatureCheck {
    /// Whether it found a timestamp, which says when the file existed and not who signed it.
    var isTimestamp: Bool { identity?.hasPrefix(SignerDescription.timestamp) ?? false }

    /// What was found, such as `signed by workflow release.yml of acme/web`; `nil` unless it is valid.
    public var finding: String? { signer.map { isTimestamp ? $0 : "signed by \($0)" } }
}

extension SignatureCheck {
    /// What is said of a signature that is not valid.
    fileprivate var clause: String {
        switch verdict {
        case "unknown signer": "has a signature by somebody who is not known here"
        case "unsupported": "has a signature of a kind that is not verified here"
        case "expired", "revoked": "the key of a signature is \(verdict), found \(time.date)"
        default: "a signature does not hold, found \(time.date)"
        }
    }
}

extension SignatureRecord {
    /// Whether it is an attestation of PEP 740.
    var isAttestation: Bool { suffix.hasSuffix("attestation") }
}
