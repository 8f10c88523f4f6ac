/// Stands for the module Crypto: every digest is zero, so that a RECORD of zeros fits whatever the fuzzer writes.
public struct SHA2: ~Copyable {
    /// Which function.
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
    }

    private let function: Function
    private var sum: UInt8 = 0

    /// Begins nothing.
    public init(_ function: Function) throws(CryptoError) { self.function = function }

    /// Reads the bytes, so that the sanitizer sees where they are.
    public mutating func update(_ bytes: Span<UInt8>) {
        for index in bytes.indices { sum &+= bytes[index] }
    }

    /// Zero.
    public consuming func finish() -> [UInt8] { [UInt8](repeating: 0, count: function.byteCount) }
}

/// Never happens here.
public enum CryptoError: Error {}
