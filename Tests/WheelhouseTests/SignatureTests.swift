import Crypto
import Foundation
import Packaging
import Posix
import Storage
import Testing

@testable import Wheelhouse

/// Signatures of the archive `demo-1.0.tar.gz` of this folder's fixtures, and the keys that made them.
enum Signed {
    static let filename = "demo-1.0.tar.gz"
    static let ann = "SHA256:PuEXUev0QwvLkNaVeZTY2pab9xv5bgrUHW1pmRTGxGE"
    static let bob = "SHA256:YxL/t4zkVnoQRe9aBcPkDqRt7BS2UFhYJXRs1hkVdDw"
    static let openPGP = "8DFB864385D3F96A3EF3E90363A50D2011202241"

    static func bytes(_ name: String) throws -> [UInt8] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Signatures")
        return Array(try Data(contentsOf: folder.appending(path: name)))
    }

    static func trust(_ names: [String] = ["allowed_signers", "ann-key.asc", "minisign.pub"]) throws -> SignatureTrust {
        try SignatureTrust(files: try names.map(bytes))
    }

    static func policy(_ rules: [SignaturePolicy.Rule] = [], trust: SignatureTrust? = nil) throws -> Policy {
        var policy = Policy(uploadLimitBytes: 1 << 30, isReadingOpen: true)
        policy.trust = try trust ?? self.trust()
        policy.signatures = SignaturePolicy(rules: rules)
        return policy
    }

    static func rule(
        _ demand: SignaturePolicy.Demand, _ missing: SignaturePolicy.Missing = .reject, projects: [String] = ["*"]
    ) -> SignaturePolicy.Rule {
        var rule = SignaturePolicy.Rule(projects: projects, demand: demand, place: "policy.json5 line 1")
        rule.missing = missing
        return rule
    }

    /// Trusts the stamping authority too.
    static func stampPolicy(_ rules: [SignaturePolicy.Rule] = []) throws -> Policy {
        try policy(rules, trust: trust(["allowed_signers", "stamps.pem"]))
    }

    static let needsAnn = SignerRequirement.signer("ann", [.ssh(fingerprint: ann, principal: "ann@acme.example")])
    static let needsStamp = SignerRequirement.signer("stamped", [.timestamp(name: "https://stamps.*")])
    static let needsBob = SignerRequirement.signer("bob", [.ssh(fingerprint: bob, principal: nil)])
}

extension Instance {
    /// Uploads `demo-1.0.tar.gz`, or an archive of another version, with a signature.
    @discardableResult
    func publish(signedBy signature: [UInt8]?, version: String = "1.0") async throws -> Publication {
        let upload = try beginUpload()
        if let signature { try upload.signatures.add(.detached, signature) }
        try await upload.fill(project: "demo", version: version)
        return try await upload.publish()
    }

    var signatures: [SignatureRecord] {
        get throws { try store.signatures(index: "main", filename: Signed.filename) }
    }

    var offered: [String] {
        get throws { try store.project(index: "main", name: "demo")?.files.map(\.filename) ?? [] }
    }

    func sign(_ name: String) throws -> SignatureAddition {
        try index.addSignature(Signed.bytes(name), to: Signed.filename, index: "main", actor: "tests")
    }
}

@Suite struct SignatureTests {
    @Test(arguments: [
        ("ann.sig", "sig", "ann@acme.example (SSH key \(Signed.ann))"),
        ("demo.asc", "asc", "OpenPGP key \(Signed.openPGP)"), ("demo.minisig", "minisig", "minisign key "),
    ])
    func `a good signature is kept with its verdict`(name: String, suffix: String, signer: String) async throws {
        let instance = try Instance(policy: Signed.policy())
        #expect(try await instance.publish(signedBy: Signed.bytes(name)).isNew)
        let record = try #require(try instance.signatures.first)
        #expect(record.suffix == suffix)
        #expect(record.sha256 == Digest.sha256(of: try Signed.bytes(name)))
        let check = try #require(record.checks.first)
        #expect(check.verdict == "valid" && check.signer?.hasPrefix(signer) == true, "\(check)")
        #expect(check.trust == (try Signed.trust().digest) && check.report.contains("\"steps\":[{"))
        #expect(try instance.store.blobs.open(record.sha256) != nil)
        #expect(try instance.store.verify().isSound)
        #expect(try instance.store.collectGarbage().blobs == 0)
        let file = try #require(try await instance.index.overview(index: "main", project: "demo")?.files.first)
        #expect(file.signatures.sentence?.hasPrefix("signed by \(signer)") == true && file.signatures.isSigned)
    }

    @Test func `a timestamp says when the file existed, in plain words, and does not make it signed`() async throws {
        let instance = try Instance(policy: Signed.stampPolicy())
        try await instance.publish(signedBy: nil)
        let words = "existed at 2026-11-29 06:36 UTC, says https://stamps.acme.example"
        #expect(try instance.sign("demo.tsr").sentence == "valid: \(words)")
        #expect(try !instance.sign("demo.tsr").isNew)
        let record = try #require(try instance.signatures.first)
        #expect(record.suffix == "tsr" && record.checks.last?.finding == words)
        let file = try #require(try await instance.index.overview(index: "main", project: "demo")?.files.first)
        #expect(file.signatures.sentence == words && !file.signatures.isSigned)
        let digest = Digest.sha256(of: sdist("demo", "1.0"))
        func document(_ document: SignatureDocument) async throws -> String? {
            let found = try await instance.index.document(document, of: Signed.filename, sha256: digest, index: "main")
            return found.map { String(decoding: $0.bytes, as: UTF8.self) }
        }
        let list = try #require(try await document(.signatures))
        #expect(list.contains(#""verdict":"valid","signer":null"#) && list.contains(#""report":{"authority":{"#))
        #expect(!list.contains(#""signer":{"#))
        #expect(try await document(.provenance) == nil)
        try await #expect(document(.signature(suffix: "tsr")) != nil)
    }

    @Test(arguments: ["ann.sig", "demo.asc", "demo.minisig"])
    func `a signature of another file, or a damaged one, refuses the upload with its step`(name: String) async throws {
        let signature = try Signed.bytes(name)
        var damaged = signature
        damaged[signature.count / 2] ^= 1
        for (bytes, version) in [(signature, "2.0"), (damaged, "1.0"), (Array(signature.dropLast(60)), "1.0")] {
            let instance = try Instance(policy: Signed.policy())
            let error = await #expect(throws: IndexError.self) {
                try await instance.publish(signedBy: bytes, version: version)
            }
            #expect(error?.code == .invalid && error?.sentence.contains(", step '") == true, "\(error as Any)")
            #expect(try instance.folder.blobs().isEmpty)
        }
    }

    @Test func `what nobody here can judge is kept and counts for nothing`() async throws {
        let instance = try Instance(policy: Signed.policy())
        try await instance.publish(signedBy: Array("whatever this is".utf8))
        #expect(try instance.sign("bob.sig").sentence.hasPrefix("unknown signer: "))
        #expect(try instance.signatures.map { $0.checks[0].verdict } == ["unsupported", "unknown signer"])
        let file = try await instance.index.overview(index: "main", project: "demo")?.files.first
        #expect(file?.signatures.isSigned == false && file?.signatures.sentence?.contains("signed by") == false)
    }

    @Test func `a rule may refuse signatures by somebody unknown, with the upload and later`() async throws {
        var rule = Signed.rule(.signers(Signed.needsAnn), .record)
        rule.refusesUnknownSigners = true
        let instance = try Instance(policy: Signed.policy([rule]))
        await #expect(throws: IndexError.self) { try await instance.publish(signedBy: Signed.bytes("bob.sig")) }
        try await instance.publish(signedBy: nil)
        #expect(throws: IndexError.self) { try instance.sign("bob.sig") }
        #expect(try instance.sign("ann.sig").isNew)
    }

    @Test func `seventeen signatures are too many, together and one after another`() async throws {
        let instance = try Instance(policy: Signed.policy())
        var many = ReceivedSignatures()
        let wrapped = (0..<17).map { "{\"mediaType\":\"application/x-minisign\",\"signature\":\"s\($0)\"}" }
        try many.add(.attestations, Array("[\(wrapped.joined(separator: ","))]".utf8))
        let error = #expect(throws: IndexError.self) { try many.all() }
        #expect(error?.sentence.contains("17 signatures; at most 16") == true)
        try await instance.publish(signedBy: nil)
        for number in 0..<16 {
            _ = try instance.index.addSignature(
                Array("s\(number)".utf8), to: Signed.filename, index: "main", actor: "tests")
        }
        #expect(throws: IndexError.self) { try instance.sign("ann.sig") }
        #expect(try instance.signatures.count == 16)
    }

    @Test func `a signature is at most 256 KiB, and one by a signer is never replaced`() async throws {
        let instance = try Instance(policy: Signed.policy())
        try await instance.publish(signedBy: Signed.bytes("ann.sig"))
        let long = [UInt8](repeating: 0x20, count: ReceivedSignatures.lengthLimitBytes + 1)
        for bytes in [long, []] {
            #expect(throws: IndexError.self) {
                try instance.index.addSignature(bytes, to: Signed.filename, index: "main", actor: "tests")
            }
        }
        #expect(try !instance.sign("ann.sig").isNew)
        let again = try Signed.bytes("ann.sig") + [0x0A]
        #expect(
            try !instance.index.addSignature(again, to: Signed.filename, index: "main", actor: "tests").isNew)
        #expect(try instance.signatures.count == 1)
        #expect(throws: IndexError.self) {
            try instance.index.addSignature([1], to: "none-1.0.tar.gz", index: "main", actor: "tests")
        }
    }

    @Test func `the same file again adds the signatures that are new`() async throws {
        let instance = try Instance(policy: Signed.policy())
        for name in ["ann.sig", "demo.asc", "demo.asc"] { try await instance.publish(signedBy: Signed.bytes(name)) }
        try await instance.publish(signedBy: nil)
        #expect(try instance.signatures.map(\.suffix) == ["sig", "asc"])
    }

    @Test func `checking again adds a check by the trust of that time`() async throws {
        let instance = try Instance(policy: Signed.policy(trust: Signed.trust(["allowed_bob"])))
        try await instance.publish(signedBy: Signed.bytes("ann.sig"))
        instance.index.use(try Signed.policy())
        var found = try instance.index.recheckSignatures(of: Signed.filename, index: "main", actor: "tests").signatures
        #expect(found.map(\.isChanged) == [true])
        found = try instance.index.recheckSignatures(of: Signed.filename, index: "main", actor: "tests").signatures
        #expect(found.map(\.isChanged) == [false])
        let checks = try #require(try instance.signatures.first).checks
        #expect(checks.map(\.verdict) == ["unknown signer", "valid", "valid"])
        #expect(checks[0].trust != checks[1].trust && checks[1].trust == checks[2].trust)
        let actions = try instance.store.journal(after: 0, limit: 100).map(\.action)
        #expect(actions.filter { $0 == .checkSignature }.count == 2)
    }
}

@Suite struct SignaturePolicyTests {
    @Test(arguments: [SignaturePolicy.Missing.reject, .quarantine, .record])
    func `a file without the signature is refused, held or published`(missing: SignaturePolicy.Missing) async throws {
        let instance = try Instance(policy: Signed.policy([Signed.rule(.signers(Signed.needsAnn), missing)]))
        guard missing != .reject else {
            let error = await #expect(throws: IndexError.self) { try await instance.publish(signedBy: nil) }
            #expect(error?.sentence.contains("must be signed by 'ann'") == true)
            #expect(try instance.folder.blobs().isEmpty && instance.offered.isEmpty)
            return
        }
        guard case .published(_, let warnings) = try await instance.publish(signedBy: nil) else {
            Issue.record("it was there already")
            return
        }
        #expect(warnings.contains { $0.contains("must be signed by 'ann'") })
        #expect(try instance.offered == (missing == .record ? [Signed.filename] : []))
    }

    @Test func `a held file is offered once it is signed, and kept from installers until then`() async throws {
        let both = SignerRequirement.threshold(2, of: [Signed.needsAnn, Signed.needsBob])
        var policy = try Signed.policy([Signed.rule(.signers(both), .quarantine)])
        policy.trust = try Signed.trust(["allowed_signers", "allowed_bob"])
        let instance = try Instance(policy: policy)
        try await instance.publish(signedBy: Signed.bytes("ann.sig"))
        let digest = Digest.sha256(of: sdist("demo", "1.0"))
        let before = try await instance.index.download(index: "main", sha256: digest, filename: Signed.filename)
        #expect(before == nil)
        #expect(try instance.offered.isEmpty)
        #expect(try instance.store.recentFiles(index: "main", limit: 9).isEmpty)
        #expect(try instance.store.heldFiles(index: "main").map(\.filename) == [Signed.filename])
        for (project, isManager) in [("demo", true), ("demo-1-0", false)] {
            let manager = try instance.manager(of: project)
            let held = try await instance.index.heldDownload(
                index: "main", sha256: digest, filename: Signed.filename, for: manager)
            #expect((held != nil) == isManager)
            let signatures = try await instance.index.document(
                .signatures, of: Signed.filename, sha256: digest, index: "main", for: manager)
            #expect((signatures != nil) == isManager)
        }
        #expect(try instance.sign("bob.sig").isReleased)
        let after = try await instance.index.download(index: "main", sha256: digest, filename: Signed.filename)
        #expect(after != nil)
        #expect(try instance.offered == [Signed.filename])
        #expect(try instance.store.journal(after: 0, limit: 99).last?.action == .release)
    }

    @Test func `a held file is released by a check when the policy has changed`() async throws {
        let instance = try Instance(policy: Signed.policy([Signed.rule(.signers(Signed.needsAnn), .quarantine)]))
        try await instance.publish(signedBy: nil)
        instance.index.use(try Signed.policy())
        #expect(try instance.index.recheckSignatures(of: Signed.filename, index: "main", actor: "tests").isReleased)
        #expect(try instance.offered == [Signed.filename])
    }

    @Test(arguments: [
        ("ann", true), ("bob", false), ("any", true), ("all", false), ("1 of 2", true), ("2 of 2", false),
        ("other principal", false), ("openpgp", false), ("plain key", false),
    ])
    func `requirements hold as they say`(name: String, holds: Bool) async throws {
        let both = [Signed.needsAnn, Signed.needsBob]
        let requirements: [String: SignerRequirement] = [
            "ann": Signed.needsAnn, "bob": Signed.needsBob, "any": .threshold(1, of: both),
            "all": .threshold(2, of: both), "1 of 2": .threshold(1, of: both), "2 of 2": .threshold(2, of: both),
            "other principal": .signer("x", [.ssh(fingerprint: Signed.ann, principal: "bob@acme.example")]),
            "openpgp": .signer("x", [.openPGP(fingerprint: Signed.openPGP)]),
            "plain key": .signer("x", [.key(fingerprint: Signed.ann)]),
        ]
        let rule = Signed.rule(.signers(try #require(requirements[name])))
        let instance = try Instance(policy: Signed.policy([rule]))
        let isPublished = (try? await instance.publish(signedBy: Signed.bytes("ann.sig"))) != nil
        #expect(isPublished == holds)
    }

    @Test func `a rule is for its projects, its kinds and its time, and the first one counts`() async throws {
        var later = Signed.rule(.signers(Signed.needsAnn))
        later.since = try UploadTime("2999-01-01T00:00:00Z")
        var wheels = Signed.rule(.signers(Signed.needsAnn))
        wheels.kinds = [.wheel]
        let rules = [later, wheels, Signed.rule(.signers(Signed.needsAnn), projects: ["other", "de-*"])]
        for rule in rules {
            try await Instance(policy: Signed.policy([rule])).publish(signedBy: nil)
        }
        let strict = Signed.rule(.signers(Signed.needsAnn), projects: ["d*o"])
        try await Instance(policy: Signed.policy([later, strict])).publish(signedBy: nil)
        await #expect(throws: IndexError.self) {
            try await Instance(policy: Signed.policy([strict, later])).publish(signedBy: nil)
        }
    }

    @Test func `the first valid signer of a project must go on, until that is reset`() async throws {
        let instance = try Instance(policy: Signed.policy([Signed.rule(.continuity)]))
        try await instance.publish(signedBy: nil, version: "0.9")
        #expect(try instance.store.pinnedSigner(index: "main", project: "demo") == nil)
        try await instance.publish(signedBy: Signed.bytes("ann.sig"))
        #expect(try instance.store.pinnedSigner(index: "main", project: "demo")?.identity == "sshsig \(Signed.ann)")
        let error = await #expect(throws: IndexError.self) { try await instance.publish(signedBy: nil, version: "2.0") }
        #expect(error?.sentence.contains("who signed this project first") == true)
        let demo = try ProjectName("demo")
        #expect(try PackageIndex.unpinSigner(of: demo, index: "main", actor: "tests", in: instance.store))
        #expect(try !PackageIndex.unpinSigner(of: demo, index: "main", actor: "tests", in: instance.store))
        try await instance.publish(signedBy: nil, version: "2.0")
    }

    @Test func `a timestamp counts beside signers and for none of them`() async throws {
        let stamp = try Signed.bytes("demo.tsr")
        let ca = SignerRequirement.signer("ca", [.x509(name: "*")])
        let key = SignerRequirement.signer(
            "key", [.key(fingerprint: "*"), .ssh(fingerprint: Signed.ann, principal: nil)])
        for (requirement, holds) in [
            (Signed.needsStamp, true), (Signed.needsAnn, false), (ca, false), (key, false),
            (.signer("other", [.timestamp(name: "CN=Other*")]), false),
            (.threshold(2, of: [Signed.needsAnn, Signed.needsStamp]), false),
        ] as [(SignerRequirement, Bool)] {
            let instance = try Instance(policy: Signed.stampPolicy([Signed.rule(.signers(requirement))]))
            let isPublished = (try? await instance.publish(signedBy: stamp)) != nil
            #expect(isPublished == holds, "\(requirement.text)")
        }
        let both = SignerRequirement.threshold(2, of: [Signed.needsAnn, Signed.needsStamp])
        let instance = try Instance(policy: Signed.stampPolicy([Signed.rule(.signers(both), .quarantine)]))
        try await instance.publish(signedBy: stamp)
        #expect(try instance.offered.isEmpty)
        #expect(try instance.sign("ann.sig").isReleased)
    }

    @Test func `a timestamp is nobody who must go on signing a project`() async throws {
        let instance = try Instance(policy: Signed.stampPolicy([Signed.rule(.continuity)]))
        try await instance.publish(signedBy: Signed.bytes("demo.tsr"))
        #expect(try instance.store.pinnedSigner(index: "main", project: "demo") == nil)
        #expect(try instance.sign("ann.sig").isNew)
        #expect(try instance.store.pinnedSigner(index: "main", project: "demo")?.identity == "sshsig \(Signed.ann)")
    }

    @Test(arguments: [
        ("*", "", true), ("*", "a", true), ("a*", "ab", true), ("a*", "ba", false), ("*b", "ab", true),
        ("a*c", "abc", true), ("a*c", "ac", true), ("a*a", "a", false), ("a*b*c", "aXbYc", true),
        ("a*b*c", "acb", false),
        ("a", "ab", false), ("", "", true), ("**", "x", true), ("a*bc*c", "abc", false),
    ])
    func `a star stands for anything`(pattern: String, text: String, matches: Bool) {
        #expect(Glob(pattern).matches(text) == matches)
    }

    @Test(arguments: [
        ("", "JSON is refused"), ("{}", "JSON is refused"), ("[]", "is empty"), ("[1]", "element 1 is neither"),
        ("[[]]", "element 1 is neither"), ("[{}]", "element 1 is neither"), ("[{\"envelope\":1},]", "JSON is refused"),
        ("[{\"envelope\":1}] x", "JSON is refused"), ("[{\"envelope\":1,\"envelope\":2}]", "JSON is refused"),
        ("[{\"mediaType\":\"application/x-minisign\"}]", "has no 'signature'"),
        ("[{\"mediaType\":\"text/plain\",\"signature\":\"x\"}]", "element 1 is neither"),
        (String(repeating: "[", count: 40), "JSON is refused"), ("[null", "JSON is refused"),
    ])
    func `a field of attestations that is none is refused with a reason`(text: String, reason: String) {
        let error = #expect(throws: IndexError.self) { try ReceivedSignatures.elements(Array(text.utf8)) }
        #expect(error?.sentence.contains(reason) == true, "\(error?.sentence ?? "")")
    }

    @Test func `a refusal begins as its sender expects it`() async throws {
        let bad = Array(try Signed.bytes("ann.sig").dropLast(60))
        let instance = try Instance(policy: Signed.policy())
        let withFile = await #expect(throws: IndexError.self) { try await instance.publish(signedBy: bad) }
        let clause = "signature (sshsig), step 'format': "
        let words = "Invalid attestations supplied during upload: \(clause)"
        #expect(withFile?.sentence.hasPrefix(words) == true, "\(withFile as Any)")
        try await instance.publish(signedBy: nil)
        let later = #expect(throws: IndexError.self) {
            try instance.index.addSignature(bad, to: Signed.filename, index: "main", actor: "tests")
        }
        #expect(later?.sentence.hasPrefix("The signature is not added: \(clause)") == true, "\(later as Any)")
        // The same file again is an upload too.
        let again = await #expect(throws: IndexError.self) { try await instance.publish(signedBy: bad) }
        #expect(again?.sentence.hasPrefix(words) == true, "\(again as Any)")
    }

    @Test func `elements are kept byte for byte, wrapped signatures are unwrapped`() throws {
        let field = """
             [ {"envelope": {"a":"],["}} , {"mediaType":"application/x-ssh-signature","signature":"-----BEGIN\\nx"},
            {"mediaType":"application/pkcs7-signature","signature":"MAA="},
            {"mediaType":"application/timestamp-reply","signature":"MAUwAwIBAg=="}]
            """
        let found = try ReceivedSignatures.elements(Array(field.utf8))
        #expect(
            found == [
                Array(#"{"envelope": {"a":"],["}}"#.utf8), Array("-----BEGIN\nx".utf8), [0x30, 0],
                [0x30, 5, 0x30, 3, 2, 1, 2],
            ])
        var twice = ReceivedSignatures()
        try twice.add(.attestations, Array("[{\"envelope\":1},{\"envelope\":1}]".utf8))
        #expect(throws: IndexError.self) { try twice.all() }
        #expect(throws: IndexError.self) { try twice.add(.attestations, [0x5B, 0x5D]) }
    }
}
