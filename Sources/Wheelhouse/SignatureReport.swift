public import Crypto
import Packaging

/// What is said of one signature that was checked, for people and for programs: by `check-signature`, and by the
/// document of a file's signatures.
public struct SignatureReport: Sendable {
    /// Who signed.
    public struct Signer: Sendable {
        /// The first of the names.
        public let name: String
        /// Every name under which the signer is known.
        public let names: [String]
        /// The fingerprint of the key; `nil` for certificates that live shortly.
        public let fingerprint: String?
        /// Who vouched for the name; `nil` when that is said nowhere.
        public let issuer: String?
        /// What the certificate states, by the names of the claims.
        public let claims: [String: String]?
    }

    /// What the signature rests on.
    public struct SignedDigest: Sendable {
        /// Such as `sha256`.
        public let algorithm: String
        /// In hexadecimal digits.
        public let value: String
    }

    /// A step that held.
    public struct Step: Sendable {
        /// Its name.
        public let step: String
        /// What was found.
        public let finding: String
    }

    /// `valid`, `invalid`, `unsupported`, or `error` when it could not be checked.
    public let verdict: String
    /// The format that was recognized.
    public private(set) var format: String?
    /// Who signed; `nil` unless it is valid, and for timestamps.
    public private(set) var signer: Signer?
    /// Who says that the file existed at ``time``; `nil` unless it is a valid timestamp.
    public private(set) var authority: Signer?
    /// The archive's digest; `nil` unless it is valid.
    public private(set) var digest: SignedDigest?
    /// When it was signed, as `2026-11-20T08:00:00Z`.
    public private(set) var time: String?
    /// Whether somebody who is trusted vouches for the time.
    public private(set) var timeIsVerified: Bool?
    /// What is wrong, as far as a policy tells it apart.
    public private(set) var cause: String?
    /// The step that did not hold.
    public private(set) var failedStep: String?
    /// Why it did not.
    public private(set) var reason: String?
    /// The steps that held, in order.
    public private(set) var steps: [Step] = []

    /// 0 valid, 1 invalid, 3 unsupported, 2 when it could not be checked.
    public var status: Int32 {
        switch verdict {
        case "valid": 0
        case "invalid": 1
        case "unsupported": 3
        default: 2
        }
    }

    /// The status that counts for a batch.
    public static func worse(_ left: Int32, _ right: Int32) -> Int32 {
        let order: [Int32] = [0, 3, 1, 2]
        return (order.firstIndex(of: left) ?? 0) >= (order.firstIndex(of: right) ?? 0) ? left : right
    }

    /// Says what a check came to.
    public init(_ verdict: SignatureVerdict) {
        switch verdict.outcome {
        case .valid(let valid):
            self.verdict = "valid"
            add(valid, isTimestamp: verdict.format == .timestamp)
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
    public init(refusedTrust reason: String) {
        verdict = "invalid"
        cause = SignatureFailure.Cause.unknownSigner.rawValue
        failedStep = "trust"
        self.reason = reason
    }

    /// The signature could not be checked at all.
    public init(error reason: String) {
        verdict = "error"
        self.reason = reason
    }

    private mutating func add(_ valid: ValidSignature, isTimestamp: Bool) {
        let certificate = valid.signer.certificate
        let claims = certificate?.claims.map { ("\($0.key)", $0.value) }
        let maker = Signer(
            name: valid.signer.names.first ?? "", names: valid.signer.names, fingerprint: valid.signer.keyFingerprint,
            issuer: certificate?.issuer, claims: claims.map { Dictionary(uniqueKeysWithValues: $0) })
        if isTimestamp { authority = maker } else { signer = maker }
        digest = SignedDigest(algorithm: valid.hash.rawValue, value: Self.hex(valid.digest))
        switch valid.time {
        case .verified(let seconds): (time, timeIsVerified) = (Self.text(seconds), true)
        case .claimed(let seconds): (time, timeIsVerified) = (Self.text(seconds), false)
        case .unknown: break
        }
    }

    /// One line of JSON; what is not known is left out.
    public func json() -> String {
        let steps = steps.map { Self.object([("finding", $0.finding), ("step", $0.step)]) }
        return Self.object(
            [
                ("authority", authority.map(Self.json)), ("cause", cause),
                ("digest", digest.map { Self.object([("algorithm", $0.algorithm), ("value", $0.value)]) }),
                ("failed_step", failedStep), ("format", format), ("reason", reason), ("signer", signer.map(Self.json)),
                ("steps", JSON.list(steps)), ("time", time), ("time_is_verified", timeIsVerified.map { "\($0)" }),
                ("verdict", verdict),
            ], written: ["authority", "digest", "signer", "steps", "time_is_verified"])
    }

    private static func json(_ signer: Signer) -> String {
        let claims = signer.claims.map { claims in
            object(claims.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
        }
        return object(
            [
                ("claims", claims), ("fingerprint", signer.fingerprint), ("issuer", signer.issuer),
                ("name", signer.name), ("names", JSON.strings(signer.names)),
            ], written: ["claims", "names"])
    }

    /// - Parameter written: the members whose values are JSON already; the others are texts.
    private static func object(_ members: [(name: String, value: String?)], written: Set<String> = []) -> String {
        JSON.object(
            members.compactMap { name, value in
                value.map { (value: String) in (name, written.contains(name) ? value : JSON.string(value)) }
            })
    }

    /// The verdict, then a line for each step.
    public var text: String {
        var lines = [headline]
        lines += steps.map { "  ok    \($0.step): \($0.finding)" }
        if let failedStep, let reason { lines.append("  FAIL  \(failedStep): \(reason)") }
        return lines.map { Self.harmless($0) + "\n" }.joined()
    }

    /// What signatures say of themselves is anybody's words: nothing in them may steer a terminal.
    public static func harmless(_ line: String) -> String {
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
        if let authority, let time { return "valid: existed at \(time), says \(authority.name)" }
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
