/// Whatever a description says, in whichever language the first byte chooses, its page has balanced tags only, of allowed elements
/// and attributes, with allowed addresses.
///
/// The page is read as bytes: among the characters of Swift, a mark that combines hides the quote or dash before it. What is wrong
/// ends the process, for so libFuzzer learns of it; `precondition` would not say why when it is optimized.
func fuzz(_ input: [UInt8]) {
    let languages: [MarkupLanguage] = [.markdown, .restructuredText, .unknown, .plain]
    let language = languages[Int((input.first ?? 0) & 3)]
    let html = MarkupRenderer(hasImages: (input.first ?? 0) & 4 == 0).html(
        String(decoding: input.dropFirst(), as: UTF8.self), language)
    var open: [String] = []
    var rest = html[...]
    while let start = rest.firstIndex(of: UInt8(ascii: "<")) {
        guard let end = rest[start...].firstIndex(of: UInt8(ascii: ">")) else { fatalError("a tag without an end") }
        let tag = rest[(start + 1)..<end]
        rest = rest[(end + 1)...]
        if tag.first == UInt8(ascii: "/") {
            let name = String(decoding: tag.dropFirst(), as: UTF8.self)
            guard open.popLast() == name else { fatalError("</\(name)> ends something else") }
            continue
        }
        let name = String(decoding: tag.prefix { $0 != UInt8(ascii: " ") }, as: UTF8.self)
        guard let element = Element(rawValue: name) else { fatalError("<\(name)> is not allowed") }
        check(tag.dropFirst(name.utf8.count))
        if !element.isVoid { open.append(name) }
    }
    guard open.isEmpty else { fatalError("\(open) are not ended") }
}

/// Reads attributes, each a space, a name, and a value in quotes; the writer escapes quotes in values.
private func check(_ attributes: ArraySlice<UInt8>) {
    var rest = attributes
    while !rest.isEmpty {
        let text = String(decoding: rest, as: UTF8.self)
        let words = rest.dropFirst().split(
            separator: UInt8(ascii: "\""), maxSplits: 2, omittingEmptySubsequences: false)
        guard rest.first == UInt8(ascii: " "), words.count == 3, words[0].last == UInt8(ascii: "=") else {
            fatalError("\(text) is no attribute")
        }
        rest = words[2]
        let (name, value) = (String(decoding: words[0].dropLast(), as: UTF8.self), words[1])
        // The writer's own, on what can be scrolled; no description gives it.
        if name == "tabindex", value.elementsEqual("0".utf8) { continue }
        let beginnings: [String]
        switch Attribute.Name(rawValue: name) {
        case .href: beginnings = ["http://", "https://", "mailto:", "#readme-"]
        case .src, .srcset: beginnings = ["https://"]
        case .id: beginnings = ["readme-"]
        case .some: continue
        case nil: fatalError("\(text) is not allowed")
        }
        let folded = name == "id" ? Array(value) : value.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
        let isAllowed = beginnings.contains { folded.count > $0.utf8.count && folded.starts(with: $0.utf8) }
        guard isAllowed else { fatalError("\(text) has an address or id that is not allowed") }
    }
}
