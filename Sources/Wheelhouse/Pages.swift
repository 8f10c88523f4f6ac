import Archive
import Crypto
public import Packaging
import Posix
import Storage

/// One representation of a page, ready to be sent.
public struct RenderedPage: Sendable {
    /// The bytes and their name.
    public struct Content: Sendable {
        /// The bytes themselves.
        public let bytes: [UInt8]
        /// Hexadecimal characters of the SHA-256 of the bytes: a strong entity tag (RFC 9110 §8.8.1).
        public let tag: String

        init(_ bytes: [UInt8]) {
            self.bytes = bytes
            tag = String(Digest.sha256(of: bytes).hex.prefix(32))
        }
    }

    /// As rendered.
    public let identity: Content
    /// Compressed; `nil` where that saves nothing.
    public let gzip: Content?
    /// The last change that it shows; `nil` when it shows nothing of an index.
    public let serial: Int64?

    /// Memory in bytes, roughly.
    public var cost: Int { 512 + identity.bytes.count + (gzip?.bytes.count ?? 0) }

    /// Prepares bytes, compressed once too.
    ///
    /// - Parameter isCompressed: false for what is sent only once.
    public init(_ bytes: [UInt8], serial: Int64?, isCompressed: Bool = true) {
        identity = Content(bytes)
        let compressed = isCompressed && bytes.count > 256 ? Gzip.compress(bytes) : nil
        gzip = compressed.flatMap { $0.count < bytes.count * 9 / 10 ? Content($0) : nil }
        self.serial = serial
    }
}

/// A page of the Simple API in its two forms.
public struct SimplePage: Sendable {
    /// `application/vnd.pypi.simple.v1+json`
    public let json: RenderedPage
    /// `application/vnd.pypi.simple.v1+html` and `text/html`
    public let html: RenderedPage
}

/// One file, as people are shown it.
public struct PublishedFile: Sendable {
    /// The file's name as uploaded.
    public let filename: String
    /// Its project.
    public let project: ProjectName
    /// Its release.
    public let version: Version
    /// Whether it is a wheel; else it is a source distribution.
    public let isWheel: Bool
    /// The SHA-256 of its bytes.
    public let sha256: Digest
    /// The BLAKE2b of its bytes, 256 bits long.
    public let blake2b256: Digest
    /// In bytes.
    public let size: Int64
    /// When it was published.
    public let uploadTime: UploadTime
    /// The name of the token that uploaded it.
    public let uploader: String
    /// The Python versions that it is for; `nil` for all.
    public let requiresPython: String?
    /// Why installers should avoid it; `nil` when they need not.
    public let yank: Yank?
    /// Why it is hidden from all but its managers, as a sentence; `nil` when it is not.
    public let holdReason: String?
    /// What its signatures say, in plain words.
    public let signatures: SignatureSummary

    init(_ record: FileRecord) {
        self.init(record, .none)
    }

    init(_ record: FileRecord, _ signatures: SignatureSummary) {
        self.signatures = signatures
        filename = record.filename
        project = record.project
        version = record.version
        isWheel = record.kind == .wheel
        sha256 = record.sha256
        blake2b256 = record.blake2b256
        size = record.size
        uploadTime = record.uploadTime
        uploader = record.uploader
        requiresPython = record.requiresPython
        yank = record.yank
        holdReason = record.holdReason
    }
}

/// One project, as people are shown it.
public struct PublishedProject: Sendable {
    /// The name as its latest release spells it.
    public let name: ProjectName
    /// One line about it, from its latest release.
    public let summary: String?
    /// When its first file was uploaded.
    public let created: UploadTime
    /// The last change to it.
    public let serial: Int64
    /// Its state (PEP 792). Files of a quarantined project are shown to nobody.
    public let status: ProjectStatus
    /// Why it is in this state; `nil` when nobody said.
    public let statusReason: String?
    /// When the last change was; `nil` where it is not asked for.
    public let updated: UploadTime?

    init(_ record: ProjectRecord) { self.init(record, updated: nil) }

    init(_ record: ProjectRecord, updated: UploadTime?) {
        status = record.status
        statusReason = record.statusReason
        name = record.name
        summary = record.summary
        created = record.created
        serial = record.serial
        self.updated = updated
    }
}

/// One project with its files, newest version first.
public struct ProjectOverview: Sendable {
    /// The project.
    public let project: PublishedProject
    /// Its files.
    public let files: [PublishedFile]

    /// The release that people want: the newest that is neither yanked nor a pre-release, else the newest that is not
    /// yanked, else the newest; `nil` when there are no files.
    public var latest: Version? {
        let usable = files.first { $0.yank == nil && !$0.version.isPrerelease }
        return (usable ?? files.first { $0.yank == nil } ?? files.first)?.version
    }
}

/// One release with what its core metadata says.
public struct ReleaseOverview: Sendable {
    /// The project with all of its files.
    public let project: ProjectOverview
    /// Which release.
    public let version: Version
    /// Of a wheel where there is one, since a build may change what a source distribution says. `nil` when it cannot be
    /// read.
    public let core: CoreMetadata?

    /// The files of the release.
    public var files: [PublishedFile] { project.files.filter { $0.version == version } }
}

/// What the home page shows.
public struct IndexOverview: Sendable {
    /// How much there is.
    public let totals: IndexTotals
    /// The latest uploads, newest first.
    public let latest: [PublishedFile]
    /// The last change.
    public let serial: Int64
}

extension PackageIndex {
    /// The list of projects (Simple API), rendered on a worker.
    ///
    /// - Parameter seen: the private projects that it shows.
    public func projectList(index: String, showing seen: Set<String> = []) async throws(IndexError) -> SimplePage {
        try await onWorker { store throws(StorageError) in
            // First the serial: a page that shows more than it says is asked for again, one that says more never.
            let serial = try store.lastSerial(index: index, showing: seen)
            let projects = try store.projects(index: index, showing: seen)
            let list = SimpleProjectList(
                projects: projects.map { .init(name: $0.name, serial: $0.serial) }, lastSerial: serial)
            return SimplePage(
                json: RenderedPage(list.json(), serial: serial), html: RenderedPage(list.html(), serial: serial))
        }.get()
    }

    /// The files of a project (Simple API), rendered on a worker; `nil` when there is no such project.
    ///
    /// - Parameters:
    ///   - project: a normalized name.
    ///   - places: where files and what belongs to them are.
    ///   - seen: the private projects that may be shown.
    public func projectDetail(
        index: String, project: String, _ places: FilePlaces = FilePlaces(), showing seen: Set<String> = []
    ) async throws(IndexError) -> SimplePage? {
        let name = name(of: project, in: index, showing: seen)
        return try await onWorker { store throws(StorageError) in
            guard let (record, files) = try store.project(index: index, name: name, showing: seen) else { return nil }
            let signatures = SignatureSummary.summaries(try store.signatures(index: index, project: name))
            let detail = SimpleProjectDetail(record, files, signatures, places)
            return SimplePage(
                json: RenderedPage(detail.json(), serial: record.serial),
                html: RenderedPage(detail.html(), serial: record.serial))
        }.get()
    }

    /// The same in HTML alone, for another address; `nil` when there is no such project.
    ///
    /// - Parameters:
    ///   - project: a normalized name.
    ///   - places: where files and what belongs to them are.
    ///   - seen: the private projects that may be shown.
    public func projectDetailHTML(
        index: String, project: String, _ places: FilePlaces, showing seen: Set<String> = []
    ) async throws(IndexError) -> RenderedPage? {
        let name = name(of: project, in: index, showing: seen)
        return try await onWorker { store throws(StorageError) in
            guard let (record, files) = try store.project(index: index, name: name, showing: seen) else { return nil }
            let signatures = SignatureSummary.summaries(try store.signatures(index: index, project: name))
            let detail = SimpleProjectDetail(record, files, signatures, places)
            return RenderedPage(detail.html(), serial: record.serial)
        }.get()
    }

    /// A project for its page; `nil` when there is none of this normalized name.
    ///
    /// - Parameters:
    ///   - seen: the private projects that may be shown.
    ///   - isManaged: whether files that are held are shown too.
    public func overview(
        index: String, project: String, showing seen: Set<String> = [], isManaged: Bool = false
    ) async throws(IndexError) -> ProjectOverview? {
        let name = name(of: project, in: index, showing: seen)
        return try await onWorker { store throws(StorageError) in
            let found =
                isManaged
                ? try store.managedProject(ProjectKey(index: index, name: name))
                : try store.project(index: index, name: name, showing: seen)
            guard let (record, files) = found else { return nil }
            let signatures = SignatureSummary.summaries(try store.signatures(index: index, project: name))
            return ProjectOverview(record, files, signatures)
        }.get()
    }

    /// One release; `nil` when there is no such project, or no such version of it.
    ///
    /// - Parameters:
    ///   - project: a normalized name.
    ///   - version: `nil` for the latest.
    ///   - seen: the private projects that may be shown.
    public func release(
        index: String, project: String, version wanted: Version?, showing seen: Set<String> = []
    ) async throws(IndexError) -> ReleaseOverview? {
        let name = name(of: project, in: index, showing: seen)
        return try await onWorker { store throws(StorageError) in
            try Self.release(of: name, in: store, index: index, version: wanted, showing: seen)
        }.get()
    }

    /// The same, on the calling thread.
    static func release(
        of project: String, in store: Store, index: String, version wanted: Version?, showing seen: Set<String>
    ) throws(StorageError) -> ReleaseOverview? {
        guard let (record, files) = try store.project(index: index, name: project, showing: seen),
            record.status.offersFiles
        else { return nil }
        let signatures = SignatureSummary.summaries(try store.signatures(index: index, project: project))
        let overview = ProjectOverview(record, files, signatures)
        guard let version = wanted ?? overview.latest else { return nil }
        let release = files.filter { $0.version == version }
        guard let source = release.first(where: { $0.kind == .wheel }) ?? release.first else { return nil }
        return ReleaseOverview(
            project: overview, version: source.version, core: try Self.core(of: release, in: store))
    }

    /// How much there is and the latest uploads, for the home page.
    ///
    /// - Parameter seen: the private projects that may be shown.
    public func overview(
        index: String, latest limit: Int, showing seen: Set<String> = []
    ) async throws(IndexError) -> IndexOverview {
        try await onWorker { store throws(StorageError) in
            let serial = try store.lastSerial(index: index, showing: seen)
            return IndexOverview(
                totals: IndexTotals(try store.totals(index: index, showing: seen)),
                latest: try store.recentFiles(index: index, limit: limit, showing: seen).map(PublishedFile.init),
                serial: serial)
        }.get()
    }

    /// The projects that came last, the newest first, and the serial of the last change of one that may be shown.
    ///
    /// - Parameter seen: the private projects that may be shown.
    public func newProjects(
        index: String, limit: Int, showing seen: Set<String> = []
    ) async throws(IndexError) -> (projects: [PublishedProject], serial: Int64) {
        try await onWorker { store throws(StorageError) in
            let serial = try store.lastSerial(index: index, showing: seen)
            let found = try store.newProjects(index: index, limit: limit, showing: seen)
            return (found.map(PublishedProject.init), serial)
        }.get()
    }

    /// The files that came last, the newest first, and the serial of the last change of one that may be shown.
    ///
    /// - Parameter seen: the private projects that may be shown.
    public func newFiles(
        index: String, limit: Int, showing seen: Set<String> = []
    ) async throws(IndexError) -> (files: [PublishedFile], serial: Int64) {
        try await onWorker { store throws(StorageError) in
            let serial = try store.lastSerial(index: index, showing: seen)
            let found = try store.recentFiles(index: index, limit: limit, showing: seen)
            return (found.map(PublishedFile.init), serial)
        }.get()
    }

    /// How much each index holds that everybody may see, in the order of ``indexNames``.
    public func counts() async throws(IndexError) -> [(index: String, totals: IndexTotals)] {
        try await onWorker { [indexNames] store throws(StorageError) in
            try indexNames.map { name throws(StorageError) in (name, IndexTotals(try store.totals(index: name))) }
        }.get()
    }

    /// Does what takes its time on a worker: rendering, compressing.
    public func work<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
        await workers.run(body)
    }

    func onWorker<Value: Sendable>(
        _ body: @escaping @Sendable (Store) throws(StorageError) -> Value
    ) async -> Result<Value, IndexError> {
        // A result, not typed throws: see `WorkerPool.run`.
        let result = await workers.run { [store] in Result { () throws(StorageError) in try body(store) } }
        return result.mapError { IndexError($0) }
    }
}

extension ProjectOverview {
    init(_ record: ProjectRecord, _ files: [FileRecord], _ signatures: [String: SignatureSummary] = [:]) {
        project = PublishedProject(record)
        let files = record.status.offersFiles ? files : []
        let newestFirst = files.sorted { ($1.version, $0.filename) < ($0.version, $1.filename) }
        self.files = newestFirst.map { PublishedFile($0, signatures[$0.filename] ?? .none) }
    }
}
