@testable import HTTP
import Testing

struct RequestFieldsTests {
    @Test(arguments: HTTPFieldName.Known.allCases) func `known names are recognised in any case`(
        known: HTTPFieldName.Known
    ) {
        for text in [known.text, known.text.uppercased(), known.text.capitalized] {
            #expect(HTTPFieldName(text).known == known && HTTPFieldName(text).text == known.text)
        }
        // No other name of the same length is taken for it.
        let bytes = Array(known.text.utf8)
        for at in bytes.indices {
            for replacement in [bytes[at] ^ 0x01, UInt8(ascii: "_"), bytes[at] ^ 0x10] {
                var other = bytes
                other[at] = replacement
                #expect(HTTPFieldName.Known(other.span) != known || replacement == bytes[at])
            }
        }
    }

    private static let fields = RequestFields([
        ("Accept", "text/html"), ("X-Kit", "1"), ("accept", " */* "), ("x-kit", "2"),
        ("Connection", "a, \"b,close\" , Keep-Alive"),
        ("Via", ""), ("ETag", "caf\u{e9}"),
    ])

    @Test func `several lines are joined`() {
        #expect(Self.fields[.accept] == "text/html, */*")
        #expect(Self.fields[HTTPFieldName("X-KIT")] == "1, 2")
        #expect(Self.fields[HTTPFieldName("via")] == "")
        #expect(Self.fields[.host] == nil && Self.fields[HTTPFieldName("x-ki")] == nil)
        #expect(Self.fields[HTTPFieldName("etag")] == "café")
    }

    @Test func `bytes are those of the only line`() {
        #expect(Self.fields.bytes(.accept) == nil && Self.fields.bytes(.host) == nil)
        #expect(Self.fields.bytes(HTTPFieldName("Via")).map(Array.init) == [])
        #expect(Self.fields.count(of: .accept) == 2 && Self.fields.count(of: .host) == 0)
        #expect(Self.fields.count(of: HTTPFieldName("x-kit")) == 2 && Self.fields.count == 7)
        #expect(Self.fields.list(.accept).map(Array.init) == Array("text/html, */*".utf8))
    }

    @Test(arguments: [
        ("a", true), ("keep-alive", true), ("KEEP-ALIVE", true), ("close", false), ("b", false), ("", false),
    ])
    func `tokens are found in lists`(token: String, expected: Bool) {
        #expect(Self.fields.contains(.connection, token: token) == expected)
    }

    @Test func `response fields cannot be broken out of`() {
        var fields = HTTPFields()
        fields.append("Location", "/a\r\nX-Kit: 1\0\u{7f}")
        fields.append("X-Empty", "")
        fields.append("X-Bytes", [0xE9, 0x09, 0x0A, 0x41])
        let lines = "Location: /a??X-Kit: 1??\r\nX-Empty: \r\nX-Bytes: "
        #expect(fields.encoded == Array(lines.utf8) + [0xE9, 0x09, 0x3F, 0x41, 0x0D, 0x0A])
        #expect(fields["location"] == "/a??X-Kit: 1??" && fields["x-kit"] == nil)
    }
}

extension String {
    fileprivate var capitalized: String {
        split(separator: "-").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined(separator: "-")
    }
}
