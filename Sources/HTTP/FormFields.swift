/// The fields of a form that a browser has sent as `application/x-www-form-urlencoded` (WHATWG URL §5.1), read strictly:
/// browsers write it in one way, and what they do not write is refused.
public struct FormFields: Sendable {
    /// The longest body, in bytes.
    public static let limitBytes = 64 << 10
    /// The most fields.
    public static let fieldLimit = 100

    private let fields: [(name: String, value: String)]

    /// The fields of a complete body; none for an empty one.
    ///
    /// - Throws: 413 for a body that is too long or has too many fields, 400 for bytes that no browser sends: a field without
    ///   `=` or without a name, a `%` without two hexadecimal digits, what must be encoded and is not, what is not UTF-8, and
    ///   control characters other than those of lines.
    public init(_ body: [UInt8]) throws(HTTPError) {
        guard body.count <= Self.limitBytes else {
            throw HTTPError(.contentTooLarge, "The form is longer than \(Self.limitBytes) bytes")
        }
        var fields: [(name: String, value: String)] = []
        let pairs = body.isEmpty ? [] : body.split(separator: UInt8(ascii: "&"), omittingEmptySubsequences: false)
        guard pairs.count <= Self.fieldLimit else {
            throw HTTPError(.contentTooLarge, "The form has more than \(Self.fieldLimit) fields")
        }
        for pair in pairs {
            guard let equals = pair.firstIndex(of: Grammar.equals), equals > pair.startIndex else {
                throw HTTPError(.badRequest, "The form has a field without '=' or without a name")
            }
            fields.append((try Self.text(pair[..<equals]), try Self.text(pair[(equals + 1)...])))
        }
        self.fields = fields
    }

    private static func text(_ encoded: ArraySlice<UInt8>) throws(HTTPError) -> String {
        guard encoded.allSatisfy({ $0 > Grammar.space && $0 < Grammar.delete && $0 != Grammar.equals }) else {
            throw HTTPError(.badRequest, "The form has a character that must be percent-encoded")
        }
        guard let text = PercentCoding.decodeForm(encoded) else {
            throw HTTPError(.badRequest, "The form is not UTF-8, or has a '%' without two hexadecimal digits")
        }
        guard text.utf8.allSatisfy({ $0 >= Grammar.space && $0 != Grammar.delete || "\t\r\n".utf8.contains($0) }) else {
            throw HTTPError(.badRequest, "The form has a control character")
        }
        return text
    }

    /// The value of the only field with this name; nil when there is none, and when there are several.
    public subscript(_ name: String) -> String? {
        let values = values(name)
        return values.count == 1 ? values[0] : nil
    }

    /// A name that several fields have; nil when each has a name of its own.
    ///
    /// - Parameter allowed: names that several may have.
    public func repeatedName(but allowed: Set<String>) -> String? {
        var seen: Set<String> = []
        return fields.first { !allowed.contains($0.name) && !seen.insert($0.name).inserted }?.name
    }

    /// The values of all fields with this name, such as those of check boxes, in their order.
    public func values(_ name: String) -> [String] {
        fields.filter { $0.name == name }.map(\.value)
    }
}
