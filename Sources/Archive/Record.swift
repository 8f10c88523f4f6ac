import Packaging

/// A wheel's `RECORD`: the digest and size of every member (packaging.python.org, "Binary distribution format", "The
/// .dist-info directory"; PEP 376).
struct Record {
    /// Where a row begins in `bytes`. Digest and size are read again when they are needed, since a hundred thousand of
    /// them would take more memory than the file.
    private struct Row {
        let start: UInt32
        var isSeen = false
    }

    /// The last two fields of a row.
    private struct Claim: Equatable {
        /// `nil` where there is none: for `RECORD` itself, and where it is of an algorithm that is not checked.
        var digest: Digest?
        /// SHA-384 or SHA-512, which the specification allows and nobody writes.
        var isUnchecked = false
        var size: Int64?
    }

    private let bytes: [UInt8]
    /// The first member without a row, and the first row without a member.
    private(set) var flaws: [ArchiveError] = []
    /// By ``MemberPath/identity``.
    private var rows: [Int: Row] = [:]

    /// Reads a file of comma-separated rows: path, `algorithm=digest`, size; the last two may be empty.
    ///
    /// - Throws: `ArchiveError` with the rule `record` or `limit`.
    init(_ bytes: consuming [UInt8], limits: ArchiveLimits) throws(ArchiveError) {
        // Old programs on Windows wrote backslashes.
        for index in bytes.indices where bytes[index] == UInt8(ascii: "\\") { bytes[index] = UInt8(ascii: "/") }
        self.bytes = bytes
        var position = 0
        while let row = CommaSeparated.row(in: self.bytes, from: &position) {
            guard rows.count < limits.memberCount else {
                throw ArchiveError(.limit, "RECORD has more than \(limits.memberCount) rows.")
            }
            try add(row)
        }
    }

    /// Compares a member with its row.
    ///
    /// - Parameter digest: the SHA-256 of the member.
    mutating func check(_ path: MemberPath, digest: Digest, size: Int64) throws(ArchiveError) {
        guard var row = rows[path.identity] else {
            if flaws.isEmpty { flaws.append(Self.error("does not list \(path), which is in the wheel")) }
            return
        }
        row.isSeen = true
        rows[path.identity] = row
        let claim = try claim(of: row)
        guard claim.digest != nil || claim.isUnchecked else { throw Self.error("has no hash for \(path)") }
        guard claim.digest.map({ $0 == digest }) ?? true else {
            throw Self.error("has the hash \(claim.digest?.description ?? "") for \(path), whose hash is \(digest)")
        }
        guard claim.size.map({ $0 == size }) ?? true else {
            throw Self.error("has the size \(claim.size ?? 0) for \(path), whose size is \(size)")
        }
    }

    /// Marks a member that has no hash: `RECORD` and its signatures.
    mutating func exempt(_ path: MemberPath) {
        rows[path.identity]?.isSeen = true
    }

    /// Looks for rows that have had no member.
    mutating func finish() {
        // The first one in the file, so that the same wheel always gives the same sentence.
        let unseen = rows.values.lazy.filter { !$0.isSeen }.min { $0.start < $1.start }
        guard let unseen, let path = try? fields(of: unseen)[0] else { return }
        let text = PackagingError.quote(String(decoding: path, as: UTF8.self))
        flaws.append(Self.error("lists \(text), which is not in the wheel"))
    }

    private mutating func add(_ range: Range<Int>) throws(ArchiveError) {
        guard let start = UInt32(exactly: range.lowerBound) else { throw Self.error("is too long") }
        let row = Row(start: start)
        let path = try fields(of: row)[0]
        let claim = try claim(of: row)
        // Rows for directories say nothing.
        guard path.last != UInt8(ascii: "/") else { return }
        guard let old = rows.updateValue(row, forKey: MemberPath.identity(path)) else { return }
        guard try self.claim(of: old) == claim else {
            let text = PackagingError.quote(String(decoding: path, as: UTF8.self))
            throw Self.error("lists \(text) twice with different values")
        }
    }

    /// The three fields of a row, without quotes.
    private func fields(of row: Row) throws(ArchiveError) -> [ArraySlice<UInt8>] {
        var position = Int(row.start)
        guard let range = CommaSeparated.row(in: bytes, from: &position),
            let fields = CommaSeparated.fields(of: bytes[range], count: 3)
        else { throw Self.error("has a row that is not 'path,hash,size'") }
        return fields
    }

    private func claim(of row: Row) throws(ArchiveError) -> Claim {
        let fields = try fields(of: row)
        let (digest, isUnchecked) = try Self.digest(fields[1])
        let text = String(decoding: fields[2], as: UTF8.self)
        guard !text.isEmpty else { return Claim(digest: digest, isUnchecked: isUnchecked) }
        guard let size = Int64(text) else {
            throw Self.error("has the size \(PackagingError.quote(text)), which is no number")
        }
        return Claim(digest: digest, isUnchecked: isUnchecked, size: size)
    }

    private static func digest(_ text: ArraySlice<UInt8>) throws(ArchiveError) -> (Digest?, isUnchecked: Bool) {
        guard !text.isEmpty else { return (nil, false) }
        func error(_ complaint: String) -> ArchiveError {
            Self.error("has the hash \(PackagingError.quote(String(decoding: text, as: UTF8.self))); \(complaint)")
        }
        guard let equals = text.firstIndex(of: UInt8(ascii: "=")) else {
            throw error("it must be 'sha256=' and base64 digits")
        }
        let algorithm = text[..<equals]
        // The specification allows "sha256 or better".
        guard !algorithm.elementsEqual("sha384".utf8), !algorithm.elementsEqual("sha512".utf8) else {
            return (nil, true)
        }
        guard algorithm.elementsEqual("sha256".utf8) else { throw error("use sha256") }
        guard let bytes = base64(text[(equals + 1)...]), bytes.count == 32 else {
            throw error("it must be 'sha256=' and 43 digits of URL-safe base64")
        }
        return (Digest(.sha256, bytes: bytes), false)
    }

    /// URL-safe base64 (RFC 4648 §5), without padding; padding of old programs is forgiven.
    private static func base64(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(32)
        var pending: UInt32 = 0
        var bits = 0
        var digits = text
        while digits.last == UInt8(ascii: "=") { digits.removeLast() }
        for character in digits {
            guard let value = base64Value(character) else { return nil }
            pending = (pending << 6 | value) & 0xFFFF
            bits += 6
            guard bits >= 8 else { continue }
            bits -= 8
            bytes.append(UInt8(truncatingIfNeeded: pending >> UInt32(bits)))
        }
        return bytes
    }

    private static func base64Value(_ character: UInt8) -> UInt32? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character - UInt8(ascii: "a") + 26)
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character - UInt8(ascii: "0") + 52)
        case UInt8(ascii: "-"): 62
        case UInt8(ascii: "_"): 63
        default: nil
        }
    }

    private static func error(_ complaint: String) -> ArchiveError {
        ArchiveError(.record, "The wheel's RECORD \(complaint); build the wheel again.")
    }
}

/// Rows of comma-separated fields, as Python's `csv` reads them: a field in quotes may contain commas and line ends,
/// and a doubled quote is a quote.
enum CommaSeparated {
    private static let quote = UInt8(ascii: "\"")

    /// The next row that is not empty, without its line end.
    ///
    /// - Parameter position: moved to the end of the row.
    /// - Returns: `nil` when there is none.
    static func row(in bytes: [UInt8], from position: inout Int) -> Range<Int>? {
        while position < bytes.count, isLineEnd(bytes[position]) { position += 1 }
        guard position < bytes.count else { return nil }
        let start = position
        var isQuoted = false
        while position < bytes.count, isQuoted || !isLineEnd(bytes[position]) {
            if bytes[position] == quote { isQuoted.toggle() }
            position += 1
        }
        return start..<position
    }

    /// The values of a row's fields.
    ///
    /// - Returns: `nil` when there are more or less than `count`, or when a quote is not closed.
    static func fields(of row: ArraySlice<UInt8>, count: Int) -> [ArraySlice<UInt8>]? {
        var fields: [ArraySlice<UInt8>] = []
        var start = row.startIndex
        var isQuoted = false
        for index in row.indices {
            if row[index] == quote { isQuoted.toggle() }
            guard row[index] == UInt8(ascii: ","), !isQuoted else { continue }
            // A row of commas must not cost memory.
            guard fields.count < count else { return nil }
            fields.append(unquoted(row[start..<index]))
            start = index + 1
        }
        fields.append(unquoted(row[start...]))
        return isQuoted || fields.count != count ? nil : fields
    }

    private static func unquoted(_ field: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        guard field.first == quote, field.count >= 2 else { return field }
        var value: [UInt8] = []
        var isEscape = false
        for byte in field.dropFirst().dropLast() {
            isEscape = byte == quote && !isEscape
            if !isEscape { value.append(byte) }
        }
        return value[...]
    }

    private static func isLineEnd(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") }
}
