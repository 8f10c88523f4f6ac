import Crypto
import Foundation
import Packaging

/// Fills the placeholders of a transcript: `{name}` and `{name:argument}`, which may hold others. What is no placeholder
/// stays as it is, so JSON can stand in a transcript.
struct Template {
    /// Secrets by the names of their tokens.
    let tokens: [String: String]
    /// Field values of the last response, by lower-case name.
    var last: [String: String] = [:]

    func text(_ template: String) throws -> String { String(decoding: try fill(template), as: UTF8.self) }

    func fill(_ template: String) throws -> [UInt8] { try fill(Array(template.utf8)[...]) }

    private func fill(_ template: ArraySlice<UInt8>) throws -> [UInt8] {
        var filled: [UInt8] = []
        var rest = template
        while let open = rest.firstIndex(of: UInt8(ascii: "{")) {
            filled += rest[..<open]
            guard let close = Self.closing(of: open, in: rest) else {
                filled.append(rest[open])
                rest = rest[(open + 1)...]
                continue
            }
            let inner = try fill(rest[(open + 1)..<close])
            filled += try value(inner) ?? [UInt8(ascii: "{")] + inner + [UInt8(ascii: "}")]
            rest = rest[(close + 1)...]
        }
        return filled + rest
    }

    private static func closing(of open: Int, in bytes: ArraySlice<UInt8>) -> Int? {
        var depth = 0
        for at in open..<bytes.endIndex {
            if bytes[at] == UInt8(ascii: "{") { depth += 1 }
            if bytes[at] == UInt8(ascii: "}") { depth -= 1 }
            if depth == 0 { return at }
        }
        return nil
    }

    /// The value of a placeholder; nil for text that is none.
    private func value(_ inner: [UInt8]) throws -> [UInt8]? {
        let text = String(decoding: inner, as: UTF8.self)
        let colon = text.firstIndex(of: ":") ?? text.endIndex
        let argument = String(text[colon...].dropFirst())
        switch text[..<colon] {
        case "token":
            guard let secret = tokens[argument] else { throw Failure("there is no token '\(argument)'") }
            return Array(secret.utf8)
        case "auth": return try fill("Basic {base64:__token__:{token:\(argument)}}")
        case "base64": return Array(Data(argument.utf8).base64EncodedString().utf8)
        case "sha256": return Array(try SampleArchive(argument).digest(.sha256).hex.utf8)
        case "SHA256": return Array(try SampleArchive(argument).digest(.sha256).hex.uppercased().utf8)
        case "md5": return Array(try SampleArchive(argument).digest(.md5).hex.utf8)
        case "blake2": return Array(try SampleArchive(argument).digest(.blake2b256).hex.utf8)
        case "size": return Array("\(SampleArchive(argument).bytes.count)".utf8)
        case "archive": return SampleArchive(argument).bytes
        case "metadata": return SampleArchive(argument).metadata
        case "metadata-sha256": return Array(Digest.sha256(of: SampleArchive(argument).metadata).hex.utf8)
        case "last": return Array((last[argument.lowercased()] ?? "no \(argument)").utf8)
        case "byte": return [UInt8(argument, radix: 16) ?? 0x3F]
        case "repeat":
            let words = argument.split(separator: ":", maxSplits: 1)
            return Array(String(repeating: String(words[1]), count: Int(words[0]) ?? 0).utf8)
        default: return nil
        }
    }

    /// A regular expression for expected text: `{any}` is any text of one line, `{hex}` hexadecimal digits, `{number}`
    /// decimal ones, `{time}` a moment as the Simple API writes it.
    func pattern(_ template: String) throws -> Regex<AnyRegexOutput> {
        var pattern = NSRegularExpression.escapedPattern(for: try text(template))
        let parts = [
            "any": ".*?", "hex": "[0-9a-f]+", "number": "[0-9]+",
            "time": "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\\.[0-9]{6}Z",
        ]
        for (name, part) in parts { pattern = pattern.replacing("\\{\(name)\\}", with: part) }
        return try Regex(pattern)
    }
}
