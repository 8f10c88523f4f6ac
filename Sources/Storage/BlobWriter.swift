import Crypto
public import Packaging
public import Posix
import Synchronization

/// Writes a new blob into a file without a name, and digests the bytes on the way.
///
/// One owner at a time: the calls come one after another, perhaps from different threads. Letting go of the writer
/// before `finish()` drops the bytes. After a call has thrown, only that is left to do.
public final class BlobWriter: Sendable {
    private struct State: ~Copyable {
        let file: File
        var digester: Digester
        var size: Int64 = 0
    }

    /// Protects the digests and the count; nil after `finish()`.
    private let state: Mutex<State?>

    init(directory: String, digests: Set<Digest.Algorithm>) throws(StorageError) {
        let file = try attempt("making a file in \(directory)") { () throws(Errno) in
            try File.unnamed(in: directory)
        }
        do {
            let digester = try Digester(digests.union([.sha256, .blake2b256]))
            state = Mutex(State(file: file, digester: digester))
        } catch {
            throw .crypto(error)
        }
    }

    /// Adds bytes: `write(2)`.
    ///
    /// - Throws: `StorageError.full` when there is no room for them.
    public func append(_ bytes: [UInt8]) throws(StorageError) {
        try append(bytes.span)
    }

    /// Adds a piece of an array.
    public func append(_ bytes: ArraySlice<UInt8>) throws(StorageError) {
        try append(bytes.span)
    }

    /// Adds bytes: `write(2)`.
    ///
    /// - Throws: `StorageError.full` when there is no room for them.
    public func append(_ bytes: Span<UInt8>) throws(StorageError) {
        try state.withLock { state throws(StorageError) in
            guard let file = state?.file else {
                preconditionFailure("a blob is written after its end or after an error")
            }
            do throws(Errno) {
                try file.write(all: bytes)
            } catch {
                // Nobody knows how many of the bytes were written: the blob must not go on.
                state = nil
                throw StorageError(error, doing: "writing an upload")
            }
            state?.digester.update(bytes)
            state?.size += Int64(bytes.count)
        }
    }

    /// Ends the blob: `fsync(2)`, so that its name can never lead to bytes that are not there.
    public func finish() throws(StorageError) -> StagedBlob {
        guard let state = state.withLock({ $0.take() }) else {
            preconditionFailure("a blob is ended twice, or after an error")
        }
        let file = state.file
        try attempt("fsync of an upload") { () throws(Errno) in try file.sync() }
        return StagedBlob(file: file, size: state.size, digests: state.digester.finish())
    }
}

/// Bytes that are on the disk and have no name yet. Dropping the last copy of this value drops the bytes.
public struct StagedBlob: Sendable {
    /// The bytes; read them at offsets.
    public let file: File
    /// The length in bytes.
    public let size: Int64
    /// The SHA-256, which becomes the blob's name.
    public let sha256: Digest
    /// The BLAKE2b with 32 bytes of output.
    public let blake2b256: Digest
    /// The MD5, when the writer was asked for it.
    public let md5: Digest?

    fileprivate init(file: File, size: Int64, digests: [Digest.Algorithm: Digest]) {
        guard let sha256 = digests[.sha256], let blake2b256 = digests[.blake2b256] else {
            preconditionFailure("a writer always computes both digests")
        }
        self.file = file
        self.size = size
        self.sha256 = sha256
        self.blake2b256 = blake2b256
        self.md5 = digests[.md5]
    }

    /// One digest of the bytes; they are read once more when it was not computed on the way (an MD5 that a client
    /// declared after the content).
    public func digest(_ algorithm: Digest.Algorithm) throws(StorageError) -> Digest {
        switch algorithm {
        case .sha256: sha256
        case .blake2b256: blake2b256
        case .md5:
            if let md5 { md5 } else { try Storage.digest(algorithm, of: file, doing: "reading an upload") }
        }
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
    var buffer = [UInt8](repeating: 0, count: 256 << 10)
    var offset: Int64 = 0
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
