public import Packaging
public import Storage

// What the policy asks for, in plain words: at the command line and on the page for managers.

extension SignaturePolicy {
    /// What holds for a project, line by line. Lines that begin with spaces say more of the line before.
    ///
    /// - Parameter pinned: who signed the project first.
    public func explanation(of project: ProjectName, pinned: PinnedSigner?) -> [String] {
        let always = "A signature that is broken, expired or revoked refuses its upload in any case."
        guard let rule = rule(for: project) else {
            return ["\(project.normalized): no rule is for it, so nobody needs to sign its files.", always]
        }
        let patterns = rule.projects.joined(separator: ", ")
        // Where the file is on the server is nobody's business on a page.
        let place = rule.place.split(separator: "/").last ?? ""
        var lines = ["\(project.normalized): \(place) is for it (projects \(patterns))."]
        let kinds = rule.kinds.map(\.rawValue).sorted(by: >).joined(separator: " and ")
        let since = rule.since.map { " uploaded since \($0)" } ?? ""
        lines.append("Every \(kinds)\(since) must be signed by \(rule.demand.text).")
        switch rule.demand {
        case .signers(let requirement): lines += requirement.signers.map { "  \($0)" }
        case .continuity:
            let first = pinned.map { "That was \($0.signer)." }
            lines.append("  " + (first ?? "Nobody has yet: the next valid signer will."))
        }
        switch rule.missing {
        case .reject: lines.append("An upload without that is refused.")
        case .quarantine: lines.append("A file without that is stored and hidden from installers until it is signed.")
        case .record: lines.append("A file without that is published; its uploader is told.")
        }
        let unknown = rule.refusesUnknownSigners ? "refuses its upload" : "is kept and counts for nothing"
        lines.append("A signature by somebody who is not trusted \(unknown).")
        return lines + [always]
    }
}

extension SignerRequirement {
    /// Every named signer with the ways in which it can prove to be the one, a line each.
    fileprivate var signers: [String] {
        switch self {
        case .signer(let name, let proofs): ["'\(name)' is \(proofs.map(\.text).joined(separator: ", or "))"]
        case .threshold(_, let requirements): requirements.flatMap(\.signers)
        }
    }
}

extension SignerProof {
    /// In plain words.
    fileprivate var text: String {
        switch self {
        case .sigstore(let signer): signer.text
        case .ssh(let fingerprint, let principal):
            "the SSH key \(fingerprint)" + (principal.map { " of \($0)" } ?? "")
        case .openPGP(let fingerprint): "the OpenPGP key \(fingerprint)"
        case .minisign(let id): "the minisign key \(id)"
        case .x509(let name): "a certificate of \(name)"
        case .key(let fingerprint): "the key \(fingerprint)"
        case .timestamp(let name): "a timestamp by \(name)"
        }
    }
}

extension SigstoreSigner {
    fileprivate var text: String {
        let who: String
        switch identity {
        case .publisher(.gitHub(let publisher)):
            who = "GitHub \(takesAnyWorkflow ? "any workflow" : publisher.workflow) of \(publisher.repository)"
        case .publisher(.gitLab(let publisher)):
            who = "GitLab \(takesAnyWorkflow ? "any pipeline" : publisher.workflowPath) of \(publisher.repository)"
        case .publisher(.google(let email)): who = "Google \(email)"
        case .publisher(.circleCI(let publisher)):
            who = "CircleCI \(publisher.pipelineDefinitionID) of \(publisher.projectID)"
        case .name(let name, let issuer): who = "\(name) (says \(issuer))"
        }
        let extra = claims.map { "\($0.key) \($0.value)" }.sorted().joined(separator: ", ")
        return extra.isEmpty ? who : "\(who) with \(extra)"
    }
}
