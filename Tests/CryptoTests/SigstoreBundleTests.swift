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
        "message-digest-mismatch": .signature, "rekor2-checkpoint-missing-root-hash": .checkpoint,
        "rekor2-checkpoint-missing-size": .checkpoint, "rekor2-checkpoint-no-matching-signature": .checkpoint,
        "rekor2-no-timestamp": .time, "rekor2-timestamp-outside-tsa-cert-validity": .time,
        "rekor2-timestamp-payload-mismatch": .time, "rekor2-timestamp-untrusted-tsa-without-embedded-cert": .time,
        // Its base64 has line breaks; without them the time is wrong, see below.
        "rekor2-timestamp-with-incorrect-time": .format, "set-invalid-signature": .entryPromise,
        "signature-mismatch": .signature, "wrong-hashedrekord-artifact": .logEntry,
        "wrong-hashedrekord-cert-and-sig": .logEntry, "wrong-material": .signature,
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
}
