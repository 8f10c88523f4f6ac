import Foundation
import Packaging
import Testing

/// Compares this module with the project `packaging`, whose answers `Oracle/generate.py` wrote down.
@Suite struct OracleTests {
    @Test func `agrees with the reference on the committed sample`() throws {
        let sample = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Oracle/sample.jsonl")
        let report = try OracleReport(of: sample)
        #expect(report.rowCount > 1000)
        #expect(report.differences.prefix(20) == [])
    }

    @Test(
        .enabled(
            if: ProcessInfo.processInfo.environment["WHEELHOUSE_PACKAGING_ORACLE"] != nil,
            "needs WHEELHOUSE_PACKAGING_ORACLE, a file written by Tests/PackagingTests/Oracle/generate.py"))
    func `agrees with the reference on every row of a fresh file`() throws {
        let path = try #require(ProcessInfo.processInfo.environment["WHEELHOUSE_PACKAGING_ORACLE"])
        let report = try OracleReport(of: URL(filePath: path))
        #expect(report.rowCount >= 10_000)
        #expect(report.differences.prefix(20) == [])
        #expect(report.unusedReasons == [], "a reason that explains nothing should go")
    }
}

/// What came out of one file.
private struct OracleReport {
    var rowCount = 0
    var differences: [String] = []
    var unusedReasons = Set(OracleDifference.allCases)

    init(of file: URL) throws {
        let decoder = JSONDecoder()
        for line in try Data(contentsOf: file).split(separator: UInt8(ascii: "\n")) {
            let row = try OracleRow(fields: decoder.decode([String].self, from: Data(line)))
            rowCount += 1
            let own = row.ownAnswer()
            guard own != row.answer else { continue }
            if own == [], let reason = OracleDifference.allCases.first(where: { $0.explains(row) }) {
                unusedReasons.remove(reason)
            } else {
                differences.append(String("\(row.kind) \(row.inputs): reference \(row.answer), own \(own)".prefix(300)))
            }
        }
    }
}

/// Where this module refuses on purpose what the reference accepts.
private enum OracleDifference: CaseIterable {
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

    func explains(_ row: OracleRow) -> Bool {
        let text = row.inputs[0]
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

/// One line: a question and the reference's answer, which is empty when it refuses.
private struct OracleRow {
    let kind: String
    let inputs: [String]
    let answer: [String]

    init(fields: [String]) throws {
        kind = try #require(fields.first)
        let inputCount = kind == "order" || kind == "contains" ? 2 : 1
        try #require(fields.count > inputCount)
        inputs = Array(fields[1...inputCount])
        answer = Array(fields.dropFirst(1 + inputCount))
    }

    /// The answer of this module in the reference's form.
    func ownAnswer() -> [String] {
        (try? computedAnswer()) ?? []
    }

    private func computedAnswer() throws -> [String] {
        switch kind {
        case "name": return [try ProjectName(inputs[0]).normalized]
        case "normalized": return ["\(ProjectName.isNormalized(inputs[0][...]))"]
        case "version": return try versionAnswer()
        case "order":
            let (left, right) = (try Version(inputs[0]), try Version(inputs[1]))
            #expect((left.hashValue == right.hashValue) == (left == right))
            #expect((left.identity == right.identity) == (left == right))
            return [left == right ? "=" : left < right ? "<" : ">"]
        case "specifier":
            #expect(try VersionSpecifierSet(inputs[0]).text == inputs[0])
            return ["valid"]
        case "contains":
            return ["\(try VersionSpecifierSet(inputs[0]).contains(Version(inputs[1])))"]
        case "wheel": return try wheelAnswer()
        case "sdist":
            let name = try SdistFilename(inputs[0], allowingZip: true)
            return [name.project.normalized, name.version.description]
        default: throw PackagingError(reason: "unknown kind \(kind)")
        }
    }

    private func versionAnswer() throws -> [String] {
        let version = try Version(inputs[0])
        #expect(try Version(version.description) == version)
        #expect(try Version(version.description).description == version.description)
        var flags: [String] = []
        if version.isPrerelease { flags.append("pre") }
        if version.isPostrelease { flags.append("post") }
        if version.hasLocal { flags.append("local") }
        return [version.description, version.identity, flags.joined(separator: " ")]
    }

    private func wheelAnswer() throws -> [String] {
        let name = try WheelFilename(inputs[0])
        var tags: Set<String> = []
        for python in name.pythonTags {
            for abi in name.abiTags {
                for platform in name.platformTags { tags.insert("\(python)-\(abi)-\(platform)") }
            }
        }
        // The reference reads the digits of the build tag as a number.
        let build = name.build.map { text in
            let digits = text.prefix { $0.isNumber }
            let significant = digits.drop { $0 == "0" }
            return (significant.isEmpty ? "0" : significant) + text.dropFirst(digits.count)
        }
        let answer = [name.project.normalized, name.version.description, build.map(String.init) ?? ""]
        return answer + [tags.sorted().joined(separator: " ")]
    }
}
