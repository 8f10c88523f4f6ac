import Packaging
import Testing

/// A requirement and its normal form.
private let requirements: [(String, String)] = [
    ("requests", "requests"),
    (" Foo.Bar\t", "Foo.Bar"),
    (
        "requests [tests, security] >= 2.8.1, == 2.8.* ; python_version < '2.7'",
        "requests[security,tests]==2.8.*,>=2.8.1; python_version < \"2.7\""
    ),
    ("SQLAlchemy (>=1.4.0,<2)", "SQLAlchemy<2,>=1.4.0"),
    ("foo()", "foo"),
    ("foo[]", "foo"),
    ("foo[a,a]>=1,", "foo[a]>=1"),
    ("foo>=1.0,>=1,>=1.00", "foo>=1"),
    ("foo===odd;os.name=='nt'", "foo===odd; os_name == \"nt\""),
    ("pip@https://e.org/a.zip;b", "pip @ https://e.org/a.zip;b"),
    ("pip @ file:///a.whl ; extra=='X_y'", "pip @ file:///a.whl ; extra == \"x-y\""),
]

/// What is no requirement, and a word of the sentence that refuses it.
private let badRequirements: [(String, String)] = [
    ("", "at its end: the name of a project"),
    ("[x]", "the name of a project"),
    ("foo_", "'foo_'"),
    ("foo bar", "at 'bar': a version specifier, ';' or its end"),
    ("foo>=", "'>='"),
    ("foo (>=1", "')' belongs there"),
    ("foo >=1)", "'>=1)'"),
    ("foo >=1 <2", "'>=1 <2'"),
    ("foo,>=1", "empty clauses"),
    ("foo>=1,,<2", "empty clauses"),
    ("foo>=1,\n<2", "line ends"),
    ("pytz (>dev)", "'>dev'"),
    ("uvicorn (>=0.4.*)", "'>=0.4.*'"),
    ("foo[a b]", "',' or ']'"),
    ("foo[a,]", "the name of an extra"),
    ("foo @ ", "an address"),
    ("foo @ https://e.org/\nx", "a blank or its end"),
    ("foo @ https://e.org/ x", "'x'"),
    ("foo;", "a variable"),
    ("foo; bar == 'x'", "'bar == 'x''"),
    ("foo; os_name", "a comparison"),
    ("foo; os_name = 'x'", "a comparison"),
    ("foo; os_name not in'x' y", "'y'"),
    ("foo; os_name notin 'x'", "a comparison"),
    ("foo; os_name == 'x", "quotation mark"),
    ("foo; os_name == 'a\\x41'", "'\\'"),
    ("foo; (os_name == 'x'", "')'"),
    ("foo; os_name == 'x')", "'and', 'or' or its end"),
    ("foo; os_name == 'x' and", "a variable"),
    ("foo; os_namex == 'x'", "a variable"),
    ("foo; " + String(repeating: "(", count: 33), "deeper than 32"),
    ("foo" + String(repeating: " ", count: 8192), "8195 bytes"),
]

/// A marker and its normal form.
private let markers: [(String, String)] = [
    ("python_implementation=='CPython'", "platform_python_implementation == \"CPython\""),
    ("((os_name == 'a'))", "os_name == \"a\""),
    (
        "(os_name=='a' and os_name=='b')or(os_name=='c')",
        "(os_name == \"a\" and os_name == \"b\") or os_name == \"c\""
    ),
    (
        "'Foo_Bar' in extras or 'x' not \t in dependency_groups",
        "\"foo-bar\" in extras or \"x\" not in dependency_groups"
    ),
    ("'it\"s'==platform.machine", "'it\"s' == platform_machine"),
    ("\"3\"in python_version", "\"3\" in python_version"),
    ("platform_release ~= '1' or sys.platform === 'x'", "platform_release ~= \"1\" or sys_platform === \"x\""),
]

@Suite struct RequirementTests {
    @Test(arguments: requirements.indices)
    func `reads requirements and writes their normal form`(_ index: Int) throws {
        let (text, normal) = requirements[index]
        #expect(try Requirement(text).description == normal)
        #expect(try Requirement(normal).description == normal)
    }

    @Test(arguments: badRequirements.indices)
    func `refuses what is no requirement, and says where`(_ index: Int) {
        let (text, words) = badRequirements[index]
        let error = #expect(throws: PackagingError.self) { try Requirement(text) }
        #expect(error?.reason.contains(words) == true, "\(error?.reason ?? "")")
    }

    @Test(arguments: markers.indices)
    func `reads markers and writes their normal form`(_ index: Int) throws {
        let (text, normal) = markers[index]
        #expect(try Marker(text).description == normal)
        #expect(try Marker(normal).description == normal)
    }

    @Test func `has the parts of a requirement`() throws {
        let requirement = try Requirement("Foo[b, a]>=1; extra == 'x'")
        #expect(requirement.name.normalized == "foo" && requirement.extras == ["a", "b"] && requirement.url == nil)
        #expect(requirement.specifier.text == ">=1" && requirement.marker?.description == "extra == \"x\"")
        #expect(try Requirement("x @ y").url == "y")
    }
}
