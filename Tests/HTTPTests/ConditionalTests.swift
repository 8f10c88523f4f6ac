import HTTP
import Testing

struct ConditionalTests {
    private static let date = "Sun, 06 Nov 1994 08:49:37 GMT"
    private static let later = "Mon, 07 Nov 1994 08:49:37 GMT"
    private static let earlier = "Sat, 05 Nov 1994 08:49:37 GMT"

    private func evaluate(
        _ lines: [(String, String)], _ method: HTTPMethod = .get, etag: String = "\"abc\"",
        lastModified: Int64? = 784_111_777
    ) throws -> Conditional {
        let request = HTTPRequest(
            method: method, target: try RequestTarget("/"), minorVersion: 1,
            fields: RequestFields(lines.map { (name: $0.0, value: $0.1) }), framing: .none)
        return Conditional.evaluate(request, etag: etag, lastModified: lastModified)
    }

    @Test(arguments: [
        "\"abc\"", "W/\"abc\"", "\"zzz\", \"abc\", \"yyy\"", "\"zzz\",\"abc\"", "*", "\"a,b\" , W/\"abc\"",
        ",, \"abc\"", "\"abc\" \"d\"".replacing(" ", with: ","),
    ])
    func `a tag that matches is 304`(tags: String) throws {
        #expect(try evaluate([("If-None-Match", tags)]) == .notModified, "RFC 9110 §13.1.2")
        #expect(try evaluate([("If-None-Match", tags)], .head) == .notModified)
        #expect(try evaluate([("If-None-Match", tags)], .put) == .preconditionFailed)
        #expect(try evaluate([("If-None-Match", tags)], etag: "W/\"abc\"") == .notModified, "RFC 9110 §8.8.3.2: weakly")
    }

    @Test(arguments: [
        "\"other\"", "abc", "kit garbage \"", "\"abc", "abc\"", "", "\"ABC\"", "\"abc\"x", "**", "\"x\" \"abc\"",
        "w/\"abc\"", "W/abc",
    ])
    func `other tags are not`(tags: String) throws {
        #expect(try evaluate([("If-None-Match", tags)]) == .proceed(usesRange: false), "RFC 9110 §13.1.2")
    }

    @Test func `lists may stand on several lines`() throws {
        #expect(try evaluate([("If-None-Match", "\"x\""), ("If-None-Match", "\"abc\"")]) == .notModified)
    }

    @Test(arguments: [
        ("\"abc\"", true), ("*", true), ("\"x\", \"abc\"", true), ("W/\"abc\"", false), ("\"other\"", false),
        ("", false), ("garbage", false),
    ])
    func `If-Match is strong`(tags: String, matches: Bool) throws {
        #expect(
            try evaluate([("If-Match", tags)]) == (matches ? .proceed(usesRange: false) : .preconditionFailed),
            "RFC 9110 §13.1.1")
        #expect(
            try evaluate([("If-Match", tags)], .delete) == (matches ? .proceed(usesRange: false) : .preconditionFailed))
        if tags != "*" { #expect(try evaluate([("If-Match", tags)], etag: "W/\"abc\"") == .preconditionFailed) }
    }

    @Test func `dates`() throws {
        let go = Conditional.proceed(usesRange: false)
        #expect(try evaluate([("If-Modified-Since", Self.date)]) == .notModified, "RFC 9110 §13.1.3")
        #expect(try evaluate([("If-Modified-Since", Self.later)]) == .notModified)
        #expect(try evaluate([("If-Modified-Since", Self.earlier)]) == go)
        #expect(try evaluate([("If-Modified-Since", "yesterday")]) == go)
        #expect(try evaluate([("If-Modified-Since", "Sunday, 06-Nov-94 08:49:37 GMT")]) == .notModified)
        #expect(try evaluate([("If-Modified-Since", Self.date)], .post) == go)
        #expect(try evaluate([("If-Modified-Since", Self.date)], lastModified: nil) == go)
        #expect(try evaluate([("If-Unmodified-Since", Self.earlier)]) == .preconditionFailed, "RFC 9110 §13.1.4")
        #expect(try evaluate([("If-Unmodified-Since", Self.date)]) == go)
        #expect(try evaluate([("If-Unmodified-Since", "x")]) == go)
        #expect(try evaluate([("If-Unmodified-Since", Self.earlier)], lastModified: nil) == go)
    }

    @Test func `tags come before dates`() throws {
        let go = Conditional.proceed(usesRange: false)
        #expect(
            try evaluate([("If-None-Match", "\"x\""), ("If-Modified-Since", Self.later)]) == go, "RFC 9110 §13.1.3")
        #expect(
            try evaluate([("If-Match", "\"abc\""), ("If-Unmodified-Since", Self.earlier)]) == go, "RFC 9110 §13.1.4")
        #expect(
            try evaluate([("If-Match", "\"x\""), ("If-None-Match", "\"abc\"")]) == .preconditionFailed,
            "RFC 9110 §13.2.2")
        #expect(
            try evaluate([("If-None-Match", "\"abc\""), ("Range", "bytes=0-5")]) == .notModified, "RFC 9110 §13.2.2")
    }

    @Test(
        arguments: [
            (nil, true), ("\"abc\"", true), (date, true), ("\"other\"", false), ("W/\"abc\"", false), (earlier, false),
            (later, false),
            ("garbage", false), ("", false), ("*", false), ("\"abc\", \"abc\"", false),
        ] as [(String?, Bool)])
    func `If-Range decides on the range`(validator: String?, counts: Bool) throws {
        let lines = [("Range", "bytes=0-5")] + (validator.map { [("If-Range", $0)] } ?? [])
        #expect(try evaluate(lines) == .proceed(usesRange: counts), "RFC 9110 §13.1.5")
        #expect(try evaluate(lines, .head) == .proceed(usesRange: false), "RFC 9110 §14.2: only GET")
    }

    @Test func `weak tags never match If-Range`() throws {
        let lines = [("Range", "bytes=0-5"), ("If-Range", "W/\"abc\"")]
        #expect(try evaluate(lines, etag: "W/\"abc\"") == .proceed(usesRange: false))
    }
}
