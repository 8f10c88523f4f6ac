import HTTP
import Packaging
import Wheelhouse

/// An archive, open and ready to be sent.
struct PreparedFile: Sendable {
    let etag: String
    let lastModified: Int64
    let response: HTTPResponse
    let notModified: HTTPResponse

    init(_ download: Download, visibility: String) {
        let record = download.published
        etag = "\"\(record.sha256.hex)\""
        lastModified = record.uploadTime.microseconds / 1_000_000
        // The bytes under this address never change: pip and uv ask for them once.
        let caching = HTTPFields([
            ("ETag", etag), ("Cache-Control", "max-age=365000000, immutable, \(visibility)"),
            ("Last-Modified", HTTPDate.text(lastModified)),
        ])
        var fields = HTTPFields([
            ("Content-Type", "application/octet-stream"), ("Accept-Ranges", "bytes"),
            ("X-Content-Type-Options", "nosniff"),
        ])
        fields.append(caching)
        response = HTTPResponse(.ok, fields: fields, body: .file(download.file, offset: 0, length: record.size))
        notModified = HTTPResponse(.notModified, fields: caching)
    }

    /// The whole, a part, or nothing new (RFC 9110 §13, §14).
    func answer(_ request: HTTPRequest) -> HTTPResponse {
        switch Conditional.evaluate(request, etag: etag, lastModified: lastModified) {
        case .notModified: notModified
        case .preconditionFailed: .failure(.preconditionFailed, "The file's tag is \(etag)", to: request)
        case .proceed(usesRange: false): response
        case .proceed(usesRange: true): part(request)
        }
    }

    private func part(_ request: HTTPRequest) -> HTTPResponse {
        guard case .file(let file, _, let size) = response.body else { return response }
        switch ByteRange(request.fields, size: size) {
        case .whole:
            return response
        case .unsatisfiable:
            var refusal = HTTPResponse.failure(
                .rangeNotSatisfiable, "The file has \(size) bytes; ask for a range within them", to: request)
            refusal.fields.append("Content-Range", ByteRange.unsatisfiedRange(of: size))
            return refusal
        case .partial(let range):
            var part = response
            part.status = .partialContent
            part.fields.append("Content-Range", ByteRange.contentRange(range, of: size))
            part.body = .file(file, offset: range.lowerBound, length: Int64(range.count))
            return part
        }
    }
}

extension Site {
    func file(sha256: String, filename: String, _ request: HTTPRequest) async throws(IndexError) -> HTTPResponse {
        let key = PageKey.file(sha256: sha256, filename: filename)
        if let file = files.cached(key) { return file.answer(request) }
        // Only the lower-case form is an address, so that every file has one.
        guard let digest = try? Digest(.sha256, hex: sha256), digest.hex == sha256 else {
            throw IndexError(.notFound, "There is no such file here")
        }
        let file = try await files.value(for: key) { () async throws(IndexError) in
            let download = try await index.download(index: indexName, sha256: digest, filename: filename)
            return download.map { (PreparedFile($0, visibility: isReadingOpen ? "public" : "private"), 1) }
        }
        guard let file else { throw IndexError(.notFound, "There is no such file here") }
        return file.answer(request)
    }
}
