/// Names as the language Python has them (The Python Language Reference, "Identifiers and keywords").
enum PythonName {
    /// Whether `text` is one identifier. It may be a keyword.
    static func isIdentifier(_ text: Substring) -> Bool {
        guard let first = text.unicodeScalars.first else { return false }
        guard first == "_" || first.properties.isXIDStart else { return false }
        return text.unicodeScalars.dropFirst().allSatisfy(\.properties.isXIDContinue)
    }

    /// Whether `text` is identifiers with a `.` between them.
    static func isDotted(_ text: String) -> Bool {
        text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy(isIdentifier)
    }

    /// The words that no module can be named.
    static let keywords: Set<String> = [
        "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del",
        "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal",
        "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
    ]
}

/// A value of `Import-Name` or `Import-Namespace`: `package.module`, or `package.module; private` (PEP 794).
struct ImportName {
    /// The dotted name.
    let name: String

    /// - Throws: `PackagingError` when the name is not one that Python can import, or what follows is not `private`.
    init(_ text: String) throws(PackagingError) {
        var cursor = TextCursor(text)
        name = cursor.take { $0 != UInt8(ascii: ";") && !$0.isWhitespace }.text
        cursor.skipBlanks()
        guard PythonName.isDotted(name) else {
            throw PackagingError(reason: "It must be a name that Python can import, such as package.module.")
        }
        if let word = name.split(separator: ".").first(where: { PythonName.keywords.contains(String($0)) }) {
            throw PackagingError(reason: "'\(word)' is a keyword of Python.")
        }
        guard !cursor.isAtEnd else { return }
        let isSeparated = cursor.take(UInt8(ascii: ";"))
        cursor.skipBlanks()
        guard isSeparated, cursor.take("private"), cursor.isAtEnd else {
            throw PackagingError(reason: "Only '; private' may follow the name.")
        }
    }
}
