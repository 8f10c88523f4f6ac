import Crypto
import FoundationEssentials
import Packaging

/// What `check-signature` says of one signature, for people and for programs.
struct SignatureReport: Encodable {
    struct Signer: Encodable {
        let name: String
        let names: [String]
        let fingerprint: String?
        let issuer: String?
        let claims: [String: String]?
    }

    struct SignedDigest: Encodable {
        let algorithm: String
        let value: String
    }

    struct Step: Encodable {
        let step: String
        let finding: String
    }

    let verdict: String
    var format: String?
    var signer: Signer?
    var digest: SignedDigest?
    var time: String?
    var timeIsVerified: Bool?
    var cause: String?
    var failedStep: String?
    var reason: String?
    var steps: [Step] = []

    /// 0 valid, 1 invalid, 3 unsupported, 2 when it could not be checked.
    var status: Int32 {
        switch verdict {
        case "valid": 0
        case "invalid": 1
        case "unsupported": 3
        default: 2
        }
    }

    /// The status that counts for a batch.
    static func worse(_ left: Int32, _ right: Int32) -> Int32 {
        let order: [Int32] = [0, 3, 1, 2]
        return (order.firstIndex(of: left) ?? 0) >= (order.firstIndex(of: right) ?? 0) ? left : right
    }

    init(_ verdict: SignatureVerdict) {
        switch verdict.outcome {
        case .valid(let valid):
            self.verdict = "valid"
            add(valid)
        case .invalid(let cause, let reason):
            self.verdict = "invalid"
            self.cause = cause.rawValue
            self.reason = reason
        case .unsupported(let reason):
            self.verdict = "unsupported"
            self.reason = reason
        }
        format = verdict.format?.rawValue
        failedStep = verdict.failedStep?.rawValue
        steps = verdict.steps.map { Step(step: $0.step.rawValue, finding: $0.finding) }
    }

    /// A file that should say who is trusted is refused: nothing can be valid.
    init(refusedTrust reason: String) {
        verdict = "invalid"
        cause = SignatureFailure.Cause.unknownSigner.rawValue
        failedStep = "trust"
        self.reason = reason
    }

    /// The signature could not be checked at all.
    init(error reason: String) {
        verdict = "error"
        self.reason = reason
    }

    private mutating func add(_ valid: ValidSignature) {
        let certificate = valid.signer.certificate
        let claims = certificate?.claims.map { ("\($0.key)", $0.value) }
        signer = Signer(
            name: valid.signer.names.first ?? "", names: valid.signer.names, fingerprint: valid.signer.keyFingerprint,
            issuer: certificate?.issuer, claims: claims.map { Dictionary(uniqueKeysWithValues: $0) })
        digest = SignedDigest(algorithm: valid.hash.rawValue, value: Self.hex(valid.digest))
        switch valid.time {
        case .verified(let seconds): (time, timeIsVerified) = (Self.text(seconds), true)
        case .claimed(let seconds): (time, timeIsVerified) = (Self.text(seconds), false)
        case .unknown: break
        }
    }

    /// One line of JSON.
    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    /// The verdict, then a line for each step.
    var text: String {
        var lines = [headline]
        lines += steps.map { "  ok    \($0.step): \($0.finding)" }
        if let failedStep, let reason { lines.append("  FAIL  \(failedStep): \(reason)") }
        return lines.map { Self.harmless($0) + "\n" }.joined()
    }

    /// What signatures say of themselves is anybody's words: nothing in them may steer a terminal.
    private static func harmless(_ line: String) -> String {
        String(
            String.UnicodeScalarView(
                line.unicodeScalars.map { scalar in
                    switch scalar.properties.generalCategory {
                    case .control, .format, .lineSeparator, .paragraphSeparator: "\u{FFFD}"
                    default: scalar
                    }
                }))
    }

    private var headline: String {
        guard let signer else { return "\(verdict): \(reason ?? "")" }
        let issuer = signer.issuer.map { " (says \($0))" } ?? ""
        let moment = time.map { (timeIsVerified == true ? ", at " : ", by the signer's own clock at ") + $0 } ?? ""
        return "valid: signed by \(signer.name)\(issuer)\(moment)"
    }

    private static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// Without the fraction that a signature never has.
    private static func text(_ seconds: Int64) -> String {
        UploadTime(microseconds: seconds * 1_000_000).description.replacing(".000000", with: "")
    }
}
