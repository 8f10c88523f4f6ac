public import Posix

/// Why an archive is not taken.
public struct ArchiveError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Which rule it breaks.
    public enum Rule: String, CaseIterable, Sendable {
        /// The file is not an archive of the kind that its name says.
        case kind
        /// Something other than the records that belong there: gaps, overlaps, bytes before or after, comments.
        case framing
        /// What a member says of itself at two places differs.
        case mismatch
        /// An extra field is damaged or ambiguous.
        case extra
        /// A feature that installers do not share: encryption, other compression, several disks, sparse members.
        case feature
        /// A ZIP member whose sizes follow its data (general purpose flag, bit 3).
        case dataDescriptor
        /// A path that would leave the target directory, or that file systems read in different ways.
        case path
        /// Two members of one path.
        case duplicate
        /// A device, a named pipe, or a link that is not allowed.
        case special
        /// Compressed data or a checksum is wrong.
        case corrupt
        /// The unpacked size is out of proportion.
        case bomb
        /// One of the other ``ArchiveLimits``.
        case limit
        /// The archive's one top directory, or a wheel's `.dist-info`, is missing, not alone, or of another name.
        case directory
        /// A file that must be there is not.
        case missing
        /// `RECORD` does not describe the archive.
        case record
        /// `WHEEL` does not fit the archive.
        case wheel
        /// The core metadata is not valid, or of another project or version than the file name.
        case metadata
        /// The server could not read the file: not the uploader's fault.
        case unreadable
    }

    /// Which rule it breaks.
    public let rule: Rule
    /// One sentence for the uploader: what is wrong and how to mend it. One line of printable ASCII.
    public let reason: String
    /// The failed system call; only with ``Rule/unreadable``, and there `nil` when zlib or libcrypto failed.
    public let errno: Errno?

    init(_ rule: Rule, _ reason: String, errno: Errno? = nil) {
        self.rule = rule
        self.reason = reason
        self.errno = errno
    }

    /// The reason.
    public var description: String { errno.map { "\(reason) (\($0))" } ?? reason }

    static func unreadable(_ errno: Errno) -> ArchiveError {
        ArchiveError(.unreadable, "The server could not read the uploaded file; try again.", errno: errno)
    }

    static let noMemory = ArchiveError(.unreadable, "The server has no memory to read the archive; try again.")
}
