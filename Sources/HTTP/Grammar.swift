/// The bytes and character classes of RFC 9110 §5.6 and RFC 3986, for parsers that work on bytes.
enum Grammar {
    static let tab: UInt8 = 0x09
    static let lineFeed: UInt8 = 0x0A
    static let carriageReturn: UInt8 = 0x0D
    static let space: UInt8 = 0x20
    static let quote: UInt8 = 0x22
    static let percent: UInt8 = 0x25
    static let asterisk: UInt8 = 0x2A
    static let plus: UInt8 = 0x2B
    static let comma: UInt8 = 0x2C
    static let hyphen: UInt8 = 0x2D
    static let dot: UInt8 = 0x2E
    static let slash: UInt8 = 0x2F
    static let zero: UInt8 = 0x30
    static let nine: UInt8 = 0x39
    static let colon: UInt8 = 0x3A
    static let semicolon: UInt8 = 0x3B
    static let equals: UInt8 = 0x3D
    static let questionMark: UInt8 = 0x3F
    static let backslash: UInt8 = 0x5C
    static let delete: UInt8 = 0x7F

    // One bit per ASCII byte, low half and high half.
    private static var tokenLow: UInt64 { 0x03FF_6CFA_0000_0000 }
    private static var tokenHigh: UInt64 { 0x57FF_FFFF_C7FF_FFFE }
    private static var pathLow: UInt64 { 0x2FFF_FFD2_0000_0000 }
    private static var pathHigh: UInt64 { 0x47FF_FFFE_87FF_FFFF }

    /// `tchar`, RFC 9110 §5.6.2: letters, digits, ``!#$%&'*+-.^_`|~``.
    @inline(__always)
    static func isToken(_ byte: UInt8) -> Bool {
        let half = byte < 0x40 ? tokenLow : tokenHigh
        return byte < 0x80 && (half >> UInt64(byte & 0x3F)) & 1 == 1
    }

    /// `pchar` without percent-encoding, or `/` (RFC 3986 §3.3).
    @inline(__always)
    static func isPath(_ byte: UInt8) -> Bool {
        let half = byte < 0x40 ? pathLow : pathHigh
        return byte < 0x80 && (half >> UInt64(byte & 0x3F)) & 1 == 1
    }

    /// `field-vchar`, space or tab (RFC 9110 §5.5): everything but the other control bytes.
    @inline(__always)
    static func isFieldValue(_ byte: UInt8) -> Bool {
        byte >= space && byte != delete || byte == tab
    }

    /// Space or tab: `OWS`, RFC 9110 §5.6.3.
    @inline(__always)
    static func isBlank(_ byte: UInt8) -> Bool { byte == space || byte == tab }

    /// `DIGIT`.
    @inline(__always)
    static func isDigit(_ byte: UInt8) -> Bool { byte >= zero && byte <= nine }

    /// `ALPHA`.
    @inline(__always)
    static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7A }

    /// The value of a hexadecimal digit, `nil` for other bytes.
    @inline(__always)
    static func hexValue(_ byte: UInt8) -> UInt8? {
        if isDigit(byte) { return byte - zero }
        let lower = byte | 0x20
        return lower >= 0x61 && lower <= 0x66 ? lower - 0x61 + 10 : nil
    }

    /// The lower-case form of an ASCII letter; other bytes as they are.
    @inline(__always)
    static func lowercase(_ byte: UInt8) -> UInt8 { byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte }
}

extension Span<UInt8> {
    /// The index of the first `wanted` byte at or after `start`, `nil` when there is none. Several GB/s.
    func firstIndex(of wanted: UInt8, from start: Int) -> Int? {
        let pattern = Words.all(wanted)
        var at = start
        while count - at >= 8, !Words.hasZero(word(at) ^ pattern) { at += 8 }
        while at < count {
            if self[at] == wanted { return at }
            at += 1
        }
        return nil
    }

    /// The index of the first byte at or after `start` that is `first` and is followed by `second`, `nil` when there is
    /// none. In content the pair is far rarer than either byte, so the quick loop is seldom left.
    func firstIndex(of first: UInt8, followedBy second: UInt8, from start: Int) -> Int? {
        let firsts = Words.all(first)
        let seconds = Words.all(second)
        var at = start
        while count - at >= 9, !Words.hasZero((word(at) ^ firsts) | (word(at + 1) ^ seconds)) { at += 8 }
        while at + 1 < count {
            if self[at] == first, self[at + 1] == second { return at }
            at += 1
        }
        return nil
    }

    /// The index of the first byte at or after `start` that no field value may hold, the count when there is none.
    func endOfFieldValue(from start: Int) -> Int {
        var at = start
        while count - at >= 8 {
            let controls = Words.controls(word(at))
            guard controls != 0 else {
                at += 8
                continue
            }
            at += controls.trailingZeroBitCount / 8
            guard self[at] == Grammar.tab else { return at }
            at += 1
        }
        while at < count, Grammar.isFieldValue(self[at]) { at += 1 }
        return at
    }

    /// Eight bytes, the first in the lowest bits. One check of the bounds and one load.
    @inline(__always)
    private func word(_ start: Int) -> UInt64 {
        let bytes = extracting(start..<start + 8)
        var word: UInt64 = 0
        for at in 0..<8 { word |= UInt64(bytes[at]) << UInt64(8 * at) }
        return word
    }
}

/// Tests of eight bytes at once.
private enum Words {
    /// Eight times the same byte.
    @inline(__always)
    static func all(_ byte: UInt8) -> UInt64 { UInt64(byte) &* 0x0101_0101_0101_0101 }

    /// Whether a byte is 0: only then does taking 1 set a high bit that was not set.
    @inline(__always)
    static func hasZero(_ word: UInt64) -> Bool {
        (word &- all(0x01)) & ~word & all(0x80) != 0
    }

    /// The highest bit of the lowest byte that is below 0x20 or is 0x7F, and perhaps of higher bytes; 0 without such a
    /// byte. A subtraction borrows from the next byte only where the lower one is found.
    @inline(__always)
    static func controls(_ word: UInt64) -> UInt64 {
        ((word &- all(0x20)) | ((word ^ all(Grammar.delete)) &- all(0x01))) & ~word & all(0x80)
    }
}

extension ArraySlice<UInt8> {
    /// Without spaces and tabs at both ends.
    var trimmed: ArraySlice<UInt8> {
        var slice = self
        while let first = slice.first, Grammar.isBlank(first) { slice.removeFirst() }
        while let last = slice.last, Grammar.isBlank(last) { slice.removeLast() }
        return slice
    }

    /// Compares with an ASCII word given in lower case; letters match in both cases.
    func matches(_ lowercase: String) -> Bool {
        guard lowercase.utf8.count == count else { return false }
        let word = lowercase.utf8.span
        let bytes = span
        for at in bytes.indices where Grammar.lowercase(bytes[at]) != word[at] { return false }
        return true
    }

    /// The non-negative decimal number that the slice spells, at most `Int64.max`; `nil` for anything but digits.
    /// Larger numbers become `Int64.max`.
    var saturatingDecimal: Int64? {
        guard !isEmpty else { return nil }
        var value: Int64 = 0
        for byte in self {
            guard Grammar.isDigit(byte) else { return nil }
            let (product, tooLarge) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflow) = product.addingReportingOverflow(Int64(byte - Grammar.zero))
            value = tooLarge || overflow ? .max : sum
        }
        return value
    }

    /// The elements of a comma-separated list (RFC 9110 §5.6.1), trimmed, without the empty ones. Commas inside
    /// quoted strings do not separate.
    var listElements: [ArraySlice<UInt8>] { separated(by: Grammar.comma).filter { !$0.isEmpty } }

    /// Parts between separators outside quoted strings, trimmed.
    func separated(by separator: UInt8) -> [ArraySlice<UInt8>] {
        var parts: [ArraySlice<UInt8>] = []
        var start = startIndex
        var isQuoted = false
        var isEscaped = false
        for at in indices {
            let byte = self[at]
            if isEscaped {
                isEscaped = false
            } else if isQuoted {
                isEscaped = byte == Grammar.backslash
                isQuoted = byte != Grammar.quote
            } else if byte == Grammar.quote {
                isQuoted = true
            } else if byte == separator {
                parts.append(self[start..<at].trimmed)
                start = at + 1
            }
        }
        parts.append(self[start...].trimmed)
        return parts
    }
}
