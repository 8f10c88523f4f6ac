/// Why something of this module could not be done.
public enum CryptoError: Error, Hashable, Sendable, CustomStringConvertible {
    /// libcrypto does not offer the algorithm, by name: for example MD5 on a machine under FIPS rules.
    case unavailable(algorithm: String)
    /// The random generator has no entropy.
    case noEntropy
    /// There is no memory for hashing a password.
    case noMemory
    /// The file is no certificate in PEM, or one that is not strong enough; with the reason that libssl gives.
    case certificate(file: String, reason: String)
    /// The file is no private key in PEM; with the reason that libssl gives.
    case key(file: String, reason: String)
    /// Certificate and key are both readable, but the key is not that of the certificate.
    case pair(certificate: String, key: String)
    /// The file holds no certificates of authorities in PEM; with the reason that libssl gives.
    case authority(file: String, reason: String)
    /// libssl could not be set up; with its reason.
    case tls(reason: String)

    /// One sentence for the log.
    public var description: String {
        switch self {
        case .unavailable(let algorithm): "libcrypto on this machine does not offer \(algorithm)"
        case .noMemory: "libcrypto has no memory for hashing a password"
        case .noEntropy: "libcrypto's random generator has no entropy"
        case .certificate(let file, let reason): "the certificate '\(file)' cannot be used (\(reason))"
        case .key(let file, let reason): "the key '\(file)' cannot be used (\(reason))"
        case .pair(let certificate, let key): "the key '\(key)' does not belong to the certificate '\(certificate)'"
        case .authority(let file, let reason): "the authority '\(file)' cannot be used (\(reason))"
        case .tls(let reason): "libssl cannot be set up (\(reason))"
        }
    }
}
