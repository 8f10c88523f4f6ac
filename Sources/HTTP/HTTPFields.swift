/// The field lines of a response, kept as the bytes that go on the wire.
///
/// A prepared page keeps its fields for ever, so handing them to a connection is one reference and no work.
public struct HTTPFields: Equatable, Sendable {
    /// `Name: value CRLF` lines, without the empty line that ends a head.
    public private(set) var encoded: [UInt8] = []

    /// No fields.
    public init() {}

    /// The fields in the order given.
    public init(_ fields: [(name: StaticString, value: String)]) {
        for field in fields { append(field.name, field.value) }
    }

    /// Adds one line. Bytes that RFC 9110 §5.5 forbids in a value become `?`, so no value can end the line.
    public mutating func append(_ name: StaticString, _ value: String) {
        append(name, value.utf8)
    }

    /// Adds one line from bytes, with the same rule.
    public mutating func append(_ name: StaticString, _ value: some Collection<UInt8>) {
        encoded.reserveCapacity(encoded.count + name.utf8CodeUnitCount + value.count + 4)
        encoded.append(contentsOf: name.description.utf8)
        encoded.append(Grammar.colon)
        encoded.append(Grammar.space)
        let start = encoded.count
        encoded.append(contentsOf: value)
        mendValue(from: start)
        encoded.append(Grammar.carriageReturn)
        encoded.append(Grammar.lineFeed)
    }

    /// Replaces what no value may hold, from `start` to the end.
    private mutating func mendValue(from start: Int) {
        var at = encoded.span.endOfFieldValue(from: start)
        while at < encoded.count {
            encoded[at] = Grammar.questionMark
            at = encoded.span.endOfFieldValue(from: at + 1)
        }
    }

    /// Adds all lines of other fields.
    public mutating func append(_ other: HTTPFields) {
        encoded.append(contentsOf: other.encoded)
    }

    /// The value of the first line with this name (compared without case), `nil` when there is none. O(bytes): for tests
    /// and slow paths.
    public subscript(_ name: String) -> String? {
        for line in encoded.split(separator: 0x0A) {
            guard let colon = line.firstIndex(of: 0x3A) else { continue }
            guard String(decoding: line[..<colon], as: UTF8.self).lowercased() == name.lowercased() else { continue }
            return String(decoding: line[(colon + 2)...].dropLast(), as: UTF8.self)
        }
        return nil
    }
}
