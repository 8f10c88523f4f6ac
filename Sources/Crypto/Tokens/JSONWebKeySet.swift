/// The public keys of an issuer: a JSON Web Key Set (RFC 7517).
///
/// Keys that nothing here can verify with are passed over: issuers publish keys for other purposes in the same set. What
/// is wrong with a key is told when a token asks for it.
public struct JSONWebKeySet: Sendable {
    /// One key, as far as it matters here.
    struct Key: Sendable {
        let identifier: String
        /// The only algorithm that its type and curve allow.
        let algorithm: JSONWebSignature.Algorithm
        let key: Result<PublicKey, PublicKey.Refusal>
    }

    /// Why a text is no set of keys: a clause, such as "the member 'keys' is missing".
    public struct Refusal: Error, Hashable, Sendable {
        /// The clause.
        public let reason: String
    }

    /// How many keys a set may have; the large providers have fewer than ten.
    public static let keyLimit = 100

    private let keys: [Key]

    /// Reads a set.
    ///
    /// - Throws: `Refusal` when it is no JSON of that form, has more than ``keyLimit`` keys, or holds a private key.
    public init(_ text: [UInt8]) throws(Refusal) {
        let json: StrictJSON
        do {
            json = try StrictJSON(text)
        } catch {
            throw Refusal(reason: "it is no JSON: \(error)")
        }
        guard let members = json["keys"]?.array else { throw Refusal(reason: "the member 'keys' is missing") }
        guard members.count <= Self.keyLimit else { throw Refusal(reason: "it has more than \(Self.keyLimit) keys") }
        guard !members.contains(where: { $0["d"] != nil }) else {
            throw Refusal(reason: "it holds a private key, which others can sign with now; replace it")
        }
        keys = members.compactMap(Self.key)
    }

    /// The one key with this identifier that is for this algorithm.
    ///
    /// - Throws: `JSONWebToken.Refusal` of the step `key` when there is none or more than one, or it is not trusted.
    func key(_ identifier: String, for algorithm: JSONWebSignature.Algorithm) throws(JSONWebToken.Refusal) -> PublicKey
    {
        let fitting = keys.filter { $0.identifier == identifier && $0.algorithm == algorithm }
        guard let found = fitting.first else {
            throw JSONWebToken.Refusal(.key, "the issuer has no key '\(identifier)' for \(algorithm.rawValue)")
        }
        guard fitting.count == 1 else {
            throw JSONWebToken.Refusal(.key, "the issuer has more than one key '\(identifier)'")
        }
        switch found.key {
        case .success(let key): return key
        case .failure(let refusal):
            throw JSONWebToken.Refusal(.key, "the issuer's key '\(identifier)' \(refusal)")
        }
    }

    /// Whether there is a key with this identifier, whatever it is for.
    public func contains(_ identifier: String) -> Bool {
        keys.contains { $0.identifier == identifier }
    }

    /// `nil` for what nothing here verifies with: another type or curve, another algorithm or purpose, no identifier.
    private static func key(_ json: StrictJSON) -> Key? {
        guard let identifier = json["kid"]?.string, json.isForSignatures, let (algorithm, key) = read(json) else {
            return nil
        }
        if let named = json["alg"], named.string != algorithm.rawValue { return nil }
        return Key(identifier: identifier, algorithm: algorithm, key: key)
    }

    /// RFC 7518 §6, RFC 8037 §2.
    private static func read(
        _ json: StrictJSON
    ) -> (JSONWebSignature.Algorithm, Result<PublicKey, PublicKey.Refusal>)? {
        switch (json["kty"]?.string, json["crv"]?.string) {
        case ("RSA", _):
            return (
                .rs256,
                made { () throws(PublicKey.Refusal) in
                    guard let modulus = json.bytes("n"), let exponent = json.bytes("e") else { throw .malformed }
                    return try PublicKey(modulus: modulus, exponent: exponent)
                }
            )
        case ("EC", "P-256"):
            return (
                .es256,
                made { () throws(PublicKey.Refusal) in
                    guard let x = json.bytes("x"), let y = json.bytes("y"), x.count == 32, y.count == 32 else {
                        throw .malformed
                    }
                    return try PublicKey(point: [4] + x + y, on: .p256)
                }
            )
        case ("OKP", "Ed25519"):
            return (
                .eddsa,
                made { () throws(PublicKey.Refusal) in
                    guard let x = json.bytes("x"), x.count == 32 else { throw .malformed }
                    return try PublicKey(raw: x, of: .ed25519)
                }
            )
        default: return nil
        }
    }

    private static func made(
        _ body: () throws(PublicKey.Refusal) -> PublicKey
    ) -> Result<PublicKey, PublicKey.Refusal> {
        do throws(PublicKey.Refusal) {
            return .success(try body())
        } catch {
            return .failure(error)
        }
    }
}

extension StrictJSON {
    /// RFC 7517 §4.2, §4.3: what the key is for, where it says so.
    fileprivate var isForSignatures: Bool {
        if let use = self["use"], use.string != "sig" { return false }
        guard let operations = self["key_ops"] else { return true }
        return operations.array?.contains(.string("verify")) ?? false
    }

    fileprivate func bytes(_ name: String) -> [UInt8]? {
        self[name]?.string.flatMap { Base64.decodeURL($0.utf8) }
    }
}
