/// The inline markup of one paragraph (docutils, "Inline Markup").
///
/// Each kind of markup is looked for to the end of the paragraph once at most: when a kind has no end behind one place, it has
/// none behind any later one.
struct RSTInline {
    private enum Kind: String, CaseIterable {
        case literal = "``", strong = "**", emphasis = "*", interpreted = "`", substitution = "|"

        var bytes: [UInt8] { Array(rawValue.utf8) }
    }

    private let text: [UInt8]
    private var index = 0
    private var written = 0
    private var without: Set<Kind> = []

    init(_ text: [UInt8]) {
        self.text = text
    }

    mutating func write(_ references: inout RSTReferences, to writer: inout MarkupWriter) {
        while index < text.count {
            switch text[index] {
            case 0x5C:
                flush(to: &writer)
                // An escaped blank joins what stands around it.
                if index + 1 < text.count, !text[index + 1].isSpace { writer.text([text[index + 1]]) }
                index = min(index + 2, text.count)
                written = index
            case UInt8(ascii: "`"), UInt8(ascii: "*"), UInt8(ascii: "|"), UInt8(ascii: ":"):
                if !readMarkup(&references, to: &writer) { index += 1 }
            case UInt8(ascii: "_"):
                if !readReference(&references, to: &writer) { index += 1 }
            default: index += 1
            }
        }
        flush(to: &writer)
    }

    private mutating func flush(to writer: inout MarkupWriter) {
        PlainLinks.write(Array(text[written..<index]), to: &writer)
        written = index
    }

    private mutating func readMarkup(_ references: inout RSTReferences, to writer: inout MarkupWriter) -> Bool {
        guard
            index == 0 || text[index - 1].isSpace || "'\"([{<-/:".utf8.contains(text[index - 1])
                || text[index - 1] >= 0x80
        else { return false }
        var role: String?
        var start = index
        if text[start] == UInt8(ascii: ":") {
            let name = text[(start + 1)...].prefix(32).prefix { $0.isAlphanumeric || "-_.:+".utf8.contains($0) }
            guard name.last == UInt8(ascii: ":"), name.endIndex < text.count, text[name.endIndex] == UInt8(ascii: "`")
            else {
                return false
            }
            role = String(decoding: name.dropLast(), as: UTF8.self)
            start = name.endIndex
        }
        guard let kind = Kind.allCases.first(where: { text[start...].starts(with: $0.bytes) }), !without.contains(kind),
            case let first = start + kind.bytes.count, first < text.count, !text[first].isSpace
        else { return false }
        guard let end = end(of: kind, from: first) else {
            without.insert(kind)
            return false
        }
        flush(to: &writer)
        let content = Array(text[first..<end])
        index = end + kind.bytes.count
        write(kind, content, role, &references, to: &writer)
        written = index
        return true
    }

    /// Where the markup that began before `first` ends.
    private func end(of kind: Kind, from first: Int) -> Int? {
        let mark = kind.bytes
        var place = first + 1
        while place + mark.count <= text.count {
            defer { place += 1 }
            guard text[place] == mark[0], text[place...].starts(with: mark), !text[place - 1].isSpace else { continue }
            guard kind == .literal || text[place - 1] != 0x5C else { continue }
            let after = place + mark.count
            guard after < text.count else { return place }
            if text[after].isSpace || "'\")]}>-/\\:.,;!?_".utf8.contains(text[after]) || text[after] >= 0x80 {
                return place
            }
        }
        return nil
    }

    private mutating func write(
        _ kind: Kind, _ content: [UInt8], _ role: String?, _ references: inout RSTReferences,
        to writer: inout MarkupWriter
    ) {
        switch kind {
        case .literal: element(.code, content, to: &writer)
        case .strong: element(.strong, content.unescaped, to: &writer)
        case .emphasis: element(.em, content.unescaped, to: &writer)
        case .substitution: writeSubstitution(content, references, to: &writer)
        case .interpreted:
            let underscores = text[index...].prefix { $0 == UInt8(ascii: "_") }.count
            guard role == nil, (1...2).contains(underscores) else {
                return writeRole(role ?? takeRole(), content.unescaped, to: &writer)
            }
            index += underscores
            writeLink(content, isAnonymous: underscores == 2, &references, to: &writer)
        }
    }

    private mutating func writeSubstitution(
        _ content: [UInt8], _ references: RSTReferences, to writer: inout MarkupWriter
    ) {
        let name = RSTReferences.key(String(decoding: content, as: UTF8.self))
        let isLink = text[index...].first == UInt8(ascii: "_")
        if isLink {
            index += text[index...].prefix { $0 == UInt8(ascii: "_") }.count
            writer.openLink(references.address(of: name) ?? "")
        }
        if let image = references.images[name] {
            image.write(references, to: &writer)
        } else {
            writer.text(references.texts[name] ?? Array("|".utf8) + content + "|".utf8)
        }
        if isLink { writer.close() }
    }

    /// `` `text <address>`_ `` or `` `name`_ ``
    private func writeLink(
        _ content: [UInt8], isAnonymous: Bool, _ references: inout RSTReferences, to writer: inout MarkupWriter
    ) {
        let whole = String(decoding: content.unescaped, as: UTF8.self)
        if content.last == UInt8(ascii: ">"), let open = content.lastIndex(of: UInt8(ascii: "<")) {
            let inside = String(decoding: content[(open + 1)..<(content.count - 1)], as: UTF8.self).filter {
                !$0.isWhitespace
            }
            let words = String(decoding: Array(content[..<open]).unescaped, as: UTF8.self).trimmed
            let address =
                inside.hasSuffix("_") ? references.address(of: String(inside.dropLast())) ?? inside : inside
            if !isAnonymous { references.define(words, address) }
            writer.openLink(address)
            writer.text((words.isEmpty ? inside : words).utf8)
        } else {
            writer.openLink((isAnonymous ? references.takeAnonymous() : references.address(of: whole)) ?? "")
            writer.text(whole.utf8)
        }
        writer.close()
    }

    /// `` `text`:role: ``
    private mutating func takeRole() -> String? {
        let rest = text[index...].prefix(34)
        guard rest.first == UInt8(ascii: ":"), let end = rest.dropFirst().firstIndex(of: UInt8(ascii: ":")),
            rest[(index + 1)..<end].allSatisfy({ $0.isAlphanumeric || $0 == UInt8(ascii: "-") }), end > index + 1
        else { return nil }
        defer { index = end + 1 }
        return String(decoding: rest[(index + 1)..<end], as: UTF8.self)
    }

    private func writeRole(_ role: String?, _ content: [UInt8], to writer: inout MarkupWriter) {
        switch role?.split(separator: ":").last.map(String.init) {
        case nil, "title", "t", "title-reference": element(.cite, content, to: &writer)
        case "emphasis", "dfn", "term": element(.em, content, to: &writer)
        case "strong": element(.strong, content, to: &writer)
        case "sub", "subscript": element(.sub, content, to: &writer)
        case "sup", "superscript": element(.sup, content, to: &writer)
        case "pep": link("https://peps.python.org/pep-", "PEP ", content, to: &writer)
        case "rfc": link("https://www.rfc-editor.org/rfc/rfc", "RFC ", content, to: &writer)
        default:
            // The roles of Sphinx name code; `~` and `title <name>` say how it is shown.
            var shown = content[...]
            if let open = shown.firstIndex(of: UInt8(ascii: "<")), open > 1, shown.last == UInt8(ascii: ">") {
                shown = shown[..<(open - 1)]
            }
            if shown.first == UInt8(ascii: "~"), let dot = shown.lastIndex(of: UInt8(ascii: ".")) {
                shown = shown[(dot + 1)...]
            }
            element(.code, Array(shown), to: &writer)
        }
    }

    private func link(_ address: String, _ word: String, _ number: [UInt8], to writer: inout MarkupWriter) {
        let digits = String(decoding: number, as: UTF8.self)
        let isNumber = (1...5).contains(digits.utf8.count) && digits.utf8.allSatisfy { (0x30...0x39).contains($0) }
        let padded = word == "PEP " ? String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits : digits
        writer.openLink(isNumber ? "\(address)\(padded)\(word == "PEP " ? "/" : "")" : "")
        writer.text("\(word)\(digits)".utf8)
        writer.close()
    }

    private func element(_ element: Element, _ content: [UInt8], to writer: inout MarkupWriter) {
        writer.open(element)
        writer.text(content)
        writer.close()
    }

    /// `name_`, `name__` and `[1]_`: the underscores come last.
    private mutating func readReference(_ references: inout RSTReferences, to writer: inout MarkupWriter) -> Bool {
        let underscores = text[index...].prefix { $0 == UInt8(ascii: "_") }.count
        let after = index + underscores
        guard underscores <= 2, after == text.count || !text[after].isAlphanumeric, index > written else {
            return false
        }
        var start = index
        let isFootnote = text[index - 1] == UInt8(ascii: "]")
        let isPart = { (byte: UInt8) in
            isFootnote
                ? byte != UInt8(ascii: "[") && !byte.isSpace
                : byte.isAlphanumeric || byte >= 0x80 || "-.+_".utf8.contains(byte)
        }
        // Names are short; without a limit each underscore of a long word would look at all before it.
        let limit = Swift.max(written, index - 256)
        while start > limit, isPart(text[start - 1]) { start -= 1 }
        if isFootnote, start > written { start -= 1 }
        guard start < index, start == 0 || !text[start - 1].isAlphanumeric else { return false }
        let name = String(decoding: text[start..<index], as: UTF8.self)
        let address: String?
        if isFootnote {
            address = "#footnote-" + name.filter { $0 != "[" && $0 != "]" }
        } else {
            address = underscores == 2 ? references.takeAnonymous() : references.address(of: name)
        }
        // A name that nothing defines is a word that ends so.
        guard let address else { return false }
        index = start
        flush(to: &writer)
        writer.openLink(address)
        writer.text(name.utf8)
        writer.close()
        (index, written) = (after, after)
        return true
    }
}

extension [UInt8] {
    /// Without backslashes before characters.
    fileprivate var unescaped: [UInt8] {
        guard contains(0x5C) else { return self }
        var bytes: [UInt8] = []
        var isEscaped = false
        for byte in self {
            if byte == 0x5C, !isEscaped {
                isEscaped = true
            } else {
                if !isEscaped || !byte.isSpace { bytes.append(byte) }
                isEscaped = false
            }
        }
        return bytes
    }
}
