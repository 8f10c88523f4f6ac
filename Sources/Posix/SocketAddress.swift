import Glibc

/// Where a socket listens or comes from.
public enum SocketAddress: Hashable, Sendable, CustomStringConvertible {
    /// An IPv4 address in dotted form, and a port (0 = any free one).
    case inet(String, port: UInt16)
    /// An IPv6 address without brackets, and a port.
    case inet6(String, port: UInt16)
    /// A Unix socket's path, at most 107 bytes (`unix(7)`). Empty for the unnamed peer of one.
    case unix(path: String)

    /// Parses `127.0.0.1:8080`, `[::1]:8080`, `localhost:8080`, `unix:/run/wheelhouse.sock`; `nil` for anything else.
    public init?(_ text: String) {
        if text.hasPrefix("unix:") {
            let path = String(text.dropFirst(5))
            guard !path.isEmpty, path.utf8.count <= 107 else { return nil }
            self = .unix(path: path)
            return
        }
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let digits = text[text.index(after: colon)...]
        // `UInt16` would read a sign too.
        guard let port = UInt16(digits), digits.first != "+" else { return nil }
        var host = String(text[..<colon])
        if host.hasPrefix("[") && host.hasSuffix("]") {
            host = String(host.dropFirst().dropLast())
            var address = in6_addr()
            guard unsafe inet_pton(AF_INET6, host, &address) == 1 else { return nil }
            // One spelling of each address (RFC 5952), so that `::1` is known however it is written.
            self = unsafe .inet6(withUnsafeBytes(of: &address) { unsafe Self.text(AF_INET6, $0) }, port: port)
            return
        }
        if host == "localhost" { host = "127.0.0.1" }
        if host.isEmpty { host = "127.0.0.1" }
        var address = in_addr()
        guard unsafe inet_pton(AF_INET, host, &address) == 1 else { return nil }
        self = .inet(host, port: port)
    }

    /// As the text that `init(_:)` reads.
    public var description: String {
        switch self {
        case .inet(let host, let port): "\(host):\(port)"
        case .inet6(let host, let port): "[\(host)]:\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }

    /// The address without its port; `unix` for a Unix socket.
    public var host: String {
        switch self {
        case .inet(let host, _), .inet6(let host, _): host
        case .unix: "unix"
        }
    }

    /// Whether only this machine can reach it.
    public var isLoopback: Bool {
        switch self {
        case .inet(let host, _): host.hasPrefix("127.")
        case .inet6(let host, _): host == "::1"
        case .unix: true
        }
    }

    var family: Int32 {
        switch self {
        case .inet: AF_INET
        case .inet6: AF_INET6
        case .unix: AF_UNIX
        }
    }

    init?(_ storage: sockaddr_storage) {
        var storage = storage
        switch Int32(storage.ss_family) {
        case AF_INET:
            var address = unsafe withUnsafeBytes(of: &storage) { unsafe $0.load(as: sockaddr_in.self) }
            self = unsafe .inet(
                withUnsafeBytes(of: &address.sin_addr) { unsafe Self.text(AF_INET, $0) },
                port: UInt16(bigEndian: address.sin_port))
        case AF_INET6:
            var address = unsafe withUnsafeBytes(of: &storage) { unsafe $0.load(as: sockaddr_in6.self) }
            let host = unsafe withUnsafeBytes(of: &address.sin6_addr) { unsafe Self.text(AF_INET6, $0) }
            let port = UInt16(bigEndian: address.sin6_port)
            // An IPv4 client of a socket for both, such as systemd's `[::]`: one spelling of its address too.
            let isMapped = host.hasPrefix("::ffff:") && host.contains(".")
            self = isMapped ? .inet(String(host.dropFirst(7)), port: port) : .inet6(host, port: port)
        case AF_UNIX:
            let start = MemoryLayout<sa_family_t>.size
            let path = unsafe withUnsafeBytes(of: &storage) { unsafe $0[start...].prefix { $0 != 0 }.map(\.self) }
            self = .unix(path: String(decoding: path, as: UTF8.self))
        default:
            return nil
        }
    }

    func withSystemAddress<Result>(_ body: (UnsafePointer<sockaddr>?, socklen_t) -> Result) -> Result {
        switch self {
        case .inet(let host, let port):
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            _ = unsafe inet_pton(AF_INET, host, &address.sin_addr)
            return unsafe withUnsafeBytes(of: &address) { unsafe Self.call($0, body) }
        case .inet6(let host, let port):
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = port.bigEndian
            _ = unsafe inet_pton(AF_INET6, host, &address.sin6_addr)
            return unsafe withUnsafeBytes(of: &address) { unsafe Self.call($0, body) }
        case .unix(let path):
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            unsafe withUnsafeMutableBytes(of: &address.sun_path) { target in
                unsafe target.copyBytes(from: Array(path.utf8.prefix(target.count - 1)))
            }
            return unsafe withUnsafeBytes(of: &address) { unsafe Self.call($0, body) }
        }
    }

    private static func call<Result>(
        _ address: UnsafeRawBufferPointer, _ body: (UnsafePointer<sockaddr>?, socklen_t) -> Result
    ) -> Result {
        unsafe body(address.baseAddress?.assumingMemoryBound(to: sockaddr.self), socklen_t(address.count))
    }

    private static func text(_ family: Int32, _ address: UnsafeRawBufferPointer) -> String {
        var buffer = [CChar](repeating: 0, count: 64)
        guard unsafe inet_ntop(family, address.baseAddress, &buffer, socklen_t(buffer.count)) != nil else { return "?" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
