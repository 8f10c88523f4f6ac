internal import COpenSSL
public import Packaging

/// Computes one or several digests of bytes that arrive in pieces.
///
/// Used by one owner at a time; it may move between threads from call to call.
public struct Digester: ~Copyable, Sendable {
    private var running: [(algorithm: Digest.Algorithm, digest: Running)]

    /// Begins a digest for each of the algorithms.
    ///
    /// - Throws: `CryptoError.unavailable` when libcrypto refuses one of them (MD5 under FIPS rules).
    public init(_ algorithms: Set<Digest.Algorithm>) throws(CryptoError) {
        running = []
        for algorithm in algorithms {
            guard let digest = Running(algorithm.number) else { throw .unavailable(algorithm: algorithm.rawValue) }
            running.append((algorithm, digest))
        }
    }

    /// Adds bytes.
    public mutating func update(_ bytes: Span<UInt8>) {
        for (_, digest) in running { digest.update(bytes) }
    }

    /// Adds bytes.
    public mutating func update(_ bytes: [UInt8]) {
        update(bytes.span)
    }

    /// Ends the computation.
    ///
    /// - Returns: one digest for each algorithm that was asked for.
    public consuming func finish() -> [Digest.Algorithm: Digest] {
        var digests: [Digest.Algorithm: Digest] = [:]
        for (algorithm, digest) in running { digests[algorithm] = Digest(algorithm, bytes: digest.finish()) }
        return digests
    }
}

extension Digest {
    /// The SHA-256 of some bytes (FIPS 180-4).
    public static func sha256(of bytes: [UInt8]) -> Digest {
        sha256(of: bytes.span)
    }

    /// The SHA-256 of some bytes (FIPS 180-4).
    public static func sha256(of bytes: Span<UInt8>) -> Digest {
        guard let running = Running(WH_DIGEST_SHA256) else {
            // SHA-256 is in every libcrypto, also under FIPS rules: only a machine without memory comes here.
            preconditionFailure("libcrypto has no memory for a digest")
        }
        running.update(bytes)
        return Digest(.sha256, bytes: running.finish())
    }
}

extension Digest.Algorithm {
    fileprivate var number: wh_digest_algorithm {
        switch self {
        case .md5: WH_DIGEST_MD5
        case .sha256: WH_DIGEST_SHA256
        case .blake2b256: WH_DIGEST_BLAKE2B256
        }
    }
}

/// One digest under way.
///
/// Unchecked, because the compiler cannot see into the C handle: a `Running` is private to the one `Digester` or `SHA2`
/// (or the one call) that made it, these cannot be copied, and their methods are mutating or consuming, so no two
/// threads ever use the handle at once.
@safe final class Running: @unchecked Sendable {
    private let handle: OpaquePointer

    /// - Returns: `nil` when libcrypto refuses the algorithm, or has no memory.
    init?(_ algorithm: wh_digest_algorithm) {
        guard let handle = unsafe wh_digest_new(Int32(algorithm.rawValue)) else { return nil }
        unsafe self.handle = handle
    }

    deinit {
        unsafe wh_digest_free(handle)
    }

    func update(_ bytes: Span<UInt8>) {
        let done = unsafe bytes.withUnsafeBytes { unsafe wh_digest_update(handle, $0.baseAddress, $0.count) }
        precondition(done == 1, "libcrypto failed in the middle of a digest")
    }

    func finish() -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Int(WH_DIGEST_MAX_BYTES))
        var length = 0
        let done = unsafe wh_digest_finish(handle, &bytes, &length)
        precondition(done == 1, "libcrypto failed at the end of a digest")
        return Array(bytes.prefix(length))
    }
}
