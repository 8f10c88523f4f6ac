/// Addresses that stand in running text without brackets (GitHub Flavored Markdown, "Autolinks"; reStructuredText,
/// "Standalone hyperlinks").
enum PlainLinks {
    private static let beginnings = ["https://", "http://", "www."].map { Array($0.utf8) }

    /// Writes text, with its addresses as links.
    static func write(_ text: [UInt8], to writer: inout MarkupWriter) {
        guard !writer.isInLink else { return writer.text(text) }
        var (index, written) = (0, 0)
        while index < text.count {
            // Only where a word begins: letters before it are a part of something else.
            let isStart = index == 0 || !text[index - 1].isAlphanumeric
            guard isStart, let beginning = beginnings.first(where: { text[index...].starts(with: $0) }),
                case let end = end(of: text, from: index + beginning.count), end > index + beginning.count
            else {
                index += 1
                continue
            }
            writer.text(text[written..<index])
            let address = String(decoding: text[index..<end], as: UTF8.self)
            writer.openLink(beginning[0] == UInt8(ascii: "w") ? "http://\(address)" : address)
            writer.text(text[index..<end])
            writer.close()
            (index, written) = (end, end)
        }
        writer.text(text[written...])
    }

    /// Where the address ends: at a blank or `<`, and without punctuation at its end, of brackets only a closing one without
    /// its opening one.
    private static func end(of text: [UInt8], from start: Int) -> Int {
        var end = start
        var open = 0
        while end < text.count, !text[end].isSpace, !"<>\"`".utf8.contains(text[end]) {
            if text[end] == UInt8(ascii: "(") { open += 1 }
            if text[end] == UInt8(ascii: ")") { open -= 1 }
            end += 1
        }
        while end > start {
            let last = text[end - 1]
            if last == UInt8(ascii: ")"), open < 0 { open += 1 } else if !"?!.,:;*_~'&]}".utf8.contains(last) { break }
            end -= 1
        }
        return end
    }
}
