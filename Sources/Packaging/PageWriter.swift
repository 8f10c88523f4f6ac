/// The bytes of a page while it is written.
struct PageWriter {
    /// What is written so far, in UTF-8.
    private(set) var bytes: [UInt8] = []

    /// A writer with room for so many bytes.
    init(reserving count: Int) {
        bytes.reserveCapacity(count)
    }

    /// Adds `text` as it is.
    mutating func add(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }

    /// Adds `number` in decimal.
    mutating func add(_ number: Int64) {
        add(String(number))
    }

    /// Adds `digest` as lower-case hexadecimal digits.
    mutating func add(_ digest: Digest) {
        digest.appendHex(to: &bytes)
    }

    /// Adds `text` as a JSON string, with its quotes (RFC 8259 §7).
    mutating func add(json text: String) {
        bytes.append(UInt8(ascii: "\""))
        if text.utf8.allSatisfy({ $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }) {
            add(text)
        } else {
            text.utf8.forEach { addEscaped(json: $0) }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// Adds `text` for an attribute value between double quotes, or for text. `>` is escaped too, because hatch looks
    /// for the end of a tag without looking at quotes. Control characters, which HTML forbids, become spaces.
    mutating func add(html text: String) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "&"): add("&amp;")
            case UInt8(ascii: "<"): add("&lt;")
            case UInt8(ascii: ">"): add("&gt;")
            case UInt8(ascii: "\""): add("&quot;")
            case UInt8(ascii: "'"): add("&#39;")
            case 0..<0x20, 0x7F: bytes.append(0x20)
            default: bytes.append(byte)
            }
        }
    }

    private mutating func addEscaped(json byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): add("\\\"")
        case UInt8(ascii: "\\"): add("\\\\")
        case UInt8(ascii: "\n"): add("\\n")
        case UInt8(ascii: "\r"): add("\\r")
        case UInt8(ascii: "\t"): add("\\t")
        case 0..<0x20: add("\\u00\(byte < 0x10 ? "0" : "1")\(String(byte & 15, radix: 16))")
        default: bytes.append(byte)
        }
    }
}

extension String {
    /// The text as a JSON string, with its quotes (RFC 8259 §7).
    public var jsonLiteral: String {
        var page = PageWriter(reserving: utf8.count + 2)
        page.add(json: self)
        return String(decoding: page.bytes, as: UTF8.self)
    }
}
