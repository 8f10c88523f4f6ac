public import Packaging
public import Posix

/// What is in an archive, as far as it is worth a look.
public struct ArchiveListing: Sendable {
    /// A file of the archive.
    public struct Member: Sendable {
        /// Its path in the archive.
        public let path: String
        /// Unpacked, in bytes.
        public let size: Int64
        /// Equal for equal contents, within one run of the program.
        public let fingerprint: Int
    }

    /// The files in the order of the archive; directories and links are left out.
    public let members: [Member]
    /// Whether there are more than were listed.
    public let isCut: Bool
    /// Files that were asked for, by their paths.
    public let texts: [String: [UInt8]]
}

extension Inspector {
    /// The most files of a listing.
    public static let listingLimit = 2_000
    /// The most bytes of one text.
    public static let textLimitBytes = 256 << 10

    /// Lists an archive that was inspected when it was published.
    ///
    /// Blocks: a ZIP's directory is read, of a tar archive as much as 32 MiB of what it holds. Not for an event loop.
    ///
    /// - Parameter wanted: whether the bytes of a wheel's file are wanted too; at most 16 are read.
    /// - Throws: `ArchiveError` when the archive cannot be read.
    public static func list(
        _ file: File, size: Int64, as filename: DistributionFilename, wanted: (String) -> Bool = { _ in false }
    ) throws(ArchiveError) -> ArchiveListing {
        let window = FileWindow(file, size: size)
        if filename.text.hasSuffix(".gz") { return try list(tar: window) }
        var found: [(path: String, entry: ZipEntry)] = []
        var limits = ArchiveLimits.imports
        limits.timeLimitSeconds = 2
        let zip = try Zip(window, limits: limits) { path, entry throws(ArchiveError) in
            if !path.endsInSlash { found.append((path.text, entry)) }
        }
        var texts: [String: [UInt8]] = [:]
        for (path, entry) in found where texts.count < 16 && entry.size <= textLimitBytes && wanted(path) {
            texts[path] = try zip.contents(entry, limit: textLimitBytes)
        }
        let members = found.prefix(listingLimit).map { path, entry in
            ArchiveListing.Member(
                path: path, size: entry.size,
                fingerprint: Int(entry.checksum) ^ Int(truncatingIfNeeded: entry.size << 32))
        }
        return ArchiveListing(members: members, isCut: found.count > members.count, texts: texts)
    }

    private static func list(tar window: FileWindow) throws(ArchiveError) -> ArchiveListing {
        var limits = ArchiveLimits.imports
        // A listing is not worth more of a worker's time.
        limits.unpackedSizeBytes = 32 << 20
        limits.timeLimitSeconds = 2
        let tar = try Tar(window, limits: limits)
        var members: [ArchiveListing.Member] = []
        do throws(ArchiveError) {
            while members.count < listingLimit, let member = try tar.next() {
                guard member.kind == .file else { continue }
                var hasher = Hasher()
                if member.size <= textLimitBytes {
                    hasher.combine(try tar.contents(of: member, limit: textLimitBytes))
                } else {
                    hasher.combine(member.size)
                }
                members.append(.init(path: member.path.text, size: member.size, fingerprint: hasher.finalize()))
            }
        } catch  where error.rule == .bomb || error.rule == .limit {
            return ArchiveListing(members: members, isCut: true, texts: [:])
        }
        return ArchiveListing(members: members, isCut: members.count == listingLimit, texts: [:])
    }
}
