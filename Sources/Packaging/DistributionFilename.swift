/// The file name of a distribution archive: a wheel or a source distribution. PEP 527 and PEP 715 leave no other kind.
public enum DistributionFilename: Hashable, Sendable, CustomStringConvertible {
    /// The longest file name.
    public static let lengthLimitBytes = 255

    /// A built distribution, `.whl`.
    case wheel(WheelFilename)
    /// A source distribution, `.tar.gz`.
    case sdist(SdistFilename)

    /// Reads a file name by its ending.
    ///
    /// - Parameters:
    ///   - text: the last part of a path, not percent-encoded.
    ///   - expecting: the project and version that the archive states, when they are known. They settle where the name
    ///     of an old sdist ends, and the file name must agree with them.
    ///   - allowingZip: takes `.zip` source distributions too; only for imports.
    /// - Throws: `PackagingError` when the name is of another kind, malformed, or disagrees with `expecting`.
    public init(
        _ text: String, expecting: (project: ProjectName, version: Version)? = nil, allowingZip: Bool = false
    ) throws(PackagingError) {
        if text.hasSuffix(WheelFilename.suffix) {
            self = .wheel(try WheelFilename(text, expecting: expecting))
        } else if text.hasSuffix(SdistFilename.suffix) || (allowingZip && text.hasSuffix(SdistFilename.zipSuffix)) {
            self = .sdist(try SdistFilename(text, expecting: expecting, allowingZip: allowingZip))
        } else {
            try Self.checkCharacters(text)
            throw PackagingError(reason: Self.refusal(text))
        }
    }

    /// The project that the name states.
    public var project: ProjectName {
        switch self {
        case .wheel(let name): name.project
        case .sdist(let name): name.project
        }
    }

    /// The version that the name states.
    public var version: Version {
        switch self {
        case .wheel(let name): name.version
        case .sdist(let name): name.version
        }
    }

    /// The file name as it was written.
    public var text: String {
        switch self {
        case .wheel(let name): name.text
        case .sdist(let name): name.text
        }
    }

    /// `{name}-{version}` with the exact spelling of the file name: the top directory of an sdist, the beginning of a
    /// wheel's `.dist-info` directory.
    public var stem: String {
        switch self {
        case .wheel(let name): name.stem
        case .sdist(let name): name.stem
        }
    }

    /// The file name as it was written.
    public var description: String { text }
}

extension DistributionFilename {
    /// Refuses what no file name of an archive may contain, whatever its kind. Stricter than the specifications, which
    /// let through what could mislead a file system, a terminal or a page.
    static func checkCharacters(_ text: String) throws(PackagingError) {
        guard let complaint = complaint(text.utf8) else { return }
        throw PackagingError(reason: "The file name \(PackagingError.quote(text)) \(complaint).")
    }

    private static func complaint(_ bytes: String.UTF8View) -> String? {
        guard !bytes.isEmpty else { return "is empty" }
        guard bytes.count <= lengthLimitBytes else {
            return "has \(bytes.count) bytes; at most \(lengthLimitBytes) are allowed"
        }
        let isPlain = bytes.allSatisfy {
            $0.isAlphanumeric || $0.isSeparator || $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "!")
        }
        if isPlain {
            return bytes.first == UInt8(ascii: ".") ? "begins with a dot; begin it with the project name" : nil
        }
        if bytes.contains(where: { $0 < 0x20 || $0 == 0x7F }) { return "contains a control character; remove it" }
        if bytes.contains(where: { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") }) {
            return "contains a '/' or '\\'; send the name without a directory"
        }
        if bytes.contains(where: { $0 >= 0x80 }) {
            return "contains a character outside ASCII; use ASCII letters and digits"
        }
        return "contains a character other than letters, digits and . _ - + !"
    }

    /// The sentence for a file name with another ending.
    private static func refusal(_ text: String) -> String {
        let lower = String(decoding: text.utf8.map(\.lowercased), as: UTF8.self)
        let quoted = PackagingError.quote(text)
        if lower.hasSuffix(".whl") || lower.hasSuffix(".tar.gz") {
            return "The file name \(quoted) must end in lower case, '.whl' or '.tar.gz'."
        }
        if lower.hasSuffix(".zip") {
            return "\(quoted) is a .zip source distribution; build it as '.tar.gz' (PEP 625)."
        }
        if lower.hasSuffix(".egg") {
            return "\(quoted) is an egg, which is no longer accepted (PEP 715); build a wheel instead."
        }
        if [".exe", ".msi", ".rpm", ".deb", ".dmg"].contains(where: lower.hasSuffix) {
            return "\(quoted) is an installer, which is no longer accepted (PEP 527); build a wheel instead."
        }
        if [".tar.bz2", ".tbz", ".tar.xz", ".tar.z", ".tar", ".tgz", ".tar.zst"].contains(where: lower.hasSuffix) {
            return "\(quoted) is compressed in a way that is no longer accepted (PEP 527); build a '.tar.gz'."
        }
        return "The file name \(quoted) must end in '.whl' for a wheel or '.tar.gz' for a source distribution."
    }

    /// Refuses a file name of another project or version than the archive's own.
    static func check(
        _ text: String, project: ProjectName, version: Version,
        agreesWith expected: (project: ProjectName, version: Version)?
    ) throws(PackagingError) {
        guard let expected, expected.project != project || expected.version != version else { return }
        throw PackagingError(
            reason: "The file name \(PackagingError.quote(text)) states \(project.normalized) \(version), but the"
                + " metadata states \(expected.project.normalized) \(expected.version); they must agree.")
    }
}
