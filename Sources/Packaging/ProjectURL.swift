/// A `Project-URL`: a label, a comma and an address (packaging.python.org, "Core metadata specifications").
public struct ProjectURL: Hashable, Sendable {
    /// The longest label, in characters, as on the public index.
    public static let labelLimit = 32

    /// The label as it was written; one to ``labelLimit`` characters.
    public let label: String
    /// The address as it was written, whatever it is; not empty. Make a link of it only if ``isLink``.
    public let url: String

    /// Reads a field's value; white space around both parts is ignored.
    ///
    /// - Throws: `PackagingError` when a part is missing or the label is too long.
    public init(_ text: String) throws(PackagingError) {
        let bytes = Array(text.utf8)
        let comma = bytes.firstIndex(of: UInt8(ascii: ",")) ?? bytes.endIndex
        label = bytes[..<comma].trimmingWhitespace().text
        url = bytes[comma...].dropFirst().trimmingWhitespace().text
        guard !label.isEmpty, !url.isEmpty else {
            throw PackagingError(
                reason: "It must be a label, a comma and an address, such as 'Source, https://git.example/project'.")
        }
        guard label.unicodeScalars.count <= Self.labelLimit else {
            throw PackagingError(reason: "The label must be \(Self.labelLimit) characters or less.")
        }
    }

    /// Whether a page may offer the address as a link: see ``isLink(_:)``.
    public var isLink: Bool { Self.isLink(url) }

    /// The label without ASCII punctuation and white space, in lower case: labels of equal forms mean the same
    /// (packaging.python.org, "Well-known Project URLs"; PEP 753).
    public var normalizedLabel: String {
        let isDropped = { (scalar: Unicode.Scalar) in
            scalar.isASCII && !UInt8(truncatingIfNeeded: scalar.value).isAlphanumeric && scalar.value > 0x20
        }
        let isSpace = { (scalar: Unicode.Scalar) in scalar.value == 0x20 || (0x09...0x0D).contains(scalar.value) }
        var kept = String.UnicodeScalarView()
        kept.append(contentsOf: label.unicodeScalars.filter { !isDropped($0) && !isSpace($0) })
        return String(kept).lowercased()
    }

    /// Whether `address` is `http://` or `https://` and printable text without blanks: no scheme that a browser would
    /// run as code.
    public static func isLink(_ address: String) -> Bool {
        let bytes = Array(address.utf8)
        let rest = ["http://", "https://"].compactMap { scheme in
            bytes.prefix(scheme.utf8.count).elementsEqual(scheme.utf8, by: { $0.lowercased == $1 })
                ? bytes.dropFirst(scheme.utf8.count) : nil
        }.first
        guard let rest, let first = rest.first, first != UInt8(ascii: "/") else { return false }
        return rest.allSatisfy { $0 > 0x20 && !$0.isControl }
    }
}
