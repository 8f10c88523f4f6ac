/// The credentials of an `Authorization` field (RFC 9110 §11.6.2).
public enum Authorization: Equatable, Sendable {
    /// RFC 7617: the user ends at the first colon; both may be empty.
    case basic(user: String, password: String)
    /// RFC 6750.
    case bearer(String)
    /// Another scheme, in lower case.
    case other(scheme: String)
    /// A field that occurs twice, or whose credentials are broken.
    case malformed

    /// The credentials of a request, `nil` when it has none.
    public init?(_ fields: RequestFields) {
        guard fields.mayOccur(.authorization) else { return nil }
        guard let value = fields.bytes(.authorization) else {
            self = .malformed
            return
        }
        self.init(value)
    }

    /// The credentials of a field value.
    public init(_ value: ArraySlice<UInt8>) {
        let end = value.firstIndex(of: Grammar.space) ?? value.endIndex
        let scheme = value[..<end]
        let credentials = value[end...].trimmed
        guard !scheme.isEmpty, scheme.allSatisfy(Grammar.isToken) else {
            self = .malformed
            return
        }
        if scheme.matches("basic") {
            self = Self.basic(credentials)
        } else if scheme.matches("bearer") {
            self = Self.bearer(credentials)
        } else {
            self = .other(scheme: String(decoding: scheme.map(Grammar.lowercase), as: UTF8.self))
        }
    }

    /// RFC 7617 §2: base64 of UTF-8, a colon, no control characters.
    private static func basic(_ credentials: ArraySlice<UInt8>) -> Authorization {
        guard let decoded = Base64.decode(credentials) else { return .malformed }
        guard let colon = decoded.firstIndex(of: Grammar.colon) else { return .malformed }
        guard decoded.allSatisfy({ $0 >= Grammar.space && $0 != Grammar.delete }) else { return .malformed }
        guard let user = String(validating: decoded[..<colon], as: UTF8.self),
            let password = String(validating: decoded[(colon + 1)...], as: UTF8.self)
        else { return .malformed }
        return .basic(user: user, password: password)
    }

    /// RFC 6750 §2.1: letters, digits, `-._~+/` and final `=`.
    private static func bearer(_ credentials: ArraySlice<UInt8>) -> Authorization {
        let end = credentials.firstIndex(of: Grammar.equals) ?? credentials.endIndex
        let isToken = credentials[..<end].allSatisfy { byte in
            Grammar.isLetter(byte) || Grammar.isDigit(byte) || "-._~+/".utf8.contains(byte)
        }
        guard isToken, end > credentials.startIndex, credentials[end...].allSatisfy({ $0 == Grammar.equals }) else {
            return .malformed
        }
        return .bearer(String(decoding: credentials, as: UTF8.self))
    }
}

/// Strict base64 (RFC 4648 §4): padding required, unused bits zero, nothing else between.
enum Base64 {
    /// The bytes, `nil` for anything but the one right spelling.
    static func decode(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        guard text.count.isMultiple(of: 4) else { return nil }
        let digits = text.suffix(2).reduce(text) { rest, _ in rest.last == Grammar.equals ? rest.dropLast() : rest }
        var decoded: [UInt8] = []
        decoded.reserveCapacity(text.count / 4 * 3)
        var bits: UInt32 = 0
        var count: UInt32 = 0
        for byte in digits {
            guard let digit = value(byte) else { return nil }
            bits = bits << 6 | digit
            count += 6
            guard count >= 8 else { continue }
            count -= 8
            decoded.append(UInt8(truncatingIfNeeded: bits >> count))
            bits &= (1 << count) - 1
        }
        return bits == 0 ? decoded : nil
    }

    private static func value(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(byte - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(byte - UInt8(ascii: "a")) + 26
        case Grammar.zero...Grammar.nine: UInt32(byte - Grammar.zero) + 52
        case Grammar.plus: 62
        case Grammar.slash: 63
        default: nil
        }
    }
}
