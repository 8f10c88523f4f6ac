/// The file name of a source distribution, `{name}-{version}.tar.gz` (packaging.python.org, "Source distribution
/// format"; PEP 625), and the older spellings of it.
public struct SdistFilename: Hashable, Sendable, CustomStringConvertible {
    /// The ending of PEP 625.
    static let suffix = ".tar.gz"
    /// The other ending of older projects, only for imports.
    static let zipSuffix = ".zip"

    /// The file name as it was written.
    public let text: String
    /// The project, with the spelling of the file name.
    public let project: ProjectName
    /// The version.
    public let version: Version
    /// `{name}-{version}` with the exact spelling of the file name: the archive's top directory.
    public let stem: String

    /// Reads a file name. The version begins after the last dash, unless `expecting` says otherwise.
    ///
    /// - Parameters:
    ///   - text: the last part of a path, not percent-encoded.
    ///   - expecting: the project and version that the archive states, when they are known. Old versions contain dashes
    ///     (`foo-1.0-1.tar.gz` is post-release 1 of `foo` 1.0, or version 1 of `foo-1.0`), so the name is then split at
    ///     the last dash that gives this project and version.
    ///   - allowingZip: takes `.zip` too; only for imports.
    /// - Throws: `PackagingError` when the name is malformed or cannot be split into `expecting`.
    public init(
        _ text: String, expecting: (project: ProjectName, version: Version)? = nil, allowingZip: Bool = false
    ) throws(PackagingError) {
        try DistributionFilename.checkCharacters(text)
        let suffixes = allowingZip ? [Self.suffix, Self.zipSuffix] : [Self.suffix]
        guard let suffix = suffixes.first(where: text.hasSuffix) else {
            throw Self.error(text, "must end in '.tar.gz'")
        }
        let stem = text.dropLast(suffix.count)
        if let expecting, let split = Self.split(stem, as: expecting) {
            (project, version) = split
        } else {
            guard let dash = stem.utf8.lastIndex(of: UInt8(ascii: "-")) else {
                throw Self.error(text, "has no dash; a source distribution has {name}-{version}.tar.gz")
            }
            project = try ProjectName(String(stem[..<dash]))
            version = try Version(String(stem[dash...].dropFirst()))
            try DistributionFilename.check(text, project: project, version: version, agreesWith: expecting)
        }
        self.text = text
        self.stem = String(stem)
    }

    /// The file name as it was written.
    public var description: String { text }

    /// Whether the name is spelled as PEP 625 wants it: normal forms of name and version, `_` for `-`, `.tar.gz`.
    public var isNormalized: Bool {
        text == "\(project.filenameSpelling)-\(version)\(Self.suffix)"
    }

    private static func split(
        _ stem: Substring, as expected: (project: ProjectName, version: Version)
    ) -> (ProjectName, Version)? {
        for dash in stem.utf8.indices.reversed() where stem.utf8[dash] == UInt8(ascii: "-") {
            guard let project = try? ProjectName(String(stem[..<dash])), project == expected.project,
                let version = try? Version(String(stem[dash...].dropFirst())), version == expected.version
            else { continue }
            return (project, version)
        }
        return nil
    }

    private static func error(_ text: String, _ complaint: String) -> PackagingError {
        PackagingError(reason: "The source distribution's file name \(PackagingError.quote(text)) \(complaint).")
    }
}
