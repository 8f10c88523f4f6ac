internal import COpenSSL

/// The certificates of an authority: where chains must end, and what may stand between.
///
/// Kept for as long as the authority is trusted, it verifies the signatures among these certificates once, not for every
/// leaf, and that of a leaf once for all files of a release.
///
/// `@unchecked Sendable`: the handle is never changed after `init` but for what it remembers, which is atomic or locked.
@safe final class TrustAnchors: @unchecked Sendable {
    /// `nil` when memory was short.
    private let handle: OpaquePointer?

    /// Trusts certificates.
    ///
    /// - Parameters:
    ///   - anchors: where chains end.
    ///   - others: what may stand between.
    init(_ anchors: [X509Certificate], over others: [X509Certificate]) {
        let handles = unsafe (anchors + others).map { unsafe Optional($0.handle) }
        unsafe handle = wh_anchors_new(handles, anchors.count, handles.count)
    }

    deinit {
        unsafe wh_anchors_free(handle)
    }

    /// Builds the chain from a leaf to an anchor and checks it at one time (RFC 5280 §6): names, signatures, validity,
    /// authorities, path lengths, name constraints, critical extensions, strength. Usage is the caller's to check.
    ///
    /// - Parameter time: seconds since 1970.
    /// - Returns: the certificate above the leaf; the leaf itself when it is an anchor.
    /// - Throws: `ChainFailure` with what libcrypto says.
    func issuer(of leaf: X509Certificate, at time: Int64) throws(ChainFailure) -> X509Certificate.Issuer {
        var issuer: OpaquePointer?
        var reason = [CChar](repeating: 0, count: 128)
        guard let handle = unsafe handle else { throw ChainFailure(reason: "libcrypto failed") }
        let holds = unsafe wh_anchors_verify(handle, leaf.handle, time, &issuer, &reason, reason.count)
        guard holds == 1, let issuer = unsafe issuer else {
            let text = reason.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
            throw ChainFailure(reason: String(decoding: text, as: UTF8.self))
        }
        defer { unsafe wh_certificate_free(issuer) }
        guard let spki = unsafe collect(4_096, { unsafe wh_certificate_spki(issuer, $0, $1, $2) }) else {
            throw ChainFailure(reason: "the issuer's key cannot be written")
        }
        return X509Certificate.Issuer(spki: spki)
    }
}

/// Why no chain could be built, as one clause of libcrypto's.
public struct ChainFailure: Error, Hashable, Sendable {
    /// For example "certificate has expired".
    public let reason: String
}

extension X509Certificate {
    /// As ``TrustAnchors/issuer(of:at:)``, for certificates that are looked at once.
    public func verifyChain(
        to anchors: [X509Certificate], over others: [X509Certificate], at time: Int64
    ) throws(ChainFailure) -> Issuer {
        try TrustAnchors(anchors, over: others).issuer(of: self, at: time)
    }

    /// What is known of the certificate above another one.
    public struct Issuer: Hashable, Sendable {
        /// Its SubjectPublicKeyInfo in DER.
        public let spki: [UInt8]
    }
}
