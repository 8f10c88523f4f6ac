/// What a project needs of another one, such as `requests[socks] >= 2.8 ; python_version < "3.9"` (packaging.python.org,
/// "Dependency specifiers"; PEP 508), or `name @ URL`. The old form `name (>=1)` is read too.
public struct Requirement: Sendable, CustomStringConvertible {
    /// The longest requirement.
    public static let lengthLimitBytes = 8192

    /// The project, with the spelling of the requirement.
    public let name: ProjectName
    /// The extras with their spelling, sorted, each once.
    public let extras: [String]
    /// The versions that fit; empty when all do, or when there is a ``url``.
    public let specifier: VersionSpecifierSet
    /// The address of a direct reference: printable and without blanks, otherwise unchecked.
    public let url: String?
    /// When the requirement applies; `nil` for always.
    public let marker: Marker?

    /// Reads a requirement; blanks around it are ignored.
    ///
    /// - Throws: `PackagingError` that names the place, when `text` does not follow the grammar from its first to its
    ///   last byte or is longer than ``lengthLimitBytes``.
    public init(_ text: String) throws(PackagingError) {
        guard text.utf8.count <= Self.lengthLimitBytes else {
            throw PackagingError(
                reason: "The requirement has \(text.utf8.count) bytes; at most \(Self.lengthLimitBytes) are allowed.")
        }
        var cursor = TextCursor(text)
        cursor.skipBlanks()
        name = try Self.name(&cursor, "the name of a project")
        cursor.skipBlanks()
        extras = try Self.extras(&cursor)
        cursor.skipBlanks()
        if cursor.take(UInt8(ascii: "@")) {
            url = try Self.url(&cursor)
            specifier = try VersionSpecifierSet("")
        } else {
            url = nil
            specifier = try Self.specifier(&cursor)
        }
        cursor.skipBlanks()
        if cursor.take(UInt8(ascii: ";")) {
            marker = try Marker(&cursor)
            return
        }
        marker = nil
        guard cursor.isAtEnd else { throw Self.misplaced(cursor, "a version specifier, ';' or its end") }
    }

    /// The normal form: the spelling of names, the rest sorted and without needless blanks and parentheses.
    public var description: String {
        var text = name.text
        if !extras.isEmpty { text += "[" + extras.joined(separator: ",") + "]" }
        if let url { text += " @ " + url + (marker == nil ? "" : " ") } else { text += specifier.normalForm }
        if let marker { text += "; " + marker.description }
        return text
    }
}

extension Requirement {
    private static func name(
        _ cursor: inout TextCursor, _ expected: String
    ) throws(PackagingError) -> ProjectName {
        let name = cursor.take { $0.isAlphanumeric || $0.isSeparator }
        guard !name.isEmpty else { throw misplaced(cursor, expected) }
        return try ProjectName(name.text)
    }

    /// `[a, b]`, which may be empty or absent.
    private static func extras(_ cursor: inout TextCursor) throws(PackagingError) -> [String] {
        guard cursor.take(UInt8(ascii: "[")) else { return [] }
        cursor.skipBlanks()
        var names: Set<String> = []
        guard !cursor.take(UInt8(ascii: "]")) else { return [] }
        repeat {
            cursor.skipBlanks()
            names.insert(try name(&cursor, "the name of an extra").text)
            cursor.skipBlanks()
        } while cursor.take(UInt8(ascii: ","))
        guard cursor.take(UInt8(ascii: "]")) else { throw misplaced(cursor, "',' or ']'") }
        return names.sorted()
    }

    private static func url(_ cursor: inout TextCursor) throws(PackagingError) -> String {
        cursor.skipBlanks()
        let url = cursor.take { $0 > 0x20 && !$0.isControl }
        guard !url.isEmpty else { throw misplaced(cursor, "an address without control characters") }
        // The address ends in a blank, since it may contain a semicolon.
        guard cursor.isAtEnd || cursor.skipBlanks() else { throw misplaced(cursor, "a blank or its end") }
        return url.text
    }

    /// `>=1,<2`, the same in parentheses, or nothing.
    private static func specifier(_ cursor: inout TextCursor) throws(PackagingError) -> VersionSpecifierSet {
        let isEnclosed = cursor.take(UInt8(ascii: "("))
        guard isEnclosed || cursor.next.map({ "<>=!~,".utf8.contains($0) }) == true else {
            return try VersionSpecifierSet("")
        }
        let start = cursor
        let end = UInt8(ascii: isEnclosed ? ")" : ";")
        let text = cursor.take { $0 != end }
        guard !isEnclosed || cursor.take(end) else { throw misplaced(cursor, "')'") }
        let clauses = text.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        // One comma may be left over at the end; other tools write it.
        let isGapless = clauses.dropLast().allSatisfy { !$0.trimmingWhitespace().isEmpty }
        guard isGapless, text.allSatisfy({ $0 == UInt8(ascii: "\t") || !$0.isControl }) else {
            throw misplaced(start, "a version specifier without empty clauses and line ends")
        }
        return try VersionSpecifierSet(text.text)
    }

    private static func misplaced(_ cursor: TextCursor, _ expected: String) -> PackagingError {
        PackagingError(reason: "The requirement is not valid \(cursor.place): \(expected) belongs there.")
    }
}
