import HTTP
import Wheelhouse

extension Site {
    /// The legacy upload API: a form whose fields come in any order, around the archive's bytes.
    func upload(_ request: HTTPRequest, _ body: any HTTPBodyReader) async throws(IndexError) -> HTTPResponse {
        let principal = try authenticate(request)
        let upload = try index.beginUpload(index: indexName, by: principal)
        do {
            try await receive(upload, request, body)
        } catch {
            return .failure(error.status, error.reason, to: request)
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
    ) async throws(HTTPError) {
        guard request.framing != .none else {
            throw HTTPError(.badRequest, "The request has no body; send the form and the file as multipart/form-data")
        }
        var reader = UploadReader(upload, parser: try MultipartParser(contentType: request.fields[.contentType]))
        // Both may stand in the query as well (legacy upload API).
        for name in [":action", "protocol_version"] {
            if let value = request.target.queryValue(name) {
                try answering { () throws(IndexError) in try upload.form.add(name, value) }
            }
        }
        var piece: [UInt8] = []
        while try await body.read(into: &piece) {
            try await reader.take(piece)
            piece.removeAll(keepingCapacity: true)
        }
        try reader.parser.finish()
    }

    private func answering(_ body: () throws(IndexError) -> Void) throws(HTTPError) {
        do {
            try body()
        } catch {
            throw HTTPError(error.code.status, error.sentence)
        }
    }
}

/// Sorts the parts of an upload's form: the archive, the fields that matter, and what is passed over.
struct UploadReader {
    private enum Part {
        case none, archive
        case field(String)
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
    ///
    /// - Throws: what the form or the disk makes impossible, as the status to answer.
    mutating func take(_ piece: [UInt8]) async throws(HTTPError) {
        var position = 0
        while let event = try parser.next(piece, at: &position, to: piece.count) {
            do throws(IndexError) {
                switch event {
                case .begin(let head): part = try begin(head)
                case .data(let range): try await append(piece[range])
                case .carried(let bytes): try await append(bytes[...])
                case .endPart: try endPart()
                case .end: break
                }
            } catch {
                throw HTTPError(error.code.status, error.sentence)
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
            return .none
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
            guard text.count + bytes.count <= UploadForm.fieldLimitBytes else {
                throw IndexError(.invalid, "Field '\(name)' is longer than \(UploadForm.fieldLimitBytes) bytes")
            }
            text.append(contentsOf: bytes)
        }
    }

    private mutating func endPart() throws(IndexError) {
        defer { part = .none }
        guard case .field(let name) = part else { return }
        guard let value = String(validating: text, as: UTF8.self) else {
            throw IndexError(.invalid, "Field '\(name)' is not valid UTF-8")
        }
        try upload.form.add(name, value)
    }
}
