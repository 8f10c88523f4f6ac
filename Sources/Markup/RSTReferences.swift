/// What names mean in a document: gathered before anything is written, since it may be defined behind its use.
struct RSTReferences {
    /// By the name in lower case with single blanks.
    private var addresses: [String: String] = [:]
    private(set) var images: [String: RSTImage] = [:]
    private(set) var texts: [String: [UInt8]] = [:]
    private var anonymous: [String] = []
    private var nextAnonymous = 0

    init(_ lines: [Line]) {
        for (number, line) in lines.enumerated() {
            let text = line.drop { $0 == 0x20 }
            if text.starts(with: "__ ".utf8) { anonymous.append(Self.text(text.dropFirst(3))) }
            if text.starts(with: ".. ".utf8) { define(text.dropFirst(3), lines[number...]) }
            if line.isUnderline, number > 0, !lines[number - 1].isBlank {
                let title = Self.text(lines[number - 1])
                addresses[Self.key(title), default: "#" + Addresses.slug(title.trimmed)] += ""
            }
        }
    }

    private mutating func define(_ text: Line, _ lines: ArraySlice<Line>) {
        if text.starts(with: "__: ".utf8) { return anonymous.append(Self.text(text.dropFirst(4))) }
        if let target = Self.target(text) {
            addresses[Self.key(target.name)] = target.address.isEmpty ? "#\(target.name)" : target.address
        } else if text.first == UInt8(ascii: "|"), let end = text.dropFirst().firstIndex(of: UInt8(ascii: "|")) {
            let name = Self.key(Self.text(text[(text.startIndex + 1)..<end]))
            let rest = text[(end + 1)...].drop { $0 == 0x20 }
            var reader = RSTReader(lines.dropFirst().prefix(16))
            if rest.starts(with: "image:: ".utf8) {
                // At most the options: a hundred lines are no image.
                let directive = RSTDirective(
                    name: "image", argument: rest.dropFirst(8), body: reader.takeIndented())
                images[name] = RSTImage(directive, name: name)
            } else if rest.starts(with: "replace:: ".utf8) {
                texts[name] = Array(rest.dropFirst(10))
            }
        }
    }

    /// `_name: address`, where the name may stand in backquotes.
    static func target(_ text: Line) -> (name: String, address: String)? {
        guard text.first == UInt8(ascii: "_"), !text.starts(with: "__".utf8) else { return nil }
        let isQuoted = text.dropFirst().first == UInt8(ascii: "`")
        let start = text.startIndex + (isQuoted ? 2 : 1)
        guard start < text.endIndex else { return nil }
        let end = text[start...].indices.first { index in
            isQuoted
                ? text[index...].starts(with: "`:".utf8)
                : text[index] == UInt8(ascii: ":") && text[index - 1] != 0x5C
                    && (index + 1 == text.endIndex || text[index + 1] == 0x20)
        }
        guard let end else { return nil }
        let name = String(decoding: text[start..<end].filter { $0 != 0x5C }, as: UTF8.self)
        return (name, Self.text(text[(end + (isQuoted ? 2 : 1))...]).trimmed)
    }

    /// The address that a name stands for; another name may stand between.
    func address(of name: String) -> String? {
        var name = name
        for _ in 0..<4 {
            guard let address = addresses[Self.key(name)] else { return nil }
            guard address.hasSuffix("_"), !address.contains("/") else { return address }
            name = String(address.dropLast()).filter { $0 != "`" }
        }
        return nil
    }

    /// The address of the next reference without a name.
    mutating func takeAnonymous() -> String? {
        defer { nextAnonymous += 1 }
        return nextAnonymous < anonymous.count ? anonymous[nextAnonymous] : nil
    }

    mutating func define(_ name: String, _ address: String) {
        if addresses[Self.key(name)] == nil { addresses[Self.key(name)] = address }
    }

    static func key(_ name: String) -> String {
        name.lowercased().split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    private static func text(_ bytes: Line) -> String { String(decoding: bytes, as: UTF8.self) }
}
