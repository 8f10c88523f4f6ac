import CMarkdown
import Synchronization

/// Markdown by the system's library, `libcmark-gfm`. All pointers of this module are in this file.
///
/// The library only reads: what is written, ``MarkupWriter`` decides. Its extension for addresses without brackets is not
/// used, since in Debian 12 it reads before its buffer (CVE-2023-22485) and takes quadratic time;
/// ``PlainLinks`` does that. What else is quadratic there, ``MarkdownCost`` keeps away from it.
enum CommonMark {
    /// The library keeps the characters that its extensions react to in variables of the process.
    private static let lock = Mutex(())

    private static let isRegistered: Bool = {
        cmark_gfm_core_extensions_ensure_registered()
        return true
    }()

    /// Writes a description.
    ///
    /// - Returns: false when the library could not read it.
    static func write(_ text: String, to writer: inout MarkupWriter) -> Bool {
        guard isRegistered, let root = unsafe parse(Array(text.utf8)) else { return false }
        defer { unsafe cmark_node_free(root) }
        guard let iterator = unsafe cmark_iter_new(root) else { return false }
        defer { unsafe cmark_iter_free(iterator) }
        var walk = unsafe MarkdownWalk(iterator: iterator)
        while case let event = unsafe cmark_iter_next(iterator), event != CMARK_EVENT_DONE {
            guard let node = unsafe cmark_iter_get_node(iterator) else { break }
            if event == CMARK_EVENT_ENTER { unsafe walk.enter(node, &writer) } else { unsafe walk.leave(node, &writer) }
        }
        return true
    }

    private static func parse(_ bytes: [UInt8]) -> OpaquePointer? {
        unsafe lock.withLock { _ in
            guard let parser = unsafe cmark_parser_new(CMARK_OPT_DEFAULT) else { return nil }
            defer { unsafe cmark_parser_free(parser) }
            for name in ["table", "strikethrough", "tasklist"] {
                guard let found = unsafe cmark_find_syntax_extension(name) else { continue }
                _ = unsafe cmark_parser_attach_syntax_extension(parser, found)
            }
            unsafe bytes.withUnsafeBytes { buffer in
                unsafe cmark_parser_feed(parser, buffer.baseAddress?.assumingMemoryBound(to: CChar.self), buffer.count)
            }
            return unsafe cmark_parser_finish(parser)
        }
    }
}

/// What is known while the nodes of a document go by.
@safe private struct MarkdownWalk {
    let iterator: OpaquePointer
    /// `left`, `center`, `right` or nothing, of the columns of the table that is open.
    private var columns: [String?] = []
    private var column = 0
    private var isInHead = false
    private var hasBody = false

    init(iterator: OpaquePointer) {
        unsafe self.iterator = unsafe iterator
    }

    mutating func enter(_ node: OpaquePointer, _ writer: inout MarkupWriter) {
        switch unsafe Self.type(node) {
        case "paragraph": if unsafe !Self.isTight(node) { writer.open(.p) }
        case "heading": unsafe openHeading(node, &writer)
        case "block_quote": writer.open(.blockquote)
        case "list": unsafe openList(node, &writer)
        case "item": writer.open(.li)
        case "tasklist":
            writer.open(.li)
            writer.text((unsafe cmark_gfm_extensions_get_tasklist_item_checked(node) ? "\u{2611} " : "\u{2610} ").utf8)
        case "code_block":
            writer.open(.pre)
            writer.open(.code)
            writer.text(unsafe Self.literal(node))
            writer.close()
            writer.close()
        case "html_block", "html_inline":
            var html = RawHTML(unsafe Self.literal(node))
            html.write(to: &writer)
        case "thematic_break": writer.void(.hr)
        case "text": PlainLinks.write(unsafe Self.literal(node), to: &writer)
        case "softbreak": writer.text("\n".utf8)
        case "linebreak": writer.void(.br)
        case "code":
            writer.open(.code)
            writer.text(unsafe Self.literal(node))
            writer.close()
        case "emph": writer.open(.em)
        case "strong": writer.open(.strong)
        case "strikethrough": writer.open(.del)
        case "link": writer.openLink(unsafe Self.url(node), title: unsafe Self.title(node))
        case "image":
            let address = unsafe Self.url(node)
            writer.image(address, text: unsafe takeText(until: node))
        default: unsafe enterTable(node, &writer)
        }
    }

    private mutating func enterTable(_ node: OpaquePointer, _ writer: inout MarkupWriter) {
        switch unsafe Self.type(node) {
        case "table":
            columns = unsafe Self.alignments(node)
            hasBody = false
            writer.open(.table)
        case "table_header":
            (isInHead, column) = (true, 0)
            writer.open(.thead)
            writer.open(.tr)
        case "table_row":
            if !hasBody { writer.open(.tbody) }
            (isInHead, column, hasBody) = (false, 0, true)
            writer.open(.tr)
        case "table_cell":
            let align = column < columns.count ? columns[column] : nil
            column += 1
            writer.open(isInHead ? .th : .td, align.map { [Attribute(.align, $0)] } ?? [])
        default: break
        }
    }

    mutating func leave(_ node: OpaquePointer, _ writer: inout MarkupWriter) {
        switch unsafe Self.type(node) {
        case "paragraph": if unsafe !Self.isTight(node) { writer.close() }
        case "heading", "block_quote", "list", "item", "tasklist", "emph", "strong", "strikethrough", "link",
            "table_row", "table_cell":
            writer.close()
        case "table_header":
            writer.close()
            writer.close()
        case "table":
            if hasBody { writer.close() }
            writer.close()
        default: break
        }
    }

    private func openHeading(_ node: OpaquePointer, _ writer: inout MarkupWriter) {
        var name: [UInt8] = []
        if let own = unsafe cmark_iter_new(node) {
            unsafe Self.addText(of: own, to: &name, until: node)
            unsafe cmark_iter_free(own)
        }
        let id = writer.id(for: String(decoding: name, as: UTF8.self))
        writer.open(Element.heading(Int(unsafe cmark_node_get_heading_level(node))), id.map { [$0] } ?? [])
    }

    private func openList(_ node: OpaquePointer, _ writer: inout MarkupWriter) {
        guard unsafe cmark_node_get_list_type(node) == CMARK_ORDERED_LIST else { return writer.open(.ul) }
        let start = unsafe cmark_node_get_list_start(node)
        writer.open(.ol, start == 1 ? [] : [Attribute(.start, String(start))])
    }

    /// The words of an image; the walk goes on behind it.
    private func takeText(until node: OpaquePointer) -> String {
        var text: [UInt8] = []
        unsafe Self.addText(of: iterator, to: &text, until: node)
        return String(decoding: text, as: UTF8.self)
    }

    private static func addText(of iterator: OpaquePointer, to text: inout [UInt8], until end: OpaquePointer) {
        while case let event = unsafe cmark_iter_next(iterator), event != CMARK_EVENT_DONE {
            guard let node = unsafe cmark_iter_get_node(iterator) else { return }
            if event == CMARK_EVENT_EXIT, node == end { return }
            guard event == CMARK_EVENT_ENTER else { continue }
            switch unsafe type(node) {
            case "text", "code": text += unsafe literal(node)
            case "softbreak", "linebreak": text.append(0x20)
            default: break
            }
        }
    }

    private static func type(_ node: OpaquePointer) -> String {
        guard let name = unsafe cmark_node_get_type_string(node) else { return "" }
        return unsafe String(cString: name)
    }

    private static func literal(_ node: OpaquePointer) -> [UInt8] {
        guard let text = unsafe cmark_node_get_literal(node) else { return [] }
        return unsafe Array(String(cString: text).utf8)
    }

    private static func url(_ node: OpaquePointer) -> String {
        unsafe cmark_node_get_url(node).map { unsafe String(cString: $0) } ?? ""
    }

    private static func title(_ node: OpaquePointer) -> String {
        unsafe cmark_node_get_title(node).map { unsafe String(cString: $0) } ?? ""
    }

    /// Whether the paragraph is of a list without empty lines between its items.
    private static func isTight(_ node: OpaquePointer) -> Bool {
        guard let list = unsafe cmark_node_parent(cmark_node_parent(node)) else { return false }
        return unsafe cmark_node_get_list_tight(list) != 0
    }

    private static func alignments(_ table: OpaquePointer) -> [String?] {
        let count = Int(unsafe cmark_gfm_extensions_get_table_columns(table))
        guard let letters = unsafe cmark_gfm_extensions_get_table_alignments(table) else { return [] }
        return (0..<count).map { index in
            switch unsafe letters[index] {
            case UInt8(ascii: "l"): "left"
            case UInt8(ascii: "c"): "center"
            case UInt8(ascii: "r"): "right"
            default: nil
            }
        }
    }
}
