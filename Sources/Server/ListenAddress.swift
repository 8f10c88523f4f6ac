public import Posix

/// Where a server listens, and whether it speaks TLS there.
public struct ListenAddress: Hashable, Sendable, CustomStringConvertible {
    /// The address and port, or the path.
    public var address: SocketAddress
    /// Whether connections begin with a TLS handshake.
    public var isSecure: Bool

    /// An address.
    public init(_ address: SocketAddress, isSecure: Bool = false) {
        self.address = address
        self.isSecure = isSecure
    }

    /// Parses what `SocketAddress` parses, with the prefix `tls:` for TLS, such as `tls:[::]:8443`; `nil` for anything
    /// else.
    public init?(_ text: String) {
        isSecure = text.hasPrefix("tls:")
        guard let address = SocketAddress(isSecure ? String(text.dropFirst(4)) : text) else { return nil }
        self.address = address
    }

    /// As the text that `init(_:)` reads.
    public var description: String { isSecure ? "tls:\(address)" : "\(address)" }

    /// Such as `https://127.0.0.1:8443`; `nil` for a Unix socket, which has no URL.
    public var url: String? {
        if case .unix = address { return nil }
        return "\(isSecure ? "https" : "http")://\(address)"
    }
}

/// A listening socket that could not be opened.
public struct ListenError: Error, Sendable {
    /// What was asked for.
    public let address: ListenAddress
    /// Why not.
    public let error: Errno
}
