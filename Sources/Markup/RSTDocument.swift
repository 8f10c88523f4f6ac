/// A line of a description without its end, tabs expanded.
typealias Line = ArraySlice<UInt8>

/// reStructuredText: what descriptions of real projects use of it (docutils, "reStructuredText Markup Specification").
/// What is not understood is shown as it was written.
struct RSTDocument {
    /// The deepest nesting of lists, quotes and directives; what is deeper is shown as it is.
    static let depthLimit = 16

    var references: RSTReferences
    private let lines: [Line]
    /// The kinds of underlines in the order of their first use: the levels of sections.
    private var titleKinds: [[UInt8]] = []

    init(_ text: String) {
        lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map {
            Line.expandingTabs($0)
        }
        references = RSTReferences(lines)
    }

    /// Writes the document.
    ///
    /// - Parameter isCertain: whether its author says that it is reStructuredText.
    /// - Returns: false when it looks like another language.
    mutating func write(to writer: inout MarkupWriter, isCertain: Bool) -> Bool {
        guard isCertain || !lines.contains(where: Self.isMarkdown) else { return false }
        blocks(lines[...], depth: 0, to: &writer)
        return true
    }

    private static func isMarkdown(_ line: Line) -> Bool {
        let hashes = line.prefix { $0 == UInt8(ascii: "#") }.count
        if (1...4).contains(hashes), line.dropFirst(hashes).first == 0x20 { return true }
        // A longer row of backquotes is an underline.
        let isFence = line.starts(with: "```".utf8) && line.dropFirst(3).first.map(\.isLetter) ?? true
        return isFence || line.starts(with: "[![".utf8)
    }

    /// Writes the blocks of some lines.
    mutating func blocks(_ lines: ArraySlice<Line>, depth: Int, to writer: inout MarkupWriter) {
        guard depth < Self.depthLimit else { return literal(lines, to: &writer) }
        var reader = RSTReader(lines)
        while let line = reader.skipBlank() {
            if line.indent > 0 {
                writer.open(.blockquote)
                blocks(reader.takeIndented(), depth: depth + 1, to: &writer)
                writer.close()
            } else if depth == 0, let title = reader.takeTitle() {
                heading(title, to: &writer)
            } else if reader.takeTransition() {
                writer.void(.hr)
            } else if let explicit = RSTExplicit(line) {
                reader.advance()
                write(explicit, &reader, depth, to: &writer)
            } else if line.starts(with: "__ ".utf8) {
                reader.advance()
            } else if let rows = RSTTable.rows(&reader) {
                table(rows, depth, to: &writer)
            } else if !list(&reader, depth, to: &writer) {
                text(&reader, depth, to: &writer)
            }
        }
    }

    private mutating func heading(_ title: RSTReader.Title, to writer: inout MarkupWriter) {
        var level = titleKinds.firstIndex(of: title.kind) ?? titleKinds.endIndex
        if level == titleKinds.endIndex, level < 6 { titleKinds.append(title.kind) }
        level = min(level, 5)
        let id = writer.id(for: String(decoding: title.text, as: UTF8.self))
        writer.open(Element.heading(level + 1), id.map { [$0] } ?? [])
        inline(title.text, to: &writer)
        writer.close()
    }

    /// A paragraph, with the literal block that it may announce, a definition list, a doctest or a line block.
    private mutating func text(_ reader: inout RSTReader, _ depth: Int, to writer: inout MarkupWriter) {
        guard let line = reader.line else { return }
        if line.starts(with: ">>> ".utf8) { return literal(reader.takeParagraph(), to: &writer) }
        if line.starts(with: "| ".utf8) { return lineBlock(reader.takeParagraph(), to: &writer) }
        if let next = reader.next, next.indent > 0, !line.ends(with: "::") {
            return definitions(&reader, depth, to: &writer)
        }
        var paragraph = reader.takeParagraph()
        let announces = paragraph.last?.ends(with: "::") ?? false
        if announces, let last = paragraph.popLast() {
            // `text::` keeps one colon, `text ::` and `::` none.
            let shown = last.dropLast().dropLast(last.dropLast(2).last.map { $0 == 0x20 } ?? true ? 1 : 0)
            if !shown.isBlank { paragraph.append(shown) }
        }
        if !paragraph.isEmpty {
            writer.open(.p)
            inline(paragraph.joinedByLineFeeds, to: &writer)
            writer.close()
        }
        guard announces, let next = reader.skipBlank() else { return }
        if next.indent > 0 {
            literal(reader.takeIndented(), to: &writer)
        } else if let quote = next.first, !quote.isAlphanumeric {
            literal(reader.takeParagraph(), to: &writer)
        }
    }

    private mutating func definitions(_ reader: inout RSTReader, _ depth: Int, to writer: inout MarkupWriter) {
        writer.open(.dl)
        while let line = reader.line, !line.isBlank, line.indent == 0, let next = reader.next, next.indent > 0,
            RSTExplicit(line) == nil
        {
            reader.advance()
            writer.open(.dt)
            inline(Array(line), to: &writer)
            writer.close()
            writer.open(.dd)
            compact(reader.takeIndented(), depth + 1, to: &writer)
            writer.close()
            var ahead = reader
            guard let following = ahead.skipBlank(), following.indent == 0 else { continue }
            if ahead.isAtDefinition { reader = ahead }
        }
        writer.close()
    }

    private mutating func lineBlock(_ lines: ArraySlice<Line>, to writer: inout MarkupWriter) {
        writer.open(.p)
        for (number, line) in lines.enumerated() {
            if number > 0 { writer.void(.br) }
            inline(Array(line.first == UInt8(ascii: "|") ? line.dropFirst(2) : line), to: &writer)
        }
        writer.close()
    }

    /// Lines as they are.
    func literal(_ lines: ArraySlice<Line>, to writer: inout MarkupWriter) {
        writer.open(.pre)
        writer.text(lines.withoutBlankEnds.joinedByLineFeeds)
        writer.close()
    }

    /// Blocks, without the frame of a paragraph when there is just one.
    mutating func compact(_ lines: ArraySlice<Line>, _ depth: Int, to writer: inout MarkupWriter) {
        let lines = lines.withoutBlankEnds
        guard let first = lines.first, !lines.contains(where: { $0.isBlank || $0.indent > 0 }),
            RSTExplicit(first) == nil,
            RSTMarker(first) == nil, RSTField(first) == nil, lines.last?.ends(with: "::") == false,
            !first.starts(with: "+-".utf8)
        else { return blocks(lines, depth: depth, to: &writer) }
        inline(lines.joinedByLineFeeds, to: &writer)
    }

    /// Text with inline markup.
    mutating func inline(_ text: [UInt8], to writer: inout MarkupWriter) {
        var inline = RSTInline(text)
        inline.write(&references, to: &writer)
    }
}

extension RSTDocument {
    /// Bullet, enumerated, field and option lists.
    ///
    /// - Returns: false when there is none here.
    fileprivate mutating func list(
        _ reader: inout RSTReader, _ depth: Int, to writer: inout MarkupWriter
    ) -> Bool {
        guard let line = reader.line else { return false }
        if let marker = RSTMarker(line) {
            let start = marker.number.map { $0 == 1 ? [] : [Attribute(.start, String($0))] } ?? []
            writer.open(marker.kind == .number ? .ol : .ul, start)
            while let line = reader.skipBlank(), let next = RSTMarker(line), next.kind == marker.kind {
                writer.open(.li)
                compact(reader.takeItem(after: next.width), depth + 1, to: &writer)
                writer.close()
            }
            writer.close()
            return true
        }
        guard RSTField(line) != nil else { return false }
        writer.open(.dl)
        while let line = reader.skipBlank(), let field = RSTField(line) {
            writer.open(.dt)
            inline(Array(field.name), to: &writer)
            writer.close()
            writer.open(.dd)
            var body = [field.value]
            reader.advance()
            body += reader.takeIndented()
            compact(body[...], depth + 1, to: &writer)
            writer.close()
        }
        writer.close()
        return true
    }

    mutating func table(_ table: RSTTable, _ depth: Int, to writer: inout MarkupWriter) {
        guard let rows = table.rows else { return literal(table.source, to: &writer) }
        writer.open(.table)
        for (part, element) in [
            (rows.prefix(table.headCount), Element.thead), (rows.dropFirst(table.headCount), .tbody),
        ]
        where !part.isEmpty {
            writer.open(element)
            for row in part {
                writer.open(.tr)
                for cell in row {
                    writer.open(element == .thead ? .th : .td)
                    compact(cell[...], depth + 1, to: &writer)
                    writer.close()
                }
                writer.close()
            }
            writer.close()
        }
        writer.close()
    }
}
