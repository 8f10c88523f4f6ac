/// Finds the names of an object's members with their lines, for error messages: the decoder tells neither the line of a
/// value nor that a name stands twice.
///
/// It reads text that the decoder has accepted, so it need not check anything.
struct JSON5Keys {
    private let bytes: [UInt8]
    private var at = 0
    private var line = 1
    private var depth = 0
    private var word: (name: String, line: Int)?
    private var found: [(name: String, line: Int)] = []

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The names of the outermost object in their order.
    static func find(in bytes: [UInt8]) -> [(name: String, line: Int)] {
        var keys = JSON5Keys(bytes)
        while keys.at < keys.bytes.count { keys.step() }
        return keys.found
    }

    private mutating func step() {
        let byte = bytes[at]
        switch byte {
        case UInt8(ascii: "/"): skipComment()
        case UInt8(ascii: "\""), UInt8(ascii: "'"): readQuoted(byte)
        case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
        case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
        case UInt8(ascii: ":"):
            if depth == 1, let word { found.append(word) }
            word = nil
        case _ where Self.isWord(byte): readWord()
        default: break
        }
        advance()
    }

    /// Moves on by one byte, and counts the line that it may end.
    private mutating func advance() {
        if at < bytes.count, bytes[at] == UInt8(ascii: "\n") { line += 1 }
        at += 1
    }

    private mutating func readWord() {
        let start = at
        while at + 1 < bytes.count, Self.isWord(bytes[at + 1]) { at += 1 }
        word = (String(decoding: bytes[start...at], as: UTF8.self), line)
    }

    private mutating func readQuoted(_ quote: UInt8) {
        let begin = line
        let start = at + 1
        advance()
        while at < bytes.count, bytes[at] != quote {
            if bytes[at] == UInt8(ascii: "\\") { advance() }
            advance()
        }
        word = (String(decoding: bytes[min(start, bytes.count)..<min(at, bytes.count)], as: UTF8.self), begin)
    }

    private mutating func skipComment() {
        guard at + 1 < bytes.count else { return }
        if bytes[at + 1] == UInt8(ascii: "/") {
            while at + 1 < bytes.count, bytes[at + 1] != UInt8(ascii: "\n") { at += 1 }
        } else if bytes[at + 1] == UInt8(ascii: "*") {
            at += 2
            while at + 1 < bytes.count, !(bytes[at] == UInt8(ascii: "*") && bytes[at + 1] == UInt8(ascii: "/")) {
                advance()
            }
            at += 1
        }
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "$"), 0x80...0xFF: true
        default: false
        }
    }
}
