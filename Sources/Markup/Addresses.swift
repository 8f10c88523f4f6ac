/// Which addresses a description may name.
struct Addresses: Sendable {
    /// Whether images are shown.
    let hasImages: Bool

    /// What stands before every id of a description, so that none is an id of the page.
    static let prefix = "readme-"
    /// What every link to another site says.
    static let relation = "nofollow ugc noopener"
    private static let lengthLimitBytes = 4_096

    /// The address for a link: by HTTP, of a mailbox, or to a place in the description; `nil` for all others. Relative ones
    /// mean a place that is not here.
    func link(_ address: String) -> String? {
        let text = address.trimmed
        if text.utf8.first == UInt8(ascii: "#") {
            let slug = Self.slug(String(text.dropFirst()))
            return slug.isEmpty ? nil : "#\(Self.prefix)\(slug)"
        }
        guard Self.isPlain(text) else { return nil }
        if text.isPrefixed(by: "mailto:"), text.utf8.count > 7 { return text }
        return Self.isWeb(text, ["http://", "https://"]) ? text : nil
    }

    /// The address for an image: by HTTPS only, so that a page shows nothing that was changed on its way.
    func image(_ address: String) -> String? {
        let text = address.trimmed
        return hasImages && Self.isPlain(text) && Self.isWeb(text, ["https://"]) ? text : nil
    }

    /// Letters, digits, `-`, `_` and `.` of a name, with dashes between its words, as GitHub makes them.
    static func slug(_ name: String) -> String {
        var slug = String.UnicodeScalarView()
        for scalar in name.unicodeScalars.prefix(100) {
            switch scalar {
            case "A"..."Z": slug.append(contentsOf: String(scalar).lowercased().unicodeScalars)
            case "a"..."z", "0"..."9", "-", "_", ".": slug.append(scalar)
            case " ", "\t", "\n": slug.append("-")
            default: if scalar.properties.isAlphabetic { slug.append(scalar) }
            }
        }
        return String(slug)
    }

    /// Nothing that a browser leaves out or reads otherwise.
    private static func isPlain(_ text: String) -> Bool {
        text.utf8.count <= lengthLimitBytes && text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F && $0 != 0x5C }
    }

    private static func isWeb(_ text: String, _ schemes: [String]) -> Bool {
        guard let scheme = schemes.first(where: text.isPrefixed),
            let first = text.utf8.dropFirst(scheme.utf8.count).first
        else { return false }
        return !"/?#@:".utf8.contains(first)
    }
}

extension String {
    /// Without ASCII white space around it.
    var trimmed: String {
        var bytes = utf8.drop(while: \.isSpace)
        while let last = bytes.last, last.isSpace { bytes.removeLast() }
        return String(Substring(bytes))
    }

    fileprivate func isPrefixed(by prefix: String) -> Bool {
        utf8.count >= prefix.utf8.count && zip(utf8, prefix.utf8).allSatisfy { ($0 | 0x20) == ($1 | 0x20) }
    }
}
