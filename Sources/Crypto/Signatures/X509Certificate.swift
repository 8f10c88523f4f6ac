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
        return unsafe try PublicKey(handle: key)
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

    /// The TBSCertificate without its list of SCTs (RFC 6962 §3.2).
    ///
    /// - Returns: `nil` when libcrypto cannot encode it again.
    var tbsWithoutSCTs: [UInt8]? {
        unsafe collect(der.count) { unsafe wh_certificate_tbs_without_scts(handle, $0, $1, $2) }
    }

    private func states(_ fact: wh_certificate_fact) -> Bool {
        facts & Int32(fact.rawValue) != 0
    }
}

/// Why no chain could be built, as one clause of libcrypto's.
public struct ChainFailure: Error, Hashable, Sendable {
    /// For example "certificate has expired".
    public let reason: String
}

extension X509Certificate {
    /// Builds the chain to one of the anchors and checks it at one time (RFC 5280 §6): names, signatures, validity,
    /// authorities, path lengths, name constraints, critical extensions, strength. Usage is the caller's to check.
    ///
    /// - Parameters:
    ///   - anchors: what is trusted.
    ///   - others: what may stand between.
    ///   - time: seconds since 1970.
    /// - Returns: the certificate above this one; this one itself when it is an anchor.
    /// - Throws: `ChainFailure` with what libcrypto says.
    public func verifyChain(
        to anchors: [X509Certificate], over others: [X509Certificate], at time: Int64
    ) throws(ChainFailure) -> Issuer {
        var issuer: OpaquePointer?
        var reason = [CChar](repeating: 0, count: 128)
        let holds = unsafe wh_chain_verify(
            handle, anchors.map { unsafe $0.handle }, anchors.count, others.map { unsafe $0.handle }, others.count,
            time, &issuer, &reason, reason.count)
        guard holds == 1, let issuer = unsafe issuer else {
            let text = reason.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
            throw ChainFailure(reason: String(decoding: text, as: UTF8.self))
        }
        defer { unsafe wh_certificate_free(issuer) }
        guard let key = unsafe wh_certificate_key(issuer) else {
            throw ChainFailure(reason: "the issuer's key cannot be read")
        }
        defer { unsafe wh_key_free(key) }
        guard let spki = unsafe collect(4_096, { unsafe wh_key_spki(key, $0, $1, $2) }) else {
            throw ChainFailure(reason: "the issuer's key cannot be written")
        }
        return Issuer(spki: spki)
    }

    /// What is known of the certificate above another one.
    public struct Issuer: Hashable, Sendable {
        /// Its SubjectPublicKeyInfo in DER.
        public let spki: [UInt8]
    }

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
