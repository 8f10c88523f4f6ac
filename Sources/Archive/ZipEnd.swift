/// Where the central directory of a ZIP lies, from the records at the end of the file (APPNOTE 4.3.14 to 4.3.16; SPEC
/// §8.1, rules 1 and 4).
struct ZipEnd {
    /// The number of members.
    let count: Int
    /// The bytes of the central directory; the records of the end begin right after it.
    let directory: Range<Int64>

    private static let endLength: Int64 = 22
    private static let locatorLength: Int64 = 20
    private static let end64Length: Int64 = 56

    /// Reads the end of a file.
    ///
    /// - Throws: `ArchiveError` with the rule `kind`, `framing` or `feature`.
    init(_ window: FileWindow) throws(ArchiveError) {
        let start = window.size - Self.endLength
        guard let index = try window.load(start, count: Int(Self.endLength)) else {
            throw ArchiveError(.kind, "The file is not a ZIP archive: it has \(window.size) bytes.")
        }
        guard window.uint32(index) == 0x0605_4B50 else { throw try Self.refusal(window) }
        guard window.uint16(index + 20) == 0 else {
            throw ArchiveError(.framing, "The ZIP archive has a comment, or bytes after its end; remove them.")
        }
        var values = Values(
            disks: UInt32(window.uint16(index + 4)) | UInt32(window.uint16(index + 6)),
            countHere: UInt64(window.uint16(index + 8)), count: UInt64(window.uint16(index + 10)),
            size: UInt64(window.uint32(index + 12)), offset: UInt64(window.uint32(index + 16)))
        var end = start
        if let large = try Self.large(window, endingAt: start) {
            guard values.agrees(with: large) else {
                throw ArchiveError(.framing, "The ZIP archive's two records of its end disagree; build it again.")
            }
            values = large
            end = start - Self.locatorLength - Self.end64Length
        }
        guard values.disks == 0, values.countHere == values.count else {
            throw ArchiveError(.feature, "The ZIP archive is a part of a set of several; upload one file.")
        }
        // Both below the file's size first, so that the sum cannot overflow.
        guard values.offset <= UInt64(end), values.size <= UInt64(end), values.offset + values.size == UInt64(end)
        else {
            throw ArchiveError(
                .framing, "The ZIP archive's central directory does not lie right before its end; build it again.")
        }
        guard values.count <= values.size / 46 else {
            throw ArchiveError(.framing, "The ZIP archive's central directory is too small for its members.")
        }
        count = Int(values.count)
        directory = Int64(values.offset)..<end
    }

    private struct Values {
        var disks: UInt32
        var countHere: UInt64
        var count: UInt64
        var size: UInt64
        var offset: UInt64

        /// Whether each value here is that of the larger record, or the mark that it stands there.
        func agrees(with large: Values) -> Bool {
            (disks == large.disks || disks == 0xFFFF)
                && (count == large.count || count == 0xFFFF)
                && (countHere == large.countHere || countHere == 0xFFFF)
                && (size == large.size || size == ZipSizes.elsewhere)
                && (offset == large.offset || offset == ZipSizes.elsewhere)
        }
    }

    /// The ZIP64 record and its locator, which stand right before the end record; nil when there is no locator.
    private static func large(_ window: FileWindow, endingAt end: Int64) throws(ArchiveError) -> Values? {
        let locatorStart = end - locatorLength
        guard let locator = try window.load(locatorStart, count: Int(locatorLength)),
            window.uint32(locator) == 0x0706_4B50
        else { return nil }
        let start = locatorStart - end64Length
        let isPlain =
            window.uint32(locator + 4) == 0 && window.uint32(locator + 16) <= 1
            && window.uint64(locator + 8) == UInt64(bitPattern: start)
        guard isPlain, let index = try window.load(start, count: Int(end64Length)),
            window.uint32(index) == 0x0606_4B50, window.uint64(index + 4) == 44
        else {
            throw ArchiveError(
                .framing, "The ZIP archive's ZIP64 record is not where its locator says; build it again.")
        }
        return Values(
            disks: window.uint32(index + 16) | window.uint32(index + 20), countHere: window.uint64(index + 24),
            count: window.uint64(index + 32), size: window.uint64(index + 40), offset: window.uint64(index + 48))
    }

    /// Whether a reader that looks for the record of the end, as Python's `zipfile.is_zipfile` does, finds one: in a
    /// file of any kind, with whatever comment.
    static func isPresent(in window: FileWindow) throws(ArchiveError) -> Bool {
        let length = Int(min(window.size, endLength + 0xFFFF))
        let start = window.size - Int64(length)
        guard let first = try window.load(start, count: length) else { return false }
        return (first..<max(first, first + length - Int(endLength) + 1)).contains { index in
            guard window.uint32(index) == 0x0605_4B50 else { return false }
            // The directory fits before the record: four bytes of other data that look like the mark rarely go on so.
            let size = UInt64(window.uint32(index + 12))
            return size == ZipSizes.elsewhere || size <= UInt64(start) + UInt64(index - first)
        }
    }

    /// Whether the file is no ZIP at all, or one with something after its end.
    private static func refusal(_ window: FileWindow) throws(ArchiveError) -> ArchiveError {
        try isPresent(in: window)
            ? ArchiveError(.framing, "The ZIP archive has a comment, or bytes after its end; remove them.")
            : ArchiveError(.kind, "The file is not a ZIP archive: the record that ends one is missing.")
    }
}
