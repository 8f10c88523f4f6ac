@testable import Packaging
import Testing

private let good = """
    # commands
    [console_scripts]
    foo = foo.main:run
      bar=foo:a.b [x, y]
    foo-2.0_x = foo:b

    ; plugins
    [pytest11]\r
    Foo Bar = foo.plugin
        :obj

    [empty]
    """

private let badFiles: [(String, String)] = [
    ("foo = a:b", "before any [group]"),
    ("[a]\nfoo", "'foo', which is not 'name = value', in line 2"),
    ("[a]\nfoo : b", "not 'name = value'"),
    ("[a]\n= b", "not 'name = value'"),
    ("[]", "before any [group]"),
    ("[a]\n[b]\n[a]", "the group 'a' for a second time, in line 3"),
    ("[a]\nx = 1\ny = 2\nx = 3", "the name 'x' for a second time, in line 4"),
    ("[console_scripts]\n../x = a:b", "'../x' in 'console_scripts'"),
    ("[gui_scripts]\na b = a:b", "'a b' in 'gui_scripts'"),
    ("[console_scripts]\n.. = a:b", "'..'"),
    ("[a]\nx = \u{0}", "NUL"),
    ("[a]\n" + String(repeating: "#", count: 256 << 10), "262148 bytes"),
]

private let odd: [(String, String)] = [
    ("[console_scripts]\nx = a", "package.module:function"),
    ("[console_scripts]\nx = a:b:c", "package.module:function"),
    ("[a]\nx = 1a", "package.module:object"),
    ("[a]\nx = a [b", "package.module:object"),
    ("[a]\nx =", "package.module:object"),
    ("[a-b]\nx = a", "the group 'a-b'"),
]

@Suite struct EntryPointsTests {
    @Test func `reads groups as configparser does`() throws {
        let points = try EntryPoints(Array(good.utf8))
        #expect(points.groups.keys.sorted() == ["console_scripts", "empty", "pytest11"])
        let scripts = try #require(points.groups["console_scripts"])
        #expect(scripts.map(\.name) == ["foo", "foo-2.0_x"])
        #expect(scripts[0].value == "foo.main:run\nbar=foo:a.b [x, y]")
        #expect(points.groups["pytest11"] == [.init(name: "Foo Bar", value: "foo.plugin\n:obj")])
    }

    @Test(arguments: badFiles.indices)
    func `refuses files that installers could not use`(_ index: Int) {
        let (text, words) = badFiles[index]
        let error = #expect(throws: PackagingError.self) { try EntryPoints(Array(text.utf8)) }
        #expect(error?.reason.contains(words) == true, "\(error?.reason ?? "")")
    }

    @Test(arguments: odd.indices)
    func `warns of what installers stumble over`(_ index: Int) throws {
        let (text, words) = odd[index]
        let warnings = try EntryPoints(Array(text.utf8)).warnings
        #expect(warnings.count == 1 && warnings[0].contains(words), "\(warnings)")
    }

    @Test func `takes what the specification allows`() throws {
        let text = "[console_scripts]\nä = ä.b:ç\nx = a : b.c\ny = a.b:c [d,e]\n[x.y]\nz = a\n/ = a:b"
        let points = try EntryPoints(Array(text.utf8))
        #expect(points.warnings.isEmpty, "\(points.warnings)")
        #expect(throws: PackagingError.self) { try EntryPoints([0x5B, 0xFF, 0x5D]) }
    }
}
