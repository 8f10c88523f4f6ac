import Packaging
import Testing

@testable import Crypto

/// Attestations of PEP 740 against their vectors.
struct AttestationTests {
    /// A case's expectation, whatever the file it stands in.
    struct Case {
        let name: String
        let filename: String
        let sha256: String
        let publisher: StrictJSON?
        let attestation: StrictJSON
        let isAccepted: Bool
        /// What the prototype said of a refused one.
        let reason: String
    }

    static func root(_ name: String) throws -> TrustMaterial {
        var trust = TrustMaterial()
        try trust.add(Vectors.bytes("roots/\(name).trusted_root.json"))
        return trust
    }

    /// The verdict, and the failure to be the publisher, if only that is wrong.
    static func check(_ test: Case, _ trust: TrustMaterial) throws -> (SignatureVerdict, SignatureFailure?) {
        let file = SignedFile(name: test.filename, sha256: try Digest(.sha256, hex: test.sha256))
        let verdict = SignatureVerifier(trust: trust, now: 1_795_000_000)
            .verdict(on: Array(test.attestation.text.utf8), of: file)
        guard case .valid(let valid) = verdict.outcome, let publisher = test.publisher else { return (verdict, nil) }
        do {
            try require(publisher, of: try #require(valid.signer.certificate))
            return (verdict, nil)
        } catch let failure as SignatureFailure {
            return (verdict, failure)
        }
    }

    static func require(_ publisher: StrictJSON, of identity: CertificateIdentity) throws(SignatureFailure) {
        let text = { (key: String) in publisher[key]?.string ?? "" }
        switch text("kind") {
        case "GitHub":
            try identity.require(.gitHub(.init(repository: text("repository"), workflow: text("workflow"))))
        case "GitLab":
            try identity.require(
                .gitLab(.init(repository: text("repository"), workflowPath: text("workflow_filepath"))))
        case "Google": try identity.require(.google(email: text("email")))
        case "CircleCI":
            try identity.require(
                .circleCI(
                    .init(
                        projectID: text("project_id"), pipelineDefinitionID: text("pipeline_definition_id"),
                        origin: publisher["vcs_origin"]?.string, ref: publisher["vcs_ref"]?.string)))
        case "_email": try identity.require(name: text("email"), issuer: text("issuer"))
        case "_identity": try identity.require(name: text("san"), issuer: text("issuer"))
        default: throw .broken("no publisher")
        }
    }

    /// The cases of real attestations; a provenance object gives one for each of its attestations.
    static func realCases() throws -> [(Case, root: String)] {
        var cases: [(Case, root: String)] = []
        for test in try Vectors.json("pep740/real/cases.json").array ?? [] {
            let make = { (attestation: StrictJSON, publisher: StrictJSON?) in
                Case(
                    name: test["filename"]?.string ?? "", filename: test["filename"]?.string ?? "",
                    sha256: test["sha256"]?.string ?? "", publisher: publisher, attestation: attestation,
                    isAccepted: test["expect"]?.string == "accept", reason: "")
            }
            let root = test["root"]?.string ?? ""
            if let file = test["attestation"]?.string {
                cases.append((make(try Vectors.json("pep740/real/\(file)"), test["publisher"]), root))
                continue
            }
            let provenance = try Vectors.json("pep740/real/\(test["provenance"]?.string ?? "")")
            for bundle in provenance["attestation_bundles"]?.array ?? [] {
                for attestation in bundle["attestations"]?.array ?? [] {
                    cases.append((make(attestation, bundle["publisher"]), root))
                }
            }
        }
        return cases
    }

    @Test func `accepts every real attestation`() throws {
        let cases = try Self.realCases()
        #expect(cases.count >= 10)
        for (test, root) in cases {
            let (verdict, failure) = try Self.check(test, try Self.root(root))
            #expect(verdict.isValid && failure == nil, "\(test.name): \(verdict.outcome) \(failure as Any)")
            #expect(verdict.format == .attestation && verdict.failedStep == nil)
            #expect(
                verdict.steps.map(\.step) == [
                    .format, .key, .log, .inclusionProof, .checkpoint, .entryPromise, .time, .chain,
                    .certificateTimestamp,
                    .certificateProfile, .identity, .signature, .logEntry, .statement,
                ])
            guard case .valid(let valid) = verdict.outcome, let identity = valid.signer.certificate else { continue }
            // What a provenance object would say is what the publisher is.
            if let publisher = identity.publisher { try identity.require(publisher) }
        }
    }

    /// The words of the prototype, and the step that they mean.
    static let steps: [(String, VerificationStep)] = [
        ("Bad: version 1 suite", .key), ("Bad: version", .format), ("Bad: base64", .format), ("KeyError", .format),
        ("Bad: no entries", .format), ("Bad: no inclusion proof", .format), ("Bad: no checkpoint", .format),
        ("Bad: integer", .format), ("Bad: hash length", .format), ("ValueError: bad certificate", .key),
        ("ValueError: bad key", .key), ("Bad: unknown log", .log), ("Bad: inclusion proof", .inclusionProof),
        ("Bad: proof too", .inclusionProof), ("Bad: index >= size", .inclusionProof), ("Bad: note", .checkpoint),
        ("Bad: checkpoint", .checkpoint), ("Bad: SET", .entryPromise), ("Bad: no verified time", .time),
        ("Bad: log key validity", .entryPromise), ("Bad: time outside", .chain), ("Bad: chain", .chain),
        ("Bad: no valid SCT", .certificateTimestamp), ("Bad: codeSigning", .certificateProfile),
        ("Bad: digitalSignature", .certificateProfile), ("Bad: signature", .signature), ("Bad: entry", .logEntry),
        ("Bad: keyDetails", .logEntry), ("Bad: one subject", .statement), ("Bad: subject", .statement),
        ("InvalidWheelFilename", .statement), ("Bad: _type", .statement), ("Bad: predicateType", .statement),
        ("JSONDecodeError", .statement), ("Bad: object", .statement), ("Bad: publish predicate", .statement),
        ("Bad: duplicate key", .statement),
    ]
    /// Refused because of who signed, after the signature itself was found good.
    static let publisherReasons = [
        "Bad: SAN", "Bad: source repository", "Bad: build config", "Bad: no digest/ref claim", "Bad: issuer",
    ]

    static func expect(_ test: Case, _ trust: TrustMaterial, also steps: Set<VerificationStep> = []) throws {
        let (verdict, failure) = try check(test, trust)
        guard !test.isAccepted else {
            #expect(verdict.isValid && failure == nil, "\(test.name): \(verdict.outcome) \(failure as Any)")
            return
        }
        if publisherReasons.contains(where: test.reason.hasPrefix) {
            #expect(verdict.isValid && failure != nil, "\(test.name): \(verdict.outcome)")
            return
        }
        let step = Self.steps.first { test.reason.hasPrefix($0.0) }?.1
        #expect(!verdict.isValid, "\(test.name): \(test.reason)")
        if case .unsupported = verdict.outcome { Issue.record("\(test.name) is invalid, not unsupported") }
        #expect(step != nil, "no step for \(test.reason)")
        let found = verdict.failedStep
        #expect(found == step || found.map(steps.contains) == true, "\(test.name) \(test.reason): \(verdict.outcome)")
    }

    @Test func `gives the expected verdict, at the expected step, on every change of a real attestation`() throws {
        let cases = try Vectors.json("pep740/mutated.json.gz").array ?? []
        #expect(cases.count == 364)
        let roots = ["sigstore": try Self.root("sigstore"), "sigstage": try Self.root("sigstage")]
        for json in cases {
            let name = json["name"]?.string ?? ""
            // SIGNATURES.md §3.1 wants it refused, though the public library lets `.zip` match `.tar.gz`.
            let isRenamed = name == "zip instead of tar.gz"
            let test = Case(
                name: name, filename: json["filename"]?.string ?? "", sha256: json["sha256"]?.string ?? "",
                publisher: json["publisher"],
                attestation: try patched(Vectors.json("pep740/real/\(json["base"]?.string ?? "")"), json["patch"]),
                isAccepted: json["expect"]?.string == "accept" && !isRenamed,
                reason: isRenamed ? "Bad: subject" : json["reason"]?.string ?? "")
            try Self.expect(test, try #require(roots[json["root"]?.string ?? ""]))
        }
    }

    @Test func `gives the expected verdict, at the expected step, whatever a private instance signs`() throws {
        let file = try Vectors.json("pep740/private_instance.json.gz")
        let roots = try (file["trusted_roots"]?.array ?? []).map { root in
            var trust = TrustMaterial()
            try trust.add(Array(root.text.utf8))
            return trust
        }
        let cases = file["cases"]?.array ?? []
        #expect(cases.count == 71)
        for json in cases {
            let test = Case(
                name: json["name"]?.string ?? "", filename: json["filename"]?.string ?? "",
                sha256: json["sha256"]?.string ?? "", publisher: json["publisher"],
                attestation: json["attestation"] ?? .null, isAccepted: json["expect"]?.string == "accept",
                reason: json["reason"]?.string ?? "")
            try Self.expect(test, roots[Int(json["root_index"]?.integer ?? 0)])
        }
    }

    /// Applies a list of `[path, "set", value]` and `[path, "del"]`.
    private func patched(_ json: StrictJSON, _ patch: StrictJSON?) throws -> StrictJSON {
        var json = json
        for change in patch?.array ?? [] {
            let change = try #require(change.array)
            let path = try #require(change[0].array)
            json = try #require(changed(json, path[...], to: change.count == 3 ? change[2] : nil))
        }
        return json
    }

    private func changed(_ json: StrictJSON, _ path: ArraySlice<StrictJSON>, to value: StrictJSON?) -> StrictJSON? {
        guard let key = path.first else { return value }
        switch (json, key) {
        case (.object(var members), .string(let name)):
            let name = Array(name.utf8)
            members[name] = changed(members[name] ?? .null, path.dropFirst(), to: value)
            return .object(members)
        case (.array(var elements), .integer(let index)):
            guard let element = changed(elements[Int(index)], path.dropFirst(), to: value) else {
                elements.remove(at: Int(index))
                return .array(elements)
            }
            elements[Int(index)] = element
            return .array(elements)
        default: return json
        }
    }
}
