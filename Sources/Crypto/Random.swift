internal import COpenSSL

/// Bytes that nobody can predict.
public enum Random {
    /// Random bytes for secrets: `RAND_bytes(3)`.
    ///
    /// - Throws: `CryptoError.noEntropy`.
    public static func bytes(_ count: Int) throws(CryptoError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        guard unsafe wh_random(&bytes, count) == 1 else { throw .noEntropy }
        return bytes
    }
}

/// Whether two byte strings are equal, in a time that depends on their lengths only: `CRYPTO_memcmp(3)`.
///
/// For secrets and their digests: an ordinary comparison ends at the first difference, and its time tells where.
public func constantTimeEquals(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    guard left.count == right.count else { return false }
    return unsafe wh_equal_constant_time(left, right, left.count) == 1
}
