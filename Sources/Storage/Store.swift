public import Packaging
public import Posix
import Synchronization

/// The data folder: blobs and the catalog. Several processes may have it open at once (a server and the commands of an
/// administrator); each sees the other's changes.
public final class Store: Sendable {
    /// The bytes.
    public let blobs: BlobStore

    let layout: Layout
    let readers: ReadPool
    let settler: Settler
    private let queue: WriteQueue
    /// Locked for as long as the folder is open: see ``lockForUse(_:)``.
    private let use: File
    /// Protects the one connection whose view of other connections' commits is asked for.
    private let observer: Mutex<Connection>
    /// The folder, locked while it is served.
    private let serving = Mutex<File?>(nil)

    /// Opens a data folder, and makes what is missing in it: on an empty folder, everything.
    ///
    /// - Parameters:
    ///   - directory: the data folder.
    ///   - mustExist: refuse a folder without a catalog, for commands that should not make one by a slip of the pen.
    ///   - report: is told in a sentence, from any thread, when something fails that nobody waits for, and when it is over.
    /// - Throws: `StorageError.noStore`, `beingCopied`, `newerSchema`, `unsuitableFileSystem`, `corrupt`, `io`, `full`, `sqlite`.
    public init(
        directory: String, mustExist: Bool = false, report: @escaping @Sendable (String) -> Void = { _ in }
    ) throws(StorageError) {
        let layout = Layout(directory: directory)
        self.layout = layout
        if mustExist { try Self.requireCatalog(layout) }
        try attempt("making \(directory)") { () throws(Errno) in try Directory.createWithParents(layout.directory) }
        blobs = try BlobStore(layout: layout)
        use = try Self.lockForUse(layout)
        try attempt("making \(layout.catalog)") { () throws(Errno) in
            // Made here and not by SQLite for the mode: the catalog is nobody else's business. SQLite gives its other
            // files the same mode. An existing catalog is not even opened: closing any descriptor of it would drop the
            // locks that SQLite holds on it in this process (fcntl(2), advisory record locks).
            _ = try Durable.create(Layout.catalogName, in: layout.directory, bytes: [], permissions: 0o600)
        }
        let writer = try Connection(path: layout.catalog, writable: true)
        try Schema.migrate(writer)
        readers = ReadPool(path: layout.catalog)
        observer = Mutex(try Connection(path: layout.catalog, writable: false))
        settler = try Settler(folder: layout.blobs, blobs: blobs, readers: readers, report: report)
        try settler.begin(writer, isServed: try Self.isServed(layout))
        queue = try WriteQueue(connection: writer, blobs: blobs, settler: settler)
        try settler.start()
    }

    deinit {
        settler.stop()
    }

    /// Blobs of at most so many bytes are made durable by the transaction of the catalog.
    static let smallBlobBytes: Int64 = 32 << 10

    /// Makes a written blob ready for its name. A large one is fsynced here; a small one becomes durable with the
    /// transaction that keeps it, so that many share one fsync.
    public func stage(_ blob: WrittenBlob) throws(StorageError) -> StagedBlob {
        blob.size <= Self.smallBlobBytes && settler.hasRoom ? try blob.carry() : try blob.sync()
    }

    /// Makes the bytes of one blob, such as core metadata or a signature, ready for their name.
    public func stage(_ bytes: [UInt8]) throws(StorageError) -> StagedBlob {
        let writer = try blobs.writer()
        try writer.append(bytes)
        return try stage(writer.end())
    }

    /// Opens the blob of this SHA-256 for reading; nil when there is none.
    public func open(_ sha256: Digest) throws(StorageError) -> File? {
        if let file = try blobs.open(sha256) { return file }
        let bytes = try readers.read { catalog throws(StorageError) in try catalog.stagedBytes(of: sha256) }
        if let bytes { return try blobs.unnamed(bytes) }
        // It may have been named, and its row dropped, since the first look.
        return try blobs.open(sha256)
    }

    /// Whether another process serves the folder.
    private static func isServed(_ layout: Layout) throws(StorageError) -> Bool {
        try !openFolder(layout).lock(exclusively: true)
    }

    /// Tells who copies something to this folder that it is in use: that would replace the catalog, and its blobs have no
    /// rows before. Others that use the folder have the same lock.
    ///
    /// - Returns: what holds the lock.
    /// - Throws: `StorageError.beingCopied`.
    static func lockForUse(_ layout: Layout) throws(StorageError) -> File {
        let blobs = try attempt("opening \(layout.blobs)") { () throws(Errno) in try File.open(layout.blobs) }
        guard lock(blobs, exclusively: false) else { throw .beingCopied(directory: layout.directory) }
        return blobs
    }

    private static func openFolder(_ layout: Layout) throws(StorageError) -> File {
        try attempt("opening \(layout.directory)") { () throws(Errno) in try File.open(layout.directory) }
    }

    /// - Throws: `StorageError.noStore` for a folder without a catalog.
    static func requireCatalog(_ layout: Layout) throws(StorageError) {
        let names: [String]
        do {
            names = try Directory.names(in: layout.directory)
        } catch .noEntry {
            throw .noStore(directory: layout.directory)
        } catch {
            throw StorageError(error, doing: "listing \(layout.directory)")
        }
        guard names.contains(Layout.catalogName) else { throw .noStore(directory: layout.directory) }
    }

    /// Names blobs and changes the catalog, durably: when this returns, both would survive the loss of power.
    ///
    /// Writes that wait at the same moment share their fsyncs. The caller's executor is free while it waits.
    ///
    /// - Parameter body: runs on the store's writing thread, so it should only talk to the catalog. When it throws, its changes
    ///   are undone and its blobs are not named; those of others are.
    /// - Returns: what `body` returned. As a `Result`, because generic `async` functions with typed throws are
    ///   not to be trusted in Swift 6.3 (see `WorkerPool.run`).
    public func write<Value: Sendable>(
        _ body: @escaping @Sendable (borrowing CatalogTransaction) throws(StorageError) -> Value
    ) async -> Result<Value, StorageError> {
        await withCheckedContinuation { continuation in
            add(body) { continuation.resume(returning: $0) }
        }
    }

    /// The same as `write`, for commands: blocks the calling thread until the change is durable.
    public func writeAndWait<Value: Sendable>(
        _ body: @escaping @Sendable (borrowing CatalogTransaction) throws(StorageError) -> Value
    ) throws(StorageError) -> Value {
        let answer = Monitor<Result<Value, StorageError>?>(nil)
        add(body) { result in answer.change { $0 = result } }
        return try answer.wait { $0 }.get()
    }

    /// What the writing thread did since the store was opened.
    public var writeCounters: WriteCounters { queue.counters }

    private func add<Value: Sendable>(
        _ body: @escaping @Sendable (borrowing CatalogTransaction) throws(StorageError) -> Value,
        answer: @escaping @Sendable (Result<Value, StorageError>) -> Void
    ) {
        queue.add(
            PendingWrite(
                body: { catalog throws(StorageError) in
                    let value = try body(catalog)
                    return { answer(.success(value)) }
                },
                fail: { answer(.failure($0)) }))
    }

    /// A number that changes whenever anybody, here or in another process, has committed something: about a
    /// microsecond, for a server that asks a few times a second whether to look at `lastSerial`.
    ///
    /// `PRAGMA data_version`; the numbers of two stores cannot be compared.
    public var dataVersion: Int64 {
        get throws(StorageError) {
            try observer.withLock { connection throws(StorageError) in try connection.number("PRAGMA data_version") }
        }
    }

    /// Returns when the data folder can be written and the catalog answers; throws what is wrong otherwise.
    public func checkHealth() throws(StorageError) {
        // Written, not fsynced: anybody may ask, and must not be able to keep the disk busy by that.
        try blobs.writer().append([0])
        _ = try lastSerial
        try writeAndWait { _ throws(StorageError) in }
    }

    /// Tells other servers that this process serves the folder, until it ends.
    ///
    /// - Returns: whether no other process does. A second one may: it takes over from the first.
    public func beginServing() throws(StorageError) -> Bool {
        let folder = try Self.openFolder(layout)
        let isAlone = Self.lock(folder, exclusively: true)
        guard Self.lock(folder, exclusively: false) else { throw .busy }
        serving.withLock { $0 = folder }
        // Also when it is alone: another process may have been looking, or ending, when this store was opened.
        settler.adopt()
        return isAlone
    }

    /// Takes a lock that others have for a moment only: commands that look whether the folder is served, or open it.
    ///
    /// - Returns: false when somebody keeps it.
    static func lock(_ folder: File, exclusively: Bool) -> Bool {
        for _ in 1...10 {
            if folder.lock(exclusively: exclusively) { return true }
            // flock(2) waits without an end or not at all; who has it gives it back within microseconds.
            Clock.sleep(milliseconds: 2)
        }
        return false
    }

    /// Where the first administrator's token is kept, for messages.
    public var adminTokenPath: String { layout.directory + "/" + Layout.adminTokenName }

    /// Keeps the first administrator's token in a file that only this user can read (mode 0600), durably.
    ///
    /// - Returns: false when there is such a file already; it stays as it is.
    public func saveAdminToken(_ token: String) throws(StorageError) -> Bool {
        try attempt("writing \(adminTokenPath)") { () throws(Errno) in
            try Durable.create(
                Layout.adminTokenName, in: layout.directory, bytes: Array((token + "\n").utf8), permissions: 0o600)
        }
    }

    /// The first administrator's token; nil when its file is not there.
    public func adminToken() throws(StorageError) -> String? {
        let bytes = try attempt("reading \(adminTokenPath)") { () throws(Errno) in
            try File.openIfExists(adminTokenPath)?.read(at: 0, count: 4096)
        }
        return bytes.map { String(decoding: $0.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self) }
    }

    /// Keeps the key of narrowable tokens in a file that only this user can read (mode 0600), durably; when there is one
    /// already, that one stays.
    ///
    /// - Returns: the key that is kept.
    public func keepTokenKey(_ key: [UInt8]) throws(StorageError) -> [UInt8] {
        let isNew = try attempt("writing \(layout.tokenKey)") { () throws(Errno) in
            try Durable.create(Layout.tokenKeyName, in: layout.directory, bytes: key, permissions: 0o600)
        }
        return isNew ? key : try tokenKey() ?? key
    }

    /// The key of narrowable tokens; nil while there are none.
    public func tokenKey() throws(StorageError) -> [UInt8]? {
        try attempt("reading \(layout.tokenKey)") { () throws(Errno) in
            try File.openIfExists(layout.tokenKey)?.read(at: 0, count: 4096)
        }
    }
}
