import Packaging
import Posix
import Storage
import Wheelhouse

/// `wheelhouse policy explain|check|unpin`
enum PolicyCommand {
    static func run(_ arguments: [String]) throws {
        let rest = Array(arguments.dropFirst())
        switch arguments.first {
        case "explain": try explain(rest)
        case "check": try check(rest)
        case "unpin": try unpin(rest)
        case let other:
            throw UsageError(
                other.map { "there is no command 'policy \($0)'" } ?? "'policy' needs a command",
                mend: "choose explain, check or unpin")
        }
    }

    private static func explain(_ arguments: [String]) throws {
        let (project, configuration) = try project(arguments)
        let policy = try Serve.policy(configuration)
        let store = try Administer.store(configuration)
        let pinned = try Administer.operation { () throws(StorageError) in
            try store.pinnedSigner(index: PackageIndex.mainIndex, project: project.normalized)
        }
        for line in explanation(of: project, policy.signatures, pinned) { Output.line(line) }
    }

    /// What holds for a project, line by line.
    static func explanation(
        of project: ProjectName, _ policy: SignaturePolicy, _ pinned: PinnedSigner?
    ) -> [String] {
        let always = "A signature that is broken, expired or revoked refuses its upload in any case."
        guard let rule = policy.rule(for: project) else {
            return ["\(project.normalized): no rule is for it, so nobody needs to sign its files.", always]
        }
        let patterns = rule.projects.joined(separator: ", ")
        var lines = ["\(project.normalized): \(rule.place) is for it (projects \(patterns))."]
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

    private static func check(_ arguments: [String]) throws {
        let configuration = try Administer.only(arguments)
        let policy = try Serve.policy(configuration)
        for warning in TrustFiles.warnings(policy.trust) { Output.line(warning) }
        let trust = policy.trust.digest.map { "sha256 \($0.hex)" } ?? "none"
        Output.line("trust files: \(configuration.texts("trust").count), \(trust)")
        Output.line("rules: \(policy.signatures.rules.count)")
    }

    private static func unpin(_ arguments: [String]) throws {
        let (project, configuration) = try project(arguments)
        let store = try Administer.store(configuration)
        let wasPinned = try Administer.operation { () throws(IndexError) in
            try PackageIndex.unpinSigner(
                of: project, index: PackageIndex.mainIndex, actor: Administer.actor, in: store)
        }
        guard wasPinned else {
            throw OperationError("no signer is pinned to '\(project)'", mend: "nothing was changed")
        }
    }

    private static func project(_ arguments: [String]) throws(UsageError) -> (ProjectName, Configuration) {
        let configuration = try Configuration(arguments: arguments)
        guard configuration.rest.count == 1 else {
            throw UsageError("one project is needed", mend: "see 'wheelhouse policy --help'")
        }
        return (try TokenCommand.project(configuration.rest[0], of: "the project"), configuration)
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
