import Posix

/// What may still be unpacked, and until when.
struct WorkBudget {
    private let archiveSize: Int64
    private let unpackedLimit: Int64
    private let deadline: Int64
    /// The bytes unpacked so far.
    private(set) var unpacked: Int64 = 0
    /// What is left for paths; see ``ArchiveLimits/pathWork``.
    private var pathWork: Int

    init(archiveSize: Int64, limits: ArchiveLimits) {
        self.archiveSize = archiveSize
        unpackedLimit = limits.unpackedLimit(archiveSize: archiveSize)
        pathWork = limits.pathWork
        deadline = Clock.monotonicNanoseconds + limits.timeLimitSeconds * 1_000_000_000
    }

    /// A count that begins again, with the same limit and deadline: for a pass over all that was announced.
    var anew: WorkBudget {
        var budget = self
        budget.unpacked = 0
        return budget
    }

    /// Refuses what headers announce, before anything of it is unpacked.
    func check(announced bytes: Int64) throws(ArchiveError) {
        guard bytes > unpackedLimit else { return }
        throw ArchiveError(
            .bomb,
            "The archive of \(archiveSize) bytes unpacks to at least \(bytes) bytes; at most \(unpackedLimit) are"
                + " allowed for this size. Split the package, or leave out generated files.")
    }

    /// Counts a piece of unpacked bytes.
    mutating func spend(_ bytes: Int) throws(ArchiveError) {
        unpacked += Int64(bytes)
        try check(announced: unpacked)
        guard Clock.monotonicNanoseconds > deadline else { return }
        throw ArchiveError(.limit, "Reading the archive took too long; try again, or upload a smaller one.")
    }

    /// Counts a path, or the target of a link.
    mutating func spend(path: some Collection<UInt8>) throws(ArchiveError) {
        var (slashes, highest) = (0, UInt8(0))
        for byte in path {
            if byte == UInt8(ascii: "/") { slashes += 1 }
            highest |= byte
        }
        pathWork -= path.count * (highest < 0x80 ? 1 : 8) + slashes * 16
        guard pathWork < 0 else { return }
        throw ArchiveError(
            .limit,
            "The paths of the archive's members are too long and too deep together; shorten them, or pack fewer files.")
    }
}
