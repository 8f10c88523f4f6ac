internal import COpenSSL

/// A public key that is strong enough to be trusted.
///
/// RSA of 2048 to 8192 bits with an odd exponent of at least 65537; ECDSA on P-256, P-384 and P-521; Ed25519 without
/// the points of low order, with which anybody can sign; Ed448. Everything else is refused when the key is read, so
/// verification never meets it.
///
/// `@unchecked Sendable`: the handle is never changed after `init`, and libcrypto lets threads share a key that they
/// only read.
@safe public final class PublicKey: @unchecked Sendable {
    /// Which sort of key.
    public enum Kind: String, Sendable {
        /// RSA, RFC 8017.
        case rsa = "RSA"
        /// ECDSA on P-256.
        case p256 = "P-256"
        /// ECDSA on P-384.
        case p384 = "P-384"
        /// ECDSA on P-521.
        case p521 = "P-521"
        /// Ed25519, RFC 8032.
        case ed25519 = "Ed25519"
        /// Ed448, RFC 8032.
        case ed448 = "Ed448"
    }

    /// How a signature is made.
    public enum Scheme: Sendable {
        /// ECDSA, the signature in DER (RFC 3279).
        case ecdsa
        /// ECDSA, the signature as r and s, each as long as the curve's order (IEEE P1363).
        case ecdsaPair
        /// RSASSA-PKCS1-v1_5, RFC 8017.
        case rsaPKCS1
        /// RSASSA-PSS, RFC 8017, the salt as long as the digest.
        case rsaPSS
        /// Ed25519 or Ed448, RFC 8032: over the message itself.
        case eddsa
    }

    /// Why bytes are no key, or one that is not trusted.
    public enum Refusal: Error, Hashable, Sendable, CustomStringConvertible {
        /// The bytes are no key.
        case malformed
        /// A key of an algorithm or curve that nothing here verifies with.
        case unsupported
        /// A key that others can find or need not have; with the reason.
        case weak(String)

        /// A clause: "the key …" goes before it.
        public var description: String {
            switch self {
            case .malformed: "cannot be read"
            case .unsupported: "is not RSA, ECDSA on P-256, P-384 or P-521, Ed25519 or Ed448"
            case .weak(let reason): reason
            }
        }
    }

    /// Which sort of key.
    public let kind: Kind
    /// The length of the modulus or of the curve's field.
    public let bits: Int
    /// The SubjectPublicKeyInfo (RFC 5280) in DER: what fingerprints and log identities hash.
    public let spki: [UInt8]
    private let handle: OpaquePointer

    /// A key from its SubjectPublicKeyInfo (RFC 5280), in DER.
    public convenience init(spki der: [UInt8]) throws(Refusal) {
        unsafe try self.init(handle: wh_key_from_spki(der, der.count))
    }

    /// An RSA key from its RSAPublicKey (RFC 8017), in DER.
    public convenience init(pkcs1 der: [UInt8]) throws(Refusal) {
        unsafe try self.init(handle: wh_key_from_pkcs1(der, der.count))
    }

    /// An RSA key from its two numbers, big-endian.
    public convenience init(modulus: [UInt8], exponent: [UInt8]) throws(Refusal) {
        unsafe try self.init(handle: wh_key_from_rsa(modulus, modulus.count, exponent, exponent.count))
    }

    /// A key of P-256, P-384 or P-521 from its point (SEC 1, uncompressed: 04, x, y).
    public convenience init(point: [UInt8], on curve: Kind) throws(Refusal) {
        unsafe try self.init(handle: wh_key_from_point(curve.number, point, point.count))
    }

    /// A key of Ed25519 (32 bytes) or Ed448 (57 bytes).
    public convenience init(raw bytes: [UInt8], of kind: Kind) throws(Refusal) {
        unsafe try self.init(handle: wh_key_from_raw(kind.number, bytes, bytes.count))
    }

    /// Takes the handle over, also when it throws.
    ///
    /// - Parameter spki: the key in DER, where it is known; libcrypto takes its time to write it.
    init(handle: OpaquePointer?, spki: [UInt8]? = nil) throws(Refusal) {
        guard let handle = unsafe handle else { throw .malformed }
        do throws(Refusal) {
            guard let kind = Kind(number: unsafe wh_key_kind_of(handle)) else { throw .unsupported }
            bits = Int(unsafe wh_key_bits(handle))
            try unsafe Self.checkStrength(handle, kind, bits)
            let der = unsafe spki ?? collect(4_096) { unsafe wh_key_spki(handle, $0, $1, $2) }
            guard let spki = der else { throw .malformed }
            self.kind = kind
            self.spki = spki
            unsafe self.handle = handle
        } catch {
            unsafe wh_key_free(handle)
            throw error
        }
    }

    deinit {
        unsafe wh_key_free(handle)
    }

    /// Whether the signature over the message is good.
    ///
    /// - Parameter hash: how the message is hashed; without meaning for `Scheme.eddsa`.
    public func verifies(_ signature: [UInt8], over message: [UInt8], _ scheme: Scheme, _ hash: HashFunction) -> Bool {
        unsafe wh_key_verify(
            handle, scheme.number, hash.number, message, message.count, signature, signature.count) == 1
    }

    /// Whether the signature is good over a message of which only the hash is known. Never for `Scheme.eddsa`.
    public func verifies(
        _ signature: [UInt8], overHash value: [UInt8], _ scheme: Scheme, _ hash: HashFunction
    ) -> Bool {
        unsafe wh_key_verify_digest(
            handle, scheme.number, hash.number, value, value.count, signature, signature.count) == 1
    }

    /// `SHA256:` and the unpadded base64 of the SPKI's SHA-256: how people compare keys.
    public var fingerprint: String {
        let text = Base64.encode(sha256(spki))
        return "SHA256:" + text.prefix { $0 != "=" }
    }

    private static func checkStrength(_ handle: OpaquePointer, _ kind: Kind, _ bits: Int) throws(Refusal) {
        switch kind {
        case .rsa:
            guard bits >= 2048 else { throw .weak("has only \(bits) bits of RSA; use 3072 or more") }
            guard bits <= 8192 else { throw .weak("has \(bits) bits of RSA; at most 8192 are taken") }
            guard unsafe wh_key_has_sound_exponent(handle) == 1 else {
                throw .weak("has an RSA exponent that is even or below 65537")
            }
        case .ed25519:
            guard let raw = unsafe collect(32, { unsafe wh_key_raw(handle, $0, $1, $2) }) else { throw .malformed }
            guard !hasLowOrder(raw) else { throw .weak("is a point of low order, with which anybody can sign") }
        case .p256, .p384, .p521, .ed448: break
        }
    }

    /// Whether 32 bytes are one of the 14 encodings of Ed25519's eight points of low order: seven y, each with both
    /// signs, some of them not reduced.
    static func hasLowOrder(_ raw: [UInt8]) -> Bool {
        guard raw.count == 32 else { return false }
        var y = raw
        y[31] &= 0x7F
        return lowOrder.contains(y)
    }

    private static let lowOrder: Set<[UInt8]> = {
        let zero = [UInt8](repeating: 0, count: 32)
        let high: [UInt8] = Array(repeating: 0xFF, count: 30) + [0x7F]
        let eighth: [UInt8] = [
            0x26, 0xE8, 0x95, 0x8F, 0xC2, 0xB2, 0x27, 0xB0, 0x45, 0xC3, 0xF4, 0x89, 0xF2, 0xEF, 0x98, 0xF0,
            0xD5, 0xDF, 0xAC, 0x05, 0xD3, 0xC6, 0x33, 0x39, 0xB1, 0x38, 0x02, 0x88, 0x6D, 0x53, 0xFC, 0x05,
        ]
        let other: [UInt8] = [
            0xC7, 0x17, 0x6A, 0x70, 0x3D, 0x4D, 0xD8, 0x4F, 0xBA, 0x3C, 0x0B, 0x76, 0x0D, 0x10, 0x67, 0x0F,
            0x2A, 0x20, 0x53, 0xFA, 0x2C, 0x39, 0xCC, 0xC6, 0x4E, 0xC7, 0xFD, 0x77, 0x92, 0xAC, 0x03, 0x7A,
        ]
        return [zero, [1] + zero.dropFirst(), eighth, other, [0xEC] + high, [0xED] + high, [0xEE] + high]
    }()
}

extension PublicKey.Kind {
    fileprivate static let numbers: [(PublicKey.Kind, wh_key_kind)] = [
        (.rsa, WH_KEY_RSA), (.p256, WH_KEY_P256), (.p384, WH_KEY_P384), (.p521, WH_KEY_P521),
        (.ed25519, WH_KEY_ED25519), (.ed448, WH_KEY_ED448),
    ]

    fileprivate init?(number: Int32) {
        guard let found = Self.numbers.first(where: { Int32($1.rawValue) == number }) else { return nil }
        self = found.0
    }

    fileprivate var number: Int32 {
        Int32((Self.numbers.first { $0.0 == self }?.1 ?? WH_KEY_OTHER).rawValue)
    }
}

extension PublicKey.Scheme {
    fileprivate var number: Int32 {
        let number =
            switch self {
            case .ecdsa: WH_SCHEME_ECDSA
            case .ecdsaPair: WH_SCHEME_ECDSA_PAIR
            case .rsaPKCS1: WH_SCHEME_RSA_PKCS1
            case .rsaPSS: WH_SCHEME_RSA_PSS
            case .eddsa: WH_SCHEME_EDDSA
            }
        return Int32(number.rawValue)
    }
}

/// The bytes that a function of the border writes, or `nil` when it fails or they do not fit.
func collect(
    _ capacity: Int, _ write: (UnsafeMutablePointer<UInt8>?, Int, UnsafeMutablePointer<Int>) -> Int32
) -> [UInt8]? {
    var length = 0
    var isDone = false
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
        isDone = unsafe write(buffer.baseAddress, capacity, &length) == 1
        count = isDone ? length : 0
    }
    return isDone ? bytes : nil
}
