import Foundation
import Testing
import Wheelhouse

@testable import Command

struct CheckSignatureTests {
    static let vectors = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "CryptoTests/Vectors").path
    static let root = vectors + "/roots/sigstore.trusted_root.json"
    static let name = "pypi_attestations-0.0.19.tar.gz"
    static let attestation = vectors + "/pep740/real/" + name + ".publish.attestation"
    static let sha256 = "9bb1add04b1b4e182be6b0b80931593f7a291eb49d69b4fd728a5d4cbcdc4bd3"

    private func arguments(_ line: String) throws -> CheckSignature.Arguments {
        try CheckSignature.Arguments(line.split(separator: " ").map(String.init))
    }

    @Test(arguments: [
        "a s --trust t", "--trust t u a s --json", "--json a s --trust t", "a --trust t --json s",
    ])
    func `takes its words in any order`(line: String) throws {
        let read = try arguments(line)
        #expect(read.request.archive == "a" && read.request.signature == "s")
        #expect(read.request.trust.first == "t" && read.isJSON == line.contains("--json") && !read.isBatch)
    }

    @Test func `takes several trust files, a signer and a time`() throws {
        let read = try arguments("a s --trust t u --signer ann --trust v --at 2026-01-01T00:00:00Z")
        #expect(read.request.trust == ["t", "u", "v"] && read.request.signer == "ann")
        #expect(read.request.time == "2026-01-01T00:00:00Z")
    }

    @Test(arguments: [
        ("", "are needed"), ("a", "are needed"), ("a s", "nobody is trusted"), ("a s t --trust u", "are needed"),
        ("a s --trust t --signer", "--signer has no value"), ("a s --trust t --at", "--at has no value"),
        ("a s --wrong", "is not known"), ("--batch a", "standard input"), ("a s --trust", "nobody is trusted"),
    ])
    func `says what is wrong with its words`(line: String, reason: String) {
        let error = #expect(throws: UsageError.self) { try arguments(line) }
        #expect(error?.message.contains(reason) == true, "\(error as Any)")
    }

    private func report(_ line: String) throws -> SignatureReport {
        let request = try CheckSignature.Request(Array(line.utf8), .init())
        var cache = CheckSignature.TrustCache()
        return try CheckSignature.check(request, &cache)
    }

    private func line(_ members: [String: String], trust: [String] = [root]) -> String {
        let texts =
            members.map { "\"\($0.key)\":\"\($0.value)\"" } + ["\"trust\":[\"\(trust.joined(separator: "\",\""))\"]"]
        return "{" + texts.joined(separator: ",") + "}"
    }

    @Test func `a good signature has the status 0, its steps and its signer`() throws {
        let report = try report(line(["sha256": Self.sha256, "filename": Self.name, "signature": Self.attestation]))
        #expect(report.status == 0 && report.verdict == "valid" && report.format == "pep740")
        #expect(report.steps.count == 14 && report.timeIsVerified == true && report.time == "2024-12-04T23:14:01Z")
        #expect(report.signer?.claims?["sourceRef"] == "refs/tags/v0.0.19")
        #expect(report.text.hasPrefix("valid: signed by https://github.com/"))
        let digest = #"{"algorithm":"sha256","value":"\#(Self.sha256)"}"#
        #expect(report.json().hasPrefix(#"{"digest":\#(digest),"format":"pep740","signer":{"claims":{"#))
        #expect(report.json().contains(#""sourceRef":"refs/tags/v0.0.19""#))
        #expect(report.json().hasSuffix(#""time":"2024-12-04T23:14:01Z","time_is_verified":true,"verdict":"valid"}"#))
    }

    @Test func `what is wrong decides the status`() throws {
        let good = ["sha256": Self.sha256, "filename": Self.name, "signature": Self.attestation]
        let cases: [([String: String], [String], String, String)] = [
            (["sha256": String(repeating: "0", count: 64)], [Self.root], "invalid", "statement"),
            (["filename": "demo-1.0.tar.gz"], [Self.root], "invalid", "statement"),
            (["signer": "mallory"], [Self.root], "invalid", "identity"),
            (["signature": Self.root], [Self.root], "unsupported", "format"),
            ([:], [Self.attestation], "invalid", "trust"),
            ([:], [Self.root, Self.root], "invalid", "trust"),
        ]
        for (change, trust, verdict, step) in cases {
            let report = try report(line(good.merging(change) { $1 }, trust: trust))
            #expect(report.verdict == verdict && report.failedStep == step, "\(report)")
            #expect(report.status == (verdict == "invalid" ? 1 : 3) && report.reason != nil)
        }
    }

    @Test(arguments: [
        ("{", "refused"), ("{}", "no signature"), (#"{"signature":"/nowhere"}"#, "cannot be read"),
        (#"{"signature":"\#(attestation)"}"#, "no archive"), ("[]", "no JSON object"),
        (#"{"signature":"\#(attestation)","sha256":"\#(sha256)","signer":5}"#, "'signer' is no text"),
        (#"{"signature":"\#(attestation)","sha256":"\#(sha256)","signers":"m"}"#, "'signers', which is not known"),
        (#"{"signature":"\#(attestation)","sha256":"\#(sha256)","trust":"/nowhere"}"#, "no list of texts"),
        (#"{"signature":"\#(attestation)","sha256":"\#(sha256)","archive":"/nowhere"}"#, "an archive and a sha256"),
        (#"{"signature":"\#(attestation)","sha256":"1"}"#, "64 hex"),
        (#"{"signature":"\#(attestation)","archive":"/nowhere"}"#, "cannot be read"),
        (#"{"signature":"\#(attestation)","sha256":"\#(sha256)","trust":["/nowhere"]}"#, "cannot be read"),
        (#"{"signature":"\#(attestation)","sha256":"\#(sha256)","at":"now"}"#, "is not valid"),
    ])
    func `a line that cannot be checked says why`(line: String, reason: String) {
        let error = #expect(throws: UsageError.self) { try report(line) }
        let sentence = "\(error?.message ?? ""): \(error?.mend ?? "")"
        #expect(sentence.contains(reason))
    }

    @Test func `of many verdicts the worst counts`() {
        #expect([3, 0, 0].reduce(0, SignatureReport.worse) == 3)
        #expect([0, 3, 1, 3].reduce(0, SignatureReport.worse) == 1)
        #expect([1, 2, 3].reduce(0, SignatureReport.worse) == 2)
    }
}
