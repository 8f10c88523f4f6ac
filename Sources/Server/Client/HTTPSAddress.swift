import HTTP

/// An address that begins with `https://`, taken apart (RFC 3986 §3, RFC 9110 §4.2.2).
public struct HTTPSAddress: Hashable, Sendable {
    /// A name in lower case, or an address without brackets.
    public let host: String
    /// 443 unless another is named.
    public let port: UInt16
    /// Path and query, beginning with a slash.
    public let target: String
    /// Host and port as the field `Host` names them.
    let authority: String

    /// `nil` for other schemes, for user names, fragments, and what is no address.
    public init?(_ text: String) {
        let prefix = "https://"
        guard text.lowercased().hasPrefix(prefix), text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
        let rest = text.dropFirst(prefix.count)
        guard !rest.contains("#"), !rest.contains("\\") else { return nil }
        let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        authority = rest[..<end].lowercased()
        guard let (host, port) = Self.split(authority) else { return nil }
        self.host = host
        self.port = port
        let path = String(rest[end...])
        target = path.hasPrefix("/") ? path : "/" + path
        guard (try? RequestTarget(target)) != nil else { return nil }
    }

    private static func split(_ authority: String) -> (String, UInt16)? {
        var host = authority[...]
        var port: UInt16 = 443
        if let colon = authority.lastIndex(of: ":"), !authority.hasSuffix("]") {
            let digits = authority[authority.index(after: colon)...]
            guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = UInt16(digits), number > 0 else {
                return nil
            }
            port = number
            host = authority[..<colon]
        }
        if host.hasPrefix("[") {
            guard host.hasSuffix("]"), host.dropFirst().dropLast().contains(":") else { return nil }
            host = host.dropFirst().dropLast()
            guard host.utf8.allSatisfy(isAddress) else { return nil }
        } else {
            guard host.utf8.allSatisfy(isName) else { return nil }
        }
        guard !host.isEmpty, host.utf8.count <= 253 else { return nil }
        return (String(host), port)
    }

    private static func isName(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || "-._".utf8.contains(byte)
    }

    private static func isAddress(_ byte: UInt8) -> Bool {
        (0x61...0x66).contains(byte) || (0x30...0x39).contains(byte) || ":.".utf8.contains(byte)
    }
}
