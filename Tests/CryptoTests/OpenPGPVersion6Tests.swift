import Testing

@testable import Crypto

/// Keys of RFC 9580, version 4 and 6, and cleartext signatures by them: the hashing and the algorithms are those of
/// detached signatures. The vectors are private keys; the tests take the public part of each packet.
struct OpenPGPVersion6Tests {
    static let folders = [
        "v4-ed25519-x25519", "v4-legacy", "v4-nistp", "v4-rsa", "v6-25519-annex-a-4", "v6-ed25519-x448",
        "v6-ed448-x448", "v6-nistp", "v6-rsa",
    ]

    static func file(_ folder: String, _ name: String) throws -> [UInt8]? {
        try Vectors.json("openpgp/rfc9580.json.gz")[folder]?[name]?.string.flatMap { Base64.decode($0) }
    }

    static func publicKey(_ folder: String) throws -> [UInt8] {
        let armored = try #require(try file(folder, "tsk.asc"))
        let bytes = try #require(OpenPGPArmor.content(armored, "PGP PRIVATE KEY BLOCK"))
        let packets = try #require(OpenPGPPacket.all(in: bytes, limit: 100))
        return packets.flatMap { packet -> [UInt8] in
            let isSecret = packet.tag == OpenPGPPacket.Tag.secretKey || packet.tag == OpenPGPPacket.Tag.secretSubkey
            let tag = !isSecret ? packet.tag : packet.tag == OpenPGPPacket.Tag.secretKey ? 6 : 14
            let body = isSecret ? Array(packet.body.prefix(publicCount(packet.body))) : packet.body
            return [0xC0 | tag, 0xFF] + bigEndian(body.count, bytes: 4) + body
        }
    }

    /// How many bytes of a secret key's packet are public.
    private static func publicCount(_ body: [UInt8]) -> Int {
        var reader = ByteReader(body)
        let version = reader.byte()
        _ = reader.take(4)
        let algorithm = reader.byte() ?? 0
        if version == 6 { return 10 + (reader.integer(bytes: 4) ?? 0) }
        switch algorithm {
        case 1: _ = (OpenPGPKey.number(&reader), OpenPGPKey.number(&reader))
        case 18: _ = (reader.block(lengthBytes: 1), OpenPGPKey.number(&reader), reader.block(lengthBytes: 1))
        case 19, 22: _ = (reader.block(lengthBytes: 1), OpenPGPKey.number(&reader))
        default: _ = reader.take(32)
        }
        return body.count - reader.count
    }

    @Test(arguments: folders)
    func `keys are read and their cleartext signatures are good`(folder: String) throws {
        let certificate = try #require(try OpenPGPCertificate.all(in: Self.publicKey(folder)).first)
        #expect(certificate.primary.version == (folder.hasPrefix("v6") ? 6 : 4))
        guard let message = try Self.file(folder, "csf.msg") else { return }
        let lines = String(decoding: message, as: UTF8.self).split(
            omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        let head = try #require(lines.firstIndex(of: ""))
        let tail = try #require(lines.firstIndex(of: "-----BEGIN PGP SIGNATURE-----"))
        let text = lines[(head + 1)..<tail].map { $0.hasPrefix("- ") ? $0.dropFirst(2) : $0 }.joined(separator: "\r\n")
        let armor = Array(lines[tail...].joined(separator: "\n").utf8)
        let packets = OpenPGPPacket.all(in: OpenPGPArmor.content(armor, "PGP SIGNATURE") ?? [], limit: 8)
        let signature = try OpenPGPSignature(try #require(packets?.first).body)
        let key = try #require(certificate.keys.first { signature.mayBe(by: $0) })
        let digest = try #require(signature.digest(Array(text.utf8)))
        #expect(key.refusal(of: signature, over: digest) == nil)
        try certificate.requireSigner(key, at: [signature.created, signature.created])
        #expect(key.refusal(of: signature, over: try #require(signature.digest(Array((text + "x").utf8)))) != nil)
    }

    @Test func `EdDSA of version 4 in a key of version 6 is refused`() throws {
        let key = try Self.publicKey("v6-legacy_illegal")
        #expect(throws: TrustMaterial.Refusal.self) { try OpenPGPCertificate.all(in: key) }
    }
}
