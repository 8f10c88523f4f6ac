internal import COpenSSL
internal import Packaging

/// A timestamp of RFC 3161 over the archive: a TimeStampResp, as authorities answer, or the TimeStampToken in it.
///
/// It says when the archive existed, and nothing of who made it. Trusted are the timestamp authorities of trusted roots
/// and those with certificates from PEM, at the time that is stated: its certificate may have ended since.
enum TimestampFormat: SignatureFormat {
    static let name = SignatureFormatName.timestamp

    /// 1.2.840.113549.1.9.16.1.4, id-ct-TSTInfo.
    static let type: [UInt8] = [
        0x06, 0x0B, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x10, 0x01, 0x04,
    ]
    /// How far from the beginning of a token its type stands at most; before it are the hash functions of its signers.
    private static let typeLimit = 128
    /// The most certificates that may come along.
    private static let certificateLimit = 16
    /// How far an authority's clock may be ahead of ours.
    private static let leewaySeconds: Int64 = 300

    static func recognizes(_ signature: [UInt8]) -> Bool {
        // A response is a sequence that begins with another one, of a status of one byte.
        if let status = behindHead(behindHead(signature[...])), status.starts(with: [0x02, 0x01]) { return true }
        return CMSFormat.recognizes(signature) && Array(signature.prefix(typeLimit)).firstRange(of: type) != nil
    }

    /// What stands behind tag and length of a sequence, which need not be complete.
    private static func behindHead(_ bytes: ArraySlice<UInt8>?) -> ArraySlice<UInt8>? {
        guard let bytes, bytes.first == 0x30, let length = bytes.dropFirst().first else { return nil }
        return bytes.dropFirst(length < 0x80 ? 2 : 2 + Int(length & 0x7F))
    }

    static func verify(
        _ signature: [UInt8], of file: SignedFile, by verifier: SignatureVerifier, _ log: inout VerificationLog
    ) throws(SignatureFailure) -> ValidSignature {
        log.begin(.format)
        let timestamp = try Timestamp(signature)
        log.pass("a timestamp of RFC 3161 by one authority")

        log.begin(.digest)
        let (hash, stated) = try timestamp.imprint()
        let digest = try file.hash(hash)
        guard digest == stated else { throw .broken("the timestamp is about a file of another digest") }
        log.pass("the timestamp is over the file's digest of \(hash.rawValue)")

        log.begin(.time)
        let time = timestamp.time
        guard time <= verifier.now + leewaySeconds else {
            throw .broken("the authority states \(timeText(time)), which is in the future")
        }
        log.pass("the authority states \(timeText(time))")

        log.begin(.key)
        let (authority, chain) = try authority(of: timestamp, verifier.trust)
        log.pass("the certificate of \(authority.subject)")
        try require(authority, chain, at: time, &log)

        log.begin(.signature)
        guard timestamp.isGood(over: digest, by: authority, chain) else {
            throw .broken("the signature is not by this certificate over this timestamp")
        }
        log.pass("the signature is good")
        return ValidSignature(signer: SignerIdentity(authority), hash: hash, digest: digest, time: .verified(time))
    }

    /// Where the chain of an authority may lead, and over what.
    fileprivate struct Chain {
        let anchors: [X509Certificate]
        let others: [X509Certificate]
    }

    /// The certificate that the signer names as its own: of the authorities that count at the stated time, from PEM, or one
    /// that came along.
    private static func authority(
        of timestamp: Timestamp, _ trust: TrustMaterial
    ) throws(SignatureFailure) -> (X509Certificate, Chain) {
        for authority in trust.roots.flatMap(\.timestampAuthorities) {
            guard let leaf = authority.chain.first, timestamp.isBy(leaf),
                authority.validity.contains(seconds: timestamp.time)
            else { continue }
            let others = authority.chain.dropFirst().dropLast()
            return (leaf, Chain(anchors: Array(authority.chain.suffix(1)), others: Array(others)))
        }
        let embedded = try timestamp.certificates(limit: certificateLimit)
        guard let leaf = (trust.certificates + embedded).first(where: timestamp.isBy) else {
            throw .invalid(.unknownSigner, "the authority's certificate neither came along nor is trusted at that time")
        }
        let anchors = trust.certificates.filter(\.isSelfIssued)
        return (leaf, Chain(anchors: anchors, others: embedded + trust.certificates.filter { !$0.isSelfIssued }))
    }

    private static func require(
        _ authority: X509Certificate, _ chain: Chain, at time: Int64, _ log: inout VerificationLog
    ) throws(SignatureFailure) {
        log.begin(.chain)
        do throws(ChainFailure) {
            _ = try authority.verifyChain(to: chain.anchors, over: chain.others, at: time)
        } catch {
            let isOver = authority.notAfter <= time
            throw .invalid(isOver ? .expired : .unknownSigner, "no chain to a trusted authority: \(error.reason)")
        }
        log.pass("the chain leads to a trusted authority")

        log.begin(.certificateProfile)
        do throws(PublicKey.Refusal) {
            _ = try authority.key()
        } catch {
            guard error != .unsupported else { throw .unsupported("timestamps with keys of this kind") }
            throw .broken("the key of the authority's certificate \(error)")
        }
        guard authority.stamps else {
            throw .broken("the certificate is not one for timestamps alone (RFC 3161 §2.3)")
        }
        log.pass("the certificate is one for timestamps")
    }
}

/// A timestamp that was granted.
@safe private final class Timestamp {
    private let handle: OpaquePointer

    /// - Throws: for anything but a granted timestamp with one signer and hash functions of SHA-2.
    init(_ der: [UInt8]) throws(SignatureFailure) {
        guard let handle = unsafe wh_timestamp_new(der, der.count) else {
            throw .broken("the bytes are no timestamp, or are followed by others")
        }
        unsafe self.handle = handle
        guard unsafe wh_timestamp_is_granted(handle) == 1 else {
            throw .broken("it is the answer of an authority that granted no timestamp")
        }
        guard unsafe wh_timestamp_is_sound(handle) == 1 else {
            throw .broken(
                "it is not by one signer under SHA-256, SHA-384 or SHA-512 and a signature algorithm that fits")
        }
    }

    deinit {
        unsafe wh_timestamp_free(handle)
    }

    /// When the digest existed, in seconds since 1970.
    var time: Int64 { unsafe wh_timestamp_time(handle) }

    /// The digest of what existed.
    func imprint() throws(SignatureFailure) -> (hash: HashFunction, digest: [UInt8]) {
        var number: Int32 = -1
        guard let digest = unsafe collect(64, { unsafe wh_timestamp_imprint(handle, &number, $0, $1, $2) }),
            let hash = HashFunction.allCases.first(where: { $0.number == number })
        else { throw .broken("its digest is longer than any of SHA-2") }
        return (hash, digest)
    }

    /// The certificates that came along.
    func certificates(limit: Int) throws(SignatureFailure) -> [X509Certificate] {
        var certificates: [X509Certificate] = []
        while let next = unsafe wh_timestamp_certificate(handle, certificates.count) {
            guard certificates.count < limit, let certificate = unsafe X509Certificate(handle: next) else {
                throw .broken("a certificate that came along cannot be read, or there are more than \(limit)")
            }
            certificates.append(certificate)
        }
        return certificates
    }

    /// Whether the signer names this certificate as its own.
    func isBy(_ certificate: X509Certificate) -> Bool {
        unsafe wh_timestamp_is_by(handle, certificate.handle) == 1
    }

    func isGood(over digest: [UInt8], by authority: X509Certificate, _ chain: TimestampFormat.Chain) -> Bool {
        unsafe wh_timestamp_is_good(
            handle, digest, digest.count, authority.handle, chain.others.map { unsafe $0.handle }, chain.others.count,
            chain.anchors.map { unsafe $0.handle }, chain.anchors.count) == 1
    }
}

extension X509Certificate {
    /// Whether it is for timestamps and nothing else.
    fileprivate var stamps: Bool { unsafe wh_certificate_stamps(handle) == 1 }
}
