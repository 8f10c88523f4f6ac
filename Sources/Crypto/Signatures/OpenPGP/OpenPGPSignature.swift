/// A signature packet of version 4 or 6 (RFC 9580 §5.2).
struct OpenPGPSignature: Sendable {
    /// 4 or 6.
    let version: UInt8
    /// What it is about: 0x00 a file, 0x10 to 0x13 a user ID, 0x18 a subkey, 0x20 the revocation of a key, …
    let type: UInt8
    /// As numbered in RFC 9580 §9.1.
    let algorithm: UInt8
    let hash: HashFunction
    /// The first two bytes of the hash.
    let left16: [UInt8]
    /// What the algorithm makes: numbers or bytes.
    let material: [UInt8]
    /// Bytes hashed before everything else; empty in version 4.
    let salt: [UInt8]
    /// The packet from its version through its hashed subpackets, and the end of what is hashed.
    let trailer: [UInt8]

    /// When it was made, in seconds since 1970.
    private(set) var created: Int64 = 0
    /// How many seconds it holds; `nil` for ever.
    private(set) var lifetime: Int64?
    /// How many seconds from its making a key holds.
    private(set) var keyLifetime: Int64?
    /// The fingerprints and identifiers of the key that it says it is by.
    private(set) var issuers: [[UInt8]] = []
    private(set) var keyFlags: UInt8?
    private(set) var isPrimaryUserID = false
    private(set) var revocationReason: UInt8?
    /// Signature packets inside, such as a subkey's statement that it belongs to the primary key.
    private(set) var embedded: [[UInt8]] = []

    private static let hashes: [UInt8: (HashFunction, saltBytes: Int)] = [
        8: (.sha256, 16), 9: (.sha384, 24), 10: (.sha512, 32), 12: (.sha3of256, 16), 14: (.sha3of512, 32),
    ]

    /// Reads the body of a packet.
    init(_ body: [UInt8]) throws(SignatureFailure) {
        var reader = ByteReader(body)
        guard let version = reader.byte() else { throw .broken("the signature is empty") }
        guard version == 4 || version == 6 else { throw .unsupported("OpenPGP signatures of version \(version)") }
        let countBytes = version == 6 ? 4 : 2
        guard let head = reader.take(3), let hashed = reader.block(lengthBytes: countBytes) else {
            throw .broken("the signature is cut short")
        }
        guard let (hash, saltBytes) = Self.hashes[head[2]] else {
            // MD5, SHA-1 and RIPEMD-160: who has a colliding file has its signature.
            guard head[2] > 3 else { throw .broken("its hash function is MD5, SHA-1 or RIPEMD-160 (\(head[2]))") }
            throw .unsupported("the hash function \(head[2]) of OpenPGP")
        }
        guard let unhashed = reader.block(lengthBytes: countBytes), let left16 = reader.take(2) else {
            throw .broken("the signature is cut short")
        }
        salt = version == 6 ? reader.block(lengthBytes: 1) ?? [] : []
        guard version == 4 || salt.count == saltBytes else { throw .broken("its salt is not of \(saltBytes) bytes") }
        (self.version, self.hash, self.left16) = (version, hash, left16)
        (type, algorithm, material) = (head[0], head[1], reader.remainder())
        let header = [version] + head + bigEndian(hashed.count, bytes: countBytes) + hashed
        trailer = header + [version, 0xFF] + bigEndian(header.count, bytes: 4)
        var hasTime = false
        for subpacket in try Self.subpackets(hashed) {
            if subpacket.type == 2 {
                guard !hasTime, subpacket.body.count == 4 else { throw .broken("it has not exactly one time") }
                hasTime = true
            }
            try take(subpacket)
        }
        guard hasTime else { throw .broken("it has not exactly one time") }
        for subpacket in try Self.subpackets(unhashed) where [16, 32, 33].contains(subpacket.type) {
            try take(subpacket)
        }
    }

    private typealias Subpacket = (type: UInt8, isCritical: Bool, body: [UInt8])

    private static func subpackets(_ area: [UInt8]) throws(SignatureFailure) -> [Subpacket] {
        var reader = ByteReader(area)
        var subpackets: [Subpacket] = []
        while !reader.isAtEnd {
            guard let length = OpenPGPPacket.length(&reader, partial: false), let bytes = reader.take(length),
                let type = bytes.first
            else { throw .broken("its subpackets are malformed") }
            subpackets.append((type & 0x7F, type & 0x80 != 0, Array(bytes.dropFirst())))
        }
        return subpackets
    }

    /// Those that may be critical without being looked at: what a key prefers, where it lies, and what does not make
    /// a signature narrower.
    private static let harmless: Set<UInt8> = [4, 7, 11, 21, 22, 23, 24, 26, 28, 30, 34, 39]

    private mutating func take(_ subpacket: Subpacket) throws(SignatureFailure) {
        let body = subpacket.body
        var reader = ByteReader(body)
        switch subpacket.type {
        case 2: created = Int64(reader.integer(bytes: 4) ?? 0)
        case 3, 9:
            guard body.count == 4, let seconds = reader.integer(bytes: 4) else {
                throw .broken("its subpackets are malformed")
            }
            let lifetime = seconds == 0 ? nil : Int64(seconds)
            if subpacket.type == 3 { self.lifetime = lifetime } else { keyLifetime = lifetime }
        case 16: issuers.append(body)
        case 25: isPrimaryUserID = body.first == 1
        case 27: keyFlags = body.first ?? 0
        case 29: revocationReason = body.first
        case 32: embedded.append(body)
        case 33:
            // A version before the fingerprint itself.
            issuers.insert(Array(body.dropFirst()), at: 0)
        default:
            guard !subpacket.isCritical || Self.harmless.contains(subpacket.type) else {
                throw .broken("it has a critical subpacket (\(subpacket.type)) that is not known here")
            }
        }
    }

    /// The hash of some bytes under this signature.
    func digest(_ bytes: [UInt8]) -> [UInt8]? {
        hash.hash(of: salt + bytes + trailer)
    }

    /// Whether the signature may be by the key, as far as it says; one that says nothing may be by any.
    func mayBe(by key: OpenPGPKey) -> Bool {
        // A fingerprint goes before an identifier.
        guard let first = issuers.first else { return true }
        return first.count == 8 ? issuers.contains(key.id) : first == key.fingerprint
    }

    /// Whether it is made and not ended at a time, in seconds since 1970.
    func holds(at time: Int64) -> Bool {
        created <= time && (lifetime.map { time - created < $0 } ?? true)
    }

    /// Whether it takes a key back from the beginning: no reason given, no reason known, or a stolen key.
    var isHardRevocation: Bool {
        ![1, 3].contains(revocationReason ?? 0)
    }
}
