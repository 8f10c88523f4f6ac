/// A ZIP archive, read by its central directory and at the same time record by record: both views must agree, so that
/// every reader sees the same members (SPEC §8.1).
final class Zip {
    /// The members in the order of the file. Their local headers have not been looked at yet.
    private(set) var entries: [ZipEntry] = []
    /// What may still be unpacked.
    private(set) var budget: WorkBudget

    private let window: FileWindow
    private let inflater: Inflater
    private let limits: ArchiveLimits
    private let directory: Range<Int64>

    /// Reads the central directory.
    ///
    /// - Parameters:
    ///   - limits: what the archive may cost.
    ///   - visit: receives every member in the order of the directory.
    /// - Throws: `ArchiveError`, also what `visit` throws.
    init(
        _ window: FileWindow, limits: ArchiveLimits,
        visit: (MemberPath, ZipEntry) throws(ArchiveError) -> Void
    ) throws(ArchiveError) {
        self.window = window
        self.limits = limits
        inflater = try Inflater(.raw)
        budget = WorkBudget(archiveSize: window.size, limits: limits)
        let end = try ZipEnd(window)
        directory = end.directory
        guard end.count <= limits.memberCount else {
            throw ArchiveError(
                .limit, "The archive has \(end.count) members; at most \(limits.memberCount) are allowed.")
        }
        try Self.refuseTar(window)
        entries.reserveCapacity(end.count)
        try readDirectory(end, visit)
        try checkTotals()
    }

    private func readDirectory(
        _ end: ZipEnd, _ visit: (MemberPath, ZipEntry) throws(ArchiveError) -> Void
    ) throws(ArchiveError) {
        var reader = ZipDirectory(
            window: window, limits: limits, position: directory.lowerBound, end: directory.upperBound)
        for _ in 0..<end.count {
            let (path, entry) = try reader.next()
            try visit(path, entry)
            entries.append(entry)
        }
        guard reader.position == directory.upperBound else {
            throw ArchiveError(
                .framing, "The ZIP archive's central directory has bytes that belong to no member; build it again.")
        }
    }

    private func checkTotals() throws(ArchiveError) {
        var identities = entries.map(\.identity)
        identities.sort()
        guard !zip(identities, identities.dropFirst()).contains(where: ==) else {
            throw ArchiveError(.duplicate, "The ZIP archive has two members of one path; build it again.")
        }
        var total: Int64 = 0
        for entry in entries {
            let (sum, overflow) = total.addingReportingOverflow(entry.size)
            total = overflow ? .max : sum
        }
        try budget.check(announced: total)
        // Nearly always sorted already, which costs one pass then.
        let isSorted = { [self] in zip(entries, entries.dropFirst()).allSatisfy { $0.offset < $1.offset } }
        guard !isSorted() else { return }
        entries.sort { $0.offset < $1.offset }
        guard isSorted() else { throw Self.gap }
    }

    /// Reads all members in the order of the file, and checks that they fill it up to the central directory without a
    /// gap (SPEC §8.1, rule 1).
    ///
    /// - Parameter visit: receives each member, and a function that it must call to have the member's bytes, which are
    ///   checked on the way.
    func readAll(
        _ visit: (MemberPath, ZipEntry, (_ piece: (Span<UInt8>) -> Void) throws(ArchiveError) -> Void)
            throws(ArchiveError) -> Void
    ) throws(ArchiveError) {
        var position: Int64 = 0
        for (index, entry) in entries.enumerated() {
            guard entry.offset == position else { throw Self.gap }
            let next = index + 1 < entries.count ? entries[index + 1].offset : directory.lowerBound
            let (path, data) = try locate(entry)
            try visit(path, entry) { consume throws(ArchiveError) in try unpack(entry, data, path, consume) }
            position = try checkDescriptor(entry, from: data.upperBound, to: next)
        }
        guard position == directory.lowerBound else { throw Self.gap }
    }

    /// The bytes of one member.
    ///
    /// - Parameter limit: the most bytes, in a sentence with the name.
    func contents(_ entry: ZipEntry, limit: Int) throws(ArchiveError) -> [UInt8] {
        let (path, data) = try locate(entry)
        guard entry.size <= limit else {
            throw ArchiveError(.limit, "The member \(path) has \(entry.size) bytes; at most \(limit) are allowed.")
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Int(entry.size))
        try unpack(entry, data, path) { piece in
            for index in piece.indices { bytes.append(piece[index]) }
        }
        return bytes
    }

    private static let gap = ArchiveError(
        .framing, "The ZIP archive has bytes between its members, or members that overlap; build it again.")
}

extension Zip {
    /// Compares the local header with the central directory (SPEC §8.1, rule 2).
    ///
    /// - Returns: the path, and where the data lies.
    private func locate(_ entry: ZipEntry) throws(ArchiveError) -> (MemberPath, Range<Int64>) {
        guard entry.offset <= directory.lowerBound - 30, let fixed = try window.load(entry.offset, count: 30),
            window.uint32(fixed) == 0x0403_4B50
        else { throw Self.gap }
        let (pathLength, extraLength) = (window.uint16(fixed + 26), window.uint16(fixed + 28))
        let length = 30 + pathLength + extraLength
        guard let index = try window.load(entry.offset, count: length) else { throw Self.gap }
        let path = try MemberPath(window.bytes[(index + 30)..<(index + 30 + pathLength)], limits: limits)
        let extras = try ZipExtras(window, (index + 30 + pathLength)..<(index + length), of: path)
        guard path.identity == entry.identity, path.endsInSlash == entry.isDirectory else {
            throw ArchiveError(
                .mismatch, "The ZIP archive's member \(path) has another path in the central directory; build it again."
            )
        }
        let method = window.uint16(index + 8)
        guard UInt16(window.uint16(index + 6)) == entry.flags, method == (entry.isDeflated ? 8 : 0) else {
            throw Self.mismatch(path, "another compression method or other flags")
        }
        try compareSizes(entry, at: index, extras, path)
        let start = entry.offset + Int64(length)
        guard entry.packedSize <= directory.lowerBound - start else { throw Self.gap }
        return (path, start..<(start + entry.packedSize))
    }

    private func compareSizes(
        _ entry: ZipEntry, at index: Int, _ extras: ZipExtras, _ path: MemberPath
    ) throws(ArchiveError) {
        let checksum = window.uint32(index + 14)
        let header = ZipSizes(
            size: UInt64(window.uint32(index + 22)), packedSize: UInt64(window.uint32(index + 18)), offset: 0)
        let sizes = try extras.local(header, isDeflated: entry.isDeflated, window, path)
        // Before a descriptor the three are zero, or already right.
        if entry.hasDescriptor, checksum == 0, sizes.size == 0, sizes.packedSize == 0 { return }
        guard sizes.size == UInt64(entry.size), sizes.packedSize == UInt64(entry.packedSize) else {
            throw Self.mismatch(path, "other sizes")
        }
        guard checksum == entry.checksum else { throw Self.mismatch(path, "another checksum") }
    }

    private func unpack(
        _ entry: ZipEntry, _ data: Range<Int64>, _ path: MemberPath, _ consume: (Span<UInt8>) -> Void
    ) throws(ArchiveError) {
        var checksum = Checksum()
        var size: Int64 = 0
        func take(_ piece: Span<UInt8>) throws(ArchiveError) {
            checksum.update(piece)
            consume(piece)
            size += Int64(piece.count)
            try budget.spend(piece.count)
            guard size <= entry.size else {
                throw ArchiveError(
                    .corrupt, "The member \(path) is longer than its header says; build the archive again.")
            }
        }
        if entry.isDeflated {
            inflater.begin(data)
            while case let count = try inflater.next(from: window), count > 0 {
                try inflater.withOutput(count, take)
            }
            guard inflater.position == data.upperBound else {
                throw ArchiveError(
                    .corrupt, "The member \(path) has bytes after its compressed data; build the archive again.")
            }
        } else {
            var position = data.lowerBound
            while case let piece = try window.piece(from: position, to: data.upperBound), !piece.isEmpty {
                try window.withBytes(piece, take)
                position += Int64(piece.count)
            }
        }
        guard size == entry.size, checksum.value == entry.checksum else {
            throw ArchiveError(
                .corrupt,
                "The member \(path) does not have the size or checksum that its header says; build the"
                    + " archive again.")
        }
    }

    /// Checks the data descriptor (APPNOTE 4.3.9), whose length follows from where the next record begins.
    ///
    /// - Returns: where the member really ends.
    private func checkDescriptor(
        _ entry: ZipEntry, from start: Int64, to next: Int64
    ) throws(ArchiveError) -> Int64 {
        guard entry.hasDescriptor else { return start }
        let length = next - start
        guard [12, 16, 20, 24].contains(length), var index = try window.load(start, count: Int(length)) else {
            throw Self.gap
        }
        let hasSignature = length == 16 || length == 24
        let isLarge = length >= 20
        var agrees = !hasSignature || window.uint32(index) == 0x0807_4B50
        if hasSignature { index += 4 }
        agrees = agrees && window.uint32(index) == entry.checksum
        let packed = isLarge ? window.uint64(index + 4) : UInt64(window.uint32(index + 4))
        let size = isLarge ? window.uint64(index + 12) : UInt64(window.uint32(index + 8))
        guard agrees, packed == UInt64(entry.packedSize), size == UInt64(entry.size) else {
            throw ArchiveError(
                .mismatch, "A data descriptor of the ZIP archive differs from the central directory; build it again.")
        }
        return next
    }

    /// Some readers would take the file for a tar archive with other members (SPEC §8.1, rule 6).
    private static func refuseTar(_ window: FileWindow) throws(ArchiveError) {
        guard let index = try window.load(0, count: 512),
            TarHeader.hasValidChecksum(Array(window.bytes[index..<(index + 512)]))
        else { return }
        throw ArchiveError(.kind, "The file is a ZIP and a tar archive at the same time; build a plain ZIP.")
    }

    private static func mismatch(_ path: MemberPath, _ what: String) -> ArchiveError {
        ArchiveError(
            .mismatch,
            "The ZIP archive's member \(path) has \(what) in the central directory than in its own header;"
                + " build the archive again.")
    }
}
