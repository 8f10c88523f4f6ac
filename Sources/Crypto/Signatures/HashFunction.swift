internal import COpenSSL
internal import Packaging

/// The hash functions that signature formats use.
public enum HashFunction: String, CaseIterable, Sendable {
    /// SHA-1, for fingerprints of OpenPGP v4 keys only; nothing signed with it is valid.
    case sha1
    /// SHA-256, FIPS 180-4.
    case sha256
    /// SHA-384, FIPS 180-4.
    case sha384
    /// SHA-512, FIPS 180-4.
    case sha512
    /// SHA3-256, FIPS 202.
    case sha3of256 = "sha3-256"
    /// SHA3-512, FIPS 202.
    case sha3of512 = "sha3-512"
    /// BLAKE2b with 64 bytes of output, RFC 7693.
    case blake2b512

    /// The length of the output.
    public var byteCount: Int {
        switch self {
        case .sha1: 20
        case .sha256, .sha3of256: 32
        case .sha384: 48
        case .sha512, .sha3of512, .blake2b512: 64
        }
    }

    /// The number at the border to C.
    var number: Int32 {
        let number =
            switch self {
            case .sha1: WH_DIGEST_SHA1
            case .sha256: WH_DIGEST_SHA256
            case .sha384: WH_DIGEST_SHA384
            case .sha512: WH_DIGEST_SHA512
            case .sha3of256: WH_DIGEST_SHA3_256
            case .sha3of512: WH_DIGEST_SHA3_512
            case .blake2b512: WH_DIGEST_BLAKE2B512
            }
        return Int32(number.rawValue)
    }

    /// The hash of some bytes.
    ///
    /// - Returns: `nil` when libcrypto refuses the function (BLAKE2 and SHA-1 under FIPS rules).
    public func hash(of bytes: [UInt8]) -> [UInt8]? {
        guard let running = RunningHash(number) else { return nil }
        running.update(bytes.span)
        return running.finish()
    }
}

/// The SHA-256 of some bytes (FIPS 180-4), as bytes.
func sha256(_ bytes: [UInt8]) -> [UInt8] {
    Digest.sha256(of: bytes).bytes
}

/// One hash under way.
///
/// Unchecked, because the compiler cannot see into the C handle: a `RunningHash` is used by the one call or the one
/// non-copyable `Digester` or `SHA2` that made it, so no two threads ever use the handle at once.
@safe final class RunningHash: @unchecked Sendable {
    private let handle: OpaquePointer

    /// Begins a hash.
    ///
    /// - Parameter number: a `wh_digest_algorithm`.
    /// - Returns: `nil` when libcrypto refuses it.
    init?(_ number: Int32) {
        guard let handle = unsafe wh_digest_new(number) else { return nil }
        unsafe self.handle = handle
    }

    deinit {
        unsafe wh_digest_free(handle)
    }

    /// Adds bytes.
    func update(_ bytes: Span<UInt8>) {
        let done = unsafe bytes.withUnsafeBytes { unsafe wh_digest_update(handle, $0.baseAddress, $0.count) }
        precondition(done == 1, "libcrypto failed in the middle of a digest")
    }

    /// Ends the hash; nothing may be called afterwards.
    func finish() -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 64)
        var length = 0
        let done = unsafe wh_digest_finish(handle, &bytes, &length)
        precondition(done == 1, "libcrypto failed at the end of a digest")
        return Array(bytes.prefix(length))
    }
}
