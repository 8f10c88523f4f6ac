import Testing

@testable import Crypto

/// A root until 2046, an authority below it until 2030, a leaf below that until 2046, and a leaf that somebody else signed
/// in the authority's name. The keys are thrown away.
struct TrustAnchorsTests {
    static let root = certificate(
        "MIIBhDCCASmgAwIBAgIUcKWx48o9lne4B6DP2LBz2Kwrd28wCgYIKoZIzj0EAwIwDzENMAsGA1UEAwwEcm9vdDAeFw0yNjAx"
            + "MDEwMDAwMDBaFw00NjAxMDEwMDAwMDBaMA8xDTALBgNVBAMMBHJvb3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARok+gq"
            + "3H/0PtpBTi8ng7jf2kF8bAGcQx5IiR5BV5MwC4vAUwzLVaxWfSsz/FeLSoSADZW3YRvqr/h/hrUIWEJho2MwYTAPBgNVHRMB"
            + "Af8EBTADAQH/MA4GA1UdDwEB/wQEAwIBBjAdBgNVHQ4EFgQUV4ACLF2LNQsVze2dJl6n6qNwezgwHwYDVR0jBBgwFoAUV4AC"
            + "LF2LNQsVze2dJl6n6qNwezgwCgYIKoZIzj0EAwIDSQAwRgIhAMgFWFOiKmcgYlMgh3aSH/HOmgWtgdMpfnNYzqcKpGbxAiEA"
            + "ydpIX4xGTwKFEiFjIYjgIv4OR+HNzrHLZiue/9oyB+E=")
    static let between = certificate(
        "MIIBhjCCASygAwIBAgIUbDOn28X9peLptAYL9AR5WmN8jMQwCgYIKoZIzj0EAwIwDzENMAsGA1UEAwwEcm9vdDAeFw0yNjAx"
            + "MDEwMDAwMDBaFw0zMDAxMDEwMDAwMDBaMBIxEDAOBgNVBAMMB2JldHdlZW4wWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQt"
            + "WfeDuuViBMCEvwX0bOtbinIwqRO0KtWHkB/K1DXLST1ScWc2H4qojEmtqwHox+sDAC6yPdY/SwmncZXy98gqo2MwYTAPBgNV"
            + "HRMBAf8EBTADAQH/MA4GA1UdDwEB/wQEAwIBBjAdBgNVHQ4EFgQUB0tkrD+TZfN65OaDtTSxhc1gQe4wHwYDVR0jBBgwFoAU"
            + "V4ACLF2LNQsVze2dJl6n6qNwezgwCgYIKoZIzj0EAwIDSAAwRQIhAMTVeSjQozz7zCvD6HACYAMypQBVRwYm9OLzBnAZbrEc"
            + "AiAi4Iz4otA/V4Ppc+/iBm064u3le/WUWTJoJ2wNyRsJGg==")
    static let leaf = certificate(
        "MIIBgzCCASmgAwIBAgIUPUW+YdLr15Z17OKL+cyqKrepYOcwCgYIKoZIzj0EAwIwEjEQMA4GA1UEAwwHYmV0d2VlbjAeFw0y"
            + "NjAxMDEwMDAwMDBaFw00NjAxMDEwMDAwMDBaMA8xDTALBgNVBAMMBGxlYWYwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQ8"
            + "dVwy13Eo1unNixLlKYujLGvsqz1x14NzT12cm8D4RoiOXR7IxawF3yZJJkfZImie10sZtJXveXy356N0b8ifo2AwXjAMBgNV"
            + "HRMBAf8EAjAAMA4GA1UdDwEB/wQEAwIHgDAdBgNVHQ4EFgQU0+lrmu/pPxFKQPRrnV6ydC2n0JowHwYDVR0jBBgwFoAUB0tk"
            + "rD+TZfN65OaDtTSxhc1gQe4wCgYIKoZIzj0EAwIDSAAwRQIhAKiHHvvzVU/hDO8vBVGB86mUUocmIdFJD85j569Xpe8SAiAs"
            + "PRs7+F7Xex3BuBkl2ynyO/nOAheiyL6M//lBQVFbag==")
    static let forged = certificate(
        "MIIBhDCCASmgAwIBAgIUWhaAm1KynCYGvVuKtrniUyRBY7swCgYIKoZIzj0EAwIwEjEQMA4GA1UEAwwHYmV0d2VlbjAeFw0y"
            + "NjAxMDEwMDAwMDBaFw00NjAxMDEwMDAwMDBaMA8xDTALBgNVBAMMBGxlYWYwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQ8"
            + "dVwy13Eo1unNixLlKYujLGvsqz1x14NzT12cm8D4RoiOXR7IxawF3yZJJkfZImie10sZtJXveXy356N0b8ifo2AwXjAMBgNV"
            + "HRMBAf8EAjAAMA4GA1UdDwEB/wQEAwIHgDAdBgNVHQ4EFgQU0+lrmu/pPxFKQPRrnV6ydC2n0JowHwYDVR0jBBgwFoAUB0tk"
            + "rD+TZfN65OaDtTSxhc1gQe4wCgYIKoZIzj0EAwIDSQAwRgIhAPa1VAKxC3aUEkjX3fa5bxaMOJWjIcbtTwHyxr5SldJwAiEA"
            + "t1lGq3xxdvxARrtq/2SHi8MrXfRb6WGmknh65d6u1qg=")

    private static func certificate(_ text: String) -> X509Certificate? {
        Base64.decode(text).flatMap { X509Certificate(der: $0) }
    }

    /// A certificate with another bit in its signature, which the DER ends with.
    private static func altering(_ der: [UInt8], bit: Int) -> [UInt8] {
        var altered = der
        altered[der.count - 1 - bit / 8] ^= 1 << (bit % 8)
        return altered
    }

    /// 2027-01-01 and 2031-01-01.
    private static let (inside, afterAuthority): (Int64, Int64) = (1_798_761_600, 1_924_992_000)

    @Test func `what is remembered of an authority spares nobody else a check`() throws {
        let (root, between) = (try #require(Self.root), try #require(Self.between))
        let (leaf, forged) = (try #require(Self.leaf), try #require(Self.forged))
        let altered = try #require(X509Certificate(der: Self.altering(leaf.der, bit: 0)))
        // The first check remembers the authority's signatures, the second the leaf's, those after it use both.
        let anchors = TrustAnchors([root], over: [between])
        for _ in 1...3 {
            #expect(try anchors.issuer(of: leaf, at: Self.inside).spki == between.key().spki)
            let cases: [(X509Certificate, Int64, String)] = [
                (forged, Self.inside, "signature failure"), (altered, Self.inside, "signature failure"),
                (leaf, Self.afterAuthority, "expired"),
                (leaf, leaf.notBefore - 1, "not yet valid"), (leaf, root.notAfter + 1, "expired"),
            ]
            for (certificate, time, reason) in cases {
                let failure = #expect(throws: ChainFailure.self) { try anchors.issuer(of: certificate, at: time) }
                #expect(failure?.reason.contains(reason) == true, "\(failure as Any)")
            }
        }
        #expect(throws: ChainFailure.self) { try TrustAnchors([root], over: []).issuer(of: leaf, at: Self.inside) }
        #expect(throws: ChainFailure.self) { try TrustAnchors([], over: [between]).issuer(of: leaf, at: Self.inside) }
    }

    @Test func `an authority that the root has not signed is refused each time`() throws {
        let (root, forged) = (try #require(Self.root), try #require(Self.forged))
        let between = try #require(Self.between)
        let altered = try #require(X509Certificate(der: Self.altering(between.der, bit: 0)))
        let anchors = TrustAnchors([root], over: [altered])
        for leaf in [try #require(Self.leaf), forged, try #require(Self.leaf)] {
            #expect(throws: ChainFailure.self) { try anchors.issuer(of: leaf, at: Self.inside) }
        }
    }

    @Test func `more leaves than are remembered`() throws {
        let (root, between) = (try #require(Self.root), try #require(Self.between))
        let leaf = try #require(Self.leaf)
        let (anchors, signers) = (TrustAnchors([root], over: [between]), RecentSigners())
        let der = [leaf.der] + (0..<80).map { Self.altering(leaf.der, bit: $0) }
        for _ in 1...2 {
            for (number, der) in der.enumerated() {
                let signer = try signers.signer(der)
                #expect(signer.certificate.der == der)
                let issuer = try? anchors.issuer(of: signer.certificate, at: Self.inside)
                #expect((issuer != nil) == (number == 0))
                signers.remember(signer)
            }
        }
        #expect(throws: SignatureFailure.self) { try signers.signer([0x30, 0x00]) }
    }

    @Test func `threads share an authority`() async throws {
        let (root, between) = (try #require(Self.root), try #require(Self.between))
        let (leaf, forged) = (try #require(Self.leaf), try #require(Self.forged))
        let anchors = TrustAnchors([root], over: [between])
        await withTaskGroup(of: (Bool, Bool).self) { group in
            for _ in 1...64 {
                group.addTask {
                    let good = try? anchors.issuer(of: leaf, at: Self.inside)
                    let bad = try? anchors.issuer(of: forged, at: Self.inside)
                    return (good != nil, bad != nil)
                }
            }
            for await (good, bad) in group { #expect(good && !bad) }
        }
    }

    @Test func `the list of SCTs is cut out of a certificate, and nothing else`() throws {
        let (test, _) = try #require(try AttestationTests.realCases().first)
        let der = test.attestation["verification_material"]?["certificate"]?.base64 ?? []
        let certificate = try #require(X509Certificate(der: der))
        let list = try #require(certificate.extension(CertificateTimestamps.oid))
        let tbs = try #require(certificate.tbsWithoutSCTs)
        // SEQUENCE { OID, OCTET STRING { list } }, and lengths of the elements around it.
        #expect(tbs.count < der.count - list.count && DERReader.only(tbs, tag: 0x30) != nil)
        #expect(tbs.firstRange(of: list) == nil && der.firstRange(of: list) != nil)
        // One without such a list stays as it is.
        let plain = try #require(Self.leaf)
        var reader = DERReader(DERReader.only(plain.der, tag: 0x30) ?? [])
        let first = reader.next()
        let whole = try #require(first)
        #expect(plain.tbsWithoutSCTs == DERReader.element(0x30, whole.content))
    }

    @Test(arguments: [0, 1, 127, 128, 255, 256, 65_535, 65_536])
    func `an element is written as it is read`(count: Int) throws {
        let content = [UInt8](repeating: 7, count: count)
        #expect(DERReader.only(DERReader.element(0x04, content), tag: 0x04) == content)
    }
}
