/// Header fields and a body, read as Python's `email` parser with the policy `compat32` reads them: the form of core
/// metadata, and of a wheel's `WHEEL` file (packaging.python.org, "Core metadata specifications").
///
/// The parser never fails on odd lines, since installers do not either: the first line that is neither a field nor a
/// continuation begins the body. Two things are not imitated: `Content-Type` and `Content-Transfer-Encoding` mean
/// nothing here.
struct HeaderMessage: Sendable {
    /// A field as it was written.
    struct Field: Sendable {
        /// The name, in the case that it was written in; names are compared without case.
        let name: String
        /// The value: line ends and blanks before it and line ends after it are gone, those inside it are kept.
        let value: String
    }

    /// The fields in their order, repeated ones too.
    private(set) var fields: [Field] = []
    /// Everything after the empty line that ends the fields, byte for byte.
    private(set) var body = ""

    /// Reads a message.
    ///
    /// - Parameters:
    ///   - bytes: the caller has checked their count.
    ///   - document: what the bytes are, for the beginning of a sentence, such as `The core metadata`.
    ///   - fieldCountLimit: the most fields.
    /// - Throws: `PackagingError` when the bytes are not UTF-8, contain a NUL, or have more fields than allowed.
    init(_ bytes: [UInt8], document: String, fieldCountLimit: Int) throws(PackagingError) {
        try Self.checkText(bytes, document)
        var reader = HeaderReader(bytes: bytes)
        while let line = reader.nextHeaderLine() {
            reader.take(line)
            guard reader.fields.count <= fieldCountLimit else {
                throw PackagingError(
                    reason: "\(document) has too many fields; at most \(fieldCountLimit) are allowed.")
            }
        }
        reader.closeField()
        fields = reader.fields
        body = String(decoding: reader.body, as: UTF8.self)
    }

    /// The values of a field in their order; empty when it is absent.
    ///
    /// - Parameter name: in any case.
    func values(_ name: String) -> [String] {
        fields.lazy.filter { $0.name.utf8.elementsEqual(name.utf8, by: { $0.lowercased == $1.lowercased }) }.map(
            \.value)
    }

    private static func checkText(_ bytes: [UInt8], _ document: String) throws(PackagingError) {
        do {
            _ = try UTF8Span(validating: bytes.span)
        } catch {
            let offset = error.byteOffsets.lowerBound
            throw PackagingError(
                reason: "\(document) is not UTF-8: line \(line(at: offset, in: bytes)) (byte \(offset)) has a byte that"
                    + " UTF-8 does not allow there; save the text as UTF-8.")
        }
        guard let offset = bytes.firstIndex(of: 0) else { return }
        throw PackagingError(
            reason: "\(document) contains a NUL character in line \(line(at: offset, in: bytes)); remove it.")
    }

    /// The number of the line, from 1.
    private static func line(at offset: Int, in bytes: [UInt8]) -> Int {
        bytes[..<offset].count { $0 == UInt8(ascii: "\n") } + 1
    }
}

/// Goes through the lines of a message. Lines end in CR, LF or CR LF.
private struct HeaderReader {
    let bytes: [UInt8]
    private(set) var fields: [HeaderMessage.Field] = []
    private var position = 0
    private var prefixOfBody: Range<Int> = 0..<0
    /// The name and value of the field that may still go on; the value is a range of whole lines.
    private var open: (name: Range<Int>, value: Range<Int>)?

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    var body: [UInt8] { Array(bytes[prefixOfBody] + bytes[position...]) }

    /// The next line of the header, or nil when `position` has come to the body.
    mutating func nextHeaderLine() -> Range<Int>? {
        guard position < bytes.count else { return nil }
        let line = line(from: position)
        guard isHeaderLine(line) else {
            // The empty line belongs to neither part; any other line is the first one of the body.
            if isLineEnd(bytes[line.lowerBound]) { position = line.upperBound }
            return nil
        }
        position = line.upperBound
        return line
    }

    mutating func take(_ line: Range<Int>) {
        if isBlank(bytes[line.lowerBound]) {
            // A continuation without a field before it is dropped.
            if let field = open { open = (field.name, field.value.lowerBound..<line.upperBound) }
            return
        }
        closeField()
        if bytes[line].starts(with: "From ".utf8) {
            takeEnvelope(line)
            return
        }
        guard let colon = bytes[line].firstIndex(of: UInt8(ascii: ":")), colon > line.lowerBound else { return }
        open = (line.lowerBound..<colon, (colon + 1)..<line.upperBound)
    }

    mutating func closeField() {
        guard let field = open else { return }
        open = nil
        var value = bytes[field.value]
        while let first = value.first, isBlank(first) || isLineEnd(first) { value.removeFirst() }
        while let last = value.last, isLineEnd(last) { value.removeLast() }
        fields.append(
            HeaderMessage.Field(
                name: String(decoding: bytes[field.name], as: UTF8.self), value: String(decoding: value, as: UTF8.self))
        )
    }

    /// A line that begins with `From ` is dropped, unless it is the header's last one: then the body begins with it.
    private mutating func takeEnvelope(_ line: Range<Int>) {
        guard line.lowerBound > 0 else { return }
        let isLast = position >= bytes.count || !isHeaderLine(self.line(from: position))
        if isLast { prefixOfBody = line }
    }

    private func isHeaderLine(_ line: Range<Int>) -> Bool {
        let text = bytes[line]
        guard let first = text.first, !isBlank(first), !text.starts(with: "From ".utf8) else { return true }
        let name = text.prefix { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: ":") }
        return name.endIndex < line.upperBound && bytes[name.endIndex] == UInt8(ascii: ":")
    }

    /// The line that begins here, with its end.
    private func line(from start: Int) -> Range<Int> {
        guard let end = bytes[start...].firstIndex(where: isLineEnd) else { return start..<bytes.count }
        let isPair =
            bytes[end] == UInt8(ascii: "\r") && end + 1 < bytes.count && bytes[end + 1] == UInt8(ascii: "\n")
        return start..<(end + (isPair ? 2 : 1))
    }

    private func isLineEnd(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") }

    private func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
}

extension String {
    /// The text without ASCII white space at either end.
    var trimmedWhitespace: String { String(decoding: Array(utf8).trimmingWhitespace(), as: UTF8.self) }

    /// The text with the letters A to Z in lower case.
    var lowercasedASCII: String { String(decoding: utf8.map(\.lowercased), as: UTF8.self) }
}
