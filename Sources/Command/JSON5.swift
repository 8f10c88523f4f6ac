/// Reads the JSON5 of a configuration file: one object, whose members are remembered with their lines, because the
/// decoder of Foundation tells neither the line of a mistake nor that a name stands twice.
///
/// What nothing can hold (fractions, `null`) is read too, as `.other`, so that its type is refused and not its syntax.
struct JSON5 {
    /// A value as a setting, or a rule of a policy, may have it.
    indirect enum Value: Equatable, Sendable {
        case flag(Bool)
        case integer(Int64)
        case text(String)
        /// An array of nothing but texts.
        case texts([String])
        /// An array of other values.
        case list([Element])
        case object([Member])
        case other
    }

    /// One element of an array, with the line that it begins on.
    struct Element: Equatable, Sendable {
        let value: Value
        let line: Int
    }

    /// One member of the object, with the line of its name, from 1 on.
    struct Member: Equatable, Sendable {
        let name: String
        let value: Value
        let line: Int
    }

    /// What is wrong, and in which line.
    struct Mistake: Error, Equatable {
        let line: Int
        let reason: String
    }

    private let bytes: [UInt8]
    private var at = 0
    private var line = 1
    private var depth = 0

    /// Nothing that has a meaning here is nested deeper than a list.
    private static let depthLimit = 32

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The members of the object in their order.
    static func members(of bytes: [UInt8]) throws(Mistake) -> [Member] {
        var reader = JSON5(bytes)
        try reader.skipBlanks()
        guard reader.next == UInt8(ascii: "{") else { throw reader.mistake("the file must begin with {") }
        let members = try reader.object()
        try reader.skipBlanks()
        guard reader.next == nil else { throw reader.mistake("\(reader.found) stands behind the last }") }
        return members
    }

    private var next: UInt8? { at < bytes.count ? bytes[at] : nil }

    /// The next character for a message.
    private var found: String {
        guard let next else { return "the end of the file" }
        guard next >= 0x20, next != 0x7F else { return "a control character" }
        return "'\(String(decoding: bytes[at...].prefix(4), as: UTF8.self).prefix(1))'"
    }

    private func mistake(_ reason: String) -> Mistake { Mistake(line: line, reason: reason) }

    /// Moves on by one byte, and counts the line that it may end.
    private mutating func advance() {
        if next == UInt8(ascii: "\n") { line += 1 }
        at += 1
    }

    private mutating func skipBlanks() throws(Mistake) {
        while let byte = next {
            switch byte {
            case 0x09...0x0D, 0x20: advance()
            case UInt8(ascii: "/"): try skipComment()
            // The byte order mark, and the no-break space that editors like to leave.
            case 0xEF where bytes[at...].starts(with: [0xEF, 0xBB, 0xBF]): at += 3
            case 0xC2 where bytes[at...].starts(with: [0xC2, 0xA0]): at += 2
            default: return
            }
        }
    }

    private mutating func skipComment() throws(Mistake) {
        let begin = mistake("the comment has no end")
        if bytes[at...].starts(with: "//".utf8) {
            while let byte = next, byte != UInt8(ascii: "\n") { at += 1 }
        } else if bytes[at...].starts(with: "/*".utf8) {
            at += 2
            while !bytes[at...].starts(with: "*/".utf8) {
                guard next != nil else { throw begin }
                advance()
            }
            at += 2
        } else {
            throw mistake("'/' begins no comment: write // or /* */")
        }
    }

    /// From its brace on.
    private mutating func object() throws(Mistake) -> [Member] {
        var members: [Member] = []
        try list(until: UInt8(ascii: "}")) { reader throws(Mistake) in
            let line = reader.line
            let name = try reader.name()
            try reader.skipBlanks()
            guard reader.next == UInt8(ascii: ":") else {
                throw reader.mistake("\(reader.found) stands where a colon is needed, behind the name '\(name)'")
            }
            reader.advance()
            try reader.skipBlanks()
            members.append(Member(name: name, value: try reader.value(), line: line))
        }
        return members
    }

    /// From its bracket on.
    private mutating func array() throws(Mistake) -> Value {
        var elements: [Element] = []
        try list(until: UInt8(ascii: "]")) { reader throws(Mistake) in
            let line = reader.line
            elements.append(Element(value: try reader.value(), line: line))
        }
        var texts: [String] = []
        for element in elements {
            guard case .text(let text) = element.value else { return .list(elements) }
            texts.append(text)
        }
        return .texts(texts)
    }

    /// What stands between two brackets, with commas between and perhaps behind.
    private mutating func list(
        until end: UInt8, _ element: (inout JSON5) throws(Mistake) -> Void
    ) throws(Mistake) {
        advance()
        depth += 1
        guard depth <= Self.depthLimit else {
            throw mistake("there are more than \(Self.depthLimit) brackets inside each other")
        }
        try skipBlanks()
        while next != end {
            try element(&self)
            try skipBlanks()
            if next == end { break }
            guard next == UInt8(ascii: ",") else {
                let name = Character(UnicodeScalar(end))
                throw mistake("\(found) stands where a comma or '\(name)' is needed")
            }
            advance()
            try skipBlanks()
        }
        depth -= 1
        advance()
    }

    private mutating func name() throws(Mistake) -> String {
        if next == UInt8(ascii: "\"") || next == UInt8(ascii: "'") { return try quoted() }
        let word = word()
        guard let first = word.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else {
            throw mistake("\(word.isEmpty ? found : "'\(word)'") stands where the name of a setting is needed")
        }
        return word
    }

    private mutating func value() throws(Mistake) -> Value {
        switch next {
        case UInt8(ascii: "{"): return .object(try object())
        case UInt8(ascii: "["): return try array()
        case UInt8(ascii: "\""), UInt8(ascii: "'"): return .text(try quoted())
        default: return try plain()
        }
    }

    /// A number or one of the words that stand for themselves.
    private mutating func plain() throws(Mistake) -> Value {
        let start = at
        if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { at += 1 }
        _ = word()
        // A fraction, and an exponent with its sign.
        while let byte = next, byte == UInt8(ascii: ".") || isSignOfExponent(byte) {
            at += 1
            _ = word()
        }
        let text = String(decoding: bytes[start..<at], as: UTF8.self)
        switch text {
        case "true": return .flag(true)
        case "false": return .flag(false)
        case "null", "NaN", "Infinity", "+Infinity", "-Infinity": return .other
        default: break
        }
        if let number = Self.integer(text) { return .integer(number) }
        guard text.utf8.contains(where: { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), Double(text) != nil
        else {
            throw mistake(
                "\(text.isEmpty ? found : "'\(text)'") is no value: write a number, true, false, or a text in quotes")
        }
        return .other
    }

    private func isSignOfExponent(_ byte: UInt8) -> Bool {
        guard byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-"), at > 0 else { return false }
        return bytes[at - 1] == UInt8(ascii: "e") || bytes[at - 1] == UInt8(ascii: "E")
    }

    private static func integer(_ text: String) -> Int64? {
        let sign = text.hasPrefix("-") ? "-" : ""
        let digits = text.drop { $0 == "+" || $0 == "-" }
        guard digits.hasPrefix("0x") || digits.hasPrefix("0X") else { return Int64(text) }
        return Int64(sign + digits.dropFirst(2), radix: 16)
    }

    private mutating func word() -> String {
        let start = at
        while let byte = next, Self.isWord(byte) { at += 1 }
        return String(decoding: bytes[start..<at], as: UTF8.self)
    }

    private mutating func quoted() throws(Mistake) -> String {
        let quote = next
        var text: [UInt8] = []
        advance()
        while next != quote {
            guard let byte = next, byte != UInt8(ascii: "\n") else { throw mistake("the text has no quote at its end") }
            advance()
            if byte == UInt8(ascii: "\\") { try escape(into: &text) } else { text.append(byte) }
        }
        advance()
        return String(decoding: text, as: UTF8.self)
    }

    /// What stands behind a backslash.
    private mutating func escape(into text: inout [UInt8]) throws(Mistake) {
        guard let byte = next else { throw mistake("the text has no quote at its end") }
        advance()
        switch byte {
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "v"): text.append(0x0B)
        case UInt8(ascii: "x"): try append(scalar: hexadecimal(2), to: &text)
        case UInt8(ascii: "u"): try append(scalar: hexadecimal(4), to: &text)
        // The line goes on.
        case UInt8(ascii: "\n"): break
        case UInt8(ascii: "\r"): if next == UInt8(ascii: "\n") { advance() }
        default: text.append(byte)
        }
    }

    private mutating func hexadecimal(_ count: Int) throws(Mistake) -> UInt32 {
        let digits = String(decoding: bytes[at...].prefix(count), as: UTF8.self)
        guard digits.utf8.count == count, digits.first != "+", let number = UInt32(digits, radix: 16) else {
            throw mistake("behind the backslash there are not \(count) hexadecimal digits")
        }
        at += count
        return number
    }

    private mutating func append(scalar number: UInt32, to text: inout [UInt8]) throws(Mistake) {
        guard let scalar = UnicodeScalar(number) else {
            throw mistake("half of a surrogate pair: write the character itself")
        }
        text.append(contentsOf: Array(String(scalar).utf8))
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "$"), 0x80...0xFF: true
        default: false
        }
    }
}
