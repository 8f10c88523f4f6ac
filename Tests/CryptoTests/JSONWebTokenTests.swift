import Testing

@testable import Crypto

/// ID tokens: the vectors, each rule broken alone, and how keys are chosen.
@Suite struct JSONWebTokenTests {
    @Test func `every vector of ID tokens has its verdict, at the step that its reason names`() throws {
        let vectors = try Vectors.json("jwt/id_tokens.json.gz")
        let audience = try #require(vectors["audience"]?.string)
        let now = try #require(vectors["now"]?.integer)
        #expect(vectors["leeway"]?.integer == JSONWebToken.leewaySeconds)
        #expect(vectors["max_life"]?.integer == JSONWebToken.lifetimeLimitSeconds)
        let cases = try #require(vectors["cases"]?.array)
        #expect(cases.count == 30)
        for vector in cases {
            let name = vector["name"]?.string ?? ""
            let text = Array((vector["token"]?.string ?? "").utf8)
            let verdict = Result { () throws(JSONWebToken.Refusal) in
                let token = try JSONWebToken(text)
                let issuer = token.claimedIssuer ?? ""
                guard let keys = vectors["issuers"]?[issuer] else { throw JSONWebToken.Refusal(.issuer, "unknown") }
                let set = Result { () throws(JSONWebKeySet.Refusal) in
                    try JSONWebKeySet(Array("{\"keys\":\(keys.text)}".utf8))
                }
                guard case .success(let set) = set else { throw JSONWebToken.Refusal(.key, "no set") }
                return try token.verified(set, .init(issuer: issuer, audience: audience, now: now)).identifier
            }
            switch verdict {
            case .success(let identifier):
                #expect(vector["expect"]?.string == "accept", "\(name)")
                #expect(identifier == "j-1")
            case .failure(let refusal):
                #expect(vector["expect"]?.string == "reject", "\(name): \(refusal)")
                #expect(refusal.step == Self.step(of: vector["reason"]?.string ?? ""), "\(name): \(refusal)")
            }
        }
    }

    private static func step(of reason: String) -> JSONWebToken.Step? {
        switch reason {
        case "Bad: audience": .audience
        case "Bad: issuer": .issuer
        case "Bad: jti": .identifier
        case "Bad: signature": .signature
        case "Bad: no matching key", "Bad: RSA size": .key
        case "Bad: alg", "Bad: crit", "Bad: b64": .header
        case "Bad: parts", "Bad: base64url", "Bad: duplicate claim", "Bad: size": .form
        default: .time
        }
    }

    @Test func `of Wycheproof's signatures the valid ones of the three algorithms are taken, and nothing else`() throws
    {
        let groups = try #require(try Vectors.json("wycheproof/json_web_signature_test.json.gz")["testGroups"]?.array)
        var counts = (taken: 0, refused: 0, byDesign: 0)
        for group in groups {
            let key = try #require(group["public"] ?? group["private"])
            // The groups for shared secrets have these alone; no set of an issuer would.
            let set = try? JSONWebKeySet(Array("{\"keys\":[\(key.text)]}".utf8))
            for test in group["tests"]?.array ?? [] {
                let isTaken = set.map { Self.isTaken(test["jws"]?.string ?? "", $0) } ?? false
                let name = "\(test["tcId"]?.text ?? ""): \(test["comment"]?.string ?? "")"
                let isValid = test["result"]?.string == "valid"
                let isKnown = JSONWebSignature.Algorithm(rawValue: key["alg"]?.string ?? "") != nil
                #expect(isTaken == (isValid && isKnown), "\(name)")
                if isTaken { counts.taken += 1 } else if isValid { counts.byDesign += 1 } else { counts.refused += 1 }
            }
        }
        // By design: shared secrets, RS384, RS512, PS256 to PS512, P-521.
        #expect(counts == (10, 355, 36))
    }

    private static func isTaken(_ text: String, _ keys: JSONWebKeySet) -> Bool {
        do throws(JSONWebToken.Refusal) {
            try JSONWebSignature(Array(text.utf8)).verify(with: keys)
            return true
        } catch {
            return false
        }
    }

    /// What cannot be read as a token: the form and the header.
    @Test(arguments: [
        ("", JSONWebToken.Step.form), ("a.b", .form), ("..", .header), ("e30.e30", .form), ("e30.e30.a.", .form),
        // {} has no algorithm.
        ("e30.e30.AA", .header),
        // {"alg":"RS256"} has no kid; {"alg":"RS256","kid":""}; {"alg":"RS256","kid":1}; {"alg":["RS256"],"kid":"a"}
        ("eyJhbGciOiJSUzI1NiJ9.e30.AA", .header), ("eyJhbGciOiJSUzI1NiIsImtpZCI6IiJ9.e30.AA", .header),
        ("eyJhbGciOiJSUzI1NiIsImtpZCI6MX0.e30.AA", .header), ("eyJhbGciOlsiUlMyNTYiXSwia2lkIjoiYSJ9.e30.AA", .header),
        // Claims that are a list, and none: [], an empty text.
        ("eyJhbGciOiJSUzI1NiIsImtpZCI6ImEifQ.W10.AA", .form), ("eyJhbGciOiJSUzI1NiIsImtpZCI6ImEifQ..AA", .form),
        // Base64 with padding, of the other alphabet, with bits that mean nothing, with a space.
        ("eyJhbGciOiJSUzI1NiIsImtpZCI6ImEifQ==.e30.AA", .form), ("eyJhbGciOiJSUzI1NiIsImtpZCI6ImEifQ.e30.+/", .form),
        ("eyJhbGciOiJSUzI1NiIsImtpZCI6ImEifQ.e30.AB", .form), ("eyJhbGciOiJSUzI1NiIsImtpZCI6ImEifQ.e30.A A", .form),
    ]) func `what is no token is refused at its step`(text: String, step: JSONWebToken.Step) {
        #expect(throws: JSONWebToken.Refusal.self) { try JSONWebToken(Array(text.utf8)) }
        do throws(JSONWebToken.Refusal) {
            _ = try JSONWebToken(Array(text.utf8))
        } catch {
            #expect(error.step == step, "\(error)")
        }
    }

    /// A point of Ed25519 that is as good as any other.
    private static let point = "7B88EePDSNukPJmpcoAQbxeMnu9XqR4e3Udj7jnqons"

    /// Members of one key, and whether a token that names the key `a` finds it.
    @Test(arguments: [
        (#""kid":"a""#, true), (#""kid":"a","use":"sig""#, true), (#""kid":"a","alg":"EdDSA""#, true),
        (#""kid":"a","key_ops":["verify"]"#, true), (#""kid":"a","x5u":"https://a.example""#, true),
        (#""kid":"b""#, false), (#""kid":1"#, false), (#""kid":"a","use":"enc""#, false),
        (#""kid":"a","use":1"#, false),
        (#""kid":"a","alg":"ES256""#, false), (#""kid":"a","key_ops":["sign"]"#, false),
        (#""kid":"a","key_ops":"verify""#, false),
    ]) func `a key is found when nothing speaks against it`(members: String, isFound: Bool) throws {
        let text = "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"\(Self.point)\",\(members)}]}"
        let set = try JSONWebKeySet(Array(text.utf8))
        let found = try? set.key("a", for: .eddsa)
        #expect((found != nil) == isFound)
        #expect((try? set.key("a", for: .rs256)) == nil)
    }

    @Test(arguments: [
        ("", "JSON"), ("{}", "'keys'"), (#"{"keys":{}}"#, "'keys'"), (#"{"keys":[],"keys":[]}"#, "twice"),
        (#"{"keys":[{"kty":"OKP","d":"AA"}]}"#, "private"),
        ("{\"keys\":[\(String(repeating: "1,", count: 100))1]}", "100"),
    ]) func `what is no set of public keys is refused`(text: String, words: String) {
        do throws(JSONWebKeySet.Refusal) {
            _ = try JSONWebKeySet(Array(text.utf8))
            Issue.record("\(text) is taken")
        } catch {
            #expect(error.reason.contains(words), "\(error.reason)")
        }
    }

    @Test func `of two keys with one identifier none is taken`() throws {
        let key = "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"a\",\"x\":\"\(Self.point)\"}"
        let set = try JSONWebKeySet(Array("{\"keys\":[\(key),\(key)]}".utf8))
        #expect((try? set.key("a", for: .eddsa)) == nil)
    }

    @Test func `base64 for URLs is strict, and what it writes it reads`() {
        for count in 0..<70 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 37 + 251) }
            #expect(Base64.decodeURL(Base64.encodeURL(bytes).utf8) == bytes)
        }
        for text in ["A", "AB", "AAB", "+A==", "AA==", "A/AA", "A\n"] { #expect(Base64.decodeURL(text.utf8) == nil) }
    }
}
