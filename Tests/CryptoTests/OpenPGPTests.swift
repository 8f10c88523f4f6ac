import Packaging
import Testing

@testable import Crypto

/// Detached signatures of OpenPGP against their vectors: made by GnuPG, Sequoia, sqop and gosop.
struct OpenPGPTests {
    struct Material {
        let json: StrictJSON

        init() throws {
            json = try Vectors.json("openpgp/cases.json.gz")
        }

        var now: Int64 { json["now"]?.integer ?? 0 }

        func file(_ name: String) -> [UInt8] {
            Base64.decode(json["files"]?[name]?.string ?? "") ?? []
        }

        func trust(_ keys: [String]) throws -> TrustMaterial {
            var trust = TrustMaterial()
            for key in keys { try trust.add(file(key)) }
            return trust
        }

        func verdict(
            _ signature: [UInt8], _ keys: [String], data: [UInt8]? = nil, now: Int64? = nil
        ) throws -> SignatureVerdict {
            SignatureVerifier(trust: try trust(keys), now: now ?? self.now)
                .verdict(on: signature, of: SignedFile(name: nil, bytes: data ?? file("demo-1.0.tar.gz")))
        }
    }

    @Test func `gives every vector its verdict`() throws {
        let set = try Material()
        let cases = set.json["cases"]?.array ?? []
        #expect(cases.count == 44)
        for test in cases {
            let (name, key) = (test["sig"]?.string ?? "", test["key"]?.string ?? "")
            let isGood = test["expect"]?.string == "accept"
            do {
                let verdict = try set.verdict(
                    set.file(name), [key], data: set.file(test["data"]?.string ?? ""))
                #expect(verdict.isValid == isGood, "\(name): \(verdict.outcome)")
            } catch let refusal as TrustMaterial.Refusal {
                // Nobody is trusted, so nothing is valid.
                #expect(!isGood, "\(name): \(refusal)")
            }
        }
    }

    @Test func `gives every mutated vector its verdict`() throws {
        let set = try Material()
        let cases = set.json["mutated"]?.array ?? []
        #expect(cases.count == 484)
        var trust: [String: TrustMaterial] = [:]
        for test in cases {
            let (key, mutation) = (test["key"]?.string ?? "", test["mutation"]?.string ?? "")
            trust[key] = try trust[key] ?? set.trust([key])
            var data = set.file(test["data"]?.string ?? "")
            if mutation == "data changed" { data.append(UInt8(ascii: "x")) }
            if mutation == "data empty" { data = [] }
            let signature = Base64.decode(test["sig"]?.string ?? "") ?? []
            let verdict = SignatureVerifier(trust: try #require(trust[key]), now: set.now)
                .verdict(on: signature, of: SignedFile(name: nil, bytes: data))
            #expect(
                verdict.isValid == (test["expect"]?.string == "accept"), "\(key), \(mutation): \(verdict.outcome)")
        }
    }

    @Test(arguments: [
        ("sigs/ed25519-SHA1.asc", "keys/ed25519.asc", VerificationStep.format, SignatureFailure.Cause.broken),
        ("sigs/soft-after.asc", "keys/soft.asc", .time, .revoked),
        ("sigs/hard-before.asc", "keys/hard.asc", .time, .revoked),
        ("sigs/expired-sub.asc", "keys/withsub.asc", .time, .broken),
        ("sigs/ok-ed25519.asc", "keys/rsa3072.asc", .key, .unknownSigner),
        ("sigs/notation-critical.asc", "keys/ed25519.asc", .format, .broken),
        ("sigs/short-in-time.asc", "keys/short.asc", .time, .expired),
        ("sigs/sigexpire.asc", "keys/ed25519.asc", .time, .expired),
    ])
    func `names the step that failed, and why`(
        signature: String, key: String, step: VerificationStep, cause: SignatureFailure.Cause
    ) throws {
        let set = try Material()
        let verdict = try set.verdict(set.file(signature), [key])
        guard case .invalid(let found, _) = verdict.outcome else {
            Issue.record("\(verdict.outcome)")
            return
        }
        #expect(found == cause && verdict.failedStep == step, "\(verdict.outcome)")
    }

    @Test(arguments: ["sigs/textmode.asc", "sigs/clearsign.asc", "sigs/inline.asc"])
    func `what carries its data inside or changes it is unsupported`(name: String) throws {
        let set = try Material()
        let verdict = try set.verdict(set.file(name), ["keys/ed25519.asc"])
        guard case .unsupported = verdict.outcome else {
            Issue.record("\(verdict.outcome)")
            return
        }
    }

    @Test(arguments: [
        ("keys/rsa1024.asc", "has only 1024 bits of RSA; use 3072 or more"),
        ("keys/secp256k1.asc", "is not RSA, ECDSA on P-256, P-384 or P-521, Ed25519 or Ed448"),
        ("keys/dsa2048.asc", "is not RSA, ECDSA on P-256, P-384 or P-521, Ed25519 or Ed448"),
        ("keys/brainpoolP256r1.asc", "is not RSA, ECDSA on P-256, P-384 or P-521, Ed25519 or Ed448"),
    ])
    func `a weak or unknown key is refused with the reason`(name: String, reason: String) throws {
        let set = try Material()
        let refusal = try #require(throws: TrustMaterial.Refusal.self) { try set.trust([name]) }
        #expect(refusal.reason.hasSuffix(reason), "\(refusal.reason)")
    }

    @Test(arguments: [
        ("keys/hard.asc", "is revoked."), ("keys/soft.asc", "is revoked."), ("keys/short.asc", "has expired."),
    ])
    func `a revoked or expired key is reported`(name: String, end: String) throws {
        let set = try Material()
        let concerns = try set.trust([name]).concerns(at: set.now)
        #expect(concerns.count == 1 && concerns.first?.hasSuffix(end) == true, "\(concerns)")
    }

    @Test func `the signer is the fingerprint of the primary key, the time a claim`() throws {
        let set = try Material()
        guard case .valid(let valid) = try set.verdict(set.file("sigs/sub-ed.asc"), ["keys/withsub.asc"]).outcome else {
            Issue.record("not valid")
            return
        }
        let name = try #require(set.trust(["keys/withsub.asc"]).openPGPCertificates.first).primary.name
        #expect(valid.signer.names == [name, name.lowercased()] && valid.signer.keyFingerprint == name)
        guard case .claimed(let time) = valid.time else {
            Issue.record("\(valid.time)")
            return
        }
        #expect(time > 1_700_000_000)
    }

    @Test func `the revocation of one user ID leaves the key to the other`() throws {
        let set = try Material()
        let verdict = try set.verdict(set.file("sigs/uidrev.asc"), ["keys/uidrev.asc"])
        #expect(verdict.isValid, "\(verdict.outcome)")
    }

    @Test func `a flipped bit in any byte of a key is never valid for another key`() throws {
        let set = try Material()
        let file = set.file("keys/withsub.asc")
        let key = try #require(OpenPGPArmor.content(file, "PGP PUBLIC KEY BLOCK"))
        let signature = set.file("sigs/sub-ed.asc")
        let names = try set.trust(["keys/withsub.asc"]).openPGPCertificates.map(\.primary.name)
        let archive = SignedFile(name: nil, bytes: set.file("demo-1.0.tar.gz"))
        for index in stride(from: 0, to: key.count, by: 3) {
            var changed = key
            changed[index] ^= 1 << UInt8(index & 7)
            var trust = TrustMaterial()
            guard (try? trust.add(changed)) != nil else { continue }
            let verdict = SignatureVerifier(trust: trust, now: set.now).verdict(on: signature, of: archive)
            guard case .valid(let valid) = verdict.outcome else { continue }
            #expect(valid.signer.names[0] == names[0], "byte \(index)")
        }
    }

    @Test func `a subkey that another key claims for itself is not its signer`() throws {
        let set = try Material()
        let label = "PGP PUBLIC KEY BLOCK"
        let own = try #require(OpenPGPArmor.content(set.file("keys/ed25519.asc"), label))
        let other = try #require(OpenPGPArmor.content(set.file("keys/withsub.asc"), label))
        let packets = try #require(OpenPGPPacket.all(in: other, limit: 100))
        let start = try #require(packets.firstIndex { $0.tag == OpenPGPPacket.Tag.publicSubkey })
        let stolen = packets[start...].flatMap { packet -> [UInt8] in
            [0xC0 | packet.tag, 0xFF] + bigEndian(packet.body.count, bytes: 4) + packet.body
        }
        var trust = TrustMaterial()
        try trust.add(own + stolen)
        let verdict = SignatureVerifier(trust: trust, now: set.now).verdict(
            on: set.file("sigs/sub-ed.asc"), of: SignedFile(name: nil, bytes: set.file("demo-1.0.tar.gz")))
        #expect(!verdict.isValid && verdict.failedStep == .time, "\(verdict.outcome)")
    }
}

/// Armor and packets.
struct OpenPGPArmorTests {
    @Test(arguments: [
        ("-----BEGIN PGP SIGNATURE-----\n\niA==\n-----END PGP SIGNATURE-----\n", [0x88]),
        ("-----BEGIN PGP SIGNATURE-----\r\nA: 1\r\n \r\niA==\r\n=abcd\r\n-----END PGP SIGNATURE-----\r\n", [0x88]),
        ("-----BEGIN PGP SIGNATURE-----\n\niA==\n=abc\n-----END PGP SIGNATURE-----\n", nil),
        ("-----BEGIN PGP SIGNATURE-----\n\niA==\n", nil), ("x\n-----BEGIN PGP SIGNATURE-----\n", nil),
        ("-----BEGIN PGP SIGNATURE-----\n\niA==\n-----END PGP SIGNATURE-----\nmore", nil),
        ("-----BEGIN PGP SIGNATURE-----\n\niB==\n-----END PGP SIGNATURE-----\n", nil), ("", nil),
    ])
    func `one block with nothing around it`(text: String, content: [UInt8]?) {
        #expect(OpenPGPArmor.content(Array(text.utf8), "PGP SIGNATURE") == content)
    }

    @Test(arguments: [
        ([0x88, 1, 7], [7]), ([0xC2, 1, 7], [7]), ([0xC2, 0xFF, 0, 0, 0, 1, 7], [7]), ([0x89, 0, 1, 7], [7]),
        ([0x88, 2, 7], nil), ([0xC2, 0xE1, 7], nil), ([0x8B, 7], nil), ([0x02, 1, 7], nil), ([0x88], nil),
    ])
    func `packets have whole lengths`(bytes: [UInt8], body: [UInt8]?) {
        let packets = OpenPGPPacket.all(in: bytes, limit: 1)
        #expect(packets?.first?.body == body && packets?.first.map { $0.tag == 2 } ?? true)
    }

    @Test(arguments: [
        ([0, 1, 1], [1]), ([0, 9, 1, 0], [1, 0]), ([0, 2, 1], nil), ([0, 0], nil), ([0, 8, 1], nil), ([0, 1], nil),
    ])
    func `the length of a number in bits is exact`(bytes: [UInt8], number: [UInt8]?) {
        var reader = ByteReader(bytes)
        #expect(OpenPGPKey.number(&reader) == number)
    }
}
