@testable import Archive
import Packaging
import Testing

extension Hostile {
    /// An sdist with more members.
    fileprivate init(
        _ fault: String, _ rule: ArchiveError.Rule, _ words: String, _ others: TarBuilder.Member...
    ) {
        self.init(fault, rule, words, bytes: SdistParts(others: others).build())
    }

    /// An sdist whose first file is changed.
    fileprivate init(
        _ fault: String, _ rule: ArchiveError.Rule, _ words: String, _ edit: (inout TarBuilder.Member) -> Void
    ) {
        self.init(fault, rule, words, bytes: SdistParts().build { edit(&$0.members[1]) })
    }

    /// An sdist whose gzip bytes are changed.
    fileprivate init(
        gzip fault: String, _ rule: ArchiveError.Rule, _ words: String, _ edit: (inout [UInt8]) -> Void
    ) {
        var bytes = SdistParts().build()
        edit(&bytes)
        self.init(fault, rule, words, bytes: bytes)
    }
}

private let gzip: [Hostile] = [
    .init(gzip: "another method than DEFLATE", .corrupt, "is damaged") { $0[2] = 7 },
    .init(gzip: "reserved header flags", .corrupt, "is damaged") { $0[3] = 0x20 },
    .init(gzip: "a header checksum that is wrong", .corrupt, "is damaged") {
        $0[3] = 2
        $0.insert(contentsOf: [1, 2], at: 10)
    },
    .init(gzip: "a file name that never ends", .corrupt, "ends too early") {
        $0[3] = 8
        $0.replaceSubrange(10..., with: [UInt8](repeating: 65, count: 5000))
    },
    .init(gzip: "an extra field beyond the file", .corrupt, "ends too early") {
        $0[3] = 4
        $0.insert(contentsOf: [0xFF, 0xFF], at: 10)
    },
    .init(gzip: "a wrong checksum", .corrupt, "is damaged") { $0[$0.count - 8] ^= 1 },
    .init(gzip: "a wrong size", .corrupt, "is damaged") { $0[$0.count - 1] ^= 1 },
    .init(gzip: "an empty second gzip member", .framing, "one gzip member") { $0 += Gzip.compress([]) ?? [] },
    .init(gzip: "bytes at the end", .framing, "bytes after its gzip data") { $0 += Array("garbage".utf8) },
    .init(gzip: "a ZIP archive at the end", .kind, "a tar and a ZIP archive") { $0 += WheelParts().build() },
    .init(gzip: "a ZIP archive in the extra field, whose comment is the rest", .kind, "a tar and a ZIP archive") {
        var zip = ZipBuilder([.init("foo-1.0/setup.py", "other")])
        zip.comment = Array($0.dropFirst(10))
        let inner = Array(zip.build().dropLast(zip.comment.count))
        $0[3] = 4
        $0.insert(contentsOf: little(inner.count, 2) + inner, at: 10)
    },
    .init(
        "a gzip archive of a gzip archive", .corrupt, "a damaged header",
        bytes: Gzip.compress(SdistParts().build() + [UInt8](repeating: 0, count: 512)) ?? []),
]

private let headers: [Hostile] = [
    .init("a negative size", .corrupt, "without a valid size") {
        $0.sizeField = [0xFF] + [UInt8](repeating: 0xFF, count: 11)
    },
    .init("a size beyond 62 bits", .corrupt, "without a valid size") {
        $0.sizeField = [0x80] + [UInt8](repeating: 0x7F, count: 11)
    },
    .init("a size of 2 to the power of 61", .corrupt, "ends in the middle of a member") {
        $0.sizeField = [0x80, 0, 0, 0, 0x20] + [UInt8](repeating: 0, count: 7)
    },
    .init("a decimal size", .corrupt, "without a valid size") { $0.sizeField = Array("00000000009\u{0}".utf8) },
    .init("an empty size", .corrupt, "without a valid size") { $0.sizeField = [UInt8](repeating: 32, count: 12) },
    .init("a size with a sign", .corrupt, "without a valid size") { $0.sizeField = Array("-0000000001\u{0}".utf8) },
    .init("a path prefix in a header of GNU", .feature, "no common format") {
        $0.magic = Array("ustar  \u{0}".utf8)
        $0.prefix = "foo-1.0/sub"
    },
    .init("a path prefix in a header of Version 7", .feature, "no common format") {
        $0.magic = [UInt8](repeating: 0, count: 8)
        $0.prefix = "foo-1.0/sub"
    },
    .init("a volume label", .feature, "unknown type 86", .init("foo-1.0", type: "V")),
    .init("a continuation of another volume", .feature, "unknown type 77", .init("foo-1.0/x", type: "M")),
    .init("a directory listing", .feature, "unknown type 68", .init("foo-1.0/x", type: "D")),
    .init("a sparse file", .feature, "sparse member", .init("foo-1.0/x", type: "S")),
    .init("a character device", .special, "a device or a named pipe", .init("foo-1.0/x", type: "3")),
    .init("a block device", .special, "a device or a named pipe", .init("foo-1.0/x", type: "4")),
    .init("a named pipe", .special, "a device or a named pipe", .init("foo-1.0/x", type: "6")),
]

private let extensions: [Hostile] = [
    .init("a sparse file by pax 1.0", .feature, "sparse", .pax([("GNU.sparse.major", "1")]), .init("foo-1.0/x")),
    .init("a sparse file by pax 0.1", .feature, "sparse", .pax([("GNU.sparse.map", "0,1")]), .init("foo-1.0/x")),
    .init("a sparse file by star", .feature, "sparse", .pax([("SCHILY.realsize", "9")]), .init("foo-1.0/x")),
    .init(
        "a sparse file by a global header", .feature, "sparse", .pax([("GNU.sparse.major", "1")], type: "g"),
        .init("foo-1.0/x")),
    .init("a pax size with a sign", .corrupt, "damaged pax", .pax([("size", "+1")]), .init("foo-1.0/x", "1")),
    .init("a negative pax size", .corrupt, "damaged pax", .pax([("size", "-1")]), .init("foo-1.0/x", "1")),
    .init("a hexadecimal pax size", .corrupt, "damaged pax", .pax([("size", "0x1")]), .init("foo-1.0/x", "1")),
    .init("an empty pax size", .corrupt, "damaged pax", .pax([("size", "")]), .init("foo-1.0/x", "1")),
    .init("a pax size in other digits", .corrupt, "damaged pax", .pax([("size", "\u{0661}")]), .init("foo-1.0/x", "1")),
    .init(
        "a pax size beyond 64 bits", .corrupt, "damaged pax", .pax([("size", String(repeating: "9", count: 19))]),
        .init("foo-1.0/x", "1")),
    .init("two pax sizes", .corrupt, "damaged pax", .pax([("size", "1"), ("size", "2")]), .init("foo-1.0/x", "1")),
    .init(
        "a pax size that hides a member", .mismatch, "has two sizes", .pax([("size", "512")]),
        .init("foo-1.0/x", "1")),
    .init(
        "a pax record shorter than its length", .corrupt, "damaged pax", .init("p", "9 a=b\n", type: "x"),
        .init("foo-1.0/x")),
    .init("a pax record of length 0", .corrupt, "damaged pax", .init("p", "0 a=b\n", type: "x"), .init("foo-1.0/x")),
    .init(
        "a pax record of negative length", .corrupt, "damaged pax", .init("p", "-6 a=b\n", type: "x"),
        .init("foo-1.0/x")),
    .init(
        "a pax record of a length of 20 digits", .corrupt, "damaged pax",
        .init("p", String(repeating: "9", count: 20) + " a=b\n", type: "x"), .init("foo-1.0/x")),
    .init(
        "a pax path with NUL", .path, "contains a control character", .pax([("path", "foo-1.0/a\u{0}b")]),
        .init("foo-1.0/x")),
    .init(
        "a pax path with a text direction", .path, "character U+202E", .pax([("path", "foo-1.0/\u{202E}")]),
        .init("foo-1.0/x")),
    .init(
        "a global link target", .path, "A global pax header", .pax([("linkpath", "/")], type: "g"), .init("foo-1.0/x")),
    .init("a global size", .path, "A global pax header", .pax([("size", "1")], type: "g"), .init("foo-1.0/x")),
    .init(
        "a pax header that claims 4 GB", .limit, "more than 262144 bytes",
        .init("p", "9 path=x\n", type: "x", size: 4 << 30), .init("foo-1.0/x")),
    .init(
        "a GNU path of 300 KB", .limit, "more than 262144 bytes",
        .init("l", String(repeating: "a", count: 300_000), type: "L"), .init("foo-1.0/x")),
    .init(
        "a GNU path twice", .duplicate, "two paths", .init("l", "foo-1.0/a", type: "L"),
        .init("l", "foo-1.0/b", type: "L"), .init("foo-1.0/x")),
    .init(
        "a GNU link target twice", .duplicate, "two paths", .init("l", "a", type: "K"), .init("l", "b", type: "K"),
        .init("foo-1.0/x", type: "2")),
    .init("an empty GNU path", .path, "is empty", .init("l", "\u{0}", type: "L"), .init("foo-1.0/x")),
    .init("a GNU path upwards", .path, "leads upwards", .init("l", "foo-1.0/../../x", type: "L"), .init("foo-1.0/x")),
]

private let links: [Hostile] = [
    .init("a link to the parent of the top", .special, "leads out", .init("foo-1.0/x", type: "2", link: "..")),
    .init("a link to another drive", .special, "leads out", .init("foo-1.0/x", type: "2", link: "C:\\x")),
    .init(
        "a GNU link target out of the tree", .special, "leads out", .init("l", "../../x", type: "K"),
        .init("foo-1.0/x", type: "2", link: "y")),
    .init(
        "a link through a link upwards", .special, "roundabout way", .init("foo-1.0/a", type: "2", link: "."),
        .init("foo-1.0/b", type: "2", link: "a/../..")),
    .init(
        "a file below a file", .duplicate, "below a file", .init("foo-1.0/a", "1"), .init("foo-1.0/a/b", "1")),
    .init(
        "a file in the place of a directory", .duplicate, "to the place of another one", .init("foo-1.0/a/b", "1"),
        .init("foo-1.0/a", "1")),
    .init(
        "a link whose target is longer than a path may be", .limit, "has a target of 1025 bytes",
        .pax([("linkpath", String(repeating: "a/", count: 512) + "a")]), .init("foo-1.0/x", type: "2")),
    .init("a link to itself", .special, "leads to itself", .init("foo-1.0/a", type: "2", link: "a")),
    .init(
        "a link to itself by way of the top", .special, "leads to itself",
        .init("foo-1.0/a/b", type: "2", link: "../a/./b")),
    .init(
        "two links to each other", .special, "leads to itself", .init("foo-1.0/a", type: "2", link: "d/b"),
        .init("foo-1.0/d/b", type: "2", link: "../a")),
    .init(
        "a file through a link", .special, "is below a symbolic link", .init("foo-1.0/a", type: "2", link: "b"),
        .init("foo-1.0/a/x", "1")),
    .init(
        "a file in place of a link", .special, "replaces one", .init("foo-1.0/a", type: "2", link: "setup.py"),
        .init("foo-1.0/a", "1")),
    .init(
        "a hard link through a link", .special, "not an earlier file", .init("foo-1.0/a", type: "2", link: "."),
        .init("foo-1.0/b", type: "1", link: "foo-1.0/a/setup.py")),
    .init(
        "a hard link without the top directory", .special, "not an earlier file", .init("foo-1.0/a", "1"),
        .init("foo-1.0/b", type: "1", link: "a")),
    .init(
        "a hard link upwards", .special, "not an earlier file",
        .init("foo-1.0/b", type: "1", link: "foo-1.0/../foo-1.0/x")),
    .init(
        "a hard link as PKG-INFO", .special, "PKG-INFO is not a plain file", .init("foo-1.0/a", "1"),
        .init("foo-1.0/PKG-INFO", type: "1", link: "foo-1.0/a")),
    .init(
        "two top directories that are one in Unicode's normal form", .directory, "and also",
        .init("fo\u{F6}-1.0/x"), .init("foo\u{308}-1.0/x")),
    .init(
        "a top directory that is a link", .directory, "is not in a directory", .init("foo-1.0", type: "2", link: "/tmp")
    ),
]

@Suite struct HostileTarTests {
    @Test(arguments: gzip + headers + extensions + links)
    func `refuses a hostile sdist and says why`(_ hostile: Hostile) throws {
        try hostile.expectRefusal(as: "foo-1.0.tar.gz")
    }

    /// What unpacking filters of installers change without a word (PEP 721), or what means nothing.
    @Test(
        arguments: [
            [.init("foo-1.0/a", "x", mode: "0006755")], [.init("foo-1.0/a/", type: "5", mode: "0001777")],
            [.pax([("comment", "x")], type: "g"), .pax([("comment", "y")], type: "g"), .init("foo-1.0/a", "x")],
            [.pax([("SCHILY.dev", "1"), ("mtime", "-1.5"), ("uid", "-1")]), .init("foo-1.0/a", "x")],
            [.pax([]), .pax([]), .init("foo-1.0/a", "x")], [.pax([("size", "1")]), .init("foo-1.0/a", "x")],
            [.init("foo-1.0/a/a", type: "2", link: "../a.txt"), .init("foo-1.0/b", type: "2", link: "a")],
            [.init("foo-1.0/aux.c", "x")],
        ] as [[TarBuilder.Member]])
    func `takes odd members`(_ members: [TarBuilder.Member]) throws {
        #expect(try brokenRule(SdistParts(others: members).build(), as: "foo-1.0.tar.gz") == nil)
    }

    @Test func `takes an archive in the archive, or itself, as data`() throws {
        var inner = TarBuilder.Member("foo-1.0/foo-1.0.tar.gz")
        inner.data = SdistParts().build()
        #expect(try brokenRule(SdistParts(others: [inner]).build(), as: "foo-1.0.tar.gz") == nil)
        inner.data = WheelParts().build()
        #expect(try brokenRule(SdistParts(others: [inner]).build(), as: "foo-1.0.tar.gz") == nil)
    }

    @Test func `stops at the limit of headers, whatever they are`() throws {
        var limits = ArchiveLimits.upload
        limits.memberCount = 50
        for member in [TarBuilder.Member("foo-1.0/x"), .pax([]), .pax([], type: "g")] {
            let parts = SdistParts(others: Array(repeating: member, count: 50) + [.init("foo-1.0/x")])
            #expect(try brokenRule(parts.build(), as: "foo-1.0.tar.gz", limits: limits) == .limit)
        }
    }

    @Test func `stops at the limit of what paths may cost: slashes and accents most`() throws {
        var limits = ArchiveLimits.upload
        // The directory, setup.py and PKG-INFO have 39 bytes and two slashes.
        limits.pathWork = 39 + 2 * 16 + 100
        for (path, isTaken) in [
            ("foo-1.0/" + String(repeating: "a", count: 76), true),
            ("foo-1.0/" + String(repeating: "a", count: 77), false),
            ("foo-1.0/a/aa/aaa/aaaa/b", false), ("foo-1.0/\u{301}", true), ("foo-1.0/a\u{301}", false),
        ] {
            let parts = SdistParts(others: [.init("foo-1.0/setup.py"), .init(path)])
            let rule = try brokenRule(parts.build(), as: "foo-1.0.tar.gz", limits: limits)
            #expect(rule == (isTaken ? nil : .limit), "\(path)")
        }
    }

    @Test func `warns of an sdist that nobody can build, and of paths that are one elsewhere`() throws {
        #expect(try inspect(SdistParts().build(), as: "foo-1.0.tar.gz").warnings == [])
        let modern = SdistParts(others: [.init("foo-1.0/pyproject.toml")])
        #expect(try inspect(modern.build(), as: "foo-1.0.tar.gz").warnings == [])
        for (members, words) in [
            ([TarBuilder.Member("foo-1.0/sub/setup.py")], "nobody can build it"),
            ([.init("foo-1.0/setup.py"), .init("foo-1.0/Setup.py")], "in case or in the form"),
        ] {
            let bytes = SdistParts(others: members).build()
            #expect(try inspect(bytes, as: "foo-1.0.tar.gz").warnings.contains { $0.contains(words) })
            var limits = ArchiveLimits.upload
            limits.refusesFlaws = true
            #expect(try brokenRule(bytes, as: "foo-1.0.tar.gz", limits: limits) != nil)
        }
    }
}
