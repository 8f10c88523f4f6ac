/// What an archive may cost, and which old habits are forgiven.
public struct ArchiveLimits: Sendable {
    /// The most members. A member costs about 50 bytes of memory while the archive is read. The largest projects of
    /// the public index have some 30,000.
    public var memberCount = 100_000
    /// The longest path of a member, in bytes.
    public var pathLengthBytes = 1024
    /// The most directories in a path, the member itself included.
    public var pathDepth = 100
    /// What all paths together may cost, each at most some 10 ns: 1 for a byte, 16 more for a slash, since every directory
    /// is looked up, and 8 for each byte of a path that is not ASCII, since that is compared in Unicode's normal form.
    /// Room for ``memberCount`` paths of 150 bytes in ten directories; the public index has nothing near it.
    public var pathWork = 32 << 20
    /// The longest `RECORD`, which is held in memory: room for ``memberCount`` rows.
    public var recordSizeBytes = 16 << 20
    /// The longest pax header of a tar member, which is held in memory.
    public var paxSizeBytes = 256 << 10
    /// Unpacked bytes that every archive may have, however small it is.
    public var unpackedAllowanceBytes: Int64 = 64 << 20
    /// Beyond the allowance, the most unpacked bytes for one byte of the archive. The public index has the same two
    /// numbers for wheels (SPEC §8.1, rule 7).
    public var unpackedRatio: Int64 = 50
    /// The most unpacked bytes of any archive.
    public var unpackedSizeBytes: Int64 = 32 << 30
    /// The longest time that reading may take; a guard against a slow disk more than against an archive.
    public var timeLimitSeconds: Int64 = 120
    /// Whether ZIP members may have data descriptors, that is sizes after the data (general purpose flag, bit 3).
    ///
    /// Off for uploads, as on the public index: a reader that goes from record to record cannot know where such a
    /// member ends. Archives made before that rule have them (Bazel and Go write them), and pip installs those; for
    /// imports the central directory says where the member ends and the descriptor must agree.
    public var allowsDataDescriptors = false

    /// Whether a flaw that keeps hardly anybody from installing refuses the archive, instead of being a warning: members
    /// that `RECORD` does not list, rows of `RECORD` without a member, a file `WHEEL` with other tags than the file
    /// name, paths that differ in case only, an sdist without anything to build it.
    ///
    /// Off, as on the public index, where well-known wheels have them (playwright's have the first and the last).
    /// Hashes that are in `RECORD` must be true in any case.
    public var refusesFlaws = false

    /// The limits for uploads.
    public static let upload = ArchiveLimits()
    /// The limits for archives that another index took years ago.
    public static let imports = {
        var limits = ArchiveLimits()
        limits.allowsDataDescriptors = true
        return limits
    }()

    /// The limits for uploads, to be changed.
    public init() {}

    /// The most bytes that an archive of this size may unpack to.
    func unpackedLimit(archiveSize: Int64) -> Int64 {
        let proportional = archiveSize.multipliedReportingOverflow(by: unpackedRatio)
        let fair = max(unpackedAllowanceBytes, proportional.overflow ? .max : proportional.partialValue)
        return min(fair, unpackedSizeBytes)
    }
}
