import Testing

@testable import Crypto

struct PublicKeyTests {
    /// Files of Wycheproof with the scheme and hash that they are about, and how many cases each has.
    static let files: [(name: String, scheme: PublicKey.Scheme, hash: HashFunction, cases: Int)] = [
        ("ecdsa_secp256r1_sha256_test", .ecdsa, .sha256, 484), ("ecdsa_secp384r1_sha384_test", .ecdsa, .sha384, 504),
        ("ecdsa_secp521r1_sha512_test", .ecdsa, .sha512, 542),
        ("ecdsa_secp256r1_sha256_p1363_test", .ecdsaPair, .sha256, 262),
        ("ecdsa_secp384r1_sha384_p1363_test", .ecdsaPair, .sha384, 280),
        ("ecdsa_secp521r1_sha512_p1363_test", .ecdsaPair, .sha512, 318), ("ed25519_test", .eddsa, .sha512, 151),
        ("rsa_signature_2048_sha256_test", .rsaPKCS1, .sha256, 259),
        ("rsa_signature_3072_sha256_test", .rsaPKCS1, .sha256, 259),
        ("rsa_signature_4096_sha512_test", .rsaPKCS1, .sha512, 259),
        ("rsa_pss_2048_sha256_mgf1_32_test", .rsaPSS, .sha256, 108),
        ("rsa_pss_3072_sha256_mgf1_32_test", .rsaPSS, .sha256, 108),
    ]

    @Test(arguments: files.indices)
    func `agrees with Wycheproof`(index: Int) throws {
        let file = Self.files[index]
        let json = try Vectors.json("wycheproof/\(file.name).json.gz")
        var count = 0
        for group in json["testGroups"]?.array ?? [] {
            let tests = group["tests"]?.array ?? []
            count += tests.count
            let key: PublicKey
            do {
                key = try PublicKey(spki: group["publicKeyDer"]?.hex ?? [])
            } catch {
                // Wycheproof has a few keys whose exponent is 3 or 17.
                #expect(file.scheme == .rsaPKCS1 && error == .weak("has an RSA exponent that is even or below 65537"))
                continue
            }
            for test in tests {
                let (message, signature) = (test["msg"]?.hex ?? [], test["sig"]?.hex ?? [])
                let isGood = key.verifies(signature, over: message, file.scheme, file.hash)
                if file.scheme != .eddsa, let value = file.hash.hash(of: message) {
                    #expect(key.verifies(signature, overHash: value, file.scheme, file.hash) == isGood)
                }
                let result = test["result"]?.string
                // "Acceptable" is a PKCS#1 signature whose digest algorithm leaves out its NULL.
                #expect(result == "acceptable" || isGood == (result == "valid"), "\(file.name) \(test["tcId"] as Any)")
            }
        }
        #expect(count == file.cases)
    }

    @Test func `verifies Ed25519 by the rules that libcrypto has, without keys of low order`() throws {
        let cases = try Vectors.json("cctv/ed25519vectors.json.gz").array ?? []
        #expect(cases.count == 914)
        var accepted = 0
        for test in cases {
            let raw = test["key"]?.hex ?? []
            let isWeak = test["flags"]?.array?.contains(.string("low_order_A")) == true
            let key = try? PublicKey(raw: raw, of: .ed25519)
            #expect((key == nil) == isWeak, "\(test["number"] as Any)")
            let message = Array((test["msg"]?.string ?? "").utf8)
            let isGood = key?.verifies(test["sig"]?.hex ?? [], over: message, .eddsa, .sha512) ?? false
            #expect(isGood == (!isWeak && test["openssl_3_0_22"] == .boolean(true)), "\(test["number"] as Any)")
            accepted += isGood ? 1 : 0
        }
        #expect(accepted > 0)
    }

    @Test func `refuses the fourteen encodings of points of low order`() throws {
        let points = try Vectors.json("cctv/low_order_points.json").array ?? []
        #expect(points.count == 14)
        for point in points {
            let refusal = #expect(throws: PublicKey.Refusal.self) { try PublicKey(raw: point.hex, of: .ed25519) }
            #expect(refusal == .weak("is a point of low order, with which anybody can sign"))
        }
    }

    /// An RSA key with a modulus of so many bits: what else is in it does not matter before a signature is verified.
    private func rsa(bits: Int, exponent: [UInt8]) throws(PublicKey.Refusal) -> PublicKey {
        var modulus = [UInt8](repeating: 0xA5, count: bits / 8)
        modulus[0] = 0x80
        return try PublicKey(modulus: modulus, exponent: exponent)
    }

    @Test(
        arguments: [
            (1024, [1, 0, 1], "has only 1024 bits"), (2040, [1, 0, 1], "has only 2040 bits"),
            (8200, [1, 0, 1], "at most 8192"),
            (2048, [3], "exponent"), (2048, [1], "exponent"), (2048, [1, 0, 0], "exponent"),
            (2048, [0xFF, 0xFF], "exponent"),
            (2048, [1, 0, 0, 0], "exponent"),
        ] as [(Int, [UInt8], String)])
    func `refuses weak RSA keys`(bits: Int, exponent: [UInt8], reason: String) {
        let refusal = #expect(throws: PublicKey.Refusal.self) { _ = try rsa(bits: bits, exponent: exponent) }
        #expect("\(refusal as Any)".contains(reason), "\(refusal as Any)")
    }

    @Test(
        arguments: [(2048, [1, 0, 1]), (3072, [1, 0, 1]), (8192, [1, 0, 1]), (2048, [1, 0, 0, 1])] as [(Int, [UInt8])])
    func `takes strong RSA keys`(bits: Int, exponent: [UInt8]) throws {
        let key = try rsa(bits: bits, exponent: exponent)
        #expect(key.kind == .rsa && key.bits == bits)
        #expect(try PublicKey(spki: key.spki).spki == key.spki)
    }

    @Test func `reads points of curves and refuses those beside them`() throws {
        let groups = try Vectors.json("wycheproof/ecdsa_secp256r1_sha256_test.json.gz")["testGroups"]?.array ?? []
        var point = groups[0]["publicKey"]?["uncompressed"]?.hex ?? []
        let key = try PublicKey(point: point, on: .p256)
        #expect(key.spki == groups[0]["publicKeyDer"]?.hex)
        #expect(throws: PublicKey.Refusal.malformed) { try PublicKey(point: point, on: .p384) }
        #expect(throws: PublicKey.Refusal.malformed) { try PublicKey(point: [2] + point[1...32], on: .p256) }
        #expect(throws: PublicKey.Refusal.malformed) { try PublicKey(point: [], on: .p256) }
        #expect(throws: PublicKey.Refusal.malformed) { try PublicKey(point: [0], on: .p256) }
        point[64] ^= 1
        #expect(throws: PublicKey.Refusal.malformed) { try PublicKey(point: point, on: .p256) }
    }

    @Test func `refuses bytes after a key, and keys of other algorithms`() throws {
        let groups = try Vectors.json("wycheproof/ed25519_test.json.gz")["testGroups"]?.array ?? []
        let der = groups[0]["publicKeyDer"]?.hex ?? []
        #expect(try PublicKey(spki: der).kind == .ed25519)
        #expect(throws: PublicKey.Refusal.malformed) { try PublicKey(spki: der + [0]) }
        #expect(throws: PublicKey.Refusal.malformed) { try PublicKey(spki: Array(der.dropLast())) }
        #expect(throws: PublicKey.Refusal.malformed) { try PublicKey(spki: []) }
        #expect(throws: PublicKey.Refusal.malformed) { try PublicKey(raw: [1, 2, 3], of: .ed25519) }
        // X25519: the same form with another object identifier, 1.3.101.110.
        var agreement = der
        agreement[8] = 0x6E
        #expect(throws: PublicKey.Refusal.unsupported) { try PublicKey(spki: agreement) }
    }

    @Test func `a scheme of another kind of key never verifies`() throws {
        let groups = try Vectors.json("wycheproof/ed25519_test.json.gz")["testGroups"]?.array ?? []
        let key = try PublicKey(spki: groups[0]["publicKeyDer"]?.hex ?? [])
        for test in groups[0]["tests"]?.array ?? [] {
            let (message, signature) = (test["msg"]?.hex ?? [], test["sig"]?.hex ?? [])
            for scheme in [PublicKey.Scheme.ecdsa, .ecdsaPair, .rsaPKCS1, .rsaPSS] {
                #expect(!key.verifies(signature, over: message, scheme, .sha256))
            }
            #expect(!key.verifies(signature, overHash: sha256(message), .eddsa, .sha256))
        }
    }
}
