internal import Packaging

/// What an attestation of PEP 740 says of itself. Nothing here is verified: read it from attestations that are valid.
public struct AttestedIdentity: Sendable {
    /// Who its certificate was given to.
    public let certificate: CertificateIdentity
    /// The type of what is said about the file.
    public let predicateType: String

    /// Reads an attestation.
    ///
    /// - Returns: `nil` when it is none that can be read.
    public init?(attestation: [UInt8]) {
        guard let json = try? StrictJSON(attestation), let material = try? AttestationFormat.material(json),
            case .certificate(let der) = material.key, let certificate = X509Certificate(der: der),
            let identity = try? CertificateIdentity(certificate),
            case .envelope(_, let payload) = material.content, let statement = try? Statement(payload)
        else { return nil }
        self.certificate = identity
        predicateType = statement.predicateType
    }
}
