import Packaging
import Testing

@testable import Crypto

struct TrustMaterialTests {
    private func refusal(_ text: String) -> String? {
        var trust = TrustMaterial()
        do {
            try trust.add(Array(text.utf8))
            return nil
        } catch {
            return error.reason
        }
    }

    @Test func `reads the roots of the public and the staging instance`() throws {
        var trust = TrustMaterial()
        try trust.add(Vectors.bytes("roots/sigstore.trusted_root.json"))
        try trust.add(Vectors.bytes("roots/sigstage.trusted_root.json"))
        #expect(trust.roots.count == 2)
        for root in trust.roots {
            #expect(!root.logs.isEmpty && !root.certificateLogs.isEmpty && !root.certificateAuthorities.isEmpty)
            #expect(!root.timestampAuthorities.isEmpty && root.logs.contains(where: \.isTiled))
        }
        let twice = #expect(throws: TrustMaterial.Refusal.self) {
            try trust.add(Vectors.bytes("roots/sigstore.trusted_root.json"))
        }
        #expect(twice?.reason == "a transparency log of it is in another trusted root, too")
        #expect(trust.roots.count == 2)
    }

    /// One change of the public root each, and what is said of it.
    @Test(arguments: [
        (#""SHA2_256""#, #""SHA2_512""#, "hashAlgorithm"),
        (#""PKIX_ED25519""#, #""PKIX_ECDSA_P256_SHA_256""#, "is not the PKIX_ECDSA_P256_SHA_256"),
        (#""start""#, #""begin""#, "no start"), ("2021-01-12T11:53:27Z", "2021-02-30T11:53:27Z", "no time"),
        ("log2025-1.rekor", "log2025-2.rekor", "does not follow from its key"),
        ("wNI9atQGlz+VWfO6", "AAI9atQGlz+VWfO6", "does not follow from its key"),
        ("version=0.1", "version=9.9", "mediaType"), (#""keyId""#, #""keyID""#, "no logId.keyId"),
        (#""certChain""#, #""chain""#, "no certificates"), ("MIIB+DCCAX6gAwIB", "MIIB+DCCAX6gAwIC", "cannot be read"),
        ("2022-12-31T23:59:59.999Z", "later", "an end that is no time"), (#""tlogs""#, #""tlogs":1,"x""#, "no array"),
        (#""mediaType""#, #""mediaType":"","mediaType""#, "a key occurs twice"),
    ])
    func `half a root is no root`(word: String, other: String, reason: String) throws {
        let text = String(decoding: Vectors.bytes("roots/sigstore.trusted_root.json"), as: UTF8.self)
        // Without the spaces that some versions of the file have.
        let root = try StrictJSON(Array(text.utf8)).text
        #expect(refusal(root) == nil)
        #expect(root.contains(word))
        let found = refusal(root.replacing(word, with: other, maxReplacements: 1))
        #expect(found?.contains(reason) == true, "\(found as Any)")
    }

    @Test(arguments: [
        ("", "names nobody"), ("hello", "as allowed_signers its line 1 is not"),
        ("{}", "mediaType"), ("{", "JSON is refused"),
        ("-----BEGIN PUBLIC KEY-----\n", "PEM is broken"),
        ("-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n", "cannot be read"),
        ("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END CERTIFICATE-----\n", "PEM is broken"),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "certificate that cannot be read"),
        ("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "holds a block PRIVATE KEY"),
        (
            "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n-----END PUBLIC KEY-----\n",
            "low order"
        ),
    ])
    func `refuses files with a reason`(text: String, reason: String) {
        #expect(refusal(text)?.contains(reason) == true, "\(refusal(text) as Any)")
    }

    /// Of 1024 bits of RSA, valid for ten years from November 2026.
    private static let weakCertificate = """
        -----BEGIN CERTIFICATE-----
        MIICCTCCAXKgAwIBAgIUMK810V84ibmDLBK61Cp+Kovu/wgwDQYJKoZIhvcNAQELBQAwEDEOMAwGA1UEAwwFU21hbGwwHhcNMjYx
        MTIxMTkxMDA1WhcNMzYxMTE4MTkxMDA1WjAQMQ4wDAYDVQQDDAVTbWFsbDCBnzANBgkqhkiG9w0BAQEFAAOBjQAwgYkCgYEA0FWn
        QvVtC/TqQQlee6529TeB1WVCKrSnv8VItkCP5Iew4mkCLzIbqylKmwM9J6FcOzhUWfJGhur/ZF2vAVdzHRvywV5VlhMsCuYVnHHh
        4QcF/hd0Tseuv6FHaNG0Of4wFLy7gstCy/X5SF5pVFhlmKvETUDN2fxprJ+jRzygMH0CAwEAAaNgMF4wHQYDVR0OBBYEFAlk8ia5
        7CMa15x4jzyOljM0Lk3IMB8GA1UdIwQYMBaAFAlk8ia57CMa15x4jzyOljM0Lk3IMA8GA1UdEwEB/wQFMAMBAf8wCwYDVR0PBAQD
        AgIEMA0GCSqGSIb3DQEBCwUAA4GBAHMbkMccqt4R0ryZFWNzthdubYO/7ilL7GgajlG6YRw4mZA2Ld7f9mKpU+Sr3796+RWYtq/y
        VX34hB3n38/LiYqFdnm/RwKBuuCRHCCnlhMP+khbqWopoyfSfmxqVFYKYQW82P9RLohpDUzKUx8qwLC4YJNvzoBQtkyFcgjObDMb
        -----END CERTIFICATE-----
        """

    @Test func `a certificate with a weak key is refused with the reason`() {
        let reason = "its certificate 'CN=Small' has a key that has only 1024 bits of RSA; use 3072 or more"
        #expect(refusal(Self.weakCertificate) == reason)
    }

    @Test(arguments: [(1_000_000_000, "is not valid yet"), (4_000_000_000, "has expired")] as [(Int64, String)])
    func `a certificate of another time is taken and reported with the reason`(now: Int64, reason: String) throws {
        let files = try Vectors.json("cms/timestamps.json.gz")["files"]
        var trust = TrustMaterial()
        try trust.add(Base64.decode(files?["root.pem"]?.string ?? "") ?? [])
        #expect(trust.concerns(at: 1_790_000_000).isEmpty)
        #expect(trust.concerns(at: now) == ["The certificate 'CN=Authority' \(reason)."])
    }

    @Test func `PEM may have text between blocks, any line length, and CRLF`() throws {
        let blocks = PEMBlock.all(in: Array("a\r\n-----BEGIN X-----\r\nQUJD\r\nREVG\r\n-----END X-----\r\nb\n".utf8))
        #expect(blocks == [PEMBlock(label: "X", bytes: Array("ABCDEF".utf8))])
        #expect(PEMBlock.all(in: Array("-----BEGIN X-----\nQQ==\nQQ==\n-----END X-----\n".utf8)) == nil)
        #expect(PEMBlock.all(in: Array("-----BEGIN X-----\n-----BEGIN X-----\n-----END X-----\n".utf8)) == nil)
        #expect(PEMBlock.all(in: [0xFF]) == nil)
    }
}

struct CertificateIdentityTests {
    @Test(
        arguments: [
            ([0x30, 0x00], nil), ([0x30, 0x03, 0x81, 0x01, 0x61], [.email("a")]),
            ([0x30, 0x03, 0x86, 0x01, 0x62], [.uri("b")]),
            ([0x30, 0x06, 0x81, 0x01, 0x61, 0x82, 0x01, 0x63], [.email("a")]), ([0x30, 0x03, 0x82, 0x01, 0x63], nil),
            ([0x30, 0x06, 0x81, 0x01, 0x61, 0x86, 0x01, 0x62], [.email("a"), .uri("b")]),
            ([0x30, 0x03, 0x81, 0x01, 0x00], nil),
            ([0x30, 0x02, 0x81, 0x00], nil), ([0x30, 0x03, 0x81, 0x01, 0xE9], nil),
            ([0x30, 0x81, 0x03, 0x81, 0x01, 0x61], nil),
            ([0x31, 0x03, 0x81, 0x01, 0x61], nil), ([0x30, 0x04, 0x81, 0x01, 0x61], nil),
            ([0x30, 0x03, 0x81, 0x01, 0x61, 0x00], nil),
            ([0x30, 0x80, 0x81, 0x01, 0x61, 0x00, 0x00], nil),
        ] as [([UInt8], [CertificateIdentity.Name]?)])
    func `reads subject alternative names and nothing that could mislead`(
        value: [UInt8], names: [CertificateIdentity.Name]?
    ) {
        #expect(CertificateIdentity.names(value) == names)
    }

    @Test func `finds the publisher that a certificate was given to`() throws {
        var kinds: [String] = []
        for (test, root) in try AttestationTests.realCases() {
            let (verdict, _) = try AttestationTests.check(test, try AttestationTests.root(root))
            guard case .valid(let valid) = verdict.outcome, let publisher = valid.signer.certificate?.publisher else {
                continue
            }
            let expected = test.publisher
            switch publisher {
            case .gitHub(let publisher):
                #expect(publisher.repository == expected?["repository"]?.string)
                #expect(publisher.workflow == expected?["workflow"]?.string)
                kinds.append("GitHub")
            case .gitLab(let publisher):
                #expect(publisher.repository == expected?["repository"]?.string)
                #expect(publisher.workflowPath == expected?["workflow_filepath"]?.string)
                kinds.append("GitLab")
            case .google(let email):
                #expect(email == expected?["email"]?.string)
                kinds.append("Google")
            case .circleCI(let publisher):
                #expect(publisher.projectID == expected?["project_id"]?.string)
                #expect(publisher.pipelineDefinitionID == expected?["pipeline_definition_id"]?.string)
                #expect(publisher.origin == expected?["vcs_origin"]?.string)
                kinds.append("CircleCI")
            }
        }
        #expect(Set(kinds) == ["GitHub", "GitLab", "Google", "CircleCI"])
    }
}
