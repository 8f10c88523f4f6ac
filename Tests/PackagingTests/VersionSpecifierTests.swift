import Packaging
import Testing

@Suite struct VersionSpecifierTests {
    @Test(arguments: [
        "", ">=3.9", ">= 3.9 , < 4", ">=2.7,!=3.0.*,!=3.1.*", "~=3.8", "~=1!1.0", "==1.0+local", "===anything-goes",
        ">=3.6,", ",", "==1!2.*", ">=v1.0RC1", "!=1.0.post1.dev2+a-b", "===1.0,>1",
    ])
    func `accepts valid sets and keeps their text`(text: String) throws {
        let set = try VersionSpecifierSet(text)
        #expect(set.text == text)
        #expect(set.isEmpty == text.allSatisfy { $0 == "," })
        #expect(try VersionSpecifierSet(lenient: text).text == text)
    }

    @Test(arguments: [
        "3.9", ">=", "=>3.9", ">=3.*", "~=3", "~=3.*", ">=1.0+x", "~=1.0+x", "==1.0a1.*", "==1.0+x.*", "==1.*.*",
        "==1 .*", "==", "===", "=== ", ">=3 <4", ">=3<4", "'>=3'", ">=x", "==*", ">=3;", "=1", "< =1", "== =1",
        "===é", "===a b", "===a)", "lolwat", ">=3.9 and <4", "<script>", ">=3.9\u{0}", "==1.0.post1.*",
        "==1.0.dev1.*",
    ])
    func `refuses what PEP 440 does not allow`(text: String) {
        let error = #expect(throws: PackagingError.self) { try VersionSpecifierSet(text) }
        #expect(error?.reason.contains("such as >=3.9") == true)
    }

    @Test(arguments: [
        (">=3.*", "3.0", "2.9"), (">=2.7.*, <3.4.*", "3.3", "3.4"), (">=3.6<4", "3.9", "4"),
        (">='2.7'", "2.7", "2.6"), ("\">=3\"", "3", "2"), ("!=3.0*", "3.1", "3.0.5"), ("!=~5.0,>=4", "5.1", "5.0.1"),
        (">=2.7, !=3.1.*',", "2.8", "3.1"), ("<=3*", "3", "3.1"),
    ])
    func `forgives what old metadata contains`(text: String, inside: String, outside: String) throws {
        #expect(throws: PackagingError.self) { try VersionSpecifierSet(text) }
        let set = try VersionSpecifierSet(lenient: text)
        #expect(set.text == text)
        #expect(set.contains(try Version(inside)))
        #expect(!set.contains(try Version(outside)))
    }

    @Test(arguments: ["python3", ">=", ">=three", "3.6+", ">=3.6 (sometimes)", "*", "!=~", "'", ">=3.9\u{0}"])
    func `forgives no garbage`(text: String) {
        #expect(throws: PackagingError.self) { try VersionSpecifierSet(lenient: text) }
    }

    @Test(arguments: [
        (">=3.9,<4", "3.9", true), (">=3.9,<4", "4", false), ("<4", "4.0rc1", false), ("<4rc2", "4.0rc1", true),
        (">1.0", "1.0.post1", false), (">1.0", "1.0.1", true), (">1.0", "1.0+x", false),
        (">1.0.post1", "1.0.post2", true), ("==1.0", "1.0.0", true), ("==1.0", "1.0+x", true),
        ("==1.0+x", "1.0", false), ("!=1.0", "1.0+x", false), ("==1.0.*", "1", true), ("==1.0.*", "1.0.dev1", true),
        ("==1.1.*", "1.10", false), ("!=1.1.*", "1.1.5", false), ("==1.*", "1!1.0", false), ("~=2.2", "2.3", true),
        ("~=2.2", "3", false), ("~=2.2.0", "2.3", false), ("~=1.4.5a4", "1.4.5a3", false),
        ("===1.0+X", "1.0+x", true), ("===1.0", "1.0.0", false), ("", "1", true), ("<=1.0", "1.0+x", true),
        ("<=1.0", "1.0.post1", false),
    ])
    func `tells which versions fit`(text: String, version: String, fits: Bool) throws {
        #expect(try VersionSpecifierSet(text).contains(Version(version)) == fits)
    }

    @Test func `limits its length`() throws {
        let text = String(repeating: ">=1,", count: VersionSpecifierSet.lengthLimitBytes / 4)
        #expect(try VersionSpecifierSet(text).text == text)
        #expect(throws: PackagingError.self) { try VersionSpecifierSet(text + ",") }
        #expect(throws: PackagingError.self) { try VersionSpecifierSet(lenient: text + ",") }
        #expect(throws: PackagingError.self) { try VersionSpecifierSet("==" + String(repeating: "9", count: 256)) }
    }
}
