import Packaging
import Posix
public import Storage
import Synchronization

/// The index: what is published, who may publish, and what there is to see. It knows no HTTP.
///
/// Everything that touches the disk runs on the worker threads; a caller on an event loop is suspended meanwhile.
public final class PackageIndex: Sendable {
    let store: Store
    let workers: WorkerPool
    let downloads: DownloadCounter?
    private let policyInForce: Mutex<Policy>
    /// Who is who, and who may do what.
    let access: Authenticator
    /// See `isEverythingOpen`.
    let openness = Atomic(false)
    /// What is in archives that people looked at.
    let contents = KnownContents()
    /// How many changes this process has told its observers of.
    let changes = Atomic(0)
    private let observers = Mutex<[@Sendable ([PageKey]) -> Void]>([])
    private let seenSerial = Mutex<Int64>(0)
    /// Of this process's own changes, which are announced already and not seen in the journal yet.
    private let ownSerials = Mutex<Set<Int64>>([])
    /// What was refused and is not in the journal yet.
    let refusals = Mutex(Refusals())
    /// What keeps guessing from taking more than its share of the server.
    let refusalPace: RefusalPace

    /// The index that addresses without an index name mean.
    public static let mainIndex = "main"

    /// All indexes that are served, `main` first.
    public var indexNames: [String] { [Self.mainIndex] + policy.indexes }

    /// The indexes that have projects, or that somebody has rights to, and that are not served.
    public var unservedIndexes: [String] {
        get throws(IndexError) {
            do {
                return try store.usedIndexes().filter { !indexNames.contains($0) }
            } catch {
                throw IndexError(error)
            }
        }
    }

    /// Opens the index of a store.
    ///
    /// - Parameter downloads: what counts them; `nil` to count none.
    /// - Throws: `IndexError.failed` when the catalog cannot be read or the system has no room for threads.
    public convenience init(
        _ store: Store, policy: Policy, downloads: DownloadCounter? = nil
    ) throws(IndexError) {
        try self.init(store, policy: policy, downloads: downloads) { Clock.monotonicNanoseconds }
    }

    /// - Parameter now: the time by which attempts to guess are counted and passwords remembered, in nanoseconds since some
    ///   moment.
    init(
        _ store: Store, policy: Policy, downloads: DownloadCounter? = nil, now: @escaping @Sendable () -> Int64
    ) throws(IndexError) {
        self.store = store
        self.downloads = downloads
        policyInForce = Mutex(policy)
        do {
            workers = try WorkerPool(threads: 8)
            access = try Authenticator(workers: workers, now: now)
            refusalPace = try RefusalPace()
            let serial = try store.lastSerial
            seenSerial.withLock { $0 = serial }
            try loadAccess()
            let places = try store.familiarPlaces(limit: FamiliarPlaces.limit)
            access.familiar.withLock { $0.load(places) }
        } catch {
            throw IndexError(error)
        }
    }

    /// Writes down what is written now and then only, at the end of a server.
    ///
    /// - Throws: `IndexError.failed` when the catalog cannot be written.
    public func finish() throws(IndexError) {
        try writeRefusals(isLast: true)
        do {
            try saveUses()
        } catch {
            throw IndexError(error)
        }
    }

    /// Calls `observer` with every page key that a change makes untrue, before the change is acknowledged.
    public func onChange(_ observer: @escaping @Sendable ([PageKey]) -> Void) {
        observers.withLock { $0.append(observer) }
    }

    /// Looks for changes by other processes (the command line) every quarter of a second, on a thread of its own.
    ///
    /// - Throws: `IndexError.failed` when the system has no room for a thread.
    public func watchForForeignChanges() throws(IndexError) {
        do {
            try startThread(named: "watcher") { [self] in
                // The first look is always taken: something may have changed since the index was opened.
                var version: Int64?
                for round in 1... {
                    // Asked again rather than waited for: SQLite tells no other process of a commit.
                    Clock.sleep(milliseconds: 250)
                    // What cannot be written now is not worth ending the watch for.
                    try? writeRefusals()
                    // Every ten seconds. What is lost by a failure is when a token was used.
                    if round.isMultiple(of: 40) { try? saveUses() }
                    guard let current = try? store.dataVersion, current != version else { continue }
                    // On failure the version stays, and the next round tries again.
                    guard (try? announceChanges()) != nil else { continue }
                    version = current
                }
            }
        } catch {
            throw IndexError(error)
        }
    }

    /// Takes in what has been written since the index was opened.
    ///
    /// - Throws: `IndexError.failed` when the catalog cannot be read.
    public func refresh() throws(IndexError) {
        do {
            try announceChanges()
        } catch {
            throw IndexError(error)
        }
    }

    /// Tells the observers about every journal entry that they have not seen yet, and that is not this process's own.
    private func announceChanges() throws(StorageError) {
        while true {
            let seen = seenSerial.withLock { $0 }
            let entries = try store.journal(after: seen, limit: 1_000)
            guard let last = entries.last else { return }
            let own = ownSerials.withLock { serials in
                let own = serials
                serials = serials.filter { $0 > last.serial }
                return own
            }
            // Before the pages are forgotten: those that are made anew must show what may be seen now.
            if entries.contains(where: Self.concernsAccess) { try loadAccess() }
            let foreign = entries.filter { !own.contains($0.serial) }
            var changed: Set<PageKey> = []
            for entry in foreign { changed.formUnion(try keys(of: entry)) }
            if !changed.isEmpty { announce(Array(changed)) }
            seenSerial.withLock { $0 = max($0, last.serial) }
        }
    }

    /// Whether it changes who may do what: the first file of a project makes somebody its manager.
    private static func concernsAccess(_ entry: JournalEntry) -> Bool {
        entry.action.concernsAccess || entry.action == .publish && entry.details.contains(#","manager":"#)
    }

    /// Tells the observers about a file that this process has just published, before its uploader hears of it.
    ///
    /// - Parameter founding: what its project begins with; `nil` when it is not new.
    func announce(_ record: FileRecord, serial: Int64, founding: Founding?) {
        if let founding {
            let (index, project) = (record.index, record.project.normalized)
            access.table.withLock { $0.found(index: index, project: project, founding, serial: serial) }
            if founding.isPrivate { noteOpenness() }
        }
        _ = ownSerials.withLock { $0.insert(serial) }
        announce([record.pageKey] + Self.keys(index: record.index, project: record.project.normalized))
    }

    /// Tells the observers about changes that this process has just made to files of a project, or to its state.
    func announce(_ files: [FileRecord], of project: ProjectKey, serials: [Int64]) {
        ownSerials.withLock { $0.formUnion(serials) }
        announce(files.map(\.pageKey) + Self.keys(index: project.index, project: project.name))
    }

    /// Tells the observers that these pages have to be made anew.
    func announce(_ keys: [PageKey]) {
        changes.add(1, ordering: .acquiringAndReleasing)
        for observer in observers.withLock({ $0 }) { observer(keys) }
    }

    /// The pages that an entry of the journal changes.
    private func keys(of entry: JournalEntry) throws(StorageError) -> [PageKey] {
        guard let index = entry.index, let project = entry.project else { return [] }
        let keys = Self.keys(index: index, project: project)
        switch entry.action {
        case .publish, .delete, .restore, .release:
            // That there is such a file, or none, may be remembered.
            guard entry.details.hasPrefix(#"{"sha256":""#) else { return keys }
            let digest = entry.details.dropFirst(11).prefix { $0 != "\"" }
            return keys + [.file(sha256: String(digest), filename: entry.subject)]
        case .setStatus, .makePrivate, .makePublic:
            // Files of a quarantined project are not served, those of a private one to some.
            return keys + (try store.project(index: index, name: project)?.files.map(\.pageKey) ?? [])
        default:
            return keys
        }
    }

    private static func keys(index: String, project: String) -> [PageKey] {
        [
            .projectList(index: index), .home(index: index), .newProjects(index: index), .newFiles(index: index),
            .projectDetail(index: index, project: project), .project(index: index, project: project),
            .projectJSON(index: index, project: project),
        ]
    }

    var policy: Policy { policyInForce.withLock { $0 } }

    /// Publishes by other rules from now on. Who may read stays as it is, and which indexes there are: prepared pages and
    /// sites carry it.
    public func use(_ policy: Policy) {
        policyInForce.withLock { inForce in
            inForce.uploadLimitBytes = policy.uploadLimitBytes
            inForce.names = policy.names
            inForce.trust = policy.trust
            inForce.signatures = policy.signatures
            inForce.newProjects = policy.newProjects
            inForce.passwordCost = policy.passwordCost
        }
    }

    /// Whether reading needs no credentials.
    public var isReadingOpen: Bool { policy.isReadingOpen }

    /// Whether the catalog answers and the data folder can be written.
    public func checkReadiness() async throws(IndexError) {
        try await onWorker { store throws(StorageError) in try store.checkHealth() }.get()
    }
}

/// What the index allows, from the configuration.
public struct Policy: Sendable {
    /// The largest archive, in bytes.
    public var uploadLimitBytes: Int64
    /// Whether reading needs no credentials.
    public var isReadingOpen: Bool
    /// The indexes beside `main`, each with projects, grants and addresses of its own.
    public var indexes: [String] = []
    /// Which names new projects may not have.
    public var names = NamePolicy()
    /// Whose signatures are good.
    public var trust = SignatureTrust()
    /// Whose signatures are needed.
    public var signatures = SignaturePolicy()
    /// Who makes new projects, and how they begin.
    public var newProjects = NewProjects()
    /// The binary logarithm of scrypt's cost for new passwords, in `PasswordHash.costs`.
    public var passwordCost = 15

    /// Who makes new projects, and how they begin.
    public struct NewProjects: Sendable {
        /// Whether only those make them who may manage the whole index; else all who may upload to it.
        public var needManager = false
        /// Whether they are private.
        public var arePrivate = false

        /// Made by all who may upload, and public.
        public init() {}
    }

    /// A policy with the usual rules for names.
    public init(uploadLimitBytes: Int64, isReadingOpen: Bool) {
        self.uploadLimitBytes = uploadLimitBytes
        self.isReadingOpen = isReadingOpen
    }
}

extension FileRecord {
    /// The page key of the file itself.
    fileprivate var pageKey: PageKey { .file(sha256: sha256.hex, filename: filename) }
}
