import Packaging
import Testing

@Suite struct FilenameTests {
    @Test(arguments: [
        ("Foo.Bar-1.0-py3-none-any.whl", "foo-bar", "1.0", nil),
        ("foo_bar-1.0-1-py2.py3-none-any.whl", "foo-bar", "1.0", "1"),
        ("foo-1.0-1abc-py3-none-any.whl", "foo", "1.0", "1abc"),
        ("foo-1.0+l.1-py3-none-any.whl", "foo", "1.0+l.1", nil), ("foo-01.0-py3-none-any.whl", "foo", "1.0", nil),
        ("foo-1!1.0-py3-none-any.whl", "foo", "1!1.0", nil),
        ("foo-1.0-cp315-abi3.abi3t-linux_x86_64.whl", "foo", "1.0", nil),
    ])
    func `reads wheel names`(text: String, project: String, version: String, build: String?) throws {
        let name = try WheelFilename(text)
        #expect(name.text == text)
        #expect(name.project.normalized == project)
        #expect(name.version.description == version)
        #expect(name.build == build)
        #expect(text.hasPrefix(name.stem + "-"))
        #expect(try DistributionFilename(text) == .wheel(name))
    }

    @Test func `splits compressed tag sets`() throws {
        let name = try WheelFilename("a-1-CP39.cp310-abi3.abi3t-manylinux_2_17_x86_64.manylinux2014_x86_64.whl")
        #expect(name.pythonTags == ["cp39", "cp310"])
        #expect(name.abiTags == ["abi3", "abi3t"])
        #expect(name.platformTags == ["manylinux_2_17_x86_64", "manylinux2014_x86_64"])
        #expect(name.stem == "a-1")
    }

    @Test(arguments: [
        ("foo-1.0-abc-py3-none-any.whl", "build tag"), ("foo-1.0-py3-none.whl", "4 parts"),
        ("foo__bar-1.0-py3-none-any.whl", "'__'"), ("foo-bar-1.0-py3-none-any.whl", "The version 'bar'"),
        ("foo-1.x-py3-none-any.whl", "The version '1.x'"), ("foo-1.0-py3.-none-any.whl", "tag set 'py3.'"),
        ("foo-1.0-3-none-any.whl", "Python tag"), ("-1.0-py3-none-any.whl", "The project name ''"),
        ("foo-1.0-py3-none-any.WHL", "lower case"), ("fo o-1.0-py3-none-any.whl", "other than letters"),
        ("foo-1.0--py3-none-any.whl", "build tag ''"), ("foo-1.0-py3-none-.whl", "tag set ''"),
        ("foo-1.0-1-py3-none-any-null.whl", "7 parts"), ("_foo-1.0-py3-none-any.whl", "The project name '_foo'"),
        ("foo-1.0-py3-no+ne-any.whl", "tag set"), (".whl", "begins with a dot"), ("foo.whl", "1 parts"),
    ])
    func `refuses malformed wheel names`(text: String, hint: String) {
        let error = #expect(throws: PackagingError.self) { try DistributionFilename(text) }
        #expect(error?.reason.contains(hint) == true, "\(error?.reason ?? "accepted")")
    }

    @Test(arguments: [
        ("foo-1.0.tar.gz", "foo", "1.0"), ("foo_bar-1.0rc1.tar.gz", "foo-bar", "1.0rc1"),
        ("Foo-Bar.baz-1.0.tar.gz", "foo-bar-baz", "1.0"), ("foo-1.0-1.tar.gz", "foo-1-0", "1"),
        ("foo-1!2.0+cpu.1.tar.gz", "foo", "1!2.0+cpu.1"), ("foo-v01.tar.gz", "foo", "1"),
    ])
    func `reads sdist names at the last dash`(text: String, project: String, version: String) throws {
        let name = try SdistFilename(text)
        #expect(name.project.normalized == project)
        #expect(name.version.description == version)
        #expect(name.stem + ".tar.gz" == text)
        #expect(try DistributionFilename(text) == .sdist(name))
    }

    @Test(arguments: [
        ("foo-1.0-1.tar.gz", "foo", "1.0.post1"), ("foo-1.0-1.tar.gz", "foo-1.0", "1"),
        ("foo-1.0-beta-2.tar.gz", "foo", "1.0b2"), ("Foo-Bar-1.0-rc-1-r2.tar.gz", "foo_bar", "1.0rc1.post2"),
        ("foo-1.0.0.tar.gz", "foo", "1.0"), ("foo-1.0+a-b.tar.gz", "foo", "1.0+a.b"),
    ])
    func `splits sdist names as the metadata says`(text: String, project: String, version: String) throws {
        let expected = (project: try ProjectName(project), version: try Version(version))
        let name = try DistributionFilename(text, expecting: expected)
        #expect(name.project == expected.project)
        #expect(name.version == expected.version)
        #expect(name.text == text)
    }

    @Test(arguments: ["foo-1.1.tar.gz", "bar-1.0.tar.gz", "foo-1.0.post1.tar.gz", "bar-1.0-py3-none-any.whl"])
    func `refuses names of another project or version`(text: String) throws {
        let expected = (project: try ProjectName("foo"), version: try Version("1.0"))
        let error = #expect(throws: PackagingError.self) { try DistributionFilename(text, expecting: expected) }
        #expect(error?.reason.contains("but the metadata states foo 1.0; they must agree") == true)
    }

    @Test(arguments: [
        ("", "is empty"), (String(repeating: "a", count: 249) + "-1.tar.gz", "has 258 bytes; at most 255"),
        ("foo-1.0.tar.gz\n", "control character"), ("foo\u{0}-1.0.tar.gz", "control character"),
        ("foo\u{7F}-1.0.tar.gz", "control character"), ("../foo-1.0.tar.gz", "without a directory"),
        ("a\\foo-1.0.tar.gz", "without a directory"), (".foo-1.0.tar.gz", "begins with a dot"),
        ("föö-1.0.tar.gz", "outside ASCII"), ("foo%2F-1.0.tar.gz", "other than letters"),
        ("<b>-1.0.tar.gz", "other than letters"), ("foo.tar.gz", "no dash"), ("foo-.tar.gz", "The version ''"),
        ("-1.0.tar.gz", "The project name ''"), ("foo-1.0.TAR.GZ", "lower case"), ("foo-1.0.zip", "PEP 625"),
        ("foo-1.0-py3.12.egg", "PEP 715"), ("foo-1.0.win32.exe", "an installer"), ("foo-1.0.msi", "an installer"),
        ("foo-1.0.noarch.RPM", "an installer"), ("foo-1.0.tar.bz2", "build a '.tar.gz'"),
        ("foo-1.0.tgz", "build a '.tar.gz'"), ("foo-1.0", "must end in '.whl'"),
        ("foo-1.0.tar.gz.asc", "must end in '.whl'"),
    ])
    func `says what is wrong with a file name`(text: String, hint: String) {
        let error = #expect(throws: PackagingError.self) { try DistributionFilename(text) }
        #expect(error?.reason.contains(hint) == true, "\(error?.reason ?? "accepted")")
        #expect(error?.reason.utf8.allSatisfy { (0x20..<0x7F).contains($0) } == true)
        #expect(error?.reason.hasSuffix(".") == true)
    }

    @Test func `takes zip only when asked to`() throws {
        #expect(try DistributionFilename("Foo-1.0.zip", allowingZip: true).stem == "Foo-1.0")
        #expect(throws: PackagingError.self) { try SdistFilename("foo-1.0.zip") }
        #expect(throws: PackagingError.self) { try SdistFilename("foo-1.0.tar.bz2", allowingZip: true) }
    }

    @Test(arguments: [
        ("foo_bar-1.0.tar.gz", true), ("foo-bar-1.0.tar.gz", false), ("Foo-1.0.tar.gz", false),
        ("foo-01.0.tar.gz", false),
    ])
    func `knows the spelling of PEP 625`(text: String, isNormalized: Bool) throws {
        #expect(try SdistFilename(text).isNormalized == isNormalized)
    }
}
