import HTTP
import Wheelhouse

extension Site {
    /// The legacy upload API: a form whose fields come in any order, around the archive's bytes.
    func upload(_ request: HTTPRequest, _ body: any HTTPBodyReader) async throws(IndexError) -> HTTPResponse {
        let principal = try await authenticate(request, mayBeSpent: true)
        do {
            return try await upload(request, body, by: principal)
        } catch {
            index.noteRefusedUpload(error, by: principal, from: caller(request))
            throw error
        }
    }

    private func upload(
        _ request: HTTPRequest, _ body: any HTTPBodyReader, by principal: Principal
    ) async throws(IndexError) -> HTTPResponse {
        let upload = try index.beginUpload(index: indexName, by: principal, from: caller(request))
        do {
            try await receive(upload, request, body)
        } catch {
            switch error {
            // What is no upload at all is in the access log.
            case .request(let error): return .failure(error.status, error.reason, to: request)
            case .index(let error): throw error
            }
        }
        switch try await upload.publish() {
        case .published(let filename, let warnings):
            return .text(.ok, (["Published \(filename)"] + warnings.map { "Warning: \($0)" }).joined(separator: "\n"))
        case .alreadyThere(let filename): return .text(.ok, "\(filename) was here already, with the same bytes")
        }
    }

    /// Reads the whole form. Bytes of the archive go on to the index as they come.
    private func receive(
        _ upload: Upload, _ request: HTTPRequest, _ body: any HTTPBodyReader
    ) async throws(UploadFailure) {
        var reader = try UploadFailure.of { () throws(HTTPError) in
            guard request.framing != .none else {
                throw HTTPError(
                    .badRequest, "The request has no body; send the form and the file as multipart/form-data")
            }
            return UploadReader(upload, parser: try MultipartParser(contentType: request.fields[.contentType]))
        }
        // Both may stand in the query as well (legacy upload API).
        for name in [":action", "protocol_version"] {
            guard let value = request.target.queryValue(name) else { continue }
            try UploadFailure.of { () throws(IndexError) in try upload.form.add(name, value) }
        }
        var piece: [UInt8] = []
        while try await next(&piece, of: body) {
            try await reader.take(piece)
            piece.removeAll(keepingCapacity: true)
        }
        try UploadFailure.of { () throws(HTTPError) in try reader.parser.finish() }
    }

    private func next(_ piece: inout [UInt8], of body: any HTTPBodyReader) async throws(UploadFailure) -> Bool {
        do {
            return try await body.read(into: &piece)
        } catch {
            throw .request(error)
        }
    }
}

/// Why an upload did not arrive: the request is at fault, or the index refused or failed.
enum UploadFailure: Error {
    case request(HTTPError)
    case index(IndexError)

    static func of<Value>(_ body: () throws(HTTPError) -> Value) throws(UploadFailure) -> Value {
        do {
            return try body()
        } catch {
            throw .request(error)
        }
    }

    static func of<Value>(_ body: () throws(IndexError) -> Value) throws(UploadFailure) -> Value {
        do {
            return try body()
        } catch {
            throw .index(error)
        }
    }
}

/// Sorts the parts of an upload's form: the archive, the fields that matter, and what is passed over.
struct UploadReader {
    private enum Part {
        case none, archive
        case field(String)
        case signatures(ReceivedSignatures.Field)

        /// The longest value, in bytes.
        var limitBytes: Int {
            if case .signatures = self { ReceivedSignatures.lengthLimitBytes } else { UploadForm.fieldLimitBytes }
        }
    }

    var parser: MultipartParser
    private let upload: Upload
    private var part = Part.none
    private var text: [UInt8] = []

    init(_ upload: Upload, parser: MultipartParser) {
        self.upload = upload
        self.parser = parser
    }

    /// Takes the next piece of the body.
    mutating func take(_ piece: [UInt8]) async throws(UploadFailure) {
        var position = 0
        while let event = try UploadFailure.of({ () throws(HTTPError) in
            try parser.next(piece, at: &position, to: piece.count)
        }) {
            do throws(IndexError) {
                switch event {
                case .begin(let head): part = try begin(head)
                case .data(let range): try await append(piece[range])
                case .carried(let bytes): try await append(bytes[...])
                case .endPart: try endPart()
                case .end: break
                }
            } catch {
                throw .index(error)
            }
        }
    }

    private mutating func begin(_ head: MultipartPart) throws(IndexError) -> Part {
        text.removeAll(keepingCapacity: true)
        switch (head.name, head.filename) {
        case ("content", let filename?):
            try upload.beginContent(filename: filename)
            return .archive
        case ("content", nil):
            throw IndexError(.invalid, "Field 'content' has no file name; send the archive as a file")
        case ("gpg_signature", _):
            return .signatures(.detached)
        case ("attestations", nil):
            return .signatures(.attestations)
        case (let name, _?):
            throw IndexError(.invalid, "Field '\(name)' must be text, not a file")
        case (let name, nil):
            return UploadForm.usedFields.contains(name) ? .field(name) : .none
        }
    }

    private mutating func append(_ bytes: ArraySlice<UInt8>) async throws(IndexError) {
        switch part {
        case .none:
            break
        case .archive:
            try await upload.append(bytes)
        case .field(let name):
            try take(bytes, of: name)
        case .signatures(let field):
            try take(bytes, of: field.rawValue)
        }
    }

    private mutating func take(_ bytes: ArraySlice<UInt8>, of name: String) throws(IndexError) {
        guard text.count + bytes.count <= part.limitBytes else {
            throw IndexError(.invalid, "Field '\(name)' is longer than \(part.limitBytes) bytes")
        }
        text.append(contentsOf: bytes)
    }

    private mutating func endPart() throws(IndexError) {
        defer { part = .none }
        if case .signatures(let field) = part { return try upload.signatures.add(field, text) }
        guard case .field(let name) = part else { return }
        guard let value = String(validating: text, as: UTF8.self) else {
            throw IndexError(.invalid, "Field '\(name)' is not valid UTF-8")
        }
        try upload.form.add(name, value)
    }
}
