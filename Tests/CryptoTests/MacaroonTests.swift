import Testing

@testable import Crypto

@Suite struct MacaroonTests {
    /// What pypitoken made with one key, and narrowed.
    private struct Vector {
        let name: String
        let bytes: [UInt8]
        let caveats: [String]
    }

    private let key: [UInt8]
    private let plain: Macaroon
    private let vectors: [Vector]

    init() throws {
        let json = try Vectors.json("macaroon/tokens.json")
        key = try #require(json["key"]).hex
        let location = try #require(json["location"]?.string)
        let identifier = try #require(json["identifier"]?.string)
        plain = Macaroon(location: Array(location.utf8), identifier: Array(identifier.utf8), key: key)
        vectors = try #require(json["tokens"]?.array).map { row in
            let name = try #require(row["name"]?.string)
            let text = try #require(row["token"]?.string)
            let bytes = try #require(Base64.decodeURL(text.utf8.dropFirst("whl-".utf8.count)))
            let caveats = try #require(row["caveats"]?.array)
            return Vector(name: name, bytes: bytes, caveats: caveats.compactMap(\.string))
        }
    }

    @Test func `bytes and signatures are those of pymacaroons`() throws {
        #expect(vectors.count == 9)
        #expect(plain.encoded == vectors[0].bytes)
        for vector in vectors {
            let read = try #require(Macaroon(vector.bytes), "\(vector.name)")
            #expect(read.encoded == vector.bytes, "\(vector.name)")
            #expect(read.caveats.map { String(decoding: $0, as: UTF8.self) } == vector.caveats, "\(vector.name)")
            #expect(read.original(key: key) == plain, "\(vector.name)")
            #expect(read.original(key: key.reversed()) == nil, "\(vector.name)")
            var narrowed = plain
            for caveat in vector.caveats { narrowed = try #require(narrowed.narrowed(by: Array(caveat.utf8))) }
            #expect(narrowed == read, "\(vector.name)")
        }
    }

    @Test func `every bit counts but those of the location`() throws {
        let bytes = try #require(vectors.first { $0.caveats.count == 2 }).bytes
        // 2, the kind and the length stand before the location.
        let location = 3..<3 + plain.location.count
        for bit in 0..<bytes.count * 8 {
            var changed = bytes
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            let original = Macaroon(changed)?.original(key: key)
            #expect((original != nil) == location.contains(bit / 8), "bit \(bit)")
            #expect(original != plain, "bit \(bit)")
        }
        for count in bytes.indices { #expect(Macaroon(Array(bytes[..<count])) == nil) }
        #expect(Macaroon(bytes + [0]) == nil)
    }

    @Test func `a caveat cannot be taken away, changed or moved`() throws {
        let bytes = try #require(vectors.first { $0.caveats.count == 2 }).bytes
        let read = try #require(Macaroon(bytes))
        let signature = bytes.suffix(32)
        func forged(_ caveats: [[UInt8]]) throws -> Macaroon? {
            var other = plain
            for caveat in caveats { other = try #require(other.narrowed(by: caveat)) }
            return Macaroon(other.encoded.dropLast(32) + signature)?.original(key: key)
        }
        #expect(try forged(read.caveats) == plain)
        #expect(try forged([]) == nil)
        #expect(try forged([read.caveats[0]]) == nil)
        #expect(try forged([read.caveats[1]]) == nil)
        #expect(try forged(read.caveats.reversed()) == nil)
        #expect(try forged(read.caveats + [read.caveats[1]]) == nil)
        #expect(try forged([read.caveats[0] + read.caveats[1]]) == nil)
    }

    private static let signature = [6, 32] + [UInt8](repeating: 7, count: 32)

    @Test func `the shortest that can be read`() {
        #expect(Macaroon([2, 1, 0, 2, 0, 0, 0] + Self.signature) != nil)
    }

    @Test(
        arguments: [
            ("nothing", []), ("the version alone", [2]), ("version 1, in text", Array("0014location x".utf8)),
            ("version 3", [3, 1, 0, 2, 0, 0, 0] + signature), ("no location", [2, 2, 0, 0, 0] + signature),
            ("no identifier", [2, 1, 0, 0, 0] + signature),
            ("identifier before location", [2, 2, 0, 1, 0, 0, 0] + signature),
            ("a length with a needless byte", [2, 1, 0x80, 0, 2, 0, 0, 0] + signature),
            ("a length of three bytes", [2, 1, 0x81, 0x80, 0, 2, 0, 0, 0] + signature),
            ("a length beyond the end", [2, 1, 0xFF, 0x7F, 2, 0, 0, 0] + signature),
            ("a caveat of a third party", [2, 1, 0, 2, 0, 0, 2, 1, 5, 4, 1, 5, 0, 0] + signature),
            ("a caveat with a location", [2, 1, 0, 2, 0, 0, 1, 0, 2, 1, 5, 0, 0] + signature),
            ("a caveat without its end", [2, 1, 0, 2, 0, 0, 2, 1, 5, 6] + signature),
            ("a field that nobody knows", [2, 1, 0, 2, 0, 0, 9, 1, 5, 0, 0] + signature),
            ("no signature", [2, 1, 0, 2, 0, 0, 0]),
            ("a short signature", [2, 1, 0, 2, 0, 0, 0, 6, 31] + signature.dropFirst(3)),
            ("something behind it", [2, 1, 0, 2, 0, 0, 0] + signature + [0]),
            (
                "more than the limit",
                [2, 1, 0x80, 24] + [UInt8](repeating: 65, count: 3_072) + [2, 0, 0, 0] + signature
            ),
            (
                "33 caveats",
                [2, 1, 0, 2, 0, 0] + [[UInt8]](repeating: [2, 1, 5, 0], count: 33).joined() + [0] + signature
            ),
        ] as [(String, [UInt8])])
    func `what is no macaroon of this form is refused`(what: String, bytes: [UInt8]) {
        #expect(Macaroon(bytes) == nil, "\(what)")
    }

    @Test func `it has 32 caveats and 3000 bytes at most`() throws {
        var macaroon = plain
        for number in 0..<Macaroon.caveatLimit {
            macaroon = try #require(macaroon.narrowed(by: [UInt8(number)]))
            #expect(Macaroon(macaroon.encoded) == macaroon)
        }
        #expect(macaroon.narrowed(by: [32]) == nil)
        let room = Macaroon.sizeLimitBytes - plain.encoded.count - 4
        let full = try #require(plain.narrowed(by: [UInt8](repeating: 1, count: room)))
        #expect(full.encoded.count == Macaroon.sizeLimitBytes && Macaroon(full.encoded) == full)
        #expect(plain.narrowed(by: [UInt8](repeating: 1, count: room + 1)) == nil)
    }
}
