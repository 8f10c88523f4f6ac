import HTTP
import Testing

struct AcceptTests {
    private static let types = [
        "application/vnd.pypi.simple.v1+json", "application/vnd.pypi.simple.v1+html", "text/html",
        "application/vnd.pypi.simple.latest+json", "application/vnd.pypi.simple.latest+html",
    ]
    private static let simple = Accept(offers: types, anything: 2)
    private static let json = "application/vnd.pypi.simple.v1+json"
    private static let html = "application/vnd.pypi.simple.v1+html"

    /// SPEC §5.1, vectors of step 5 and what CLIENTS.md records.
    static let vectors: [(String?, String?)] = [
        (nil, "text/html"), ("", "text/html"), ("*/*", "text/html"), ("text/html", "text/html"),
        ("text/*", "text/html"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8", "text/html"),
        ("application/*", json), (json, json),
        ("application/vnd.pypi.simple.latest+json", "application/vnd.pypi.simple.latest+json"),
        ("\(json), \(html); q=0.1, text/html; q=0.01", json), ("\(json), \(html);q=0.2, text/html;q=0.01", json),
        ("\(json), */*;q=0.1", json), ("\(json), \(html), text/html;q=0.01", json), (html, html),
        ("\(json);q=0, */*", "text/html"),
        ("application/vnd.pypi.simple.v2+json", nil), ("application/json", nil), ("*/*;q=0", nil), ("image/png", nil),
        ("application/json;q=0.9, text/plain;q=0.8, text/html;q=0.7", "text/html"), (json.uppercased(), json),
    ]

    @Test(arguments: vectors) func `simple pages`(value: String?, expected: String?) {
        let fields = RequestFields(value.map { [(name: "Accept", value: $0)] } ?? [])
        #expect(Self.simple.choose(fields).map { Self.types[$0] } == expected)
    }

    /// Offers a/b, a/c, x/y in this order.
    static let rules: [(String, Int?)] = [
        ("a/b", 0), ("a/c", 1), ("x/y", 2), ("a/*", 0), ("*/*", 0), ("a/b;q=0.5, a/c", 1), ("a/b;q=0.5, a/c;q=0.5", 0),
        ("a/*;q=0.3, a/c;q=0.4, x/y;q=0.2", 1), ("a/*, a/b;q=0", 1), ("*/*, a/*;q=0", 2),
        ("a/b;q=0.001, x/y;q=0.002", 2),
        ("a/b; q=1.000", 0), ("a/b;q=1.", 0), ("a/b;q=0.", nil), ("a/b;Q=0", nil), ("a/b;q=1.001", nil),
        ("a/b;q=2", nil), ("a/b;q=-1", nil),
        ("a/b;q=0.1234", nil), ("a/b;q=", nil), ("a/b;q=x", nil), ("a/b;q=\"1\"", nil), ("a/b;q=.5", nil),
        ("a/b;level=1", 0),
        ("a/b;level=1;q=0, x/y", 2), ("a/b;x=\"1,2;q=0\";q=0.5, x/y;q=0.4", 0), ("a/b;x=\"\\\"\", x/y;q=0.4", 0),
        ("a/b;x=\"unclosed, x/y", nil),
        ("a/b ; q=0.5 , x/y", 2), (",,a/c,,", 1), ("a", nil), ("a/", nil), ("/b", nil), ("*/b", nil), ("a/b/c", nil),
        ("a b/c", nil), ("*", nil),
        ("a/b;", 0), ("a/b;;q=0", nil), ("A/B", 0), ("a/bb", nil), ("aa/b", nil), ("garbage/, a/c", 1),
        ("a/b garbage, a/c", 1), ("a/b;q=0.5;q=0.9, a/c;q=0.6", 1),
        ("\t a/c \t", 1), (",", nil), ("\"a/b, a/c", nil),
    ]

    @Test(arguments: rules) func `the most precise range and the highest weight win`(value: String, expected: Int?) {
        let offers = Accept(offers: ["a/b", "a/c", "x/y"])
        #expect(offers.choose(latin1(value)[...]) == expected, "RFC 9110 §12.5.1")
    }

    @Test func `the fallback must be acceptable itself`() {
        let offers = Accept(offers: ["a/b", "x/y"], anything: 1)
        #expect(offers.choose(latin1("*/*, x/y;q=0")[...]) == 0)
        #expect(offers.choose(latin1("*/*;q=0.5, x/y;q=0.1")[...]) == 1)
        #expect(offers.choose(RequestFields([("Accept", "q/q"), ("Accept", "a/b")])) == 0, "RFC 9110 §5.3")
    }

    @Test(
        arguments: [
            (nil, .identity), ("", .identity), ("gzip", .gzip), ("x-gzip", .gzip), ("GZIP", .gzip),
            ("gzip, deflate", .gzip),
            ("gzip, deflate, zstd", .gzip), ("zstd,gzip,deflate", .gzip), ("identity", .identity),
            ("Identity", .identity),
            ("*", .gzip),
            ("deflate", .identity), ("br, zstd", .identity), ("gzip;q=0", .identity), ("gzip;q=0, *", .identity),
            ("*;q=0", nil),
            ("identity;q=0", nil), ("identity;q=0, gzip", .gzip), ("gzip;q=0, identity;q=0", nil),
            ("gzip;q=0.5, identity;q=0.8", .identity),
            ("gzip;q=0.5, identity;q=0.5", .gzip), ("gzip;q=0.001", .gzip), ("gzip;q=1.0, *;q=0", .gzip),
            ("identity, *;q=0", .identity),
            ("gzip;q=x", .identity), ("identity;q=0, *;q=0.1", .gzip),
        ] as [(String?, ContentCoding?)])
    func `codings`(value: String?, expected: ContentCoding?) {
        let fields = RequestFields(value.map { [(name: "Accept-Encoding", value: $0)] } ?? [])
        #expect(ContentCoding.choose(fields) == expected, "RFC 9110 §12.5.3")
    }
}
