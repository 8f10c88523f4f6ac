import HTTP
import Packaging
import Wheelhouse

/// An archive or its core metadata, open and ready to be sent.
struct PreparedFile: Sendable {
    let project: ProjectName
    let etag: String
    let lastModified: Int64
    let response: HTTPResponse
    let notModified: HTTPResponse
    /// What downloads are counted as; `nil` when they are not.
    let counted: CountedFile?

    /// Who may have it, in the words of `Cache-Control`.
    enum Visibility: String {
        case all = "public"
        case some = "private"
    }

    init(_ download: Download, type: String, visibility: Visibility) {
        project = download.project
        etag = "\"\(download.sha256.hex)\""
        counted = download.counted
        lastModified = download.uploadTime.microseconds / 1_000_000
        // The bytes under this address never change: pip and uv ask for them once.
        var caching = HTTPFields([
            ("ETag", etag), ("Cache-Control", "max-age=365000000, immutable, \(visibility.rawValue)"),
            ("Last-Modified", HTTPDate.text(lastModified)),
        ])
        if visibility == .some { caching.append("Vary", "Cookie, Authorization") }
        var fields = HTTPFields([
            ("Content-Type", type), ("Accept-Ranges", "bytes"),
            ("X-Content-Type-Options", "nosniff"),
        ])
        fields.append(caching)
        let body: HTTPResponse.Body =
            if let bytes = download.bytes { .bytes(bytes) } else {
                .file(download.file, offset: 0, length: download.size)
            }
        response = HTTPResponse(.ok, fields: fields, body: body)
        notModified = HTTPResponse(.notModified, fields: caching)
    }

    /// The whole, a part, or nothing new (RFC 9110 §13, §14), and whether the file's first byte is in it.
    func answer(_ request: HTTPRequest) -> (response: HTTPResponse, isFromStart: Bool) {
        switch Conditional.evaluate(request, etag: etag, lastModified: lastModified) {
        case .notModified: (notModified, false)
        case .preconditionFailed: (.failure(.preconditionFailed, "The file's tag is \(etag)", to: request), false)
        case .proceed(usesRange: false): (response, true)
        case .proceed(usesRange: true): part(request)
        }
    }

    private func part(_ request: HTTPRequest) -> (response: HTTPResponse, isFromStart: Bool) {
        let size = response.body.length
        switch ByteRange(request.fields, size: size) {
        case .whole:
            return (response, true)
        case .unsatisfiable:
            var refusal = HTTPResponse.failure(
                .rangeNotSatisfiable, "The file has \(size) bytes; ask for a range within them", to: request)
            refusal.fields.append("Content-Range", ByteRange.unsatisfiedRange(of: size))
            return (refusal, false)
        case .partial(let range):
            var part = response
            part.status = .partialContent
            part.fields.append("Content-Range", ByteRange.contentRange(range, of: size))
            switch response.body {
            case .file(let file, _, _):
                part.body = .file(file, offset: range.lowerBound, length: Int64(range.count))
            case .bytes(let bytes):
                part.body = .bytes(Array(bytes[Int(range.lowerBound)..<Int(range.upperBound)]))
            case .empty:
                break
            }
            return (part, range.lowerBound == 0)
        }
    }
}

extension Site {
    /// `GET /packages/{sha256}/{filename}`
    ///
    /// What anyone sees is kept open. Files of private projects are opened for each request.
    func file(at path: String, _ request: HTTPRequest, for viewer: Viewer) async throws(IndexError) -> HTTPResponse {
        let key = request.target.path
        if let file = files.cached(key) { return try answer(request, with: file, for: viewer) }
        guard let address = Route.file(at: path) else { throw Self.noFile }
        if case .document(let document) = address.part {
            return try await self.document(document, address, request, for: viewer)
        }
        var file: PreparedFile?
        do {
            file = try await files.value(for: key) { try await open(address, for: nil) }
        } catch {
            throw IndexError(error)
        }
        if file == nil, let principal = viewer.principal { file = try await open(address, for: principal)?.value }
        if file == nil { file = try await heldFile(address, request, for: viewer) }
        guard let file else { throw Self.noFile }
        return try answer(request, with: file, for: viewer)
    }

    private func answer(
        _ request: HTTPRequest, with file: PreparedFile, for viewer: Viewer
    ) throws(IndexError) -> HTTPResponse {
        try requireReading(of: file.project, viewer)
        let (response, isFromStart) = file.answer(request)
        if isFromStart, request.method == .get, let counted = file.counted {
            index.countDownload(of: counted, userAgent: request.fields.bytes(.userAgent) ?? [])
        }
        return response
    }

    /// An archive that waits for a signature, for those who may manage its project.
    private func heldFile(
        _ address: FileAddress, _ request: HTTPRequest, for viewer: Viewer
    ) async throws(IndexError) -> PreparedFile? {
        guard case .archive = address.part, let principal = await principal(of: request, viewer) else { return nil }
        let held = try await index.heldDownload(
            index: indexName, sha256: address.sha256, filename: address.filename, for: principal)
        return held.map { PreparedFile($0, type: "application/octet-stream", visibility: .some) }
    }

    static var noFile: IndexError { IndexError(.notFound, "There is no such file here") }

    /// What an address leads to, and its cost in units of 4 KiB, an open descriptor being one.
    private func open(
        _ address: FileAddress, for principal: Principal?
    ) async throws(IndexError) -> (value: PreparedFile, cost: Int)? {
        let (sha256, filename) = (address.sha256, address.filename)
        let download: Download?
        let type: String
        switch address.part {
        case .archive:
            download = try await index.download(
                index: indexName, sha256: sha256, filename: filename, for: principal)
            type = "application/octet-stream"
        case .coreMetadata:
            download = try await index.coreMetadata(
                index: indexName, sha256: sha256, filename: filename, for: principal)
            type = "text/plain; charset=utf-8"
        case .document: return nil
        }
        guard let download else { return nil }
        let cost = 1 + (download.bytes?.count ?? 0) / 4_096
        let visibility: PreparedFile.Visibility = isReadingOpen && !download.isPrivate ? .all : .some
        return (PreparedFile(download, type: type, visibility: visibility), cost)
    }
}
