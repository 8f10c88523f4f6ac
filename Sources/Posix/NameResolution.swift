import CLinux
import Glibc

/// The addresses of a name.
public enum NameResolution {
    /// Why a name has no address, as `gai_strerror(3)` puts it.
    public struct Failure: Error, Hashable, Sendable {
        /// Such as `Name or service not known`.
        public let reason: String
    }

    /// Asks the system's resolver (`getaddrinfo(3)`). Blocks, perhaps for many seconds; never on an event loop.
    ///
    /// - Parameter host: a name, or an address without brackets.
    /// - Returns: at least one address, in the order in which they should be tried (RFC 6724).
    public static func addresses(of host: String, port: UInt16) throws(Failure) -> [SocketAddress] {
        var hints = unsafe addrinfo()
        unsafe hints.ai_family = AF_UNSPEC
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        unsafe hints.ai_flags = AI_ADDRCONFIG
        var list: UnsafeMutablePointer<addrinfo>?
        let code = unsafe getaddrinfo(host, "\(port)", &hints, &list)
        guard code == 0 else { throw Failure(reason: unsafe String(cString: gai_strerror(code))) }
        defer { unsafe freeaddrinfo(list) }
        var found: [SocketAddress] = []
        var next = unsafe list
        while let entry = unsafe next {
            if let address = unsafe socketAddress(entry.pointee) { found.append(address) }
            unsafe next = entry.pointee.ai_next
        }
        guard !found.isEmpty else { throw Failure(reason: "it has no address of IPv4 or IPv6") }
        return found
    }

    private static func socketAddress(_ entry: addrinfo) -> SocketAddress? {
        guard let address = unsafe entry.ai_addr else { return nil }
        var storage = sockaddr_storage()
        let count = unsafe min(Int(entry.ai_addrlen), MemoryLayout<sockaddr_storage>.size)
        unsafe withUnsafeMutableBytes(of: &storage) { target in
            unsafe target.copyMemory(from: UnsafeRawBufferPointer(start: address, count: count))
        }
        return SocketAddress(storage)
    }
}

/// What another thread raises to wake a task of an event loop that waits for it: `eventfd(2)`.
public final class Wakeup: Sendable {
    /// Becomes readable when it is raised; for `EventLoop.watch`.
    public let file: File

    /// One that is not raised.
    public init() throws(Errno) {
        let descriptor = linux_eventfd()
        guard descriptor >= 0 else { throw Errno.current }
        file = File(adopting: descriptor)
    }

    /// Wakes the task. May be called from any thread.
    public func raise() {
        linux_eventfd_raise(file.descriptor)
    }
}
