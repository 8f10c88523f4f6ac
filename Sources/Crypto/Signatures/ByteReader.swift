/// Reads big-endian integers and runs of bytes one after another; `nil` where too few are left.
struct ByteReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) {
        rest = bytes[...]
    }

    /// Whether everything is read.
    var isAtEnd: Bool { rest.isEmpty }

    /// How many bytes are not read yet.
    var count: Int { rest.count }

    /// The next byte.
    mutating func byte() -> UInt8? {
        rest.popFirst()
    }

    /// The next integer of 1 to 4 bytes.
    mutating func integer(bytes: Int) -> Int? {
        take(bytes)?.reduce(0) { $0 << 8 | Int($1) }
    }

    /// The next so many bytes.
    mutating func take(_ count: Int) -> [UInt8]? {
        guard count >= 0, rest.count >= count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }

    /// Bytes after their length, as an integer of so many bytes.
    mutating func block(lengthBytes: Int) -> [UInt8]? {
        guard let length = integer(bytes: lengthBytes) else { return nil }
        return take(length)
    }

    /// Everything that is left.
    mutating func remainder() -> [UInt8] {
        defer { rest = [] }
        return Array(rest)
    }
}

/// An integer of so many bytes, big-endian.
func bigEndian(_ value: Int, bytes: Int) -> [UInt8] {
    (0..<bytes).reversed().map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
}

/// A number without its leading zeros as one of exactly so many bytes; `nil` when it is longer.
func padded(_ number: [UInt8], to count: Int) -> [UInt8]? {
    let digits = number.drop { $0 == 0 }
    guard digits.count <= count else { return nil }
    return [UInt8](repeating: 0, count: count - digits.count) + digits
}
