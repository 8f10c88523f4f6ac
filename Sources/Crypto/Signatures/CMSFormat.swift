internal import COpenSSL
internal import Packaging

/// Signed data of RFC 5652 without the data, by a certificate of an own authority.
///
/// What counts is the certificate now: these signatures carry no time that anybody vouches for.
enum CMSFormat: SignatureFormat {
    static let name = SignatureFormatName.cms

    private static let labels = ["CMS", "PKCS7"]
    /// 1.2.840.113549.1.7.2, signed data.
    private static let type: [UInt8] = [0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02]
    /// The most certificates that may come along.
    private static let certificateLimit = 16

    static func recognizes(_ signature: [UInt8]) -> Bool {
        if labels.contains(where: { signature.starts(with: "-----BEGIN \($0)-----".utf8) }) { return true }
        // The type stands right behind the head of two to six bytes; in a timestamp (RFC 3161) a status stands before it.
        return signature.first == 0x30 && Array(signature.prefix(6 + type.count)).firstRange(of: type) != nil
    }

    static func verify(
        _ signature: [UInt8], of file: SignedFile, by verifier: SignatureVerifier, _ log: inout VerificationLog
    ) throws(SignatureFailure) -> ValidSignature {
        log.begin(.format)
        let data = try SignedData(der(signature))
        log.pass("detached signed data of CMS by one signer")

        log.begin(.key)
        let embedded = try data.certificates(limit: certificateLimit)
        let others = verifier.trust.certificates
        guard let leaf = (embedded + others).first(where: { data.isBy($0) }) else {
            throw .invalid(.unknownSigner, "the signer's certificate neither came along nor is trusted")
        }
        do throws(PublicKey.Refusal) {
            let key = try leaf.key()
            // libcrypto 3.0 cannot verify them in CMS.
            guard key.kind != .ed25519 && key.kind != .ed448 else { throw .unsupported }
        } catch {
            guard error != .unsupported else { throw .unsupported("CMS with keys of this kind") }
            throw .broken("the key of the signer's certificate \(error)")
        }
        log.pass("the certificate of \(leaf.subject)")

        log.begin(.chain)
        do throws(ChainFailure) {
            _ = try leaf.verifyChain(
                to: others.filter(\.isSelfIssued), over: embedded + others.filter { !$0.isSelfIssued },
                at: verifier.now)
        } catch {
            let isOver = leaf.notAfter <= verifier.now
            throw .invalid(isOver ? .expired : .unknownSigner, "no chain to a trusted authority: \(error.reason)")
        }
        log.pass("the chain leads to a trusted authority")

        log.begin(.certificateProfile)
        guard leaf.allowsSignatures else { throw .broken("the certificate has no key usage digitalSignature") }
        guard leaf.allowsCodeSigning else { throw .broken("the certificate is not one for code signing") }
        guard !leaf.isAuthority else { throw .broken("the certificate is one of an authority") }
        log.pass("the certificate is one for signing code")

        log.begin(.signature)
        try data.verify(file, by: leaf)
        log.pass("the signature is good")
        return ValidSignature(
            signer: SignerIdentity(leaf), hash: .sha256, digest: file.sha256.bytes, time: .unknown)
    }

    private static func der(_ signature: [UInt8]) throws(SignatureFailure) -> [UInt8] {
        guard signature.first != 0x30 else { return signature }
        guard let blocks = PEMBlock.all(in: signature), blocks.count == 1, labels.contains(blocks[0].label) else {
            throw .broken("the PEM is not one complete block of CMS")
        }
        return blocks[0].bytes
    }
}

extension SignerIdentity {
    /// Whoever has a certificate of an own authority: the subject alternative names that are e-mail addresses or URIs, then
    /// the subject.
    init(_ certificate: X509Certificate) {
        let names = certificate.extension("2.5.29.17").flatMap(CertificateIdentity.names) ?? []
        self.init(names: names.map(\.text) + [certificate.subject], keyFingerprint: try? certificate.key().fingerprint)
    }
}

/// Signed data that is being verified.
@safe private final class SignedData {
    private let handle: OpaquePointer

    /// - Throws: for anything but detached signed data with one signer and a hash function of SHA-2.
    init(_ der: [UInt8]) throws(SignatureFailure) {
        guard let handle = unsafe wh_cms_new(der, der.count) else {
            throw .broken("the bytes are no signed data, or are followed by others")
        }
        unsafe self.handle = handle
        guard unsafe wh_cms_is_detached(handle) == 1 else {
            throw .unsupported("CMS with the data inside; a detached signature is needed")
        }
        guard unsafe wh_cms_has_one_signer(handle) == 1 else { throw .broken("it has not exactly one signer") }
        guard unsafe wh_cms_is_sound(handle) == 1 else {
            throw .broken("it is not data under SHA-256, SHA-384 or SHA-512 and a signature algorithm that fits")
        }
    }

    deinit {
        unsafe wh_cms_free(handle)
    }

    /// The certificates that came along.
    func certificates(limit: Int) throws(SignatureFailure) -> [X509Certificate] {
        var certificates: [X509Certificate] = []
        while let next = unsafe wh_cms_certificate(handle, certificates.count) {
            guard certificates.count < limit, let certificate = unsafe X509Certificate(handle: next) else {
                throw .broken("a certificate that came along cannot be read, or there are more than \(limit)")
            }
            certificates.append(certificate)
        }
        return certificates
    }

    func isBy(_ certificate: X509Certificate) -> Bool {
        unsafe wh_cms_is_by(handle, certificate.handle) == 1
    }

    func verify(_ file: SignedFile, by certificate: X509Certificate) throws(SignatureFailure) {
        guard unsafe wh_cms_begin(handle, certificate.handle) == 1 else {
            throw .broken("libcrypto cannot verify this signature")
        }
        var isTaken = true
        try file.forEachPiece { piece in
            let done = unsafe piece.withUnsafeBytes { unsafe wh_cms_update(handle, $0.baseAddress, $0.count) }
            isTaken = isTaken && done == 1
        }
        guard isTaken, unsafe wh_cms_finish(handle) == 1 else {
            throw .broken("the signature is not by this certificate over this archive")
        }
    }
}
