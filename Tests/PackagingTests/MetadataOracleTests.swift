import Foundation
@testable import Packaging
import Testing

/// Compares the reader of header fields with Python's email parser, whose answers `Oracle/metadata.py` wrote down.
@Suite struct MetadataOracleTests {
    @Test func `reads the committed sample as Python does`() throws {
        let sample = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Oracle/metadata.jsonl")
        let (count, differences) = try compare(sample)
        #expect(count > 100)
        #expect(differences.prefix(20) == [])
    }

    @Test(
        .enabled(
            if: ProcessInfo.processInfo.environment["WHEELHOUSE_METADATA_ORACLE"] != nil,
            "needs WHEELHOUSE_METADATA_ORACLE, a file written by Tests/PackagingTests/Oracle/metadata.py"))
    func `reads every row of a fresh file as Python does`() throws {
        let path = try #require(ProcessInfo.processInfo.environment["WHEELHOUSE_METADATA_ORACLE"])
        let (count, differences) = try compare(URL(filePath: path))
        #expect(count >= 10_000)
        #expect(differences.prefix(20) == [])
        print("\(count) metadata files compared with Python's email parser")
    }

    private func compare(_ file: URL) throws -> (count: Int, differences: [String]) {
        var count = 0
        var differences: [String] = []
        for line in try Data(contentsOf: file).split(separator: UInt8(ascii: "\n")) {
            let row = try JSONDecoder().decode([String].self, from: Data(line))
            count += 1
            let message = try HeaderMessage(Array(row[0].utf8), document: "It", fieldCountLimit: .max)
            let found = [message.body] + message.fields.flatMap { [$0.name, $0.value] }
            // Bytes and not Strings, for which canonically equivalent texts are equal.
            guard found.map({ Array($0.utf8) }) != row.dropFirst().map({ Array($0.utf8) }) else { continue }
            differences.append(
                "\(row[0].prefix(200).debugDescription): \(found.prefix(9)) not \(row.dropFirst().prefix(9))")
        }
        return (count, differences)
    }
}
