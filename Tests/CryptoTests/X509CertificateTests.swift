import Testing

@testable import Crypto

struct X509CertificateTests {
    /// A root of a test authority.
    static let good =
        Base64.decode(
            "MIIBzTCCAVOgAwIBAgIUFZ4ujpjYG80nx98jgHJuvFtzg2IwCgYIKoZIzj0EAwIwJjEVMBMGA1UECgwMY29ycC5leGFtcGxlMQ0w"
                + "CwYDVQQDDARSb290MB4XDTI2MTEyMDIyNDEzOVoXDTQ2MTExNTIyNDEzOVowJjEVMBMGA1UECgwMY29ycC5leGFtcGxlMQ0wCwYD"
                + "VQQDDARSb290MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAErKRlDkZF46bUj6/1XE0pJ9TyyiD0/3+OdcMZ/9jTUqdPeDmmaZZu1EJv"
                + "KY2BhGrUmyb8unsp5TnrYZwqD2w+JT9n/urp2oXd1I3TBDhJdcT9jVuh/ykfXug+HKClkWf7o0IwQDAPBgNVHRMBAf8EBTADAQH/"
                + "MA4GA1UdDwEB/wQEAwIBBjAdBgNVHQ4EFgQU+qQ/seLUMnwb1tB+TjZ6pgKONHYwCgYIKoZIzj0EAwIDaAAwZQIwbHnF1i9cHgRm"
                + "2dc+IQmVuyQAM3c13ValE4NKJK3qXaNKUpV/OOtsyCvcHM1bidSvAjEA5/8dMX3UmiCZBQ36Bm13nPGjATJaLmO120AeMpiFtwxx"
                + "owGMISVRiAD3GCbXhkXu") ?? []
    /// The same with its first extension twice.
    static let doubled =
        Base64.decode(
            "MIIB3jCCAWSgAwIBAgIUFZ4ujpjYG80nx98jgHJuvFtzg2IwCgYIKoZIzj0EAwIwJjEVMBMGA1UECgwMY29ycC5leGFtcGxlMQ0w"
                + "CwYDVQQDDARSb290MB4XDTI2MTEyMDIyNDEzOVoXDTQ2MTExNTIyNDEzOVowJjEVMBMGA1UECgwMY29ycC5leGFtcGxlMQ0wCwYD"
                + "VQQDDARSb290MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAErKRlDkZF46bUj6/1XE0pJ9TyyiD0/3+OdcMZ/9jTUqdPeDmmaZZu1EJv"
                + "KY2BhGrUmyb8unsp5TnrYZwqD2w+JT9n/urp2oXd1I3TBDhJdcT9jVuh/ykfXug+HKClkWf7o1MwUTAPBgNVHRMBAf8EBTADAQH/"
                + "MA4GA1UdDwEB/wQEAwIBBjAdBgNVHQ4EFgQU+qQ/seLUMnwb1tB+TjZ6pgKONHYwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQD"
                + "AgNoADBlAjBsecXWL1weBGbZ1z4hCZW7JAAzdzXdVqUTg0okrepdo0pSlX8462zIK9wczVuJ1K8CMQDn/x0xfdSaIJkFDfoGbXec"
                + "8aMBMlouY7XbQB4ymIW3DHGjAYwhJVGIAPcYJteGRe4=") ?? []

    @Test func `reads a certificate, and only a certificate`() throws {
        let certificate = try #require(X509Certificate(der: Self.good))
        #expect(certificate.isSelfIssued && certificate.isAuthority)
        #expect(!certificate.allowsCodeSigning && certificate.notBefore < certificate.notAfter)
        #expect(try certificate.key().kind == .p384)
        #expect(certificate.extension("2.5.29.19") != nil && certificate.extension("1.2.3.4") == nil)
        #expect(certificate.extension("no oid") == nil)
        #expect(certificate.subject.contains("CN="), "\(certificate.subject)")
        #expect(X509Certificate(der: Self.good + [0]) == nil)
        for count in Self.good.indices { #expect(X509Certificate(der: Array(Self.good.prefix(count))) == nil) }
    }

    @Test func `an extension that occurs twice is refused`() {
        #expect(!Self.doubled.isEmpty && X509Certificate(der: Self.doubled) == nil)
    }

    @Test func `a chain ends at an anchor that is valid at the time`() throws {
        let root = try #require(X509Certificate(der: Self.good))
        let inside = root.notBefore + 1
        #expect(try root.verifyChain(to: [root], over: [], at: inside).spki == root.key().spki)
        let cases: [([X509Certificate], Int64, String)] = [
            ([], inside, "self"), ([root], root.notBefore - 1, "not yet valid"), ([root], root.notAfter + 1, "expired"),
        ]
        for (anchors, time, reason) in cases {
            let failure = #expect(throws: ChainFailure.self) {
                try root.verifyChain(to: anchors, over: [root], at: time)
            }
            #expect(failure?.reason.contains(reason) == true, "\(failure as Any)")
        }
    }

    @Test func `promises of certificate transparency are read whole or not at all`() throws {
        let (test, _) = try #require(try AttestationTests.realCases().first)
        let der = test.attestation["verification_material"]?["certificate"]?.base64 ?? []
        let certificate = try #require(X509Certificate(der: der))
        let value = try #require(certificate.extension(CertificateTimestamps.oid))
        #expect(CertificateTimestamps(value)?.promises.count == 1)
        #expect(CertificateTimestamps(value + [0]) == nil)
        for count in value.indices { #expect(CertificateTimestamps(Array(value.prefix(count))) == nil) }
        // A list without promises, one of a later version, and lengths that do not add up.
        #expect(CertificateTimestamps([0x04, 0x02, 0, 0])?.promises.isEmpty == true)
        #expect(CertificateTimestamps([0x04, 0x05, 0, 3, 0, 1, 1])?.promises.isEmpty == true)
        for bad: [UInt8] in [
            [0x04, 0x03, 0, 0, 0], [0x04, 0x05, 0, 3, 0, 2, 1], [0x04, 0x05, 0, 3, 0, 1, 0], [0x04, 0x01, 0],
        ] {
            #expect(CertificateTimestamps(bad) == nil)
        }
    }
}
