import Archive
import Crypto
import Foundation
import Packaging
import Posix
import Testing

/// Inspects real archives, and compares with what Python's readers found (`Oracle/archives.py`).
@Suite struct RealArchiveTests {
    @Test(
        .enabled(
            if: ProcessInfo.processInfo.environment["WHEELHOUSE_ARCHIVE_ORACLE"] != nil,
            "needs WHEELHOUSE_ARCHIVE_ORACLE, a file written by Tests/ArchiveTests/Oracle/archives.py"))
    func `takes real archives and reads them as Python does`() throws {
        let path = try #require(ProcessInfo.processInfo.environment["WHEELHOUSE_ARCHIVE_ORACLE"])
        let rows = try Data(contentsOf: URL(filePath: path)).split(separator: UInt8(ascii: "\n"))
        var (bytes, unpacked, warnings) = (Int64(0), Int64(0), 0)
        let start = ContinuousClock.now
        for row in rows {
            let fields = try JSONDecoder().decode([String].self, from: Data(row))
            let file = try Posix.File.open(fields[0])
            let name = try DistributionFilename(String(fields[0].split(separator: "/").last ?? ""), allowingZip: true)
            do {
                let result = try Inspector.inspect(file, size: try file.size, as: name, limits: .upload)
                let found = [
                    Digest.sha256(of: result.metadata).hex, "\(result.memberCount)", "\(result.unpackedBytes)",
                ]
                #expect(found == Array(fields.dropFirst()), "\(name)")
                unpacked += result.unpackedBytes
                warnings += result.warnings.count
            } catch let error as ArchiveError {
                Issue.record("\(name): \(error.rule): \(error)")
            }
            bytes += try file.size
        }
        let time = ContinuousClock.now - start
        print("\(rows.count) archives, \(bytes) bytes, \(unpacked) unpacked, \(warnings) warnings, \(time)")
    }
}
