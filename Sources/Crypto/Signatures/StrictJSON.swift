/// A value of JSON (RFC 8259) as signed data needs it: no two readers can understand it differently.
///
/// Text is UTF-8 without a byte order mark; no key occurs twice in an object; nothing follows the value; nothing is
/// nested deeper than ``depthLimit``; integers are exact. Foundation's readers take a byte order mark, duplicate keys
/// (and differ in which one counts) and a comma at the end, so they never touch what is signed.
public enum StrictJSON: Hashable, Sendable {
    /// `null`.
    case null
    /// `true` or `false`.
    case boolean(Bool)
    /// A number without fraction and exponent, from −2^63 to 2^63 − 1.
    case integer(Int64)
    /// Any other number, as it was written.
    case number(String)
    /// A string.
    case string(String)
    /// An array.
    case array([StrictJSON])
    /// An object. Keys are bytes, since Swift takes some different strings for equal ("K" and the Kelvin sign).
    case object([[UInt8]: StrictJSON])

    /// How deep arrays and objects may be nested.
    public static let depthLimit = 32

    /// Why a text is not taken.
    public struct Refusal: Error, Hashable, Sendable, CustomStringConvertible {
        /// A clause, such as "a key occurs twice".
        public let reason: String
        /// Where it was noticed, in bytes from the beginning.
        public let offset: Int

        /// A clause with its place.
        public var description: String { "\(reason) (at byte \(offset))" }
    }

    /// Reads a text.
    ///
    /// - Throws: `Refusal` for the first thing that is wrong.
    public init(_ text: [UInt8]) throws(Refusal) {
        var parser = StrictJSONParser(text)
        self = try parser.document()
    }

    /// Reads a text that is one array, and gives each element with its own text.
    ///
    /// - Throws: `Refusal` for the first thing that is wrong.
    public static func elements(
        of text: [UInt8]
    ) throws(Refusal) -> [(value: StrictJSON, text: [UInt8])] {
        var parser = StrictJSONParser(text)
        return try parser.elements()
    }

    /// The value of a key; `nil` when this is no object or has no such key.
    public subscript(key: String) -> StrictJSON? {
        guard case .object(let members) = self else { return nil }
        return members[Array(key.utf8)]
    }

    /// The string, or `nil` for another value.
    public var string: String? {
        guard case .string(let value) = self else { return nil }
        return value
    }

    /// The elements, or `nil` for another value.
    public var array: [StrictJSON]? {
        guard case .array(let value) = self else { return nil }
        return value
    }

    /// Whether this is an object.
    public var isObject: Bool {
        guard case .object = self else { return false }
        return true
    }

    /// The integer, or `nil` for another value.
    public var integer: Int64? {
        guard case .integer(let value) = self else { return nil }
        return value
    }
}
