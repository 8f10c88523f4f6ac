public import Packaging
public import Posix

/// Bytes named by their SHA-256. A blob is never changed; the catalog refers to it by its digest.
public struct BlobStore: Sendable {
    let layout: Layout

    /// Makes the directories that are missing, and checks that the file system can hold unnamed files.
    ///
    /// All 256 directories are made here and made durable, so that naming a blob later is one link and one fsync.
    init(layout: Layout) throws(StorageError) {
        self.layout = layout
        let directory = layout.blobs
        try attempt("making the directories of \(directory)") { () throws(Errno) in
            try Directory.createWithParents(directory)
            for name in Layout.fanOut { try Directory.create(directory + "/" + name) }
            try Directory.sync(directory)
        }
        try Self.requireUnnamedFiles(in: directory)
    }

    /// Throws `StorageError.unsuitableFileSystem` when the file system of a directory has no unnamed files.
    static func requireUnnamedFiles(in directory: String) throws(StorageError) {
        do {
            _ = try File.unnamed(in: directory)
        } catch .notSupported, .isDirectory, .invalid {
            throw .unsuitableFileSystem(directory: directory)
        } catch {
            throw StorageError(error, doing: "making a file in \(directory)")
        }
    }

    /// Begins a new blob. Its SHA-256 is always computed.
    ///
    /// - Parameter digests: the digests to compute besides, such as MD5 when a client declared it.
    /// - Throws: `StorageError.crypto` when libcrypto refuses a digest; `io` or `full` from `open(2)`.
    public func writer(digests: Set<Digest.Algorithm> = []) throws(StorageError) -> BlobWriter {
        try BlobWriter(directory: layout.blobs, digests: digests)
    }

    /// Stores the bytes of one small blob, such as core metadata: `writer()`, `append`, `end`, `sync` in one.
    public func stage(_ bytes: [UInt8]) throws(StorageError) -> StagedBlob {
        let writer = try writer()
        try writer.append(bytes)
        return try writer.end().sync()
    }

    /// Opens the blob of this SHA-256 for reading; nil when there is none, or something that is no file: a named pipe would
    /// have the caller wait for ever.
    public func open(_ sha256: Digest) throws(StorageError) -> File? {
        let path = layout.path(of: sha256)
        return try attempt("opening \(path)") { () throws(Errno) in
            do throws(Errno) {
                return try File.openRegular(path)
            } catch .noEntry {
                return nil
            }
        }
    }

    /// A file without a name that holds these bytes.
    func unnamed(_ bytes: [UInt8]) throws(StorageError) -> File {
        try attempt("making a file in \(layout.blobs)") { () throws(Errno) in
            let file = try File.unnamed(in: layout.blobs)
            try file.write(all: bytes)
            return file
        }
    }

    /// Writes a blob again, whatever has its name; at every moment the name leads to the old file or to the new one.
    ///
    /// Nothing is durable yet, neither bytes nor names: the catalog has the bytes until the caller's `syncfs(2)` is done.
    func replace(_ sha256: Digest, with bytes: [UInt8]) throws(StorageError) {
        let file = try unnamed(bytes)
        let path = layout.path(of: sha256)
        try attempt("naming \(path)") { () throws(Errno) in
            // A crash may have left one.
            try Directory.remove(file: path + ".new")
            _ = try file.link(to: path + ".new")
            try Directory.rename(path + ".new", to: path)
        }
    }

    /// Gives staged bytes their name. The directory still has to be fsynced before anything refers to the blob.
    ///
    /// A blob that has the name already has the same bytes, and they are durable: fsynced before they were named, or in
    /// the catalog.
    func name(_ blob: StagedBlob) throws(StorageError) {
        let path = layout.path(of: blob.sha256)
        _ = try attempt("naming \(path)") { () throws(Errno) in try blob.written.file.link(to: path) }
    }

    /// Makes the names of blobs durable: one fsync of each directory that holds one of them.
    ///
    /// - Returns: the number of directories.
    func syncDirectories(of blobs: [StagedBlob]) throws(StorageError) -> Int {
        let directories = Set(blobs.map { layout.directory(of: $0.sha256) })
        for directory in directories {
            try attempt("fsync of \(directory)") { () throws(Errno) in try Directory.sync(directory) }
        }
        return directories.count
    }

    /// The digests that name the blobs in one of the 256 directories, in no order. Other files are passed over.
    func digests(fanOut: String) throws(StorageError) -> [Digest] {
        let directory = layout.blobs + "/" + fanOut
        let names = try attempt("listing \(directory)") { () throws(Errno) in try Directory.names(in: directory) }
        return names.compactMap { Layout.digest(fanOut: fanOut, name: $0) }
    }

    /// Removes a blob; false when there is none. The caller holds the catalog's write lock (see `Sweep.swift`).
    func remove(_ sha256: Digest) throws(StorageError) -> Bool {
        let path = layout.path(of: sha256)
        return try attempt("removing \(path)") { () throws(Errno) in try Directory.remove(file: path) }
    }
}
