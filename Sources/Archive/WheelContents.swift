import Packaging

/// What the paths of a wheel's members say, before any of them is read (SPEC §8.3).
struct WheelContents {
    private static let metadataSuffix = ".dist-info"
    private static let dataSuffix = ".data"
    private static let own = ["METADATA", "WHEEL", "RECORD", "entry_points.txt"]
    /// The files in `.dist-info` that installers read, in lower case.
    private static let decisive = ["metadata", "wheel", "record", "entry_points.txt"]
    /// Where installers put the directories below `{name}-{version}.data` (packaging.python.org, "Binary distribution
    /// format", "The .data directory").
    private static let schemes = ["purelib", "platlib", "headers", "scripts", "data"]

    /// Paths that differ only in case or Unicode normal form; see ``FoldedPaths/flaw``.
    private(set) var folded = FoldedPaths()
    /// The names of all top directories that end in `.dist-info`, in any case.
    private var directories: Set<String> = []
    /// The same for `.data`.
    private var dataDirectories: Set<String> = []
    /// A member of a `.data` directory that belongs to no scheme.
    private var lost: MemberPath?
    private var files: [String: ZipEntry] = [:]
    /// What comes to stand beside each other in `site-packages`.
    private var installed: PathTree
    /// The first member that has no place of its own there; told after what is wrong with the archive as such.
    private var misplaced: ArchiveError?

    init(_ limits: ArchiveLimits) {
        installed = PathTree(limits)
    }

    /// Notes a member.
    ///
    /// - Throws: `ArchiveError.duplicate` for two names of one file in `.dist-info` that installers read: it would
    ///   depend on the file system which of them counts.
    mutating func add(_ path: MemberPath, _ entry: ZipEntry) throws(ArchiveError) {
        let isNew = folded.add(path)
        do throws(ArchiveError) {
            if misplaced == nil { try install(path) }
        } catch {
            misplaced = error
        }
        let top = path.top
        guard path.depth > 1 || path.endsInSlash else { return }
        if Self.ends(top, in: Self.metadataSuffix) {
            guard isNew || !Self.decisive.contains(path.belowTop.lowercased()) else {
                throw ArchiveError(
                    .duplicate,
                    "The wheel has the member \(path) twice, or once more in another case; build it again.")
            }
            addMetadata(path, entry, String(top))
        }
        if Self.ends(top, in: Self.dataSuffix) { addData(path, String(top)) }
    }

    /// The one directory with the wheel's metadata.
    ///
    /// - Throws: `ArchiveError.directory` when it or a `.data` directory is not as the specification wants it.
    func distInfo(of filename: WheelFilename) throws(ArchiveError) -> String {
        let expected = PackagingError.quote(filename.stem + Self.metadataSuffix)
        guard let directory = directories.first else {
            throw ArchiveError(.directory, "The wheel has no directory \(expected); build it with a wheel builder.")
        }
        guard directories.count == 1 else {
            throw ArchiveError(
                .directory, "The wheel has more than one .dist-info directory; only \(expected) may be there.")
        }
        guard Self.isNamed(directory, after: filename, Self.metadataSuffix) else {
            throw ArchiveError(
                .directory,
                "The wheel's directory \(PackagingError.quote(directory)) must be \(expected), as its file"
                    + " name says; build it again instead of renaming it.")
        }
        try checkData(filename)
        if let misplaced { throw misplaced }
        return directory
    }

    /// The entry of one of the wheel's own files; `nil` when it is not there.
    func entry(_ name: String, in directory: String) -> ZipEntry? { files["\(directory)/\(name)"] }

    /// The entry of `METADATA`, `WHEEL` or `RECORD`.
    ///
    /// - Throws: `ArchiveError.missing`.
    func required(_ name: String, in directory: String) throws(ArchiveError) -> ZipEntry {
        guard let entry = entry(name, in: directory) else {
            throw ArchiveError(
                .missing, "The wheel has no file \(PackagingError.quote("\(directory)/\(name)")); build it again.")
        }
        return entry
    }

    private mutating func addMetadata(_ path: MemberPath, _ entry: ZipEntry, _ top: String) {
        // A hostile archive may have a hundred thousand of them: two show that there is not one.
        if directories.count < 2 { directories.insert(top) }
        guard directories.contains(top), Self.own.contains(String(path.belowTop)) else { return }
        if !path.endsInSlash { files[path.text] = entry }
    }

    /// Notes where installers put a member: what is below `purelib` and `platlib` comes beside what is at the top, and
    /// could replace the metadata that the index has read.
    private mutating func install(_ path: MemberPath) throws(ArchiveError) {
        let isData = Self.ends(path.top, in: Self.dataSuffix) && path.depth > 1
        let parts = isData ? Self.split(path.belowTop) : []
        guard let scheme = parts.first, ["purelib", "platlib"].contains(scheme) else {
            // The other schemes are elsewhere: their paths are compared as they stand.
            return try installed.add(path, path.identitiesFromTop, isDirectory: path.endsInSlash)
        }
        guard parts.count == 2 else { return }
        let top = parts[1].utf8.prefix { $0 != UInt8(ascii: "/") }
        guard !Self.ends(Substring(top), in: Self.metadataSuffix) else {
            throw ArchiveError(
                .directory,
                "The wheel's member \(path) would be installed among the metadata of distributions; only the wheel's own"
                    + " .dist-info at the top may hold them.")
        }
        try installed.add(
            path, MemberPath.identitiesFromTop(Array(parts[1].utf8)[...]), isDirectory: path.endsInSlash)
    }

    private mutating func addData(_ path: MemberPath, _ top: String) {
        if dataDirectories.count < 2 { dataDirectories.insert(top) }
        let parts = Self.split(path.belowTop)
        guard lost == nil, let scheme = parts.first else { return }
        if !Self.schemes.contains(String(scheme)) || (parts.count == 1 && !path.endsInSlash) { lost = path }
    }

    /// pip takes every top directory that ends in `.data` for the wheel's own, uv only the one of the wheel's name, and
    /// both fail on other schemes.
    private func checkData(_ filename: WheelFilename) throws(ArchiveError) {
        let expected = PackagingError.quote(filename.stem + Self.dataSuffix)
        for directory in dataDirectories.sorted() {
            guard dataDirectories.count > 1 || !Self.isNamed(directory, after: filename, Self.dataSuffix) else {
                continue
            }
            throw ArchiveError(
                .directory,
                "The wheel has the directory \(PackagingError.quote(directory)); only \(expected) may end in .data.")
        }
        guard let lost else { return }
        throw ArchiveError(
            .directory,
            "The wheel's member \(lost) is in none of the directories of \(expected) that installers know:"
                + " \(Self.schemes.joined(separator: ", ")).")
    }

    /// The first part of a path and the others.
    private static func split(_ path: Substring) -> [Substring] {
        path.utf8.split(separator: UInt8(ascii: "/"), maxSplits: 1).map { Substring($0) }
    }

    private static func ends(_ name: Substring, in suffix: String) -> Bool {
        name.utf8.count > suffix.utf8.count
            && name.utf8.suffix(suffix.utf8.count).elementsEqual(suffix.utf8) { $0 | 0x20 == $1 | 0x20 }
    }

    private static func isNamed(_ directory: String, after filename: WheelFilename, _ suffix: String) -> Bool {
        directory.hasSuffix(suffix)
            && Inspector.names(directory.dropLast(suffix.count), filename.project, filename.version)
    }
}

/// Finds paths that are one on file systems without case or normal forms of characters: one member would replace the
/// other on Windows and macOS.
struct FoldedPaths {
    private var seen: Set<Int> = []
    private var second: MemberPath?

    /// Notes a path that has not been there.
    ///
    /// - Returns: whether it is also new without regard to case.
    mutating func add(_ path: MemberPath) -> Bool {
        let isNew = seen.insert(path.foldedIdentity).inserted
        if !isNew, second == nil { second = path }
        return isNew
    }

    /// The first such path.
    var flaw: ArchiveError? {
        second.map { path in
            ArchiveError(
                .duplicate,
                "The path \(path) differs from another member's in case or in the form of its characters only; Windows"
                    + " and macOS keep one of the two.")
        }
    }
}
