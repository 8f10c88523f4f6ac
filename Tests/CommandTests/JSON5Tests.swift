import Testing

@testable import Command

private func members(_ text: String) throws -> [JSON5.Member] { try JSON5.members(of: Array(text.utf8)) }

@Test(
    arguments: [
        ("true", .flag(true)), ("false", .flag(false)), ("0", .integer(0)), ("-5", .integer(-5)), ("+5", .integer(5)),
        ("0x1F", .integer(31)), ("-0Xf", .integer(-15)), ("9223372036854775807", .integer(.max)),
        ("9223372036854775808", .other), ("1.5", .other), (".5", .other), ("5.", .other), ("1e3", .other),
        ("1E-3", .other), ("null", .other), ("NaN", .other), ("-Infinity", .other),
        ("{ a: {} }", .object([.init(name: "a", value: .object([]), line: 1)])),
        ("[1]", .list([.init(value: .integer(1), line: 1)])),
        ("['a',\n1]", .list([.init(value: .text("a"), line: 1), .init(value: .integer(1), line: 2)])),
        ("[[]]", .list([.init(value: .texts([]), line: 1)])), ("[]", .texts([])),
        ("['a', \"b\",]", .texts(["a", "b"])),
        ("''", .text("")), ("'it\\'s'", .text("it's")), ("\"a'b\"", .text("a'b")),
        ("'\\b\\f\\n\\r\\t\\v\\\\\\/\\x41\\u00e9'", .text("\u{8}\u{c}\n\r\t\u{b}\\/Aé")), ("'a\\\nb'", .text("ab")),
        ("'ä // no comment'", .text("ä // no comment")),
    ] as [(String, JSON5.Value)])
func `a value is read as what it is`(text: String, value: JSON5.Value) throws {
    #expect(try members("{ a: \(text) }").map(\.value) == [value])
}

@Test func `names are quoted or not, and known with their lines`() throws {
    let text = "\u{FEFF}// a: 1\n{\n  a: 1, 'b c': 2,\n  /* d:\n */ $_d1: 'x\\\ny',\u{A0}\"é\": 4, é: 5,\r\n  }\n// end"
    let found = try members(text)
    #expect(found.map(\.name) == ["a", "b c", "$_d1", "é", "é"])
    #expect(found.map(\.line) == [3, 3, 5, 6, 6])
}

@Test(arguments: [
    ("", 1, "must begin with {"), ("\n[1]", 2, "must begin with {"), ("5", 1, "must begin with {"),
    ("{\n  data: 'x'\n  log: 'text'\n}", 3, "'l' stands where a comma or '}' is needed"),
    ("{\n  data: ,\n}", 2, "',' is no value"), ("{ data: yes }", 1, "'yes' is no value"),
    ("{ a: 1-2 }", 1, "'-' stands where a comma"), ("{ a: 0x }", 1, "'0x' is no value"),
    ("{ a: 1.2.3 }", 1, "no value"),
    ("{\n  data 'x'\n}", 2, "where a colon is needed, behind the name 'data'"),
    ("{\n  'data': 'x,\n}", 2, "the text has no quote at its end"), ("{ a: 'x", 1, "no quote"),
    ("{ a: '\\", 1, "no quote"),
    ("{ a: 1", 1, "the end of the file stands where a comma or '}'"), ("{", 1, "the end of the file"),
    ("{,}", 1, "the name of a setting is needed"), ("{ 5: 1 }", 1, "'5' stands where the name"),
    ("{ a: 1 }\n\n}", 3, "stands behind the last }"), ("{ a: [1 2] }", 1, "a comma or ']'"),
    ("{ a: 1 /* }\n", 1, "the comment has no end"), ("{ a: 1 / }", 1, "'/' begins no comment"),
    ("{ a: '\\u12' }", 1, "4 hexadecimal digits"), ("{ a: '\\x+1' }", 1, "2 hexadecimal digits"),
    ("{ a: '\\ud800' }", 1, "half of a surrogate pair"), ("{ a: \u{1} }", 1, "a control character is no value"),
    ("{ a: " + String(repeating: "[", count: 100_000), 1, "more than 32 brackets"),
])
func `a mistake is named with its line`(text: String, line: Int, reason: String) {
    let mistake = #expect(throws: JSON5.Mistake.self) { _ = try members(text) }
    #expect(mistake?.line == line)
    #expect(mistake?.reason.contains(reason) == true, "\(mistake?.reason ?? "")")
}

/// Broken in every place: an error or a value, never a trap.
@Test func `no mutilated file is a trap`() {
    let text = Array("{ a: 'b\\u0041', // c\n 'd': [\"e\", 'f',], g: -0x1F, /* h */ i: true, j: { k: null } }\n".utf8)
    for cut in 0..<text.count {
        _ = try? JSON5.members(of: Array(text[..<cut]))
        for byte: UInt8 in [0, 0x0A, 0x22, 0x27, 0x2F, 0x5C, 0x5D, 0x7B, 0x7D, 0xC2, 0xEF, 0xFF] {
            var broken = text
            broken[cut] = byte
            _ = try? JSON5.members(of: broken)
        }
    }
}
