import Packaging
import Testing

@testable import Crypto

/// Signatures of minisign and signify against their vectors.
struct MinisignTests {
    static func verdict(_ vector: StrictJSON, _ signature: [UInt8]? = nil) throws -> SignatureVerdict {
        var trust = TrustMaterial()
        try trust.add(Array((vector["pub"]?.string ?? "").utf8))
        let file = SignedFile(name: "demo-1.0.tar.gz", bytes: Base64.decode(vector["data"]?.string ?? "") ?? [])
        return SignatureVerifier(trust: trust, now: 0)
            .verdict(on: signature ?? Array((vector["sig"]?.string ?? "").utf8), of: file)
    }

    @Test func `gives every vector its verdict`() throws {
        let vectors = try Vectors.json("minisign/cases.json.gz").array ?? []
        #expect(vectors.count == 41)
        for vector in vectors {
            let verdict = try Self.verdict(vector)
            #expect(
                verdict.isValid == (vector["expect"]?.string == "accept"),
                "\(vector["name"]?.string ?? ""): \(verdict.outcome)")
            #expect(verdict.format == .minisign)
        }
    }

    @Test func `the signer is the key's identifier, the time that of the trusted comment`() throws {
        let vectors = try Vectors.json("minisign/cases.json.gz").array ?? []
        let vector = try #require(vectors.first { $0["name"]?.string == "legacy CRLF" })
        guard case .valid(let valid) = try Self.verdict(vector).outcome else {
            Issue.record("not valid")
            return
        }
        #expect(valid.signer.names == ["5F61268EB2E68633"])
        #expect(valid.time == .claimed(1_795_214_406))
    }

    @Test func `a flipped bit in any byte is never valid but in the untrusted comment`() throws {
        let vectors = try Vectors.json("minisign/cases.json.gz").array ?? []
        let vector = try #require(vectors.first { $0["name"]?.string == "legacy untrusted comment changed" })
        let text = Array((vector["sig"]?.string ?? "").utf8)
        let comment = "untrusted comment:".utf8.count..<(try #require(text.firstIndex(of: 0x0A)))
        for index in text.indices where !comment.contains(index) && index != text.count - 1 {
            var changed = text
            changed[index] ^= 1 << UInt8(index % 7)
            // CR before LF is allowed: a flip that makes one has not been found in these bytes.
            #expect(try !Self.verdict(vector, changed).isValid, "byte \(index)")
        }
    }

    @Test func `a key of low order is refused`() throws {
        let bytes = Array("Ed12345678".utf8) + [1] + [UInt8](repeating: 0, count: 31)
        var trust = TrustMaterial()
        let refusal = try #require(throws: TrustMaterial.Refusal.self) {
            try trust.add(Array("untrusted comment: key\n\(Base64.encode(bytes))\n".utf8))
        }
        #expect(refusal.reason == "its key is a point of low order, with which anybody can sign")
    }

    @Test func `with only the digest at hand the legacy form is unsupported`() throws {
        let vectors = try Vectors.json("minisign/cases.json.gz").array ?? []
        let vector = try #require(vectors.first { $0["name"]?.string == "legacy CRLF" })
        var trust = TrustMaterial()
        try trust.add(Array((vector["pub"]?.string ?? "").utf8))
        let file = SignedFile(name: nil, sha256: .sha256(of: Base64.decode(vector["data"]?.string ?? "") ?? []))
        let verdict = SignatureVerifier(trust: trust, now: 0)
            .verdict(on: Array((vector["sig"]?.string ?? "").utf8), of: file)
        guard case .unsupported = verdict.outcome else {
            Issue.record("\(verdict.outcome)")
            return
        }
    }
}
