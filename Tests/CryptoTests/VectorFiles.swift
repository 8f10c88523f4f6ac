import CZlib
import Testing

@testable import Crypto

#if canImport(Glibc)
    import Glibc
#endif

/// The files in `Vectors`.
enum Vectors {
    static func bytes(_ path: String, file: StaticString = #filePath) -> [UInt8] {
        var folder = file.description.split(separator: "/", omittingEmptySubsequences: false)
        folder.removeLast()
        let name = (folder + ["Vectors", path[...]]).joined(separator: "/")
        guard let stream = unsafe gzopen(name, "rb") else { preconditionFailure("no vector \(path)") }
        defer { unsafe gzclose(stream) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = unsafe gzread(stream, &piece, UInt32(piece.count)), count > 0 {
            bytes += piece.prefix(Int(count))
        }
        return bytes
    }

    static func json(_ path: String) throws -> StrictJSON {
        try StrictJSON(bytes(path))
    }
}

extension StrictJSON {
    /// The bytes that a string stands for in hexadecimal.
    var hex: [UInt8] {
        let digits = Array((string ?? "").utf8)
        return stride(from: 0, to: digits.count, by: 2).map {
            UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16) ?? 0
        }
    }

    /// The text of the value, with the keys of objects in order.
    var text: String {
        switch self {
        case .null: "null"
        case .boolean(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .number(let text): text
        case .string(let text): Self.quoted(text)
        case .array(let elements): "[" + elements.map(\.text).joined(separator: ",") + "]"
        case .object(let members):
            "{"
                + members.sorted { $0.key.lexicographicallyPrecedes($1.key) }
                .map { Self.quoted(String(decoding: $0.key, as: UTF8.self)) + ":" + $0.value.text }
                .joined(separator: ",") + "}"
        }
    }

    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": quoted += "\\\(scalar)"
            case "\0"..<" ":
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
