internal import COpenSSL

/// Whom connections to servers trust: TLS 1.2 and 1.3 (RFC 8446), the certificate's chain and name verified, ALPN
/// `http/1.1` (RFC 7301).
///
/// `@unchecked Sendable`: the handle is never changed after `init`; libssl counts its references and locks what it
/// shares between threads.
@safe public final class TLSClientContext: @unchecked Sendable {
    let handle: OpaquePointer

    /// Reads the certificates. Blocks; not for an event loop.
    ///
    /// - Parameter authority: a file of certificates in PEM that alone are trusted; `nil` for those of the system.
    /// - Throws: `CryptoError.authority` for what the file holds, `.tls` for libssl.
    public init(authority: String? = nil) throws(CryptoError) {
        var reason = [CChar](repeating: 0, count: 256)
        guard let handle = unsafe wh_tls_client_context_new(authority, &reason, reason.count) else {
            let text = String(decoding: reason.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            throw authority.map { .authority(file: $0, reason: text) } ?? .tls(reason: text)
        }
        unsafe self.handle = handle
    }

    deinit {
        unsafe wh_tls_context_free(handle)
    }
}
