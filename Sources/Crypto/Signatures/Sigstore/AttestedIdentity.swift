internal import Packaging

/// What an attestation of PEP 740 says of itself. Nothing here is verified: read it from attestations that are valid.
public struct AttestedIdentity: Sendable {
    /// Who its certificate was given to.
    public let certificate: CertificateIdentity

    /// Reads an attestation.
    ///
    /// - Returns: `nil` when it is none that can be read.
    public init?(attestation: [UInt8]) {
        guard let json = try? StrictJSON(attestation), let material = try? AttestationFormat.material(json),
            case .certificate(let der) = material.key, let certificate = X509Certificate(der: der),
            let identity = try? CertificateIdentity(certificate)
        else { return nil }
        self.certificate = identity
    }

    /// The type of what an attestation says about its file; of one that is not valid, what it claims.
    ///
    /// - Returns: `nil` when it is none that can be read.
    public static func predicateType(ofAttestation attestation: [UInt8]) -> String? {
        guard let json = try? StrictJSON(attestation), json["version"] == .integer(1),
            let payload = json["envelope"]?["statement"]?.base64
        else { return nil }
        return try? Statement(payload).predicateType
    }
}
