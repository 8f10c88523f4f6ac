/// The condition of a requirement on the environment, such as `python_version < "3.9" and extra == "test"`
/// (packaging.python.org, "Dependency specifiers", "Environment markers"; PEP 508). It is not evaluated here.
public struct Marker: Sendable, CustomStringConvertible {
    /// The deepest nesting of parentheses.
    public static let depthLimit = 32

    /// The normal form: one space between words, `"` around texts, parentheses only around a combination within
    /// another one, variables by their present names, names of extras and dependency groups normalized (PEP 685).
    public let description: String

    /// Reads a marker.
    ///
    /// - Throws: `PackagingError` that names the place, when `text` does not follow the grammar from its first to its
    ///   last byte or nests deeper than ``depthLimit``.
    public init(_ text: String) throws(PackagingError) {
        var cursor = TextCursor(text)
        try self.init(&cursor)
    }

    /// Reads a marker to the end of the text.
    init(_ cursor: inout TextCursor) throws(PackagingError) {
        var reader = MarkerReader(cursor: cursor)
        description = try reader.expression(depth: 0).text
        cursor = reader.cursor
        guard cursor.isAtEnd else {
            throw PackagingError(
                reason: "The marker is not valid \(cursor.place): 'and', 'or' or its end belongs there.")
        }
    }
}

private struct MarkerReader {
    var cursor: TextCursor

    /// A part of a marker in normal form.
    struct Part {
        let text: String
        /// Whether it stands in parentheses within something larger.
        let isCombination: Bool
    }

    /// `atom ((and | or) atom)*`. Both operators are at one level here, since nothing is evaluated.
    mutating func expression(depth: Int) throws(PackagingError) -> Part {
        guard depth <= Marker.depthLimit else {
            throw PackagingError(
                reason: "The marker nests parentheses deeper than \(Marker.depthLimit) levels \(cursor.place).")
        }
        let first = try atom(depth: depth)
        var words = [first]
        while let word = ["and", "or"].first(where: { cursor.takeWord($0) }) {
            words.append(Part(text: word, isCombination: false))
            words.append(try atom(depth: depth))
        }
        guard words.count > 1 else { return first }
        let texts = words.map { $0.isCombination ? "(\($0.text))" : $0.text }
        return Part(text: texts.joined(separator: " "), isCombination: true)
    }

    /// `(marker)` or a comparison, with blanks around it.
    private mutating func atom(depth: Int) throws(PackagingError) -> Part {
        cursor.skipBlanks()
        defer { cursor.skipBlanks() }
        guard cursor.take(UInt8(ascii: "(")) else { return try comparison() }
        let inner = try expression(depth: depth + 1)
        guard cursor.take(UInt8(ascii: ")")) else { throw misplaced("')', 'and' or 'or'") }
        return inner
    }

    private mutating func comparison() throws(PackagingError) -> Part {
        var left = try operand()
        cursor.skipBlanks()
        let comparison = try comparisonOperator()
        cursor.skipBlanks()
        var right = try operand()
        // A name is the operand of the variable on the other side; a set stands on the right only.
        if left.isName {
            right = right.normalizedName
        } else if right.isName || right.isSet {
            left = left.normalizedName
        }
        return Part(text: "\(left.text) \(comparison) \(right.text)", isCombination: false)
    }

    private mutating func comparisonOperator() throws(PackagingError) -> String {
        let symbols = ["===", "==", "~=", "!=", "<=", ">=", "<", ">"]
        if let symbol = symbols.first(where: { cursor.take($0) }) { return symbol }
        if cursor.takeWord("in") { return "in" }
        if cursor.takeWord("not"), cursor.skipBlanks(), cursor.takeWord("in") { return "not in" }
        throw misplaced("a comparison (==, !=, <, <=, >, >=, ~=, ===, in, not in)")
    }

    private enum Operand {
        case variable(String)
        case value(String)

        var isName: Bool { if case .variable("extra") = self { true } else { false } }

        var isSet: Bool {
            guard case .variable(let name) = self else { return false }
            return name == "extras" || name == "dependency_groups"
        }

        var normalizedName: Operand {
            guard case .value(let text) = self else { return self }
            return .value(ProjectName.normalize(text))
        }

        var text: String {
            switch self {
            case .variable(let name): name
            case .value(let text): text.utf8.contains(UInt8(ascii: "\"")) ? "'\(text)'" : "\"\(text)\""
            }
        }
    }

    private mutating func operand() throws(PackagingError) -> Operand {
        guard let quote = cursor.next, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else {
            return .variable(try variable())
        }
        let start = cursor
        _ = cursor.take(quote)
        // A backslash would begin an escape sequence for some tools and not for others; the grammar has none.
        let text = cursor.take {
            $0 != quote && $0 != UInt8(ascii: "\\") && ($0 == UInt8(ascii: "\t") || !$0.isControl)
        }
        guard cursor.take(quote) else {
            throw PackagingError(
                reason: "The marker is not valid \(start.place): a text ends in the quotation mark that it begins with,"
                    + " and has neither '\\' nor control characters.")
        }
        return .value(text.text)
    }

    private mutating func variable() throws(PackagingError) -> String {
        let start = cursor
        let word = cursor.take { $0.isWordPart || $0 == UInt8(ascii: ".") }
        guard let name = Self.variables[word.text] else {
            cursor = start
            throw misplaced("a variable such as python_version, or a text in quotation marks")
        }
        return name
    }

    private func misplaced(_ expected: String) -> PackagingError {
        PackagingError(reason: "The marker is not valid \(cursor.place): \(expected) belongs there.")
    }

    /// The variables by all of their names; those with a dot and `python_implementation` are of older days.
    private static let variables: [String: String] = {
        var names = [
            "os.name": "os_name", "sys.platform": "sys_platform", "platform.version": "platform_version",
            "platform.machine": "platform_machine", "python_implementation": "platform_python_implementation",
            "platform.python_implementation": "platform_python_implementation",
        ]
        let present = [
            "python_version", "python_full_version", "os_name", "sys_platform", "platform_release", "platform_system",
            "platform_version", "platform_machine", "platform_python_implementation", "implementation_name",
            "implementation_version", "extra", "extras", "dependency_groups",
        ]
        for name in present { names[name] = name }
        return names
    }()
}
