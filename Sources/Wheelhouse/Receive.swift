import Packaging
import Posix
import Storage
import Synchronization

/// One upload while it arrives: the form's fields and the archive's bytes, in any order.
///
/// Bytes go to an unnamed file and are digested on the way, on worker threads, while the next ones arrive. At most two
/// pieces of `pieceBytes` are in memory, whatever the archive's size. If the upload is dropped, so are its bytes.
public final class Upload {
    /// Bytes handed to a worker at once: large enough to make the hop cheap.
    public static let pieceBytes = 256 << 10

    /// The form's fields so far.
    public var form = UploadForm()
    /// The signatures that came so far.
    public var signatures = ReceivedSignatures()

    let index: PackageIndex
    let indexName: String
    let principal: Principal
    let caller: Caller

    private var filename: String?
    private var content: Content?
    private var piece: [UInt8] = []
    /// The piece before, used again: a new one would cost a page fault for each of its pages.
    private var spare: [UInt8] = []
    private var writing: WorkerPool.Promise<Result<[UInt8], StorageError>>?
    private var size: Int64 = 0

    init(_ index: PackageIndex, indexName: String, principal: Principal, caller: Caller) {
        self.index = index
        self.indexName = indexName
        self.principal = principal
        self.caller = caller
    }

    /// The archive begins.
    ///
    /// - Throws: `IndexError.invalid` for a second archive or a file name that no distribution can have.
    public func beginContent(filename: String) throws(IndexError) {
        guard self.filename == nil else {
            throw IndexError(.invalid, "Field 'content' is given twice; upload one file at a time")
        }
        content = Content(index, digests: form.declaresMD5 ? [.md5] : [])
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
        guard let content else { return }
        let bytes = piece
        piece = spare
        spare = []
        piece.removeAll(keepingCapacity: true)
        piece.reserveCapacity(Self.pieceBytes + (128 << 10))
        writing = index.workers.begin {
            Result { () throws(StorageError) in
                try content.append(bytes)
                return bytes
            }
        }
    }

    private func finishWriting() async throws(IndexError) {
        guard let written = writing.take() else { return }
        spare = try await written.value().mapError { IndexError($0) }.get()
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

    /// The archive's bytes, of which the last piece may still have to be written.
    func takeContent() async throws(IndexError) -> (Content, last: [UInt8]) {
        try await finishWriting()
        guard let content else { throw IndexError(.invalid, "Field 'content' with the file is missing") }
        defer { (self.content, piece, spare) = (nil, [], []) }
        return (content, piece)
    }
}

/// The archive's bytes on their way to a file. Used by worker threads, one at a time.
final class Content: Sendable {
    private let blobs: BlobStore
    private let workers: WorkerPool
    private let digests: Set<Digest.Algorithm>
    /// Nil until there is something to write: opening a file may block, which an event loop must not.
    private let writer = Mutex<BlobWriter?>(nil)

    init(_ index: PackageIndex, digests: Set<Digest.Algorithm>) {
        blobs = index.store.blobs
        workers = index.workers
        self.digests = digests
    }

    func append(_ bytes: [UInt8]) throws(StorageError) {
        try opened().append(bytes, on: workers)
    }

    /// Writes the last piece. The bytes are complete then, and not on the disk yet.
    func end(with last: [UInt8]) throws(StorageError) -> WrittenBlob {
        let writer = try opened()
        try writer.append(last)
        return writer.end()
    }

    private func opened() throws(StorageError) -> BlobWriter {
        try writer.withLock { writer throws(StorageError) in
            if let writer { return writer }
            let new = try blobs.writer(digests: digests)
            writer = new
            return new
        }
    }
}

extension PackageIndex {
    /// Begins an upload by somebody who may upload something to this index; the project is checked when it is known.
    ///
    /// - Throws: `IndexError.forbidden` with the reason.
    public func beginUpload(
        index indexName: String, by principal: Principal, from caller: Caller = .unknown
    ) throws(IndexError) -> Upload {
        if case .no(let reason) = principal.may(.upload, index: indexName) { throw IndexError(.forbidden, reason) }
        return Upload(self, indexName: indexName, principal: principal, caller: caller)
    }
}
