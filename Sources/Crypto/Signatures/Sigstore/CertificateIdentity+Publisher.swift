public import Packaging

extension CertificateIdentity {
    /// Requires that the certificate was given to a publisher (PEP 740, as the public index compares; see the classes
    /// of pypi-attestations). Bytes are compared, without folding case.
    ///
    /// - Parameter isWorkflowNeeded: `false` takes any workflow of the repository, for statements that a called workflow
    ///   signs.
    /// - Throws: `.invalid(.unknownSigner, …)` with the first claim that differs.
    public func require(
        _ publisher: AttestationPublisher, isWorkflowNeeded: Bool = true
    ) throws(SignatureFailure) {
        switch publisher {
        case .gitHub(let publisher):
            try requireClaim(.issuer, AttestationPublisher.gitHubIssuer)
            let repository = "https://github.com/\(publisher.repository)"
            try requireClaim(.sourceRepository, repository)
            guard isWorkflowNeeded else { break }
            try requireBuild("\(repository)/.github/workflows/\(publisher.workflow)")
        case .gitLab(let publisher):
            try requireClaim(.issuer, publisher.instance)
            let repository = "\(publisher.instance)/\(publisher.repository)"
            try requireClaim(.sourceRepository, repository)
            guard isWorkflowNeeded else { break }
            try requireBuild("\(repository)//\(publisher.workflowPath)")
        case .google(let email):
            try requireIssuer(publisher.issuer)
            guard names.contains(where: { isEqual($0, .email(email)) }) else {
                throw .invalid(.unknownSigner, "the certificate is not that of \(email)")
            }
        case .circleCI(let publisher):
            try requireClaim(.issuer, AttestationPublisher.circleCIIssuer)
            try requireClaim(
                .buildSigner,
                "https://circleci.com/api/v2/projects/\(publisher.projectID)/pipeline-definitions/"
                    + publisher.pipelineDefinitionID)
            if let origin = publisher.origin { try requireClaim(.sourceRepository, origin) }
            if let ref = publisher.ref { try requireClaim(.sourceRef, ref) }
        }
        if let environment = publisher.environment { try requireClaim(.environment, environment) }
    }

    /// Requires the exact name and issuer, for identities that are no publishers.
    public func require(name: String, issuer: String) throws(SignatureFailure) {
        guard names.contains(where: { $0.text.utf8.elementsEqual(name.utf8) }) else {
            throw .invalid(.unknownSigner, "the certificate is that of \(names[0].text), not of \(name)")
        }
        try requireIssuer(issuer)
    }

    /// The publisher that the certificate was given to, for provenance objects; `nil` when it is of none of the four
    /// kinds that PEP 740's readers know.
    public var publisher: AttestationPublisher? {
        let candidate = candidate
        guard let candidate, (try? require(candidate)) != nil else { return nil }
        return candidate
    }

    private var candidate: AttestationPublisher? {
        switch issuer {
        case AttestationPublisher.gitHubIssuer:
            guard let (repository, workflow) = build("https://github.com/", "/.github/workflows/") else { return nil }
            return .gitHub(.init(repository: repository, workflow: workflow, environment: claims[.environment]))
        case AttestationPublisher.GitLab.publicInstance:
            let instance = AttestationPublisher.GitLab.publicInstance
            guard let (repository, path) = build("\(instance)/", "//") else { return nil }
            return .gitLab(.init(repository: repository, workflowPath: path, environment: claims[.environment]))
        case AttestationPublisher.googleIssuer:
            guard case .email(let email)? = names.first else { return nil }
            return .google(email: email)
        case AttestationPublisher.circleCIIssuer:
            let prefix = "https://circleci.com/api/v2/projects/"
            guard let text = claims[.buildSigner], text.hasPrefix(prefix) else { return nil }
            let parts = text.dropFirst(prefix.count).split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count == 3, parts[1] == "pipeline-definitions" else { return nil }
            return .circleCI(
                .init(
                    projectID: String(parts[0]), pipelineDefinitionID: String(parts[2]),
                    origin: claims[.sourceRepository], ref: claims[.sourceRef]))
        default: return nil
        }
    }

    /// Repository and file of the build's configuration, `<host><repository><separator><file>@<ref>`.
    private func build(_ host: String, _ separator: String) -> (String, String)? {
        guard let source = claims[.sourceRepository], let text = claims[.buildConfiguration],
            source.hasPrefix(host), text.hasPrefix(source + separator)
        else { return nil }
        let file = text.dropFirst(source.count + separator.count)
        for pin in pins where file.hasSuffix("@\(pin)") {
            return (String(source.dropFirst(host.count)), String(file.dropLast(pin.count + 1)))
        }
        return nil
    }

    /// What the build's configuration may be pinned by.
    private var pins: [String] { [claims[.sourceRef], claims[.sourceDigest]].compactMap { $0 } }

    private func requireBuild(_ path: String) throws(SignatureFailure) {
        guard !pins.isEmpty else { throw .invalid(.unknownSigner, "the certificate states neither ref nor digest") }
        let build = claims[.buildConfiguration] ?? ""
        guard pins.contains(where: { isEqual(build, "\(path)@\($0)") }) else {
            throw .invalid(.unknownSigner, "the certificate is for the build '\(build)', not \(path)")
        }
    }

    private func requireClaim(_ claim: Claim, _ expected: String) throws(SignatureFailure) {
        try require(claims[claim], expected)
    }

    /// As the claim, or as the older claim of the same meaning.
    private func requireIssuer(_ expected: String) throws(SignatureFailure) {
        try require(issuer, expected)
    }

    private func require(_ found: String?, _ expected: String) throws(SignatureFailure) {
        guard let found, isEqual(found, expected) else {
            throw .invalid(.unknownSigner, "the certificate states \(found ?? "nothing") where \(expected) is wanted")
        }
    }

    /// Swift's `==` takes different spellings of one character for equal.
    private func isEqual(_ left: String, _ right: String) -> Bool {
        left.utf8.elementsEqual(right.utf8)
    }

    private func isEqual(_ left: Name, _ right: Name) -> Bool {
        left == right && isEqual(left.text, right.text)
    }
}
