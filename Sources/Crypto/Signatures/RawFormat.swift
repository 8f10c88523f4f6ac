/// A signature and nothing else, in bytes or base64, by a plain key: Ed25519 or Ed448 over the file; ECDSA in DER,
/// RSA-PSS or RSA of PKCS #1 over its SHA-256 or SHA-512.
///
/// It says neither what it is for nor by which key it is. Asked last, for few bytes could not be one.
enum RawFormat: SignatureFormat {
    static let name = SignatureFormatName.raw

    static func recognizes(_ signature: [UInt8]) -> Bool {
        value(signature) != nil
    }

    static func verify(
        _ signature: [UInt8], of file: SignedFile, by verifier: SignatureVerifier, _ log: inout VerificationLog
    ) throws(SignatureFailure) -> ValidSignature {
        log.begin(.format)
        guard let value = value(signature) else { throw .broken("the bytes are no signature") }
        log.pass("a signature of \(value.count) bytes and nothing else")

        log.begin(.signature)
        guard !verifier.trust.keys.isEmpty else {
            throw .invalid(.unknownSigner, "the signature names nobody, and no plain key is trusted")
        }
        for key in verifier.trust.keys {
            guard let hash = try key.signs(file, value) else { continue }
            log.pass("the signature is good, by the key \(key.fingerprint)")
            return ValidSignature(
                signer: SignerIdentity(names: [key.fingerprint], keyFingerprint: key.fingerprint), hash: hash,
                digest: try file.hash(hash), time: .unknown)
        }
        throw .broken("the signature is not by a plain key that is trusted over this archive")
    }

    /// The signature's bytes: 64 or 114 of Ed25519 and Ed448, a multiple of 8 from 256 to 1024 of RSA, or DER of ECDSA.
    private static func value(_ signature: [UInt8]) -> [UInt8]? {
        let text = signature.last == UInt8(ascii: "\n") ? signature.dropLast() : signature[...]
        return [signature, Base64.decode(text) ?? []].first { bytes in
            switch bytes.count {
            case 64, 114: return true
            case 256...1024 where bytes.count % 8 == 0: return true
            default: return isPairInDER(bytes)
            }
        }
    }

    private static func isPairInDER(_ bytes: [UInt8]) -> Bool {
        guard let sequence = DERReader.only(bytes, tag: 0x30) else { return false }
        var reader = DERReader(sequence)
        return reader.next()?.tag == 2 && reader.next()?.tag == 2 && reader.isAtEnd
    }
}

extension PublicKey {
    /// The hash function of the signature, when it is by this key; `nil` when it is not.
    fileprivate func signs(_ file: SignedFile, _ signature: [UInt8]) throws(SignatureFailure) -> HashFunction? {
        switch kind {
        case .ed25519, .ed448:
            guard signature.count == (kind == .ed25519 ? 64 : 114) else { return nil }
            let message = try file.bytes(limit: MinisignFormat.wholeFileLimitBytes)
            return verifies(signature, over: message, .eddsa, .sha256) ? .sha256 : nil
        case .rsa, .p256, .p384, .p521:
            let schemes: [Scheme] = kind == .rsa ? [.rsaPKCS1, .rsaPSS] : [.ecdsa]
            for hash in [HashFunction.sha256, .sha512] {
                // A digest in place of the archive is SHA-256 only; whatever else is asked of it is unsupported.
                let digest = try file.hash(hash)
                guard !schemes.contains(where: { verifies(signature, overHash: digest, $0, hash) }) else { return hash }
            }
            return nil
        }
    }
}
