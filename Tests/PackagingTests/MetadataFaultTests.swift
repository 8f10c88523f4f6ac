import Packaging
import Testing

private func faults(_ version: String, _ lines: String) throws -> [MetadataFault] {
    try CoreMetadata(Array("Metadata-Version: \(version)\nName: foo\nVersion: 1\n\(lines)\n".utf8)).faults()
}

/// A field with a value that today's rules refuse, and words of the sentence.
private let errors: [(String, String)] = [
    (
        "Provides-Extra: a b",
        "'a b' is an invalid value for Provides-Extra. Error: The name of an extra has ASCII letters"
    ), ("Provides-Extra: " + String(repeating: "x", count: 300), "The name of an extra"),
    ("Summary: a\n b", "for Summary. Error: It must be a single line."),
    ("Summary: " + String(repeating: "x", count: 513), "512 characters"),
    ("Description-Content-Type: text/html", "'text/html' is an invalid value for Description-Content-Type. Error:"),
    ("Description-Content-Type: text/markdown; charset=latin-1", "UTF-8"),
    ("Description-Content-Type: text/markdown; variant=gfm", "GFM or CommonMark"),
    ("Description-Content-Type: text/plain; x", "name=value"),
    ("Description-Content-Type: text/plain; x=a; X=b", "each name once"),
    ("Dynamic: Foo", "'Foo' is an invalid value for Dynamic"),
    ("Requires-Dist: foo bar", "'foo bar' is an invalid value for Requires-Dist. Error: The requirement is not valid"),
    ("Requires-Dist:", "'' is an invalid value for Requires-Dist"),
    ("Requires-Python: >=3.*", "'>=3.*' is an invalid value for Requires-Python"),
    ("Provides-Extra: a b", "'a b' is an invalid value for Provides-Extra"),
    ("Project-URL: https://e.org", "a label, a comma and an address"),
    ("Project-URL: , https://e.org", "a label, a comma and an address"),
    ("Project-URL: " + String(repeating: "x", count: 33) + ", https://e.org", "32 characters"),
    ("Project-URL: a, https://e.org\nProject-URL: a, https://e.org/2", "the label 'a' twice"),
    ("License-Expression: MIT/X11", "'MIT/X11' is an invalid value for License-Expression"),
    ("License-Expression: MIT\nLicense: MIT", "License is deprecated when License-Expression is present"),
    ("License-File: ../LICENSE", "'..'"), ("License-File: /LICENSE", "relative"), ("License-File: a\\b", "'/'"),
    ("License-File: C:/x", "relative"), ("License-File: a//b", "relative"), ("License-File: ./a", "relative"),
    ("License-File: LICEN*", "pattern"), ("License-File:", "relative"),
    ("Import-Name: a-b", "Python can import"), ("Import-Name: class", "keyword"), ("Import-Name: a; public", "private"),
    ("Import-Namespace:", "Python can import"), ("Import-Name:\nImport-Name: a", "An empty Import-Name"),
    ("Import-Name: a.b; private\nImport-Namespace: a.b", "'a.b' is an Import-Name and an Import-Namespace"),
    ("Description: a\n\nb", "as a field and as the body"),
]

/// A field with a value that only the public index would refuse, and words of the sentence.
private let advice: [(String, String)] = [
    ("Home-page: git.example.org", "Home-page is 'git.example.org'."), ("Download-URL: ftp://e.org/x", "http"),
    ("Home-page: javascript:alert(1)", "links"), ("Project-URL: a, ssh://git@e.org/x", "Project-URL is"),
    ("Home-page: https:///x", "links"),
    ("Author-email: ada at example.org", "e-mail address"), ("Maintainer-email: Ada <ada>", "e-mail address"),
    ("Classifier: Topic:: Games", "' :: '"), ("Classifier: Topic", "' :: '"), ("Classifier: A ::  B", "' :: '"),
    ("Classifier: A :: ", "' :: '"), ("Classifier:", "' :: '"), ("Provides-Dist: a b", "Provides-Dist is 'a b'."),
    ("License-Expression: GPL-2.0", "SPDX has deprecated GPL-2.0"), ("Require-Dist: a", "no field 'Require-Dist'"),
]

private let harmless = """
    Platform: any
    Platform: UNKNOWN
    Summary: words
    Description-Content-Type: Text/Markdown; charset="utf-8"; variant=CommonMark;
    Keywords: a, b
    Home-page: UNKNOWN
    Download-URL:
    Author-email: "Lovelace, Ada" <ada@example.org>, bob@example
    Maintainer-email: Ada "Countess, of" "Lovelace" <ada@example.org>
    Classifier: Private :: Do Not Upload
    Classifier: Programming Language :: Python :: 3
    License-Expression: MIT
    License-File: licenses/LICENSE.MIT
    Requires-Dist: foo @ git+ssh://git@example.org/foo
    Requires-External: C++ (>=14)
    Requires-Python: >=3.9
    Provides-Extra: test
    Project-URL: Home, https://example.org/a,b
    Dynamic: Requires-Dist
    Import-Name: foo.bar ; private
    Import-Namespace: zope
    """

@Suite struct MetadataFaultTests {
    @Test(arguments: errors.indices)
    func `finds what today's rules refuse`(_ index: Int) throws {
        let (lines, words) = errors[index]
        let found = try faults("2.6", lines)
        #expect(found.count == 1 && found[0].sentence.contains(words) && !found[0].isAdvice, "\(found)")
    }

    @Test(arguments: advice.indices)
    func `advises where only the public index would refuse`(_ index: Int) throws {
        let (lines, words) = advice[index]
        let found = try faults("2.6", lines)
        #expect(found.count == 1 && found[0].sentence.contains(words) && found[0].isAdvice, "\(found)")
    }

    @Test(.timeLimit(.minutes(10)), arguments: ["\"", "\",", "a@", "<", "@,\"", "<\""])
    func `an address of many marks is looked at once`(mark: String) throws {
        let line = "Author-email: " + String(repeating: mark, count: 200_000)
        #expect(try faults("2.6", line).map(\.field) == ["Author-email"])
    }

    @Test func `has no fault to find with sound metadata`() throws {
        #expect(try faults("2.6", harmless) == [])
    }

    @Test(arguments: [
        ("1.0", "Requires-Dist: a", ["Requires-Dist was introduced in metadata version 1.2, not 1.0."]),
        (
            "1.1", "Requires-Dist: a b\nRequires-Dist: c",
            ["Requires-Dist was introduced in metadata version 1.2, not 1.1."]
        ),
        ("2.0", "Provides-Extra: a\nDescription-Content-Type: UNKNOWN", []),
        ("2.1", "License-File: ../x\nLicense-Expression: MIT\nLicense: MIT", []),
        ("2.4", "Import-Name: a", ["Import-Name was introduced in metadata version 2.5, not 2.4."]),
        (
            "2.10", "Some-Day: a",
            ["Metadata-Version is 2.10, newer than 2.6, the newest known here; what is new in it is not checked."]
        ),
    ])
    func `leaves fields alone that the version does not have`(
        _ version: String, _ lines: String, _ sentences: [String]
    ) throws {
        let found = try faults(version, lines)
        #expect(found.map(\.sentence) == sentences && found.allSatisfy(\.isAdvice))
    }

    @Test(arguments: [("1.2", false), ("2.0", false), ("2.1", false), ("2.2", true), ("2.6", true)])
    func `holds metadata to the rules since 2.2`(_ version: String, _ expected: Bool) throws {
        let core = try CoreMetadata(Array("Metadata-Version: \(version)\nName: foo\nVersion: 1\n".utf8))
        #expect(core.isHeldToTheRules == expected)
    }

    @Test func `reads project URLs`() throws {
        let url = try ProjectURL(" What's New? ,\thttps://example.org/a,b ")
        #expect(url.label == "What's New?" && url.url == "https://example.org/a,b" && url.isLink)
        #expect(url.normalizedLabel == "whatsnew")
        for address in ["javascript:x", "//e.org", "https:/e.org", "https://", "http:///x", "https://a b", "data:,x"] {
            #expect(!ProjectURL.isLink(address), "\(address)")
        }
        #expect(ProjectURL.isLink("HTTPS://Example.org") && ProjectURL.isLink("http://localhost:8080/x"))
    }
}
