import Packaging
import Testing

@Suite struct DigestTests {
    static let hex = "0123456789abcdeffedcba98765432100f1e2d3c4b5a69788796a5b4c3d2e1f0"

    @Test(arguments: Digest.Algorithm.allCases)
    func `reads and prints hexadecimal digits`(algorithm: Digest.Algorithm) throws {
        let hex = String(Self.hex.prefix(algorithm.byteCount * 2))
        let digest = try Digest(algorithm, hex: hex)
        #expect(digest.hex == hex)
        #expect(digest.bytes.count == algorithm.byteCount)
        #expect(digest.bytes.prefix(3) == [0x01, 0x23, 0x45])
        #expect(digest.bytes.last == UInt8(hex.suffix(2), radix: 16))
        #expect(try Digest(algorithm, hex: Substring(hex.uppercased())) == digest)
        #expect(Digest(algorithm, bytes: digest.bytes) == digest)
        #expect(digest.description == "\(algorithm.rawValue)=\(hex)")
    }

    @Test func `keeps every byte in its place`() {
        let bytes = (0..<32).map { UInt8($0 * 7 + 1) }
        #expect(Digest(.sha256, bytes: bytes).bytes == bytes)
        #expect(Digest(.sha256, bytes: bytes) != Digest(.blake2b256, bytes: bytes))
        #expect(Digest(.md5, bytes: Array(bytes.prefix(16))).bytes == Array(bytes.prefix(16)))
    }

    /// Each wrong in length or in one character.
    static let damaged: [String] = [
        "", "0", "\(hex.dropLast())", "\(hex)0", "\(hex)\(hex)", "\(hex.dropLast())g", "\(hex.dropLast()) ",
        "0x\(hex.dropFirst(2))", "\(hex.dropLast())\u{FF10}", "\(hex.dropLast(2))é",
    ]

    @Test(arguments: damaged)
    func `refuses other texts`(hex: String) {
        let error = #expect(throws: PackagingError.self) { try Digest(.sha256, hex: hex) }
        #expect(error?.reason.contains("sha256 has 64 hexadecimal digits") == true)
    }

    @Test func `names BLAKE2b as the JSON API does`() {
        #expect(Digest.Algorithm.allCases.map(\.rawValue) == ["md5", "sha256", "blake2b_256"])
    }
}
