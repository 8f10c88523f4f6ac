/// Character references of HTML, such as `&amp;` and `&#58;`.
enum CharacterReference {
    /// Where a reference ends that begins here; `nil` when none does.
    static func end(in text: ArraySlice<UInt8>, from start: Int) -> Int? {
        var index = start + 1
        if index < text.endIndex, text[index] == UInt8(ascii: "#") { index += 1 }
        let first = index
        while index < text.endIndex, index - first < 32, text[index].isAlphanumeric { index += 1 }
        guard index > first, index < text.endIndex, text[index] == UInt8(ascii: ";") else { return nil }
        return index + 1
    }

    /// A value with its references replaced by what they stand for.
    ///
    /// Names that are not in the table stay as they were written: the value is escaped again, so that a browser sees what was
    /// checked here.
    static func decode(_ value: ArraySlice<UInt8>) -> String {
        guard value.contains(UInt8(ascii: "&")) else { return String(decoding: value, as: UTF8.self) }
        var decoded: [UInt8] = []
        var index = value.startIndex
        while index < value.endIndex {
            if value[index] == UInt8(ascii: "&"), let end = end(in: value, from: index),
                let scalar = scalar(value[(index + 1)..<(end - 1)])
            {
                decoded += String(Character(scalar)).utf8
                index = end
            } else {
                decoded.append(value[index])
                index += 1
            }
        }
        return String(decoding: decoded, as: UTF8.self)
    }

    private static func scalar(_ name: ArraySlice<UInt8>) -> Unicode.Scalar? {
        let text = String(decoding: name, as: UTF8.self)
        guard text.hasPrefix("#") else { return named[text] }
        let isHexadecimal = text.dropFirst().first.map { $0 == "x" || $0 == "X" } ?? false
        let digits = text.dropFirst(isHexadecimal ? 2 : 1)
        return UInt32(digits, radix: isHexadecimal ? 16 : 10).flatMap(Unicode.Scalar.init)
    }

    private static let named: [String: Unicode.Scalar] = [
        "amp": "&", "AMP": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'", "nbsp": "\u{A0}", "colon": ":",
        "Tab": "\t", "NewLine": "\n", "sol": "/", "num": "#", "commat": "@", "period": ".", "lpar": "(", "rpar": ")",
        "copy": "\u{A9}", "middot": "\u{B7}", "hellip": "\u{2026}", "mdash": "\u{2014}", "ndash": "\u{2013}",
    ]
}

extension UInt8 {
    var isAlphanumeric: Bool { isLetter || (0x30...0x39).contains(self) }
    var isLetter: Bool { (0x61...0x7A).contains(self | 0x20) }
    var isSpace: Bool { self == 0x20 || (0x09...0x0D).contains(self) }
}
