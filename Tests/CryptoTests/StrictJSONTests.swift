import Testing

@testable import Crypto

struct StrictJSONTests {
    @Test(arguments: [
        ("null", StrictJSON.null), (" true\n", .boolean(true)), ("false", .boolean(false)),
        ("0", .integer(0)), ("-7", .integer(-7)), ("9223372036854775807", .integer(.max)),
        ("-9223372036854775808", .integer(.min)), ("9223372036854775808", .number("9223372036854775808")),
        ("1.0", .number("1.0")), ("1e2", .number("1e2")), ("0.5E+10", .number("0.5E+10")),
        (#""""#, .string("")), (#""a\u0062\"\\\/\b\f\n\r\t""#, .string("ab\"\\/\u{8}\u{C}\n\r\t")),
        (#""\uD83D\uDE00""#, .string("😀")), (#""😀é""#, .string("😀é")), (#""\u0000""#, .string("\0")),
        ("[]", .array([])), ("[1, [2]]", .array([.integer(1), .array([.integer(2)])])),
        ("{}", .object([:])),
        (#"{"a":1,"b":{}}"#, .object([Array("a".utf8): .integer(1), Array("b".utf8): .object([:])])),
    ])
    func `reads what RFC 8259 allows`(text: String, value: StrictJSON) throws {
        #expect(try StrictJSON(Array(text.utf8)) == value)
    }

    @Test(arguments: [
        ("", "ends too early"), ("[1,]", "no value begins"), ("[,1]", "no value begins"),
        ("[1 2]", "a comma or a bracket"),
        (#"{"a":1,}"#, "a key must stand"), (#"{"a" 1}"#, "a colon"), (#"{"a":1 "b":2}"#, "a comma or a brace"),
        (#"{"a":1,"a":1}"#, "a key occurs twice"), (#"{"a":1,"\u0061":2}"#, "a key occurs twice"),
        ("{a:1}", "a key must"),
        (#"{"x":{"b":1,"b":1}}"#, "a key occurs twice"),
        ("1 2", "something follows"), ("nul", "no value begins"), ("NaN", "no value begins"), ("+1", "no value begins"),
        ("01", "needless zero"), ("-", "no value begins"), ("-01", "needless zero"), ("1.", "a digit"),
        (".5", "no value"),
        ("1e", "a digit"), ("0x10", "something follows"), ("'a'", "no value"), ("\"a", "ends too early"),
        ("\"\u{1}\"", "control character"), ("\"\n\"", "control character"), (#""\x""#, "needs none"),
        (#""\u12""#, "four hex"),
        (#""\u+123""#, "four hex"), (#""\uD800""#, "surrogate"), (#""\uDC00""#, "surrogate"),
        (#""\uD800\uD800""#, "surrogate"),
        (#""\uD800x""#, "surrogate"), ("[1]]", "something follows"), ("/* */ 1", "no value"), ("\u{FEFF}1", "no value"),
        ("1\u{A0}", "something follows"), ("\0", "no value"),
    ])
    func `refuses what two readers could understand differently`(text: String, reason: String) {
        let refusal = #expect(throws: StrictJSON.Refusal.self) { try StrictJSON(Array(text.utf8)) }
        #expect(refusal?.reason.contains(reason) == true, "\(refusal as Any)")
    }

    @Test(arguments: [
        [0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0xFF, 0xFE, 0x31],
        Array(#""\u0061"#.utf8) + [0xFF, 0x22], [0x22, 0xC3] + Array(#"\u00A9""#.utf8),
        [0x22, 0xC3] + Array(#"\n""#.utf8) + [0xA9, 0x22],
    ])
    func `refuses what is not UTF-8`(bytes: [UInt8]) {
        #expect(throws: StrictJSON.Refusal.self) { try StrictJSON(bytes) }
    }

    @Test func `says where it stopped, also behind an escape`() {
        for (text, offset) in [("\"a\\u0062\u{1}\"", 9), ("\"a\\n", 4), ("\"a\\nb", 5), ("{\"a\": \"\\x\"}", 9)] {
            let refusal = #expect(throws: StrictJSON.Refusal.self) { try StrictJSON(Array(text.utf8)) }
            #expect(refusal?.offset == offset, "\(text): \(refusal as Any)")
        }
    }

    @Test func `joins what stands around escapes`() throws {
        #expect(try StrictJSON(Array(#""a\u0062c\n\u00e9é\\""#.utf8)) == .string("abc\néé\\"))
        #expect(try StrictJSON(Array(#""""#.utf8)) == .string(""))
    }

    @Test func `tells keys apart that Swift takes for equal`() throws {
        let json = try StrictJSON(Array("{\"\u{212A}\":1,\"K\":2}".utf8))
        #expect(json["K"]?.integer == 2)
        #expect(json["\u{212A}"]?.integer == 1)
    }

    @Test func `nests to its limit and not deeper`() throws {
        let limit = StrictJSON.depthLimit
        let nested = { (count: Int) in
            Array((String(repeating: "[", count: count) + String(repeating: "]", count: count)).utf8)
        }
        _ = try StrictJSON(nested(limit))
        #expect(throws: StrictJSON.Refusal.self) { try StrictJSON(nested(limit + 1)) }
        #expect(throws: StrictJSON.Refusal.self) { try StrictJSON(Array(repeating: UInt8(ascii: "["), count: 1 << 20)) }
    }

    @Test(
        arguments: [
            ("7", 7), (#""7""#, 7), (#""0""#, 0), (#""9223372036854775807""#, Int64.max),
            (#""9223372036854775808""#, nil),
            (#""07""#, nil), (#""-7""#, nil), ("-7", nil), (#""""#, nil), (#"" 7""#, nil), (#""+7""#, nil),
            ("7.0", nil), ("true", nil),
        ] as [(String, Int64?)])
    func `takes integers of protocol buffers as numbers and as strings`(text: String, value: Int64?) throws {
        #expect(try StrictJSON(Array(text.utf8)).protobufInteger == value)
    }
}

struct Base64Tests {
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"), ("\u{F}ÿ?>", "D8O/Pz4="),
    ])
    func `encodes and decodes (RFC 4648 §10)`(plain: String, text: String) {
        #expect(Base64.encode(Array(plain.utf8)) == text)
        #expect(Base64.decode(text) == Array(plain.utf8))
    }

    @Test(arguments: [
        "Zg", "Zg=", "Zg===", "Zm9v=", "Zm9v====", "=", "====", "Zh==", "Zm9=", "Zm8=\n", "Zm 8", "Zm8-", "Z_8=",
        "Zg==Zg==",
        "Z===", "Zm9vZg==\n", "\0\0\0\0", "Zm=v", "=Zm9", "Zé==",
    ])
    func `refuses every text that is not the one of its bytes`(text: String) {
        #expect(Base64.decode(text) == nil)
    }
}
