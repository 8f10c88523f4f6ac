/// A block that begins with two dots.
enum RSTExplicit {
    /// `.. name:: argument`
    case directive(name: String, argument: Line)
    /// `.. [1] text`
    case footnote(label: Line, text: Line)
    /// `.. _name:` without an address
    case place(String)
    /// A definition, which the references know already, or a comment.
    case nothing

    init?(_ line: Line) {
        guard line.starts(with: "..".utf8), line.count == 2 || line.dropFirst(2).first == 0x20 else { return nil }
        let rest = line.dropFirst(3).drop { $0 == 0x20 }
        if rest.first == UInt8(ascii: "["), let end = rest.firstIndex(of: UInt8(ascii: "]")) {
            self = .footnote(label: rest[(rest.startIndex + 1)..<end], text: rest[(end + 1)...].drop { $0 == 0x20 })
        } else if let target = RSTReferences.target(rest) {
            self = target.address.isEmpty ? .place(target.name) : .nothing
        } else if let mark = rest.indices.first(where: { rest[$0...].starts(with: "::".utf8) }),
            case let name = rest[..<mark], !name.isEmpty,
            name.allSatisfy({ $0.isAlphanumeric || "-_:.".utf8.contains($0) })
        {
            let argument = rest[(mark + 2)...].drop { $0 == 0x20 }
            self = .directive(name: String(decoding: name, as: UTF8.self).lowercased(), argument: argument)
        } else {
            self = .nothing
        }
    }
}

extension RSTDocument {
    /// Writes an explicit block, whose further lines the reader has.
    mutating func write(
        _ explicit: RSTExplicit, _ reader: inout RSTReader, _ depth: Int, to writer: inout MarkupWriter
    ) {
        switch explicit {
        case .directive(let name, let argument):
            let directive = RSTDirective(name: name, argument: argument, body: reader.takeIndented())
            write(directive, depth, to: &writer)
        case .footnote(let label, let text):
            let body = [text] + reader.takeIndented()
            writer.open(.div, writer.id(for: "footnote-" + String(decoding: label, as: UTF8.self)).map { [$0] } ?? [])
            writer.text("[".utf8 + Array(label) + "] ".utf8)
            compact(body[...], depth + 1, to: &writer)
            writer.close()
        case .place(let name):
            writer.open(.span, writer.id(for: name).map { [$0] } ?? [])
            writer.close()
        case .nothing:
            _ = reader.takeIndented()
        }
    }

    private mutating func write(_ directive: RSTDirective, _ depth: Int, to writer: inout MarkupWriter) {
        switch directive.name {
        case "image":
            writer.open(.p)
            image(directive, to: &writer)
            writer.close()
        case "figure":
            writer.open(.figure)
            image(directive, to: &writer)
            writer.open(.figcaption)
            blocks(directive.content, depth: depth + 1, to: &writer)
            writer.close()
            writer.close()
        case "code", "code-block", "sourcecode", "parsed-literal", "math", "prompt", "command-output":
            literal(directive.content, to: &writer)
        case "contents", "sectnum", "meta", "raw", "include", "toctree", "highlight", "currentmodule", "module",
            "default-role", "role", "target-notes", "testsetup", "header", "footer", "index", "spelling":
            return
        case "class", "container", "only", "epigraph", "highlights", "pull-quote", "compound", "rst-class":
            blocks(directive.content, depth: depth + 1, to: &writer)
        case "rubric", "centered":
            titled(directive.argument, [], depth, to: &writer)
        case "table":
            titled(directive.argument, directive.content, depth, to: &writer)
        case "list-table":
            table(RSTTable(listTable: directive), depth, to: &writer)
        default:
            guard let title = directive.admonition else { return literal(directive.source, to: &writer) }
            writer.open(.div, [Attribute(.class, "admonition")])
            titled(title[...], directive.admonitionBody, depth, to: &writer)
            writer.close()
        }
    }

    private mutating func titled(
        _ title: Line, _ content: ArraySlice<Line>, _ depth: Int, to writer: inout MarkupWriter
    ) {
        if !title.isBlank {
            writer.open(.p)
            writer.open(.strong)
            inline(Array(title), to: &writer)
            writer.close()
            writer.close()
        }
        blocks(content, depth: depth + 1, to: &writer)
    }

    private func image(_ directive: RSTDirective, to writer: inout MarkupWriter) {
        RSTImage(directive).write(references, to: &writer)
    }
}

/// A directive, taken apart.
struct RSTDirective {
    let name: String
    let argument: Line
    private(set) var options: [String: String] = [:]
    /// Without the options.
    private(set) var content: ArraySlice<Line>
    private let body: ArraySlice<Line>

    init(name: String, argument: Line, body: ArraySlice<Line>) {
        (self.name, self.argument, self.body) = (name, argument, body)
        var rest = body
        while let line = rest.first, let field = RSTField(line) {
            options[String(decoding: field.name, as: UTF8.self).lowercased()] = String(
                decoding: field.value, as: UTF8.self)
            rest.removeFirst()
            // A value may go on in the next lines.
            while let line = rest.first, !line.isBlank, line.indent > 0 { rest.removeFirst() }
        }
        content = rest.withoutBlankEnds
    }

    /// As it was written, but for its indent.
    var source: ArraySlice<Line> { [Array(".. \(name):: ".utf8)[...] + argument] + body }

    private static let admonitions = [
        "note": "Note", "tip": "Tip", "hint": "Hint", "important": "Important", "warning": "Warning",
        "caution": "Caution", "attention": "Attention", "danger": "Danger", "error": "Error", "seealso": "See also",
        "todo": "To do", "versionadded": "Added in version", "versionchanged": "Changed in version",
        "deprecated": "Deprecated since version", "versionremoved": "Removed in version",
    ]

    /// The title of an admonition; `nil` for another directive.
    var admonition: [UInt8]? {
        if ["admonition", "topic", "sidebar"].contains(name) { return Array(argument) }
        guard let title = Self.admonitions[name] else { return nil }
        return Array(
            (title.hasSuffix("version") ? "\(title) \(String(decoding: argument, as: UTF8.self))" : title).utf8)
    }

    /// Text may begin behind the name.
    var admonitionBody: ArraySlice<Line> {
        let isTitle = ["admonition", "topic", "sidebar"].contains(name) || admonition?.contains(0x20) == true
        return isTitle || argument.isBlank ? content : [argument] + content
    }
}

/// An image with what is said of it.
struct RSTImage {
    private let address: String
    private let options: [String: String]
    /// What is said of it, else its name, else the last part of its address: a link needs a word.
    private let words: String

    init(_ directive: RSTDirective, name: String? = nil) {
        address = String(decoding: directive.argument, as: UTF8.self)
        options = directive.options
        words = options["alt"] ?? name ?? address.split(separator: "/").last.map(String.init) ?? ""
    }

    func write(_ references: RSTReferences, to writer: inout MarkupWriter) {
        let target = options["target"].map { target in
            target.hasSuffix("_") ? references.address(of: String(target.dropLast())) ?? "" : target
        }
        if let target { writer.openLink(target) }
        let sizes: [Attribute] = [(Attribute.Name.width, "width"), (.height, "height")].compactMap { name, key in
            guard var value = options[key] else { return nil }
            if value.hasSuffix("px") { value.removeLast(2) }
            let digits = value.hasSuffix("%") ? value.dropLast() : value[...]
            guard (1...4).contains(digits.utf8.count), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
                return nil
            }
            return Attribute(name, value)
        }
        writer.image(address, text: words, more: sizes)
        if target != nil { writer.close() }
    }
}
