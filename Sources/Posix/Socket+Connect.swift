import Glibc

/// The client's side of connections.
extension Socket {
    /// Begins to connect, without waiting (`connect(2)`). When the socket becomes writable, `isConnected()` tells what
    /// became of it.
    ///
    /// - Throws: `ECONNREFUSED`, `ENETUNREACH` … when that is known at once.
    public static func connecting(to address: SocketAddress) throws(Errno) -> Socket {
        let kind = SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue
        let descriptor = socket(address.family, Int32(kind), 0)
        guard descriptor >= 0 else { throw Errno.current }
        let result = Socket(File(adopting: descriptor))
        let code = unsafe address.withSystemAddress { pointer, length in
            unsafe Glibc.connect(descriptor, pointer, length)
        }
        guard code != 0 else { return result }
        let error = Errno.current
        // An interrupted call goes on by itself, as one that is in progress.
        guard error.code == EINPROGRESS || error.code == EINTR else { throw error }
        return result
    }

    /// Whether the connection that `connecting(to:)` began is there.
    ///
    /// - Throws: why it will never be: `ECONNREFUSED`, `ETIMEDOUT` … (`SO_ERROR`, socket(7)).
    public func isConnected() throws(Errno) -> Bool {
        var code: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        guard unsafe getsockopt(file.descriptor, SOL_SOCKET, SO_ERROR, &code, &size) == 0 else { throw Errno.current }
        guard code == 0 else { throw Errno(code) }
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let named = unsafe withUnsafeMutableBytes(of: &storage) { bytes in
            unsafe getpeername(file.descriptor, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), &length)
        }
        return named == 0
    }
}
