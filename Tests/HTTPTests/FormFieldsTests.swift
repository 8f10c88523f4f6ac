import Testing

@testable import HTTP

@Suite struct FormFieldsTests {
    private func form(_ text: String) throws(HTTPError) -> FormFields { try FormFields(Array(text.utf8)) }

    @Test(
        arguments: [
            ("a=b", "b"), ("a=", ""), ("a=b+c", "b c"), ("a=b%2Bc", "b+c"), ("a=%C3%A9", "é"), ("a=1&b=2", "1"),
            ("b=2&a=1", "1"), ("a=%0D%0A%09", "\r\n\t"), ("%61=b", "b"), ("a=%26%3D", "&="),
            ("a=*-._!'()~", "*-._!'()~"),
            ("", nil), ("b=1", nil), ("a=1&a=2", nil), ("A=1", nil),
        ] as [(String, String?)])
    func `the only value of a name is read`(body: String, value: String?) throws {
        #expect(try form(body)["a"] == value)
    }

    @Test func `all values of a name are read in their order`() throws {
        #expect(try form("a=2&b=x&a=1&a=2").values("a") == ["2", "1", "2"])
        #expect(try form("a=2").values("b") == [])
    }

    @Test(arguments: [
        "a", "=b", "=", "&", "a=1&", "&a=1", "a=1&&b=2", "a=b=c", "a=b c", "a=\u{0}", "a=\n", "a=\u{7F}", "a=é", "a=%",
        "a=%4",
        "a=%GG", "a=%zz", "a=%C3", "a=%FF", "a=%ED%A0%80", "a=%C0%AF", "a=%00", "a=%1B", "a=%7F", "a=%08", "a b=c",
        "a\t=b",
        "%=a", "a=%2",
    ])
    func `what no browser sends is refused`(body: String) {
        #expect(throws: HTTPError.self) { try form(body) }
    }

    @Test func `a form is not longer than it may be`() throws {
        let most = FormFields.limitBytes
        #expect(try form("a=" + String(repeating: "x", count: most - 2))["a"]?.utf8.count == most - 2)
        for body in [
            "a=" + String(repeating: "x", count: most - 1),
            Array(repeating: "a=1", count: FormFields.fieldLimit + 1).joined(separator: "&"),
        ] {
            #expect { try form(body) } throws: { ($0 as? HTTPError)?.status == .contentTooLarge }
        }
        let fields = Array(repeating: "a=1", count: FormFields.fieldLimit)
        #expect(try form(fields.joined(separator: "&")).values("a").count == 100)
    }
}

@Suite struct CookieTests {
    @Test(
        arguments: [
            (["sid=abc"], "abc"), (["a=1; sid=abc; b=2"], "abc"), (["a=1;sid=abc"], "abc"), (["sid="], ""),
            (["sid=a=b"], "a=b"),
            (["Sid=abc"], nil), (["xsid=abc"], nil), (["sid"], nil), (["sid=a; sid=b"], nil), (["sid=a; sid=a"], nil),
            (["sid=a", "sid=b"], nil), (["a=1", "sid=b"], nil), ([], nil), ([""], nil), ([";;;"], nil),
            (["\"sid=a\""], nil),
        ] as [([String], String?)])
    func `a cookie has one value or none`(lines: [String], value: String?) {
        let fields = RequestFields(lines.map { ("Cookie", $0) })
        #expect(fields.cookie("sid") == value)
    }
}
