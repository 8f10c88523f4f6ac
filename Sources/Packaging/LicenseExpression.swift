/// A licence expression, such as `MIT AND (Apache-2.0 OR GPL-2.0-only WITH Classpath-exception-2.0)`
/// (packaging.python.org, "License expression"; PEP 639; SPDX 2.3, annex D).
public struct LicenseExpression: Hashable, Sendable, CustomStringConvertible {
    /// The longest expression.
    public static let lengthLimitBytes = 4096

    /// The normal form: identifiers as SPDX spells them, operators in upper case, one space between words.
    public let description: String
    /// The identifiers in it that SPDX has deprecated, such as `GPL-2.0`, each once, sorted.
    public let deprecatedIdentifiers: [String]

    /// Reads an expression in any letter case.
    ///
    /// An identifier is one of the SPDX License List, with an optional `+`, or `LicenseRef-` and letters, digits, `.`
    /// and `-`.
    ///
    /// - Throws: `PackagingError` for an unknown identifier, for a text that is no expression, and for one longer than
    ///   ``lengthLimitBytes``.
    public init(_ text: String) throws(PackagingError) {
        guard text.utf8.count <= Self.lengthLimitBytes else {
            throw PackagingError(
                reason: "The licence expression has \(text.utf8.count) bytes; at most \(Self.lengthLimitBytes) are"
                    + " allowed.")
        }
        var reader = LicenseReader()
        for word in Self.words(of: text) { try reader.take(word) }
        description = try reader.finish()
        deprecatedIdentifiers = reader.deprecated.sorted()
    }

    /// Words between white space; a parenthesis is always one of its own.
    private static func words(of text: String) -> [String] {
        var words: [String] = []
        for run in Array(text.utf8).split(whereSeparator: \.isWhitespace) {
            var cursor = TextCursor(run.text)
            while let next = cursor.next {
                let isParenthesis = cursor.take(UInt8(ascii: "(")) || cursor.take(UInt8(ascii: ")"))
                words.append(
                    isParenthesis
                        ? [next][...].text
                        : cursor.take { $0 != UInt8(ascii: "(") && $0 != UInt8(ascii: ")") }.text)
            }
        }
        return words
    }
}

/// Takes an expression word by word and writes its normal form.
private struct LicenseReader {
    /// What the last word was; it decides what may follow.
    private enum Position {
        /// The beginning, or after `(`, `AND` or `OR`: a licence or `(` follows.
        case open
        /// After a licence: `WITH`, an operator or `)` follows.
        case license
        /// After `WITH`: an exception follows.
        case with
        /// After an exception or `)`: an operator or `)` follows.
        case closed
    }

    private(set) var deprecated: Set<String> = []
    private var text = ""
    private var position = Position.open
    private var depth = 0

    mutating func take(_ word: String) throws(PackagingError) {
        switch (word.lowercasedASCII, position) {
        case ("(", .open):
            depth += 1
            append("(", .open)
        case (")", .license), (")", .closed):
            guard depth > 0 else { throw misplaced(word) }
            depth -= 1
            text += ")"
            position = .closed
        case ("and", .license), ("and", .closed): append("AND", .open)
        case ("or", .license), ("or", .closed): append("OR", .open)
        case ("with", .license): append("WITH", .with)
        case ("(", _), (")", _), ("and", _), ("or", _), ("with", _): throw misplaced(word)
        case (_, .open): append(try license(word), .license)
        case (_, .with): append(try exception(word), .closed)
        default: throw misplaced(word)
        }
    }

    func finish() throws(PackagingError) -> String {
        guard depth == 0, position == .license || position == .closed else {
            throw PackagingError(
                reason: text.isEmpty
                    ? "The licence expression is empty." : "The licence expression is not complete: it ends too early.")
        }
        return text
    }

    private mutating func append(_ word: String, _ next: Position) {
        if !text.isEmpty, text.utf8.last != UInt8(ascii: "(") { text += " " }
        text += word
        position = next
    }

    private mutating func license(_ word: String) throws(PackagingError) -> String {
        let lowered = word.lowercasedASCII
        let prefix = "licenseref-"
        if lowered.hasPrefix(prefix) {
            let name = word.utf8.dropFirst(prefix.utf8.count)
            let isPlain = name.allSatisfy {
                $0.isAlphanumeric || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-")
            }
            guard isPlain, !name.isEmpty else {
                throw PackagingError(
                    reason: "\(PackagingError.quote(word)) is not a licence reference: letters, digits, '.' and '-'"
                        + " follow LicenseRef-.")
            }
            return "LicenseRef-" + String(Substring(name))
        }
        let hasPlus = lowered.utf8.last == UInt8(ascii: "+")
        guard let identifier = LicenseList.licenses[hasPlus ? String(lowered.dropLast()) : lowered] else {
            throw PackagingError(
                reason: "\(PackagingError.quote(word)) is not in the SPDX License List \(LicenseList.version); use one"
                    + " of its identifiers, such as MIT, or LicenseRef- and a name for another licence.")
        }
        note(identifier)
        return hasPlus ? identifier + "+" : identifier
    }

    private mutating func exception(_ word: String) throws(PackagingError) -> String {
        guard let identifier = LicenseList.exceptions[word.lowercasedASCII] else {
            throw PackagingError(
                reason: "\(PackagingError.quote(word)) is not an exception of the SPDX License List"
                    + " \(LicenseList.version).")
        }
        note(identifier)
        return identifier
    }

    private mutating func note(_ identifier: String) {
        if LicenseList.deprecated.contains(identifier) { deprecated.insert(identifier) }
    }

    private func misplaced(_ word: String) -> PackagingError {
        PackagingError(
            reason: "The licence expression is not valid at \(PackagingError.quote(word)): licences are joined by AND"
                + " or OR, may be grouped by parentheses and followed by WITH and an exception.")
    }
}
