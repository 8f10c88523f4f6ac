/// Whatever a description says, in whichever language the first byte chooses, its page has balanced tags only, of allowed elements
/// and attributes, with allowed addresses.
func fuzz(_ input: [UInt8]) {
    let languages: [MarkupLanguage] = [.markdown, .restructuredText, .unknown, .plain]
    let language = languages[Int((input.first ?? 0) & 3)]
    let html = MarkupRenderer(hasImages: (input.first ?? 0) & 4 == 0).html(
        String(decoding: input.dropFirst(), as: UTF8.self), language)
    var open: [Substring] = []
    var rest = Substring(decoding: html, as: UTF8.self)
    while let start = rest.utf8.firstIndex(of: UInt8(ascii: "<")) {
        guard let end = rest[start...].utf8.firstIndex(of: UInt8(ascii: ">")) else {
            fatalError("a tag without an end")
        }
        let tag = rest[rest.utf8.index(after: start)..<end]
        rest = rest[rest.utf8.index(after: end)...]
        if tag.hasPrefix("/") {
            precondition(open.popLast() == tag.dropFirst(), "</\(tag)> ends something else")
            continue
        }
        let name = tag.prefix { $0 != " " }
        guard let element = Element(rawValue: String(name)) else { fatalError("<\(tag)> is not allowed") }
        check(tag.dropFirst(name.count))
        if !element.isVoid { open.append(name) }
    }
    precondition(open.isEmpty, "\(open) are not ended")
}

private func check(_ attributes: Substring) {
    for part in attributes.split(separator: "\" ").map({ $0.drop { $0 == " " } }) where !part.isEmpty {
        // The writer's own, on what can be scrolled; no description gives it.
        if part == "tabindex=\"0\"" || part == "tabindex=\"0" { continue }
        guard let sign = part.firstRange(of: "=\"") else { fatalError("\(part) has no value") }
        guard let name = Attribute.Name(rawValue: String(part[..<sign.lowerBound])) else {
            fatalError("\(part) is not allowed")
        }
        let value = part[sign.upperBound...]
        switch name {
        case .href:
            precondition(["http", "mailto:", "#readme-"].contains { value.lowercased().hasPrefix($0) }, "\(part)")
        case .src, .srcset: precondition(value.lowercased().hasPrefix("https://"), "\(part)")
        case .id: precondition(value.hasPrefix("readme-"), "\(part)")
        default: break
        }
    }
}
