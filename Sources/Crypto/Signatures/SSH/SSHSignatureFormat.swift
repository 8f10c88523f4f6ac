/// OpenSSH's signature of a file, as `ssh-keygen -Y sign -n file` makes it (PROTOCOL.sshsig), by a key of
/// `allowed_signers`.
enum SSHSignatureFormat: SignatureFormat {
    static let name = SignatureFormatName.sshsig

    /// What signatures must be made for: a signature of a commit, namespace `git`, says nothing about an archive.
    static let namespace = "file"

    private static let begin = "-----BEGIN SSH SIGNATURE-----"
    private static let end = "-----END SSH SIGNATURE-----"
    private static let magic = Array("SSHSIG".utf8)

    static func recognizes(_ signature: [UInt8]) -> Bool {
        signature.starts(with: begin.utf8)
    }

    static func verify(
        _ signature: [UInt8], of file: SignedFile, by verifier: SignatureVerifier, _ log: inout VerificationLog
    ) throws(SignatureFailure) -> ValidSignature {
        log.begin(.format)
        let parts = try Parts(blob(signature))
        log.pass("an SSH signature for the namespace \(namespace)")

        log.begin(.key)
        let fingerprint = SSHKey.fingerprint(parts.key)
        let key: SSHKey
        do throws(SSHKey.Refusal) {
            key = try SSHKey(parts.key)
        } catch {
            if case .unsupported(let type) = error { throw .unsupported("SSH keys of type \(type)") }
            throw .broken("the key \(fingerprint) \(error.reason)")
        }
        log.pass("the key \(fingerprint), \(key.algorithm.rawValue)")

        log.begin(.identity)
        let names = try names(of: parts.key, fingerprint, verifier)
        log.pass("\(names[0]) of allowed_signers has this key")

        log.begin(.digest)
        let digest = try file.hash(parts.hash)
        log.pass("signed is the \(parts.hash.rawValue) of the archive")

        log.begin(.signature)
        if let reason = key.refusal(of: parts.signature, over: parts.message(digest)) { throw .broken(reason) }
        log.pass("the signature is good")
        return ValidSignature(
            signer: SignerIdentity(names: names, keyFingerprint: fingerprint), hash: parts.hash, digest: digest,
            time: .unknown)
    }

    /// The armor's content. Nothing may stand around it but white space behind it.
    private static func blob(_ signature: [UInt8]) throws(SignatureFailure) -> [UInt8] {
        let text = signature.reversed().drop { $0 == 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D }.reversed()
        guard text.suffix(end.utf8.count).elementsEqual(end.utf8), let blocks = PEMBlock.all(in: Array(text)),
            blocks.count == 1, blocks[0].label == "SSH SIGNATURE"
        else { throw .broken("the armor is not one complete block of base64 with nothing around it") }
        return blocks[0].bytes
    }

    /// The names of the key's owner. Of several lines with this key the first that holds now counts.
    private static func names(
        of blob: [UInt8], _ fingerprint: String, _ verifier: SignatureVerifier
    ) throws(SignatureFailure) -> [String] {
        let lines = verifier.trust.allowedSigners.filter { $0.blob == blob }
        guard !lines.isEmpty else { throw .invalid(.unknownSigner, "the key \(fingerprint) is in no allowed_signers") }
        let usable = lines.filter { $0.allows(namespace) }
        guard !usable.isEmpty else {
            throw .invalid(.unknownSigner, "allowed_signers has the key \(fingerprint) for other namespaces only")
        }
        let alive = usable.filter { $0.holds(at: verifier.now) }
        guard let first = alive.first else {
            throw .invalid(.expired, "allowed_signers has the key \(fingerprint) for another time only")
        }
        guard let signer = verifier.signer, alive.contains(where: { $0.names(signer) }) else {
            return first.principals + [fingerprint]
        }
        return [signer, fingerprint]
    }
}

extension SSHSignatureFormat {
    /// What is inside the armor.
    struct Parts {
        let key: [UInt8]
        let hash: HashFunction
        let signature: [UInt8]
        private let namespace: [UInt8]
        private let hashName: [UInt8]

        /// - Throws: for another version, an empty or foreign namespace, another hash function, missing or surplus bytes.
        init(_ blob: [UInt8]) throws(SignatureFailure) {
            var reader = ByteReader(blob)
            guard reader.take(magic.count) == magic else { throw .broken("the bytes do not begin with SSHSIG") }
            guard let version = reader.integer(bytes: 4) else { throw .broken("the signature is cut short") }
            guard version == 1 else { throw .broken("the version of the signature is \(version), not 1") }
            guard let key = reader.block(lengthBytes: 4), let namespace = reader.block(lengthBytes: 4),
                let reserved = reader.block(lengthBytes: 4), let hashName = reader.block(lengthBytes: 4),
                let signature = reader.block(lengthBytes: 4)
            else { throw .broken("the signature is cut short") }
            guard reader.isAtEnd else { throw .broken("the signature is followed by other bytes") }
            guard reserved.isEmpty else { throw .broken("the reserved field is not empty") }
            guard namespace.elementsEqual(SSHSignatureFormat.namespace.utf8) else {
                throw .broken("it was made for the namespace \(quoted(namespace)), not for 'file'")
            }
            switch String(decoding: hashName, as: UTF8.self) {
            case "sha256": hash = .sha256
            case "sha512": hash = .sha512
            default: throw .broken("its hash function is \(quoted(hashName)), not sha256 or sha512")
            }
            (self.key, self.signature, self.namespace, self.hashName) = (key, signature, namespace, hashName)
        }

        /// What is signed (PROTOCOL.sshsig §2).
        func message(_ digest: [UInt8]) -> [UInt8] {
            let fields = [namespace, [], hashName, digest]
            return magic + fields.flatMap { bigEndian($0.count, bytes: 4) + $0 }
        }
    }
}
