import HTTP
import Testing

struct RequestTargetTests {
    static let accepted: [(String, String, String)] = [
        ("/", "/", ""), ("/simple/", "/simple/", ""), ("/simple/a", "/simple/a", ""), ("/a?b", "/a", "b"),
        ("/?", "/", ""),
        ("/a?b?c=/../%2f//", "/a", "b?c=/../%2f//"), ("/a%2Bb", "/a+b", ""), ("/a%2bb", "/a+b", ""),
        ("/a+b", "/a+b", ""),
        ("/a%2Cb%3Dc%21", "/a,b=c!", ""), ("/%41", "/A", ""), ("/%C3%A9", "/é", ""), ("/%E2%82%AC/", "/€/", ""),
        ("/%F0%9F%90%8D", "/🐍", ""), ("/a%20b", "/a b", ""), ("/%252e%252e/", "/%2e%2e/", ""), ("/%25", "/%", ""),
        ("/...", "/...", ""), ("/.git/config", "/.git/config", ""), ("/a../b", "/a../b", ""), ("/..;/a", "/..;/a", ""),
        ("/a.b/.c/", "/a.b/.c/", ""), ("/a:b@c!$&'()*+,;=-._~", "/a:b@c!$&'()*+,;=-._~", ""),
        ("/a?x=[1]|{2}^`\\\"<>", "/a", "x=[1]|{2}^`\\\"<>"),
        ("/%3Cscript%3E", "/<script>", ""), ("/a%3Fb", "/a?b", ""), ("/a%23b", "/a#b", ""), ("/%C2%A0", "/\u{a0}", ""),
        ("/....//....".replacing("//", with: "/"), "/..../....", ""),
    ]

    @Test(arguments: accepted) func `paths are decoded once`(text: String, path: String, query: String) throws {
        let target = try RequestTarget(text)
        #expect(target.path == path && target.query == query && target.authority == nil)
        #expect(target.hasTrailingSlash == path.hasSuffix("/"))
    }

    @Test(arguments: [
        // RFC 3986 §2.1
        "/%zz", "/%", "/%1", "/a%", "/a%2", "/%uff0e", "/%-1", "/% 1",
        // Encoded slashes, backslashes, control characters
        "/%2f", "/%2F", "/a%2fb", "/%5c", "/%5Cevil.example/", "/%00", "/a%00b", "/%0d%0aX-Kit:1", "/%0a", "/%1b",
        "/%7f", "/%C2%85",
        // Not UTF-8: over-long, stray, surrogate
        "/%c0%af", "/%e0%80%af", "/%ff%fe", "/%ed%a0%80", "/%c0%ae%c0%ae/", "/%80", "/%C3", "/%F5%80%80%80",
        // Dot and empty segments, RFC 3986 §5.2.4
        "/.", "/..", "/./", "/../", "/a/..", "/a/../b", "/a/./b", "/%2e", "/%2e%2e/", "/.%2e/", "/%2e./", "/a/%2E%2E",
        "//", "//a", "/a//b",
        "/a//", "///", "//evil.example/", "/simple/../../etc/passwd", "/?/..".replacing("?", with: "."),
        // Characters that a URI does not hold
        "/a b", "/a\"b", "/a<b", "/a>b", "/a\\b", "/a^b", "/a`b", "/a{b", "/a|b", "/a}b", "/a[b", "/a]b", "/a#b",
        "/a?b#c", "/é",
        "/\u{7f}", "/a?b c", "/a?é",
        // Other forms
        "", "simple/", "!", "*", "?a", "%2f", "a:443", "127.0.0.1:80", "ftp://a/", "http:/a", "http:a",
        "file:///etc/passwd",
    ])
    func `other targets are refused`(text: String) {
        #expect(throws: HTTPError.self) { try RequestTarget(text) }
        check(Row(400, "GET \(text) HTTP/1.1\r\nHost: a\r\n\r\n", "RFC 9112 §3.2"))
    }

    @Test(arguments: [
        ("http://a/b?c", "/b", "c", "a"), ("HTTP://a:80/b", "/b", "", "a:80"), ("https://a/", "/", "", "a"),
        ("http://a", "/", "", "a"),
        ("http://a?x", "/", "x", "a"), ("http://[::1]:8/x/", "/x/", "", "[::1]:8"),
    ])
    func `absolute targets bring their own host`(text: String, path: String, query: String, authority: String) throws {
        let target = try RequestTarget(text)
        #expect(target.path == path && target.query == query && target.authority == authority)
        #expect(try request("GET \(text) HTTP/1.1\r\nHost: other\r\n\r\n").authority == authority)
    }

    @Test(arguments: [
        "http://", "http:///simple/", "http://u:p@a/", "http://a:99999999/", "http://a:b/", "http://a b/",
        "http://a//b", "http://a/../b",
        "http://a#b", "http://a\\b/", "http://%61/", "http://é/", "https://:80/",
    ])
    func `absolute targets need a valid host and path`(text: String) {
        #expect(throws: HTTPError.self) { try RequestTarget(text) }
    }

    @Test func `absolute targets do not replace a missing Host`() {
        check(Row(400, "GET http://a/ HTTP/1.1\r\n\r\n", "RFC 9112 §3.2"))
    }

    @Test func `the asterisk is for OPTIONS`() throws {
        #expect(try request("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n").target == .asterisk)
        check(Row(400, "GET * HTTP/1.1\r\nHost: a\r\n\r\n", "RFC 9112 §3.2.4"))
        check(Row(400, "OPTIONS ** HTTP/1.1\r\nHost: a\r\n\r\n", "RFC 9112 §3.2.4"))
        check(Row(501, "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", "RFC 9110 §9.3.6"))
        check(Row(501, "CONNECT / HTTP/1.1\r\nHost: a\r\n\r\n", "RFC 9110 §9.3.6"))
    }

    @Test(arguments: [
        ("format", "json" as String?), ("f", "application/vnd.pypi.simple.v1+json"), ("g", "a b"), ("empty", ""),
        ("bare", ""),
        ("twice", "1"), ("bad", nil), ("utf", nil), ("absent", nil), ("é", "ü"), ("", "x"), ("FORMAT", nil),
    ])
    func `query parameters are form-decoded`(name: String, value: String?) throws {
        let query =
            "format=json&f=application/vnd.pypi.simple.v1%2Bjson&g=a+b&empty=&bare&twice=1&twice=2&bad=%zz&utf=%ff&%C3%A9=%C3%BC&=x"
        #expect(try RequestTarget("/?\(query)").queryValue(name) == value)
    }
}
