import Crypto
import Packaging
import Wheelhouse

extension SignerProof {
    /// Reads one way to prove that one is a signer, such as `{ ssh: "SHA256:…", principal: "ann@acme.example" }`.
    init(_ object: PolicyObject) throws(UsageError) {
        if object["sigstore"] != nil {
            self = .sigstore(try SigstoreSigner(object))
        } else if object["ssh"] != nil {
            try object.require(only: ["ssh", "principal"])
            self = .ssh(
                fingerprint: try Self.fingerprint("ssh", object), principal: try object.optionalText("principal"))
        } else if object["openpgp"] != nil {
            try object.require(only: ["openpgp"])
            self = .openPGP(fingerprint: try Self.digits("openpgp", object, [40, 64]))
        } else if object["minisign"] != nil {
            try object.require(only: ["minisign"])
            self = .minisign(id: try Self.digits("minisign", object, [16]))
        } else if object["x509"] != nil {
            try object.require(only: ["x509"])
            self = .x509(name: try object.text("x509"))
        } else if object["key"] != nil {
            try object.require(only: ["key"])
            self = .key(fingerprint: try Self.fingerprint("key", object))
        } else if object["timestamp"] != nil {
            try object.require(only: ["timestamp"])
            self = .timestamp(name: try object.text("timestamp"))
        } else {
            throw object.place.mistake(
                "proves nothing", mend: "it must have sigstore, ssh, openpgp, minisign, x509, key or timestamp")
        }
    }

    private static func fingerprint(_ name: String, _ object: PolicyObject) throws(UsageError) -> String {
        let text = try object.text(name)
        let digest = text.hasPrefix("SHA256:") ? Base64.decode(text.dropFirst("SHA256:".count) + "=") : nil
        guard digest?.count == 32 else {
            throw object.place.mistake(
                "has the fingerprint '\(text)'", mend: "write SHA256: and 43 characters of base64")
        }
        return text
    }

    private static func digits(
        _ name: String, _ object: PolicyObject, _ lengths: [Int]
    ) throws(UsageError) -> String {
        let written = try object.text(name)
        let text = String(written.filter { $0 != " " }).uppercased()
        let isHexadecimal = text.allSatisfy { $0.isASCII && $0.isHexDigit }
        guard isHexadecimal, lengths.contains(text.utf8.count) else {
            let counts = lengths.map(String.init).joined(separator: " or ")
            throw object.place.mistake(
                "has '\(written)'", mend: "write the whole fingerprint, \(counts) hexadecimal digits")
        }
        return text
    }
}

extension SigstoreSigner {
    /// Claims that a signer may be asked for besides, by their names in the policy.
    private static let claimNames: [(name: String, claim: CertificateIdentity.Claim)] = [
        ("ownerId", .ownerID), ("repositoryId", .sourceRepositoryID), ("ref", .sourceRef),
        ("runner", .runnerEnvironment), ("trigger", .trigger),
    ]

    fileprivate init(_ object: PolicyObject) throws(UsageError) {
        let names: [String]
        switch try object.text("sigstore") {
        case "GitHub":
            names = ["repository", "workflow", "environment", "anyWorkflow"]
            self.init(
                .publisher(
                    .gitHub(
                        .init(
                            repository: try object.text("repository"), workflow: try Self.workflow(object),
                            environment: try object.optionalText("environment")))))
        case "GitLab":
            names = ["repository", "workflow", "environment", "anyWorkflow", "instance"]
            let instance = try object.optionalText("instance") ?? AttestationPublisher.GitLab.publicInstance
            self.init(
                .publisher(
                    .gitLab(
                        .init(
                            repository: try object.text("repository"), workflowPath: try Self.workflow(object),
                            environment: try object.optionalText("environment"), instance: instance))))
        case "Google":
            names = ["email"]
            self.init(.publisher(.google(email: try object.text("email"))))
        case "CircleCI":
            names = ["projectId", "pipelineDefinitionId", "vcsOrigin", "vcsRef"]
            self.init(
                .publisher(
                    .circleCI(
                        .init(
                            projectID: try object.text("projectId"),
                            pipelineDefinitionID: try object.text("pipelineDefinitionId"),
                            origin: try object.optionalText("vcsOrigin"), ref: try object.optionalText("vcsRef")))))
        case "identity":
            names = ["name", "issuer"]
            self.init(.name(try object.text("name"), issuer: try object.text("issuer")))
        case let other:
            throw object.place.mistake(
                "has sigstore: '\(other)'", mend: "it must be GitHub, GitLab, Google, CircleCI or identity")
        }
        try object.require(only: ["sigstore"] + names + Self.claimNames.map(\.name))
        takesAnyWorkflow = object["anyWorkflow"] != nil
        for (name, claim) in Self.claimNames {
            if let pattern = try object.optionalText(name) { claims[claim] = pattern }
        }
    }

    /// The workflow, unless any one of the repository will do.
    private static func workflow(_ object: PolicyObject) throws(UsageError) -> String {
        guard let any = object["anyWorkflow"] else { return try object.text("workflow") }
        guard case .flag(true) = any.value, object["workflow"] == nil else {
            throw any.mistake("stands beside a workflow, or is not true", mend: "keep one of them")
        }
        return ""
    }
}
