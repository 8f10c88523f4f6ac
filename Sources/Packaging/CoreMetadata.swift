/// What a distribution archive says about itself in `METADATA` or `PKG-INFO` (packaging.python.org, "Core metadata
/// specifications", versions 1.0 to 2.6).
///
/// Bytes are read as Python's `email` parser reads them, so that this program sees what installers see. Unknown fields
/// are kept. What other fields may say is checked by ``faults()``.
public struct CoreMetadata: Sendable {
    /// The longest file. Descriptions beyond that are not read by anybody; the longest on the public index are
    /// around half of it.
    public static let sizeLimitBytes = 1 << 20
    /// The most fields, repeated ones included.
    public static let fieldCountLimit = 16_384

    /// The version of the format.
    public let metadataVersion: MetadataVersion
    /// The project, with the spelling of the file.
    public let name: ProjectName
    /// The version of the project.
    public let version: Version
    /// `Requires-Python` as it was written; `nil` when it is absent, empty or `UNKNOWN`. It can be read by
    /// `VersionSpecifierSet(lenient:)`.
    public let requiresPython: String?
    /// `Summary`; `nil` when it is absent, empty or `UNKNOWN`.
    public let summary: String?
    /// The fields that `Dynamic` names, in lower case.
    public let dynamic: [String]

    /// All fields and the body.
    let message: HeaderMessage

    /// Reads a file.
    ///
    /// - Throws: `PackagingError` when the bytes are longer than ``sizeLimitBytes``, not UTF-8, contain control or
    ///   text direction characters outside the description, lack `Metadata-Version`, `Name` or `Version`, give a
    ///   single-use field twice, or when one of the fields above is not valid.
    public init(_ bytes: [UInt8]) throws(PackagingError) {
        guard bytes.count <= Self.sizeLimitBytes else {
            throw PackagingError(
                reason: "The core metadata has \(bytes.count) bytes; at most \(Self.sizeLimitBytes) are allowed."
                    + " Shorten the description.")
        }
        message = try HeaderMessage(
            bytes, document: "The core metadata", fieldCountLimit: Self.fieldCountLimit)
        // The version comes first: under another major version nothing else can be relied on.
        metadataVersion = try MetadataVersion(try Self.required("Metadata-Version", in: message))
        try Self.checkUse(of: message)
        try Self.checkCharacters(of: message)
        name = try ProjectName(try Self.required("Name", in: message))
        version = try Version(try Self.required("Version", in: message))
        requiresPython = Self.meaningful(message.values("Requires-Python").first)
        if let requiresPython { _ = try VersionSpecifierSet(lenient: requiresPython) }
        summary = Self.meaningful(message.values("Summary").first)
        dynamic = message.values("Dynamic").map(\.trimmedWhitespace.lowercasedASCII)
        try Self.checkDynamic(dynamic)
    }

    /// The values of a field as they were written, in their order; empty when it is absent.
    ///
    /// - Parameter field: the name in any case, such as `Requires-Dist`.
    /// - Complexity: linear in the number of fields.
    public func values(_ field: String) -> [String] { message.values(field) }

    /// The names of all fields as they were written, in their order, repeated ones included.
    public var fieldNames: [String] { message.fields.map(\.name) }

    /// The description: the field, with its continuation lines unfolded, or else the body; `nil` when both are absent
    /// or empty.
    public var description: String? {
        if let field = Self.meaningful(message.values("Description").first) { return Self.unfolded(field) }
        return message.body.isEmpty ? nil : message.body
    }

    /// The bytes after the fields as text; the description of files since 2.1.
    public var body: String { message.body }

    /// Whether a wheel built from this sdist is bound to have the same metadata: version 2.2 or later and nothing is
    /// `Dynamic` (PEP 643). Such metadata may be served for the sdist too (PEP 658).
    ///
    /// `License-File` may be `Dynamic`: setuptools declares it so in every sdist, whatever the project says, and no
    /// resolver or installer decides anything by it.
    public var isStatic: Bool { metadataVersion >= .firstWithDynamic && dynamic.allSatisfy { $0 == "license-file" } }
}

extension CoreMetadata {
    private static func required(_ field: String, in message: HeaderMessage) throws(PackagingError) -> String {
        let value = message.values(field).first?.trimmedWhitespace
        guard let value, !value.isEmpty else {
            throw PackagingError(
                reason: "The core metadata has no \(field) among its \(message.fields.count) header fields;"
                    + " add a line '\(field): ...' before the first empty line.")
        }
        return value
    }

    private static func checkUse(of message: HeaderMessage) throws(PackagingError) {
        var seen: Set<String> = []
        for field in message.fields {
            let key = field.name.lowercasedASCII
            guard let rule = MetadataField.named[key], !rule.isRepeatable, !seen.insert(key).inserted else { continue }
            let values = message.values(key)
            throw PackagingError(
                reason: "The core metadata gives \(rule.name) \(values.count) times, first"
                    + " \(PackagingError.quote(values[0])), then \(PackagingError.quote(values[1])); give it once.")
        }
    }

    /// Pages and terminals show these values: nothing in them may hide or reorder other text.
    private static func checkCharacters(of message: HeaderMessage) throws(PackagingError) {
        for field in message.fields where field.name.lowercasedASCII != "description" {
            guard let scalar = field.value.unicodeScalars.first(where: isMisleading) else { continue }
            throw PackagingError(
                reason: "The core metadata's field \(PackagingError.quote(field.name)) contains the control character"
                    + " U+\(String(scalar.value, radix: 16, uppercase: true)); remove it.")
        }
    }

    /// Controls but white space, and the characters that open, override or close a text direction (UAX #9).
    private static func isMisleading(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09...0x0D: false
        case 0..<0x20, 0x7F..<0xA0, 0x202A...0x202E, 0x2066...0x2069: true
        default: false
        }
    }

    private static func checkDynamic(_ fields: [String]) throws(PackagingError) {
        guard let field = fields.first(where: { ["metadata-version", "name", "version"].contains($0) }) else { return }
        throw PackagingError(
            reason: "The core metadata declares \(PackagingError.quote(field)) as Dynamic; that field is always static."
        )
    }

    /// Old build tools wrote `UNKNOWN` for what they were not told.
    private static func meaningful(_ value: String?) -> String? {
        guard let value = value?.trimmedWhitespace, !value.isEmpty, value != "UNKNOWN" else { return nil }
        return value
    }

    /// Without the prefix of continuation lines: seven spaces and `|` (1.1 and later), or else up to eight spaces,
    /// which is what build tools write.
    private static func unfolded(_ value: String) -> String {
        var lines = value.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for index in lines.indices.dropFirst() {
            let indent = lines[index].prefix(8).prefix { $0 == UInt8(ascii: " ") }.count
            let hasBar = indent == 7 && lines[index].dropFirst(7).first == UInt8(ascii: "|")
            lines[index] = lines[index].dropFirst(hasBar ? 8 : indent)
        }
        return lines.map { String(Substring($0)) }.joined(separator: "\n")
    }
}
