/// What a wheel offers to other programs, in the file `entry_points.txt` (packaging.python.org, "Entry points
/// specification").
///
/// The file is read as Python's `configparser` reads it with `=` as the only delimiter, since installers do.
public struct EntryPoints: Sendable {
    /// The longest file.
    public static let sizeLimitBytes = 256 << 10

    /// One entry point.
    public struct EntryPoint: Hashable, Sendable {
        /// Unique within its group; of a script, the name of the command.
        public let name: String
        /// The object reference, with extras in brackets in old files; continuation lines are joined by line feeds.
        public let value: String
    }

    /// The entry points of each group, in the order of the file.
    public let groups: [String: [EntryPoint]]

    /// Reads a file.
    ///
    /// - Throws: `PackagingError` when it is longer than ``sizeLimitBytes``, not UTF-8, contains a NUL, is not of the
    ///   form above, has a group or a name in a group twice, or a script whose name is not letters, digits, `_`, `.`
    ///   and `-`: installers make a file of that name.
    public init(_ bytes: [UInt8]) throws(PackagingError) {
        guard bytes.count <= Self.sizeLimitBytes else {
            throw PackagingError(
                reason: "The file entry_points.txt has \(bytes.count) bytes; at most \(Self.sizeLimitBytes) are"
                    + " allowed.")
        }
        guard let text = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else {
            throw PackagingError(reason: "The file entry_points.txt is not UTF-8 text; save it as UTF-8 without NUL.")
        }
        var reader = EntryPointReader()
        for (index, line) in Array(text.utf8).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .enumerated()
        {
            try reader.take(line, number: index + 1)
        }
        groups = reader.finish()
        for group in Self.scriptGroups {
            for script in groups[group] ?? [] { try Self.checkCommand(script.name, group) }
        }
    }

    /// What installers stumble over but the specification leaves to them: sentences for the uploader.
    public var warnings: [String] {
        groups.sorted { $0.key < $1.key }.flatMap { group, entries in
            var warnings: [String] = []
            let isPlain = group.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { part in
                !part.isEmpty && part.unicodeScalars.allSatisfy(Self.isWordScalar)
            }
            if !isPlain {
                warnings.append(
                    "The file entry_points.txt has the group \(PackagingError.quote(group)); groups are letters, digits"
                        + " and '_', with '.' between them.")
            }
            let isScript = Self.scriptGroups.contains(group)
            for entry in entries where !Self.isReference(entry.value, needsObject: isScript) {
                warnings.append(
                    "The file entry_points.txt has the value \(PackagingError.quote(entry.value)) for"
                        + " \(PackagingError.quote(entry.name)) in \(PackagingError.quote(group)); it must be"
                        + (isScript ? " package.module:function." : " package.module or package.module:object."))
            }
            return warnings
        }
    }

    private static let scriptGroups = ["console_scripts", "gui_scripts"]

    private static func checkCommand(_ name: String, _ group: String) throws(PackagingError) {
        let isPlain = name.unicodeScalars.allSatisfy { isWordScalar($0) || $0 == "." || $0 == "-" }
        guard isPlain, name != ".", name != ".." else {
            throw PackagingError(
                reason: "The file entry_points.txt has the entry point name \(PackagingError.quote(name)) in"
                    + " '\(group)'; a command is named by letters, digits, '_', '.' and '-'.")
        }
    }

    /// What `\w` means in Python.
    private static func isWordScalar(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return UInt8(truncatingIfNeeded: scalar.value).isWordPart }
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber,
            .letterNumber, .otherNumber:
            return true
        default: return false
        }
    }

    /// `module.path`, `module.path:object.path`, and `[extras]` after either.
    private static func isReference(_ value: String, needsObject: Bool) -> Bool {
        let bytes = Array(value.utf8)
        let bracket = bytes.firstIndex(of: UInt8(ascii: "[")) ?? bytes.endIndex
        if bracket < bytes.endIndex {
            guard (try? Requirement("x" + bytes[bracket...].text))?.specifier.isEmpty == true else { return false }
        }
        let parts = bytes[..<bracket].split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard parts.count == 2 || (parts.count == 1 && !needsObject) else { return false }
        return parts.allSatisfy { PythonName.isDotted($0.trimmingWhitespace().text) }
    }
}

/// Takes the lines of an INI file. Comments are whole lines that begin with `#` or `;`; a line that is indented deeper
/// than the option before it continues its value.
private struct EntryPointReader {
    private struct Option {
        let name: String
        var lines: [String]
    }

    private var options: [String: [Option]] = [:]
    /// The names in the group that is open.
    private var names: Set<String> = []
    private var group: String?
    private var indent = 0

    mutating func take(_ line: ArraySlice<UInt8>, number: Int) throws(PackagingError) {
        let text = line.trimmingWhitespace()
        if text.first == UInt8(ascii: "#") || text.first == UInt8(ascii: ";") { return }
        guard !text.isEmpty else {
            // An empty line does not end a value.
            if !names.isEmpty { continueValue("") }
            return
        }
        let depth = text.startIndex - line.startIndex
        guard names.isEmpty || depth <= indent else {
            continueValue(text.text)
            return
        }
        indent = depth
        if let header = Self.header(text) {
            try open(header, number)
        } else {
            try add(text, number)
        }
    }

    func finish() -> [String: [EntryPoints.EntryPoint]] {
        options.mapValues { options in
            options.map { option in
                var lines = option.lines
                while lines.last == "" { lines.removeLast() }
                return EntryPoints.EntryPoint(name: option.name, value: lines.joined(separator: "\n"))
            }
        }
    }

    /// `[group]`; what follows the last bracket is ignored.
    private static func header(_ text: ArraySlice<UInt8>) -> String? {
        guard text.first == UInt8(ascii: "["), let end = text.lastIndex(of: UInt8(ascii: "]")),
            end > text.startIndex + 1
        else { return nil }
        return text[(text.startIndex + 1)..<end].text
    }

    private mutating func open(_ header: String, _ number: Int) throws(PackagingError) {
        guard options.updateValue([], forKey: header) == nil else {
            throw Self.error(number, "has the group \(PackagingError.quote(header)) for a second time")
        }
        group = header
        names = []
    }

    private mutating func add(_ text: ArraySlice<UInt8>, _ number: Int) throws(PackagingError) {
        guard let group else { throw Self.error(number, "has \(PackagingError.quote(text.text)) before any [group]") }
        guard let sign = text.firstIndex(of: UInt8(ascii: "=")), sign > text.startIndex else {
            throw Self.error(number, "has \(PackagingError.quote(text.text)), which is not 'name = value'")
        }
        let name = text[..<sign].trimmingWhitespace().text
        guard names.insert(name).inserted else {
            throw Self.error(number, "has the name \(PackagingError.quote(name)) for a second time")
        }
        options[group]?.append(Option(name: name, lines: [text[(sign + 1)...].trimmingWhitespace().text]))
    }

    private mutating func continueValue(_ text: String) {
        guard let group, let last = options[group]?.indices.last else { return }
        options[group]?[last].lines.append(text)
    }

    private static func error(_ number: Int, _ complaint: String) -> PackagingError {
        PackagingError(reason: "The file entry_points.txt \(complaint), in line \(number).")
    }
}
