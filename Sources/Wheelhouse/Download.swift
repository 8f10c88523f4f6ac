public import Packaging
public import Posix
import Storage

/// A file that can be downloaded: an archive, or its core metadata.
public struct Download: Sendable {
    /// Whose it is.
    public let project: ProjectName
    /// The open blob.
    public let file: File
    /// All of its bytes when they are few: sending them with the head is cheaper than `sendfile(2)`.
    public let bytes: [UInt8]?
    /// The SHA-256 of its bytes.
    public let sha256: Digest
    /// In bytes.
    public let size: Int64
    /// When the archive was published.
    public let uploadTime: UploadTime
    /// What its downloads are counted as; `nil` for core metadata.
    public let counted: CountedFile?
    /// Whether its project is for some people only.
    public let isPrivate: Bool
}

extension PackageIndex {
    private static var smallFileBytes: Int64 { 20 << 10 }

    /// Opens an archive; `nil` unless the catalog has exactly this name with exactly this digest.
    ///
    /// - Parameter viewer: who asks; `nil` for anyone.
    /// - Throws: `IndexError.failed` when the catalog names a blob that the data folder does not have.
    public func download(
        index: String, sha256: Digest, filename: String, for viewer: Principal? = nil
    ) async throws(IndexError) -> Download? {
        try await download { [self] store throws(StorageError) in
            guard let file = try store.file(index: index, sha256: sha256, filename: filename), sees(file, viewer) else {
                return nil
            }
            return (file, sha256)
        }
    }

    /// Opens an archive that is hidden from installers; `nil` unless there is exactly this one.
    ///
    /// - Parameter manager: who asks. For others than those who may manage the file there is none.
    public func heldDownload(
        index: String, sha256: Digest, filename: String, for manager: Principal
    ) async throws(IndexError) -> Download? {
        try await download { [self] store throws(StorageError) in
            guard let file = try store.file(index: index, filename: filename), file.sha256 == sha256,
                manages(file, manager), file.holdReason != nil
            else { return nil }
            return (file, sha256)
        }
    }

    /// Opens the core metadata of an archive (PEP 658); `nil` when it has none that may be served.
    ///
    /// - Parameter viewer: who asks; `nil` for anyone.
    public func coreMetadata(
        index: String, sha256: Digest, filename: String, for viewer: Principal? = nil
    ) async throws(IndexError) -> Download? {
        try await download { [self] store throws(StorageError) in
            guard let record = try store.file(index: index, sha256: sha256, filename: filename), sees(record, viewer),
                record.servesMetadata, let metadata = record.coreMetadata
            else { return nil }
            return (record, metadata)
        }
    }

    /// - Parameter find: the time of a look that finds nothing tells nothing: who knows the SHA-256 has seen the file.
    private func download(
        _ find: @escaping @Sendable (Store) throws(StorageError) -> (FileRecord, Digest)?
    ) async throws(IndexError) -> Download? {
        let found = try await onWorker {
            store throws(StorageError) -> (record: FileRecord, download: Download?)? in
            guard let (record, blob) = try find(store) else { return nil }
            return (record, try Self.open(blob, of: record, in: store))
        }.get()
        guard let found else { return nil }
        guard let download = found.download else {
            throw IndexError(
                .failed, "The server has lost this file's bytes; its administrator should run 'wheelhouse verify'",
                underlying: StorageError.corrupt("no sound blob for \(found.record.filename)"))
        }
        return download
    }

    /// `nil` when the blob is missing or cannot be read.
    private static func open(
        _ blob: Digest, of record: FileRecord, in store: Store
    ) throws(StorageError) -> Download? {
        guard let file = try store.open(blob), let size = try? file.size else { return nil }
        guard blob != record.sha256 || size == record.size else { return nil }
        let bytes = size <= smallFileBytes ? try? file.read(at: 0, count: Int(size)) : nil
        let names = DownloadedFile(
            index: record.index, project: record.project.normalized, version: record.version.description,
            filename: record.filename)
        return Download(
            project: record.project, file: file, bytes: bytes, sha256: blob, size: size, uploadTime: record.uploadTime,
            counted: blob == record.sha256 ? CountedFile(names) : nil, isPrivate: record.isPrivate)
    }
}
