import HTTP
import Testing

struct MultipartTests {
    /// The parts with their content, or the status; the pieces end at the cuts.
    private func split(
        _ text: String, cuts: [Int] = [], boundary: String = "b", limits: MultipartLimits = MultipartLimits()
    ) -> Outcome {
        let bytes = latin1(text)
        var parts: [String] = []
        var content: [UInt8] = []
        do {
            var parser = try MultipartParser(contentType: "multipart/form-data; boundary=\(boundary)", limits: limits)
            var start = 0
            for cut in cuts + [bytes.count] {
                let piece = Array(bytes[start..<cut])
                start = cut
                var position = 0
                while let event = try parser.next(piece, at: &position, to: piece.count) {
                    switch event {
                    case .begin(let part):
                        content = []
                        parts.append(
                            [part.name, part.filename, part.contentType].compactMap(\.self).joined(separator: "|"))
                    case .data(let range): content += piece[range]
                    case .carried(let held): content += held
                    case .endPart: parts.append(String(decoding: content, as: UTF8.self))
                    case .end: parts.append("end")
                    }
                }
            }
            try parser.finish()
            return .parsed(parts.joined(separator: " "))
        } catch {
            return .refused(error.status.code)
        }
    }

    private static func part(_ content: String, head: String = "Content-Disposition: form-data; name=\"n\"\r\n")
        -> String
    {
        "--b\r\n\(head)\r\n\(content)\r\n"
    }

    @Test(arguments: [
        "", "x", "\r\n", "\n", "\r", "--b", "\n--b", "\r--b", "-\r\n-", "\r\n-", "\r\n--", "\r\n--\r\n--a", "--b--",
        "\r\n\r\n", "\r\r\n", "\r\n--B", "\r\n-b",
        "\r\n--\r\n", "\0\u{1}\u{7f}", "a\r\n--\rb", "\n--b--\n", "0123456789\r\n--0123456789\r\n-",
        "\r\r\r\r\n\n\n--", "\r\n\r\n--\r\n--a--",
        "a line\r\n- a list\r\n-- a dash\r\n--- more\r\n",
    ])
    func `content may hold anything but the boundary`(content: String) {
        let body = Self.part(content) + Self.part("2") + "--b--\r\n"
        let expected = Outcome.parsed("n \(content) n 2 end")
        #expect(split(body) == expected)
        for cut in 0...body.utf8.count {
            #expect(split(body, cuts: [cut]) == expected, "RFC 2046 §5.1.1, cut at \(cut)")
        }
        #expect(split(body, cuts: Array(0...body.utf8.count)) == expected)
    }

    static let heads: [(String, String)] = [
        ("Content-Disposition: form-data; name=\"a\"", "a"), ("content-disposition:form-data;name=a", "a"),
        ("CONTENT-DISPOSITION: Form-Data; NAME=\"a\"", "a"),
        ("Content-Disposition: form-data; name=\":action\"", ":action"),
        (
            "Content-Disposition: form-data; name=\"content\"; filename=\"a-1.0+local-py3-none-any.whl\"\r\nContent-Type: application/octet-stream",
            "content|a-1.0+local-py3-none-any.whl|application/octet-stream"
        ),
        (
            "Content-Type: text/plain; charset=utf-8\r\nContent-Disposition: form-data; name=\"a\"",
            "a|text/plain; charset=utf-8"
        ),
        ("Content-Disposition: form-data; filename=\"b;c\"; name=\"a\"", "a|b;c"),
        ("Content-Disposition: form-data; name=\"a\\\"b\\\\c\"", "a\"b\\c"),
        ("Content-Disposition: form-data; name=\"a\"; filename=\"C:\\dir\\f.whl\"", "a|C:\\dir\\f.whl"),
        ("Content-Disposition: form-data; name=\"a\"; filename=\"\"", "a|"),
        ("Content-Disposition: form-data; name=\"\u{c3}\u{a9}\"", "é"),
        ("Content-Disposition: form-data; name=a; filename=a+b-1.0.whl", "a|a+b-1.0.whl"),
        ("Content-Disposition: form-data; name=\"a\";", "a"),
        ("Content-Disposition: form-data; name=\"a%22b\"", "a%22b"),
        ("Content-Disposition: form-data; name=\"a\"\r\nX-Other: 1", "a"),
        ("Content-Disposition: form-data; name=\"a\"\r\nContent-Transfer-Encoding: binary", "a"),
        ("Content-Disposition: form-data; name=\"a\"; size=5", "a"),
        ("Content-Length: 1\r\nContent-Disposition: form-data; name=\"a\"", "a"),
    ]

    @Test(arguments: heads) func `part heads are read`(head: String, expected: String) {
        let body = Self.part("1", head: head + "\r\n") + "--b--"
        for cut in 0...latin1(body).count {
            #expect(split(body, cuts: [cut]) == .parsed("\(expected) 1 end"), "RFC 7578 §4.2")
        }
    }

    @Test(arguments: [
        "", "Content-Type: text/plain", "Content-Disposition: form-data", "Content-Disposition: form-data; name=\"\"",
        "Content-Disposition: form-data; name=",
        "Content-Disposition: attachment; name=\"a\"", "Content-Disposition: form-data; name=\"a",
        "Content-Disposition: form-data; name=\"a\"b",
        "Content-Disposition: form-data; name=\"a\"; name=\"b\"",
        "Content-Disposition: form-data; name=\"a\"; filename=\"b\"; FILENAME=\"c\"",
        "Content-Disposition: form-data; name=\"a\"; filename*=utf-8''b",
        "Content-Disposition: form-data; name*=utf-8''b",
        "Content-Disposition: form-data; name=\"a\"\r\nContent-Disposition: form-data; name=\"b\"",
        "Content-Disposition: form-data; filename=\"b\"",
        "Content-Disposition : form-data; name=\"a\"", "Content-Disposition: form-data;\r\n name=\"a\"",
        " Content-Disposition: form-data; name=\"a\"",
        "Content-Disposition: form-data; name=\"\u{ff}\"", "Content-Disposition: form-data; name=\"a\0b\"",
        "Content-Disposition: form-data; name=\"a\"\nX: y",
        "Content-Disposition: form-data; name=\"a\"\rX: y", "nonsense", ": form-data",
        "Content-Disposition: form-data; =\"a\"", "Content-Disposition: form-data; name",
        "Content-Disposition: form-data; name=\"a\"\r\nContent-Transfer-Encoding: base64",
        "Content-Disposition: form-data; name=\"a\"\r\nContent-Type: a/b\r\nContent-Type: a/b",
    ])
    func `broken part heads are refused`(head: String) {
        let body = Self.part("1", head: head.isEmpty ? "" : head + "\r\n") + "--b--"
        #expect(split(body) == .refused(400), "RFC 7578 §4.2")
        #expect(split(body, cuts: Array(0...latin1(body).count)) == .refused(400))
    }

    @Test func `truncated bodies are refused at every byte`() {
        let body = Self.part("content") + "--b--"
        for length in 0..<body.utf8.count {
            #expect(split(String(decoding: body.utf8.prefix(length), as: UTF8.self)) == .refused(400))
        }
        #expect(split(body) == .parsed("n content end"))
    }

    @Test(
        arguments: [
            ("--b--", .parsed("end")), ("--b--\r\nepilogue\r\n--b\r\n", .parsed("end")), ("\r\n--b--", .parsed("end")),
            ("preamble\r\n--b--", .parsed("end")),
            ("--b \t \r\nContent-Disposition: form-data; name=n\r\n\r\n1\r\n--b-- \r\n", .parsed("n 1 end")),
            ("--bb\r\n", .refused(400)), ("--b\n", .refused(400)),
            ("--b\rx", .refused(400)), ("--b-x", .refused(400)), ("--b x", .refused(400)), ("--c--", .refused(400)),
            ("", .refused(400)), ("x--b--", .refused(400)),
            ("-----b--", .refused(400)), ("\n--b--", .refused(400)),
        ] as [(String, Outcome)])
    func `boundary lines`(body: String, expected: Outcome) {
        for cut in 0...body.utf8.count { #expect(split(body, cuts: [cut]) == expected, "RFC 2046 §5.1.1") }
    }

    @Test func `limits`() {
        var limits = MultipartLimits()
        limits.parts = 3
        let part = Self.part("1")
        #expect(split(part + part + part + "--b--", limits: limits) == .parsed("n 1 n 1 n 1 end"))
        #expect(split(part + part + part + part + "--b--", limits: limits) == .refused(413))
        limits.headBytes = 64
        #expect(
            split(
                Self.part("1", head: "Content-Disposition: form-data; name=\(String(repeating: "n", count: 64))\r\n"),
                limits: limits) == .refused(400))
        #expect(split(String(repeating: "p", count: 100) + "\r\n--b--", limits: limits) == .refused(400))
        #expect(
            split(String(repeating: "\r", count: 100) + "\r\n--b--", cuts: Array(0...100), limits: limits)
                == .refused(400))
    }

    @Test(
        arguments: [
            ("multipart/form-data; boundary=x", nil), ("Multipart/Form-Data;BOUNDARY=\"a b'()+_,-./:=?\"", nil),
            ("multipart/form-data; charset=utf-8; boundary=x", nil),
            ("multipart/form-data; boundary=\(String(repeating: "x", count: 70))", nil),
            ("multipart/form-data; boundary=a:b", nil), (nil, 415), ("", 415),
            ("multipart/form-data", 400), ("multipart/form-data; boundary=", 400),
            ("multipart/form-data; boundary=\"\"", 400), ("text/plain; boundary=x", 415),
            ("multipart/mixed; boundary=x", 415), ("application/x-www-form-urlencoded", 415),
            ("multipart/form-data; boundary=\(String(repeating: "x", count: 71))", 400),
            ("multipart/form-data; boundary=x; boundary=x", 400), ("multipart/form-data; boundary=\"x ", 400),
            ("multipart/form-data; boundary=\"x \"", 400),
            ("multipart/form-data; boundary=x\r\ny", 400), ("multipart/form-data; boundary=a;b", nil),
            ("multipart/form-data; boundary=é", 400), ("multipart/form-data; boundary=a[b]", 400),
        ] as [(String?, Int?)])
    func `boundaries`(contentType: String?, refused: Int?) {
        do {
            _ = try MultipartParser(contentType: contentType)
            #expect(refused == nil, "RFC 2046 §5.1.1")
        } catch {
            #expect(error.status.code == refused, "RFC 2046 §5.1.1")
        }
    }
}
