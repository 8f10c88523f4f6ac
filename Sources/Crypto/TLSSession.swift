internal import COpenSSL

/// One side of TLS on one connection, owned by the connection's event loop.
///
/// It works on a non-blocking descriptor that it does not own. An operation that is not done tells what to wait for, and
/// is then asked for again with the same bytes.
@safe public final class TLSSession {
    /// What an operation came to.
    public enum Outcome: Hashable, Sendable {
        /// All of it is done.
        case done
        /// Again when the descriptor is readable.
        case wantRead
        /// Again when the descriptor is writable.
        case wantWrite
        /// The peer has ended the connection.
        case closed
        /// The connection is broken, for this reason.
        case failed(String)
    }

    /// What the handle refers to: a ``TLSContext`` or a ``TLSClientContext``.
    private let context: AnyObject
    private let handle: OpaquePointer

    /// A session that waits for the client to begin the handshake.
    ///
    /// - Parameter descriptor: an accepted socket; it must stay open as long as the session lives.
    /// - Throws: `CryptoError.tls` when memory is short.
    public init(_ context: TLSContext, descriptor: Int32) throws(CryptoError) {
        guard let handle = unsafe wh_tls_session_new(context.handle, descriptor) else {
            throw .tls(reason: "memory is short")
        }
        self.context = context
        unsafe self.handle = handle
    }

    /// A session that begins the handshake with a server, which must show a trusted certificate for this host.
    ///
    /// - Parameters:
    ///   - descriptor: a connected socket; it must stay open as long as the session lives.
    ///   - host: a name, or an address without brackets; not empty.
    /// - Throws: `CryptoError.tls` when memory is short.
    public init(_ context: TLSClientContext, descriptor: Int32, host: String) throws(CryptoError) {
        guard let handle = unsafe wh_tls_client_session_new(context.handle, descriptor, host) else {
            throw .tls(reason: "memory is short")
        }
        self.context = context
        unsafe self.handle = handle
    }

    deinit {
        unsafe wh_tls_session_free(handle)
    }

    /// Goes on with the handshake (RFC 8446 §2).
    public func handshake() -> Outcome {
        outcome(unsafe wh_tls_handshake(handle))
    }

    /// Whether the peer does not speak TLS, by its first byte: most likely HTTP.
    public var isPlainHTTP: Bool { unsafe wh_tls_is_plain_http(handle) == 1 }

    /// `TLSv1.3` or `TLSv1.2`, after the handshake.
    public var version: String { unsafe String(cString: wh_tls_version(handle)) }

    /// Whether the session goes on from an earlier one by its ticket (RFC 8446 §2.2), after the handshake.
    public var isResumed: Bool { unsafe wh_tls_is_resumed(handle) == 1 }

    /// Reads into `buffer[offset...]`.
    ///
    /// - Returns: the outcome, how many bytes were read when it is `.done`, and whether another read may find something
    ///   before the descriptor reports again that it is readable.
    public func read(into buffer: inout [UInt8], at offset: Int) -> (outcome: Outcome, count: Int, more: Bool) {
        var count = 0
        var more: Int32 = 0
        let code = unsafe buffer.withUnsafeMutableBytes { bytes in
            let free = unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[offset...])
            return unsafe wh_tls_read(handle, free.baseAddress, free.count, &count, &more)
        }
        return (outcome(code), count, more == 1)
    }

    /// Writes `bytes[range]`.
    ///
    /// - Returns: the outcome, and how many bytes are taken, also when it is `.wantWrite`: only the rest is asked for
    ///   again.
    public func write(_ bytes: [UInt8], _ range: Range<Int>) -> (outcome: Outcome, count: Int) {
        var count = 0
        let code = unsafe bytes.withUnsafeBytes { all in
            let part = unsafe UnsafeRawBufferPointer(rebasing: all[range])
            return unsafe wh_tls_write(handle, part.baseAddress, part.count, &count)
        }
        return (outcome(code), count)
    }

    /// Gathers what is written from now on: about 128 KiB go out in one `write(2)` instead of 16. Without memory for it
    /// everything goes out as before.
    public func cork() {
        _ = unsafe wh_tls_cork(handle)
    }

    /// Sends what is gathered and stops gathering.
    public func uncork() -> Outcome {
        outcome(unsafe wh_tls_uncork(handle))
    }

    /// Whether the kernel encrypts (kTLS), so that files can be sent without a copy. Known after the handshake.
    public var kernelSends: Bool { unsafe wh_tls_kernel_sends(handle) == 1 }

    /// Sends from a file through the kernel's TLS: `SSL_sendfile(3)`. Only when `kernelSends`.
    ///
    /// - Returns: the outcome, and how many bytes are taken; `.done` with 0 at the end of the file.
    public func send(file descriptor: Int32, from offset: Int64, count: Int) -> (outcome: Outcome, count: Int) {
        var sent = 0
        let code = unsafe wh_tls_send_file(handle, descriptor, offset, count, &sent)
        return (outcome(code), sent)
    }

    /// Tells the peer that nothing more comes (close_notify, RFC 8446 §6.1). Never waits.
    public func finish() {
        unsafe wh_tls_finish(handle)
    }

    private func outcome(_ code: Int32) -> Outcome {
        switch wh_tls_outcome(UInt32(code)) {
        case WH_TLS_DONE: .done
        case WH_TLS_WANT_READ: .wantRead
        case WH_TLS_WANT_WRITE: .wantWrite
        case WH_TLS_CLOSED: .closed
        default: .failed(unsafe String(cString: wh_tls_reason(handle)))
        }
    }
}
