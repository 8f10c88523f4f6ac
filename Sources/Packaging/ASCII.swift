/// The character classes that the specifications' grammars use: ASCII only, whatever the locale.
extension UInt8 {
    /// `0` to `9`. Other Unicode digits are not digits here (PEP 440).
    var isDigit: Bool { UInt8(ascii: "0") <= self && self <= UInt8(ascii: "9") }

    /// `a` to `z`.
    var isLowercase: Bool { UInt8(ascii: "a") <= self && self <= UInt8(ascii: "z") }

    /// `A` to `Z`.
    var isUppercase: Bool { UInt8(ascii: "A") <= self && self <= UInt8(ascii: "Z") }

    /// A letter or a digit.
    var isAlphanumeric: Bool { isDigit || isLowercase || isUppercase }

    /// `-`, `_` or `.`: what names and versions take for one another.
    var isSeparator: Bool {
        self == UInt8(ascii: "-") || self == UInt8(ascii: "_") || self == UInt8(ascii: ".")
    }

    /// Space, tab, line feed, vertical tab, form feed or carriage return.
    var isWhitespace: Bool { self == 0x20 || (0x09...0x0D).contains(self) }

    /// The same letter in lower case; everything else unchanged.
    var lowercased: UInt8 { isUppercase ? self | 0x20 : self }
}

extension Collection<UInt8> where SubSequence == ArraySlice<UInt8> {
    /// The bytes without ASCII white space at either end.
    func trimmingWhitespace() -> ArraySlice<UInt8> {
        var bytes = self[startIndex...]
        while let first = bytes.first, first.isWhitespace { bytes.removeFirst() }
        while let last = bytes.last, last.isWhitespace { bytes.removeLast() }
        return bytes
    }
}
