import Packaging
import Posix
import Testing

@testable import Archive

/// Large members are read by several threads; what they find must be what one thread finds.
struct ParallelTests {
    private let workers: WorkerPool

    init() throws {
        workers = try WorkerPool(threads: 4)
    }

    /// Members of 1 to 9 MB, the largest last, so that it is read first.
    private static func wheel() -> WheelParts {
        var parts = WheelParts()
        parts.files = [5, 1, 1, 5, 6, 9].enumerated().map { number, megabytes in
            ("foo/part\(number).txt", String(repeating: "part \(number)\n", count: megabytes << 17))
        }
        return parts
    }

    /// The complaint of one thread, and of several in ten attempts.
    private func complaints(_ bytes: [UInt8]) throws -> Set<String> {
        var complaints: Set<String> = []
        for pool in [nil] + Array(repeating: workers, count: 10) {
            do {
                let found = try inspect(bytes, workers: pool)
                complaints.insert("taken with \(found.memberCount) members: \(found.warnings.joined(separator: "; "))")
            } catch let error as ArchiveError {
                complaints.insert("\(error.rule): \(error.reason)")
            }
        }
        return complaints
    }

    @Test func `a sound wheel is taken`() throws {
        #expect(try complaints(Self.wheel().build()) == ["taken with 9 members: "])
    }

    @Test(arguments: [[0], [5], [3, 5], [5, 0], [4, 1, 5]])
    func `the first member with a wrong row is the one that is named`(_ wrong: [Int]) throws {
        var parts = Self.wheel()
        parts.editRecord = { text in
            text.split(separator: "\n").map { row in
                wrong.contains { row.hasPrefix("foo/part\($0).txt") } ? row + "7" : row
            }.joined(separator: "\n") + "\n"
        }
        let complaints = try complaints(parts.build())
        #expect(complaints.count == 1)
        let first = try #require(wrong.min())
        #expect(complaints.first?.contains("part\(first).txt") == true, "\(complaints)")
    }

    @Test func `of several kinds of damage the first in the archive is reported`() throws {
        let bytes = Self.wheel().build { builder in
            builder.members[5].checksum = 1
            builder.members[3].after = [0]
            builder.members[4].localSize = 5
        }
        let complaints = try complaints(bytes)
        #expect(complaints.count == 1)
        #expect(complaints.first?.hasPrefix("framing") == true, "\(complaints)")
    }

    @Test func `the first member that RECORD does not list is the one in the warning`() throws {
        var parts = Self.wheel()
        parts.editRecord = { text in
            text.split(separator: "\n").filter { !$0.hasPrefix("foo/part3") && !$0.hasPrefix("foo/part5") }
                .joined(separator: "\n") + "\n"
        }
        let complaints = try complaints(parts.build())
        #expect(complaints.count == 1)
        #expect(complaints.first?.contains("does not list 'foo/part3.txt'") == true, "\(complaints)")
    }
}
