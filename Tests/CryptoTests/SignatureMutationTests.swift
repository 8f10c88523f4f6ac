import Packaging
import Testing

@testable import Crypto

/// One change anywhere in a good signature makes a bad one.
struct SignatureMutationTests {
    /// The parts of an attestation that are bytes in base64, by path.
    static let parts: [[String]] = [
        ["verification_material", "certificate"], ["envelope", "statement"], ["envelope", "signature"],
        ["verification_material", "transparency_entries", "canonicalizedBody"],
        ["verification_material", "transparency_entries", "inclusionPromise", "signedEntryTimestamp"],
        ["verification_material", "transparency_entries", "inclusionProof", "rootHash"],
        ["verification_material", "transparency_entries", "logId", "keyId"],
    ]

    @Test(arguments: parts)
    func `a flipped bit in any byte is never valid`(path: [String]) throws {
        let (test, root) = try #require(try AttestationTests.realCases().first)
        let trust = try AttestationTests.root(root)
        let file = SignedFile(name: test.filename, sha256: try Digest(.sha256, hex: test.sha256))
        let verifier = SignatureVerifier(trust: trust, now: 1_795_000_000)
        let text = Array(test.attestation.text.utf8)
        #expect(verifier.verdict(on: text, of: file).isValid)
        let encoded = Array((value(test.attestation, path[...]) ?? "").utf8)
        let bytes = try #require(Base64.decode(encoded))
        let place = try #require(text.firstRange(of: encoded))
        #expect(!bytes.isEmpty)
        for index in bytes.indices {
            var changed = bytes
            changed[index] ^= 1 << UInt8(index & 7)
            var copy = text
            copy.replaceSubrange(place, with: Base64.encode(changed).utf8)
            let verdict = verifier.verdict(on: copy, of: file)
            #expect(!verdict.isValid && verdict.failedStep != nil, "byte \(index) of \(path)")
        }
    }

    /// The base64 of the parts is flipped in every seventh character here: its bytes are flipped above.
    @Test func `a flipped bit in the text changes nothing, or makes the signature bad`() throws {
        let (test, root) = try #require(try AttestationTests.realCases().first)
        let trust = try AttestationTests.root(root)
        let file = SignedFile(name: test.filename, sha256: try Digest(.sha256, hex: test.sha256))
        let verifier = SignatureVerifier(trust: trust, now: 1_795_000_000)
        let text = Array(test.attestation.text.utf8)
        let covered = try Self.parts.map { path in
            try #require(text.firstRange(of: Array((value(test.attestation, path[...]) ?? "").utf8)))
        }
        // The one thing that nobody protects: what the signature line of a checkpoint of Rekor v1 calls the log, since
        // its key is told by the hint. The text that is signed names the log too.
        let line = try #require(text.firstRange(of: Array("— rekor.sigstage.dev ".utf8)))
        let name = (line.lowerBound + "— ".utf8.count)..<(line.upperBound - 1)
        for index in text.indices where index % 7 == 0 || !covered.contains(where: { $0.contains(index) }) {
            var changed = text
            changed[index] ^= 1 << UInt8(index % 7)
            let verdict = verifier.verdict(on: changed, of: file)
            guard verdict.isValid else { continue }
            #expect(try name.contains(index) || StrictJSON(changed) == test.attestation, "byte \(index)")
        }
    }

    /// Members that are bytes in base64, all of which are protected.
    static let protected: Set<String> = [
        "certificate", "statement", "signature", "sig", "payload", "canonicalizedBody", "signedEntryTimestamp",
        "rootHash", "keyId", "content",
    ]

    @Test func `bundles of every kind protect their parts`() throws {
        let bundles = try SigstoreBundleTests.conformance().filter { $0.json["expect"]?.string == "accept" }
        #expect(bundles.count == 10)
        for test in bundles {
            let text = Array((test.json["bundle"]?.string ?? "").utf8)
            var flips = 0
            for encoded in strings(try StrictJSON(text)) {
                let bytes = try #require(Base64.decode(encoded))
                let place = try #require(text.firstRange(of: Array(encoded.utf8)))
                for index in stride(from: 0, to: bytes.count, by: 31) {
                    var changed = bytes
                    changed[index] ^= 1 << UInt8(index & 7)
                    var copy = text
                    copy.replaceSubrange(place, with: Base64.encode(changed).utf8)
                    #expect(!(try test.verdict(copy).isValid), "byte \(index) of \(encoded) in \(test.name)")
                    flips += 1
                }
            }
            #expect(flips > 20)
        }
    }

    @Test(arguments: ["good", "token"])
    func `a flipped bit in a timestamp makes it bad, or changes nothing of what it says`(name: String) throws {
        let json = try Vectors.json("cms/timestamps.json.gz")
        func file(_ name: String) -> [UInt8] { Base64.decode(json["files"]?[name]?.string ?? "") ?? [] }
        var trust = TrustMaterial()
        try trust.add(file("root.pem"))
        let verifier = SignatureVerifier(trust: trust, now: json["now"]?.integer ?? 0)
        let (archive, stamp) = (SignedFile(name: nil, bytes: file("demo.tar.gz")), file(name))
        let good = verifier.verdict(on: stamp, of: archive)
        #expect(good.isValid)
        let certificate = try #require(PEMBlock.all(in: file("stamps.pem"))?.first).bytes
        // What is said, behind its type and the heads of a context tag and of an octet string.
        let type = try #require(stamp.firstRange(of: TimestampFormat.type)).upperBound
        let signed = [
            (type + 4)..<(type + 4 + Int(stamp[type + 3])), try #require(stamp.firstRange(of: certificate)),
            (stamp.count - 70)..<stamp.count,
        ]
        for index in stamp.indices {
            var changed = stamp
            changed[index] ^= 1 << UInt8(index & 7)
            let verdict = verifier.verdict(on: changed, of: archive)
            guard verdict.isValid else { continue }
            // Versions, and tags and names that libcrypto reads in more than one spelling.
            #expect(verdict.outcome == good.outcome && !signed.contains { $0.contains(index) }, "byte \(index)")
        }
    }

    /// The protected strings of a bundle.
    private func strings(_ json: StrictJSON) -> [String] {
        switch json {
        case .array(let elements): elements.flatMap(strings)
        case .object(let members):
            members.flatMap { key, value in
                guard let text = value.string else { return strings(value) }
                return Self.protected.contains(String(decoding: key, as: UTF8.self)) ? [text] : []
            }
        default: []
        }
    }

    /// The string at a path; of arrays the first element.
    private func value(_ json: StrictJSON, _ path: ArraySlice<String>) -> String? {
        guard let key = path.first else { return json.string }
        guard let member = json[key] else { return nil }
        return value(member.array?.first ?? member, path.dropFirst())
    }
}
