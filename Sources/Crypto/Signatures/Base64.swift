/// Base64 (RFC 4648 §4), strictly: what decodes encodes to the same text again, so no two texts mean the same bytes.
public enum Base64 {
    /// The bytes of a text with padding and without anything else, such as line breaks.
    ///
    /// - Returns: `nil` for any other text, also for one whose last character has bits that mean nothing.
    public static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        text.withContiguousStorageIfAvailable { unsafe decode($0.span) } ?? decode(Array(text).span)
    }

    private static func decode(_ text: Span<UInt8>) -> [UInt8]? {
        guard text.count % 4 == 0 else { return nil }
        var padding = 0
        while padding < min(2, text.count), text[text.count - 1 - padding] == UInt8(ascii: "=") { padding += 1 }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 4 * 3)
        var bits: UInt32 = 0
        var waiting = 0
        for index in 0..<(text.count - padding) {
            let value = values[Int(text[index])]
            guard value < 64 else { return nil }
            bits = bits << 6 | UInt32(value)
            waiting += 6
            guard waiting >= 8 else { continue }
            waiting -= 8
            bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(waiting)))
        }
        // What is left are the bits that padding stands for: 0, 2 or 4, and all of them zero.
        guard waiting == padding * 2, bits & (1 << UInt32(waiting) - 1) == 0 else { return nil }
        return bytes
    }

    /// The bytes of a text; see `decode(_:)`.
    public static func decode(_ text: String) -> [UInt8]? {
        decode(text.utf8)
    }

    /// The text of some bytes, with padding.
    public static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        var start = 0
        while start < bytes.count {
            let count = min(3, bytes.count - start)
            var bits: UInt32 = 0
            for index in 0..<3 { bits = bits << 8 | (index < count ? UInt32(bytes[start + index]) : 0) }
            for index in 0..<4 {
                text.append(index <= count ? alphabet[Int(bits >> UInt32(18 - index * 6) & 63)] : UInt8(ascii: "="))
            }
            start += 3
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes of a text in the alphabet for URLs, without padding (RFC 4648 §5, RFC 7515 §2).
    ///
    /// - Returns: `nil` for any other text, also for one whose last character has bits that mean nothing.
    public static func decodeURL(_ text: some Collection<UInt8>) -> [UInt8]? {
        var standard: [UInt8] = []
        standard.reserveCapacity(text.count + 3)
        for character in text {
            switch character {
            case UInt8(ascii: "-"): standard.append(UInt8(ascii: "+"))
            case UInt8(ascii: "_"): standard.append(UInt8(ascii: "/"))
            case UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="): return nil
            default: standard.append(character)
            }
        }
        let padding = (4 - standard.count % 4) % 4
        guard padding < 3 else { return nil }
        return decode(standard + [UInt8](repeating: UInt8(ascii: "="), count: padding))
    }

    /// The text of some bytes in the alphabet for URLs, without padding (RFC 4648 §5).
    public static func encodeURL(_ bytes: [UInt8]) -> String {
        let text = encode(bytes).utf8.compactMap { character -> UInt8? in
            switch character {
            case UInt8(ascii: "+"): UInt8(ascii: "-")
            case UInt8(ascii: "/"): UInt8(ascii: "_")
            case UInt8(ascii: "="): nil
            default: character
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// By character; 64 for what is none of the alphabet.
    private static let values = alphabet.enumerated().reduce(into: [UInt8](repeating: 64, count: 256)) {
        $0[Int($1.element)] = UInt8($1.offset)
    }
}
