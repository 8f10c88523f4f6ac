/// A JSON Web Signature in the compact form (RFC 7515 §7.1), read strictly and not yet verified.
public struct JSONWebSignature: Sendable {
    /// How it is signed. Nothing else is ever taken, whatever a key allows: never `none`, never a shared secret.
    public enum Algorithm: String, Hashable, Sendable, CaseIterable {
        /// RSASSA-PKCS1-v1_5 with SHA-256, RFC 7518 §3.3.
        case rs256 = "RS256"
        /// ECDSA on P-256 with SHA-256, r and s side by side, RFC 7518 §3.4.
        case es256 = "ES256"
        /// Ed25519, RFC 8037.
        case eddsa = "EdDSA"
    }

    /// How it says that it is signed.
    public let algorithm: Algorithm
    /// Which key it says that it is signed with.
    public let keyIdentifier: String
    let payload: [UInt8]
    private let signature: [UInt8]
    private let signed: [UInt8]

    /// How long a text may be.
    public static let sizeLimitBytes = 16 << 10

    /// Reads the three parts and the header. Keys and addresses of keys in the header (`jwk`, `jku`, `x5u`, `x5c`) mean
    /// nothing.
    ///
    /// - Throws: `JSONWebToken.Refusal` of the steps `form` and `header`.
    public init(_ text: [UInt8]) throws(JSONWebToken.Refusal) {
        guard text.count <= Self.sizeLimitBytes else {
            throw .init(.form, "it is longer than \(Self.sizeLimitBytes) bytes")
        }
        let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3 else { throw .init(.form, "it has not three parts with dots between") }
        guard let head = Base64.decodeURL(parts[0]), let payload = Base64.decodeURL(parts[1]),
            let signature = Base64.decodeURL(parts[2])
        else { throw .init(.form, "a part of it is not base64url") }
        (algorithm, keyIdentifier) = try Self.header(head)
        self.payload = payload
        self.signature = signature
        signed = Array(text[..<parts[1].endIndex])
    }

    /// RFC 7515 §4.
    private static func header(_ text: [UInt8]) throws(JSONWebToken.Refusal) -> (Algorithm, String) {
        let header: StrictJSON
        do {
            header = try StrictJSON(text)
        } catch {
            throw .init(.header, "the header is no JSON: \(error)")
        }
        guard let name = header["alg"]?.string, let algorithm = Algorithm(rawValue: name) else {
            throw .init(.header, "the algorithm is none of RS256, ES256, EdDSA")
        }
        // Extensions that must be understood (§4.1.11), and unencoded payloads (RFC 7797): there are none here.
        for name in ["crit", "b64"] where header[name] != nil {
            throw .init(.header, "the header has '\(name)', which is not known here")
        }
        guard let identifier = header["kid"]?.string, !identifier.isEmpty else {
            throw .init(.header, "the header has no 'kid'")
        }
        return (algorithm, identifier)
    }

    /// Verifies the signature.
    ///
    /// - Throws: `JSONWebToken.Refusal` of the steps `key` and `signature`.
    public func verify(with keys: JSONWebKeySet) throws(JSONWebToken.Refusal) {
        let key = try keys.key(keyIdentifier, for: algorithm)
        let scheme: PublicKey.Scheme =
            switch algorithm {
            case .rs256: .rsaPKCS1
            case .es256: .ecdsaPair
            case .eddsa: .eddsa
            }
        guard key.verifies(signature, over: signed, scheme, .sha256) else {
            throw .init(.signature, "the signature is not that of the key '\(keyIdentifier)'")
        }
    }
}
