import Foundation
@testable import Packaging
import Testing

/// One line: a question and the reference's answer, which is empty when it refuses.
struct OracleRow {
    let kind: String
    let inputs: [String]
    let answer: [String]

    init(fields: [String]) throws {
        kind = try #require(fields.first)
        let inputCount = ["order", "contains", "field"].contains(kind) ? 2 : 1
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
        default: return try wordAnswer()
        }
    }

    private func wordAnswer() throws -> [String] {
        switch kind {
        case "requirement": return [try Requirement(inputs[0]).description]
        case "marker": return [try Marker(inputs[0]).description]
        case "license": return [try LicenseExpression(inputs[0]).description]
        case "label": return [try ProjectURL(inputs[0] + ", x").normalizedLabel]
        case "field":
            try #require(MetadataField.named[inputs[0].lowercased()]).check(inputs[1])
            return ["valid"]
        case "entry_points":
            let groups = try EntryPoints(Array(inputs[0].utf8)).groups
            return ["valid"]
                + groups.sorted { $0.key < $1.key }.flatMap { group, entries in
                    entries.flatMap { [group, $0.name, $0.value] }
                }
        case "metadata":
            let faults = try CoreMetadata(Array(inputs[0].utf8)).faults().filter {
                !$0.isAdvice || $0.isAboutTheVersion
            }
            return faults.isEmpty ? ["valid"] : Set(faults.map { $0.field.lowercased() }).sorted()
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

extension MetadataFault {
    /// Whether a field is not one of the file's version; for the reference that is an error.
    fileprivate var isAboutTheVersion: Bool {
        sentence.contains("was introduced in metadata version") || sentence.hasPrefix("Core metadata has no field")
    }
}
