/// An element that a description may contain. What is not here is never written.
enum Element: String, CaseIterable {
    case a, abbr, b, blockquote, br, caption, cite, code, dd, del, details, dfn, div, dl, dt, em, figcaption, figure
    case h1, h2, h3, h4, h5, h6, hr, i, img, ins, kbd, li, mark, ol, p, picture, pre, q, s, samp, small, source, span
    case strong, sub, summary, sup, table, tbody, td, tfoot, th, thead, tr, u, ul
    case variable = "var"

    /// An element by the name in a tag, which may be an older one of the same meaning.
    init?(tag: String) {
        if let element = Self.older[tag] {
            self = element
        } else {
            self.init(rawValue: tag)
        }
    }

    private static let older: [String: Element] = [
        "center": .div, "strike": .s, "tt": .code, "acronym": .abbr, "section": .div, "article": .div,
    ]

    /// A heading below the page's own ones: the first level of a description is the page's second.
    static func heading(_ level: Int) -> Element {
        [.h2, .h3, .h4, .h5, .h6][min(max(level, 1), 5) - 1]
    }

    /// Without content and end tag.
    var isVoid: Bool { [.br, .hr, .img, .source].contains(self) }

    /// Pages show it with a scroll bar where it is too wide, so the keyboard must reach it (WCAG 2.2, 2.1.1).
    var isScrolled: Bool { self == .pre || self == .table }

    var isHeading: Bool { [.h1, .h2, .h3, .h4, .h5, .h6].contains(self) }

    /// Whether it ends an open paragraph (HTML, "The p element").
    var isBlock: Bool {
        switch self {
        case .blockquote, .caption, .dd, .details, .div, .dl, .dt, .figcaption, .figure, .h1, .h2, .h3, .h4, .h5, .h6,
            .hr, .li, .ol, .p, .pre, .summary, .table, .tbody, .td, .tfoot, .th, .thead, .tr, .ul:
            true
        default: false
        }
    }

    /// The neighbours that an author need not close before it.
    var endsBefore: [Element] {
        switch self {
        case .li: [.li]
        case .dt, .dd: [.dt, .dd]
        case .td, .th: [.td, .th]
        case .tr: [.td, .th, .tr]
        case .tbody, .tfoot: [.td, .th, .tr, .tbody, .thead]
        default: []
        }
    }
}

/// An attribute with a value that was checked; the writer escapes it.
struct Attribute {
    /// The names that are ever written.
    enum Name: String {
        case align, alt, `class`, colspan, height, href, id, loading, media, open, rel, rowspan, src, srcset, start,
            title
        case width
    }

    let name: Name
    let value: String

    init(_ name: Name, _ value: String) {
        self.name = name
        self.value = value
    }
}
