/// The file name of a wheel, `{name}-{version}(-{build})?-{python}-{abi}-{platform}.whl` (packaging.python.org,
/// "Binary distribution format"; PEP 427).
public struct WheelFilename: Hashable, Sendable, CustomStringConvertible {
    /// The only ending, in this case.
    static let suffix = ".whl"

    /// The file name as it was written.
    public let text: String
    /// The project, with the spelling of the file name.
    public let project: ProjectName
    /// The version.
    public let version: Version
    /// The build tag: digits, then anything; `nil` when there is none.
    public let build: String?
    /// The Python tags in lower case, in the order of the file name; at least one.
    public let pythonTags: [String]
    /// The ABI tags in lower case, in the order of the file name; at least one.
    public let abiTags: [String]
    /// The platform tags in lower case, in the order of the file name; at least one. Not checked against a list: a
    /// private index holds wheels for platforms of its own.
    public let platformTags: [String]
    /// `{name}-{version}` with the exact spelling of the file name.
    public let stem: String

    /// Reads a file name.
    ///
    /// - Parameters:
    ///   - text: the last part of a path, not percent-encoded.
    ///   - expecting: the project and version that the archive states, when they are known; the file name must agree.
    /// - Throws: `PackagingError` when the name is malformed or disagrees with `expecting`.
    public init(
        _ text: String, expecting: (project: ProjectName, version: Version)? = nil
    ) throws(PackagingError) {
        try DistributionFilename.checkCharacters(text)
        guard text.hasSuffix(Self.suffix) else {
            throw Self.error(text, "must end in '.whl'")
        }
        let parts = text.utf8.dropLast(Self.suffix.utf8.count)
            .split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false).map(Substring.init)
        guard parts.count == 5 || parts.count == 6 else {
            throw Self.error(
                text,
                "has \(parts.count) parts between dashes; a wheel has"
                    + " {name}-{version}-{python}-{abi}-{platform}.whl, with an optional {build} after the version,"
                    + " and '_' for '-' in the name")
        }
        let underscore = UInt8(ascii: "_")
        let pairs = zip(parts[0].utf8, parts[0].utf8.dropFirst())
        guard !pairs.contains(where: { $0 == underscore && $1 == underscore }) else {
            throw Self.error(text, "has '__' in the project name; write one '_'")
        }
        self.text = text
        self.project = try ProjectName(String(parts[0]))
        self.version = try Version(String(parts[1]))
        self.stem = "\(parts[0])-\(parts[1])"
        self.build = parts.count == 6 ? String(parts[2]) : nil
        guard build.map({ $0.utf8.first?.isDigit == true }) ?? true else {
            throw Self.error(text, "has the build tag '\(build ?? "")'; a build tag begins with a digit")
        }
        self.pythonTags = try Self.tags(parts[parts.count - 3], of: text)
        self.abiTags = try Self.tags(parts[parts.count - 2], of: text)
        self.platformTags = try Self.tags(parts[parts.count - 1], of: text)
        guard pythonTags.allSatisfy({ $0.utf8.first?.isDigit == false }) else {
            throw Self.error(text, "has a Python tag that begins with a digit; use tags such as 'py3' or 'cp313'")
        }
        try DistributionFilename.check(text, project: project, version: version, agreesWith: expecting)
    }

    /// The file name as it was written.
    public var description: String { text }

    /// The members of one compressed tag set (PEP 425).
    private static func tags(_ set: Substring, of text: String) throws(PackagingError) -> [String] {
        let tags = set.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let isValid = tags.allSatisfy { tag in
            !tag.isEmpty && tag.allSatisfy { $0.isAlphanumeric || $0 == UInt8(ascii: "_") }
        }
        guard isValid else {
            throw error(text, "has the tag set '\(set)'; tags are letters, digits and '_', with one '.' between tags")
        }
        return tags.map { String(decoding: $0.map(\.lowercased), as: UTF8.self) }
    }

    private static func error(_ text: String, _ complaint: String) -> PackagingError {
        PackagingError(reason: "The wheel file name \(PackagingError.quote(text)) \(complaint).")
    }
}
