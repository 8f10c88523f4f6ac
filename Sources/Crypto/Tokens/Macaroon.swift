/// A bearer token that its holder can narrow without asking anybody: a macaroon of version 2 in its binary form, as
/// libmacaroons and pymacaroons write it.
///
/// Its signature is a chain of HMAC-SHA256, begun with a key that only its maker has. Each caveat is one more link, keyed
/// by the signature before it, which is then gone: anybody can add one and nobody can take one away.
public struct Macaroon: Equatable, Sendable {
    /// Whom it is for, in words; not signed.
    public let location: [UInt8]
    /// What tells it from others.
    public let identifier: [UInt8]
    /// What narrows it, the first one added first.
    public let caveats: [[UInt8]]
    private let signature: [UInt8]

    /// How long a whole one may be, in bytes: its text is not longer than tokens may be.
    public static let sizeLimitBytes = 3_000
    /// How many caveats it may have.
    public static let caveatLimit = 32

    /// The kinds of its fields. The one of a third party's caveat (4) is not taken.
    private enum Field: UInt8 {
        case end = 0
        case location = 1
        case identifier = 2
        case signature = 6
    }

    private init(location: [UInt8], identifier: [UInt8], caveats: [[UInt8]], signature: [UInt8]) {
        (self.location, self.identifier, self.caveats) = (location, identifier, caveats)
        self.signature = signature
    }

    /// A new one without caveats.
    public init(location: [UInt8], identifier: [UInt8], key: [UInt8]) {
        // libmacaroons derives the first key, so that root keys may have any length.
        let first = hmacSHA256(key: Array("macaroons-key-generator".utf8), key)
        let signature = hmacSHA256(key: first, identifier)
        self.init(location: location, identifier: identifier, caveats: [], signature: signature)
    }

    /// Reads one; `nil` for anything but its one spelling, for caveats of third parties, and over the limits.
    public init?(_ bytes: [UInt8]) {
        guard bytes.count <= Self.sizeLimitBytes, bytes.first == 2 else { return nil }
        var rest = ByteReader(Array(bytes.dropFirst()))
        guard let location = Self.take(.location, from: &rest), let identifier = Self.take(.identifier, from: &rest),
            rest.byte() == Field.end.rawValue
        else { return nil }
        var caveats: [[UInt8]] = []
        while let kind = rest.byte(), kind != Field.end.rawValue {
            guard kind == Field.identifier.rawValue, caveats.count < Self.caveatLimit,
                let caveat = Self.takeContent(from: &rest), rest.byte() == Field.end.rawValue
            else { return nil }
            caveats.append(caveat)
        }
        guard let signature = Self.take(.signature, from: &rest), signature.count == 32, rest.isAtEnd else {
            return nil
        }
        self.init(location: location, identifier: identifier, caveats: caveats, signature: signature)
    }

    private static func take(_ field: Field, from rest: inout ByteReader) -> [UInt8]? {
        rest.byte() == field.rawValue ? takeContent(from: &rest) : nil
    }

    /// Bytes after their length: a varint, here of at most two bytes, and of one where that is enough.
    private static func takeContent(from rest: inout ByteReader) -> [UInt8]? {
        guard let low = rest.byte() else { return nil }
        guard low >= 0x80 else { return rest.take(Int(low)) }
        guard let high = rest.byte(), (1..<0x80).contains(high) else { return nil }
        return rest.take(Int(high) << 7 | Int(low & 0x7F))
    }

    /// The bytes that `init(_:)` reads.
    public var encoded: [UInt8] {
        var bytes: [UInt8] = [2]
        Self.append(.location, location, to: &bytes)
        Self.append(.identifier, identifier, to: &bytes)
        bytes.append(Field.end.rawValue)
        for caveat in caveats {
            Self.append(.identifier, caveat, to: &bytes)
            bytes.append(Field.end.rawValue)
        }
        bytes.append(Field.end.rawValue)
        Self.append(.signature, signature, to: &bytes)
        return bytes
    }

    private static func append(_ field: Field, _ content: [UInt8], to bytes: inout [UInt8]) {
        bytes.append(field.rawValue)
        var length = content.count
        while length >= 0x80 {
            bytes.append(UInt8(length & 0x7F) | 0x80)
            length >>= 7
        }
        bytes.append(UInt8(length))
        bytes += content
    }

    /// The same with one more caveat, which needs no key; `nil` when it would be over a limit.
    public func narrowed(by caveat: [UInt8]) -> Macaroon? {
        let narrowed = Macaroon(
            location: location, identifier: identifier, caveats: caveats + [caveat],
            signature: hmacSHA256(key: signature, caveat))
        let isSmall = narrowed.caveats.count <= Self.caveatLimit && narrowed.encoded.count <= Self.sizeLimitBytes
        return isSmall ? narrowed : nil
    }

    /// The one without caveats that this was made of; `nil` when the signature is not what a key makes of this.
    public func original(key: [UInt8]) -> Macaroon? {
        let original = Macaroon(location: location, identifier: identifier, key: key)
        let expected = caveats.reduce(original.signature) { hmacSHA256(key: $0, $1) }
        return constantTimeEquals(expected, signature) ? original : nil
    }
}
