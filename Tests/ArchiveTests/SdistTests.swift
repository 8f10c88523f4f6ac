@testable import Archive
import Packaging
import Testing

/// One wrong sdist.
struct BadSdist: CustomTestStringConvertible {
    let testDescription: String
    let rule: ArchiveError.Rule
    let bytes: [UInt8]

    init(_ fault: String, _ rule: ArchiveError.Rule, bytes: [UInt8]) {
        testDescription = "SPEC 8.2: \(fault)"
        self.rule = rule
        self.bytes = bytes
    }

    init(_ fault: String, _ rule: ArchiveError.Rule, _ others: TarBuilder.Member...) {
        self.init(fault, rule, bytes: SdistParts(others: others).build())
    }

    init(_ fault: String, _ rule: ArchiveError.Rule, _ edit: (inout TarBuilder) -> Void) {
        self.init(fault, rule, bytes: SdistParts().build(edit))
    }
}

private let long = "foo-1.0/" + String(repeating: "a", count: 120)

private let sdists: [BadSdist] = [
    .init("no gzip", .kind, bytes: TarBuilder(SdistParts().members).build()),
    .init("an empty file", .kind, bytes: []),
    .init("gzip of something else", .corrupt, bytes: Gzip.compress([UInt8](repeating: 65, count: 2000)) ?? []),
    .init("gzip that is cut off", .corrupt, bytes: Array(SdistParts().build().dropLast(9))),
    .init("a wrong gzip checksum", .corrupt, bytes: changed(SdistParts().build(), fromEnd: 8)),
    .init("a wrong gzip size", .corrupt, bytes: changed(SdistParts().build(), fromEnd: 1)),
    .init("two gzip members", .framing, bytes: SdistParts().build() + SdistParts().build()),
    .init("zeros after gzip", .framing, bytes: SdistParts().build() + [0, 0, 0]),
    .init("a member after the end mark", .framing) { $0.end += [UInt8](repeating: 1, count: 512) },
    .init("half a block", .corrupt) { $0.end = [1, 2, 3] },
    .init("a wrong header checksum", .corrupt) { $0.members[1].checksum = "0000000 " },
    .init("data that is cut off", .corrupt) {
        $0.members[2].size = 5000
        $0.end = []
    },
    .init("two top directories", .directory, .init("bar-1.0/x")),
    .init("a file at the top", .directory, .init("setup.py")),
    .init("a file instead of the top directory", .directory, .init("foo-1.0")),
    .init("paths that begin with ./", .path, .init("./foo-1.0/x")),
    .init("another name of the top directory", .directory) { builder in
        for index in builder.members.indices {
            builder.members[index].path = builder.members[index].path.replacing("foo-1.0", with: "src")
        }
    },
    .init("no PKG-INFO", .missing) { $0.members.removeLast() },
    .init("nothing at all", .missing) { $0.members = [] },
    .init("PKG-INFO only below", .missing) { $0.members[2].path = "foo-1.0/foo.egg-info/PKG-INFO" },
    .init("two PKG-INFO", .duplicate, .init("foo-1.0/PKG-INFO", SdistParts().metadata)),
    .init(
        "PKG-INFO of another project", .metadata,
        bytes: SdistParts(metadata: "Metadata-Version: 2.1\nName: bar\nVersion: 1.0\n").build()),
    .init(
        "PKG-INFO of another version", .metadata,
        bytes: SdistParts(metadata: "Metadata-Version: 2.1\nName: foo\nVersion: 2.0\n").build()),
    .init(
        "PKG-INFO without a version", .metadata,
        bytes: SdistParts(metadata: "Metadata-Version: 2.1\nName: foo\n").build()),
    .init(
        "a licence file that is missing", .missing,
        bytes: SdistParts(metadata: "Metadata-Version: 2.4\nName: foo\nVersion: 1.0\nLicense-File: L\n").build()),
    .init("a huge PKG-INFO", .limit, bytes: SdistParts(metadata: String(repeating: "x", count: 1_100_000)).build()),
    .init("PKG-INFO that is a link", .special) {
        $0.members[2] = .init("foo-1.0/PKG-INFO", type: "2", link: "setup.py")
    },
    .init("an absolute path", .path, .init("/foo-1.0/x")),
    .init("an upward path", .path, .init("foo-1.0/../x")),
    .init("a backslash", .path, .init("foo-1.0\\x")),
    .init(
        "a path beyond the limit", .limit, .pax([("path", "foo-1.0/" + String(repeating: "a", count: 1100))]),
        .init("x")),
    .init("a character device", .special, .init("foo-1.0/x", type: "3")),
    .init("a block device", .special, .init("foo-1.0/x", type: "4")),
    .init("a named pipe", .special, .init("foo-1.0/x", type: "6")),
    .init("an unknown type", .feature, .init("foo-1.0/x", type: "V")),
    .init("a GNU sparse member", .feature, .init("foo-1.0/x", type: "S")),
    .init("a pax sparse member", .feature, .pax([("GNU.sparse.major", "1")]), .init("foo-1.0/x")),
    .init("an old pax sparse member", .feature, .pax([("GNU.sparse.size", "1")]), .init("foo-1.0/x")),
    .init("a damaged pax record", .corrupt, .init("p", "99 path=x\n", type: "x"), .init("foo-1.0/x")),
    .init("a pax record without a length", .corrupt, .init("p", "path=x\n", type: "x"), .init("foo-1.0/x")),
    .init("two paths in a pax header", .duplicate, .pax([("path", "foo-1.0/a"), ("path", "foo-1.0/b")]), .init("x")),
    .init("two pax headers", .duplicate, .pax([("path", "foo-1.0/a")]), .pax([("path", "foo-1.0/b")]), .init("x")),
    .init("a GNU and a pax path", .duplicate, .init("l", long, type: "L"), .pax([("path", long)]), .init("x")),
    .init("a global path", .path, .pax([("path", "foo-1.0/a")], type: "g"), .init("foo-1.0/x")),
    .init("a pax size that differs", .mismatch, .pax([("size", "3")]), .init("foo-1.0/x", "1234")),
    .init("a huge pax header", .limit, .pax([("comment", String(repeating: "a", count: 300_000))]), .init("foo-1.0/x")),
    .init("a pax header at the end", .corrupt) { $0.members.append(.pax([("path", "foo-1.0/a")])) },
    .init("an absolute link", .special, .init("foo-1.0/x", type: "2", link: "/etc/passwd")),
    .init("a link out of the tree", .special, .init("foo-1.0/x", type: "2", link: "../x")),
    .init("a link out of the tree from below", .special, .init("foo-1.0/a/x", type: "2", link: "../../x")),
    .init("a link to nothing", .special, .init("foo-1.0/x", type: "2")),
    .init("a roundabout link", .special, .init("foo-1.0/x", type: "2", link: "a/../b")),
    .init("a member below a link", .special, .init("foo-1.0/a", type: "2", link: "."), .init("foo-1.0/a/b")),
    .init("a member that replaces a link", .special, .init("foo-1.0/a", type: "2", link: "b"), .init("foo-1.0/a", "x")),
    .init("a hard link out of the tree", .special, .init("foo-1.0/x", type: "1", link: "/etc/passwd")),
    .init("a hard link to a later member", .special, .init("foo-1.0/x", type: "1", link: "foo-1.0/PKG-INFO")),
    .init(
        "a hard link to a symbolic link", .special, .init("foo-1.0/a", type: "2", link: "."),
        .init("foo-1.0/b", type: "1", link: "foo-1.0/a")),
    .init("a hard link to itself", .special, .init("foo-1.0/x", type: "1", link: "foo-1.0/x")),
    .init("a member far below a link", .special, .init("foo-1.0/a/b", type: "2", link: "c"), .init("foo-1.0/a/b/c/d")),
    .init("a link with data", .mismatch, .init("foo-1.0/x", "data", type: "2", link: "y")),
    .init("a directory with data", .mismatch, .init("foo-1.0/x", "data", type: "5")),
    .init("a file whose path is a directory's", .mismatch, .init("foo-1.0/x/", "data")),
    .init("a bomb", .bomb, bytes: bomb),
]

private var bomb: [UInt8] {
    var member = TarBuilder.Member("foo-1.0/zeros")
    member.data = [UInt8](repeating: 0, count: 66 << 20)
    return SdistParts(others: [member]).build()
}

private func changed(_ bytes: [UInt8], fromEnd: Int) -> [UInt8] {
    var bytes = bytes
    bytes[bytes.count - fromEnd] ^= 1
    return bytes
}

private let sound: [(String, [TarBuilder.Member])] = [
    ("a GNU long path", [.init("l", long + "\u{0}", type: "L"), .init(String(long.prefix(100)), "x")]),
    ("a pax path", [.pax([("path", long), ("mtime", "1.5")]), .init(String(long.prefix(100)), "x")]),
    ("a pax path whose short form ends in a slash", [.pax([("path", long)]), .init("foo-1.0/aaa/", "x")]),
    ("a global comment", [.pax([("comment", "0123")], type: "g"), .init("foo-1.0/x")]),
    ("links inside", [.init("foo-1.0/a/b", type: "2", link: "../c"), .init("foo-1.0/d", type: "2", link: "./e/f")]),
    ("a hard link", [.init("foo-1.0/a", "x"), .init("foo-1.0/b", type: "1", link: "foo-1.0/a")]),
    ("a file twice", [.init("foo-1.0/a", "x"), .init("foo-1.0/a", "y")]),
    ("a contiguous file", [.init("foo-1.0/a", "x", type: "7")]),
    ("a directory of Version 7", [.init("foo-1.0/a/", type: "_")]),
]

@Suite struct SdistTests {
    @Test(arguments: sdists)
    func `refuses an sdist that is damaged, hostile or not what it says`(_ bad: BadSdist) throws {
        #expect(try brokenRule(bad.bytes, as: "foo-1.0.tar.gz") == bad.rule)
    }

    @Test(arguments: sound.indices)
    func `takes what real archives have`(_ index: Int) throws {
        let (name, others) = sound[index]
        #expect(try brokenRule(SdistParts(others: others).build(), as: "foo-1.0.tar.gz") == nil, "\(name)")
    }

    @Test func `takes every dialect of headers`() throws {
        #expect(try brokenRule(SdistParts().build { $0.end = [] }, as: "foo-1.0.tar.gz") == nil)
        let dialects = SdistParts().build {
            $0.members[1].magic = Array("ustar  \u{0}".utf8)
            $0.members[1].isBinarySize = true
            $0.members[2].path = "PKG-INFO"
            $0.members[2].prefix = "foo-1.0"
        }
        #expect(try brokenRule(dialects, as: "foo-1.0.tar.gz") == nil)
    }

    @Test func `gives the metadata and says whether it is static`() throws {
        let result = try inspect(SdistParts().build(), as: "Foo-1.0.0.tar.gz")
        #expect(result.metadata == Array(SdistParts().metadata.utf8))
        #expect(result.core.isStatic && result.wheel == nil && result.memberCount == 3)
        let dynamic = SdistParts(metadata: "Metadata-Version: 2.2\nName: foo\nVersion: 1.0\nDynamic: Requires-Dist\n")
        #expect(try !inspect(dynamic.build(), as: "foo-1.0.tar.gz").core.isStatic)
    }

    @Test func `lets the metadata decide where an old file name is split`() throws {
        let old = SdistParts(metadata: "Metadata-Version: 1.0\nName: foo\nVersion: 1.0-1\n").build {
            for index in $0.members.indices {
                $0.members[index].path = $0.members[index].path.replacing("foo-1.0", with: "foo-1.0-1")
            }
        }
        #expect(try brokenRule(old, as: "foo-1.0-1.tar.gz") == nil)
    }

    @Test func `reads zip sdists of imports by the same rules`() throws {
        let members = [
            ZipBuilder.Member("foo-1.0/"), .init("foo-1.0/setup.py"), .init("foo-1.0/PKG-INFO", SdistParts().metadata),
        ]
        #expect(try brokenRule(ZipBuilder(members).build(), as: "foo-1.0.zip") == nil)
        #expect(try brokenRule(ZipBuilder(members + [.init("bar")]).build(), as: "foo-1.0.zip") == .directory)
        #expect(try brokenRule(ZipBuilder(Array(members.dropLast())).build(), as: "foo-1.0.zip") == .missing)
        var wrong = members
        wrong[2].checksum = 1
        #expect(try brokenRule(ZipBuilder(wrong).build(), as: "foo-1.0.zip") == .corrupt)
    }

    @Test func `never traps on an archive with one changed byte`() throws {
        let bytes = TarBuilder(
            SdistParts(others: [.pax([("path", long)]), .init("x", "1"), .init("l", long, type: "L"), .init("y", "2")])
                .members
        ).build()
        for index in bytes.indices.dropLast(1024) where bytes[index] != 0 || index % 7 == 0 {
            var changed = bytes
            changed[index] ^= UInt8(truncatingIfNeeded: index | 1)
            _ = try brokenRule(Gzip.compress(changed) ?? [], as: "foo-1.0.tar.gz")
        }
    }
}
