import Packaging
import Testing

@testable import Crypto

/// Timestamps of RFC 3161 over an archive, made by `openssl ts`, and by `openssl cms` where that would not.
struct TimestampTests {
    let json: StrictJSON

    init() throws {
        json = try Vectors.json("cms/timestamps.json.gz")
    }

    private func file(_ name: String) -> [UInt8] {
        Base64.decode(json["files"]?[name]?.string ?? "") ?? []
    }

    private var now: Int64 { json["now"]?.integer ?? 0 }

    private func verdict(
        _ signature: [UInt8], _ trusted: [String] = ["root.pem"], at time: Int64? = nil, of archive: SignedFile? = nil,
        signer: String? = nil
    ) throws -> SignatureVerdict {
        var trust = TrustMaterial()
        for name in trusted { try trust.add(file(name)) }
        return SignatureVerifier(trust: trust, now: time ?? now, signer: signer)
            .verdict(on: signature, of: archive ?? SignedFile(name: nil, bytes: file("demo.tar.gz")))
    }

    @Test(
        arguments: [
            ("good", [], .sha256), ("sha384", [], .sha384), ("sha512", [], .sha512), ("token", [], .sha256),
            ("nocert", ["stamps.pem"], .sha256), ("nononce", [], .sha256), ("policy", [], .sha256),
            ("named", [], .sha256),
            ("chain", [], .sha256), ("mods", [], .sha256), ("again", [], .sha256),
        ] as [(String, [String], HashFunction)])
    func `says when the archive existed, and who says so`(name: String, known: [String], hash: HashFunction) throws {
        let verdict = try verdict(file(name), ["root.pem"] + known)
        guard case .valid(let valid) = verdict.outcome, case .verified(let time) = valid.time else {
            Issue.record("\(verdict.outcome)")
            return
        }
        #expect(verdict.format == .timestamp && (now - 60...now).contains(time))
        #expect(valid.hash == hash && valid.digest == hash.hash(of: file("demo.tar.gz")))
        #expect(valid.signer.names.first == "https://stamps.acme.example")
        #expect(valid.signer.names.last?.hasPrefix("CN=") == true && valid.signer.keyFingerprint != nil)
    }

    @Test(
        arguments: [
            ("of-other", .broken, .digest), ("sha1", .broken, .format), ("two", .broken, .format),
            ("rejected", .broken, .format), ("uncritical", .broken, .certificateProfile),
            ("both", .broken, .certificateProfile), ("code", .broken, .certificateProfile),
            ("ended", .expired, .chain), ("early", .unknownSigner, .chain), ("unknown", .unknownSigner, .chain),
            ("nocert", .unknownSigner, .key),
        ] as [(String, SignatureFailure.Cause, VerificationStep)])
    func `a bad one is refused in its step`(
        name: String, cause: SignatureFailure.Cause, step: VerificationStep
    ) throws {
        let verdict = try verdict(file(name))
        guard case .invalid(cause, _) = verdict.outcome, verdict.format == .timestamp, verdict.failedStep == step else {
            Issue.record("\(verdict)")
            return
        }
    }

    @Test func `a truncated, a lengthened, a wrapped and a doubled one are never valid`() throws {
        let good = file("good")
        for count in 4..<good.count {
            let verdict = try verdict(Array(good.prefix(count)))
            guard case .invalid(.broken, _) = verdict.outcome, verdict.failedStep == .format else {
                // With fewer bytes nothing says what it is.
                #expect(count < 12, "\(count): \(verdict)")
                continue
            }
        }
        let length = bigEndian(good.count, bytes: 2)
        for bad in [good + [0], [0x30, 0x82] + length + good, good + good, file("token") + [0]] {
            #expect(try !verdict(bad).isValid)
        }
    }

    @Test func `the certificate counts at the time that is stated, also when it has ended since`() throws {
        #expect(try verdict(file("good"), at: 4_000_000_000).isValid)
        let early = try verdict(file("good"), at: now - 3_600)
        #expect(!early.isValid && early.failedStep == .time)
    }

    @Test func `an authority of another tree, and none at all, are unknown`() throws {
        for trusted in [["stranger.pem"], []] {
            let verdict = try verdict(file("good"), trusted)
            guard case .invalid(.unknownSigner, _) = verdict.outcome else {
                Issue.record("\(verdict)")
                return
            }
        }
    }

    @Test func `authorities of a trusted root count in their time`() throws {
        func root(_ start: String, _ end: String) throws -> TrustMaterial {
            let chain = try ["stamps.pem", "root.pem"].map { name in
                let der = try #require(PEMBlock.all(in: file(name))?.first).bytes
                return #"{"rawBytes":"\#(Base64.encode(der))"}"#
            }
            let valid = #""validFor":{"start":"\#(start)","end":"\#(end)"}"#
            let authority = #"{"certChain":{"certificates":[\#(chain.joined(separator: ","))]},\#(valid)}"#
            let type = "application/vnd.dev.sigstore.trustedroot+json;version=0.1"
            var trust = TrustMaterial()
            try trust.add(Array(#"{"mediaType":"\#(type)","timestampAuthorities":[\#(authority)]}"#.utf8))
            return trust
        }
        let archive = SignedFile(name: nil, bytes: file("demo.tar.gz"))
        for (start, end, counts) in [
            ("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z", true),
            ("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z", false),
            ("2026-12-31T00:00:00Z", "2027-01-01T00:00:00Z", false),
        ] {
            let verifier = SignatureVerifier(trust: try root(start, end), now: now)
            for name in ["good", "nocert"] {
                let verdict = verifier.verdict(on: file(name), of: archive)
                #expect(verdict.isValid == counts, "\(name) from \(start) to \(end): \(verdict)")
            }
        }
    }

    @Test func `of a digest alone SHA-256 is enough, for others the archive is needed`() throws {
        let digestOnly = SignedFile(name: nil, sha256: .sha256(of: file("demo.tar.gz")))
        #expect(try verdict(file("good"), of: digestOnly).isValid)
        let verdict = try verdict(file("sha512"), of: digestOnly)
        guard case .unsupported = verdict.outcome, verdict.failedStep == .digest else {
            Issue.record("\(verdict)")
            return
        }
    }

    @Test func `is nobody's signature, whoever is asked for`() throws {
        for name in ["https://stamps.acme.example", "CN=Stamps"] {
            let verdict = try verdict(file("good"), signer: name)
            guard case .invalid(.unknownSigner, _) = verdict.outcome, verdict.failedStep == .identity else {
                Issue.record("\(verdict)")
                return
            }
        }
    }

    @Test func `is not taken for signed data, nor signed data for it`() throws {
        let verdict = try verdict(file("code.p7s"))
        #expect(verdict.isValid && verdict.format == .cms)
        #expect(!CMSFormat.recognizes(file("good")) && !TimestampFormat.recognizes(file("code.p7s")))
    }
}
