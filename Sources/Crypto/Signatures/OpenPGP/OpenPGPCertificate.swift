/// A public key of OpenPGP with its user IDs and subkeys (RFC 9580 §10.1), of which only what the key itself has
/// signed counts.
struct OpenPGPCertificate: Sendable {
    /// A subkey with what the primary key says of it.
    struct Subkey: Sendable {
        let key: OpenPGPKey
        /// Good bindings, oldest first.
        fileprivate(set) var bindings: [OpenPGPSignature] = []
        fileprivate(set) var revocations: [OpenPGPSignature] = []
    }

    fileprivate struct UserID: Sendable {
        let hashed: [UInt8]
        var certifications: [OpenPGPSignature] = []
        var revocations: [OpenPGPSignature] = []
    }

    /// The key that is pinned: its fingerprint names the signer.
    let primary: OpenPGPKey
    private(set) var subkeys: [Subkey] = []
    private var userIDs: [UserID] = []
    private var direct: [OpenPGPSignature] = []
    private var revocations: [OpenPGPSignature] = []

    /// The primary key and the subkeys.
    var keys: [OpenPGPKey] { [primary] + subkeys.map(\.key) }
}

extension OpenPGPCertificate {
    /// The most packets of one file.
    private static let packetLimit = 20_000

    /// Reads a file: armored or not, one certificate or several.
    ///
    /// - Throws: when it holds a private key, a packet that does not belong there, or a primary key that cannot be
    ///   trusted.
    static func all(in file: [UInt8]) throws(TrustMaterial.Refusal) -> [OpenPGPCertificate] {
        guard let bytes = OpenPGPArmor.content(file, "PGP PUBLIC KEY BLOCK"),
            let packets = OpenPGPPacket.all(in: bytes, limit: packetLimit)
        else { throw TrustMaterial.Refusal(reason: "it is no complete OpenPGP public key") }
        var certificates: [OpenPGPCertificate] = []
        var rest = packets[...].drop { $0.tag == OpenPGPPacket.Tag.marker }
        while let first = rest.popFirst() {
            guard first.tag == OpenPGPPacket.Tag.publicKey else {
                let isSecret = first.tag == OpenPGPPacket.Tag.secretKey
                throw TrustMaterial.Refusal(
                    reason: isSecret ? "it holds a private key: export the public one" : "it begins with no public key")
            }
            let others = rest.prefix { $0.tag != OpenPGPPacket.Tag.publicKey }
            rest = rest.dropFirst(others.count)
            certificates.append(try OpenPGPCertificate(first, others))
        }
        guard !certificates.isEmpty else { throw TrustMaterial.Refusal(reason: "it holds no key") }
        return certificates
    }

    private init(
        _ first: OpenPGPPacket, _ others: ArraySlice<OpenPGPPacket>
    ) throws(TrustMaterial.Refusal) {
        guard let primary = OpenPGPKey(first.body) else {
            throw TrustMaterial.Refusal(reason: "it holds a key that cannot be read, or of version 3 or 5")
        }
        if case .failure(let unusable) = primary.key {
            throw TrustMaterial.Refusal(reason: "its key \(primary.name) \(unusable.reason)")
        }
        self.primary = primary
        try read(others)
        guard !direct.isEmpty || userIDs.contains(where: { !$0.certifications.isEmpty }) || !revocations.isEmpty else {
            throw TrustMaterial.Refusal(
                reason: "its key \(primary.name) has no self-signature that holds (SHA-1 counts for nothing)")
        }
    }

    /// What the signatures that follow are about.
    private enum Subject {
        case primary, userID, subkey, ignored
    }

    private mutating func read(_ packets: ArraySlice<OpenPGPPacket>) throws(TrustMaterial.Refusal) {
        var subject = Subject.primary
        for packet in packets {
            switch packet.tag {
            case OpenPGPPacket.Tag.userID:
                userIDs.append(UserID(hashed: [0xB4] + bigEndian(packet.body.count, bytes: 4) + packet.body))
                subject = .userID
            case OpenPGPPacket.Tag.publicSubkey:
                let key = OpenPGPKey(packet.body)
                if let key { subkeys.append(Subkey(key: key)) }
                subject = key == nil ? .ignored : .subkey
            case OpenPGPPacket.Tag.userAttribute: subject = .ignored
            case OpenPGPPacket.Tag.signature:
                // Others' signatures need not be readable, and one's own of kinds that are not known count for nothing.
                guard let signature = try? OpenPGPSignature(packet.body), signature.mayBe(by: primary) else { continue }
                take(signature, subject)
            case OpenPGPPacket.Tag.trust, OpenPGPPacket.Tag.padding, OpenPGPPacket.Tag.marker: break
            default: throw TrustMaterial.Refusal(reason: "it holds a packet \(packet.tag), which public keys have not")
            }
        }
    }

    /// Keeps a signature when it is of a type that counts here and the primary key made it.
    private mutating func take(_ signature: OpenPGPSignature, _ subject: Subject) {
        switch (subject, signature.type) {
        case (.primary, 0x1F) where isSelfSignature(signature, []): direct.insert(byTime: signature)
        case (.primary, 0x20) where isSelfSignature(signature, []): revocations.insert(byTime: signature)
        case (.userID, 0x10...0x13), (.userID, 0x30):
            let last = userIDs.count - 1
            guard isSelfSignature(signature, userIDs[last].hashed) else { return }
            if signature.type == 0x30 {
                userIDs[last].revocations.insert(byTime: signature)
            } else {
                userIDs[last].certifications.insert(byTime: signature)
            }
        case (.subkey, 0x18), (.subkey, 0x28):
            let last = subkeys.count - 1
            guard isSelfSignature(signature, subkeys[last].key.hashed) else { return }
            if signature.type == 0x28 {
                subkeys[last].revocations.insert(byTime: signature)
            } else {
                subkeys[last].bindings.insert(byTime: signature)
            }
        default: break
        }
    }

    private func isSelfSignature(_ signature: OpenPGPSignature, _ subject: [UInt8]) -> Bool {
        guard let digest = signature.digest(primary.hashed + subject) else { return false }
        return primary.refusal(of: signature, over: digest) == nil
    }
}

extension OpenPGPCertificate {
    /// Why a key of the certificate may not sign.
    ///
    /// - Parameters:
    ///   - key: the primary key or a subkey.
    ///   - times: when it signed, and now (in seconds since 1970, now last); it must hold at both. What the certificate
    ///     says is taken from the newest statement known now.
    func requireSigner(_ key: OpenPGPKey, at times: [Int64]) throws(SignatureFailure) {
        guard let now = times.last else { return }
        try requireAlive(primary, lifetime(at: now), revocations, at: times)
        guard !statements(at: now).isEmpty else {
            throw .invalid(.revoked, "the key \(primary.name) has no user ID that holds")
        }
        guard let subkey = subkeys.first(where: { $0.key.fingerprint == key.fingerprint }) else {
            guard flags(at: now).map({ $0 & 2 != 0 }) ?? true else {
                throw .broken("the primary key \(key.name) is not one for signing")
            }
            return
        }
        guard let binding = subkey.bindings.last(where: { $0.created <= now }), binding.holds(at: now) else {
            throw .broken("the subkey \(key.name) is not bound to the key \(primary.name)")
        }
        try requireAlive(key, binding.keyLifetime, subkey.revocations, at: times)
        guard let flags = binding.keyFlags, flags & 2 != 0 else {
            throw .broken("the subkey \(key.name) is not one for signing")
        }
        guard binding.embedded.contains(where: { isBackSignature($0, by: key, at: now) }) else {
            throw .broken("the subkey \(key.name) does not confirm that it belongs to the key \(primary.name)")
        }
    }

    /// Why the key as a whole cannot verify anything now, as a clause; `nil` when it can.
    func concern(at now: Int64) -> String? {
        do throws(SignatureFailure) {
            try requireAlive(primary, lifetime(at: now), revocations, at: [now])
            return nil
        } catch {
            guard case .invalid(_, let reason) = error else { return nil }
            return reason
        }
    }

    private func requireAlive(
        _ key: OpenPGPKey, _ lifetime: Int64?, _ revocations: [OpenPGPSignature], at times: [Int64]
    ) throws(SignatureFailure) {
        for time in times {
            // What takes a key back without saying that it was merely retired takes back all it ever signed.
            guard !revocations.contains(where: { $0.isHardRevocation || $0.created <= time }) else {
                throw .invalid(.revoked, "the key \(key.name) is revoked")
            }
            guard time >= key.created else { throw .broken("the key \(key.name) is younger than its signature") }
            guard lifetime.map({ time - key.created < $0 }) ?? true else {
                throw .invalid(.expired, "the key \(key.name) has expired")
            }
        }
    }

    /// A subkey's own statement that it belongs to the primary key (RFC 9580 §5.2.1, type 0x19).
    private func isBackSignature(_ body: [UInt8], by key: OpenPGPKey, at now: Int64) -> Bool {
        guard let signature = try? OpenPGPSignature(body), signature.type == 0x19, signature.holds(at: now),
            let digest = signature.digest(primary.hashed + key.hashed)
        else { return false }
        return key.refusal(of: signature, over: digest) == nil
    }

    /// The statements about the primary key, the one that goes first before the other: version 6 keys say it
    /// directly, version 4 keys with their primary user ID.
    private func statements(at now: Int64) -> [OpenPGPSignature] {
        let direct = direct.last { $0.created <= now }.flatMap { $0.holds(at: now) ? $0 : nil }
        let living = userIDs.compactMap { user -> OpenPGPSignature? in
            guard let newest = user.certifications.last(where: { $0.created <= now }), newest.holds(at: now) else {
                return nil
            }
            // A user ID may be certified again after it was taken back.
            return user.revocations.contains { $0.created >= newest.created } ? nil : newest
        }
        let marked = living.filter(\.isPrimaryUserID)
        let user = (marked.isEmpty ? living : marked).max { $0.created < $1.created }
        return (primary.version == 6 ? [direct, user] : [user, direct]).compactMap(\.self)
    }

    private func lifetime(at now: Int64) -> Int64? {
        statements(at: now).lazy.compactMap(\.keyLifetime).first
    }

    private func flags(at now: Int64) -> UInt8? {
        statements(at: now).lazy.compactMap(\.keyFlags).first
    }
}

extension [OpenPGPSignature] {
    /// Inserts behind those that are as old or older.
    fileprivate mutating func insert(byTime signature: OpenPGPSignature) {
        insert(signature, at: firstIndex { $0.created > signature.created } ?? count)
    }
}
