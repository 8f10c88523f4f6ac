/// A place in a text, for grammars that are read from left to right and never go back.
struct TextCursor {
    /// What is not read yet.
    private(set) var rest: ArraySlice<UInt8>

    init(_ text: String) {
        rest = Array(text.utf8)[...]
    }

    /// Whether everything is read.
    var isAtEnd: Bool { rest.isEmpty }

    /// The next byte; `nil` at the end.
    var next: UInt8? { rest.first }

    /// Skips spaces and tabs.
    ///
    /// - Returns: whether there were any.
    @discardableResult
    mutating func skipBlanks() -> Bool {
        !take { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }.isEmpty
    }

    /// Takes one byte if it is the next one.
    mutating func take(_ byte: UInt8) -> Bool {
        guard rest.first == byte else { return false }
        rest.removeFirst()
        return true
    }

    /// Takes a text if it comes next.
    mutating func take(_ text: String) -> Bool {
        guard rest.starts(with: text.utf8) else { return false }
        rest = rest.dropFirst(text.utf8.count)
        return true
    }

    /// Takes as many bytes as fit; none is possible.
    mutating func take(while fits: (UInt8) -> Bool) -> ArraySlice<UInt8> {
        let taken = rest.prefix(while: fits)
        rest = rest[taken.endIndex...]
        return taken
    }

    /// Takes a word if it comes next as a whole: what follows is no letter, digit or `_`.
    mutating func takeWord(_ word: String) -> Bool {
        var ahead = self
        guard ahead.take(while: \.isWordPart).elementsEqual(word.utf8) else { return false }
        self = ahead
        return true
    }

    /// `at 'what is not read yet'`, or `at its end`, for a sentence.
    var place: String {
        isAtEnd ? "at its end" : "at \(PackagingError.quote(rest.prefix(81).text))"
    }
}

extension UInt8 {
    /// A letter, a digit, `_`, or a part of a character beyond ASCII.
    var isWordPart: Bool { isAlphanumeric || self == UInt8(ascii: "_") || self >= 0x80 }

    /// A control character of ASCII.
    var isControl: Bool { self < 0x20 || self == 0x7F }
}

extension ArraySlice<UInt8> {
    /// The bytes as UTF-8.
    var text: String { String(decoding: self, as: UTF8.self) }
}
