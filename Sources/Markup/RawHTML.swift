/// Reads the HTML that stands in a description and passes on what is allowed (HTML, "Tokenization", as far as it
/// concerns tags).
///
/// It never looks at a byte twice but for a tag that does not end, which ends the reading.
struct RawHTML {
    private let bytes: [UInt8]
    private var index = 0

    /// Elements whose content is not meant to be read.
    private static let skipped: Set<String> = [
        "script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes", "noscript", "template", "svg",
        "math", "object", "select", "plaintext", "head", "video", "audio",
    ]
    private static let attributeLimit = 32

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Writes what the HTML says.
    mutating func write(to writer: inout MarkupWriter) {
        while index < bytes.count {
            let start = index
            while index < bytes.count, bytes[index] != UInt8(ascii: "<") { index += 1 }
            writer.referencedText(bytes[start..<index])
            guard index < bytes.count else { return }
            readMarkup(to: &writer)
        }
    }

    private mutating func readMarkup(to writer: inout MarkupWriter) {
        let next = index + 1 < bytes.count ? bytes[index + 1] : 0
        switch next {
        case UInt8(ascii: "!"), UInt8(ascii: "?"): skipDeclaration()
        case UInt8(ascii: "/") where index + 2 < bytes.count && bytes[index + 2].isLetter:
            index += 2
            let name = name()
            skip(past: UInt8(ascii: ">"))
            if let element = Element(tag: name) { writer.closeRaw(Self.shifted(element)) }
        case _ where next.isLetter: readTag(to: &writer)
        default:
            writer.text("<".utf8)
            index += 1
        }
    }

    private mutating func readTag(to writer: inout MarkupWriter) {
        index += 1
        let name = name()
        guard let attributes = attributes() else { return }
        if Self.skipped.contains(name) { return skipContent(of: name) }
        guard let element = Element(tag: name) else { return }
        var values = RawAttributes(attributes)
        if name == "center" { values.center() }
        guard let allowed = values.allowed(for: element, in: &writer) else {
            // An image that is not shown still has its words.
            if element == .img, let words = values["alt"] { writer.text(words.utf8) }
            return
        }
        writer.openRaw(Self.shifted(element), allowed)
    }

    /// Headings stand below those of the page.
    private static func shifted(_ element: Element) -> Element {
        guard element.isHeading, let level = element.rawValue.last?.wholeNumberValue else { return element }
        return Element.heading(level)
    }

    private mutating func name() -> String {
        let start = index
        while index < bytes.count, !bytes[index].isSpace, bytes[index] != UInt8(ascii: "/"),
            bytes[index] != UInt8(ascii: ">")
        { index += 1 }
        return String(decoding: bytes[start..<index].prefix(64), as: UTF8.self).lowercased()
    }

    /// - Returns: `nil` for a tag without an end, and then nothing is left to read.
    private mutating func attributes() -> [(name: String, value: String)]? {
        var attributes: [(String, String)] = []
        while true {
            while index < bytes.count, bytes[index].isSpace || bytes[index] == UInt8(ascii: "/") { index += 1 }
            guard index < bytes.count else { return nil }
            if bytes[index] == UInt8(ascii: ">") {
                index += 1
                return attributes
            }
            let start = index
            // An equals sign at the beginning is a part of the name, as browsers read it.
            index += 1
            while index < bytes.count, !Self.endsName(bytes[index]) { index += 1 }
            let name = String(decoding: bytes[start..<index].prefix(64), as: UTF8.self).lowercased()
            guard let value = value() else { return nil }
            if attributes.count < Self.attributeLimit { attributes.append((name, value)) }
        }
    }

    private static func endsName(_ byte: UInt8) -> Bool {
        byte.isSpace || byte == UInt8(ascii: "/") || byte == UInt8(ascii: ">") || byte == UInt8(ascii: "=")
    }

    private mutating func value() -> String? {
        var ahead = index
        while ahead < bytes.count, bytes[ahead].isSpace { ahead += 1 }
        guard ahead < bytes.count, bytes[ahead] == UInt8(ascii: "=") else { return index < bytes.count ? "" : nil }
        index = ahead + 1
        while index < bytes.count, bytes[index].isSpace { index += 1 }
        guard index < bytes.count else { return nil }
        let quote = bytes[index]
        let isQuoted = quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'")
        if isQuoted { index += 1 }
        let start = index
        while index < bytes.count,
            isQuoted ? bytes[index] != quote : !(bytes[index].isSpace || bytes[index] == UInt8(ascii: ">"))
        { index += 1 }
        let value = CharacterReference.decode(bytes[start..<index])
        if isQuoted {
            guard index < bytes.count else { return nil }
            index += 1
        }
        return value
    }

    private mutating func skip(past byte: UInt8) {
        while index < bytes.count, bytes[index] != byte { index += 1 }
        index = min(index + 1, bytes.count)
    }

    /// A comment ends at `-->`, all other declarations at `>`.
    private mutating func skipDeclaration() {
        guard bytes[index...].starts(with: "<!--".utf8) else { return skip(past: UInt8(ascii: ">")) }
        index += 4
        // `<!-->` and `<!--->` are whole comments.
        if bytes[index...].starts(with: ">".utf8) || bytes[index...].starts(with: "->".utf8) {
            return skip(past: UInt8(ascii: ">"))
        }
        while index < bytes.count, !bytes[index...].starts(with: "-->".utf8) { index += 1 }
        index = min(index + 3, bytes.count)
    }

    private mutating func skipContent(of name: String) {
        let end = Array("</\(name)".utf8)
        while index < bytes.count {
            let candidate = bytes[index...].prefix(end.count)
            if bytes[index] == UInt8(ascii: "<"), candidate.count == end.count,
                zip(candidate, end).allSatisfy({ $0 == $1 || ($0 | 0x20) == $1 && $1.isLetter })
            {
                return skip(past: UInt8(ascii: ">"))
            }
            index += 1
        }
    }
}

/// The attributes of one tag.
struct RawAttributes {
    private var values: [String: String] = [:]

    /// Of two with one name the first counts, as for browsers.
    init(_ attributes: [(name: String, value: String)]) {
        for (name, value) in attributes where values[name] == nil { values[name] = value }
    }

    subscript(name: String) -> String? { values[name] }

    mutating func center() { values["align"] = "center" }

    /// What may be written of them; `nil` when the element has no sense without what was refused.
    func allowed(for element: Element, in writer: inout MarkupWriter) -> [Attribute]? {
        var allowed: [Attribute] = []
        switch element {
        case .a:
            if let href = values["href"].flatMap(writer.addresses.link) {
                allowed = [Attribute(.href, href), Attribute(.rel, Addresses.relation)]
            }
        case .img:
            guard let source = values["src"].flatMap(writer.addresses.image) else { return nil }
            allowed = [Attribute(.src, source), Attribute(.alt, values["alt"] ?? ""), Attribute(.loading, "lazy")]
            allowed += number(.width) + number(.height)
        case .source:
            guard let sources = values["srcset"].flatMap({ sources($0, writer.addresses) }) else { return nil }
            allowed = [Attribute(.srcset, sources)] + (values["media"].map { [Attribute(.media, $0)] } ?? [])
        case .td, .th: allowed = number(.colspan) + number(.rowspan)
        case .ol: allowed = number(.start)
        case .details: allowed = values["open"] == nil ? [] : [Attribute(.open, "")]
        default: break
        }
        if let title = values["title"], !title.isEmpty { allowed.append(Attribute(.title, title)) }
        if let align = values["align"]?.lowercased(), ["left", "center", "right"].contains(align) {
            allowed.append(Attribute(.align, align))
        }
        if let name = values["id"] ?? (element == .a ? values["name"] : nil), let id = writer.id(for: name) {
            allowed.append(id)
        }
        return allowed
    }

    /// Digits, and a percent sign for lengths.
    private func number(_ name: Attribute.Name) -> [Attribute] {
        guard var text = values[name.rawValue] else { return [] }
        if text.hasSuffix("px") { text.removeLast(2) }
        let digits = text.hasSuffix("%") ? text.dropLast() : text[...]
        guard (1...4).contains(digits.utf8.count), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return []
        }
        return [Attribute(name, text)]
    }

    /// Candidates of images, each of which must be allowed.
    private func sources(_ text: String, _ addresses: Addresses) -> String? {
        let candidates = text.split(separator: ",").map { $0.split(separator: " ").map(String.init) }
        guard !candidates.isEmpty, candidates.count <= 8 else { return nil }
        let checked = candidates.compactMap { parts -> String? in
            guard let address = parts.first.flatMap(addresses.image), parts.count <= 2 else { return nil }
            guard let size = parts.dropFirst().first else { return address }
            guard size.utf8.allSatisfy({ $0.isAlphanumeric || $0 == UInt8(ascii: ".") }) else { return nil }
            return "\(address) \(size)"
        }
        return checked.count == candidates.count ? checked.joined(separator: ", ") : nil
    }
}
