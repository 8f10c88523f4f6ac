/// The material of one key of OpenPGP: a primary key or a subkey (RFC 9580 §5.5).
struct OpenPGPKey: Sendable {
    /// 4 or 6.
    let version: UInt8
    /// When it was made, in seconds since 1970.
    let created: Int64
    /// As numbered in RFC 9580 §9.1.
    let algorithm: UInt8
    /// The whole body of the packet.
    let body: [UInt8]
    /// SHA-1 of 20 bytes for version 4, SHA-256 for version 6.
    let fingerprint: [UInt8]
    /// What verifies signatures; or why nothing is verified with this key, as a clause.
    let key: Result<PublicKey, Unusable>

    /// Why nothing is verified with a key.
    struct Unusable: Error {
        /// "the key …" goes before it.
        let reason: String
    }

    /// Eight bytes of the fingerprint; names a key without vouching for it.
    var id: [UInt8] { Array(version == 6 ? fingerprint.prefix(8) : fingerprint.suffix(8)) }

    /// The fingerprint in upper-case hexadecimal digits.
    var name: String { fingerprint.map(hexadecimal).joined() }

    /// How the key is hashed: in its own fingerprint and in every signature about it.
    var hashed: [UInt8] {
        version == 6 ? [0x9B] + bigEndian(body.count, bytes: 4) + body : [0x99] + bigEndian(body.count, bytes: 2) + body
    }

    /// Reads the body of a packet.
    ///
    /// - Returns: `nil` when it is malformed or of another version.
    init?(_ body: [UInt8]) {
        var reader = ByteReader(body)
        guard body.count <= 0xFFFF, let version = reader.byte(), version == 4 || version == 6,
            let created = reader.integer(bytes: 4), let algorithm = reader.byte()
        else { return nil }
        if version == 6 {
            guard let length = reader.integer(bytes: 4), length == reader.count else { return nil }
        }
        (self.version, self.created, self.algorithm, self.body) = (version, Int64(created), algorithm, body)
        let prefix = version == 6 ? [0x9B] + bigEndian(body.count, bytes: 4) : [0x99] + bigEndian(body.count, bytes: 2)
        guard let fingerprint = (version == 6 ? HashFunction.sha256 : .sha1).hash(of: prefix + body) else { return nil }
        self.fingerprint = fingerprint
        do throws(PublicKey.Refusal) {
            key = .success(try Self.material(algorithm, version, &reader))
        } catch {
            key = .failure(Unusable(reason: error.description))
        }
    }

    private static func material(
        _ algorithm: UInt8, _ version: UInt8, _ reader: inout ByteReader
    ) throws(PublicKey.Refusal) -> PublicKey {
        let key: PublicKey
        switch algorithm {
        case 1, 3:
            guard let modulus = number(&reader), let exponent = number(&reader) else { throw .malformed }
            key = try PublicKey(modulus: modulus, exponent: exponent)
        case 19:
            guard let oid = reader.block(lengthBytes: 1), let point = number(&reader) else { throw .malformed }
            guard let curve = curves[oid] else { throw .unsupported }
            key = try PublicKey(point: point, on: curve)
        case 22 where version == 4:
            guard let oid = reader.block(lengthBytes: 1), let point = number(&reader) else { throw .malformed }
            guard oid == ed25519Legacy else { throw .unsupported }
            guard point.first == 0x40 else { throw .malformed }
            key = try PublicKey(raw: Array(point.dropFirst()), of: .ed25519)
        case 27, 28:
            guard let raw = reader.take(algorithm == 27 ? 32 : 57) else { throw .malformed }
            key = try PublicKey(raw: raw, of: algorithm == 27 ? .ed25519 : .ed448)
        default: throw .unsupported
        }
        guard reader.isAtEnd else { throw .malformed }
        return key
    }

    private static let curves: [[UInt8]: PublicKey.Kind] = [
        [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07]: .p256, [0x2B, 0x81, 0x04, 0x00, 0x22]: .p384,
        [0x2B, 0x81, 0x04, 0x00, 0x23]: .p521,
    ]
    private static let ed25519Legacy: [UInt8] = [0x2B, 0x06, 0x01, 0x04, 0x01, 0xDA, 0x47, 0x0F, 0x01]

    /// A multiprecision integer (RFC 9580 §3.2): its length in bits, which must be exact, and its bytes.
    static func number(_ reader: inout ByteReader) -> [UInt8]? {
        guard let bits = reader.integer(bytes: 2), let bytes = reader.take((bits + 7) / 8), let first = bytes.first,
            bits == bytes.count * 8 - first.leadingZeroBitCount
        else { return nil }
        return bytes
    }
}

extension OpenPGPKey {
    /// Whether the signature over the hash is by this key.
    ///
    /// - Returns: `nil` when it is; otherwise why not, as a clause.
    func refusal(of signature: OpenPGPSignature, over digest: [UInt8]) -> String? {
        let key: PublicKey
        switch self.key {
        case .success(let usable): key = usable
        case .failure(let unusable): return "the key \(name) \(unusable.reason)"
        }
        guard signature.version == version else { return "the signature is of another version than its key" }
        guard signature.algorithm == algorithm || (signature.algorithm == 1 && algorithm == 3) else {
            return "the signature is of another algorithm than its key"
        }
        guard digest.prefix(2).elementsEqual(signature.left16) else { return "what is signed is something else" }
        guard digest.count >= key.shortestHash else { return "the hash function is too short for the key's curve" }
        guard let (value, scheme) = value(signature.material, key) else {
            return "the signature's numbers are malformed"
        }
        let isGood =
            scheme == .eddsa
            ? key.verifies(value, over: digest, scheme, signature.hash)
            : key.verifies(value, overHash: digest, scheme, signature.hash)
        return isGood ? nil : "the signature is not by the key \(name) over this archive"
    }

    /// The numbers of a signature in the lengths that libcrypto takes.
    private func value(_ material: [UInt8], _ key: PublicKey) -> ([UInt8], PublicKey.Scheme)? {
        var reader = ByteReader(material)
        let length = (key.bits + 7) / 8
        switch algorithm {
        case 1, 3:
            guard let number = Self.number(&reader), reader.isAtEnd, let value = padded(number, to: length) else {
                return nil
            }
            return (value, .rsaPKCS1)
        case 19, 22:
            guard let r = Self.number(&reader), let s = Self.number(&reader), reader.isAtEnd,
                let left = padded(r, to: algorithm == 22 ? 32 : length),
                let right = padded(s, to: algorithm == 22 ? 32 : length)
            else { return nil }
            return (left + right, algorithm == 22 ? .eddsa : .ecdsaPair)
        default: return material.count == (algorithm == 27 ? 64 : 114) ? (material, .eddsa) : nil
        }
    }
}

extension PublicKey {
    /// The fewest bytes of a hash that OpenPGP signs with this key (RFC 9580 §5.2.3.2 to .5).
    fileprivate var shortestHash: Int {
        switch kind {
        case .rsa, .p256, .ed25519: 32
        case .p384: 48
        case .p521, .ed448: 64
        }
    }
}
