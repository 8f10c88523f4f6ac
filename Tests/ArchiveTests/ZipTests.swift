@testable import Archive
import Packaging
import Posix
import Testing

/// One wrong ZIP: where the rule stands, what is wrong, and the rule that says so.
struct BadZip: CustomTestStringConvertible {
    let testDescription: String
    let rule: ArchiveError.Rule
    let bytes: [UInt8]

    init(_ section: String, _ fault: String, _ rule: ArchiveError.Rule, _ edit: (inout ZipBuilder) -> Void) {
        testDescription = "SPEC \(section): \(fault)"
        self.rule = rule
        bytes = WheelParts().build(edit)
    }

    init(_ section: String, _ fault: String, _ rule: ArchiveError.Rule, bytes: [UInt8]) {
        testDescription = "SPEC \(section): \(fault)"
        self.rule = rule
        self.bytes = bytes
    }
}

private func extra(_ kind: Int, _ value: [UInt8]) -> [UInt8] { little(kind, 2) + little(value.count, 2) + value }

private let framing: [BadZip] = [
    .init("8.1.1", "bytes before the first member", .framing) { $0.prefix = [1, 2, 3] },
    .init("8.1.1", "a script before the first member, offsets right", .framing) { $0.prefix = Array("#!x\n".utf8) },
    .init("8.1.1", "bytes between members", .framing) { $0.members[0].after = [0] },
    .init("8.1.1", "bytes before the directory", .framing) { $0.beforeDirectory = [0] },
    .init("8.1.1", "a member before the directory that it does not list", .framing) {
        $0.members[1].isInDirectory = false
    },
    .init("8.1.1", "bytes after the directory, counted", .framing) { $0.afterDirectory = [0, 0] },
    .init("8.1.1", "bytes after the end", .framing) { $0.suffix = [0] },
    .init("8.1.1", "two archives, one after the other", .framing, bytes: WheelParts().build() + WheelParts().build()),
    .init("8.1.1", "an overlap: two entries, one member", .framing) { $0.members[1].offset = 0 },
    .init("8.1.2", "a data descriptor", .dataDescriptor) { $0.members[0].flags = 8 },
    .init("8.1.2", "another path in the local header", .mismatch) {
        $0.members[0].localPath = Array("foo/__init__.pz".utf8)
    },
    .init("8.1.2", "another size in the local header", .mismatch) { $0.members[0].localSize = 7 },
    .init("8.1.2", "another packed size in the local header", .mismatch) { $0.members[0].localPackedSize = 7 },
    .init("8.1.2", "another checksum in the local header", .mismatch) { $0.members[0].localChecksum = 7 },
    .init("8.1.2", "other flags in the local header", .mismatch) { $0.members[0].localFlags = 0x800 },
    .init("8.1.2", "two members of one path", .duplicate) { $0.members.append($0.members[0]) },
    .init("8.1.2", "a file and a directory of one path", .duplicate) { $0.members.append(.init("foo/__init__.py/")) },
    .init("8.1.3", "a comment of a member", .framing) { $0.members[0].comment = [65] },
    .init("8.1.3", "an entry without a member", .framing) { $0.members[1].isInFile = false },
    .init("8.1.4", "a comment of the archive", .framing) { $0.comment = Array("hello".utf8) },
    .init("8.1.4", "one member more in the end record", .framing) { $0.countError = 1 },
    .init("8.1.4", "one member less in the end record", .framing) { $0.countError = -1 },
    .init("8.1.4", "another offset in the end record", .framing) { $0.offsetError = -1 },
    .init("8.1.4", "several disks", .feature) { $0.disk = 1 },
    .init("8.1.4", "a ZIP64 record of another length", .framing) { $0.large = { $0[4] = 45 } },
    .init("8.1.4", "a ZIP64 locator to somewhere else", .framing) { $0.large = { $0[64] ^= 1 } },
    .init("8.1.4", "a ZIP64 record with another count", .framing) {
        $0.large = {
            $0[32] ^= 1; $0[24] ^= 1
        }
    },
    .init("8.1.4", "a ZIP64 record with another offset", .framing) { $0.large = { $0[48] ^= 1 } },
]

private let contents: [BadZip] = [
    .init("8.1.5", "an extra field that is cut off", .extra) { $0.members[0].localExtra = [1, 0, 9, 0] },
    .init("8.1.5", "three bytes of an extra field", .extra) { $0.members[0].centralExtra = [1, 0, 0] },
    .init("8.1.5", "two ZIP64 fields", .extra) { $0.members[0].centralExtra = extra(1, []) + extra(1, []) },
    .init("8.1.5", "a ZIP64 field of 12 bytes", .extra) { $0.members[0].localExtra = extra(1, little(0, 12)) },
    .init("8.1.5", "an empty ZIP64 field that is needed", .extra) {
        $0.members[0].localExtra = extra(1, [])
        $0.members[0].localSize = .max
    },
    .init("8.1.5", "a ZIP64 field with another size", .extra) { $0.members[0].localExtra = extra(1, little(9, 16)) },
    .init("8.1.5", "a needed ZIP64 field that is missing", .extra) { $0.members[0].centralSize = .max },
    .init("8.1.5", "a Unicode path that differs", .extra) {
        $0.members[0].localExtra = extra(0x7075, [1, 0, 0, 0, 0, 65])
    },
    .init("8.1.5", "two Unicode paths", .extra) {
        let field = extra(0x7075, [1, 0, 0, 0, 0] + Array("foo/__init__.py".utf8))
        $0.members[0].localExtra = field + field
    },
    .init("8.1.6", "an encrypted member", .feature) { $0.members[0].flags = 1 },
    .init("8.1.6", "strong encryption", .feature) { $0.members[0].flags = 0x40 },
    .init("8.1.6", "bzip2", .feature) { $0.members[0].method = 12 },
    .init("8.1.6", "lzma", .feature) { $0.members[0].method = 14 },
    .init("8.1.6", "zstd", .feature) { $0.members[0].method = 93 },
    .init("8.1.6", "no archive", .kind, bytes: Array("not an archive, but text that is long enough".utf8)),
    .init("8.1.6", "an empty file", .kind, bytes: []),
    .init("8.1.6", "a tar.gz under a wheel's name", .kind, bytes: SdistParts().build()),
    .init("8.1.7", "a bomb by its headers", .bomb) { $0.members.append(.bomb(size: 65 << 20)) },
    .init("8.1.7", "a bomb that lies about its size", .corrupt) {
        $0.members.append(.bomb(size: 1 << 20))
        $0.members[$0.members.count - 1].size = 1000
    },
    .init("8.1.7", "a wrong checksum in both headers", .corrupt) { $0.members[0].checksum = 1 },
    .init("8.1.7", "a size that is too large in both headers", .mismatch) { $0.members[0].size = 7 },
    .init("8.1.7", "deflated data that is no DEFLATE", .corrupt) { $0.members[0].method = 8 },
    .init("8.1.7", "bytes after the deflated data", .corrupt) {
        $0.members[0].isDeflated = true
        $0.members[0].padding = [0]
    },
    .init("8.1.7", "deflated data that is cut off", .corrupt) {
        $0.members.append(.init("foo/x", String(repeating: "abc", count: 90), isDeflated: true))
        let last = $0.members.count - 1
        let whole = deflated($0.members[last].data)
        $0.members[last] = .cut(whole, size: 270)
    },
]

extension ZipBuilder.Member {
    /// Zeros that DEFLATE makes a thousandth of.
    static func bomb(size: Int) -> Self {
        var member = Self("foo/bomb", isDeflated: true)
        member.data = [UInt8](repeating: 0, count: size)
        return member
    }

    /// Stored bytes under the name of deflated ones.
    static func cut(_ whole: [UInt8], size: UInt32) -> Self {
        var member = Self("foo/x")
        member.data = Array(whole.dropLast(3))
        member.method = 8
        member.size = size
        return member
    }
}

private let paths: [(String, ArchiveError.Rule)] = [
    ("/etc/passwd", .path), ("../x", .path), ("foo/../x", .path), ("foo/..", .path), ("foo\\x", .path), ("C:/x", .path),
    ("c:x", .path), ("foo//x", .path), ("./foo", .path), ("foo/./x", .path), ("foo/\u{1}", .path),
    ("foo/\u{7F}", .path),
    ("foo/a\nb", .path), ("", .path), ("/", .path), (String(repeating: "a", count: 1025), .limit),
    (String(repeating: "a/", count: 101), .limit),
]

private let modes: [UInt32] = [0o120_777, 0o060_644, 0o020_644, 0o010_644, 0o140_644]

@Suite struct ZipTests {
    @Test(arguments: framing + contents)
    func `refuses an archive that readers could see in two ways`(_ bad: BadZip) throws {
        #expect(try brokenRule(bad.bytes) == bad.rule)
    }

    @Test(arguments: paths)
    func `refuses paths that lead elsewhere`(_ path: String, _ rule: ArchiveError.Rule) throws {
        let bytes = WheelParts().build { $0.members.append(.init(path)) }
        #expect(try brokenRule(bytes) == rule)
    }

    @Test func `refuses a path that is not UTF-8`() throws {
        let bytes = WheelParts().build {
            $0.members.append(.init("x"))
            $0.members[$0.members.count - 1].path = [0x66, 0xFF]
        }
        #expect(try brokenRule(bytes) == .path)
    }

    @Test(arguments: modes)
    func `refuses links and devices`(_ mode: UInt32) throws {
        let bytes = WheelParts().build { $0.members[0].attributes = mode << 16 }
        #expect(try brokenRule(bytes) == .special)
    }

    @Test func `takes what real archives have`() throws {
        let name = Array("foo/__init__.py".utf8)
        #expect(try brokenRule(WheelParts().build()) == nil)
        #expect(try brokenRule(WheelParts().build { $0.isReversed = true }) == nil)
        #expect(try brokenRule(WheelParts().build { $0.large = { _ in } }) == nil)
        #expect(try brokenRule(WheelParts().build { $0.members.insert(.init("foo/"), at: 0) }) == nil)
        let large = little(6, 8) + little(6, 8)
        let zip64 = WheelParts().build {
            $0.members[0].localExtra = extra(1, large)
            $0.members[0].localSize = .max
            $0.members[0].localPackedSize = .max
            $0.members[0].centralExtra = extra(1, large)
            $0.members[0].centralSize = .max
            $0.members[0].centralPackedSize = .max
            $0.members[1].localExtra = extra(0x5455, [1, 2, 3, 4, 5])
        }
        #expect(try brokenRule(zip64) == nil)
        let unicode = WheelParts().build { $0.members[0].localExtra = extra(0x7075, [1, 0, 0, 0, 0] + name) }
        #expect(try brokenRule(unicode) == nil)
    }

    @Test(arguments: [12, 16, 20, 24])
    func `takes data descriptors from imports only`(_ length: Int) throws {
        let parts = WheelParts()
        let bytes = parts.build {
            $0.members[0].flags = 8
            ($0.members[0].localSize, $0.members[0].localPackedSize, $0.members[0].localChecksum) = (0, 0, 0)
            let data = $0.members[0].data
            var checksum = Checksum()
            checksum.update(data.span)
            let width = length >= 20 ? 8 : 4
            let signature = length % 8 == 0 ? little(0x0807_4B50, 4) : []
            $0.members[0].after = signature + little(Int(checksum.value), 4) + little(6, width) + little(6, width)
        }
        #expect(try brokenRule(bytes) == .dataDescriptor)
        #expect(try brokenRule(bytes, limits: .imports) == nil)
        var wrong = bytes
        // The last byte of the descriptor: the member has a header of 45 bytes and 6 of data.
        wrong[45 + 6 + length - 1] ^= 1
        #expect(try brokenRule(wrong, limits: .imports) == .mismatch)
    }

    @Test func `refuses a file that is a tar archive too`() throws {
        // The first local header has the checksum of a tar header in its path.
        var bytes = WheelParts().build { $0.members[0].localExtra = extra(0x9999, [UInt8](repeating: 0, count: 500)) }
        let sum = bytes[..<512].enumerated().reduce(0) { $0 + ((148..<156).contains($1.0) ? 32 : Int($1.1)) }
        let digits = String(sum, radix: 8)
        bytes.replaceSubrange(
            148..<156, with: Array((String(repeating: "0", count: 7 - digits.count) + digits + " ").utf8))
        #expect(try brokenRule(bytes) == .kind)
    }

    @Test func `stops at the limits`() throws {
        var limits = ArchiveLimits.upload
        limits.memberCount = 4
        #expect(try brokenRule(WheelParts().build(), limits: limits) == .limit)
        limits = .upload
        limits.recordSizeBytes = 100
        #expect(try brokenRule(WheelParts().build(), limits: limits) == .limit)
        limits = .upload
        limits.pathWork = 100
        #expect(try brokenRule(WheelParts().build(), limits: limits) == .limit)
        limits = .upload
        limits.timeLimitSeconds = 0
        #expect(try brokenRule(WheelParts().build(), limits: limits) == .limit)
        var parts = WheelParts()
        parts.metadata += String(repeating: "x", count: 1 << 20)
        #expect(try brokenRule(parts.build()) == .limit)
    }

    @Test func `what is read twice is counted once`() throws {
        // METADATA, WHEEL and RECORD are read first, then every member.
        let bytes = WheelParts().build()
        var limits = ArchiveLimits.upload
        limits.unpackedRatio = 0
        limits.unpackedAllowanceBytes = try inspect(bytes).unpackedBytes
        #expect(try brokenRule(bytes, limits: limits) == nil)
        limits.unpackedAllowanceBytes -= 1
        #expect(try brokenRule(bytes, limits: limits) == .bomb)
    }

    @Test func `reports a file that is shorter than it was said to be as the server's fault`() throws {
        let bytes = WheelParts().build()
        let name = try DistributionFilename("foo-1.0-py3-none-any.whl")
        let file = try File.temporary(bytes)
        let error = #expect(throws: ArchiveError.self) {
            try Inspector.inspect(file, size: Int64(bytes.count) + 10, as: name)
        }
        #expect(error?.rule == .unreadable)
    }

    @Test func `never traps on an archive with one changed byte`() throws {
        let bytes = WheelParts().build { $0.large = { _ in } }
        var taken = 0
        for index in bytes.indices {
            var changed = bytes
            changed[index] ^= UInt8(truncatingIfNeeded: index | 1)
            if try brokenRule(changed) == nil { taken += 1 }
        }
        // Times, versions and attributes may change; a third of the bytes of small headers.
        #expect(taken < bytes.count / 3)
    }
}
