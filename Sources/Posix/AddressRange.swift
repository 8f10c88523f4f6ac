import Glibc

/// An IPv4 or IPv6 address as a number.
public struct NumericAddress: Hashable, Sendable, CustomStringConvertible {
    /// 4 or 16 bytes, the most significant first.
    public let bytes: [UInt8]

    /// Parses `192.0.2.1` or `2001:db8::1` (`inet_pton(3)`); `nil` for anything else, also with a port or brackets.
    ///
    /// `::ffff:192.0.2.1` is 192.0.2.1: proxies that listen for both kinds write an IPv4 client so (RFC 4291 §2.5.5.2).
    public init?(_ text: String) {
        guard let bytes = Self.bytes(text) else { return nil }
        self.bytes = bytes.starts(with: Self.mapped) ? Array(bytes[Self.mapped.count...]) : bytes
    }

    /// What stands before an IPv4 address to make an IPv6 one of it.
    fileprivate static let mapped = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF]

    /// 4 or 16 bytes, as they are written.
    private static func bytes(_ text: String) -> [UInt8]? {
        let isVersion6 = text.utf8.contains(UInt8(ascii: ":"))
        var bytes = [UInt8](repeating: 0, count: isVersion6 ? 16 : 4)
        guard unsafe inet_pton(isVersion6 ? AF_INET6 : AF_INET, text, &bytes) == 1 else { return nil }
        return bytes
    }

    /// The canonical text (RFC 5952 for IPv6), which holds nothing but digits, letters, dots and colons.
    public var description: String {
        var buffer = [CChar](repeating: 0, count: 64)
        let family = bytes.count == 16 ? AF_INET6 : AF_INET
        guard unsafe inet_ntop(family, bytes, &buffer, socklen_t(buffer.count)) != nil else { return "?" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// All addresses that begin with the same bits.
public struct AddressRange: Hashable, Sendable {
    private let first: NumericAddress
    private let bits: Int

    /// Parses `10.0.0.0/8`, `2001:db8::/32`, or one address; `nil` for anything else. `::ffff:10.0.0.0/104` is the first.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = NumericAddress(String(parts[0])) else { return nil }
        // Of an IPv4 address that is written as an IPv6 one, the bits before it are counted too.
        let before = first.bytes.count == 4 && parts[0].utf8.contains(UInt8(ascii: ":")) ? 96 : 0
        let width = before + first.bytes.count * 8
        guard let bits = parts.count == 2 ? Int(parts[1]) : width, (before...width).contains(bits) else { return nil }
        self.first = first
        self.bits = bits - before
    }

    /// Whether the address is one of them.
    public func contains(_ address: NumericAddress) -> Bool {
        guard address.bytes.count == first.bytes.count else { return false }
        let whole = bits / 8
        guard address.bytes[..<whole] == first.bytes[..<whole] else { return false }
        let rest = bits % 8
        return rest == 0 || (address.bytes[whole] ^ first.bytes[whole]) >> (8 - rest) == 0
    }
}
