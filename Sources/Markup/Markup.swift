/// What a description is written in (core metadata, `Description-Content-Type`).
public enum MarkupLanguage: Hashable, Sendable {
    /// `text/markdown`: CommonMark with GitHub's tables and the like.
    case markdown
    /// `text/x-rst`
    case restructuredText
    /// `text/plain`
    case plain
    /// Not stated: reStructuredText if it looks like it, else plain text.
    case unknown

    /// The language that a content type names; text that it does not know is plain.
    public init(contentType: String?) {
        guard let contentType else {
            self = .unknown
            return
        }
        let type = String(contentType.prefix { $0 != ";" }).trimmed.lowercased()
        switch type {
        case "text/markdown": self = .markdown
        case "text/x-rst": self = .restructuredText
        case "", "unknown": self = .unknown
        default: self = .plain
        }
    }
}

/// Turns descriptions, whose authors may be anybody, into HTML that a page can hold.
public struct MarkupRenderer: Sendable {
    /// A description longer than this is shown as plain text. The longest among well-known projects have 100 KB.
    public static let sizeLimitBytes = 256 << 10

    private let addresses: Addresses

    /// - Parameter hasImages: whether images of other sites are shown; else their words are.
    public init(hasImages: Bool) {
        addresses = Addresses(hasImages: hasImages)
    }

    /// The description as HTML: balanced, of allowed elements and attributes only, in time that is bounded by its size.
    public func html(_ text: String, _ language: MarkupLanguage) -> [UInt8] {
        let text = text.utf8.contains(0x0D) ? text.withLineFeeds : text
        guard text.utf8.count <= Self.sizeLimitBytes else { return plain(text) }
        var writer = MarkupWriter(addresses)
        switch language {
        case .markdown:
            guard MarkdownCost(text).isBearable, CommonMark.write(text, to: &writer) else { return plain(text) }
        case .restructuredText, .unknown:
            var document = RSTDocument(text)
            guard document.write(to: &writer, isCertain: language == .restructuredText) else { return plain(text) }
        case .plain:
            return plain(text)
        }
        return finish(&writer)
    }

    /// The text as it is.
    private func plain(_ text: String) -> [UInt8] {
        var writer = MarkupWriter(addresses)
        writer.open(.pre)
        writer.text(text.utf8)
        writer.close()
        return finish(&writer)
    }

    private func finish(_ writer: inout MarkupWriter) -> [UInt8] {
        let bytes = writer.finish()
        return writer.isCut ? bytes + "<p>The rest is too long to be shown.</p>\n".utf8 : bytes
    }
}

extension String {
    fileprivate var withLineFeeds: String {
        var bytes: [UInt8] = []
        var previous: UInt8 = 0
        for byte in utf8 {
            if byte == 0x0D { bytes.append(0x0A) } else if byte != 0x0A || previous != 0x0D { bytes.append(byte) }
            previous = byte
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// What makes the library's time or memory grow faster than the text, counted beforehand: version 0.29.0.gfm.6 has no
/// limits of its own for these.
struct MarkdownCost {
    /// The pipes of the line that has most of them: its time is their square.
    private var pipes = 0
    /// A short row of a table is filled up to the number of columns.
    private var cells = 0
    /// Each reference to a definition has a copy of it.
    private var copiedBytes = 0
    /// Each line, also an empty one, goes through all quotes and lists that are open.
    private var containers = 0
    /// For what may be the second line of a table, the lines of the paragraph above are each read to its end.
    private var aboveTables = 0

    init(_ text: String) {
        var (lines, brackets, longestDefinition, nesting) = (0, 0, 0, 0)
        var (paragraphLines, paragraphBytes, hasDefinition) = (0, 0, false)
        for line in text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            lines += 1
            pipes = max(pipes, line.count { $0 == UInt8(ascii: "|") })
            brackets += line.count { $0 == UInt8(ascii: "[") }
            // A definition may go over several lines, but not over an empty one.
            if line.allSatisfy(\.isSpace) { (paragraphLines, paragraphBytes, hasDefinition) = (0, 0, false) }
            nesting = max(nesting, line.prefix { $0 < 0x40 }.count)
            if line.contains(UInt8(ascii: "-")), line.allSatisfy({ $0 < 0x40 || $0 == UInt8(ascii: "|") }) {
                aboveTables += paragraphLines * paragraphBytes
            }
            paragraphLines += 1
            paragraphBytes += line.count
            hasDefinition =
                hasDefinition
                || zip(line, line.dropFirst()).contains { $0 == UInt8(ascii: "]") && $1 == UInt8(ascii: ":") }
            if hasDefinition { longestDefinition = max(longestDefinition, paragraphBytes) }
        }
        cells = pipes * lines
        copiedBytes = brackets * longestDefinition
        containers = nesting * lines
    }

    /// Whether a description of this kind is read within a fraction of a second.
    var isBearable: Bool {
        pipes <= 1_000 && cells <= 400_000 && copiedBytes <= 64 << 20
            && containers <= 32 << 20 && aboveTables <= 1 << 30
    }
}
