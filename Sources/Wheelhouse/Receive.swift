import Packaging
import Posix
import Storage

/// One upload while it arrives: the form's fields and the archive's bytes, in any order.
///
/// Bytes go to an unnamed file and are digested on the way, on a worker thread, while the next ones arrive. At most two
/// pieces of `pieceBytes` are in memory, whatever the archive's size. If the upload is dropped, so are its bytes.
public final class Upload {
    /// Bytes handed to a worker at once: large enough to make the hop cheap.
    public static let pieceBytes = 256 << 10

    /// The form's fields so far.
    public var form = UploadForm()

    let index: PackageIndex
    let indexName: String
    let principal: Principal

    private var filename: String?
    private var writer: BlobWriter?
    private var piece: [UInt8] = []
    private var writing: Task<StorageError?, Never>?
    private var size: Int64 = 0

    init(_ index: PackageIndex, indexName: String, principal: Principal) {
        self.index = index
        self.indexName = indexName
        self.principal = principal
    }

    /// The archive begins.
    ///
    /// - Throws: `IndexError.invalid` for a second archive or a file name that no distribution can have.
    public func beginContent(filename: String) throws(IndexError) {
        guard self.filename == nil else {
            throw IndexError(.invalid, "Field 'content' is given twice; upload one file at a time")
        }
        do {
            writer = try index.store.blobs.writer(digests: form.declaresMD5 ? [.md5] : [])
        } catch {
            throw IndexError(error)
        }
        self.filename = filename
    }

    /// Takes the next bytes of the archive.
    ///
    /// - Throws: `IndexError.tooLarge` over the limit, `.full` when the disk is.
    public func append(_ bytes: ArraySlice<UInt8>) async throws(IndexError) {
        size += Int64(bytes.count)
        guard size <= index.policy.uploadLimitBytes else {
            throw IndexError(
                .tooLarge, "The file is larger than the \(index.policy.uploadLimitBytes) bytes that this server takes")
        }
        piece.append(contentsOf: bytes)
        if piece.count >= Self.pieceBytes { try await write() }
    }

    /// Hands the piece to a worker, after the one before has been written.
    private func write() async throws(IndexError) {
        try await finishWriting()
        guard let writer else { return }
        var full: [UInt8] = []
        swap(&full, &piece)
        piece.reserveCapacity(Self.pieceBytes + (128 << 10))
        let bytes = full
        let workers = index.workers
        writing = Task {
            await workers.run {
                do throws(StorageError) {
                    try writer.append(bytes)
                    return nil
                } catch {
                    return error
                }
            }
        }
    }

    private func finishWriting() async throws(IndexError) {
        guard let task = writing else { return }
        writing = nil
        if let error = await task.value { throw IndexError(error) }
    }

    /// The form is complete: everything is checked, made durable, and published.
    ///
    /// - Throws: `IndexError` with the first thing that is wrong; nothing is kept then.
    public func publish() async throws(IndexError) -> Publication {
        let declaration = try form.declaration()
        guard let filename else { throw IndexError(.invalid, "Field 'content' with the file is missing") }
        guard size > 0 else { throw IndexError(.invalid, "The file '\(filename)' is empty") }
        return try await index.publish(self, declaration, filename: filename)
    }

    /// Writes the last piece and waits until the bytes are on the disk (`fsync(2)`).
    func stage() async throws(IndexError) -> StagedBlob {
        try await finishWriting()
        guard let writer else { throw IndexError(.invalid, "Field 'content' with the file is missing") }
        let last = piece
        piece = []
        self.writer = nil
        return try await index.onWorker { _ throws(StorageError) in
            if !last.isEmpty { try writer.append(last) }
            return try writer.finish()
        }.get()
    }
}

extension PackageIndex {
    /// Begins an upload by somebody who may upload something to this index; the project is checked when it is known.
    ///
    /// - Throws: `IndexError.forbidden` with the reason.
    public func beginUpload(index indexName: String, by principal: Principal) throws(IndexError) -> Upload {
        if case .no(let reason) = principal.may(.upload, index: indexName) { throw IndexError(.forbidden, reason) }
        return Upload(self, indexName: indexName, principal: principal)
    }
}
