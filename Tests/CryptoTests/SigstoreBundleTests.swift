import Packaging
import Testing

@testable import Crypto

/// Bundles of Sigstore against their vectors.
struct SigstoreBundleTests {
    /// Where each of Sigstore's own bad bundles fails.
    static let steps: [String: VerificationStep] = [
        "bundle-from-wrong-instance": .log, "bundle-invalid-base64-signature": .format,
        "bundle-unknown-version": .format, "checkpoint-bad-keyhint": .checkpoint,
        "checkpoint-wrong-roothash": .checkpoint, "dsse-invalid-sig": .signature, "dsse-mismatch-envelope": .logEntry,
        "dsse-mismatch-sig": .logEntry, "inclusion-proof-corrupted-hash": .inclusionProof,
        "incorrect-public-key": .inclusionProof, "intoto-tsa-timestamp-outside-cert-validity": .chain,
        "invalid-inclusion-proof": .format, "managed-key-no-key": .key, "managed-key-wrong-key": .key,
        "message-digest-mismatch": .digest, "rekor2-checkpoint-missing-root-hash": .checkpoint,
        "rekor2-checkpoint-missing-size": .checkpoint, "rekor2-checkpoint-no-matching-signature": .checkpoint,
        "rekor2-no-timestamp": .time, "rekor2-timestamp-outside-tsa-cert-validity": .time,
        "rekor2-timestamp-payload-mismatch": .time, "rekor2-timestamp-untrusted-tsa-without-embedded-cert": .time,
        // Its base64 has line breaks; without them the time is wrong, see below.
        "rekor2-timestamp-with-incorrect-time": .format, "set-invalid-signature": .entryPromise,
        "signature-mismatch": .signature, "wrong-hashedrekord-artifact": .logEntry,
        "wrong-hashedrekord-cert-and-sig": .logEntry, "wrong-material": .digest,
    ]

    struct Conformance {
        let json: StrictJSON
        let file: StrictJSON

        var name: String { json["name"]?.string ?? "" }

        func verdict(_ bundle: [UInt8]) throws -> SignatureVerdict {
            var trust = TrustMaterial()
            if let index = json["root_index"]?.integer {
                try trust.add(Array((file["trusted_roots"]?.array?[Int(index)].string ?? "").utf8))
            } else {
                try trust.add(Vectors.bytes("roots/sigstore.trusted_root.json"))
            }
            // The malformed key of one case is refused here: then nobody is trusted, and that is the verdict.
            if let key = json["key"]?.string { try? trust.add(Array(key.utf8)) }
            let artifact = Base64.decode(json["artifact"]?.string ?? "") ?? []
            let identity = json["identity"]?.string ?? file["default_identity"]?.string
            return SignatureVerifier(
                trust: trust, now: 1_795_000_000, signer: json["key"]?.string == nil ? identity : nil
            ).verdict(on: bundle, of: SignedFile(name: "a.txt", bytes: artifact))
        }
    }

    static func conformance() throws -> [Conformance] {
        let file = try Vectors.json("sigstore/conformance.json.gz")
        return (file["cases"]?.array ?? []).map { Conformance(json: $0, file: file) }
    }

    @Test func `agrees with Sigstore's conformance suite, and fails where the case is wrong`() throws {
        let cases = try Self.conformance()
        #expect(cases.count == 38)
        for test in cases {
            let verdict = try test.verdict(Array((test.json["bundle"]?.string ?? "").utf8))
            guard test.json["expect"]?.string == "reject" else {
                #expect(verdict.isValid, "\(test.name): \(verdict.outcome)")
                continue
            }
            guard case .invalid(_, let reason) = verdict.outcome else {
                Issue.record("\(test.name): \(verdict.outcome)")
                continue
            }
            let step = Self.steps[String(test.name.dropLast("_fail".count))]
            #expect(verdict.failedStep == step, "\(test.name): \(reason)")
        }
    }

    @Test func `a timestamp outside of the certificate's validity is refused`() throws {
        let test = try #require(
            Self.conformance().first { $0.name == "rekor2-timestamp-with-incorrect-time_fail" })
        // The timestamp's base64 is broken into lines; without the breaks it is read, and its time counts.
        let text = Array((test.json["bundle"]?.string ?? "").utf8)
        let start = try #require(text.firstRange(of: Array("\"signedTimestamp\"".utf8))).upperBound
        let open = try #require(text[start...].firstIndex(of: UInt8(ascii: "\"")))
        let close = try #require(text[(open + 1)...].firstIndex(of: UInt8(ascii: "\"")))
        let timestamp = String(decoding: text[open...close], as: UTF8.self).replacing("\\n", with: "")
        let mended = Array(text[..<open]) + Array(timestamp.utf8) + Array(text[(close + 1)...])
        let verdict = try test.verdict(mended)
        #expect(verdict.failedStep == .chain, "\(verdict.outcome)")
    }

    @Test func `accepts the bundles of CPython's releases`() throws {
        let cases = try Vectors.json("sigstore/cpython_sample.json.gz").array ?? []
        #expect(cases.count == 60)
        let trust = try AttestationTests.root("sigstore")
        for test in cases {
            let file = SignedFile(name: nil, sha256: try Digest(.sha256, hex: test["sha256"]?.string ?? ""))
            let identity = test["identity"]?.string
            let bundle = Array((test["bundle"] ?? .null).text.utf8)
            let verdict = SignatureVerifier(trust: trust, now: 1_795_000_000, signer: identity)
                .verdict(on: bundle, of: file)
            guard case .valid(let valid) = verdict.outcome, case .verified = valid.time else {
                Issue.record("\(test["url"] as Any): \(verdict.outcome)")
                continue
            }
            #expect(valid.signer.certificate?.issuer == test["issuer"]?.string)
            let stranger = SignatureVerifier(trust: trust, now: 1_795_000_000, signer: "mallory@example.org")
                .verdict(on: bundle, of: file)
            #expect(stranger.failedStep == .identity)
            let other = SignedFile(name: nil, bytes: [1])
            #expect(!SignatureVerifier(trust: trust, now: 0).verdict(on: bundle, of: other).isValid)
        }
    }

    // MARK: Without a log

    private func verdict(
        _ bundle: String, _ data: [UInt8], now: Int64 = 0, trust files: [String]
    ) throws -> SignatureVerdict {
        var trust = TrustMaterial()
        for file in files { try trust.add(Array(file.utf8)) }
        return SignatureVerifier(trust: trust, now: now)
            .verdict(on: Array(bundle.utf8), of: SignedFile(name: nil, bytes: data))
    }

    @Test func `a plain key needs no log`() throws {
        let groups = try Vectors.json("wycheproof/ecdsa_secp256r1_sha256_test.json.gz")["testGroups"]?.array ?? []
        let tests = groups[0]["tests"]?.array ?? []
        let (pem, other) = (groups[0]["publicKeyPem"]?.string ?? "", groups[1]["publicKeyPem"]?.string ?? "")
        let hint = Base64.encode(sha256(groups[0]["publicKeyDer"]?.hex ?? []))
        var good = 0
        for test in tests {
            let (message, signature) = (test["msg"]?.hex ?? [], test["sig"]?.hex ?? [])
            let digest = Base64.encode(sha256(message))
            let bundle = """
                {"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json",
                "verificationMaterial":{"publicKey":{"hint":"\(hint)"}},
                "messageSignature":{"messageDigest":{"algorithm":"SHA2_256","digest":"\(digest)"},
                "signature":"\(Base64.encode(signature))"}}
                """
            let verdict = try verdict(bundle, message, trust: [other, pem])
            guard test["result"]?.string == "valid" else {
                #expect(verdict.failedStep == .signature, "\(test["tcId"] as Any)")
                continue
            }
            guard case .valid(let valid) = verdict.outcome else {
                Issue.record("\(test["tcId"] as Any): \(verdict.outcome)")
                continue
            }
            good += 1
            #expect(valid.signer.names == [valid.signer.keyFingerprint] && valid.time == .unknown)
            #expect(try self.verdict(bundle, message + [0], trust: [pem]).failedStep == .digest)
            let stranger = try self.verdict(bundle, message, trust: [other])
            #expect(stranger.failedStep == .key && !stranger.isValid)
        }
        #expect(good > 0)
    }

    @Test func `a certificate of an internal authority needs no log, and must be valid now`() throws {
        let json = try Vectors.json("sigstore/private_authority.json")
        let text = { (key: String) in json[key]?.string ?? "" }
        let data = Array(text("data").utf8)
        let bundle = json["bundle"]?.text ?? ""
        let now = json["now"]?.integer ?? 0
        let files = [text("root"), text("intermediate")]
        let good = try verdict(bundle, data, now: now, trust: files)
        #expect(good.isValid, "\(good.outcome)")
        #expect(good.steps.map(\.step) == [.format, .key, .chain, .certificateProfile, .identity, .signature, .digest])
        #expect(try verdict(bundle, data + [0], now: now, trust: files).failedStep == .signature)
        for trust in [[text("root")], [text("other_root"), text("intermediate")], [text("intermediate")]] {
            #expect(try verdict(bundle, data, now: now, trust: trust).failedStep == .chain)
        }
        #expect(try verdict(bundle, data, now: now, trust: []).failedStep == .log)
        for time in [now - 10 * 365 * 86_400, now + 10 * 365 * 86_400] {
            let verdict = try verdict(bundle, data, now: time, trust: files)
            guard case .invalid(.expired, _) = verdict.outcome else {
                Issue.record("\(verdict.outcome)")
                continue
            }
        }
    }
}
