/// Reads one JSON text; see ``StrictJSON`` for what is refused.
struct StrictJSONParser {
    private let text: [UInt8]
    private var at = 0
    private var depth = 0

    init(_ text: [UInt8]) {
        self.text = text
    }

    /// The one value of the text.
    mutating func document() throws(StrictJSON.Refusal) -> StrictJSON {
        // The grammar lets bytes above 0x7F stand in strings only, where they are checked.
        skipSpace()
        let value = try value()
        skipSpace()
        guard at == text.count else { throw refusal("something follows the value") }
        return value
    }

    /// The elements of the one array of the text, each with its own text.
    mutating func elements() throws(StrictJSON.Refusal) -> [(value: StrictJSON, text: [UInt8])] {
        skipSpace()
        guard take(UInt8(ascii: "[")) else { throw refusal("an array must stand here") }
        depth += 1
        var elements: [(StrictJSON, [UInt8])] = []
        skipSpace()
        if peek != UInt8(ascii: "]") {
            repeat {
                skipSpace()
                let start = at
                let value = try value()
                elements.append((value, Array(text[start..<at])))
                skipSpace()
            } while take(UInt8(ascii: ","))
        }
        guard take(UInt8(ascii: "]")) else { throw refusal("a comma or a bracket must stand here") }
        skipSpace()
        guard at == text.count else { throw refusal("something follows the value") }
        return elements
    }

    private mutating func value() throws(StrictJSON.Refusal) -> StrictJSON {
        guard let byte = peek else { throw refusal("the text ends too early") }
        switch byte {
        case UInt8(ascii: "{"): return try nested(Self.object)
        case UInt8(ascii: "["): return try nested(Self.array)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .boolean(true))
        case UInt8(ascii: "f"): return try word("false", .boolean(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    private mutating func nested(
        _ read: (inout StrictJSONParser) throws(StrictJSON.Refusal) -> StrictJSON
    ) throws(StrictJSON.Refusal) -> StrictJSON {
        guard depth < StrictJSON.depthLimit else { throw refusal("it is nested too deep") }
        depth += 1
        at += 1
        skipSpace()
        let value = try read(&self)
        depth -= 1
        return value
    }

    /// After the opening brace.
    private static func object(_ parser: inout StrictJSONParser) throws(StrictJSON.Refusal) -> StrictJSON {
        var members: [[UInt8]: StrictJSON] = [:]
        if parser.take(UInt8(ascii: "}")) { return .object(members) }
        repeat {
            parser.skipSpace()
            guard parser.peek == UInt8(ascii: "\"") else { throw parser.refusal("a key must stand here") }
            let key = Array(try parser.string().utf8)
            guard members[key] == nil else { throw parser.refusal("a key occurs twice") }
            parser.skipSpace()
            guard parser.take(UInt8(ascii: ":")) else { throw parser.refusal("a colon must stand here") }
            parser.skipSpace()
            members[key] = try parser.value()
            parser.skipSpace()
        } while parser.take(UInt8(ascii: ","))
        guard parser.take(UInt8(ascii: "}")) else { throw parser.refusal("a comma or a brace must stand here") }
        return .object(members)
    }

    /// After the opening bracket.
    private static func array(_ parser: inout StrictJSONParser) throws(StrictJSON.Refusal) -> StrictJSON {
        var elements: [StrictJSON] = []
        if parser.take(UInt8(ascii: "]")) { return .array(elements) }
        repeat {
            parser.skipSpace()
            elements.append(try parser.value())
            parser.skipSpace()
        } while parser.take(UInt8(ascii: ","))
        guard parser.take(UInt8(ascii: "]")) else { throw parser.refusal("a comma or a bracket must stand here") }
        return .array(elements)
    }

    private mutating func word(
        _ word: StaticString, _ value: StrictJSON
    ) throws(StrictJSON.Refusal) -> StrictJSON {
        let bytes = Array(word.description.utf8)
        guard text[at...].starts(with: bytes) else { throw refusal("no value begins like this") }
        at += bytes.count
        return value
    }

    // MARK: Numbers

    private mutating func number() throws(StrictJSON.Refusal) -> StrictJSON {
        let start = at
        _ = take(UInt8(ascii: "-"))
        let isZero = peek == UInt8(ascii: "0")
        let whole = skipDigits()
        guard whole > 0 else { throw refusal("no value begins like this") }
        guard !isZero || whole == 1 else { throw refusal("a number begins with a needless zero") }
        var isInteger = true
        if take(UInt8(ascii: ".")) {
            isInteger = false
            guard skipDigits() > 0 else { throw refusal("a digit must stand here") }
        }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            isInteger = false
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            guard skipDigits() > 0 else { throw refusal("a digit must stand here") }
        }
        let written = String(decoding: text[start..<at], as: UTF8.self)
        guard isInteger, let value = Int64(written) else { return .number(written) }
        return .integer(value)
    }

    /// - Returns: how many there were.
    private mutating func skipDigits() -> Int {
        let start = at
        while let byte = peek, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { at += 1 }
        return at - start
    }

    // MARK: Strings

    private mutating func string() throws(StrictJSON.Refusal) -> String {
        at += 1
        var bytes: [UInt8] = []
        while true {
            let start = at
            while let byte = peek, byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") { at += 1 }
            guard let byte = peek else { throw refusal("the text ends too early") }
            let run = text[start..<at]
            at += 1
            switch byte {
            case UInt8(ascii: "\""):
                let string = String(validating: bytes.isEmpty ? run : (bytes + run)[...], as: UTF8.self)
                guard let string else { throw refusal("a string is not UTF-8") }
                return string
            case UInt8(ascii: "\\"):
                bytes += run
                bytes += String(try escaped()).utf8
            default: throw refusal("a string holds a control character")
            }
        }
    }

    /// After the backslash.
    private mutating func escaped() throws(StrictJSON.Refusal) -> Unicode.Scalar {
        guard let byte = peek else { throw refusal("the text ends too early") }
        at += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return try scalar()
        default: throw refusal("a backslash stands before a character that needs none")
        }
    }

    /// After `\u`: one code point, which may take a pair of surrogates.
    private mutating func scalar() throws(StrictJSON.Refusal) -> Unicode.Scalar {
        let first = try codeUnit()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xDC00, take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else {
            throw refusal("a surrogate stands alone")
        }
        let second = try codeUnit()
        guard (0xDC00...0xDFFF).contains(second),
            let scalar = Unicode.Scalar(0x1_0000 + (first - 0xD800) << 10 + (second - 0xDC00))
        else { throw refusal("a surrogate stands alone") }
        return scalar
    }

    private mutating func codeUnit() throws(StrictJSON.Refusal) -> UInt32 {
        guard at + 4 <= text.count, text[at..<at + 4].allSatisfy(\.isHexDigit),
            let value = UInt32(String(decoding: text[at..<at + 4], as: UTF8.self), radix: 16)
        else { throw refusal("four hexadecimal digits must stand here") }
        at += 4
        return value
    }

    // MARK: Bytes

    private var peek: UInt8? { at < text.count ? text[at] : nil }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard peek == byte else { return false }
        at += 1
        return true
    }

    private mutating func skipSpace() {
        while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { at += 1 }
    }

    private func refusal(_ reason: String) -> StrictJSON.Refusal {
        StrictJSON.Refusal(reason: reason, offset: at)
    }
}

extension UInt8 {
    /// `0…9`, `a…f`, `A…F`.
    var isHexDigit: Bool {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }
}
