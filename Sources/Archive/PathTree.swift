import Packaging

/// The files that an archive makes, and the directories above them: no path may be both, for nobody could unpack that.
///
/// Paths are kept as ``MemberPath/identity``.
struct PathTree {
    private var files: Set<Int> = []
    private var directories: Set<Int> = []
    /// The directories above the member before: most members have their neighbour's.
    private var above: ArraySlice<Int> = []
    /// The most directories: each costs about 20 bytes, and a path has up to a hundred.
    private let directoryLimit: Int

    init(_ limits: ArchiveLimits) {
        directoryLimit = limits.memberCount
    }

    /// Notes what a member makes.
    ///
    /// - Parameters:
    ///   - identities: of the directories above it, from the top, and of itself.
    ///   - isRepeatable: whether a file may come again, as in a tar, of which readers keep the last.
    /// - Throws: `ArchiveError.duplicate` for a path that is a file and a directory, or twice a file; `.limit` for too
    ///   many directories.
    mutating func add(
        _ path: MemberPath, _ identities: [Int], isDirectory: Bool, isRepeatable: Bool = false
    ) throws(ArchiveError) {
        guard let own = identities.last else { return }
        let all = isDirectory ? identities[...] : identities.dropLast()
        let known = zip(all, above).prefix { $0 == $1 }.count
        // What is a directory already is no file, and will not become one.
        for directory in all.dropFirst(known) where directories.insert(directory).inserted {
            guard !files.contains(directory) else { throw Self.clash(path) }
        }
        above = all
        guard directories.count <= directoryLimit else {
            throw ArchiveError(.limit, "The archive has more than \(directoryLimit) directories; pack fewer files.")
        }
        guard !isDirectory else { return }
        guard !directories.contains(own), files.insert(own).inserted || isRepeatable else { throw Self.clash(path) }
    }

    private static func clash(_ path: MemberPath) -> ArchiveError {
        ArchiveError(
            .duplicate,
            "The member \(path) would be unpacked to the place of another one, or below a file; build the archive"
                + " again.")
    }
}
