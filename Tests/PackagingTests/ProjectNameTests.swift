import Packaging
import Testing

@Suite struct ProjectNameTests {
    @Test(arguments: [
        ("requests", "requests"), ("Django", "django"), ("foo.-_bar", "foo-bar"), ("A", "a"), ("0", "0"),
        ("zope.interface", "zope-interface"), ("Foo__Bar--BAZ..qux", "foo-bar-baz-qux"), ("a-1", "a-1"),
        ("ruamel.yaml.clib", "ruamel-yaml-clib"), ("typing_extensions", "typing-extensions"),
    ])
    func `normalizes case and separators`(text: String, normalized: String) throws {
        let name = try ProjectName(text)
        #expect(name.text == text)
        #expect(name.normalized == normalized)
        #expect(name == (try ProjectName(normalized)))
        #expect(Set([name, try ProjectName(normalized)]).count == 1)
        #expect(ProjectName.isNormalized(normalized[...]))
        #expect(ProjectName.isNormalized(text[...]) == (text == normalized))
    }

    @Test(arguments: [
        "", " ", "-", "foo-", "_foo", ".foo", "foo.", "foo\n", " foo", "fo o", "foo/bar", "foo\\bar", "../foo",
        "foo\u{0}", "föö", "foo\u{661}", "\u{212A}elvin", "foo%2Fbar", "foo+bar", "foo:bar", "<foo>", "foo\r\n", "🐍",
    ])
    func `refuses what is no name`(text: String) {
        let error = #expect(throws: PackagingError.self) { try ProjectName(text) }
        #expect(error?.reason.contains("letter or digit at both ends") == true)
        #expect(!ProjectName.isNormalized(text[...]))
    }

    @Test func `has a limit that it states`() throws {
        let longest = String(repeating: "a", count: ProjectName.lengthLimitBytes)
        #expect(try ProjectName(longest).normalized == longest)
        #expect(try SdistFilename("\(longest)-0.tar.gz").text.utf8.count == DistributionFilename.lengthLimitBytes)
        let error = #expect(throws: PackagingError.self) { try ProjectName(longest + "a") }
        #expect(error?.reason.contains("247 bytes; at most 246") == true)
    }

    @Test func `sorts by the normal form`() throws {
        let names = try ["b", "A-b", "a.a", "B1", "a"].map(ProjectName.init)
        #expect(names.sorted().map(\.text) == ["a", "a.a", "A-b", "b", "B1"])
    }

    @Test func `spells names for files`() throws {
        #expect(try ProjectName("Zope.Interface-x").filenameSpelling == "zope_interface_x")
    }

    // Two names, and whether people may take one for the other (the function ultranormalize_name of the public index).
    @Test(arguments: [
        ("demo-lib", "Demo_Lib", true), ("demo-lib", "demolib", true), ("demo-lib", "dem0-1ib", true),
        ("demo-lib", "demoIib", true), ("demo-lib", "d-e-m-o.lib", true), ("demo-lib", "demo-libs", false),
        ("demo-lib", "demo-l1b", true), ("demo-lib", "demo-bil", false), ("a1", "ai", true), ("a1", "aL", true),
        ("a0", "aO", true), ("o", "0", true),
        ("a5", "as", false), ("rn", "m", false),
    ])
    func `knows names that look alike`(one: String, other: String, isAlike: Bool) throws {
        let names = try (ProjectName(one), ProjectName(other))
        #expect((names.0.confusable(joined: true) == names.1.confusable(joined: true)) == isAlike)
        #expect(try ProjectName("Foo.Il_0").confusable(joined: false) == "f00-11-0")
    }

    @Test func `quotes foreign text in one line of plain ASCII`() {
        #expect(PackagingError.quote("a\r\nb\u{1B}[1mé") == "'a??b?[1m??'")
        #expect(PackagingError.quote(String(repeating: "x", count: 81)) == "'\(String(repeating: "x", count: 80))...'")
        #expect(PackagingError.quote(String(repeating: "x", count: 80)).hasSuffix("xx'"))
    }
}
