/// Who is trusted, from the files that an administrator keeps: one list for each kind of file.
public struct TrustMaterial: Sendable {
    /// Instances of Sigstore, from `trusted_root.json`.
    public internal(set) var roots: [TrustedRoot] = []
    /// Plain public keys, from PEM.
    public internal(set) var keys: [PublicKey] = []
    /// Certificates, from PEM. Self-issued ones are anchors, the others may stand between.
    public internal(set) var certificates: [X509Certificate] = []
    /// Who has which SSH key, from `allowed_signers`.
    var allowedSigners: [AllowedSigner] = []
    /// Keys of OpenPGP.
    var openPGPCertificates: [OpenPGPCertificate] = []
    /// Keys of minisign and signify.
    var minisignKeys: [MinisignKey] = []
    /// Trusted by nobody: only what has been read.
    let recentSigners = RecentSigners()

    /// Why a file is not taken.
    public struct Refusal: Error, Hashable, Sendable, CustomStringConvertible {
        /// A clause that says what is wrong with the file.
        public let reason: String

        /// The clause.
        public var description: String { reason }
    }

    /// Trusts nobody.
    public init() {}

    /// Adds what a file holds. The kind is recognized by content.
    ///
    /// - Throws: `Refusal` when the file is of no known kind, malformed, or names a key that must not be trusted.
    public mutating func add(_ file: [UInt8]) throws(Refusal) {
        if file.first(where: { !isSpace($0) }) == UInt8(ascii: "{") {
            try addRoot(file)
        } else if contains(file, "-----BEGIN PGP ") || file.first.map({ $0 & 0x80 != 0 }) ?? false {
            openPGPCertificates += try OpenPGPCertificate.all(in: file)
        } else if contains(file, "-----BEGIN ") {
            try addPEM(file)
        } else if let key = try MinisignKey(file) {
            minisignKeys.append(key)
        } else {
            let signers = try AllowedSigner.all(in: file)
            guard !signers.isEmpty else { throw Refusal(reason: "it names nobody") }
            allowedSigners += signers
        }
    }

    /// What an administrator should know of keys that are trusted but verify nothing: those that are expired or revoked,
    /// and lines of `allowed_signers` with weak keys, which elsewhere refuse their file.
    ///
    /// - Parameter now: seconds since 1970.
    /// - Returns: a sentence each.
    public func concerns(at now: Int64) -> [String] {
        var concerns = allowedSigners.compactMap { signer -> String? in
            let key = "The key \(SSHKey.fingerprint(signer.blob)) of \(signer.principals.joined(separator: ","))"
            if let concern = signer.concern { return "\(key) \(concern)." }
            return signer.holds(at: now) ? nil : "\(key) is for another time."
        }
        for certificate in openPGPCertificates {
            guard let concern = certificate.concern(at: now) else { continue }
            concerns.append(concern.prefix(1).uppercased() + concern.dropFirst() + ".")
        }
        for certificate in certificates {
            guard let concern = certificate.concern(at: now) else { continue }
            concerns.append("The certificate '\(certificate.subject)' \(concern).")
        }
        return concerns
    }

    private mutating func addRoot(_ file: [UInt8]) throws(Refusal) {
        let root = try TrustedRoot(file)
        // With one log in two roots it would be up to chance whose authorities count.
        let known = Set(roots.flatMap(\.logs).map(\.id))
        guard root.logs.allSatisfy({ !known.contains($0.id) }) else {
            throw Refusal(reason: "a transparency log of it is in another trusted root, too")
        }
        roots.append(root)
    }

    private mutating func addPEM(_ file: [UInt8]) throws(Refusal) {
        guard let blocks = PEMBlock.all(in: file), !blocks.isEmpty else { throw Refusal(reason: "its PEM is broken") }
        for block in blocks {
            switch block.label {
            case "PUBLIC KEY":
                do {
                    keys.append(try PublicKey(spki: block.bytes))
                } catch {
                    throw Refusal(reason: "its key \(error)")
                }
            case "CERTIFICATE":
                guard let certificate = X509Certificate(der: block.bytes) else {
                    throw Refusal(reason: "it holds a certificate that cannot be read")
                }
                if let weakness = certificate.weakness {
                    throw Refusal(reason: "its certificate '\(certificate.subject)' has a key that \(weakness)")
                }
                certificates.append(certificate)
            default:
                throw Refusal(reason: "it holds a block \(block.label); PUBLIC KEY and CERTIFICATE are known")
            }
        }
    }
}

extension X509Certificate {
    /// Why nothing is verified by it at a time, as a clause; `nil` when something may be.
    fileprivate func concern(at now: Int64) -> String? {
        if notAfter <= now { return "has expired" }
        return notBefore > now ? "is not valid yet" : nil
    }

    /// Why its key must not be trusted, as a clause; `nil` when it may be, or nothing here verifies with it.
    fileprivate var weakness: String? {
        do {
            _ = try key()
            return nil
        } catch {
            guard case .weak(let reason) = error else { return nil }
            return reason
        }
    }
}

/// Space, tab, carriage return or line feed.
private func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0A
}
