internal import COpenSSL

/// A certificate with its key, and every choice about TLS that a server makes.
///
/// TLS 1.2 and 1.3 (RFC 8446) with forward secrecy and authenticated encryption only; ALPN `http/1.1` (RFC 7301);
/// session tickets under keys that change every eight hours. It never changes: a new certificate is a new context, and
/// sessions that are open keep theirs.
///
/// `@unchecked Sendable`: the handle is never changed after `init`; libssl counts its references and locks what it
/// shares between threads, and the ticket keys have a lock of their own.
@safe public final class TLSContext: @unchecked Sendable {
    /// The files of a context, all PEM.
    public struct Files: Hashable, Sendable {
        /// The server's certificate, then those between it and the root.
        public var certificate: String
        /// The private key of the first certificate, without a passphrase.
        public var key: String
        /// Certificates of those who sign clients' certificates; `nil` when clients need none.
        public var clientAuthority: String?

        /// The files by their paths.
        public init(certificate: String, key: String, clientAuthority: String? = nil) {
            self.certificate = certificate
            self.key = key
            self.clientAuthority = clientAuthority
        }
    }

    let handle: OpaquePointer

    /// Reads the files. Blocks; not for an event loop.
    ///
    /// - Throws: `CryptoError.certificate`, `.key`, `.pair` and `.authority` for what a file holds, `.tls` for libssl.
    public init(_ files: Files) throws(CryptoError) {
        var part: Int32 = 0
        var reason = [CChar](repeating: 0, count: 256)
        let handle = unsafe wh_tls_context_new(
            files.certificate, files.key, files.clientAuthority, &part, &reason, reason.count)
        guard let handle = unsafe handle else {
            let text = String(decoding: reason.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            throw Self.error(wh_tls_part(UInt32(part)), text, files)
        }
        unsafe self.handle = handle
    }

    deinit {
        unsafe wh_tls_context_free(handle)
    }

    /// When the certificate ends, in seconds since 1970-01-01 UTC.
    public var expiry: Int64 { unsafe wh_tls_context_expiry(handle) }

    private static func error(_ part: wh_tls_part, _ reason: String, _ files: Files) -> CryptoError {
        switch part {
        case WH_TLS_CERTIFICATE: .certificate(file: files.certificate, reason: reason)
        case WH_TLS_KEY: .key(file: files.key, reason: reason)
        case WH_TLS_PAIR: .pair(certificate: files.certificate, key: files.key)
        case WH_TLS_AUTHORITY: .authority(file: files.clientAuthority ?? "", reason: reason)
        default: .tls(reason: reason)
        }
    }
}
