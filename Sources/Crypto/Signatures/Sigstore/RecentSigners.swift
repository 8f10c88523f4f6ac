import Synchronization

/// The certificates that signed last, read: one job signs all files of a release with one certificate, and reading it costs
/// as much as three signatures.
final class RecentSigners: Sendable {
    /// A certificate with its key.
    struct Signer: Sendable {
        let certificate: X509Certificate
        let key: PublicKey
    }

    private struct Ring {
        var signers: [Signer] = []
        var oldest = 0
    }

    private static let limit = 64

    private let ring = Mutex(Ring())

    /// The signer with this certificate, read anew unless it is remembered.
    ///
    /// - Throws: `SignatureFailure` when the certificate cannot be read, or its key is weak or of an unknown kind.
    func signer(_ der: [UInt8]) throws(SignatureFailure) -> Signer {
        if let known = ring.withLock({ $0.signers.first { $0.certificate.der == der } }) { return known }
        guard let certificate = X509Certificate(der: der) else { throw .broken("the certificate cannot be read") }
        do {
            return Signer(certificate: certificate, key: try certificate.key())
        } catch {
            throw .broken("the certificate's key \(error)")
        }
    }

    /// Remembers a signer whose certificate a trusted authority has issued: what anybody makes is not kept.
    func remember(_ signer: Signer) {
        ring.withLock { ring in
            guard !ring.signers.contains(where: { $0.certificate.der == signer.certificate.der }) else { return }
            if ring.signers.count < Self.limit {
                ring.signers.append(signer)
            } else {
                ring.signers[ring.oldest] = signer
                ring.oldest = (ring.oldest + 1) % Self.limit
            }
        }
    }
}
