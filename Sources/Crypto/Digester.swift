internal import COpenSSL
public import Packaging

/// Computes one or several digests of bytes that arrive in pieces.
///
/// Used by one owner at a time; it may move between threads from call to call.
public struct Digester: ~Copyable, Sendable {
    private var running: [Running]

    /// Begins a digest for each of the algorithms.
    ///
    /// - Throws: `CryptoError.unavailable` when libcrypto refuses one of them (MD5 under FIPS rules).
    public init(_ algorithms: Set<Digest.Algorithm>) throws(CryptoError) {
        running = []
        for algorithm in algorithms {
            running.append(try Running(algorithm))
        }
    }

    /// Adds bytes.
    public mutating func update(_ bytes: Span<UInt8>) {
        for digest in running { digest.update(bytes) }
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
        for digest in running { digests[digest.algorithm] = digest.finish() }
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
        let running: Running
        do {
            running = try Running(.sha256)
        } catch {
            // SHA-256 is in every libcrypto, also under FIPS rules: only a machine without memory comes here.
            preconditionFailure(error.description)
        }
        running.update(bytes)
        return running.finish()
    }
}

/// One of the digests of the upload API under way.
private struct Running {
    let algorithm: Digest.Algorithm
    let hash: RunningHash

    init(_ algorithm: Digest.Algorithm) throws(CryptoError) {
        let number =
            switch algorithm {
            case .md5: WH_DIGEST_MD5
            case .sha256: WH_DIGEST_SHA256
            case .blake2b256: WH_DIGEST_BLAKE2B256
            }
        guard let hash = RunningHash(Int32(number.rawValue)) else {
            throw .unavailable(algorithm: algorithm.rawValue)
        }
        self.algorithm = algorithm
        self.hash = hash
    }

    func update(_ bytes: Span<UInt8>) {
        hash.update(bytes)
    }

    func finish() -> Digest {
        Digest(algorithm, bytes: hash.finish())
    }
}
