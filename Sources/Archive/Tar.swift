/// One member of a tar archive.
struct TarMember {
    /// What a member may be.
    enum Kind: Hashable {
        case file, directory, hardLink, symbolicLink
    }

    let path: MemberPath
    let kind: Kind
    /// The target of a link, as it was written.
    let link: [UInt8]
    /// The bytes of a file.
    let size: Int64
}

/// A tar archive inside one gzip member, read once from its beginning to its end (SPEC §8.2).
final class Tar {
    /// What may still be unpacked.
    private(set) var budget: WorkBudget
    /// The headers read so far.
    private(set) var headerCount = 0

    private let window: FileWindow
    private let inflater: Inflater
    private let limits: ArchiveLimits
    /// The part of the inflater's output that is not read yet.
    private var ready: Range<Int> = 0..<0
    /// The data of the current member, and its padding, that are not read yet.
    private var unread: Int64 = 0
    private var padding: Int64 = 0

    /// - Throws: `ArchiveError` when the file does not begin like gzip.
    init(_ window: FileWindow, limits: ArchiveLimits) throws(ArchiveError) {
        self.window = window
        self.limits = limits
        inflater = try Inflater(.gzip)
        budget = WorkBudget(archiveSize: window.size, limits: limits)
        guard let index = try window.load(0, count: 18), window.uint16(index) == 0x8B1F else {
            throw ArchiveError(
                .kind, "The file is not a gzip file; a source distribution is a tar archive in gzip form.")
        }
        // pip looks at the end of a file before it looks at its name.
        guard try !ZipEnd.isPresent(in: window) else {
            throw ArchiveError(.kind, "The file is a tar and a ZIP archive at the same time; build a plain tar.gz.")
        }
        inflater.begin(0..<window.size)
    }

    /// Goes to the next member; the data of the one before is skipped.
    ///
    /// - Returns: `nil` at the end of the archive, when everything after it has been checked too.
    func next() throws(ArchiveError) -> TarMember? {
        var extensions = Extensions()
        while let block = try nextBlock() {
            headerCount += 1
            guard headerCount <= limits.memberCount else {
                throw ArchiveError(.limit, "The archive has more than \(limits.memberCount) members.")
            }
            let header = try TarHeader(block)
            switch header.kind {
            case .pax:
                try extensions.add(PaxRecords(try extensionData(header)))
            case .paxGlobal:
                guard try PaxRecords(try extensionData(header)).isEmpty else {
                    throw ArchiveError(
                        .path, "A global pax header of the tar archive sets a path or size; leave it out.")
                }
            case .longPath: try extensions.add(path: try extensionData(header).untilNUL)
            case .longLink: try extensions.add(link: try extensionData(header).untilNUL)
            case .file: return try member(header, .file, extensions)
            case .directory: return try member(header, .directory, extensions)
            case .hardLink: return try member(header, .hardLink, extensions)
            case .symbolicLink: return try member(header, .symbolicLink, extensions)
            }
        }
        guard extensions.isEmpty else {
            throw ArchiveError(.corrupt, "The tar archive ends in the middle of a member; build the archive again.")
        }
        try finish()
        return nil
    }

    /// The data of the current member.
    ///
    /// - Parameter limit: the most bytes.
    func contents(of member: TarMember, limit: Int) throws(ArchiveError) -> [UInt8] {
        guard member.size <= limit else {
            throw ArchiveError(
                .limit, "The member \(member.path) has \(member.size) bytes; at most \(limit) are allowed.")
        }
        return try data(Int(member.size))
    }

    /// What extension headers say about the member after them.
    private struct Extensions {
        private(set) var path: [UInt8]?
        private(set) var link: [UInt8]?
        private(set) var size: Int64?

        var isEmpty: Bool { path == nil && link == nil && size == nil }

        mutating func add(_ records: PaxRecords) throws(ArchiveError) {
            if let path = records.path { try add(path: path) }
            if let link = records.link { try add(link: link) }
            guard let size = records.size else { return }
            guard self.size == nil else { throw Self.twice }
            self.size = size
        }

        mutating func add(path text: [UInt8]) throws(ArchiveError) {
            guard path == nil else { throw Self.twice }
            path = text
        }

        mutating func add(link text: [UInt8]) throws(ArchiveError) {
            guard link == nil else { throw Self.twice }
            link = text
        }

        private static let twice = ArchiveError(
            .duplicate, "The tar archive gives one member two paths or sizes; build the archive again.")
    }

    private func member(
        _ header: TarHeader, _ kind: TarMember.Kind, _ extensions: Extensions
    ) throws(ArchiveError) -> TarMember {
        let path = try MemberPath((extensions.path ?? header.path)[...], limits: limits)
        let link = extensions.link ?? header.link
        guard link.count <= limits.pathLengthBytes else {
            throw ArchiveError(
                .limit,
                "The link \(path) has a target of \(link.count) bytes; at most \(limits.pathLengthBytes) are allowed.")
        }
        try budget.spend(path: path.text.utf8)
        try budget.spend(path: link)
        // Readers that do not know pax take the header's size, and would see other members.
        guard (extensions.size ?? header.size) == header.size else {
            throw ArchiveError(.mismatch, "The member \(path) has two sizes; build the archive again.")
        }
        guard kind == .file ? !path.endsInSlash : header.size == 0 else {
            throw ArchiveError(
                .mismatch, "The member \(path) is half a file and half a directory or link; build the archive again.")
        }
        begin(header.size)
        return TarMember(path: path, kind: kind, link: link, size: header.size)
    }
}

extension Tar {
    private func begin(_ size: Int64) {
        unread = size
        padding = (512 - size % 512) % 512
    }

    private func extensionData(_ header: TarHeader) throws(ArchiveError) -> [UInt8] {
        guard header.size <= limits.paxSizeBytes else {
            throw ArchiveError(.limit, "A pax header of the tar archive has more than \(limits.paxSizeBytes) bytes.")
        }
        begin(header.size)
        return try data(Int(header.size))
    }

    /// The next header; nil when the archive's end mark or the end of the stream is there.
    private func nextBlock() throws(ArchiveError) -> [UInt8]? {
        try skip(unread + padding)
        (unread, padding) = (0, 0)
        // The mark of two empty blocks is missing in archives of some programs; gzip's checksum shows that no byte is.
        guard try fill() else { return nil }
        let block = try read(TarHeader.blockLength)
        return block.contains { $0 != 0 } ? block : nil
    }

    private func data(_ count: Int) throws(ArchiveError) -> [UInt8] {
        unread -= Int64(count)
        return try read(count)
    }

    /// After the end mark there may only be zeros, and nothing after the gzip member.
    private func finish() throws(ArchiveError) {
        while try fill() {
            guard inflater.output[ready].allSatisfy({ $0 == 0 }) else {
                throw ArchiveError(.framing, "The tar archive has data after its end; build the archive again.")
            }
            ready = 0..<0
        }
        guard inflater.position == window.size else {
            throw ArchiveError(
                .framing, "The file has bytes after its gzip data; build the archive again as one gzip member.")
        }
    }

    /// Makes sure that there are unpacked bytes.
    ///
    /// - Returns: false at the end of the stream.
    private func fill() throws(ArchiveError) -> Bool {
        guard ready.isEmpty else { return true }
        let count = try inflater.next(from: window)
        try budget.spend(count)
        ready = 0..<count
        return count > 0
    }

    private func read(_ count: Int) throws(ArchiveError) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        while bytes.count < count {
            guard try fill() else { throw Self.cut }
            let piece = ready.prefix(count - bytes.count)
            bytes += inflater.output[piece]
            ready = piece.endIndex..<ready.upperBound
        }
        return bytes
    }

    private func skip(_ count: Int64) throws(ArchiveError) {
        var rest = count
        while rest > 0 {
            guard try fill() else { throw Self.cut }
            let piece = ready.prefix(Int(clamping: rest))
            rest -= Int64(piece.count)
            ready = piece.endIndex..<ready.upperBound
        }
    }

    private static let cut = ArchiveError(
        .corrupt, "The tar archive ends in the middle of a member; build the archive again.")
}

extension [UInt8] {
    /// The bytes before the first NUL, which ends the values of GNU's extension headers.
    fileprivate var untilNUL: [UInt8] { Array(prefix { $0 != 0 }) }
}
