import Crypto
import Packaging
import Testing

struct DigesterTests {
    struct Vector: CustomTestStringConvertible {
        let count: Int
        let md5: String
        let sha256: String
        let blake2b256: String

        /// The bytes (7 i + 3) mod 251, which no block length divides.
        var bytes: [UInt8] { (0..<count).map { UInt8(($0 * 7 + 3) % 251) } }
        var testDescription: String { "\(count) bytes" }
    }

    /// Computed by Python's hashlib; lengths around the block sizes of 64 and 128 bytes.
    static let vectors = [
        Vector(
            count: 0, md5: "d41d8cd98f00b204e9800998ecf8427e",
            sha256: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            blake2b256: "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8"),
        Vector(
            count: 1, md5: "8666683506aacd900bbd5a74ac4edf68",
            sha256: "084fed08b978af4d7d196a7446a86b58009e636b611db16211b65a9aadff29c5",
            blake2b256: "e88bd757ad5b9bedf372d8d3f0cf6c962a469db61a265f6418e1ffed86da29ec"),
        Vector(
            count: 3, md5: "c9aee4810523ef8658121b8d492c6b41",
            sha256: "6ab0dba1f4f1dfbb37b4f9eeb092c09fca4900ad32bdcd147d8dde35d6c87c35",
            blake2b256: "9facd640130c81e7f318a8d5c660bc1b0f5d03861ffbd4cc1358e0e904593c28"),
        Vector(
            count: 63, md5: "4a805576b511a836fefee199fb797ae5",
            sha256: "47fb38b12335c9298d09280515c0666489a189d1554bb0ac1a0740806ce9d8b6",
            blake2b256: "7d780c3264dedf1cddd683d6fe976ddc273c3caf2c54aeadbaba0d43c3ad287d"),
        Vector(
            count: 64, md5: "7a0cbe2eab91195c56eae7f83588d243",
            sha256: "dfa798724b1a8014994f363e5da7474ed26ce3757fb29e07aa47ad5a9352d37b",
            blake2b256: "e05ae5cb162ab39214830a09e62611c48d77b3a0ceec14483820101f3a74aa02"),
        Vector(
            count: 65, md5: "940b4e909b09d4828b0eebe642613192",
            sha256: "dd2eab5a5507d7717c63ce953d9ac61752c21e664425ad1227054722a0d97f69",
            blake2b256: "46d39005d31de8c5ae661fd7fb8899c028dece9fc4acee73b28b6b78a25756c7"),
        Vector(
            count: 111, md5: "3f17e9ea336d7f96b3f0db1936b91946",
            sha256: "2ea239204423b890039a115a62d44a1b1c37675a784f5c6a9b786e9fca4c4cee",
            blake2b256: "973095402d61b42b55564f5c5df44d91f4d3cfbe8f90188a47fc413f4cb6f6a6"),
        Vector(
            count: 112, md5: "96ae39552a91e0215646c5ed47139e3e",
            sha256: "ab7909f0b44839b4f374c4e5974bc1dd7c50eae999602865138f9e3586da29c2",
            blake2b256: "f2a28aef34801e4e1d11c2d8d029142e239f43c6895542cf33fb12c95e5635a5"),
        Vector(
            count: 127, md5: "72a9cc53dbae65d0146d626d46f6fb74",
            sha256: "2409a159329f4e770a7d8128130497abb1de01ffb6ad389d97d89ebbeeb7f02c",
            blake2b256: "7eb3d4fe699cedc52282a1c091627822fe7790ef178af8269c0261d367931246"),
        Vector(
            count: 128, md5: "087b965e51e4b1200ebfd13e9761caa5",
            sha256: "3a9c1e22e20578eebe442238f431befd688bd56698eb7c77d95d3f97d8f58207",
            blake2b256: "6afdad1409d770bce274b62a69123c97c86ffb40ce9708f3ff9ae4cbba8ba080"),
        Vector(
            count: 129, md5: "ed0fec46be329a097e88d7e3a1643f35",
            sha256: "956f5da998f608be52587f28902b608909b661f99a1b300e3d3046b4f69f6fb5",
            blake2b256: "69e98b10112e4b7ae396bfbddaee75cc5fe6a9dc1fffc2b11e7c0fc48de04ae5"),
        Vector(
            count: 255, md5: "e8c569c060472d78e05853052ff5b999",
            sha256: "25708de2a70cc8f1562d45807a420ba115cc2e05c9cba175dee089af80f65a29",
            blake2b256: "79133c6c55eafb6dd1aa1d75fe1622b86492ce7093b81ba85f29205f6d3a7a78"),
        Vector(
            count: 256, md5: "14fb92668585e6a414cc47d4e9108f62",
            sha256: "5b1eaad64c2d253d58ed69ccef0eceaf5175bf9ecb153a21b72c429f6fb788e8",
            blake2b256: "fabff1fa6173588d4cecdeade31b3237760d62664249e44f621deba4b94367ad"),
        Vector(
            count: 257, md5: "4f937ffae5bcb1c65cd56a70caabe110",
            sha256: "b8e58f6287c8cbe1f4d5c553c4a16d26d8ec1cdee2fd8f70c4df685fb24ac1f6",
            blake2b256: "c069dcc3628f1598cd4f058da809c5f1c3a4ad536acd12dc514bcc0753f71f8c"),
        Vector(
            count: 1000, md5: "c90582fbbeb1275142915b85da61ade9",
            sha256: "a9425c416f534025a4e2422bd14adba4ec3d4a68d10c3329be8df612964d2b6e",
            blake2b256: "655483217562ae552fae4c276411ebd441ae1615754212965b82aee8aa76e9d8"),
        Vector(
            count: 65537, md5: "aee9cb2207b1e3a628184d48fb50882b",
            sha256: "1f97534600bc110bc61e3d51829deadef8a1ec24e00bb2becc3f9f75b9527e79",
            blake2b256: "aea33f06fd0ded263bbd4ad4e51d421f9e7d4522cd76129b50193fc283d7920f"),
    ]

    @Test(arguments: vectors)
    func `agrees with hashlib, whatever the pieces`(_ vector: Vector) throws {
        let bytes = vector.bytes
        for piece in [1, 7, 64, 127, 128, 129, 100_000] where bytes.count / piece < 10_000 {
            var digester = try Digester([.md5, .sha256, .blake2b256])
            var rest = bytes[...]
            while !rest.isEmpty {
                digester.update(Array(rest.prefix(piece)))
                rest = rest.dropFirst(piece)
            }
            let digests = digester.finish()
            #expect(digests[.md5]?.hex == vector.md5)
            #expect(digests[.sha256]?.hex == vector.sha256)
            #expect(digests[.blake2b256]?.hex == vector.blake2b256)
        }
    }

    @Test(arguments: vectors)
    func `the one-shot form agrees`(_ vector: Vector) {
        #expect(Digest.sha256(of: vector.bytes).hex == vector.sha256)
    }

    @Test func `agrees with the words of the specifications`() throws {
        var digester = try Digester([.md5, .sha256, .blake2b256])
        digester.update(Array("abc".utf8))
        let digests = digester.finish()
        // RFC 1321 A.5, FIPS 180-4 example 1, and the b2sum program for a digest of 256 bits.
        #expect(digests[.md5]?.hex == "900150983cd24fb0d6963f7d28e17f72")
        #expect(digests[.sha256]?.hex == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(digests[.blake2b256]?.hex == "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319")
    }

    @Test func `computes only what was asked for`() throws {
        var digester = try Digester([.sha256])
        digester.update([])
        #expect(Set(digester.finish().keys) == [.sha256])
    }

    /// FIPS 180-4 and its examples for "abc".
    @Test(arguments: [
        (
            SHA2.Function.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        ),
        (
            .sha384,
            "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed" + "8086072ba1e7cc2358baeca134c825a7"
        ),
        (
            .sha512,
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
        ),
    ])
    func `computes each function of SHA-2`(_ function: SHA2.Function, _ expected: String) throws {
        var digester = try SHA2(function)
        for byte in "abc".utf8 { digester.update([byte].span) }
        let bytes = digester.finish()
        #expect(bytes.count == function.byteCount)
        #expect(bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() == expected)
    }
}
