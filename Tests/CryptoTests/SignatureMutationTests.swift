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

    @Test func `a flipped bit in the text is never valid with another meaning`() throws {
        let (test, root) = try #require(try AttestationTests.realCases().first)
        let trust = try AttestationTests.root(root)
        let file = SignedFile(name: test.filename, sha256: try Digest(.sha256, hex: test.sha256))
        let verifier = SignatureVerifier(trust: trust, now: 1_795_000_000)
        let text = Array(test.attestation.text.utf8)
        for index in text.indices {
            var changed = text
            changed[index] ^= 1 << UInt8(index % 7)
            let verdict = verifier.verdict(on: changed, of: file)
            guard case .valid(let valid) = verdict.outcome else { continue }
            // What nobody signs: names of members that mean nothing, and space. The signer stays the same.
            #expect(valid.signer.names == ["william@yossarian.net"], "byte \(index)")
            let word = String(decoding: changed[max(0, index - 24)..<min(changed.count, index + 24)], as: UTF8.self)
            #expect(
                Self.unprotected.contains { word.contains($0.dropFirst()) || word.contains($0.dropLast()) }, "\(word)")
        }
    }

    /// Members of an attestation that mean nothing: the hint of a checkpoint's line is followed by bytes of a signature,
    /// and other lines of it may be of anybody.
    static let unprotected: [String] = ["\"hashes\""]

    /// The string at a path; of arrays the first element.
    private func value(_ json: StrictJSON, _ path: ArraySlice<String>) -> String? {
        guard let key = path.first else { return json.string }
        guard let member = json[key] else { return nil }
        return value(member.array?.first ?? member, path.dropFirst())
    }
}
