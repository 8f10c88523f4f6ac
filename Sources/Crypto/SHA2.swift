/// Computes one digest of the family SHA-2 (FIPS 180-4) of bytes that arrive in pieces, for comparing with what a file
/// states of others. Digests that the index itself keeps are ``Packaging/Digest``.
///
/// Used by one owner at a time; it may move between threads from call to call.
public struct SHA2: ~Copyable, Sendable {
    /// Which function; the raw value is its name in `RECORD` files and in Python's `hashlib`.
    public enum Function: String, CaseIterable, Sendable {
        case sha256, sha384, sha512

        /// The length of a digest.
        public var byteCount: Int {
            switch self {
            case .sha256: 32
            case .sha384: 48
            case .sha512: 64
            }
        }

        fileprivate var number: Int32 {
            switch self {
            case .sha256: HashFunction.sha256.number
            case .sha384: HashFunction.sha384.number
            case .sha512: HashFunction.sha512.number
            }
        }
    }

    private let running: RunningHash

    /// Begins a digest.
    ///
    /// - Throws: `CryptoError.unavailable` when libcrypto has no memory.
    public init(_ function: Function) throws(CryptoError) {
        guard let running = RunningHash(function.number) else { throw .unavailable(algorithm: function.rawValue) }
        self.running = running
    }

    /// Adds bytes.
    public mutating func update(_ bytes: Span<UInt8>) {
        running.update(bytes)
    }

    /// Ends the computation.
    ///
    /// - Returns: ``Function/byteCount`` bytes.
    public consuming func finish() -> [UInt8] {
        running.finish()
    }
}
