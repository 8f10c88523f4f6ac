/// Why a text is not what a packaging specification allows.
public struct PackagingError: Error, Hashable, Sendable, CustomStringConvertible {
    /// One sentence for the person who sent the text: what is wrong and what is allowed. One line, free of
    /// control characters.
    public let reason: String

    /// The reason.
    public var description: String { reason }

    /// An error with its sentence. Quote foreign text with ``quote(_:)``.
    public init(reason: String) {
        self.reason = reason
    }

    /// `text` between single quotes, fit for a sentence of one line: at most 80 characters, and `?` for everything
    /// but printable ASCII.
    public static func quote(_ text: some StringProtocol) -> String {
        let limit = 80
        let shown = text.utf8.prefix(limit).map { (0x20..<0x7F).contains($0) ? $0 : UInt8(ascii: "?") }
        let isCut = text.utf8.dropFirst(limit).first != nil
        return "'" + String(decoding: shown, as: UTF8.self) + (isCut ? "...'" : "'")
    }
}
