/// Goes through lines, a block at a time.
struct RSTReader {
    private let lines: ArraySlice<Line>
    private var index: Int

    init(_ lines: ArraySlice<Line>) {
        self.lines = lines
        index = lines.startIndex
    }

    /// The line that comes next; `nil` at the end.
    var line: Line? { index < lines.endIndex ? lines[index] : nil }
    /// The one behind it.
    var next: Line? { index + 1 < lines.endIndex ? lines[index + 1] : nil }

    mutating func advance() { index += 1 }

    /// Goes to the next line with text.
    mutating func skipBlank() -> Line? {
        while let line, line.isBlank { index += 1 }
        return line
    }

    /// Whether a term with its definition is next.
    var isAtDefinition: Bool {
        guard let line, let next, line.indent == 0, !line.isBlank, next.indent > 0, !line.ends(with: "::") else {
            return false
        }
        return RSTMarker(line) == nil && RSTField(line) == nil && RSTExplicit(line) == nil && !line.isUnderline
    }

    /// Lines up to an empty one.
    mutating func takeParagraph() -> ArraySlice<Line> {
        let start = index
        while let line, !line.isBlank { index += 1 }
        return lines[start..<index]
    }

    /// Lines with an indent, without the least one of them, over empty lines too.
    mutating func takeIndented() -> ArraySlice<Line> { take(indent: 1) }

    /// The lines of a list's item whose text begins at a column.
    mutating func takeItem(after width: Int) -> ArraySlice<Line> {
        guard let line else { return [] }
        index += 1
        return [line.dropFirst(width)] + take(indent: min(width, 2), removing: width)
    }

    private mutating func take(indent: Int, removing width: Int = .max) -> ArraySlice<Line> {
        let start = index
        var end = index
        var least = Int.max
        while let line {
            if !line.isBlank {
                guard line.indent >= indent else { break }
                least = min(least, line.indent)
                end = index + 1
            }
            index += 1
        }
        index = end
        let cut = min(width, least == .max ? 0 : least)
        return lines[start..<end].map { $0.dropFirst(min(cut, $0.indent)) }[...]
    }

    /// The title of a section.
    struct Title {
        let text: [UInt8]
        /// Its underline's character, twice where there is an overline too.
        let kind: [UInt8]
    }

    mutating func takeTitle() -> Title? {
        guard let line, let next else { return nil }
        if line.isUnderline, index + 2 < lines.endIndex, !next.isBlank, !next.isUnderline,
            case let under = lines[index + 2], under.isUnderline, under.first == line.first, let mark = line.first
        {
            index += 3
            return Title(text: Array(next).trimmed, kind: [mark, mark])
        }
        // A short underline is a fault, which everybody forgives from four characters on.
        guard next.isUnderline, !line.isUnderline, next.count >= min(4, line.count), let mark = next.first,
            RSTExplicit(line) == nil
        else { return nil }
        index += 2
        return Title(text: Array(line).trimmed, kind: [mark])
    }

    mutating func takeTransition() -> Bool {
        guard let line, line.isUnderline, line.count >= 4, next?.isBlank ?? true else { return false }
        index += 1
        return true
    }
}

/// The mark before an item of a list.
struct RSTMarker {
    enum Kind: Equatable {
        case bullet(UInt8)
        case number
    }

    let kind: Kind
    /// The number of an enumerated item that begins a list.
    var number: Int?
    /// Up to the item's text.
    let width: Int

    init?(_ line: Line) {
        guard let first = line.first else { return nil }
        if "*+-".utf8.contains(first), line.count == 1 || line.dropFirst().first == 0x20 {
            kind = .bullet(first)
            width = 1 + line.dropFirst().prefix { $0 == 0x20 }.count
            return
        }
        let opening = first == UInt8(ascii: "(") ? 1 : 0
        let digits = line.dropFirst(opening).prefix { (0x30...0x39).contains($0) || $0 == UInt8(ascii: "#") }
        let rest = line.dropFirst(opening + digits.count)
        guard (1...4).contains(digits.count), let mark = rest.first, rest.dropFirst().first == 0x20,
            mark == UInt8(ascii: ")") || (mark == UInt8(ascii: ".") && opening == 0)
        else { return nil }
        kind = .number
        number = Int(String(decoding: digits, as: UTF8.self)) ?? 1
        width = opening + digits.count + 1 + rest.dropFirst().prefix { $0 == 0x20 }.count
    }
}

/// `:name: value`
struct RSTField {
    let name: Line
    let value: Line

    init?(_ line: Line) {
        guard line.first == UInt8(ascii: ":"), let end = line.dropFirst().firstIndex(of: UInt8(ascii: ":")),
            end > line.startIndex + 1, end + 1 == line.endIndex || line[end + 1] == 0x20,
            line[line.startIndex + 1] != 0x20, !line[..<end].contains(UInt8(ascii: "`"))
        else { return nil }
        name = line[(line.startIndex + 1)..<end]
        value = line[(end + 1)...].drop { $0 == 0x20 }
    }
}

extension ArraySlice<UInt8> {
    /// A line with its tabs as blanks up to the next column of eight, without blanks at its end.
    static func expandingTabs(_ line: Substring.UTF8View.SubSequence) -> ArraySlice<UInt8> {
        var bytes: [UInt8] = []
        for byte in line {
            if byte == 0x09 {
                bytes += [UInt8](repeating: 0x20, count: 8 - bytes.count % 8)
            } else {
                bytes.append(byte)
            }
        }
        while let last = bytes.last, last.isSpace { bytes.removeLast() }
        return bytes[...]
    }

    var isBlank: Bool { allSatisfy { $0 == 0x20 } }
    var indent: Int { prefix { $0 == 0x20 }.count }

    /// Two or more of one punctuation character.
    var isUnderline: Bool {
        guard count >= 2, let first, (0x21...0x7E).contains(first), !first.isAlphanumeric else { return false }
        // An ellipsis and the mark of a literal block are text.
        return allSatisfy { $0 == first } && (count > 3 || (first != UInt8(ascii: ".") && first != UInt8(ascii: ":")))
    }

    func ends(with suffix: String) -> Bool { self.suffix(suffix.utf8.count).elementsEqual(suffix.utf8) }
}

extension ArraySlice<ArraySlice<UInt8>> {
    var joinedByLineFeeds: [UInt8] { Array(joined(separator: [0x0A])) }

    var withoutBlankEnds: ArraySlice<ArraySlice<UInt8>> {
        var lines = drop(while: \.isBlank)
        while let last = lines.last, last.isBlank { lines.removeLast() }
        return lines
    }
}

extension [UInt8] {
    var trimmed: [UInt8] { Array(drop(while: \.isSpace).reversed().drop(while: \.isSpace).reversed()) }
}
