/// Percent-decoding (RFC 3986 §2.1), once and strictly.
enum PercentCoding {
    /// The bytes of a path.
    ///
    /// - Throws: 400 for a `%` without two hexadecimal digits, and for encoded slashes, backslashes and control
    ///   characters: no file and no project has them in its name.
    static func decodePath(_ bytes: ArraySlice<UInt8>) throws(HTTPError) -> [UInt8] {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var at = bytes.startIndex
        while at < bytes.endIndex {
            guard bytes[at] == Grammar.percent else {
                decoded.append(bytes[at])
                at += 1
                continue
            }
            guard let byte = octet(bytes, at) else {
                throw HTTPError(.badRequest, "The path holds a '%' that is not followed by two hexadecimal digits.")
            }
            let isControl = byte < Grammar.space || byte == Grammar.delete || isLateControl(byte, after: decoded.last)
            guard !isControl, byte != Grammar.slash, byte != Grammar.backslash else {
                throw HTTPError(.badRequest, "The path holds an encoded slash, backslash or control character.")
            }
            decoded.append(byte)
            at += 3
        }
        return decoded
    }

    /// The text of a form-encoded name or value, `nil` when it is not decodable UTF-8.
    static func decodeForm(_ bytes: ArraySlice<UInt8>) -> String? {
        var decoded: [UInt8] = []
        var at = bytes.startIndex
        while at < bytes.endIndex {
            if bytes[at] == Grammar.percent {
                guard let byte = octet(bytes, at) else { return nil }
                decoded.append(byte)
                at += 3
            } else {
                decoded.append(bytes[at] == Grammar.plus ? Grammar.space : bytes[at])
                at += 1
            }
        }
        return String(validating: decoded, as: UTF8.self)
    }

    private static func octet(_ bytes: ArraySlice<UInt8>, _ at: Int) -> UInt8? {
        guard bytes.endIndex - at >= 3 else { return nil }
        guard let high = Grammar.hexValue(bytes[at + 1]), let low = Grammar.hexValue(bytes[at + 2]) else { return nil }
        return high << 4 | low
    }

    /// The second byte of U+0080…U+009F, the control characters beyond ASCII.
    private static func isLateControl(_ byte: UInt8, after previous: UInt8?) -> Bool {
        previous == 0xC2 && byte >= 0x80 && byte < 0xA0
    }
}
