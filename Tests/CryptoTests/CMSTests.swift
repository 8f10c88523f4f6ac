import Packaging
import Testing

@testable import Crypto

/// Signed data of CMS by an own authority, timestamps of RFC 3161, and raw signatures against their vectors.
struct CMSTests {
    struct Material {
        let json: StrictJSON

        init() throws {
            json = try Vectors.json("cms/cases.json.gz")
        }

        func file(_ name: String) -> [UInt8] {
            Base64.decode(json["files"]?[name]?.string ?? "") ?? []
        }

        func verdict(
            _ signature: [UInt8], known: [String] = ["inter.pem"], data: [UInt8]? = nil, now: Int64? = nil
        ) throws -> SignatureVerdict {
            var trust = TrustMaterial()
            for name in ["root.pem"] + known { try trust.add(file(name)) }
            return SignatureVerifier(trust: trust, now: now ?? json["now"]?.integer ?? 0)
                .verdict(on: signature, of: SignedFile(name: nil, bytes: data ?? file("demo-1.0.tar.gz")))
        }
    }

    @Test(arguments: [("expect", ["inter.pem"]), ("expect_with_known_signer", ["inter.pem", "leafec.pem"])])
    func `gives every vector its verdict`(key: String, known: [String]) throws {
        let set = try Material()
        let cases = set.json["cases"]?.array ?? []
        #expect(cases.count == 20)
        for test in cases {
            let name = test["file"]?.string ?? ""
            let verdict = try set.verdict(set.file(name), known: known)
            #expect(verdict.isValid == (test[key]?.string == "accept"), "\(name): \(verdict.outcome)")
        }
    }

    @Test(arguments: [
        ("badca.p7s", VerificationStep.chain), ("leaf1024.p7s", .key), ("leaf2.p7s", .chain),
        ("leafec-nocerts.p7s", .key), ("leafec-sha1.p7s", .format), ("leafexp.p7s", .chain),
        ("leafnoku.p7s", .certificateProfile), ("leaftls.p7s", .certificateProfile), ("two.p7s", .format),
    ])
    func `names the step that failed`(name: String, step: VerificationStep) throws {
        let set = try Material()
        let verdict = try set.verdict(set.file(name))
        guard case .invalid = verdict.outcome else {
            Issue.record("\(verdict.outcome)")
            return
        }
        #expect(verdict.failedStep == step, "\(verdict.outcome)")
    }

    @Test(arguments: [(1_000_000_000, .unknownSigner), (4_000_000_000, .expired)] as [(Int64, SignatureFailure.Cause)])
    func `a clock before or after the certificate's validity refuses its chain`(
        now: Int64, cause: SignatureFailure.Cause
    ) throws {
        let set = try Material()
        let verdict = try set.verdict(set.file("leafec.p7s"), now: now)
        guard case .invalid(cause, _) = verdict.outcome, verdict.failedStep == .chain else {
            Issue.record("\(verdict.outcome)")
            return
        }
    }

    @Test func `PEM is taken like DER`() throws {
        let set = try Material()
        for label in ["CMS", "PKCS7"] {
            let base64 = Base64.encode(set.file("leafec.p7s"))
            let pem = "-----BEGIN \(label)-----\n\(base64)\n-----END \(label)-----\n"
            #expect(try set.verdict(Array(pem.utf8)).isValid)
        }
    }

    @Test(arguments: ["leafec.p7s", "leafec-noattr.p7s"])
    func `a flipped bit in any second byte is never valid`(name: String) throws {
        let set = try Material()
        let signature = set.file(name)
        for index in stride(from: 0, to: signature.count, by: 2) {
            var changed = signature
            changed[index] ^= 1 << UInt8(index & 7)
            // Without the trusted copy of the intermediate certificate, so that the one that came along counts.
            #expect(try !set.verdict(changed, known: []).isValid, "byte \(index)")
        }
        for index in set.file("demo-1.0.tar.gz").indices {
            var changed = set.file("demo-1.0.tar.gz")
            changed[index] ^= 1
            #expect(try !set.verdict(signature, data: changed).isValid)
        }
    }

    @Test func `timestamps of RFC 3161 over a signature`() throws {
        let set = try Material()
        func certificate(_ name: String) throws -> X509Certificate {
            let block = try #require(PEMBlock.all(in: set.file(name))?.first)
            return try #require(X509Certificate(der: block.bytes))
        }
        let (leaf, root) = (try certificate("tsaleaf.pem"), try certificate("tsaroot.pem"))
        let tests = set.json["timestamps"]?.array ?? []
        #expect(tests.count == 3)
        for test in tests {
            let data = set.file(test["over"]?.string ?? "")
            let response = set.file(test["file"]?.string ?? "")
            let time = leaf.verifiedTime(of: response, over: data, others: [], root: root)
            #expect(time.map { $0 > 1_790_000_000 } == true, "\(test["file"]?.string ?? "")")
            #expect(leaf.verifiedTime(of: response, over: data + [0], others: [], root: root) == nil)
        }
    }
}

/// Signatures without anything around them, of vectors that others made for other tests.
struct RawSignatureTests {
    /// Wycheproof's files, with the SPKI of each group.
    @Test(arguments: [
        "ed25519_test", "ecdsa_secp256r1_sha256_test", "rsa_signature_3072_sha256_test",
        "rsa_pss_3072_sha256_mgf1_32_test",
    ])
    func `the first and last signatures of Wycheproof have their verdicts, in bytes and in base64`(
        name: String
    ) throws {
        var good = 0
        for group in (try Vectors.json("wycheproof/\(name).json.gz")["testGroups"]?.array ?? []).prefix(3) {
            // Some groups have an exponent of 3.
            guard let key = try? PublicKey(spki: (group["publicKeyDer"] ?? group["keyDer"])?.hex ?? []) else {
                continue
            }
            var trust = TrustMaterial()
            trust.keys = [key]
            let verifier = SignatureVerifier(trust: trust, now: 0)
            let tests = group["tests"]?.array ?? []
            for test in tests.prefix(4) + tests.suffix(4) {
                // The other padding of RSA is as good here: nobody says which one it should be.
                guard test["flags"]?.array?.first?.string != "WrongPrimitive" else { continue }
                let file = SignedFile(name: nil, bytes: test["msg"]?.hex ?? [])
                let signature = test["sig"]?.hex ?? []
                let isGood = test["result"]?.string == "valid"
                good += isGood ? 1 : 0
                for form in [signature, Array((Base64.encode(signature) + "\n").utf8)] {
                    let verdict = verifier.verdict(on: form, of: file)
                    #expect(verdict.isValid == isGood, "\(name): \(verdict.outcome)")
                    guard case .valid(let valid) = verdict.outcome else { continue }
                    #expect(verdict.format == .raw && valid.signer.names == [key.fingerprint])
                }
            }
        }
        #expect(good > 0)
    }
}
