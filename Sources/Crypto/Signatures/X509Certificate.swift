internal import COpenSSL

/// A certificate of RFC 5280.
///
/// `@unchecked Sendable`: the handle is never changed after `init`; libcrypto locks what it works out later.
@safe public final class X509Certificate: @unchecked Sendable {
    /// The certificate in DER, as it was given.
    public let der: [UInt8]
    /// Seconds since 1970 at which it begins.
    public let notBefore: Int64
    /// Seconds since 1970 at which it ends.
    public let notAfter: Int64
    private let facts: Int32
    let handle: OpaquePointer

    /// Reads a certificate.
    ///
    /// - Returns: `nil` when the DER is no certificate, is followed by something, has an extension twice, or one that
    ///   libcrypto cannot make sense of.
    public init?(der: [UInt8]) {
        guard let handle = unsafe wh_certificate_new(der, der.count) else { return nil }
        var (start, end): (Int64, Int64) = (0, 0)
        guard unsafe wh_certificate_validity(handle, &start, &end) == 1 else {
            unsafe wh_certificate_free(handle)
            return nil
        }
        self.der = der
        (notBefore, notAfter) = (start, end)
        facts = unsafe wh_certificate_facts(handle)
        unsafe self.handle = handle
    }

    /// Takes over a certificate that libcrypto has read.
    ///
    /// - Returns: `nil` when it cannot be written again or its validity cannot be told.
    convenience init?(handle: OpaquePointer) {
        defer { unsafe wh_certificate_free(handle) }
        guard let der = unsafe collect(1 << 16, { unsafe wh_certificate_der(handle, $0, $1, $2) }) else { return nil }
        self.init(der: der)
    }

    deinit {
        unsafe wh_certificate_free(handle)
    }

    /// Whether subject and issuer are equal: it is the end of a chain.
    public var isSelfIssued: Bool { states(WH_CERTIFICATE_SELF_ISSUED) }

    /// Whether its basic constraints name it an authority, whatever its key usage says.
    public var isAuthority: Bool { states(WH_CERTIFICATE_AUTHORITY) }

    /// Whether its key usage is there and has digitalSignature.
    public var allowsSignatures: Bool { states(WH_CERTIFICATE_SIGNS) }

    /// Whether its extended key usage is there and has codeSigning.
    public var allowsCodeSigning: Bool { states(WH_CERTIFICATE_SIGNS_CODE) }

    /// Its key.
    ///
    /// - Throws: `PublicKey.Refusal` when it is weak or of another algorithm.
    public func key() throws(PublicKey.Refusal) -> PublicKey {
        guard let key = unsafe wh_certificate_key(handle) else { throw .unsupported }
        return unsafe try PublicKey(handle: key, spki: spki)
    }

    /// The SubjectPublicKeyInfo in DER, as it stands in the certificate.
    private var spki: [UInt8]? {
        unsafe collect(der.count) { unsafe wh_certificate_spki(handle, $0, $1, $2) }
    }

    /// The value of an extension, in DER.
    ///
    /// - Parameter oid: such as `2.5.29.17`.
    /// - Returns: `nil` when the certificate has no such extension.
    public func `extension`(_ oid: String) -> [UInt8]? {
        unsafe collect(der.count) { unsafe wh_certificate_extension(handle, oid, $0, $1, $2) }
    }

    /// The subject as one line of RFC 2253; empty when there is none, as with short-lived certificates.
    public var subject: String {
        // Escaping makes a name longer than its DER, up to three characters a byte.
        let line = unsafe collect(der.count * 4) { unsafe wh_certificate_subject(handle, $0, $1, $2) }
        return String(decoding: line ?? [], as: UTF8.self)
    }

    /// The TBSCertificate without its list of SCTs: what a certificate transparency log signs (RFC 6962 §3.2).
    ///
    /// - Returns: `nil` when the certificate is not the DER that RFC 5280 §4.1 wants.
    var tbsWithoutSCTs: [UInt8]? {
        guard let body = DERReader.only(der, tag: 0x30) else { return nil }
        var certificate = DERReader(body)
        guard let tbs = certificate.next(), tbs.tag == 0x30 else { return nil }
        var (fields, kept) = (DERReader(tbs.content), [UInt8]())
        while let field = fields.next() {
            // [3] EXPLICIT Extensions
            guard field.tag == 0xA3 else {
                kept += DERReader.element(field.tag, field.content)
                continue
            }
            guard let list = DERReader.only(field.content, tag: 0x30) else { return nil }
            var (extensions, others) = (DERReader(list), [UInt8]())
            while let one = extensions.next() {
                let isList = one.content.starts(with: Self.sctListOID)
                if !isList { others += DERReader.element(one.tag, one.content) }
            }
            guard extensions.isAtEnd else { return nil }
            kept += DERReader.element(field.tag, DERReader.element(0x30, others))
        }
        return fields.isAtEnd ? DERReader.element(0x30, kept) : nil
    }

    /// 1.3.6.1.4.1.11129.2.4.2 in DER.
    private static let sctListOID: [UInt8] = [
        0x06, 0x0A, 0x2B, 0x06, 0x01, 0x04, 0x01, 0xD6, 0x79, 0x02, 0x04, 0x02,
    ]

    private func states(_ fact: wh_certificate_fact) -> Bool {
        facts & Int32(fact.rawValue) != 0
    }
}

extension X509Certificate {
    /// Verifies a TimeStampResp of RFC 3161 made by this certificate.
    ///
    /// - Parameters:
    ///   - response: the response in DER.
    ///   - data: what is said to have existed.
    ///   - others: what stands between this certificate and the root.
    ///   - root: where the chain must end, at the time that the response states.
    /// - Returns: that time, in seconds since 1970; `nil` when anything does not hold.
    public func verifiedTime(
        of response: [UInt8], over data: [UInt8], others: [X509Certificate], root: X509Certificate
    ) -> Int64? {
        var time: Int64 = 0
        let holds = unsafe wh_timestamp_verify(
            response, response.count, data, data.count, handle, others.map { unsafe $0.handle }, others.count,
            root.handle, &time)
        return holds == 1 ? time : nil
    }
}
