import Packaging
import Testing

private let head = "Metadata-Version: 2.1\nName: foo\nVersion: 1.0\n"

/// Metadata, and a word of the sentence that refuses it.
private let bad: [(String, String)] = [
    ("", "no Metadata-Version"),
    ("Name: foo\nVersion: 1.0\n", "no Metadata-Version"),
    ("Metadata-Version: 2.1\nVersion: 1.0\n", "no Name"),
    ("Metadata-Version: 2.1\nName: foo\n", "no Version"),
    ("Metadata-Version: 2.1\nName:\nVersion: 1.0\n", "no Name"),
    ("Metadata-Version: 2.1\n\nName: foo\nVersion: 1.0\n", "no Name"),
    ("\u{FEFF}" + head, "no Metadata-Version"),
    ("Metadata-Version: 3.0\nName: foo\nVersion: 1.0\n", "'3.0'"),
    ("Metadata-Version: 2.04\nName: foo\nVersion: 1.0\n", "'2.04'"),
    ("Metadata-Version: 1.3\nName: foo\nVersion: 1.0\n", "'1.3'"),
    ("Metadata-Version: 2\nName: foo\nVersion: 1.0\n", "'2'"),
    ("Metadata-Version: 2.x\nName: foo\nVersion: 1.0\n", "'2.x'"),
    ("Metadata-Version: 2.1\nName: -foo\nVersion: 1.0\n", "'-foo'"),
    ("Metadata-Version: 2.1\nName: foo\nVersion: 1.x\n", "'1.x'"),
    (head + "Name: bar\n", "Name 2 times"),
    (head + "name: foo\n", "Name 2 times"),
    (head + "Summary: a\nSummary: b\n", "Summary 2 times"),
    (head + "Requires-Python: 3.9\n", "'3.9'"),
    (head + "Dynamic: Name\n", "Dynamic"),
    (head + "Dynamic: VERSION\n", "Dynamic"),
    (head + "Summary: a\u{0}b\n", "NUL character in line 4"),
    (head + "\nbody\n\u{0}", "NUL character in line 6"),
    (head + "Summary: a\u{1B}[1m\n", "U+1B"),
    (head + "Author: \u{202E}evil\n", "U+202E"),
    (head + "X-Custom: \u{2066}\n", "U+2066"),
    (head + String(repeating: "A: b\n", count: 16_384), "too many fields"),
    (head + String(repeating: " ", count: 1 << 20), "1048621 bytes"),
]

/// A header, and the fields and the body that Python's parser finds in it.
private let odd: [(String, [String], String)] = [
    ("A: b\nC: d\n\nE: f\n", ["A=b", "C=d"], "E: f\n"),
    ("A: b\r\nC: d\r\n\r\nE\r\n", ["A=b", "C=d"], "E\r\n"),
    ("A: b\rC: d\r\rE\r", ["A=b", "C=d"], "E\r"),
    ("A: b\n  c\n\td\nE: f\n", ["A=b\n  c\n\td", "E=f"], ""),
    ("A:\n  c\n", ["A=c"], ""),
    ("A: b  \n", ["A=b  "], ""),
    ("A:b:c\n", ["A=b:c"], ""),
    ("A\t: b\n", [], "A\t: b\n"),
    ("A: b\nno field\nC: d\n", ["A=b"], "no field\nC: d\n"),
    ("A: b\nFrom here\nC: d\n", ["A=b", "C=d"], ""),
    ("A: b\nFrom here\n\nC: d\n", ["A=b"], "From here\nC: d\n"),
    ("\u{C4}: b\n", [], "\u{C4}: b\n"),
    ("A: \u{C4}\u{2028}x\u{B}y\n", ["A=\u{C4}\u{2028}x\u{B}y"], ""),
    ("A: b", ["A=b"], ""),
    ("A:", ["A="], ""),
]

/// Lines before the first field that Python's parser drops.
private let dropped = [" lost\n", "\tlost\n lost\n", ": lost\n too\n", "From here\n", "From here\n too\n"]

/// Files WHEEL that no installer could use.
private let badWheels = [
    "", "Tag: py3-none-any", "Wheel-Version: 2.0", "Wheel-Version: 1", "Wheel-Version: 1.0\nTag: py3",
    "Wheel-Version: 1.0\n" + String(repeating: "Tag: a.b.c.d.e.f.g.h-a.b.c.d.e.f.g.h-a.b.c.d.e.f.g.h\n", count: 33),
]

private let descriptions: [(String, String?)] = [
    (head, nil),
    (head + "\n", nil),
    (head + "\n# Foo\n", "# Foo\n"),
    (head + "Description: UNKNOWN\n", nil),
    (head + "Description: one\n        two\n          three\n", "one\ntwo\n  three"),
    (head + "Description: one\n       |two\n       |  three\n", "one\ntwo\n  three"),
    (head + "Description: one\n two\n\nbody", "one\ntwo"),
]

@Suite struct CoreMetadataTests {
    @Test(arguments: bad.indices)
    func `refuses metadata that installers could not rely on`(_ index: Int) {
        let (text, word) = bad[index]
        let error = #expect(throws: PackagingError.self) { try CoreMetadata(Array(text.utf8)) }
        #expect(error?.reason.contains(word) == true, "\(error?.reason ?? "")")
    }

    @Test func `says where the bytes are not UTF-8`() {
        let bytes = Array((head + "Summary: caf").utf8) + [0xE9, 0x0A]
        let error = #expect(throws: PackagingError.self) { try CoreMetadata(bytes) }
        #expect(error?.reason.contains("line 4 (byte \(head.utf8.count + 12))") == true, "\(error?.reason ?? "")")
    }

    @Test(arguments: odd.indices)
    func `splits odd headers as Python does`(_ index: Int) throws {
        let (text, fields, body) = odd[index]
        let core = try CoreMetadata(Array((head + text).utf8))
        let found = core.fieldNames.dropFirst(3).map { "\($0)=\(core.values($0)[0])" }
        #expect(found == fields)
        #expect(core.body.utf8.elementsEqual(body.utf8))
    }

    @Test(arguments: dropped)
    func `drops what Python drops before the first field`(_ lines: String) throws {
        #expect(try CoreMetadata(Array((lines + head).utf8)).fieldNames == ["Metadata-Version", "Name", "Version"])
    }

    @Test(arguments: descriptions.indices)
    func `finds the description in the header or in the body`(_ index: Int) throws {
        let (text, description) = descriptions[index]
        #expect(try CoreMetadata(Array(text.utf8)).description == description)
    }

    @Test func `reads the fields that the index uses`() throws {
        let text = """
            metadata-version: 2.4
            NAME: Foo.Bar
            Version: 1.0.0RC1
            Summary:   words \u{20}
            Requires-Python: >=3.9, <4
            Requires-Dist: a
            requires-dist: b; extra == "x"
            Dynamic: License-File
            X-Unknown: kept
            """
        let core = try CoreMetadata(Array(text.utf8))
        #expect(core.name.text == "Foo.Bar" && core.version.description == "1.0.0rc1")
        #expect(core.metadataVersion.description == "2.4" && core.summary == "words")
        #expect(core.requiresPython == ">=3.9, <4")
        #expect(core.values("REQUIRES-DIST") == ["a", "b; extra == \"x\""])
        #expect(core.values("x-unknown") == ["kept"] && core.values("absent") == [])
        #expect(core.dynamic == ["license-file"] && core.isStatic)
    }

    @Test func `takes old habits`() throws {
        let old = try CoreMetadata(
            Array("Metadata-Version: 2.0\nName: foo\nVersion: 1.0-dev\nSummary: UNKNOWN\nRequires-Python: >=3.*\n".utf8)
        )
        #expect(old.summary == nil && old.requiresPython == ">=3.*" && !old.isStatic)
        #expect(try CoreMetadata(Array((head + "Requires-Python:\nDescription: a\u{C}b\n").utf8)).requiresPython == nil)
        #expect(
            try CoreMetadata(Array("Metadata-Version: 2.9\nName: foo\nVersion: 1\n".utf8)).metadataVersion
                .isNewerThanKnown)
    }

    @Test(arguments: [
        ("2.1", "", false), ("2.2", "", true), ("2.6", "", true), ("2.2", "Dynamic: Requires-Dist\n", false),
        ("2.4", "Dynamic: License-File\n", true), ("2.4", "Dynamic: License-File\nDynamic: License\n", false),
    ])
    func `knows static metadata`(_ version: String, _ more: String, _ expected: Bool) throws {
        let text = "Metadata-Version: \(version)\nName: foo\nVersion: 1.0\n\(more)"
        #expect(try CoreMetadata(Array(text.utf8)).isStatic == expected)
    }

    @Test func `reads WHEEL and expands its tags`() throws {
        let wheel = try WheelMetadata(
            Array("Wheel-Version: 1.9\nTag: py2.py3-none-any\nTag: CP311-abi3-any\nBuild: 1\n".utf8))
        #expect(wheel.tags == ["py2-none-any", "py3-none-any", "cp311-abi3-any"] && wheel.build == "1")
        let name = try WheelFilename("foo-1-py2.py3-none-a.b.whl")
        #expect(name.tags == ["py2-none-a", "py2-none-b", "py3-none-a", "py3-none-b"])
    }

    @Test(arguments: badWheels.indices)
    func `refuses a WHEEL that installers could not use`(_ index: Int) {
        #expect(throws: PackagingError.self) { try WheelMetadata(Array(badWheels[index].utf8)) }
    }
}
