import Archive
import Crypto
public import Packaging
public import Posix
import Storage

/// One representation of a page, ready to be sent.
public struct RenderedPage: Sendable {
    /// The bytes, also kept as a file in memory when they are many.
    public struct Content: Sendable {
        /// The bytes themselves.
        public let bytes: [UInt8]
        /// The same bytes for `sendfile(2)`; `nil` below 16 KiB, where copying is cheaper.
        public let file: File?
        /// Hexadecimal characters of the SHA-256 of the bytes: a strong entity tag (RFC 9110 §8.8.1).
        public let tag: String

        init(_ bytes: [UInt8]) {
            self.bytes = bytes
            file = bytes.count >= 16 << 10 ? try? File.inMemory(bytes) : nil
            tag = String(Digest.sha256(of: bytes).hex.prefix(32))
        }
    }

    /// As rendered.
    public let identity: Content
    /// Compressed; `nil` where that saves nothing.
    public let gzip: Content?
    /// The last change that it shows.
    public let serial: Int64

    /// Memory in bytes, roughly.
    public var cost: Int {
        let all = [identity, gzip].compactMap { $0 }
        return all.reduce(512) { $0 + $1.bytes.count * ($1.file == nil ? 1 : 2) }
    }

    /// Prepares bytes, compressed once too.
    public init(_ bytes: [UInt8], serial: Int64) {
        identity = Content(bytes)
        let compressed = bytes.count > 256 ? Gzip.compress(bytes) : nil
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
    /// The SHA-256 of its bytes.
    public let sha256: Digest
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

    init(_ record: FileRecord) {
        filename = record.filename
        project = record.project
        version = record.version
        sha256 = record.sha256
        size = record.size
        uploadTime = record.uploadTime
        uploader = record.uploader
        requiresPython = record.requiresPython
        yank = record.yank
    }
}

/// One project, as people are shown it.
public struct PublishedProject: Sendable {
    /// The name as in the latest upload.
    public let name: ProjectName
    /// One line about it, from the latest upload.
    public let summary: String?
    /// The last change to it.
    public let serial: Int64

    init(_ record: ProjectRecord) {
        name = record.name
        summary = record.summary
        serial = record.serial
    }
}

/// One project with its files, newest version first.
public struct ProjectOverview: Sendable {
    /// The project.
    public let project: PublishedProject
    /// Its files.
    public let files: [PublishedFile]
}

/// What the home page shows.
public struct IndexOverview: Sendable {
    /// Every project, by normalized name.
    public let projects: [PublishedProject]
    /// The latest uploads, newest first.
    public let latest: [PublishedFile]
    /// The last change.
    public let serial: Int64
}

extension PackageIndex {
    /// The list of projects (Simple API), rendered on a worker.
    public func projectList(index: String) async throws(IndexError) -> SimplePage {
        try await onWorker { store throws(StorageError) in
            let (projects, serial) = (try store.projects(index: index), try store.lastSerial)
            let list = SimpleProjectList(
                projects: projects.map { .init(name: $0.name, serial: $0.serial) }, lastSerial: serial)
            return SimplePage(
                json: RenderedPage(list.json(), serial: serial), html: RenderedPage(list.html(), serial: serial))
        }
    }

    /// The files of a project (Simple API), rendered on a worker; `nil` when there is no such project.
    ///
    /// - Parameter project: a normalized name.
    public func projectDetail(index: String, project: String) async throws(IndexError) -> SimplePage? {
        try await onWorker { store throws(StorageError) in
            guard let (record, files) = try store.project(index: index, name: project) else { return nil }
            let detail = SimpleProjectDetail(record, files)
            return SimplePage(
                json: RenderedPage(detail.json(), serial: record.serial),
                html: RenderedPage(detail.html(), serial: record.serial))
        }
    }

    /// A project for its page; `nil` when there is none of this normalized name.
    public func overview(index: String, project: String) async throws(IndexError) -> ProjectOverview? {
        try await onWorker { store throws(StorageError) in
            guard let (record, files) = try store.project(index: index, name: project) else { return nil }
            let newestFirst = files.sorted { ($1.version, $0.filename) < ($0.version, $1.filename) }
            return ProjectOverview(project: PublishedProject(record), files: newestFirst.map(PublishedFile.init))
        }
    }

    /// All projects and the latest uploads, for the home page.
    public func overview(index: String, latest limit: Int) async throws(IndexError) -> IndexOverview {
        try await onWorker { store throws(StorageError) in
            IndexOverview(
                projects: try store.projects(index: index).map(PublishedProject.init),
                latest: try store.recentFiles(index: index, limit: limit).map(PublishedFile.init),
                serial: try store.lastSerial)
        }
    }

    /// Prepares a page for sending, on a worker: compressing takes its time.
    public func prepare(_ bytes: [UInt8], serial: Int64) async -> RenderedPage {
        await workers.run { RenderedPage(bytes, serial: serial) }
    }

    func onWorker<Value: Sendable>(
        _ body: @escaping @Sendable (Store) throws(StorageError) -> Value
    ) async throws(IndexError) -> Value {
        let result = await workers.run { [store] in Result { () throws(StorageError) in try body(store) } }
        return try result.mapError { IndexError($0) }.get()
    }
}

/// An archive that can be downloaded.
public struct Download: Sendable {
    /// The open blob.
    public let file: File
    /// What the catalog knows of it.
    public let published: PublishedFile
}

extension PackageIndex {
    /// Opens an archive; `nil` unless the catalog has exactly this name with exactly this digest.
    ///
    /// - Throws: `IndexError.failed` when the catalog names a blob that the data folder does not have.
    public func download(
        index: String, sha256: Digest, filename: String
    ) async throws(IndexError) -> Download? {
        let found = try await onWorker { store throws(StorageError) -> (FileRecord, File?)? in
            guard let record = try store.file(index: index, sha256: sha256, filename: filename) else { return nil }
            return (record, try store.blobs.open(sha256))
        }
        guard let (record, file) = found else { return nil }
        guard let file else {
            throw IndexError(
                .failed, "The server has lost this file's bytes; its administrator should run 'wheelhouse verify'")
        }
        return Download(file: file, published: PublishedFile(record))
    }
}

extension SimpleProjectDetail {
    /// The page's values from the catalog's rows.
    init(_ project: ProjectRecord, _ files: [FileRecord]) {
        self.init(
            name: project.name, versions: files.map(\.version), files: files.compactMap(SimpleFile.init),
            lastSerial: project.serial)
    }
}

extension SimpleFile {
    /// The URL is relative to `/simple/{project}/`.
    fileprivate init?(_ file: FileRecord) {
        guard let filename = try? DistributionFilename(file.filename, expecting: (file.project, file.version)) else {
            return nil
        }
        let name = Self.percentEncoded(pathComponent: file.filename)
        self.init(
            filename: filename, url: "../../packages/\(file.sha256.hex)/\(name)", sha256: file.sha256,
            size: file.size, uploadTime: file.uploadTime)
        requiresPython = file.requiresPython
        yank = file.yank
        coreMetadata = file.coreMetadata
    }
}
