import Packaging
import Wheelhouse

/// What a value of `/api/` may be: checked in what is sent, and told in the OpenAPI document.
indirect enum APISchema: Sendable {
    /// A string; `limit` in bytes of UTF-8, `pattern` a regular expression for the document only.
    case text(limit: Int? = nil, pattern: String? = nil)
    /// A moment in UTC, as `UploadTime` reads it.
    case time
    case choice([String])
    case integer(ClosedRange<Int64>)
    case flag
    case list(APISchema)
    case object([APIField])
    /// Any JSON object.
    case anyObject
    /// An object of strings by any names.
    case table
    /// The same, or `null`.
    case optional(APISchema)

    /// Why a value is not as this says; `nil` when it is. `name` is for the sentence.
    func fault(in value: JSONValue, _ name: String) -> String? {
        switch (self, value) {
        case (.text(let limit, _), .text(let text)):
            return limit.map { text.utf8.count > $0 } == true ? "'\(name)' is longer than \(limit ?? 0) bytes" : nil
        case (.time, .text(let text)):
            return (try? UploadTime(text)) == nil ? "'\(name)' is no time such as 2026-01-31T23:59:59Z" : nil
        case (.choice(let words), .text(let text)):
            return words.contains(text) ? nil : "'\(name)' must be one of \(words.joined(separator: ", "))"
        case (.integer(let range), .integer(let number)):
            return range.contains(number)
                ? nil : "'\(name)' must be from \(range.lowerBound) to \(range.upperBound)"
        case (.flag, .flag), (.anyObject, .object), (.optional, .null):
            return nil
        case (.list(let schema), .list(let elements)):
            return elements.lazy.compactMap { schema.fault(in: $0, name) }.first
        case (.table, .object(let members)):
            return members.lazy.compactMap { Self.text().fault(in: $1, "\(name).\($0)") }.first
        case (.object(let fields), .object(let members)):
            return Self.fault(in: members, fields)
        case (.optional(let schema), _):
            return schema.fault(in: value, name)
        default:
            return "'\(name)' must be \(word)"
        }
    }

    /// Why members are not those of an object; `nil` when they are.
    static func fault(in members: [String: JSONValue], _ fields: [APIField]) -> String? {
        let known = Set(fields.map(\.name))
        if let other = members.keys.filter({ !known.contains($0) }).min() {
            let names = fields.isEmpty ? "nothing" : fields.map(\.name).joined(separator: ", ")
            return "'\(other)' is not known here; this takes \(names)"
        }
        for field in fields {
            guard let value = members[field.name] else {
                if field.isRequired { return "'\(field.name)' is missing" }
                continue
            }
            if let fault = field.schema.fault(in: value, field.name) { return fault }
        }
        return nil
    }

    /// What a word of a query stands for, or as text what it is.
    func value(of word: String) -> JSONValue {
        switch self {
        case .integer: Int64(word).map { .integer($0) } ?? .text(word)
        case .flag: word == "true" ? .flag(true) : word == "false" ? .flag(false) : .text(word)
        default: .text(word)
        }
    }

    private var word: String {
        switch self {
        case .text, .time, .choice: "a string"
        case .integer: "a whole number"
        case .flag: "true or false"
        case .list: "a list"
        case .object, .anyObject, .table: "an object"
        case .optional(let schema): schema.word + " or null"
        }
    }

    /// As a JSON Schema (the dialect of OpenAPI 3.1).
    var json: String {
        switch self {
        case .text(let limit, let pattern):
            let length = limit.map { ",\"maxLength\":\($0)" } ?? ""
            return "{\"type\":\"string\"\(length)\(pattern.map { ",\"pattern\":\(JSON.string($0))" } ?? "")}"
        case .time: return #"{"type":"string","format":"date-time"}"#
        case .choice(let words):
            return "{\"type\":\"string\",\"enum\":[\(words.map(JSON.string).joined(separator: ","))]}"
        case .integer(let range):
            let most = range.upperBound == .max ? "" : ",\"maximum\":\(range.upperBound)"
            return "{\"type\":\"integer\",\"minimum\":\(range.lowerBound)\(most)}"
        case .flag: return #"{"type":"boolean"}"#
        case .list(let schema): return "{\"type\":\"array\",\"items\":\(schema.json)}"
        case .object(let fields):
            let required = fields.filter(\.isRequired).map { JSON.string($0.name) }.joined(separator: ",")
            let members = fields.map { "\(JSON.string($0.name)):\($0.json)" }.joined(separator: ",")
            return "{\"type\":\"object\",\"additionalProperties\":false,"
                + "\"required\":[\(required)],\"properties\":{\(members)}}"
        case .anyObject: return #"{"type":"object"}"#
        case .table: return #"{"type":"object","additionalProperties":{"type":"string"}}"#
        case .optional(let schema): return "{\"anyOf\":[\(schema.json),{\"type\":\"null\"}]}"
        }
    }
}

/// A member of an object, or a parameter of a query.
struct APIField: Sendable {
    let name: String
    let schema: APISchema
    /// What it is, where name and schema do not say it.
    let about: String
    let isRequired: Bool

    init(_ name: String, _ schema: APISchema, _ about: String = "", isRequired: Bool = false) {
        self.name = name
        self.schema = schema
        self.about = about
        self.isRequired = isRequired
    }

    /// The schema with the description.
    var json: String {
        guard !about.isEmpty else { return schema.json }
        return schema.json.dropLast() + ",\"description\":\(JSON.string(about))}"
    }
}
