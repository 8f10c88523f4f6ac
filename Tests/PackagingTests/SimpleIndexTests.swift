import Foundation
import Packaging
import Testing

@Suite struct SimpleIndexTests {
    static let digest = String(repeating: "0123456789abcdef", count: 4)
    static let metadataDigest = String(repeating: "fedcba9876543210", count: 4)

    static func file(_ name: String, minute: Int64 = 0) throws -> SimpleFile {
        let url = "../../packages/\(digest)/\(SimpleFile.percentEncoded(pathComponent: name))"
        return SimpleFile(
            filename: try DistributionFilename(name), url: url, sha256: try Digest(.sha256, hex: digest), size: 12_345,
            uploadTime: UploadTime(microseconds: 1_763_713_090_123_456 + minute * 60_000_000))
    }

    /// A page with everything that a page can hold, given out of order.
    static func richPage() throws -> SimpleProjectDetail {
        var wheel = try file("foo_bar-1.0+cpu.1-py3-none-any.whl", minute: 1)
        wheel.requiresPython = ">=3.9,<4"
        wheel.coreMetadata = try Digest(.sha256, hex: metadataDigest)
        wheel.hasSignature = true
        wheel.provenance = "https://index.example/integrity/foo-bar/1.0+cpu.1/x/provenance?a=1&b=2"
        var yanked = try file("foo_bar-1.0.tar.gz")
        yanked.yank = Yank(reason: "Broken \"on\" <Windows> & é\n\u{1}'\\")
        var silent = try file("foo_bar-0.9-py3-none-any.whl")
        silent.yank = Yank()
        let versions = try ["2.0", "1.0.0", "1.0", "0.9.dev1"].map(Version.init)
        var page = SimpleProjectDetail(
            name: try ProjectName("Foo.Bar"), versions: versions,
            files: [wheel, try file("foo_bar-0.9.tar.gz"), yanked, silent],
            status: .deprecated, lastSerial: 42)
        page.statusReason = "use <baz>"
        return page
    }

    @Test func `writes a rich page in JSON`() throws {
        let json = try Self.richPage().json()
        let text = String(decoding: json, as: UTF8.self)
        #expect(text == Self.richJSON)
        let object = try #require(JSONSerialization.jsonObject(with: Data(json)) as? [String: Any])
        let files = try #require(object["files"] as? [[String: Any]])
        #expect(files.map { $0["yanked"] as? String } == [nil, nil, "Broken \"on\" <Windows> & é\n\u{1}'\\", nil])
        #expect(files[0]["yanked"] as? Bool == true)
        #expect(!text.contains("null"))
    }

    @Test func `writes a rich page in HTML`() throws {
        let html = String(decoding: try Self.richPage().html(), as: UTF8.self)
        #expect(html == Self.richHTML)
    }

    /// One property of a file, what it adds to its entry in JSON, and to its anchor in HTML (SPEC: simple repository API).
    static let properties: [(name: String, change: @Sendable (inout SimpleFile) -> Void, json: String, html: String)] =
        [
            (
                "requires-python", { $0.requiresPython = ">=3.9" }, #""requires-python":">=3.9""#,
                #" data-requires-python="&gt;=3.9""#
            ),
            ("yanked", { $0.yank = Yank() }, #""yanked":true"#, #" data-yanked="""#),
            (
                "yanked with a reason", { $0.yank = Yank(reason: "a > b") }, #""yanked":"a > b""#,
                #" data-yanked="a &gt; b""#
            ),
            (
                "core-metadata", { $0.coreMetadata = try? Digest(.sha256, hex: metadataDigest) },
                #""core-metadata":{"sha256":"\#(metadataDigest)"}"#,
                #" data-core-metadata="sha256=\#(metadataDigest)" data-dist-info-metadata="sha256=\#(metadataDigest)""#
            ),
            ("gpg-sig", { $0.hasSignature = true }, #""gpg-sig":true"#, #" data-gpg-sig="true""#),
            (
                "provenance", { $0.provenance = "https://index.example/p?a&b" },
                #""provenance":"https://index.example/p?a&b""#, #" data-provenance="https://index.example/p?a&amp;b""#
            ),
        ]

    @Test(arguments: properties.indices)
    func `a property of a file is one key and its attributes, and nothing when it is absent`(row: Int) throws {
        let plain = try Self.file("foo-1.0.tar.gz")
        var file = plain
        Self.properties[row].change(&file)
        func page(_ file: SimpleFile) throws -> (json: String, html: String) {
            let detail = SimpleProjectDetail(name: try ProjectName("foo"), files: [file], lastSerial: 7)
            return (String(decoding: detail.json(), as: UTF8.self), String(decoding: detail.html(), as: UTF8.self))
        }
        let (without, with) = (try page(plain), try page(file))
        let key = "," + Self.properties[row].json
        #expect(with.json.contains(key) && !without.json.contains(key))
        #expect(with.json.replacing(key, with: "") == without.json)
        let attributes = Self.properties[row].html
        #expect(with.html.contains(attributes) && !without.html.contains(attributes))
        #expect(with.html.replacing(attributes, with: "") == without.html)
    }

    // What every page has, whatever is in it (1.0, 1.1, 1.4; HTML is frozen by PEP 833).
    @Test(arguments: [
        #""meta":{"api-version":"1.4","_last-serial":7}"#, #""name":"foo""#, #""versions":["1.0"]"#,
        #""filename":"foo-1.0.tar.gz""#, #""hashes":{"sha256":"\#(digest)"}"#, #""size":12345"#,
        #""upload-time":"2025-11-21T08:18:10.123456Z""#,
    ])
    func `every page in JSON has its keys`(key: String) throws {
        let detail = SimpleProjectDetail(
            name: try ProjectName("foo"), files: [try Self.file("foo-1.0.tar.gz")], lastSerial: 7)
        #expect(String(decoding: detail.json(), as: UTF8.self).contains(key))
        let html = String(decoding: detail.html(), as: UTF8.self)
        #expect(html.contains(#"<meta name="pypi:repository-version" content="1.4">"#))
        #expect(html.contains("foo-1.0.tar.gz#sha256=\(Self.digest)\">foo-1.0.tar.gz</a>"))
    }

    @Test func `lets hatch's expression find every file name`() throws {
        let html = String(decoding: try Self.richPage().html(), as: UTF8.self)
        let names = html.matches(of: /<a [^>]+>([^<]+)<\/a>/).map { String($0.1) }
        #expect(names == (try Self.richPage().files.map(\.filename.text)))
    }

    @Test func `lists projects by normal name`() throws {
        let projects = try [("b", 3), ("Foo.Bar", 2), ("A-b", 1)].map { name, serial in
            SimpleProjectList.Project(name: try ProjectName(name), serial: Int64(serial))
        }
        let list = SimpleProjectList(projects: projects, lastSerial: 9)
        let expected = """
            {"meta":{"api-version":"1.4","_last-serial":9},"projects":[{"name":"A-b","_last-serial":1},\
            {"name":"b","_last-serial":3},{"name":"Foo.Bar","_last-serial":2}]}

            """
        #expect(String(decoding: list.json(), as: UTF8.self) == expected)
        #expect(
            String(decoding: list.html(), as: UTF8.self) == """
                <!DOCTYPE html>
                <html lang="en">
                <head>
                <meta charset="utf-8">
                <meta name="pypi:repository-version" content="1.4">
                <title>Simple index</title>
                </head>
                <body>
                <h1>Simple index</h1>
                <a href="a-b/">A-b</a><br>
                <a href="b/">b</a><br>
                <a href="foo-bar/">Foo.Bar</a><br>
                </body>
                </html>
                <!--SERIAL 9-->

                """)
    }

    @Test func `writes empty pages`() throws {
        let list = SimpleProjectList(projects: [], lastSerial: 0)
        #expect(
            String(decoding: list.json(), as: UTF8.self)
                == "{\"meta\":{\"api-version\":\"1.4\",\"_last-serial\":0},\"projects\":[]}\n")
        let page = SimpleProjectDetail(name: try ProjectName("Foo"), files: [], lastSerial: 7)
        let expected = """
            {"meta":{"api-version":"1.4","_last-serial":7},"name":"foo","versions":[],"files":[]}

            """
        #expect(String(decoding: page.json(), as: UTF8.self) == expected)
    }

    @Test func `offers no file of a quarantined project`() throws {
        let page = SimpleProjectDetail(
            name: try ProjectName("foo"), files: [try Self.file("foo-1.0.tar.gz")], status: .quarantined, lastSerial: 1)
        #expect(page.files.isEmpty)
        #expect(!String(decoding: page.html(), as: UTF8.self).contains("foo-1.0"))
        #expect(
            String(decoding: page.json(), as: UTF8.self).contains("\"project-status\":{\"status\":\"quarantined\"}"))
    }

    @Test(arguments: ProjectStatus.allCases)
    func `knows what each status allows`(status: ProjectStatus) {
        #expect(status.allowsUploads == (status == .active || status == .deprecated))
        #expect(status.offersFiles == (status != .quarantined))
    }

    @Test func `gives the same bytes whatever the order of its input`() throws {
        let page = try Self.richPage()
        for _ in 0..<20 {
            var other = SimpleProjectDetail(
                name: page.name, versions: page.versions.shuffled(), files: page.files.shuffled(), status: page.status,
                lastSerial: page.lastSerial)
            other.statusReason = page.statusReason
            #expect(other.json() == page.json())
            #expect(other.html() == page.html())
        }
    }

    @Test(arguments: [
        ("foo-1.0+cpu-py3-none-any.whl", "foo-1.0%2Bcpu-py3-none-any.whl"), ("foo-1!2.0.tar.gz", "foo-1!2.0.tar.gz"),
        ("a b/c%é?#", "a%20b%2Fc%25%C3%A9%3F%23"), ("~_.-", "~_.-"), ("", ""),
    ])
    func `encodes path components`(text: String, encoded: String) {
        #expect(SimpleFile.percentEncoded(pathComponent: text) == encoded)
    }

    @Test(arguments: [
        ("application/vnd.pypi.simple.v1+json", SimpleFormat.json), ("application/vnd.pypi.simple.v1+html", .html),
        ("text/html", .textHTML), ("application/vnd.pypi.simple.latest+json", .json),
        ("application/vnd.pypi.simple.latest+html", .html), ("application/vnd.pypi.simple.v2+json", nil),
        ("application/json", nil), ("*/*", nil),
    ])
    func `knows the media types`(mediaType: String, format: SimpleFormat?) {
        #expect(SimpleFormat(mediaType: mediaType) == format)
        #expect(format?.mediaType.contains("latest") != true)
    }

    @Test(.timeLimit(.minutes(10)))
    func `writes large pages`() throws {
        let projects = try (0..<100_000).map { number in
            SimpleProjectList.Project(name: try ProjectName("project-\(100_000 + number)"), serial: Int64(number))
        }
        let list = SimpleProjectList(projects: projects, lastSerial: 1)
        let files = try (0..<2000).map { try Self.file("foo_bar-1.\($0)-py3-none-any.whl") }
        let page = SimpleProjectDetail(name: try ProjectName("foo-bar"), files: files, lastSerial: 1)
        let clock = ContinuousClock()
        let times = [clock.measure { #expect(list.json().count > 4_000_000) }, clock.measure { _ = list.html() }]
        let pageTimes = [clock.measure { #expect(page.json().count > 500_000) }, clock.measure { _ = page.html() }]
        print("100,000 projects (JSON, HTML): \(times), 2,000 files: \(pageTimes)")
        let last = try #require(JSONSerialization.jsonObject(with: Data(page.json())) as? [String: Any])
        #expect((last["versions"] as? [String])?.last == "1.1999")
    }
}
