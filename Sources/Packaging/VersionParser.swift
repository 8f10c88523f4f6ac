extension VersionParts {
    /// Reads a version by PEP 440's grammar (appendix B), in any letter case, without white space around it.
    ///
    /// - Returns: `nil` when `text` does not follow the grammar from its first to its last byte.
    init?(_ text: some Collection<UInt8>) {
        var parser = VersionParser(text)
        guard let parts = parser.version() else { return nil }
        self = parts
    }
}

/// A reader of PEP 440's grammar that takes as much as it can at each step; the grammar never needs to go back.
private struct VersionParser {
    /// What is not read yet, in lower case.
    private var rest: ArraySlice<UInt8>

    init(_ text: some Collection<UInt8>) {
        rest = text.map(\.lowercased)[...]
    }

    mutating func version() -> VersionParts? {
        var parts = VersionParts()
        _ = take("v")
        guard let first = number() else { return nil }
        if take("!") {
            guard let second = number() else { return nil }
            parts.epoch = first
            parts.release = [second]
        } else {
            parts.release = [first]
        }
        while let part = releasePart() { parts.release.append(part) }
        readPrerelease(into: &parts)
        parts.post = postrelease()
        parts.dev = numbered(anyOf: ["dev"])?.number
        if take("+") {
            guard let local = localParts() else { return nil }
            parts.local = local
        }
        return rest.isEmpty ? parts : nil
    }

    private mutating func releasePart() -> VersionParts.Number? {
        let start = rest
        guard take("."), let part = number() else {
            rest = start
            return nil
        }
        return part
    }

    private mutating func readPrerelease(into parts: inout VersionParts) {
        // A longer word stands before each word that it begins with.
        guard let found = numbered(anyOf: ["alpha", "a", "beta", "b", "preview", "pre", "c", "rc"]) else { return }
        switch found.word {
        case "a", "alpha": parts.phase = .alpha
        case "b", "beta": parts.phase = .beta
        default: parts.phase = .candidate
        }
        parts.phaseNumber = found.number
    }

    private mutating func postrelease() -> VersionParts.Number? {
        let start = rest
        if take("-"), let number = number() { return number }
        rest = start
        return numbered(anyOf: ["post", "rev", "r"])?.number
    }

    /// `[-_.]? word [-_.]? N?`
    private mutating func numbered(anyOf words: [String]) -> (word: String, number: VersionParts.Number)? {
        guard let first = rest.first, first.isLowercase || first.isSeparator else { return nil }
        let start = rest
        takeSeparator()
        guard let word = words.first(where: { take($0) }) else {
            rest = start
            return nil
        }
        takeSeparator()
        return (word, number() ?? VersionParts.zero)
    }

    private mutating func localParts() -> [VersionParts.LocalPart]? {
        var parts: [VersionParts.LocalPart] = []
        repeat {
            let part = rest.prefix { $0.isDigit || $0.isLowercase }
            guard !part.isEmpty else { return nil }
            rest = rest[part.endIndex...]
            parts.append(part.allSatisfy(\.isDigit) ? .number(Self.withoutLeadingZeros(part)) : .word(part))
        } while takeSeparator()
        return parts
    }

    private mutating func number() -> VersionParts.Number? {
        let digits = rest.prefix(while: \.isDigit)
        guard !digits.isEmpty else { return nil }
        rest = rest[digits.endIndex...]
        return Self.withoutLeadingZeros(digits)
    }

    private mutating func take(_ word: String) -> Bool {
        guard rest.starts(with: word.utf8) else { return false }
        rest = rest.dropFirst(word.utf8.count)
        return true
    }

    @discardableResult
    private mutating func takeSeparator() -> Bool {
        guard rest.first?.isSeparator == true else { return false }
        rest.removeFirst()
        return true
    }

    private static func withoutLeadingZeros(_ digits: ArraySlice<UInt8>) -> VersionParts.Number {
        let significant = digits.drop { $0 == UInt8(ascii: "0") }
        return significant.isEmpty ? VersionParts.zero : significant
    }
}
