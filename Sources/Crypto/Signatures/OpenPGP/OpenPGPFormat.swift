internal import Packaging

/// A detached signature of OpenPGP (RFC 9580), version 4 or 6, over the bytes of a file.
enum OpenPGPFormat: SignatureFormat {
    static let name = SignatureFormatName.openPGP

    private static let packetLimit = 8
    /// How far a signer's clock may be ahead of ours, in seconds.
    private static let clockSkew: Int64 = 300

    static func recognizes(_ signature: [UInt8]) -> Bool {
        if startsArmor(signature, "-----BEGIN PGP ") { return true }
        guard let first = signature.first, first == 0xC2 || (0x88...0x8B).contains(first) else { return false }
        // A signature of RSA and nothing else may begin with these bytes, too; then the lengths do not fit.
        return !RawFormat.recognizes(signature) || OpenPGPPacket.all(in: signature, limit: packetLimit) != nil
    }

    static func verify(
        _ signature: [UInt8], of file: SignedFile, by verifier: SignatureVerifier, _ log: inout VerificationLog
    ) throws(SignatureFailure) -> ValidSignature {
        log.begin(.format)
        let packets = try packets(signature)
        log.pass("an OpenPGP signature of \(packets.count) \(packets.count == 1 ? "packet" : "packets")")
        var valid: [ValidSignature] = []
        var failure: SignatureFailure?
        for packet in packets {
            // A second person's signature does not spoil the first one's; a broken one of a key that is known does.
            do throws(SignatureFailure) {
                valid.append(try verify(packet, file, verifier, &log))
            } catch {
                if case .invalid(.broken, _) = error { throw error }
                failure = failure ?? error
            }
        }
        let named = valid.first { each in verifier.signer.map { each.signer.isNamed($0) } ?? true }
        if let found = named ?? valid.first { return found }
        throw failure ?? .broken("the signature is empty")
    }

    private static func packets(_ signature: [UInt8]) throws(SignatureFailure) -> [[UInt8]] {
        for label in ["PGP MESSAGE", "PGP SIGNED MESSAGE"] where startsArmor(signature, "-----BEGIN \(label)-----") {
            throw .unsupported("a \(label), which carries its data inside; a detached signature is needed")
        }
        guard let bytes = OpenPGPArmor.content(signature, "PGP SIGNATURE") else {
            throw .broken("the armor is not one complete block of a PGP SIGNATURE with nothing around it")
        }
        guard let packets = OpenPGPPacket.all(in: bytes, limit: packetLimit), !packets.isEmpty,
            packets.allSatisfy({ $0.tag == OpenPGPPacket.Tag.signature })
        else { throw .broken("it is not 1 to \(packetLimit) complete signature packets") }
        return packets.map(\.body)
    }

    private static func verify(
        _ body: [UInt8], _ file: SignedFile, _ verifier: SignatureVerifier, _ log: inout VerificationLog
    ) throws(SignatureFailure) -> ValidSignature {
        log.begin(.format)
        let signature = try OpenPGPSignature(body)
        guard signature.type == 0 else {
            throw .unsupported("an OpenPGP signature of type \(signature.type); one over a file's bytes has type 0")
        }

        log.begin(.key)
        let (certificate, key) = try signer(of: signature, verifier.trust)
        log.pass("the key \(key.name) of \(certificate.primary.name)")

        log.begin(.time)
        guard signature.created <= verifier.now + clockSkew else { throw .broken("it is from the future") }
        guard signature.holds(at: max(verifier.now, signature.created)) else {
            throw .invalid(.expired, "the signature has expired")
        }
        try certificate.requireSigner(key, at: [signature.created, max(verifier.now, signature.created)])
        log.pass("the key may sign, held at the time of the signature and holds now")

        log.begin(.signature)
        let digest = try file.hash(signature.hash, after: signature.salt, before: signature.trailer)
        if let reason = key.refusal(of: signature, over: digest) { throw .broken(reason) }
        log.pass("the signature is good")
        let name = certificate.primary.name
        return ValidSignature(
            signer: SignerIdentity(names: [name, name.lowercased()], keyFingerprint: name), hash: .sha256,
            digest: file.sha256.bytes, time: .claimed(signature.created))
    }

    /// The key that the signature says it is by; what it says decides nothing but which key is tried.
    private static func signer(
        of signature: OpenPGPSignature, _ trust: TrustMaterial
    ) throws(SignatureFailure) -> (OpenPGPCertificate, OpenPGPKey) {
        guard !signature.issuers.isEmpty else { throw .broken("it does not say by which key it is") }
        for certificate in trust.openPGPCertificates {
            for key in certificate.keys where signature.mayBe(by: key) { return (certificate, key) }
        }
        let name = signature.issuers[0].map(hexadecimal).joined()
        throw .invalid(.unknownSigner, "no key that is trusted is the key \(name) of the signature")
    }

    private static func startsArmor(_ text: [UInt8], _ beginning: String) -> Bool {
        text.drop { $0 == 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D }.starts(with: beginning.utf8)
    }
}
