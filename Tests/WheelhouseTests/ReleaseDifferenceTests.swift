import Packaging
import Testing

@testable import Wheelhouse

struct ReleaseDifferenceTests {
    @Test(arguments: [
        ("demo-1.0.dist-info/METADATA", "demo-{version}.dist-info/METADATA"),
        ("demo-1.0.data/scripts/a", "demo-{version}.data/scripts/a"),
        ("demo-1.0/setup.py", "demo-{version}/setup.py"), ("demo-1/setup.py", "demo-{version}/setup.py"),
        ("demo-2.0/setup.py", "demo-2.0/setup.py"), ("demo/a-1.0/b", "demo/a-1.0/b"), ("demo-1.0", "demo-1.0"),
        ("demo-other.dist-info/A", "demo-other.dist-info/A"),
    ])
    func `a path that names the release is the same in another one`(path: String, common: String) throws {
        #expect(ReleaseDifference.commonPath(path, try Version("1.0")) == common)
    }

    @Test func `fields are compared by their values, whatever their order`() throws {
        func core(_ lines: String) throws -> CoreMetadata {
            try CoreMetadata(Array("Metadata-Version: 2.1\nName: a\nVersion: 1\n\(lines)\n\nWords".utf8))
        }
        let fields = ReleaseDifference.fields(
            from: try core("Requires-Dist: a\nRequires-Dist: b\nKeywords: x"),
            to: try core("Requires-Dist: b\nRequires-Dist: a\nRequires-Dist: c\nLicense: y"))
        #expect(fields.map(\.name) == ["Keywords", "License", "Requires-Dist"])
        #expect(fields.map(\.removed) == [["x"], [], []])
        #expect(fields.map(\.added) == [[], ["y"], ["c"]])
    }

    @Test func `without metadata everything is new`() throws {
        let core = try CoreMetadata(Array("Metadata-Version: 2.1\nName: a\nVersion: 1\n\n".utf8))
        #expect(ReleaseDifference.fields(from: nil, to: core).map(\.name) == ["Metadata-Version", "Name"])
        #expect(ReleaseDifference.fields(from: nil, to: nil).isEmpty)
    }
}
