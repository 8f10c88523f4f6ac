import Crypto

/// Writing JSON text (RFC 8259).
public enum JSON {
    /// A string literal with its quotes.
    public static func string(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
        if isPlain { return "\"" + text + "\"" }
        var literal = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": literal += "\\\""
            case "\\": literal += "\\\\"
            case "\n": literal += "\\n"
            case "\u{0}"..<"\u{20}":
                let digits = String(scalar.value, radix: 16)
                literal += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: literal.unicodeScalars.append(scalar)
            }
        }
        return literal + "\""
    }

    /// The same, or `null` for nil.
    public static func string(_ text: String?) -> String { text.map { (text: String) in string(text) } ?? "null" }

    /// An array of string literals.
    public static func strings(_ texts: [String]) -> String { list(texts.map { (text: String) in string(text) }) }

    /// An array of values that are JSON already.
    public static func list(_ values: [String]) -> String { "[" + values.joined(separator: ",") + "]" }

    /// An object of members whose values are JSON already.
    public static func object(_ members: [(name: String, value: String)]) -> String {
        "{" + members.map { "\(string($0.name)):\($0.value)" }.joined(separator: ",") + "}"
    }
}

/// A JSON document that a client sent.
public enum JSONValue: Equatable, Sendable {
    /// `null`.
    case null
    /// `true` or `false`.
    case flag(Bool)
    /// A whole number.
    case integer(Int64)
    /// A number with a fraction or an exponent, or a very large one.
    case number
    /// A string.
    case text(String)
    /// An array.
    case list([JSONValue])
    /// An object.
    case object([String: JSONValue])

    /// Reads a document (RFC 8259) as strictly as signed ones: UTF-8, no key twice, nothing behind it, no deep nesting.
    ///
    /// - Throws: `IndexError.invalid` with the place.
    public init(_ bytes: [UInt8]) throws(IndexError) {
        do {
            self.init(try StrictJSON(bytes))
        } catch {
            throw IndexError(.invalid, "The body is not valid JSON: \(error)")
        }
    }

    private init(_ value: StrictJSON) {
        switch value {
        case .null: self = .null
        case .boolean(let flag): self = .flag(flag)
        case .integer(let number): self = .integer(number)
        case .number: self = .number
        case .string(let text): self = .text(text)
        case .array(let elements): self = .list(elements.map { JSONValue($0) })
        case .object(let members):
            let pairs = members.map { (String(decoding: $0.key, as: UTF8.self), JSONValue($0.value)) }
            // Keys that Swift takes for equal though their bytes differ: none that this program knows.
            self = .object(Dictionary(pairs, uniquingKeysWith: { first, _ in first }))
        }
    }
}
