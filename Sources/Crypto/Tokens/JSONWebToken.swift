/// An ID token of OpenID Connect (OpenID Connect Core §2): a JSON Web Token (RFC 7519) that says who its bearer is.
///
/// Nothing that it says is true before `verified`; until then its issuer serves to choose the keys, and nothing else.
public struct JSONWebToken: Sendable {
    /// The steps of the verification in their order.
    public enum Step: String, Sendable {
        /// Size, parts, base64url, JSON.
        case form
        /// The header: algorithm, key identifier, nothing that must be understood.
        case header
        /// Who issued it.
        case issuer
        /// The issuer's key.
        case key
        /// The signature.
        case signature
        /// From when until when it is valid.
        case time
        /// For whom it is.
        case audience
        /// What makes it unique.
        case identifier
    }

    /// The step that failed, and why.
    public struct Refusal: Error, Hashable, Sendable {
        /// Which one.
        public let step: Step
        /// A clause, such as "it expired 40 seconds ago".
        public let reason: String

        init(_ step: Step, _ reason: String) {
            self.step = step
            self.reason = reason
        }
    }

    /// What a token must say.
    public struct Expectation: Sendable {
        /// Exactly this `iss`.
        public var issuer: String
        /// Exactly this `aud`, alone.
        public var audience: String
        /// What counts as now, in seconds since 1970-01-01 UTC.
        public var now: Int64

        /// An expectation.
        public init(issuer: String, audience: String, now: Int64) {
            self.issuer = issuer
            self.audience = audience
            self.now = now
        }
    }

    /// What a verified token says.
    public struct Claims: Sendable {
        /// Unique among the tokens of its issuer; whoever acts on it must see to it that it is used once.
        public let identifier: String
        /// When it ends, in seconds since 1970-01-01 UTC; clocks may differ by ``JSONWebToken/leewaySeconds``.
        public let expires: Int64
        /// All claims.
        public let all: StrictJSON
    }

    /// By how much clocks may differ.
    public static let leewaySeconds: Int64 = 30
    /// How long a token may be valid: longer ones are not made for one job of a CI.
    public static let lifetimeLimitSeconds: Int64 = 7_200
    /// How long `jti` may be.
    public static let identifierLimitBytes = 512

    /// Header and signature.
    public let signature: JSONWebSignature
    private let claims: StrictJSON

    /// Reads a token without believing it.
    ///
    /// - Throws: `Refusal` of the steps `form` and `header`.
    public init(_ text: [UInt8]) throws(Refusal) {
        signature = try JSONWebSignature(text)
        do {
            claims = try StrictJSON(signature.payload)
        } catch {
            throw Refusal(.form, "the claims are no JSON: \(error)")
        }
        guard claims.isObject else { throw Refusal(.form, "the claims are no JSON object") }
    }

    /// The `iss` that it claims, for choosing among the issuers that are known; `nil` when it has none.
    public var claimedIssuer: String? { claims["iss"]?.string }

    /// Verifies everything.
    ///
    /// - Returns: what it says, which is true now, if it has not been used before.
    /// - Throws: `Refusal` for the first step that fails.
    public func verified(_ keys: JSONWebKeySet, _ expected: Expectation) throws(Refusal) -> Claims {
        guard claimedIssuer == expected.issuer else { throw Refusal(.issuer, "it is not from \(expected.issuer)") }
        try signature.verify(with: keys)
        let expires = try checkTime(expected.now)
        guard audience == expected.audience else {
            throw Refusal(.audience, "it must be for the audience '\(expected.audience)' alone")
        }
        guard let identifier = claims["jti"]?.string, (1...Self.identifierLimitBytes).contains(identifier.utf8.count)
        else { throw Refusal(.identifier, "it has no 'jti' that makes it unique") }
        return Claims(identifier: identifier, expires: expires, all: claims)
    }

    /// RFC 7519 §4.1.4 to §4.1.6.
    private func checkTime(_ now: Int64) throws(Refusal) -> Int64 {
        guard let expires = try time("exp"), let issued = try time("iat") else {
            throw Refusal(.time, "it has not both 'exp' and 'iat'")
        }
        guard now < expires + Self.leewaySeconds else {
            throw Refusal(.time, "it expired \(now - expires) seconds ago")
        }
        guard issued <= now + Self.leewaySeconds else {
            throw Refusal(.time, "it is from the future, by \(issued - now) seconds")
        }
        guard expires - issued <= Self.lifetimeLimitSeconds else {
            throw Refusal(.time, "it is valid for more than \(Self.lifetimeLimitSeconds) seconds")
        }
        if let begin = try time("nbf"), begin > now + Self.leewaySeconds {
            throw Refusal(.time, "it is not valid yet, for \(begin - now) seconds")
        }
        return expires
    }

    /// `nil` when the claim is missing. A time before 1970 or after the year 9999 is none, so that sums cannot overflow.
    private func time(_ name: String) throws(Refusal) -> Int64? {
        guard let claim = claims[name] else { return nil }
        guard let seconds = claim.integer, (0...253_402_300_799).contains(seconds) else {
            throw Refusal(.time, "'\(name)' is no time in whole seconds")
        }
        return seconds
    }

    /// A string, or a list of one (RFC 7519 §4.1.3).
    private var audience: String? {
        guard let list = claims["aud"]?.array else { return claims["aud"]?.string }
        return list.count == 1 ? list[0].string : nil
    }
}
