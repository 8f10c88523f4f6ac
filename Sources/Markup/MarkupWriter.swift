/// Writes HTML that is always balanced and holds allowed elements only.
///
/// There are two kinds of callers. Our own structure (`open`, `close`) is nested properly by its nature. Tags that stand
/// in a description (`openRaw`, `closeRaw`) may come in any order: they never end an element of the structure around them.
struct MarkupWriter {
    /// The most bytes of text and tags; a description ten times as long as its source has a reason to be.
    static let sizeLimitBytes = 1 << 20
    /// The most elements in each other that are written.
    static let depthLimit = 64

    private struct Open {
        let element: Element
        let isRaw: Bool
        /// Beyond a limit: nothing of it is written.
        let isSilent: Bool
    }

    let addresses: Addresses
    private(set) var bytes: [UInt8] = []
    private var stack: [Open] = []
    private var depth = 0
    private var openLinks = 0
    private var ids: Set<String> = []

    init(_ addresses: Addresses) {
        self.addresses = addresses
    }

    /// Whether something was left out because there was too much.
    private(set) var isCut = false

    /// Whether a link may begin here.
    var isInLink: Bool { openLinks > 0 }

    // MARK: Our own structure

    /// Begins an element of the structure; ``close()`` ends it, with all raw elements that are open in it.
    mutating func open(_ element: Element, _ attributes: [Attribute] = []) {
        if element.isBlock { endRawParagraph() }
        push(element, attributes, isRaw: false)
    }

    /// Ends the innermost element of the structure.
    mutating func close() {
        while let last = stack.last {
            pop()
            if !last.isRaw { return }
        }
    }

    /// Writes an element without content.
    mutating func void(_ element: Element, _ attributes: [Attribute] = []) {
        if element.isBlock { endRawParagraph() }
        guard !isFull else { return }
        tag(element, attributes)
    }

    /// Writes text.
    mutating func text(_ text: some Sequence<UInt8>) {
        guard !isFull else { return }
        for byte in text { escape(byte) }
    }

    /// Writes an image, or its text where images are not wanted or its address is no good.
    mutating func image(_ address: String, text alternative: String, more: [Attribute] = []) {
        guard let source = addresses.image(address) else { return text(alternative.utf8) }
        void(.img, [Attribute(.src, source), Attribute(.alt, alternative), Attribute(.loading, "lazy")] + more)
    }

    /// Begins a link, or an element without meaning where the address is no good or a link is open already.
    mutating func openLink(_ address: String, title: String = "") {
        guard openLinks == 0, let href = addresses.link(address) else { return open(.span) }
        let title = title.isEmpty ? [] : [Attribute(.title, title)]
        open(.a, [Attribute(.href, href), Attribute(.rel, Addresses.relation)] + title)
    }

    /// An id for a heading or target, which no other element of any page has.
    mutating func id(for name: String) -> Attribute? {
        let slug = Addresses.slug(name)
        guard !slug.isEmpty, ids.count < 4_096 else { return nil }
        var id = Addresses.prefix + slug
        // The numbers of a name that is often there are tried from its last one on: see `repeats`.
        if !ids.insert(id).inserted {
            repeats[slug, default: 0] += 1
            id += "-\(repeats[slug, default: 0])"
            guard ids.insert(id).inserted else { return nil }
        }
        return Attribute(.id, id)
    }
    private var repeats: [String: Int] = [:]

    // MARK: Tags of the description

    /// Begins an element as a tag in the description does.
    mutating func openRaw(_ element: Element, _ attributes: [Attribute]) {
        if element.isBlock, !endRawParagraph() { return }
        if let last = stack.last, last.isRaw, element.endsBefore.contains(last.element) { pop() }
        guard element != .a || openLinks == 0, depth < Self.depthLimit, !isFull else { return }
        if element.isVoid { return tag(element, attributes) }
        push(element, attributes, isRaw: true)
    }

    /// Ends an element as an end tag in the description does: with all that is open in it, if it is open at all.
    mutating func closeRaw(_ element: Element) {
        var index = stack.endIndex
        while index > 0, stack[index - 1].isRaw {
            index -= 1
            guard stack[index].element == element else { continue }
            while stack.endIndex > index { pop() }
            return
        }
    }

    /// Writes text with its character references as they are; a browser reads them as text too.
    mutating func referencedText(_ text: ArraySlice<UInt8>) {
        guard !isFull else { return }
        var index = text.startIndex
        while index < text.endIndex {
            if text[index] == UInt8(ascii: "&"), let end = CharacterReference.end(in: text, from: index) {
                bytes += text[index..<end]
                index = end
            } else {
                escape(text[index])
                index += 1
            }
        }
    }

    /// Ends everything.
    mutating func finish() -> [UInt8] {
        while !stack.isEmpty { pop() }
        return bytes
    }
}

extension MarkupWriter {
    private var isFull: Bool {
        mutating get {
            if bytes.count >= Self.sizeLimitBytes { isCut = true }
            return isCut
        }
    }

    /// Ends a raw paragraph or heading in which a block begins, as browsers do.
    ///
    /// - Returns: false when the paragraph is of the structure, so that no block of the description may begin in it.
    @discardableResult
    private mutating func endRawParagraph() -> Bool {
        var index = stack.endIndex
        while index > 0 {
            index -= 1
            let entry = stack[index]
            if entry.element == .p || entry.element.isHeading {
                guard entry.isRaw else { return false }
                while stack.endIndex > index { pop() }
                return true
            }
            if !entry.isRaw { return entry.element.isBlock }
            if entry.element.isBlock { return true }
        }
        return true
    }

    private mutating func push(_ element: Element, _ attributes: [Attribute], isRaw: Bool) {
        let isSilent = depth >= Self.depthLimit || isFull
        stack.append(Open(element: element, isRaw: isRaw, isSilent: isSilent))
        guard !isSilent else { return }
        depth += 1
        if element == .a { openLinks += 1 }
        tag(element, attributes)
    }

    private mutating func pop() {
        guard let last = stack.popLast(), !last.isSilent else { return }
        depth -= 1
        if last.element == .a { openLinks -= 1 }
        bytes += "</\(last.element.rawValue)>".utf8
        if last.element.isBlock { bytes.append(UInt8(ascii: "\n")) }
    }

    private mutating func tag(_ element: Element, _ attributes: [Attribute]) {
        bytes += "<\(element.rawValue)".utf8
        if element.isScrolled { bytes += " tabindex=\"0\"".utf8 }
        for attribute in attributes {
            bytes += " \(attribute.name.rawValue)=\"".utf8
            for byte in attribute.value.utf8 { escape(byte) }
            bytes.append(UInt8(ascii: "\""))
        }
        bytes.append(UInt8(ascii: ">"))
    }

    private mutating func escape(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "&"): bytes += "&amp;".utf8
        case UInt8(ascii: "<"): bytes += "&lt;".utf8
        case UInt8(ascii: ">"): bytes += "&gt;".utf8
        case UInt8(ascii: "\""): bytes += "&quot;".utf8
        case UInt8(ascii: "'"): bytes += "&#39;".utf8
        // Nothing that a page can hold.
        case 0..<0x09, 0x0B..<0x20, 0x7F: return
        default: bytes.append(byte)
        }
    }
}
