/// A public key of OpenSSH: RFC 4253 §6.6, RFC 5656 §3.1, RFC 8709, and PROTOCOL.u2f for keys in hardware.
struct SSHKey: Sendable {
    /// The key types that are known, by what they are called.
    enum Algorithm: String, Sendable {
        case ed25519 = "ssh-ed25519"
        case p256 = "ecdsa-sha2-nistp256"
        case p384 = "ecdsa-sha2-nistp384"
        case p521 = "ecdsa-sha2-nistp521"
        case rsa = "ssh-rsa"
        case securityKeyEd25519 = "sk-ssh-ed25519@openssh.com"
        case securityKeyP256 = "sk-ecdsa-sha2-nistp256@openssh.com"
    }

    /// Why bytes are no key that can be trusted.
    enum Refusal: Error, Equatable {
        /// The bytes are no key.
        case malformed
        /// A key type that nothing here verifies with, such as a certificate.
        case unsupported(String)
        /// A key that is too weak, with the reason.
        case weak(String)

        /// A clause: "the key …" goes before it.
        var reason: String {
            switch self {
            case .malformed: "cannot be read"
            case .unsupported(let type): "is of type \(type), which nothing here verifies with"
            case .weak(let reason): reason
            }
        }
    }

    let algorithm: Algorithm
    let key: PublicKey
    /// What a key in hardware was made for, such as `ssh:`; `nil` for other keys.
    let application: [UInt8]?

    /// Reads the blob of a key.
    init(_ blob: [UInt8]) throws(Refusal) {
        var reader = ByteReader(blob)
        guard let type = reader.block(lengthBytes: 4) else { throw .malformed }
        guard let algorithm = Algorithm(rawValue: String(decoding: type, as: UTF8.self)) else {
            throw .unsupported(quoted(type))
        }
        self.algorithm = algorithm
        do throws(PublicKey.Refusal) {
            key = try Self.key(algorithm, &reader)
        } catch {
            throw error == .malformed ? .malformed : .weak(error.description)
        }
        application = algorithm.isInHardware ? reader.block(lengthBytes: 4) : nil
        guard reader.isAtEnd, !algorithm.isInHardware || application != nil else { throw .malformed }
    }

    /// `SHA256:` and the unpadded base64 of the blob's SHA-256, as `ssh-keygen -l` prints it.
    static func fingerprint(_ blob: [UInt8]) -> String {
        "SHA256:" + Base64.encode(sha256(blob)).prefix { $0 != "=" }
    }

    private static func key(_ algorithm: Algorithm, _ reader: inout ByteReader) throws(PublicKey.Refusal) -> PublicKey {
        switch algorithm {
        case .ed25519, .securityKeyEd25519:
            guard let raw = reader.block(lengthBytes: 4) else { throw .malformed }
            return try PublicKey(raw: raw, of: .ed25519)
        case .rsa:
            guard let exponent = number(&reader), let modulus = number(&reader) else { throw .malformed }
            return try PublicKey(modulus: modulus, exponent: exponent)
        case .p256, .p384, .p521, .securityKeyP256:
            let (name, kind) = algorithm.curve
            guard let curve = reader.block(lengthBytes: 4), curve.elementsEqual(name.utf8),
                let point = reader.block(lengthBytes: 4)
            else { throw .malformed }
            return try PublicKey(point: point, on: kind)
        }
    }

    /// An mpint (RFC 4251 §5) that is not negative, in the fewest bytes, without its sign.
    static func number(_ reader: inout ByteReader) -> [UInt8]? {
        guard let bytes = reader.block(lengthBytes: 4), let first = bytes.first, first < 0x80 else { return nil }
        guard first == 0 else { return bytes }
        guard bytes.count > 1, bytes[1] >= 0x80 else { return nil }
        return Array(bytes.dropFirst())
    }
}

extension SSHKey.Algorithm {
    /// Whether a security key signs, which adds its own statement to what is signed.
    var isInHardware: Bool { self == .securityKeyEd25519 || self == .securityKeyP256 }

    /// The curve's name in blobs, and its kind.
    fileprivate var curve: (String, PublicKey.Kind) {
        switch self {
        case .p384: ("nistp384", .p384)
        case .p521: ("nistp521", .p521)
        default: ("nistp256", .p256)
        }
    }
}

extension SSHKey {
    /// Whether the signature blob over the message is good.
    ///
    /// - Returns: `nil` when it is; otherwise what is wrong with it, as a clause.
    func refusal(of signature: [UInt8], over message: [UInt8]) -> String? {
        var reader = ByteReader(signature)
        guard let name = reader.block(lengthBytes: 4), let value = reader.block(lengthBytes: 4) else {
            return "the signature inside is cut short"
        }
        var message = message
        if algorithm.isInHardware {
            guard let flags = reader.byte(), let counter = reader.take(4) else {
                return "the security key's flags and counter are missing"
            }
            guard flags & 1 == 1 else { return "nobody touched the security key: the flag of presence is not set" }
            message = sha256(application ?? []) + [flags] + counter + sha256(message)
        }
        guard reader.isAtEnd else { return "the signature inside is followed by other bytes" }
        guard let hash = hash(String(decoding: name, as: UTF8.self)) else {
            return "the signature's algorithm \(quoted(name)) is not one of a key \(algorithm.rawValue)"
        }
        guard let good = verifies(value, over: message, hash) else { return "the signature's numbers are malformed" }
        return good ? nil : "the signature is not by this key over this archive"
    }

    /// The hash function that an algorithm's name stands for with this key; RSA with SHA-1 is none.
    private func hash(_ name: String) -> HashFunction? {
        switch (algorithm, name) {
        case (.rsa, "rsa-sha2-256"): .sha256
        case (.rsa, "rsa-sha2-512"): .sha512
        case (.p384, algorithm.rawValue): .sha384
        case (.p521, algorithm.rawValue): .sha512
        case (.ed25519, algorithm.rawValue), (.p256, algorithm.rawValue), (.securityKeyEd25519, algorithm.rawValue),
            (.securityKeyP256, algorithm.rawValue):
            .sha256
        default: nil
        }
    }

    private func verifies(_ value: [UInt8], over message: [UInt8], _ hash: HashFunction) -> Bool? {
        switch algorithm {
        case .ed25519, .securityKeyEd25519: return key.verifies(value, over: message, .eddsa, hash)
        case .rsa: return key.verifies(value, over: message, .rsaPKCS1, hash)
        case .p256, .p384, .p521, .securityKeyP256:
            var reader = ByteReader(value)
            let length = (key.bits + 7) / 8
            guard let r = Self.number(&reader), let s = Self.number(&reader), reader.isAtEnd,
                let left = padded(r, to: length), let right = padded(s, to: length)
            else { return nil }
            return key.verifies(left + right, over: message, .ecdsaPair, hash)
        }
    }
}

/// Foreign bytes as a short printable text for reports.
func quoted(_ bytes: [UInt8]) -> String {
    let text = bytes.prefix(64).map { (0x20..<0x7F).contains($0) ? $0 : UInt8(ascii: "?") }
    return "'" + String(decoding: text, as: UTF8.self) + "'"
}
