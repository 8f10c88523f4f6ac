import Testing

@testable import Crypto

@Suite struct PasswordHashTests {
    @Test func `a hash is of its password only, and is the same after it was stored`() throws {
        let hash = try PasswordHash(of: "pässword", cost: 10)
        let stored = try #require(PasswordHash(hash.text))
        #expect(stored == hash)
        #expect(hash.text.hasPrefix("$scrypt$ln=10,r=8,p=1$"))
        #expect(try stored.matches("pässword"))
        #expect(try !stored.matches("pässworD"))
        #expect(try !stored.matches(""))
        #expect(try PasswordHash(of: "pässword", cost: 10) != hash)
    }

    @Test func `the cost that passwords have by default is possible`() throws {
        #expect(try PasswordHash(of: "x", cost: 15).matches("x"))
    }

    // Python 3.11: hashlib.scrypt(b"secret", salt=bytes(range(16)), n=1024, r=8, p=1, dklen=32)
    @Test func `it is the scrypt of others`() throws {
        let text = "$scrypt$ln=10,r=8,p=1$AAECAwQFBgcICQoLDA0ODw$"
        let hash = try #require(PasswordHash(text + "Mdc/jTCPy+uU8aSLbM+FGBQC/AXSzfWCsAUkF/VYCgk"))
        #expect(try hash.matches("secret"))
    }

    @Test(arguments: [
        "", "$scrypt$", "$scrypt$ln=9,r=8,p=1$AAECAwQFBgcICQoLDA0ODw$AA",
        "$scrypt$ln=25,r=8,p=1$AAECAwQFBgcICQoLDA0ODw$AA",
        "$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA", "$scrypt$ln=10,r=9,p=1$AAECAwQFBgcICQoLDA0ODw$AAAA",
    ])
    func `any other text is no hash`(text: String) {
        #expect(PasswordHash(text) == nil)
    }

    // RFC 4231 §4.3
    @Test func `HMAC-SHA256 is that of RFC 4231`() {
        let mac = hmacSHA256(key: Array("Jefe".utf8), Array("what do ya want for nothing?".utf8))
        let hex = mac.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        #expect(hex == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    }
}
