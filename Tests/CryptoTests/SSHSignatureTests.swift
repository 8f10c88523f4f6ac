import Packaging
import Testing

@testable import Crypto

/// OpenSSH's signatures and `allowed_signers` against their vectors.
struct SSHSignatureTests {
    struct Vector {
        let json: StrictJSON
        let allowed: String

        var name: String { json["name"]?.string ?? "" }

        /// `YYYYMMDDHHMMSS` of one moment, or any time.
        var now: Int64 { json["time"]?.string == "20240101120000" ? 1_704_110_400 : 1_795_219_200 }

        var data: [UInt8] { Base64.decode(json["data"]?.string ?? "") ?? [] }

        func trust() throws -> TrustMaterial {
            let text = json["allowed_signers"]?.string ?? ""
            var trust = TrustMaterial()
            try trust.add(Array((text == "@allowed" ? allowed : text).utf8))
            return trust
        }

        func verdict(_ signature: [UInt8]? = nil, over data: [UInt8]? = nil) throws -> SignatureVerdict {
            SignatureVerifier(trust: try trust(), now: now, signer: json["principal"]?.string).verdict(
                on: signature ?? Array((json["sig"]?.string ?? "").utf8),
                of: SignedFile(name: "demo-1.0.tar.gz", bytes: data ?? self.data))
        }
    }

    static func vectors() throws -> [Vector] {
        let file = try Vectors.json("sshsig/cases.json.gz")
        return (file["cases"]?.array ?? []).map { Vector(json: $0, allowed: file["allowed"]?.string ?? "") }
    }

    static func vector(_ name: String) throws -> Vector {
        try #require(try vectors().first { $0.name == name })
    }

    @Test func `gives every vector its verdict`() throws {
        let vectors = try Self.vectors()
        #expect(vectors.count == 251)
        for vector in vectors {
            let isGood = vector.json["expect"]?.string == "accept"
            do {
                let verdict = try vector.verdict()
                #expect(verdict.isValid == isGood, "\(vector.name): \(verdict.outcome)")
                #expect(isGood || verdict.failedStep != nil)
            } catch is TrustMaterial.Refusal {
                // Nobody is trusted, so nothing is valid.
                #expect(!isGood, "\(vector.name)")
            }
        }
    }

    @Test(arguments: [
        ("signature made for git used as file", VerificationStep.format), ("data changed", .signature),
        ("principal of another key", .identity), ("good rsa1024-sha256.sig", .key),
        ("sk no user presence", .signature), ("version 2", .format), ("armor without END", .format),
        ("RSA ssh-rsa with sha1", .signature),
    ])
    func `names the step that failed`(name: String, step: VerificationStep) throws {
        let verdict = try Self.vector(name).verdict()
        guard case .invalid = verdict.outcome else {
            Issue.record("\(name): \(verdict.outcome)")
            return
        }
        #expect(verdict.failedStep == step, "\(verdict.outcome)")
    }

    @Test func `a certificate is unsupported, not invalid`() throws {
        let verdict = try Self.vector("certificate").verdict()
        guard case .unsupported(let reason) = verdict.outcome else {
            Issue.record("\(verdict.outcome)")
            return
        }
        #expect(reason.contains("ssh-ed25519-cert-v01@openssh.com"))
    }

    @Test func `the signer is the principal, with the fingerprint of the key`() throws {
        let vector = try Self.vector("good ed25519-sha512.sig")
        guard case .valid(let valid) = try vector.verdict().outcome else {
            Issue.record("not valid")
            return
        }
        let fingerprint = "SHA256:rMMj9eSz8KCParbFXasNVoIB7WtEQG1pWqjAnx75Ml4"
        #expect(valid.signer.names == ["ed25519@example.org", fingerprint])
        #expect(valid.signer.keyFingerprint == fingerprint)
        #expect(valid.hash == .sha512 && valid.time == .unknown)
    }

    @Test(arguments: ["valid-after=\"21000101\"", "valid-before=\"20200101\""])
    func `a clock before or after the owner's time refuses the identity`(option: String) throws {
        let vector = try Self.vector("good ed25519-sha512.sig")
        let line = try #require(vector.allowed.split(separator: "\n").first { $0.hasPrefix("ed25519@example.org") })
        let words = line.split(separator: " ", maxSplits: 1)
        var trust = TrustMaterial()
        try trust.add(Array("\(words[0]) \(option) ssh-ed25519 \(words[1].split(separator: " ").last ?? "")\n".utf8))
        let verdict = SignatureVerifier(trust: trust, now: vector.now).verdict(
            on: Array((vector.json["sig"]?.string ?? "").utf8),
            of: SignedFile(name: "demo-1.0.tar.gz", bytes: vector.data))
        guard case .invalid(.expired, _) = verdict.outcome, verdict.failedStep == .identity else {
            Issue.record("\(verdict.outcome)")
            return
        }
    }

    @Test(arguments: ["good ed25519-sha512.sig", "good ecdsa256-sha256.sig", "sk-ed25519 good"])
    func `a flipped bit in any byte is never valid`(name: String) throws {
        let vector = try Self.vector(name)
        let block = try #require(PEMBlock.all(in: Array((vector.json["sig"]?.string ?? "").utf8))?.first)
        for index in block.bytes.indices {
            var changed = block.bytes
            changed[index] ^= 1 << UInt8(index & 7)
            let armor = "-----BEGIN \(block.label)-----\n\(Base64.encode(changed))\n-----END \(block.label)-----\n"
            #expect(try !vector.verdict(Array(armor.utf8)).isValid, "byte \(index)")
        }
        for index in vector.data.indices {
            var changed = vector.data
            changed[index] ^= 0x80
            #expect(try !vector.verdict(over: changed).isValid, "byte \(index) of the data")
        }
    }
}

/// Lines of `allowed_signers`.
struct AllowedSignersTests {
    static let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPYMJCWC9z0so1FDzO1mBcClsgfz+v18QHkbjYSu7HBv"

    @Test(arguments: [
        ("ann ssh-ed25519", "its line 1 is not 'principals [options] keytype base64'"),
        ("# all\n\(key)", "its line 2 begins with a key; in allowed_signers principals stand before it"),
        ("ann \"x \(key)", "its line 1 has a quotation mark that is not closed"),
        ("ann valid-after=\"2026\" \(key)", "its line 1 has the time '2026'"),
        ("ann valid-before=\"20261301\" \(key)", "its line 1 has the time '20261301'; there is none"),
        ("ann no-such=\"x\" \(key)", "its line 1 has the unknown option 'no-such=\"x\"'"),
        ("ann ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIPYMJCWC9z0so1FDzO1mBcClsgfz+v18QHkbjYSu7HBv", "names another key type"),
        ("ann ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA", "its line 1 has a key that cannot be read"),
        ("ann ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAA", "its line 1 has a key that is not base64"),
        ("", "it names nobody"), ("hello", "its line 1 is not 'principals [options] keytype base64'"),
    ])
    func `a line that is none is refused with its number`(text: String, reason: String) throws {
        var trust = TrustMaterial()
        let refusal = try #require(throws: TrustMaterial.Refusal.self) { try trust.add(Array(text.utf8)) }
        #expect(refusal.reason.contains(reason), "\(refusal.reason)")
    }

    @Test(arguments: [
        ("*", "ann@example.org", true), ("ann@*", "ann@example.org", true), ("a?n@*.org", "ann@example.org", true),
        ("*@example.org,!bob@*", "ann@example.org", true), ("!ann@*,*", "ann@example.org", false),
        ("*,!\u{301}*", "\u{301}ann", false), ("x,\u{301}ann", "\u{301}ann", true),
        ("*,!ann@*", "ann@example.org", false), ("!bob", "ann", false), ("an", "ann", false), ("ann?", "ann", false),
        ("*a*n*x", "ann@example.org", false), ("Ann", "ann", false),
    ])
    func `patterns of principals`(patterns: String, name: String, isNamed: Bool) throws {
        let signer = try #require(try AllowedSigner.all(in: Array("\(patterns) \(Self.key)".utf8)).first)
        #expect(signer.names(name) == isNamed)
    }

    @Test func `namespaces, times and authorities`() throws {
        let text = """
            # comment with " in it

            ann namespaces="git,file*",valid-after="20260102",valid-before="20260102030405Z" \(Self.key) a comment
            ca cert-authority \(Self.key)
            """
        let signers = try AllowedSigner.all(in: Array(text.utf8))
        #expect(signers.count == 1)
        let signer = try #require(signers.first)
        #expect(signer.allows("git") && signer.allows("file") && !signer.allows("email"))
        let (start, end): (Int64, Int64) = (1_767_312_000, 1_767_323_045)
        #expect(signer.holds(at: start) && signer.holds(at: end))
        #expect(!signer.holds(at: start - 1) && !signer.holds(at: end + 1))
    }

    @Test func `a weak key stays in the file, verifies nothing and is reported`() throws {
        let vector = try SSHSignatureTests.vector("good rsa1024-sha256.sig")
        let concerns = try vector.trust().concerns(at: vector.now)
        #expect(concerns.count == 1)
        let end = "of rsa1024@example.org has only 1024 bits of RSA; use 3072 or more."
        #expect(concerns.first?.hasSuffix(end) == true)
    }

    @Test func `a point of low order is reported and verifies nothing`() throws {
        let point = [1] + [UInt8](repeating: 0, count: 31)
        let blob = [Array("ssh-ed25519".utf8), point].flatMap { bigEndian($0.count, bytes: 4) + $0 }
        var trust = TrustMaterial()
        try trust.add(Array("ann ssh-ed25519 \(Base64.encode(blob))".utf8))
        #expect(trust.concerns(at: 0).first?.contains("is a point of low order") == true)
    }
}
