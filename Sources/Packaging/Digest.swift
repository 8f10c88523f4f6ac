/// The value of a cryptographic hash function over some bytes.
public struct Digest: Hashable, Sendable, CustomStringConvertible {
    /// The hash functions of the upload API; the raw value is the key in the JSON API's `digests`.
    public enum Algorithm: String, CaseIterable, Sendable {
        /// MD5, only for clients that declare it.
        case md5
        /// SHA-256, the name of a blob.
        case sha256
        /// BLAKE2b with 32 bytes of output.
        case blake2b256 = "blake2b_256"

        /// The length of a digest.
        public var byteCount: Int {
            switch self {
            case .md5: 16
            case .sha256, .blake2b256: 32
            }
        }
    }

    /// The function that made the digest.
    public let algorithm: Algorithm

    // Inline, so that a digest costs no allocation: the bytes in order, big-endian; MD5 leaves the last two words zero.
    // No `SIMD4`: LLVM aligns one to 32 bytes and Swift to 16, and the frame of an `async` function that held one was 16
    // bytes too short for it (Swift 6.3.1).
    private let words: InlineArray<4, UInt64>

    /// A digest from its bytes.
    ///
    /// - Precondition: `bytes.count == algorithm.byteCount`.
    public init(_ algorithm: Algorithm, bytes: [UInt8]) {
        precondition(bytes.count == algorithm.byteCount, "a digest has exactly the bytes of its algorithm")
        var words = InlineArray<4, UInt64>(repeating: 0)
        for (index, byte) in bytes.enumerated() {
            words[index >> 3] = words[index >> 3] << 8 | UInt64(byte)
        }
        self.algorithm = algorithm
        self.words = words
    }

    /// A digest from hexadecimal digits of any case.
    ///
    /// - Throws: `PackagingError` when `hex` has another length or another character.
    public init(_ algorithm: Algorithm, hex: some StringProtocol) throws(PackagingError) {
        guard hex.utf8.count == algorithm.byteCount * 2, let words = Self.words(Array(hex.utf8)) else {
            throw PackagingError(
                reason: "The digest \(PackagingError.quote(hex)) is not valid: \(algorithm.rawValue) has"
                    + " \(algorithm.byteCount * 2) hexadecimal digits.")
        }
        self.algorithm = algorithm
        self.words = words
    }

    /// Whether function and value are the same.
    public static func == (left: Digest, right: Digest) -> Bool {
        left.algorithm == right.algorithm && left.words.indices.allSatisfy { left.words[$0] == right.words[$0] }
    }

    /// Feeds function and value.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(algorithm)
        for index in words.indices { hasher.combine(words[index]) }
    }

    /// The bytes; ``Algorithm/byteCount`` of them.
    public var bytes: [UInt8] {
        (0..<algorithm.byteCount).map(byte)
    }

    /// The bytes as lower-case hexadecimal digits.
    public var hex: String {
        var digits: [UInt8] = []
        digits.reserveCapacity(algorithm.byteCount * 2)
        appendHex(to: &digits)
        return String(decoding: digits, as: UTF8.self)
    }

    /// `sha256=…`, as in the attributes of the Simple API's HTML form.
    public var description: String { "\(algorithm.rawValue)=\(hex)" }

    /// Adds ``hex`` as ASCII, without a String.
    func appendHex(to digits: inout [UInt8]) {
        for index in 0..<algorithm.byteCount {
            let byte = byte(index)
            digits.append(Self.hexDigit(byte >> 4))
            digits.append(Self.hexDigit(byte & 15))
        }
    }

    private func byte(_ index: Int) -> UInt8 {
        UInt8(truncatingIfNeeded: words[index >> 3] >> UInt64(56 - (index & 7) * 8))
    }

    /// At most 64 hexadecimal digits, 16 a word.
    private static func words(_ digits: [UInt8]) -> InlineArray<4, UInt64>? {
        var words = InlineArray<4, UInt64>(repeating: 0)
        var word: UInt64 = 0
        for (index, character) in digits.enumerated() {
            guard let value = hexValue(character) else { return nil }
            word = word << 4 | value
            if index & 15 == 15 { words[index >> 4] = word }
        }
        return words
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }

    private static func hexValue(_ character: UInt8) -> UInt64? {
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(character - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(character - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt64(character - UInt8(ascii: "A") + 10)
        default: nil
        }
    }
}
