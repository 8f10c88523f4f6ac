import Crypto
public import Packaging
public import Posix
import Synchronization

/// Writes a new blob into a file without a name, and digests the bytes on the way.
///
/// One owner at a time: the calls come one after another, perhaps from different threads. Letting go of the writer
/// before `end()` drops the bytes. After a call has thrown, only that is left to do.
public final class BlobWriter: Sendable {
    private struct Progress {
        var size: Int64 = 0
        var failure: StorageError?
    }

    // So much is handed to the disk at once while more arrives; fsync then finds little to do.
    private static let writebackBytes: Int64 = 8 << 20

    private let file: File
    /// Protects the digests; nil after `end()`.
    private let digester: Mutex<Digester?>
    /// Protects how far the file is written, and why it is not.
    private let progress = Mutex(Progress())

    init(directory: String, digests: Set<Digest.Algorithm>) throws(StorageError) {
        file = try attempt("making a file in \(directory)") { () throws(Errno) in
            try File.unnamed(in: directory)
        }
        do {
            digester = Mutex(try Digester(digests.union([.sha256])))
        } catch {
            throw .crypto(error)
        }
    }

    /// Adds bytes: `write(2)`.
    ///
    /// - Throws: `StorageError.full` when there is no room for them.
    public func append(_ bytes: [UInt8]) throws(StorageError) {
        try append(bytes[...])
    }

    /// Adds a piece of an array.
    public func append(_ bytes: ArraySlice<UInt8>) throws(StorageError) {
        write(bytes.span)
        digest(bytes.span)
        try check()
    }

    /// Adds bytes, and digests them on another thread, if one is idle, while they are written.
    public func append(_ bytes: [UInt8], on workers: WorkerPool) throws(StorageError) {
        workers.divide(2) { [self] in $0 == 0 ? write(bytes.span) : digest(bytes.span) }
        try check()
    }

    private func write(_ bytes: Span<UInt8>) {
        let begin = progress.withLock { $0.size }
        do throws(Errno) {
            try file.write(all: bytes)
        } catch {
            // Nobody knows how many of the bytes were written: the blob must not go on.
            progress.withLock { $0.failure = StorageError(error, doing: "writing an upload") }
            return
        }
        let end = begin + Int64(bytes.count)
        progress.withLock { $0.size = end }
        let last = begin / Self.writebackBytes * Self.writebackBytes
        if end - last >= Self.writebackBytes { file.startWriteback(from: last, count: end - last) }
    }

    private func digest(_ bytes: Span<UInt8>) {
        digester.withLock { $0?.update(bytes) }
    }

    private func check() throws(StorageError) {
        if let failure = progress.withLock({ $0.failure }) { throw failure }
    }

    /// Ends the blob; its bytes are not on the disk yet.
    public func end() -> WrittenBlob {
        let progress = progress.withLock { $0 }
        guard progress.failure == nil, let digester = digester.withLock({ $0.take() }) else {
            preconditionFailure("a blob is ended twice, or after an error")
        }
        return WrittenBlob(file: file, size: progress.size, digests: digester.finish())
    }
}

/// All bytes of a blob in a file without a name. Dropping the last copy of this value drops the bytes.
public struct WrittenBlob: Sendable {
    /// The bytes; read them at offsets.
    public let file: File
    /// The length in bytes.
    public let size: Int64
    /// The SHA-256, which becomes the blob's name.
    public let sha256: Digest
    private let digests: [Digest.Algorithm: Digest]

    fileprivate init(file: File, size: Int64, digests: [Digest.Algorithm: Digest]) {
        guard let sha256 = digests[.sha256] else { preconditionFailure("a writer always computes the SHA-256") }
        self.file = file
        self.size = size
        self.sha256 = sha256
        self.digests = digests
    }

    /// One digest of the bytes; they are read once more when it was not computed on the way.
    public func digest(_ algorithm: Digest.Algorithm) throws(StorageError) -> Digest {
        if let digest = digests[algorithm] { return digest }
        return try Storage.digest(algorithm, of: file, doing: "reading an upload")
    }

    /// Makes the bytes durable: `fsync(2)`, so that a name can never lead to bytes that are not there.
    public func sync() throws(StorageError) -> StagedBlob {
        try attempt("fsync of an upload") { () throws(Errno) in try file.sync() }
        return StagedBlob(written: self, carried: nil)
    }

    /// Has the catalog carry the bytes, which must be few: `Settler`.
    func carry() throws(StorageError) -> StagedBlob {
        let bytes = try attempt("reading an upload") { () throws(Errno) in try file.read(at: 0, count: Int(size)) }
        return StagedBlob(written: self, carried: bytes)
    }
}

/// Bytes that may be named: they are on the disk, or will be in the catalog. Dropping the last copy of this value drops
/// the bytes.
public struct StagedBlob: Sendable {
    /// The bytes.
    public let written: WrittenBlob
    /// The bytes again, when the transaction that names the blob has to make them durable; nil when they were fsynced.
    let carried: [UInt8]?
    /// The SHA-256, which becomes the blob's name.
    public var sha256: Digest { written.sha256 }

    fileprivate init(written: WrittenBlob, carried: [UInt8]?) {
        self.written = written
        self.carried = carried
    }
}

/// A digest of a whole file, read in pieces of 256 KiB.
func digest(_ algorithm: Digest.Algorithm, of file: File, doing: String) throws(StorageError) -> Digest {
    var digester: Digester
    do {
        digester = try Digester([algorithm])
    } catch {
        throw .crypto(error)
    }
    var buffer: [UInt8]
    var offset: Int64 = 0
    do {
        buffer = [UInt8](repeating: 0, count: Int(min(256 << 10, try file.size)))
    } catch {
        throw StorageError(error, doing: doing)
    }
    while true {
        let count: Int
        do {
            count = try file.read(into: &buffer, at: offset)
        } catch {
            throw StorageError(error, doing: doing)
        }
        guard count > 0 else { break }
        digester.update(buffer.span.extracting(first: count))
        offset += Int64(count)
    }
    guard let digest = digester.finish()[algorithm] else { preconditionFailure("one digest was asked for") }
    return digest
}
