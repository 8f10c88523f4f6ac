import Packaging
import Testing

@Suite struct VersionTests {
    /// SPEC §2.4; each is below the next.
    static let ascending: [[String]] = [
        [
            "1.dev0", "1.0.dev456", "1.0a1", "1.0a2.dev456", "1.0a12.dev456", "1.0a12", "1.0b1.dev456", "1.0b2",
            "1.0b2.post345.dev456", "1.0b2.post345", "1.0rc1.dev456", "1.0rc1", "1.0", "1.0+abc.5", "1.0+abc.7",
            "1.0+5", "1.0.post456.dev34", "1.0.post456", "1.0.15", "1.1.dev1", "1!0.1",
        ],
        ["1.0", "1.0+a", "1.0+a.b", "1.0+a.1", "1.0+b", "1.0+1", "1.0+2", "1.0+10"],
        ["0.dev0", "0", "0.0.1", "0.1", "1", "9", "10", "99", "100", "18446744073709551616", "2!0"],
        ["1+a", "1+aa", "1+ab", "1+b", "1+9", "1+10", "1+10.a", "1+10.0"],
    ]

    @Test(arguments: ascending)
    func `orders versions`(texts: [String]) throws {
        let versions = try texts.map(Version.init)
        for (index, left) in versions.enumerated() {
            for (other, right) in versions.enumerated() {
                #expect((left < right) == (index < other), "\(left) < \(right)")
                #expect((left == right) == (index == other), "\(left) == \(right)")
            }
        }
        #expect(versions.shuffled().sorted() == versions)
    }

    @Test(arguments: [
        ("1.0-1", "1.0.post1"), ("1.0a1-1", "1.0a1.post1"), ("1.2.post-2", "1.2.post2"), ("1.0-r4", "1.0.post4"),
        ("1.2a", "1.2a0"), ("1.1preview2", "1.1rc2"), ("00.009", "0.9"), ("01!1.0", "1!1.0"),
        ("1.0+Ubuntu-1", "1.0+ubuntu.1"), (" 1.0\n", "1.0"), ("\t\u{B}1.0\u{C}\r\n", "1.0"), ("V1.0", "1.0"),
        ("1.0+foo0100", "1.0+foo0100"), ("1.0+01", "1.0+1"), ("1.0ALPHA", "1.0a0"), ("1.0_beta_2", "1.0b2"),
        ("1.0-c.3", "1.0rc3"), ("1.0.rev", "1.0.post0"), ("1.0-DEV_4", "1.0.dev4"), ("0!1.0", "1.0"),
        ("1.0.0", "1.0.0"), ("000000000000000000000000000001.00000", "1.0"), ("1.0a.", "1.0a0"),
        ("1.0a-post1", "1.0a0.post1"),
        ("20230425123456789012345678901234567890", "20230425123456789012345678901234567890"),
    ])
    func `writes the normal form`(text: String, normal: String) throws {
        #expect(try Version(text).description == normal)
    }

    @Test(arguments: [
        "", " ", "1_0", "1.0-", "1.0+", "1..0", ".1", "1.0.post1-1", "1.0+a+b", "1.0dev-r", "v.1", "1.0 a1", "=1.0",
        "1.0.*", "x", "v", "1.0+a.", "1.0+.a", "1.0+a..b", "1!", "!1", "1!!1", "1!1!1", "vv1", "1.0alph", "1.0rc1rc2",
        "1.0dev1post1", "\u{661}.0", "1.0\u{A0}", "1.\u{FF10}", "1.0a\u{0}", "1.0/2", "1,0", "1.0+é", "-1", "1.0-a-b",
        "1.0.post1.post2", "1.0po\u{17F}t1",
    ])
    func `refuses what is no version`(text: String) {
        let error = #expect(throws: PackagingError.self) { try Version(text) }
        #expect(error?.reason.contains("PEP 440") == true)
    }

    @Test(arguments: [
        ("1.0", "1"), ("1.0.0", "1"), ("1", "1"), ("1.10", "1.10"), ("1.0.10", "1.0.10"), ("0.0", "0"),
        ("2!0.0", "2!0"), ("1.0a1", "1a1"), ("1.0.post1.dev2+a.0", "1.post1.dev2+a.0"), ("1.0+1.0", "1+1.0"),
    ])
    func `finds the identity of a release`(text: String, identity: String) throws {
        let version = try Version(text)
        #expect(version.identity == identity)
        #expect(version == (try Version(identity)))
        #expect(version.hashValue == (try Version(identity).hashValue))
    }

    @Test(arguments: [
        ("1.0", false, false, false), ("1.0a1", true, false, false), ("1.0.dev1", true, false, false),
        ("1.0.post1", false, true, false), ("1.0.post1.dev1", true, true, false), ("1.0+x", false, false, true),
        ("1.0rc1.post2+x", true, true, true),
    ])
    func `knows the kind of release`(text: String, isPre: Bool, isPost: Bool, hasLocal: Bool) throws {
        let version = try Version(text)
        #expect((version.isPrerelease, version.isPostrelease, version.hasLocal) == (isPre, isPost, hasLocal))
    }

    @Test func `compares numbers of any size`() throws {
        let longest = String(repeating: "9", count: Version.lengthLimitBytes)
        #expect(try Version(longest) > Version(String(longest.dropLast())))
        #expect(try Version(longest).description == longest)
        let error = #expect(throws: PackagingError.self) { try Version(longest + "9") }
        #expect(error?.reason.contains("256 bytes; at most 255") == true)
    }
}
