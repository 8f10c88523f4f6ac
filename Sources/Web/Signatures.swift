import HTTP
import Packaging
import Wheelhouse

extension Site {
    /// `GET /packages/{sha256}/{filename}.asc`, `.provenance`, `.signatures` …: made for each request, since few ask.
    func document(
        _ document: SignatureDocument, _ address: FileAddress, _ request: HTTPRequest, for viewer: Viewer
    ) async throws(IndexError) -> HTTPResponse {
        // Not inside the call below: Swift 6.3.1 makes a task's stack unsound of that.
        let principal = await principal(of: request, viewer)
        let found = try await index.document(
            document, of: address.filename, sha256: address.sha256, index: indexName, for: principal)
        guard let found else { throw Self.noFile }
        try requireReading(of: found.project, viewer)
        return answer(found, type: found.type, request)
    }

    /// `GET /integrity/{project}/{version}/{filename}/provenance` (PEP 740; the types are those of the public index).
    func provenance(
        _ project: String, _ version: String, _ filename: String, _ request: HTTPRequest, for viewer: Viewer
    ) async throws(IndexError) -> HTTPResponse {
        guard let type = Self.provenanceTypes.choose(request.fields).map({ Self.offered[$0] }) else {
            let types = Self.offered.joined(separator: " and ")
            return failure(.notAcceptable, "This object exists as \(types); accept one of them", to: request)
        }
        guard let version = try? Version(version) else { return Self.noProvenance(filename) }
        let found = try await index.provenance(
            project: project, version: version, filename: filename, index: indexName, for: viewer.principal)
        if let found { return answer(found, type: type, request) }
        if let failure = viewer.failure { throw failure }
        return Self.noProvenance(filename)
    }

    /// In the form of the public index.
    private static func noProvenance(_ filename: String) -> HTTPResponse {
        var response = HTTPResponse(
            .notFound,
            fields: HTTPFields([
                ("Content-Type", "application/json"), ("Cache-Control", "no-store"),
                ("X-Content-Type-Options", "nosniff"),
            ]))
        let message = "No provenance available for \(filename)"
        response.body = .bytes(Array("{\"message\":\(JSON.string(message))}\n".utf8))
        return response
    }

    private static let offered = ["application/vnd.pypi.integrity.v1+json", "application/json"]
    private static let provenanceTypes = Accept(offers: offered, anything: 0)

    private func answer(_ document: ServedDocument, type: String, _ request: HTTPRequest) -> HTTPResponse {
        // Another signature, or another check of one, may come at any time.
        let fields = HTTPFields([
            ("Content-Type", type), ("Cache-Control", pageCacheControl(isPrivate: document.isPrivate)),
            ("X-Content-Type-Options", "nosniff"),
        ])
        let page = RenderedPage(document.bytes, serial: document.serial)
        let isSame = isReadingOpen && !document.isPrivate
        return PreparedPage(page, fields: fields, vary: vary(isSame ? "Accept" : "Accept, Cookie", isSame: isSame))
            .answer(request)
    }

    /// `PUT /packages/{sha256}/{filename}.{suffix}`: a signature that comes after its file.
    func addSignature(
        at path: String, _ request: HTTPRequest, _ body: any HTTPBodyReader
    ) async throws(IndexError) -> HTTPResponse {
        let principal = try await authenticate(request)
        guard let address = Route.file(at: path), case .document(.signature) = address.part else {
            let suffixes = SignatureSuffix.all.map { ".\($0)" }.joined(separator: ", ")
            throw IndexError(
                .invalid, "Only signatures are put here, behind the file's name with one of \(suffixes)")
        }
        var bytes: [UInt8] = []
        do throws(HTTPError) {
            while try await body.read(into: &bytes) {
                guard bytes.count <= ReceivedSignatures.lengthLimitBytes else {
                    throw HTTPError(
                        .contentTooLarge, "A signature has at most \(ReceivedSignatures.lengthLimitBytes) bytes")
                }
            }
        } catch {
            return failure(error.status, error.reason, to: request)
        }
        let addition = try await index.addSignature(
            bytes, to: address.filename, sha256: address.sha256, index: indexName, by: principal,
            from: caller(request))
        return .text(addition.isNew ? .created : .ok, addition.text)
    }
}

extension SignatureAddition {
    /// What the sender is told.
    fileprivate var text: String {
        guard isNew else { return "The file has this signature, or another one by the same signer" }
        return sentence + (isReleased ? "\nThe file was held until now; installers can have it" : "")
    }
}
