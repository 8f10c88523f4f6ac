/// One element of `Accept` or `Accept-Encoding`: where its name lies, and its weight (RFC 9110 §12.4.2).
struct WeightedElement {
    let start: Int
    /// The slash of `type/subtype`, `nil` in a plain token.
    let slash: Int?
    let end: Int
    /// Thousandths, 1000 without a weight.
    let quality: Int

    /// Whether the name is this lower-case word, in any case.
    func isNamed(_ word: String, in value: Span<UInt8>) -> Bool {
        guard end - start == word.utf8.count else { return false }
        let word = word.utf8.span
        for at in word.indices where Grammar.lowercase(value[start + at]) != word[at] { return false }
        return true
    }

    /// The next element at or after `position`, which moves behind it; `nil` at the end. Broken elements are passed over.
    /// Parameters other than `q` are read and ignored.
    static func next(_ value: Span<UInt8>, at position: inout Int) -> WeightedElement? {
        while true {
            while position < value.count, Grammar.isBlank(value[position]) || value[position] == Grammar.comma {
                position += 1
            }
            guard position < value.count else { return nil }
            if let element = read(value, at: &position) { return element }
            skipElement(value, at: &position)
        }
    }

    private static func read(_ value: Span<UInt8>, at position: inout Int) -> WeightedElement? {
        let start = position
        guard skipToken(value, at: &position) else { return nil }
        var slash: Int?
        if position < value.count, value[position] == Grammar.slash {
            slash = position
            position += 1
            guard skipToken(value, at: &position) else { return nil }
        }
        let end = position
        var quality: Int?
        while true {
            skipBlanks(value, at: &position)
            guard position < value.count, value[position] != Grammar.comma else { break }
            guard value[position] == Grammar.semicolon else { return nil }
            position += 1
            skipBlanks(value, at: &position)
            guard let weight = readParameter(value, at: &position) else { return nil }
            // What follows the weight belongs to no range (RFC 9110 §12.5.1).
            if quality == nil, weight >= 0 { quality = weight }
        }
        return WeightedElement(start: start, slash: slash, end: end, quality: quality ?? 1000)
    }

    /// Reads `name=value`; the weight of a `q`, -1 for others and for none at all; `nil` for broken syntax.
    private static func readParameter(_ value: Span<UInt8>, at position: inout Int) -> Int? {
        let start = position
        guard skipToken(value, at: &position) else { return -1 }
        guard position < value.count, value[position] == Grammar.equals else { return -1 }
        let isWeight = position - start == 1 && Grammar.lowercase(value[start]) == UInt8(ascii: "q")
        position += 1
        let valueStart = position
        if position < value.count, value[position] == Grammar.quote {
            guard !isWeight, skipQuoted(value, at: &position) else { return nil }
            return -1
        }
        guard skipToken(value, at: &position) else { return nil }
        return isWeight ? weight(value.extracting(valueStart..<position)) : -1
    }

    /// `0` or `1` and up to three decimals, at most 1; `nil` for anything else.
    private static func weight(_ bytes: Span<UInt8>) -> Int? {
        guard bytes.count <= 5, bytes[0] == Grammar.zero || bytes[0] == UInt8(ascii: "1") else { return nil }
        guard bytes.count == 1 || bytes[1] == Grammar.dot else { return nil }
        var quality = Int(bytes[0] - Grammar.zero) * 1000
        var unit = 100
        for at in bytes.indices.dropFirst(2) {
            guard Grammar.isDigit(bytes[at]) else { return nil }
            quality += Int(bytes[at] - Grammar.zero) * unit
            unit /= 10
        }
        return quality <= 1000 ? quality : nil
    }

    private static func skipBlanks(_ value: Span<UInt8>, at position: inout Int) {
        while position < value.count, Grammar.isBlank(value[position]) { position += 1 }
    }

    /// `false` when there is no token.
    private static func skipToken(_ value: Span<UInt8>, at position: inout Int) -> Bool {
        let start = position
        while position < value.count, Grammar.isToken(value[position]) { position += 1 }
        return position > start
    }

    /// From a quote to behind its partner; `false` when that is missing.
    private static func skipQuoted(_ value: Span<UInt8>, at position: inout Int) -> Bool {
        position += 1
        while position < value.count {
            let byte = value[position]
            position += byte == Grammar.backslash ? 2 : 1
            if byte == Grammar.quote { return true }
        }
        position = value.count
        return false
    }

    /// Goes on to the next comma outside quotes.
    private static func skipElement(_ value: Span<UInt8>, at position: inout Int) {
        while position < value.count, value[position] != Grammar.comma {
            if value[position] == Grammar.quote {
                _ = skipQuoted(value, at: &position)
            } else {
                position += 1
            }
        }
    }
}
