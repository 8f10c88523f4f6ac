import Archive
import Packaging
import Testing

/// One wrong wheel in a sound ZIP.
struct BadWheel: CustomTestStringConvertible {
    let testDescription: String
    let rule: ArchiveError.Rule
    let bytes: [UInt8]

    init(_ fault: String, _ rule: ArchiveError.Rule, _ edit: (inout WheelParts) -> Void) {
        testDescription = "SPEC 8.3: \(fault)"
        self.rule = rule
        var parts = WheelParts()
        edit(&parts)
        bytes = parts.build()
    }
}

private let wheels: [BadWheel] = [
    .init("no .dist-info", .directory) { $0.directory = "foo" },
    .init("two .dist-info", .directory) { $0.files.append(("bar-1.0.dist-info/METADATA", "")) },
    .init(".dist-info of another project", .directory) { $0.directory = "bar-1.0.dist-info" },
    .init(".dist-info of another version", .directory) { $0.directory = "foo-1.1.dist-info" },
    .init("no METADATA", .missing) { $0.missing = ["METADATA"] },
    .init("no WHEEL", .missing) { $0.missing = ["WHEEL"] },
    .init("no RECORD", .missing) { $0.missing = ["RECORD"] },
    .init("METADATA of another project", .metadata) {
        $0.metadata = "Metadata-Version: 2.1\nName: bar\nVersion: 1.0\n"
    },
    .init("METADATA of another version", .metadata) {
        $0.metadata = "Metadata-Version: 2.1\nName: foo\nVersion: 1.1\n"
    },
    .init("METADATA without a name", .metadata) { $0.metadata = "Metadata-Version: 2.1\nVersion: 1.1\n" },
    .init("WHEEL without a version", .wheel) { $0.wheel = "Tag: py3-none-any\n" },
    .init("WHEEL of version 2", .wheel) { $0.wheel = "Wheel-Version: 2.0\nTag: py3-none-any\n" },
    .init("a wrong hash in RECORD", .record) {
        $0.editRecord = { $0.replacing("__init__.py,sha256=", with: "__init__.py,sha256=A") }
    },
    .init("the hash of another file in RECORD", .record) {
        $0.editRecord = { $0.replacing(hash("x = 1\n"), with: hash("x = 2\n")) }
    },
    .init("a wrong size in RECORD", .record) { $0.editRecord = { $0.replacing(",6\n", with: ",7\n") } },
    .init("a size that is no number in RECORD", .record) { $0.editRecord = { $0.replacing(",6\n", with: ",six\n") } },
    .init("no hash in RECORD", .record) { $0.editRecord = { $0.replacing("sha256=\(hash("x = 1\n"))", with: "") } },
    .init("MD5 in RECORD", .record) { $0.editRecord = { $0.replacing("sha256=", with: "md5=") } },
    .init("two columns in RECORD", .record) { $0.editRecord = { $0 + "a,b\n" } },
    .init("four columns in RECORD", .record) { $0.editRecord = { $0 + "a,b,c,d\n" } },
    .init("an open quote in RECORD", .record) { $0.editRecord = { $0 + "\"a,,\n" } },
    .init("one path with two hashes in RECORD", .record) {
        $0.editRecord = { $0 + "foo/data.txt,sha256=\(hash("y")),1\n" }
    },
    .init("a licence file that is missing", .missing) {
        $0.metadata = "Metadata-Version: 2.4\nName: foo\nVersion: 1.0\nLicense-File: LICENSE\n"
    },
    .init("a command that is a path", .metadata) {
        $0.files.append(("foo-1.0.dist-info/entry_points.txt", "[console_scripts]\n../x = foo:x\n"))
    },
]

/// A flaw of a wheel that installs all the same.
private let flaws: [BadWheel] = [
    .init("a member that RECORD does not list", .record) {
        $0.editRecord = { $0.replacing("foo/data.txt", with: "foo/data.xxx") }
    },
    .init("a row without a member", .record) { $0.editRecord = { $0 + "foo/lost.py,sha256=\(hash("")),0\n" } },
    .init("one row twice", .record) { $0.editRecord = { $0 + "foo/data.txt,sha256=\(hash("")),0\n" } },
    .init("other tags in WHEEL", .wheel) { $0.wheel = "Wheel-Version: 1.0\nTag: py2-none-any\n" },
    .init("another build tag in WHEEL", .wheel) { $0.wheel += "Build: 2\n" },
]

private let sound: [(String, WheelParts)] = [
    ("plain", WheelParts()),
    ("signed", WheelParts(files: [("foo-1.0.dist-info/RECORD.jws", "{}")], editRecord: withoutSignature)),
    ("vendored", WheelParts(files: [("foo/_vendor/bar-2.0.dist-info/METADATA", "x")])),
    (
        "entry points",
        WheelParts(files: [("foo-1.0.dist-info/entry_points.txt", "[console_scripts]\nx = foo:x\n")])
    ),
    ("comma in a path", WheelParts(files: [("foo/a,b.txt", "x")])),
    ("backslashes in RECORD", WheelParts(editRecord: { $0.replacing("foo/", with: "foo\\") })),
    ("CR LF in RECORD", WheelParts(editRecord: { $0.replacing("\n", with: "\r\n") })),
    (
        "padding in RECORD",
        WheelParts(editRecord: { $0.replacing(",6\n", with: ",6\n").replacing(hash(""), with: hash("") + "=") })
    ),
    ("no sizes in RECORD", WheelParts(editRecord: { $0.replacing(",6\n", with: ",\n") })),
    ("other spelling", WheelParts(directory: "Foo-1.0.0.dist-info")),
    (
        "a licence file",
        WheelParts(
            metadata: "Metadata-Version: 2.4\nName: foo\nVersion: 1.0\nLicense-File: a/LICENSE\n",
            files: [("foo-1.0.dist-info/licenses/a/LICENSE", "free")])
    ),
]

@Sendable private func withoutSignature(_ record: String) -> String {
    record.split(separator: "\n").filter { !$0.contains(".jws") }.joined(separator: "\n")
}

@Suite struct WheelTests {
    @Test(arguments: wheels)
    func `refuses a wheel that is not what it says`(_ bad: BadWheel) throws {
        #expect(try brokenRule(bad.bytes) == bad.rule)
    }

    @Test(arguments: flaws)
    func `warns of flaws that installers forgive, or refuses them on request`(_ bad: BadWheel) throws {
        #expect(try inspect(bad.bytes).warnings.isEmpty == false)
        var limits = ArchiveLimits.upload
        limits.refusesFlaws = true
        #expect(try brokenRule(bad.bytes, limits: limits) == bad.rule)
    }

    @Test(arguments: sound.indices)
    func `takes a sound wheel without a warning`(_ index: Int) throws {
        let (name, parts) = sound[index]
        #expect(try inspect(parts.build()).warnings == [], "\(name)")
    }

    @Test func `gives the metadata byte for byte`() throws {
        var parts = WheelParts()
        parts.metadata = "Metadata-Version: 2.1\r\nName: Foo\r\nVersion: 1.0.0\r\nSummary:  s \r\n\r\n\r\n \u{1F40D}\r"
        let result = try inspect(parts.build())
        #expect(result.metadata == Array(parts.metadata.utf8))
        #expect(result.core.name.text == "Foo" && result.core.summary == "s" && result.core.body == "\r\n \u{1F40D}\r")
        #expect(result.wheel?.tags == ["py3-none-any"] && result.memberCount == 5)
        #expect(result.unpackedBytes > 300)
    }

    @Test func `writes sentences for people`() throws {
        for bad in wheels {
            let error = #expect(throws: ArchiveError.self) { try inspect(bad.bytes) }
            let reason = error?.reason ?? ""
            #expect(reason.utf8.allSatisfy { (0x20..<0x7F).contains($0) } && reason.hasSuffix("."), "\(reason)")
        }
    }
}
