/// HTML text under construction. Text goes in through `text`, so a value can never become markup.
struct HTML {
    private(set) var bytes: [UInt8] = []
    /// The relative address of `/`, with its slash.
    var root = "./"

    /// Appends markup written in this program.
    mutating func markup(_ literal: StaticString) {
        bytes.append(contentsOf: literal.description.utf8)
    }

    /// Appends a value, escaped for text and for quoted attributes alike.
    mutating func text(_ value: String) {
        for byte in value.utf8 {
            switch byte {
            case UInt8(ascii: "&"): bytes.append(contentsOf: "&amp;".utf8)
            case UInt8(ascii: "<"): bytes.append(contentsOf: "&lt;".utf8)
            case UInt8(ascii: ">"): bytes.append(contentsOf: "&gt;".utf8)
            case UInt8(ascii: "\""): bytes.append(contentsOf: "&quot;".utf8)
            case UInt8(ascii: "'"): bytes.append(contentsOf: "&#39;".utf8)
            default: bytes.append(byte)
            }
        }
    }

    /// Appends what `Markup` has made of a description: balanced, with allowed elements only.
    mutating func rendered(_ html: [UInt8]) {
        bytes += html
    }

    /// Appends `<name>value</name>`.
    mutating func element(_ name: StaticString, _ value: String) {
        markup("<")
        markup(name)
        markup(">")
        text(value)
        markup("</")
        markup(name)
        markup(">")
    }

    /// Appends a link whose address is built from checked parts.
    mutating func link(_ address: String, _ value: String) {
        markup("<a href=\"")
        text(address)
        markup("\">")
        text(value)
        markup("</a>")
    }

    /// Appends lines to copy together: one click selects them all.
    mutating func code(_ lines: String) {
        markup("<pre class=\"copy\"><code>")
        text(lines)
        markup("</code></pre>\n")
    }
}
