import Posix
import Synchronization

/// What is done with a member of a ZIP archive.
typealias Visit =
    @Sendable (
        MemberPath, ZipEntry, _ read: (_ piece: (Span<UInt8>) -> Void) throws(ArchiveError) -> Void
    ) throws(ArchiveError) -> Void

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

    /// What several threads need to read one archive, each with a buffer and a decompressor of its own.
    private struct Shared: Sendable {
        let file: File
        let size: Int64
        let entries: [ZipEntry]
        let directory: Range<Int64>
        let limits: ArchiveLimits
        let budget: WorkBudget
    }

    private init(_ shared: Shared) throws(ArchiveError) {
        window = FileWindow(shared.file, size: shared.size)
        inflater = try Inflater(.raw)
        (entries, directory) = (shared.entries, shared.directory)
        (limits, budget) = (shared.limits, shared.budget)
    }

    /// The failure of the member that comes first in the archive, so that the same archive always gives the same one.
    private final class FirstFailure: Sendable {
        private let first = Mutex<(index: Int, error: ArchiveError)?>(nil)

        var error: ArchiveError? { first.withLock { $0?.error } }

        func note(in members: Range<Int>, reading shared: Shared, _ visit: Visit) {
            // What comes after a failure changes nothing any more.
            var index = members.lowerBound
            func isWanted() -> Bool { first.withLock { $0.map { index < $0.index } ?? true } }
            do throws(ArchiveError) {
                guard isWanted() else { return }
                let zip = try Zip(shared)
                while index < members.upperBound, isWanted() {
                    try zip.read(index, visit)
                    index += 1
                }
            } catch {
                first.withLock { if $0.map({ index < $0.index }) ?? true { $0 = (index, error) } }
            }
        }
    }

    private func readDirectory(
        _ end: ZipEnd, _ visit: (MemberPath, ZipEntry) throws(ArchiveError) -> Void
    ) throws(ArchiveError) {
        var reader = ZipDirectory(
            window: window, limits: limits, position: directory.lowerBound, end: directory.upperBound)
        for _ in 0..<end.count {
            let (path, entry) = try reader.next()
            try budget.spend(path: path.text.utf8)
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
    /// - Parameters:
    ///   - workers: whose idle threads take part; then `visit` is called by several threads, in no order.
    ///   - visit: receives each member, and a function that it must call to have the member's bytes, which are
    ///     checked on the way.
    /// - Throws: what is wrong with the first member that is not sound, whichever thread found it.
    func readAll(on workers: WorkerPool?, _ visit: @escaping Visit) throws(ArchiveError) {
        guard entries.first?.offset ?? directory.lowerBound == 0 else { throw Self.gap }
        let runs = runs()
        // Members that were read before are read again: they count once.
        budget = budget.anew
        guard let workers, runs.count > 1 else {
            for index in entries.indices { try read(index, visit) }
            return
        }
        let shared = Shared(
            file: window.file, size: window.size, entries: entries, directory: directory, limits: limits, budget: budget
        )
        let failure = FirstFailure()
        workers.divide(runs.count) { number in failure.note(in: runs[number], reading: shared, visit) }
        if let error = failure.error { throw error }
    }

    /// Reads one member, and checks that it ends where the next one begins.
    private func read(_ index: Int, _ visit: Visit) throws(ArchiveError) {
        let entry = entries[index]
        let next = index + 1 < entries.count ? entries[index + 1].offset : directory.lowerBound
        let (path, data) = try locate(entry)
        try visit(path, entry) { consume throws(ArchiveError) in try unpack(entry, data, path, consume) }
        guard try checkDescriptor(entry, from: data.upperBound, to: next) == next else { throw Self.gap }
    }

    /// Neighbouring members as work for one thread: enough to make the hop cheap, the largest first, so that no thread
    /// begins with it when the others have ended.
    private func runs() -> [Range<Int>] {
        var runs: [(members: Range<Int>, bytes: Int64)] = []
        for (index, entry) in entries.enumerated() {
            if let last = runs.last, last.bytes < Self.runBytes {
                runs[runs.count - 1] = (last.members.lowerBound..<(index + 1), last.bytes + entry.size)
            } else {
                runs.append((index..<(index + 1), entry.size))
            }
        }
        return runs.sorted { $0.bytes > $1.bytes }.map(\.members)
    }

    private static let runBytes: Int64 = 4 << 20

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
            size += Int64(piece.count)
            // Before the budget, which holds what all headers announce: so it does not matter who spends first.
            guard size <= entry.size else {
                throw ArchiveError(
                    .corrupt, "The member \(path) is longer than its header says; build the archive again.")
            }
            checksum.update(piece)
            consume(piece)
            try budget.spend(piece.count)
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
