/// Why something of this module could not be done.
public enum CryptoError: Error, Hashable, Sendable, CustomStringConvertible {
    /// libcrypto does not offer the algorithm, by name: for example MD5 on a machine under FIPS rules.
    case unavailable(algorithm: String)
    /// The random generator has no entropy.
    case noEntropy

    /// One sentence for the log.
    public var description: String {
        switch self {
        case .unavailable(let algorithm): "libcrypto on this machine does not offer \(algorithm)"
        case .noEntropy: "libcrypto's random generator has no entropy"
        }
    }
}
