/// Reads elements of DER (X.690) one after another; for values of extensions, which libcrypto hands over as bytes.
///
/// Low tag numbers and definite, shortest lengths only.
struct DERReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) {
        rest = bytes[...]
    }

    /// Whether everything is read.
    var isAtEnd: Bool { rest.isEmpty }

    /// The next element: its tag byte and its content. `nil` when what stands there is none.
    mutating func next() -> (tag: UInt8, content: [UInt8])? {
        guard let tag = rest.first, tag & 0x1F != 0x1F, let first = rest.dropFirst().first else { return nil }
        var after = rest.dropFirst(2)
        var length = Int(first)
        if first >= 0x80 {
            let digits = Int(first & 0x7F)
            guard (1...3).contains(digits), after.count >= digits, after.first != 0 else { return nil }
            length = after.prefix(digits).reduce(0) { $0 << 8 | Int($1) }
            guard length >= 0x80 else { return nil }
            after = after.dropFirst(digits)
        }
        guard after.count >= length else { return nil }
        rest = after.dropFirst(length)
        return (tag, Array(after.prefix(length)))
    }

    /// The content of bytes that are exactly one element with this tag.
    static func only(_ bytes: [UInt8], tag: UInt8) -> [UInt8]? {
        var reader = DERReader(bytes)
        guard let element = reader.next(), element.tag == tag, reader.isAtEnd else { return nil }
        return element.content
    }

    /// An element as it is written: tag, shortest length, content.
    static func element(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        let count = content.count
        guard count >= 0x80 else { return [tag, UInt8(count)] + content }
        let digits = (Int.bitWidth - count.leadingZeroBitCount + 7) / 8
        let length = (0..<digits).reversed().map { UInt8(truncatingIfNeeded: count >> ($0 * 8)) }
        return [tag, 0x80 | UInt8(digits)] + length + content
    }
}
