/// Rules for the values of fields. Each throws `PackagingError` with a sentence that follows the field and the value.
extension MetadataField {
    /// The longest `Summary`, in characters, as on the public index.
    static let summaryLimit = 512

    @Sendable static func checkSummary(_ text: String) throws(PackagingError) {
        // The line ends of Unicode: tools that write the field cannot keep them.
        let isLineEnd = { (scalar: Unicode.Scalar) in
            switch scalar.value {
            case 0x0A...0x0D, 0x1C...0x1E, 0x85, 0x2028, 0x2029: true
            default: false
            }
        }
        guard !text.unicodeScalars.contains(where: isLineEnd) else {
            throw PackagingError(reason: "It must be a single line.")
        }
        guard text.unicodeScalars.count <= summaryLimit else {
            throw PackagingError(reason: "It must be \(summaryLimit) characters or less.")
        }
    }

    /// The names of extras follow the same rules as those of projects (PEP 685).
    @Sendable static func checkExtra(_ text: String) throws(PackagingError) {
        guard (try? ProjectName(text)) == nil else { return }
        throw PackagingError(
            reason: "The name of an extra has ASCII letters, digits, '.', '_' and '-', with a letter or digit at both"
                + " ends, and at most \(ProjectName.lengthLimitBytes) of them.")
    }

    @Sendable static func checkRequirement(_ text: String) throws(PackagingError) { _ = try Requirement(text) }

    @Sendable static func checkSpecifiers(_ text: String) throws(PackagingError) { _ = try VersionSpecifierSet(text) }

    @Sendable static func checkLicense(_ text: String) throws(PackagingError) { _ = try LicenseExpression(text) }

    @Sendable static func checkImportNamespace(_ text: String) throws(PackagingError) { _ = try ImportName(text) }

    /// An empty value says that there is nothing to import.
    @Sendable static func checkImportName(_ text: String) throws(PackagingError) {
        if !text.isEmpty { _ = try ImportName(text) }
    }

    @Sendable static func checkProjectURL(_ text: String) throws(PackagingError) { _ = try ProjectURL(text) }

    @Sendable static func checkProjectLink(_ text: String) throws(PackagingError) {
        if let url = try? ProjectURL(text) { try checkLink(url.url) }
    }

    @Sendable static func checkDynamic(_ text: String) throws(PackagingError) {
        guard named[text.lowercasedASCII] == nil else { return }
        throw PackagingError(reason: "It must be the name of a field of core metadata.")
    }

    /// A path below the project's root, `/` between its parts, as it stands in the archive (PEP 639).
    @Sendable static func checkLicenseFile(_ text: String) throws(PackagingError) {
        let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        let isPlain = parts.allSatisfy { !$0.isEmpty && !$0.elementsEqual(".".utf8) }
        let hasDrive = text.utf8.dropFirst().first == UInt8(ascii: ":")
        guard isPlain, !hasDrive, !text.utf8.contains(UInt8(ascii: "\\")) else {
            throw PackagingError(
                reason: "It must be a path relative to the project's root, with '/' between its parts.")
        }
        guard !text.contains("..") else {
            throw PackagingError(reason: "It must not lead upwards: '..' is not allowed.")
        }
        guard !text.utf8.contains(UInt8(ascii: "*")) else {
            throw PackagingError(reason: "It must be the path of one file, not a pattern.")
        }
    }

    /// `text/plain`, `text/x-rst` or `text/markdown`, and parameters (RFC 2045 §5.1).
    @Sendable static func checkContentType(_ text: String) throws(PackagingError) {
        var cursor = TextCursor(text)
        let type = cursor.take { $0 != UInt8(ascii: ";") }.trimmingWhitespace().text.lowercasedASCII
        guard ["text/plain", "text/x-rst", "text/markdown"].contains(type) else {
            throw PackagingError(reason: "It must be text/plain, text/x-rst or text/markdown.")
        }
        var names: Set<String> = []
        while cursor.take(UInt8(ascii: ";")) {
            cursor.skipBlanks()
            // A semicolon may be left over at the end.
            if cursor.isAtEnd { break }
            guard let (name, value) = parameter(&cursor), names.insert(name).inserted else {
                throw PackagingError(reason: "A parameter must be name=value, each name once.")
            }
            if name == "charset", value.lowercasedASCII != "utf-8" {
                throw PackagingError(reason: "The charset must be UTF-8.")
            }
            if name == "variant", type == "text/markdown", value != "GFM", value != "CommonMark" {
                throw PackagingError(reason: "The variant must be GFM or CommonMark.")
            }
        }
    }

    /// `name=value` or `name="value"`; `nil` when something else comes next, or anything but `;` comes after it.
    private static func parameter(_ cursor: inout TextCursor) -> (name: String, value: String)? {
        let isToken = { (byte: UInt8) in
            byte > 0x20 && byte < 0x7F && !"()<>@,;:\\\"/[]?=*'%".utf8.contains(byte)
        }
        let name = cursor.take(while: isToken).text.lowercasedASCII
        cursor.skipBlanks()
        guard !name.isEmpty, cursor.take(UInt8(ascii: "=")) else { return nil }
        cursor.skipBlanks()
        let isQuoted = cursor.take(UInt8(ascii: "\""))
        let value = isQuoted ? cursor.take { $0 != UInt8(ascii: "\"") } : cursor.take(while: isToken)
        guard isQuoted ? cursor.take(UInt8(ascii: "\"")) : !value.isEmpty else { return nil }
        cursor.skipBlanks()
        return cursor.isAtEnd || cursor.next == UInt8(ascii: ";") ? (name, value.text) : nil
    }

    /// Words with ` :: ` between them. Which words is not asked: the list is the public index's own and grows, while a
    /// team may have classifiers of its own, such as `Private :: Do Not Upload`.
    @Sendable static func checkClassifier(_ text: String) throws(PackagingError) {
        let words = text.split(separator: " :: ", omittingEmptySubsequences: false)
        let isSound = words.allSatisfy { $0.first != nil && $0.first != " " && $0.last != " " && !$0.contains("::") }
        guard words.count > 1, isSound else {
            throw PackagingError(reason: "A classifier is words with ' :: ' between them.")
        }
    }

    /// SPDX keeps some identifiers for old texts only.
    @Sendable static func checkDeprecation(_ text: String) throws(PackagingError) {
        guard let identifier = (try? LicenseExpression(text))?.deprecatedIdentifiers.first else { return }
        throw PackagingError(reason: "SPDX has deprecated \(identifier).")
    }

    @Sendable static func checkLink(_ text: String) throws(PackagingError) {
        guard !ProjectURL.isLink(text) else { return }
        throw PackagingError(reason: "Pages offer addresses with https:// or http:// as links only.")
    }

    /// The first address of a list, as in a `From` field: `name@domain`, or `Words <name@domain>` (RFC 822).
    @Sendable static func checkMailbox(_ text: String) throws(PackagingError) {
        // What stands in quotation marks is the name of a person; a mark without its partner is a mark.
        let pieces = Array(text.utf8).split(separator: UInt8(ascii: "\""), omittingEmptySubsequences: false)
        var address = Array(pieces.enumerated().filter { $0.offset.isMultiple(of: 2) }.map(\.element).joined())[...]
        if pieces.count.isMultiple(of: 2), let last = pieces.last {
            address += [UInt8(ascii: "\"")] + last
        }
        address = address.prefix { $0 != UInt8(ascii: ",") }
        if let open = address.firstIndex(of: UInt8(ascii: "<")) {
            address = address[(open + 1)...].prefix { $0 != UInt8(ascii: ">") }
        }
        let parts = address.trimmingWhitespace().split(
            separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        let isPlain =
            parts.count == 2 && parts.allSatisfy { !$0.isEmpty && $0.allSatisfy { $0 > 0x20 && !$0.isControl } }
        guard !isPlain else { return }
        throw PackagingError(reason: "It must be an e-mail address, such as 'Ada <ada@example.org>'.")
    }
}
