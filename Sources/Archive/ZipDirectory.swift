/// Goes through the central directory of a ZIP (APPNOTE 4.3.12; SPEC §8.1, rules 3 and 6).
struct ZipDirectory {
    let window: FileWindow
    let limits: ArchiveLimits
    /// Where in the file the next entry begins.
    private(set) var position: Int64
    /// Where the directory ends.
    let end: Int64

    init(window: FileWindow, limits: ArchiveLimits, position: Int64, end: Int64) {
        self.window = window
        self.limits = limits
        self.position = position
        self.end = end
    }

    /// The next entry.
    ///
    /// - Throws: `ArchiveError` when there is none, or one that no archive may have.
    mutating func next() throws(ArchiveError) -> (MemberPath, ZipEntry) {
        guard position + 46 <= end, let fixed = try window.load(position, count: 46),
            window.uint32(fixed) == 0x0201_4B50
        else { throw Self.damaged }
        let (pathLength, extraLength) = (window.uint16(fixed + 28), window.uint16(fixed + 30))
        guard window.uint16(fixed + 32) == 0 else {
            throw ArchiveError(.framing, "A member of the ZIP archive has a comment; remove it.")
        }
        let length = 46 + pathLength + extraLength
        guard position + Int64(length) <= end, let index = try window.load(position, count: length) else {
            throw Self.damaged
        }
        position += Int64(length)
        let path = try MemberPath(window.bytes[(index + 46)..<(index + 46 + pathLength)], limits: limits)
        let extras = try ZipExtras(window, (index + 46 + pathLength)..<(index + length), of: path)
        let flags = try flags(at: index, path)
        guard flags & 0x800 != 0 || path.text.utf8.allSatisfy({ $0 < 0x80 }) else {
            throw ArchiveError(
                .path,
                "The path \(path) is not ASCII, but the ZIP archive does not mark it as UTF-8 (general purpose flag,"
                    + " bit 11); readers disagree about it. Build the archive with another program.")
        }
        let isDeflated = try isDeflated(at: index, path)
        try checkMode(at: index, path)
        let header = ZipSizes(
            size: UInt64(window.uint32(index + 24)), packedSize: UInt64(window.uint32(index + 20)),
            offset: UInt64(window.uint32(index + 42)))
        let sizes = try extras.central(header, window, path)
        // Each below the file's size or the budget, so that sums of two cannot overflow.
        guard sizes.packedSize <= UInt64(end), sizes.offset <= UInt64(end), sizes.size <= UInt64(Int64.max) else {
            throw Self.damaged
        }
        guard isDeflated || sizes.size == sizes.packedSize, !path.endsInSlash || sizes.size == 0 else {
            throw ArchiveError(.mismatch, "The member \(path) has sizes that do not fit its kind.")
        }
        let entry = ZipEntry(
            identity: path.identity, offset: Int64(sizes.offset), packedSize: Int64(sizes.packedSize),
            size: Int64(sizes.size), checksum: window.uint32(index + 16), flags: flags, isDeflated: isDeflated,
            isDirectory: path.endsInSlash)
        return (path, entry)
    }

    private static let damaged = ArchiveError(
        .framing, "The ZIP archive's central directory is damaged; build the archive again.")

    private func flags(at index: Int, _ path: MemberPath) throws(ArchiveError) -> UInt16 {
        let flags = UInt16(window.uint16(index + 8))
        // 0 and 6: encryption; 13: encrypted directory.
        guard flags & 0x2041 == 0 else {
            throw ArchiveError(.feature, "The member \(path) is encrypted; store it without a password.")
        }
        // 1 and 2: how hard the compressor tried; 3: data descriptor; 11: UTF-8. 5 is a patch, the others are reserved.
        guard flags & ~0x080E == 0 else {
            throw ArchiveError(
                .feature, "The member \(path) has unusual ZIP flags (\(flags)); build the archive again.")
        }
        guard flags & 8 == 0 || limits.allowsDataDescriptors else {
            throw ArchiveError(
                .dataDescriptor,
                "The member \(path) has a data descriptor, which readers disagree about; write the"
                    + " archive to a file instead of a stream.")
        }
        guard window.uint16(index + 34) == 0 else {
            throw ArchiveError(.feature, "The ZIP archive is a part of a set of several; upload one file.")
        }
        return flags
    }

    private func isDeflated(at index: Int, _ path: MemberPath) throws(ArchiveError) -> Bool {
        switch window.uint16(index + 10) {
        case 0: return false
        case 8: return true
        case let method:
            throw ArchiveError(
                .feature, "The member \(path) uses compression method \(method); use 'deflated' or 'stored'.")
        }
    }

    /// The upper half of the external attributes is a Unix file mode (or zero): a file or a directory.
    private func checkMode(at index: Int, _ path: MemberPath) throws(ArchiveError) {
        switch window.uint32(index + 38) >> 28 {
        case 0, 4, 8: return
        case 10:
            throw ArchiveError(.special, "The member \(path) is a symbolic link; store the file itself.")
        default:
            throw ArchiveError(.special, "The member \(path) is neither a file nor a directory; leave it out.")
        }
    }
}
