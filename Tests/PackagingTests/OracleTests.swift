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
            if let reasons = OracleDifference.reasons(row, own) {
                unusedReasons.subtract(reasons)
            } else {
                differences.append(String("\(row.kind) \(row.inputs): reference \(row.answer), own \(own)".prefix(300)))
            }
        }
    }
}
