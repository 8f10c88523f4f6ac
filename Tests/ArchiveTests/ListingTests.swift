import Archive
import Packaging
import Posix
import Testing

struct ListingTests {
    private func list(
        _ bytes: [UInt8], _ filename: String, wanted: (String) -> Bool = { _ in false }
    ) throws -> ArchiveListing {
        try Inspector.list(
            try File.temporary(bytes), size: Int64(bytes.count), as: try DistributionFilename(filename), wanted: wanted)
    }

    @Test func `a wheel's files are listed, and those that are wanted are read`() throws {
        var parts = WheelParts()
        parts.files.append(("foo-1.0.dist-info/entry_points.txt", "[console_scripts]\nfoo = foo:main\n"))
        let listing = try list(parts.build(), "foo-1.0-py3-none-any.whl") { $0.hasSuffix("entry_points.txt") }
        #expect(
            listing.members.map(\.path).prefix(3) == [
                "foo/__init__.py", "foo/data.txt", "foo-1.0.dist-info/entry_points.txt",
            ])
        #expect(listing.members[0].size == 6)
        #expect(!listing.isCut)
        #expect(listing.texts.keys.sorted() == ["foo-1.0.dist-info/entry_points.txt"])
        #expect(listing.texts.values.first?.starts(with: "[console".utf8) == true)
    }

    @Test func `a source distribution's files are listed without its directories`() throws {
        let listing = try list(SdistParts().build(), "foo-1.0.tar.gz")
        #expect(listing.members.map(\.path) == ["foo-1.0/setup.py", "foo-1.0/PKG-INFO"])
        #expect(!listing.isCut)
    }

    @Test func `equal contents have equal fingerprints, others have not`() throws {
        let parts = WheelParts()
        var other = WheelParts()
        other.files[0].1 = "x = 2\n"
        let (one, same, changed) = try (
            list(parts.build(), "foo-1.0-py3-none-any.whl"), list(parts.build(), "foo-1.0-py3-none-any.whl"),
            list(other.build(), "foo-1.0-py3-none-any.whl")
        )
        #expect(one.members.map(\.fingerprint) == same.members.map(\.fingerprint))
        #expect(one.members[0].fingerprint != changed.members[0].fingerprint)
        #expect(one.members[1].fingerprint == changed.members[1].fingerprint)
    }

    @Test(arguments: [false, true])
    func `a listing has an end`(isWheel: Bool) throws {
        let names = (0..<2_100).map { "foo/f\($0).py" }
        var (wheel, sdist) = (WheelParts(), SdistParts())
        wheel.files = names.map { ($0, "") }
        sdist.others = names.map { .init("foo-1.0/\($0)", "x") }
        let listing = try list(
            isWheel ? wheel.build() : sdist.build(), isWheel ? "foo-1.0-py3-none-any.whl" : "foo-1.0.tar.gz")
        #expect(listing.members.count == Inspector.listingLimit)
        #expect(listing.isCut)
    }
}
