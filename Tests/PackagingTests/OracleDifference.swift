import Foundation
import Packaging

/// Where this module differs from the reference on purpose.
enum OracleDifference: CaseIterable {
    /// `packaging` has no limits; see `lengthLimitBytes` of each type.
    case tooLong
    /// `packaging` strips every Unicode white space around a version, here only that of ASCII is.
    case unicodeWhitespace
    /// `===` with nothing after it matches no version at all; it is a mistake.
    case emptyIdentity
    /// `===` takes any text in `packaging`; here printable ASCII, because the text goes into pages.
    case oddIdentity
    /// `packaging` checks neither end of the name in a file name; the name must be one that a project can have.
    case invalidNameInFilename
    /// `packaging` lets through nearly every character in file names; see `DistributionFilename.checkCharacters`.
    case characterInFilename
    /// `packaging` takes every character in ABI and platform tags; tags are letters, digits and `_` (PEP 425).
    case characterInTag
    /// `packaging` takes `_` at the end of a name in a requirement, but not elsewhere; the grammar has it nowhere.
    case underscoreAtEnd
    /// `packaging` reads escape sequences in the texts of markers; the grammar has no backslash.
    case escapeInMarker
    /// `packaging` lets line ends and control characters through in requirements; they are for one line.
    case controlInRequirement
    /// `packaging` drops every Unicode white space in entry points, here only that of ASCII is dropped.
    case whitespaceInEntryPoint
    /// The public index takes `.` and `..` as names of commands; installers could not make such files.
    case dotsAsCommand
    /// `packaging` takes letters beyond ASCII in parameters of media types; RFC 2045 does not.
    case contentTypeBeyondASCII
    /// `packaging` takes `.` and drives of Windows as paths below the root.
    case licenseFileOutside
    /// The limit of `Summary` and the rules for labels, licences and imports are the public index's or the
    /// specification's; `packaging` does not check them.
    case rulesBeyondReference
    /// Licence fields in files before 2.4 are left alone; build tools wrote them for years.
    case licenseBeforeItsTime
    /// `Metadata-Version: 2.0` never was a standard; the wheels of many years have it.
    case withdrawnVersion
    /// White space around values, and empty or `UNKNOWN` values of single-use fields, mean nothing here.
    case absent
    /// What cannot be relied on at all is refused as a whole; `packaging` says which field it is.
    case refusedAsWhole

    /// The reasons for a row's difference; `nil` when they do not explain it all.
    static func reasons(_ row: OracleRow, _ own: [String]) -> [Self]? {
        guard row.kind == "metadata" else { return allCases.first { $0.explains(row, own) }.map { [$0] } }
        guard own != [] else { return row.answer == ["valid"] ? nil : [.refusedAsWhole] }
        var differing = Set(row.answer).symmetricDifference(own).subtracting(["valid"])
        let reasons = allCases.filter { reason in
            let explained = differing.filter {
                reason.explains(field: $0, in: row.inputs[0], isStricter: own.contains($0))
            }
            differing.subtract(explained)
            return !explained.isEmpty
        }
        return differing.isEmpty ? reasons : nil
    }

    private func explains(_ row: OracleRow, _ own: [String]) -> Bool {
        switch row.kind {
        case "requirement", "marker", "license", "entry_points", "field", "label":
            (own == [] || isAboutMore) && explains(word: row.inputs.last ?? "", row)
        default: own == [] && explains(name: row.inputs[0], row)
        }
    }

    /// Whether the module takes what the reference refuses, or reads it otherwise.
    private var isAboutMore: Bool { self == .whitespaceInEntryPoint }

    /// Names, versions, specifiers and file names.
    private func explains(name text: String, _ row: OracleRow) -> Bool {
        let isFilename = row.kind == "wheel" || row.kind == "sdist"
        let isSpecifier = row.kind == "specifier" || row.kind == "contains"
        switch self {
        case .tooLong:
            return text.utf8.count > (row.kind == "name" ? ProjectName.lengthLimitBytes : Version.lengthLimitBytes)
        case .unicodeWhitespace:
            return row.kind != "name" && !isFilename && text.unicodeScalars.contains(where: isForeignWhitespace)
        case .emptyIdentity:
            return isSpecifier && text.split(separator: ",").contains { trimmed($0) == "===" }
        case .oddIdentity:
            let isOdd = text.utf8.contains { $0 < 0x20 || $0 >= 0x7F }
            return isSpecifier && text.contains("===") && isOdd
        case .invalidNameInFilename:
            return isFilename && (try? ProjectName(row.answer[0])) == nil
        case .characterInFilename:
            return isFilename && (text.hasPrefix(".") || !text.allSatisfy(isFilenameCharacter))
        case .characterInTag:
            return row.kind == "wheel" && row.answer[3].contains { $0 == "!" || $0 == "+" }
        default: return false
        }
    }

    /// Requirements, markers, licences, entry points and values of fields.
    private func explains(word text: String, _ row: OracleRow) -> Bool {
        let isRequirement = row.kind == "requirement" || row.inputs[0] == "Requires-Dist"
        switch self {
        case .underscoreAtEnd:
            return isRequirement && text.contains(/_+($|[^A-Za-z0-9._-])/)
        case .escapeInMarker:
            return (isRequirement || row.kind == "marker") && text.contains("\\")
        case .oddIdentity:
            return isRequirement && text.contains(/===[ \t]*[^ \t;)]*[^\x00-\x7f]/)
        case .dotsAsCommand:
            return row.kind == "entry_points"
                && text.split(whereSeparator: \.isNewline).contains { line in
                    [".", ".."].contains(trimmed(line.prefix { $0 != "=" }))
                }
        case .contentTypeBeyondASCII:
            return row.inputs[0] == "Description-Content-Type" && !text.utf8.allSatisfy { $0 < 0x80 }
        case .controlInRequirement:
            return isRequirement && text.unicodeScalars.contains { $0.value < 0x20 && $0 != "\t" }
        case .whitespaceInEntryPoint:
            return row.kind == "entry_points" && text.unicodeScalars.contains(where: isForeignWhitespace)
        case .licenseFileOutside:
            return row.inputs[0] == "License-File" && (text == "." || text.dropFirst().first == ":")
        case .rulesBeyondReference:
            return row.inputs[0] == "Summary" && text.unicodeScalars.count > 512
        default: return false
        }
    }

    /// Whole files, by a field about which one side complains.
    private func explains(field: String, in text: String, isStricter: Bool) -> Bool {
        let values = text.split(whereSeparator: \.isNewline).compactMap { line in
            line.lowercased().hasPrefix("\(field):") ? line.dropFirst(field.count + 1) : nil
        }
        switch self {
        case .licenseBeforeItsTime:
            let isEarlier = text.contains(/Metadata-Version: (1|2\.[0-3])/)
            return isEarlier && !isStricter && ["license-file", "license-expression"].contains(field)
        case .withdrawnVersion: return field == "metadata-version" && values == [" 2.0"]
        case .absent:
            return !isStricter && values.contains { ["", "UNKNOWN"].contains(trimmed($0)) || $0.hasSuffix(" ") }
        case .underscoreAtEnd: return field == "requires-dist" && values == [" foo_"]
        case .licenseFileOutside:
            return field == "license-file" && values.contains { $0 == " ." || $0.dropFirst(2).first == ":" }
        case .rulesBeyondReference:
            return isStricter
                && ["summary", "project-url", "license", "import-name", "import-namespace"].contains(field)
        default: return false
        }
    }

    private func isForeignWhitespace(_ scalar: Unicode.Scalar) -> Bool {
        (0x1C...0x1F).contains(scalar.value) || (!scalar.isASCII && scalar.properties.isWhitespace)
    }

    private func trimmed(_ text: Substring) -> String {
        text.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private func isFilenameCharacter(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || "._-+!".contains(character))
    }
}
