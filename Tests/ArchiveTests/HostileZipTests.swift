@testable import Archive
import Packaging
import Posix
import Testing

/// One hostile archive: what it does, the rule that it breaks, and words of the sentence that the uploader reads.
struct Hostile: CustomTestStringConvertible {
    let testDescription: String
    let rule: ArchiveError.Rule
    let words: String
    let bytes: [UInt8]

    init(_ fault: String, _ rule: ArchiveError.Rule, _ words: String, bytes: [UInt8]) {
        testDescription = fault
        self.rule = rule
        self.words = words
        self.bytes = bytes
    }

    /// A wheel.
    init(
        _ fault: String, _ rule: ArchiveError.Rule, _ words: String, parts: WheelParts = WheelParts(),
        _ edit: (inout ZipBuilder) -> Void
    ) {
        self.init(fault, rule, words, bytes: parts.build(edit))
    }

    /// A wheel with one more member.
    init(_ fault: String, _ rule: ArchiveError.Rule, _ words: String, member: String) {
        self.init(fault, rule, words) { $0.members.append(.unicode(member)) }
    }

    /// A wheel with another `RECORD`.
    init(_ fault: String, _ words: String, record: @escaping @Sendable (String) -> String) {
        self.init(fault, .record, words, bytes: WheelParts(editRecord: record).build())
    }

    /// The archive breaks the rule, and the sentence says so.
    func expectRefusal(as name: String) throws {
        let error = #expect(throws: ArchiveError.self) { try inspect(bytes, as: name) }
        #expect(error?.rule == rule, "\(error?.reason ?? "taken")")
        #expect(error?.reason.contains(words) == true, "\(error?.reason ?? "")")
        let isPlain = error?.reason.utf8.allSatisfy { (0x20..<0x7F).contains($0) } ?? false
        #expect(isPlain && error?.reason.hasSuffix(".") == true)
    }
}

extension ZipBuilder.Member {
    /// A member whose path is marked as UTF-8, as Python writes it.
    static func unicode(_ path: String, _ text: String = "") -> Self {
        var member = Self(path, text)
        member.flags = 0x800
        return member
    }
}

private func extra(_ kind: Int, _ value: [UInt8]) -> [UInt8] { little(kind, 2) + little(value.count, 2) + value }

private let framing: [Hostile] = [
    .init("a bomb of overlapping members: one quotes the header of the next", .framing, "members that overlap") {
        let inner = ZipBuilder.Member("foo/inner", String(repeating: "x", count: 90), isDeflated: true)
        let quoted = Array(ZipBuilder([inner]).build().prefix(30 + 9 + deflated(inner.data).count))
        var outer = ZipBuilder.Member("foo/outer")
        outer.data = quoted
        $0.members.insert(outer, at: 0)
        $0.members.append(inner)
        $0.members[$0.members.count - 1].isInFile = false
        $0.members[$0.members.count - 1].offset = 30 + 9
    },
    .init("a bomb of many entries for one member", .framing, "members that overlap") {
        for index in 0..<300 {
            $0.members.append(.init("foo/\(index)", "x = 1\n"))
            $0.members[$0.members.count - 1].isInFile = false
            $0.members[$0.members.count - 1].offset = 0
        }
    },
    .init("METADATA that claims 1 GB", .bomb, "unpacks to at least 10737") {
        $0.members[2].size = 1 << 30
    },
    .init("METADATA that claims 60 MB", .limit, "METADATA' has 62914560 bytes; at most 1048576 are allowed") {
        $0.members[2].size = 60 << 20
    },
    .init("sizes whose sum is beyond 64 bits", .bomb, "unpacks to at least 9223372036854775807 bytes") {
        for index in 0..<2 {
            $0.members[index].isDeflated = true
            $0.members[index].centralSize = .max
            $0.members[index].centralExtra = extra(1, little(Int.max, 8))
        }
    },
    .init("a comment that holds another end record", .framing, "has a comment, or bytes after its end") {
        $0.comment = Array(ZipBuilder([]).build()) + [0]
    },
    .init("a signature record after the directory", .framing, "bytes that belong to no member") {
        $0.afterDirectory = little(0x0505_4B50, 4) + little(0, 2)
    },
    .init("an archive extra data record before the directory", .framing, "bytes between its members") {
        $0.beforeDirectory = little(0x0806_4B50, 4) + little(0, 4)
    },
    .init("a member's offset beyond the file", .framing, "directory is damaged") { $0.members[1].offset = 1 << 30 },
    .init("a directory with data", .mismatch, "sizes that do not fit its kind") {
        $0.members.append(.init("foo/sub/", "data"))
    },
    .init("another method in the local header", .mismatch, "other flags") { $0.members[0].localFlags = 2 },
    .init(
        "an archive without its last byte", .kind, "the record that ends one is missing",
        bytes: WheelParts().build().dropLast()),
    .init(
        "an archive without its first byte", .framing, "central directory does not lie right before its end",
        bytes: Array(WheelParts().build().dropFirst())),
    .init(
        "the first half of an archive", .kind, "is not a ZIP archive",
        bytes: Array(WheelParts().build().prefix(300))),
    .init("only an end record", .directory, "no directory 'foo-1.0.dist-info'", bytes: ZipBuilder([]).build()),
    .init("a ZIP64 record without its locator", .framing, "does not lie right before its end") {
        $0.large = { $0.removeLast(20) }
    },
    .init("a ZIP64 locator without its record", .framing, "is not where its locator says") {
        $0.large = { $0.removeFirst(56) }
    },
    .init(
        "a ZIP64 record and locator without an end record", .kind, "the record that ends one is missing",
        bytes: WheelParts().build { $0.large = { _ in } }.dropLast(22)),
    .init(
        "two end records", .framing, "does not lie right before its end",
        bytes: WheelParts().build() + WheelParts().build().suffix(22)),
    .init(
        "an end record that claims 65,535 members", .framing, "too small for its members",
        bytes: changed(ZipBuilder([]).build(), at: [8, 9, 10, 11], to: 0xFF)),
]

private let extras: [Hostile] = [
    .init("a ZIP64 field of one size for a deflated member", .extra, "another length than its header needs") {
        $0.members[0].isDeflated = true
        $0.members[0].localExtra = extra(1, little(6, 8))
    },
    .init("a ZIP64 field with an offset in the local header", .extra, "another length than its header needs") {
        $0.members[0].localExtra = extra(1, little(6, 8) + little(6, 8) + little(0, 8))
    },
    .init("a ZIP64 field with a disk in the local header", .extra, "another length than its header needs") {
        $0.members[0].localExtra = extra(1, little(6, 8) + little(6, 8) + little(0, 8) + little(0, 4))
    },
    .init("a ZIP64 field that no place refers to", .extra, "another length than its header needs") {
        $0.members[0].centralExtra = extra(1, little(9, 8) + little(9, 8))
    },
    .init("a ZIP64 field with more than is referred to", .extra, "another length than its header needs") {
        $0.members[0].centralExtra = extra(1, little(6, 8) + little(6, 8))
        $0.members[0].centralSize = .max
    },
    .init("a ZIP64 field of 2 bytes", .extra, "another length than its header needs") {
        $0.members[0].localExtra = extra(1, [0, 0])
    },
    .init("a ZIP64 size that only the directory has", .mismatch, "other sizes") {
        $0.members[0].isDeflated = true
        $0.members[0].centralExtra = extra(1, little(9, 8))
        $0.members[0].centralSize = .max
    },
    .init("a Unicode path with invalid UTF-8", .extra, "differs from the path itself") {
        $0.members[0].centralExtra = extra(0x7075, [1, 0, 0, 0, 0, 0xFF])
    },
    .init("a Unicode path without a value", .extra, "differs from the path itself") {
        $0.members[0].centralExtra = extra(0x7075, [1])
    },
]

private let names: [Hostile] = [
    .init("a path in Latin-1 or code page 437", .path, "is not UTF-8") {
        $0.members.append(.init("x"))
        $0.members[$0.members.count - 1].path = [0x66, 0xE9]
    },
    .init("a path in UTF-8 that is not marked so", .path, "does not mark it as UTF-8") {
        $0.members.append(.init("foo/\u{E9}"))
    },
    .init("an overlong form of a slash", .path, "is not UTF-8") {
        $0.members.append(.unicode("x"))
        $0.members[$0.members.count - 1].path = Array("foo".utf8) + [0xC0, 0xAF, 0x78]
    },
    .init("a surrogate in UTF-8", .path, "is not UTF-8") {
        $0.members.append(.unicode("x"))
        $0.members[$0.members.count - 1].path = [0xED, 0xA0, 0x80]
    },
    .init("NUL", .path, "contains a control character", member: "foo/a\u{0}.py"),
    .init("an escape sequence", .path, "contains a control character", member: "foo/\u{1B}[31m"),
    .init("a control character of C1", .path, "character U+85", member: "foo/\u{85}"),
    .init("a right-to-left override", .path, "character U+202E", member: "foo/\u{202E}yp.py"),
    .init("a text direction isolate", .path, "character U+2067", member: "foo/\u{2067}x.py"),
    .init("a zero width joiner", .path, "character U+200D", member: "foo/\u{200D}.py"),
    .init("a tag character", .path, "character U+E0041", member: "foo/\u{E0041}.py"),
    .init("a private character", .path, "character U+E000", member: "foo/\u{E000}.py"),
    .init("a character that is none", .path, "character U+FFFF", member: "foo/\u{FFFF}.py"),
    .init("an absolute path", .path, "is absolute", member: "/foo/x"),
    .init("a path upwards", .path, "leads upwards", member: "foo/../../x"),
    .init("a path upwards for Windows", .path, "contains a backslash", member: "foo\\..\\x"),
    .init("a network share", .path, "contains a backslash", member: "\\\\host\\x"),
    .init("a drive", .path, "begins with a drive letter", member: "C:foo"),
    .init("1025 bytes", .limit, "has 1025 bytes; at most 1024", member: String(repeating: "a", count: 1025)),
    .init("101 directories", .limit, "has 102 parts; at most 100", member: String(repeating: "a/", count: 101)),
    .init("65,535 bytes", .limit, "has 65535 bytes", member: String(repeating: "a", count: 65_535)),
    .init("the same path twice", .duplicate, "two members of one path", member: "foo/__init__.py"),
    .init(
        "METADATA in small letters beside METADATA", .duplicate,
        "'foo-1.0.dist-info/metadata' twice, or once more in another case",
        member: "foo-1.0.dist-info/metadata"),
    .init(
        "the wheel's directory in capitals beside it", .duplicate, "twice, or once more in another case",
        member: "foo-1.0.DIST-INFO/METADATA"),
    .init("another directory in capitals", .directory, "more than one .dist-info", member: "bar-1.0.DIST-INFO/x"),
    .init(
        "metadata that would replace the wheel's own", .directory, "among the metadata of distributions",
        member: "foo-1.0.data/purelib/foo-1.0.dist-info/METADATA"),
    .init(
        "metadata of another project below platlib", .directory, "among the metadata of distributions",
        member: "foo-1.0.data/platlib/pip-99.DIST-INFO/METADATA"),
    .init(
        "metadata of a project whose name begins with an accent", .directory, "among the metadata of distributions",
        member: "foo-1.0.data/purelib/\u{301}-1.0.dist-info/METADATA"),
    .init(
        "a file that .data would replace", .duplicate, "to the place of another one",
        member: "foo-1.0.data/purelib/foo/__init__.py"),
    .init("a file below a file", .duplicate, "below a file", member: "foo/__init__.py/x"),
    .init("a file in the place of a directory", .duplicate, "to the place of another one", member: "foo"),
    .init(
        "a .data directory of another project", .directory, "only 'foo-1.0.data' may end in .data",
        member: "bar-1.0.data/purelib/os.py"),
    .init(
        "a .data directory in capitals", .directory, "only 'foo-1.0.data' may end in .data",
        member: "foo-1.0.DATA/scripts/pip"),
    .init(
        "a directory of .data that no installer knows", .directory, "is in none of the directories",
        member: "foo-1.0.data/stdlib/os.py"),
    .init("a file right below .data", .directory, "is in none of the directories", member: "foo-1.0.data/x"),
    .init(
        "a scheme of .data that is a file", .directory, "is in none of the directories",
        member: "foo-1.0.data/scripts"),
    .init("a path out of .data", .path, "leads upwards", member: "foo-1.0.data/scripts/../../../x"),
]

private let records: [Hostile] = [
    .init("a row upwards", "lists '../../bin/sh', which leads upwards") { $0 + "../../bin/sh,,\n" },
    .init("a row with an absolute path", "lists '/bin/sh', which is absolute") { $0 + "/bin/sh,,\n" },
    .init("a row with a path of Windows", "lists 'C:/x', which begins with a drive") { $0 + "C:\\x,,\n" },
    .init("a row with a line end in its path", "which contains a control character") { $0 + "\"a\nb\",,\n" },
    .init("a row without a path", "which is empty") { $0 + ",,\n" },
    .init("a row with a quote that hides the next", "not 'path,hash,size'") { $0 + "\"a,,\nb,,\n" },
    .init("a row with text after a quote", "not 'path,hash,size'") { $0 + "\"a\"b,,\n" },
    .init("a row with a fourth, empty field", "not 'path,hash,size'") { $0 + "a,,,\n" },
    .init("SHA-1", "use sha256") { $0.replacing("sha256=", with: "sha1=") },
    .init("MD5", "use sha256") { $0.replacing("sha256=", with: "md5=") },
    .init("BLAKE2", "use sha256") { $0.replacing("sha256=", with: "blake2b=") },
    .init("a hash without an algorithm", "use sha256") { $0.replacing("sha256=", with: "") },
    .init("SHA-512 of another file", "has the hash sha512=") {
        $0.replacing("sha256=\(hash("x = 1\n"))", with: "sha512=\(String(repeating: "A", count: 86))")
    },
    .init("SHA-384 of another file", "has the hash sha384=") {
        $0.replacing("sha256=\(hash("x = 1\n"))", with: "sha384=\(String(repeating: "A", count: 64))")
    },
    .init("SHA-512 that is too short", "URL-safe base64 of 64 bytes") { $0.replacing("sha256=", with: "sha512=") },
    .init("a hash that is not base64", "URL-safe base64 of 32 bytes") { $0.replacing("sha256=", with: "sha256=+") },
    .init("a negative size", "has the size -6") { $0.replacing(",6\n", with: ",-6\n") },
]

private let contents: [Hostile] = [
    .init(
        "20,000 classifiers", .metadata, "too many fields",
        bytes: WheelParts(
            metadata: WheelParts().metadata.replacing("\n\n", with: "\n" + classifiers(20_000) + "\n")
        ).build()),
    .init(
        "2 MB of classifiers", .limit, "at most 1048576 are allowed",
        bytes: WheelParts(
            metadata: WheelParts().metadata.replacing("\n\n", with: "\n" + classifiers(200_000) + "\n")
        ).build()),
    .init(
        "a text direction in the summary", .metadata, "U+202E",
        bytes: WheelParts(
            metadata: WheelParts().metadata.replacing("Name", with: "Summary: \u{202E}x\nName")
        ).build()),
    .init(
        "a licence file out of the wheel", .missing, "licence file '../../../etc/passwd'",
        bytes: WheelParts(
            metadata: "Metadata-Version: 2.4\nName: foo\nVersion: 1.0\nLicense-File: ../../../etc/passwd\n"
        ).build()),
    .init(
        "a million tags by three sets", .wheel, "more tags than",
        bytes: WheelParts(
            wheel: "Wheel-Version: 1.0\nTag: \(set("py"))-\(set("a"))-\(set("p"))\n"
        ).build()),
]

private func classifiers(_ count: Int) -> String { String(repeating: "Classifier: a\n", count: count) }

private func set(_ word: String) -> String { (0..<100).map { "\(word)\($0)" }.joined(separator: ".") }

private func changed(_ bytes: [UInt8], at indices: [Int], to value: UInt8) -> [UInt8] {
    var bytes = bytes
    for index in indices { bytes[index] = value }
    return bytes
}

@Suite struct HostileZipTests {
    @Test(arguments: framing + extras + names + records + contents)
    func `refuses a hostile wheel and says why`(_ hostile: Hostile) throws {
        try hostile.expectRefusal(as: "foo-1.0-py3-none-any.whl")
    }

    /// Odd, but every installer reads it in one way.
    @Test(arguments: [
        "foo/aux.py", "foo/con", "foo/a:b", "foo/a b.", "foo/\u{E9}", "foo/e\u{301}", "foo/\u{1F40D}", "foo.data",
        "foo-1.0.data/scripts/foo", "foo-1.0.data/data/etc/foo.conf", "Foo-1.0.0.data/headers/foo.h", "foo-1.0.data/",
        "foo/bar-1.0.dist-info/METADATA", "foo-1.0.dist-info/licenses/METADATA",
    ])
    func `takes odd paths`(_ path: String) throws {
        _ = try inspect(WheelParts().build { $0.members.append(.unicode(path)) })
    }

    /// Nothing is unpacked twice: an archive in an archive, or in itself, is data.
    @Test func `takes archives in archives as data`() throws {
        var parts = WheelParts()
        for _ in 0..<5 {
            var member = ZipBuilder.Member("foo/inner.zip")
            member.data = parts.build()
            let inner = member
            _ = try inspect(WheelParts().build { $0.members.append(inner) })
            parts.files.append(("foo/next\(parts.files.count)", ""))
        }
    }

    @Test(arguments: [("foo/Data.txt", true), ("foo/DATA.TXT", true), ("foo/data2.txt", false)])
    func `warns of paths that Windows and macOS take for one`(_ path: String, _ isWarned: Bool) throws {
        let parts = WheelParts(files: [("foo/__init__.py", "x = 1\n"), ("foo/data.txt", ""), (path, "")])
        #expect(try inspect(parts.build()).warnings.contains { $0.contains("in case or in the form") } == isWarned)
        var limits = ArchiveLimits.upload
        limits.refusesFlaws = true
        #expect(try brokenRule(parts.build(), limits: limits) == (isWarned ? .duplicate : nil))
    }

    @Test func `sees one path in two normal forms of Unicode`() throws {
        let bytes = WheelParts().build { $0.members += [.unicode("foo/\u{E9}"), .unicode("foo/e\u{301}")] }
        #expect(try inspect(bytes).warnings.contains { $0.contains("in the form of its characters") })
    }

    @Test func `checks SHA-384 and SHA-512 in RECORD`() throws {
        // Of the empty file: FIPS 180-4, as hashlib gives them.
        let sha512 = "z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg_SpIdNs6c5H0NE8XYXysP-DGNKHfuwvY7kxvUdBeoGlODJ6-SfaPg"
        let sha384 = "OLBgp1GsljhM2TJ-sbHjaiH9txEUvgdDTAzHv2P24donTt6_529l-9Ua0vFImLlb"
        for stated in ["sha512=\(sha512)", "sha384=\(sha384)"] {
            let parts = WheelParts(editRecord: { $0.replacing("sha256=\(hash(""))", with: stated) })
            #expect(try inspect(parts.build()).warnings == [])
        }
    }

    @Test func `counts every row of RECORD`() throws {
        var limits = ArchiveLimits.upload
        limits.memberCount = 20
        for row in ["foo/data.txt,sha256=\(hash("")),0\n", "foo/,,\n"] {
            let parts = WheelParts(editRecord: { $0 + String(repeating: row, count: 20) })
            let error = #expect(throws: ArchiveError.self) { try inspect(parts.build(), limits: limits) }
            #expect(error?.rule == .limit && error?.reason == "RECORD has more than 20 rows.")
        }
    }

    /// As Python's `csv` reads them.
    @Test(arguments: [
        ("a,b,c", ["a", "b", "c"]), ("\"a,b\",,", ["a,b", "", ""]), ("\"a\"\"b\",,", ["a\"b", "", ""]),
        ("a\"b,c\"d,", ["a\"b", "c\"d", ""]), ("\"\",\"\",\"\"", ["", "", ""]), ("\"\"\"\",x,y", ["\"", "x", "y"]),
        ("a,b", nil), ("a,b,c,", nil), ("\"a,b,c", nil), ("\"a\"x,b,c", nil), (",,", ["", "", ""]),
    ])
    func `reads rows of comma-separated fields`(_ row: String, _ expected: [String]?) {
        for end in ["", "\n", "\r\n"] {
            let bytes = Array((row + end).utf8)
            var position = 0
            let fields = CommaSeparated.fields(in: bytes, from: &position, count: 3)
            #expect(fields?.map { String(decoding: $0, as: UTF8.self) } == expected)
            if expected != nil { #expect(CommaSeparated.row(in: bytes, from: position) == nil) }
        }
    }
}
