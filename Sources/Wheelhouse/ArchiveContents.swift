import Archive
public import Packaging
import Posix
import Storage

/// What people are shown of the inside of an archive.
public struct ArchiveContents: Sendable {
    /// A file of the archive.
    public struct Member: Sendable {
        /// Its path in the archive.
        public let path: String
        /// Unpacked, in bytes.
        public let size: Int64
        let fingerprint: Int
    }

    /// The files in the order of the archive, a limited number.
    public let members: [Member]
    /// Whether there are more.
    public let isCut: Bool
    /// What a wheel offers to other programs; `nil` when it offers nothing.
    public let entryPoints: EntryPoints?
    /// Bills of materials by their names (PEP 770), as text.
    public let bills: [(name: String, text: String)]

    init(_ listing: ArchiveListing) {
        members = listing.members.map { Member(path: $0.path, size: $0.size, fingerprint: $0.fingerprint) }
        isCut = listing.isCut
        entryPoints = listing.texts.first { $0.key.hasSuffix(Self.entryPointsPath) }.flatMap {
            try? EntryPoints($0.value)
        }
        bills = listing.texts.filter { $0.key.contains(Self.billsPath) }.sorted { $0.key < $1.key }.map { path, bytes in
            (String(path.split(separator: "/").last ?? ""), String(decoding: bytes, as: UTF8.self))
        }
    }

    static let entryPointsPath = ".dist-info/entry_points.txt"
    static let billsPath = ".dist-info/sboms/"

    /// Reads an archive; `nil` when its bytes are lost or cannot be read.
    static func read(_ record: FileRecord, in store: Store, bills: Bool = false) throws(StorageError)
        -> ArchiveContents?
    {
        guard let file = try store.open(record.sha256), let size = try? file.size,
            let filename = try? DistributionFilename(
                record.filename, expecting: (record.project, record.version), allowingZip: true),
            let listing = try? Inspector.list(
                file, size: size, as: filename,
                wanted: { $0.hasSuffix(entryPointsPath) || (bills && $0.contains(billsPath)) })
        else { return nil }
        return ArchiveContents(listing)
    }
}

/// One file with what is in it.
public struct FileOverview: Sendable {
    /// The project with all of its files.
    public let project: ProjectOverview
    /// Which file.
    public let file: PublishedFile
    /// Its core metadata, as it was written; `nil` when it has none.
    public let metadata: String?
    /// What is in it; `nil` when it cannot be read.
    public let contents: ArchiveContents?
}

extension PackageIndex {
    /// A file for its page; `nil` when the project has none of this name in this version.
    ///
    /// - Parameters:
    ///   - project: a normalized name.
    ///   - seen: the private projects that may be shown.
    public func fileOverview(
        index: String, project: String, version: Version, filename: String, showing seen: Set<String> = []
    ) async throws(IndexError) -> FileOverview? {
        let name = name(of: project, in: index, showing: seen)
        return try await onWorker { [contents] store throws(StorageError) in
            guard let (record, files) = try store.project(index: index, name: name, showing: seen),
                record.status.offersFiles,
                let file = files.first(where: { $0.filename == filename && $0.version == version })
            else { return nil }
            let metadata = try Self.coreMetadata(of: file, in: store)
            let signatures = SignatureSummary.summaries(try store.signatures(index: index, project: project))
            return FileOverview(
                project: ProjectOverview(record, files),
                file: PublishedFile(file, signatures[filename] ?? .none),
                metadata: metadata.map { String(decoding: $0, as: UTF8.self) },
                contents: try contents.contents(of: file, in: store, bills: true))
        }.get()
    }

    /// The core metadata file of an archive; `nil` when there is none.
    static func coreMetadata(of file: FileRecord, in store: Store) throws(StorageError) -> [UInt8]? {
        try file.coreMetadata.flatMap { digest throws(StorageError) in
            try store.open(digest).flatMap { try? $0.read(at: 0, count: CoreMetadata.sizeLimitBytes) }
        }
    }
}
