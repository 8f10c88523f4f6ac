/// The fields of a part's head, and the boundary of a `Content-Type`.
enum MultipartHead {
    /// The boundary of `multipart/form-data; boundary=…` (RFC 2046 §5.1.1: 1 to 70 characters, the last not a space).
    ///
    /// - Throws: 415 for another type, 400 for a missing or invalid boundary.
    static func boundary(_ contentType: ArraySlice<UInt8>) throws(HTTPError) -> [UInt8] {
        let parts = contentType.separated(by: Grammar.semicolon)
        guard parts[0].matches("multipart/form-data") else {
            throw HTTPError(.unsupportedMediaType, "The request body must be multipart/form-data.")
        }
        var boundary: [UInt8]?
        for part in parts.dropFirst() {
            guard let parameter = Parameter(part), parameter.name == "boundary" else { continue }
            guard boundary == nil else {
                throw HTTPError(.badRequest, "The Content-Type field has more than one boundary.")
            }
            boundary = parameter.value
        }
        guard let boundary, (1...70).contains(boundary.count), boundary.last != Grammar.space,
            boundary.allSatisfy(isBoundary)
        else {
            throw HTTPError(.badRequest, "The Content-Type field needs a boundary of 1 to 70 allowed characters.")
        }
        return boundary
    }

    /// The part that the lines describe.
    ///
    /// - Throws: 400.
    static func part(_ lines: ArraySlice<UInt8>) throws(HTTPError) -> MultipartPart {
        var disposition: ArraySlice<UInt8>?
        var contentType: ArraySlice<UInt8>?
        var rest = lines
        while let end = rest.firstIndex(of: Grammar.lineFeed) {
            let (name, value) = try field(rest[..<(end - 1)])
            rest = rest[(end + 1)...]
            if name.matches("content-disposition") {
                guard disposition == nil else { throw broken("has more than one Content-Disposition") }
                disposition = value
            } else if name.matches("content-type") {
                guard contentType == nil else { throw broken("has more than one Content-Type") }
                contentType = value
            } else if name.matches("content-transfer-encoding") {
                // RFC 7578 §4.7 deprecates it; a coding that changes bytes would be stored coded.
                guard ["binary", "8bit", "7bit"].contains(where: value.matches) else {
                    throw broken("has a Content-Transfer-Encoding; send the bytes as they are")
                }
            }
        }
        guard let disposition else { throw broken("has no Content-Disposition") }
        return try part(disposition: disposition, contentType: contentType)
    }

    private static func part(
        disposition: ArraySlice<UInt8>, contentType: ArraySlice<UInt8>?
    ) throws(HTTPError) -> MultipartPart {
        let parts = disposition.separated(by: Grammar.semicolon)
        guard parts[0].matches("form-data") else { throw broken("is not form-data") }
        var values: [String: String] = [:]
        for part in parts.dropFirst() where !part.isEmpty {
            guard let parameter = Parameter(part) else { throw broken("has a broken Content-Disposition") }
            guard parameter.name != "filename*", parameter.name != "name*" else {
                throw broken("uses '\(parameter.name)='; RFC 7578 §4.2 forbids it, send plain UTF-8")
            }
            guard let text = String(validating: parameter.value, as: UTF8.self) else {
                throw broken("has a name that is not UTF-8")
            }
            guard values.updateValue(text, forKey: parameter.name) == nil else {
                throw broken("names '\(parameter.name)' more than once")
            }
        }
        guard let name = values["name"], !name.isEmpty else { throw broken("has no name") }
        let type = contentType.map { String(decoding: $0, as: UTF8.self) }
        return MultipartPart(name: name, filename: values["filename"], contentType: type)
    }

    /// `name: value` by the rules of RFC 9112 §5.
    private static func field(
        _ line: ArraySlice<UInt8>
    ) throws(HTTPError) -> (name: ArraySlice<UInt8>, value: ArraySlice<UInt8>) {
        guard let colon = line.firstIndex(of: Grammar.colon), colon > line.startIndex,
            line[..<colon].allSatisfy(Grammar.isToken), line[colon...].allSatisfy(Grammar.isFieldValue)
        else { throw broken("has a line that is not a header field") }
        return (line[..<colon], line[(colon + 1)...].trimmed)
    }

    private static func broken(_ what: String) -> HTTPError {
        HTTPError(.badRequest, "A part of the multipart body \(what).")
    }

    /// `bchars`, RFC 2046 §5.1.1.
    private static func isBoundary(_ byte: UInt8) -> Bool {
        Grammar.isLetter(byte) || Grammar.isDigit(byte) || "'()+_,-./:=? ".utf8.contains(byte)
    }
}

/// `name=value` or `name="value"` (RFC 9110 §5.6.6).
private struct Parameter {
    /// In lower case.
    let name: String
    let value: [UInt8]

    /// `nil` for broken syntax.
    init?(_ bytes: ArraySlice<UInt8>) {
        guard let equals = bytes.firstIndex(of: Grammar.equals), equals > bytes.startIndex else { return nil }
        guard bytes[..<equals].allSatisfy(Grammar.isToken) else { return nil }
        name = String(decoding: bytes[..<equals].map(Grammar.lowercase), as: UTF8.self)
        let given = bytes[(equals + 1)...]
        guard given.first == Grammar.quote else {
            value = Array(given)
            // Browsers and curl quote everything; what some clients send bare is more than a token (`a+b.whl` is one).
            guard !given.isEmpty, given.allSatisfy({ $0 > Grammar.space && $0 != Grammar.quote }) else { return nil }
            return
        }
        guard let value = Self.unquoted(given.dropFirst()) else { return nil }
        self.value = value
    }

    /// Only `\"` and `\\` are escapes: some clients send the backslashes of a Windows path as they are.
    private static func unquoted(_ bytes: ArraySlice<UInt8>) -> [UInt8]? {
        var value: [UInt8] = []
        var at = bytes.startIndex
        while at < bytes.endIndex, bytes[at] != Grammar.quote {
            let isEscape = bytes[at] == Grammar.backslash && at + 1 < bytes.endIndex
            if isEscape, bytes[at + 1] == Grammar.quote || bytes[at + 1] == Grammar.backslash { at += 1 }
            value.append(bytes[at])
            at += 1
        }
        // The closing quote must be the last byte.
        return at == bytes.endIndex - 1 ? value : nil
    }
}
