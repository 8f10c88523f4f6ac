/// The host and port of `Host` and of an absolute target, checked (RFC 9110 §7.2, RFC 3986 §3.2).
///
/// Accepted are names of letters, digits, `-`, `.`, `_`, `~`, IPv4 addresses and IPv6 addresses in brackets, each with
/// an optional port. The other characters that RFC 3986 allows in a registered name (percent-encoding, `!$&'()*+,;=`)
/// occur in no name of DNS and are refused.
enum Authority {
    /// Whether the bytes are an authority with a host, without user information.
    static func isValid(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard let first = bytes.first, bytes.count <= 262 else { return false }
        if first == UInt8(ascii: "[") {
            guard let end = bytes.firstIndex(of: UInt8(ascii: "]")) else { return false }
            return isAddress(bytes[(bytes.startIndex + 1)..<end]) && isPort(bytes[(end + 1)...])
        }
        let end = bytes.firstIndex(of: Grammar.colon) ?? bytes.endIndex
        return end > bytes.startIndex && bytes[..<end].allSatisfy(isName) && isPort(bytes[end...])
    }

    private static func isName(_ byte: UInt8) -> Bool {
        Grammar.isLetter(byte) || Grammar.isDigit(byte) || byte == Grammar.hyphen || byte == Grammar.dot
            || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "~")
    }

    /// The characters of an IPv6 address; whether it exists is not this server's question.
    private static func isAddress(_ bytes: ArraySlice<UInt8>) -> Bool {
        let colons = bytes.count { $0 == Grammar.colon }
        return colons >= 2 && bytes.count <= 45
            && bytes.allSatisfy { Grammar.hexValue($0) != nil || $0 == Grammar.colon || $0 == Grammar.dot }
    }

    /// Empty, or a colon and up to five digits of at most 65535 (RFC 3986 §3.2.3 allows no digits too).
    private static func isPort(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard let colon = bytes.first else { return true }
        let digits = bytes.dropFirst()
        guard colon == Grammar.colon, digits.count <= 5 else { return false }
        guard !digits.isEmpty else { return true }
        guard let port = digits.saturatingDecimal else { return false }
        return port <= 65535
    }
}
