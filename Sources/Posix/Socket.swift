import CLinux
import Glibc

/// A stream socket, non-blocking and close-on-exec.
public struct Socket: Sendable {
    /// The descriptor, closed with its last owner.
    public let file: File

    /// Takes over a connected or listening descriptor.
    public init(_ file: File) {
        self.file = file
    }

    /// Opens a listening socket (`socket(2)`, `bind(2)`, `listen(2)`).
    ///
    /// With `SO_REUSEPORT` several loops, and a second process during an upgrade, listen at one port. A Unix socket
    /// replaces the file of a process that is gone.
    ///
    /// - Throws: `EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL` …
    public static func listen(at address: SocketAddress, backlog: Int32 = 4096) throws(Errno) -> Socket {
        let kind = SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue
        let descriptor = socket(address.family, Int32(kind), 0)
        guard descriptor >= 0 else { throw Errno.current }
        let result = Socket(File(adopting: descriptor))
        if case .unix(let path) = address {
            try removeStaleUnixSocket(path)
        } else {
            try result.set(SOL_SOCKET, SO_REUSEADDR)
            try result.set(SOL_SOCKET, SO_REUSEPORT)
        }
        if address.family == AF_INET6 { try result.set(Int32(IPPROTO_IPV6), IPV6_V6ONLY) }
        let bound = unsafe address.withSystemAddress { pointer, length in unsafe bind(descriptor, pointer, length) }
        guard bound == 0 else { throw Errno.current }
        guard Glibc.listen(descriptor, backlog) == 0 else { throw Errno.current }
        return result
    }

    /// Checks that nobody listens at an address: a socket without `SO_REUSEPORT` cannot be bound beside one that does.
    ///
    /// - Throws: `EADDRINUSE`; other errors are left for `listen` to find.
    public static func requireFree(_ address: SocketAddress) throws(Errno) {
        if case .unix = address { return }
        let descriptor = socket(address.family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return }
        let probe = Socket(File(adopting: descriptor))
        try? probe.set(SOL_SOCKET, SO_REUSEADDR)
        let bound = unsafe address.withSystemAddress { pointer, length in unsafe bind(descriptor, pointer, length) }
        if bound != 0, Errno.current == .addressInUse { throw .addressInUse }
    }

    /// The address that the socket is bound to (`getsockname(2)`): tells the port that the system chose.
    public func localAddress() throws(Errno) -> SocketAddress {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let code = unsafe withUnsafeMutableBytes(of: &storage) { bytes in
            unsafe getsockname(file.descriptor, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), &length)
        }
        guard code == 0 else { throw Errno.current }
        return SocketAddress(storage) ?? .unix(path: "")
    }

    /// Accepts one connection (`accept4(2)`), with small writes sent at once.
    ///
    /// - Returns: `nil` when none is waiting.
    /// - Throws: `EMFILE`, `ENFILE`, `ENOMEM` …: the caller pauses. A connection that is already gone is skipped.
    public func accept() throws(Errno) -> (socket: Socket, peer: SocketAddress)? {
        while true {
            var storage = sockaddr_storage()
            var length = UInt32(MemoryLayout<sockaddr_storage>.size)
            let descriptor = unsafe withUnsafeMutableBytes(of: &storage) { bytes in
                unsafe linux_accept(file.descriptor, bytes.baseAddress, &length)
            }
            if descriptor >= 0 {
                let connection = Socket(File(adopting: descriptor))
                let peer = SocketAddress(storage) ?? .unix(path: "")
                if case .unix = peer { return (connection, peer) }
                try connection.set(Int32(IPPROTO_TCP), TCP_NODELAY)
                return (connection, peer)
            }
            let error = Errno.current
            switch error.code {
            case EAGAIN: return nil
            case EINTR, ECONNABORTED, EPROTO: continue
            default: throw error
            }
        }
    }

    /// Receives into `buffer[offset...]` without waiting (`recv(2)`).
    ///
    /// - Returns: the number of bytes, 0 when the peer has closed its side, `nil` when nothing is there yet.
    public func receive(into buffer: inout [UInt8], at offset: Int) throws(Errno) -> Int? {
        let descriptor = file.descriptor
        let count = unsafe buffer.withUnsafeMutableBytes { bytes in
            let free = unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[offset...])
            return unsafe recv(descriptor, free.baseAddress, free.count, 0)
        }
        return try Self.counted(count)
    }

    /// Sends `bytes[offset...]` without waiting (`send(2)`).
    ///
    /// - Parameter more: that the caller sends more at once, so a packet need not go out yet (`MSG_MORE`).
    /// - Returns: the number of bytes taken, `nil` when the send buffer is full.
    public func send(_ bytes: [UInt8], from offset: Int = 0, more: Bool = false) throws(Errno) -> Int? {
        let flags = Int32(MSG_NOSIGNAL) | (more ? Int32(MSG_MORE) : 0)
        let descriptor = file.descriptor
        let count = unsafe bytes.withUnsafeBytes { all in
            let rest = unsafe UnsafeRawBufferPointer(rebasing: all[offset...])
            return unsafe Glibc.send(descriptor, rest.baseAddress, rest.count, flags)
        }
        return try Self.counted(count)
    }

    /// Sends from a file without copying through this process (`sendfile(2)`); `offset` moves on.
    ///
    /// - Returns: the number of bytes taken, 0 at the end of the file, `nil` when the send buffer is full.
    public func send(_ source: File, from offset: inout Int64, count: Int64) throws(Errno) -> Int? {
        let sent = unsafe linux_sendfile(file.descriptor, source.descriptor, &offset, Int(count))
        return try Self.counted(Int(sent))
    }

    /// Tells the peer that nothing more comes (`shutdown(2)` SHUT_WR).
    public func shutdownWrites() {
        _ = shutdown(file.descriptor, Int32(SHUT_WR))
    }

    private static func counted(_ count: Int) throws(Errno) -> Int? {
        if count >= 0 { return count }
        let error = Errno.current
        guard error.code == EAGAIN || error.code == EINTR else { throw error }
        return nil
    }

    private func set(_ level: Int32, _ option: Int32) throws(Errno) {
        var one: Int32 = 1
        let size = socklen_t(MemoryLayout<Int32>.size)
        guard unsafe setsockopt(file.descriptor, level, option, &one, size) == 0 else { throw Errno.current }
    }

    /// Removes a socket file that nobody listens at; one that answers stays, and `bind(2)` then says `EADDRINUSE`. So it
    /// does for any other kind of file, which is never removed (connecting to one is refused as well).
    private static func removeStaleUnixSocket(_ path: String) throws(Errno) {
        var status = stat()
        guard unsafe lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else { return }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Errno.current }
        let probe = File(adopting: descriptor)
        let code = unsafe SocketAddress.unix(path: path).withSystemAddress { pointer, length in
            unsafe connect(probe.descriptor, pointer, length)
        }
        if code != 0 && Errno.current.code == ECONNREFUSED { _ = unsafe unlink(path) }
    }
}
