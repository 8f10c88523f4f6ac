import Crypto
import Packaging

/// The hash of a member, as `RECORD` states it.
struct RecordHash: Equatable, CustomStringConvertible {
    /// SHA-256, or one of the better ones that the specification allows too.
    let function: SHA2.Function
    let bytes: [UInt8]

    /// As in `RECORD`, but with hexadecimal digits.
    var description: String {
        let digits = bytes.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }
        return "\(function.rawValue)=\(digits.joined())"
    }
}

/// A wheel's `RECORD`: the digest and size of every member (packaging.python.org, "Binary distribution format", "The
/// .dist-info directory"; PEP 376).
struct Record {
    /// Where a row begins in `bytes`. Digest and size are read again when they are needed, since a hundred thousand of
    /// them would take more memory than the file.
    private struct Row {
        let start: UInt32
        var isSeen = false
    }

    /// The last two fields of a row; `nil` where they are empty.
    private struct Claim: Equatable {
        var hash: RecordHash?
        var size: Int64?
    }

    private let bytes: [UInt8]
    /// The first member without a row; members come in no order.
    private var unlisted: (path: MemberPath, offset: Int64)?
    /// The first path with two rows that say the same.
    private var repeated: String?
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
        var count = 0
        while let start = CommaSeparated.row(in: self.bytes, from: position) {
            count += 1
            guard count <= limits.memberCount else {
                throw ArchiveError(.limit, "RECORD has more than \(limits.memberCount) rows.")
            }
            position = start
            try add(try fields(from: &position), at: start)
        }
    }

    /// The function of the hash that the member's row has; SHA-256 without one.
    func function(for path: MemberPath) throws(ArchiveError) -> SHA2.Function {
        guard let row = rows[path.identity] else { return .sha256 }
        return try claim(of: row).hash?.function ?? .sha256
    }

    /// Compares a member with its row.
    ///
    /// - Parameter hash: of the member's bytes, by the function that ``function(for:)`` gives.
    mutating func check(_ path: MemberPath, _ entry: ZipEntry, _ hash: RecordHash) throws(ArchiveError) {
        guard var row = rows[path.identity] else {
            if entry.offset < unlisted?.offset ?? .max { unlisted = (path, entry.offset) }
            return
        }
        row.isSeen = true
        rows[path.identity] = row
        let claim = try claim(of: row)
        guard let stated = claim.hash else { throw Self.error("has no hash for \(path)") }
        guard stated == hash else {
            throw Self.error("has the hash \(stated) for \(path), whose hash is \(hash)")
        }
        guard claim.size.map({ $0 == entry.size }) ?? true else {
            throw Self.error("has the size \(claim.size ?? 0) for \(path), whose size is \(entry.size)")
        }
    }

    /// Marks a member that has no hash: `RECORD` and its signatures.
    mutating func exempt(_ path: MemberPath) {
        rows[path.identity]?.isSeen = true
    }

    /// Looks for what installers forgive: they take the rows for a set, and go by the members.
    ///
    /// - Returns: the first member without a row, the first path with two rows, and the first row without a member.
    func finish() -> [ArchiveError] {
        var flaws = unlisted.map { [Self.error("does not list \($0.path), which is in the wheel")] } ?? []
        if let repeated { flaws.append(Self.error("lists \(repeated) twice")) }
        // The first one in the file, so that the same wheel always gives the same sentence.
        let unseen = rows.values.lazy.filter { !$0.isSeen }.min { $0.start < $1.start }
        guard let unseen else { return flaws }
        var position = Int(unseen.start)
        guard let path = try? fields(from: &position)[0] else { return flaws }
        let text = PackagingError.quote(String(decoding: path, as: UTF8.self))
        flaws.append(Self.error("lists \(text), which is not in the wheel"))
        return flaws
    }

    private mutating func add(_ fields: [ArraySlice<UInt8>], at position: Int) throws(ArchiveError) {
        guard let start = UInt32(exactly: position) else { throw Self.error("is too long") }
        let path = fields[0]
        let text = { PackagingError.quote(String(decoding: path, as: UTF8.self)) }
        let isDirectory = path.last == UInt8(ascii: "/")
        // Uninstallers delete what the rows name.
        if let complaint = MemberPath.complaint(isDirectory ? path.dropLast() : path) {
            throw Self.error("lists \(text()), which \(complaint)")
        }
        let claim = try Self.claim(fields)
        // Rows for directories say nothing.
        guard !isDirectory else { return }
        guard let old = rows.updateValue(Row(start: start), forKey: MemberPath.identity(path)) else { return }
        guard try self.claim(of: old) == claim else {
            throw Self.error("lists \(text()) twice with different values")
        }
        if repeated == nil { repeated = text() }
    }

    /// The three fields of the row that begins at a position, without quotes.
    private func fields(from position: inout Int) throws(ArchiveError) -> [ArraySlice<UInt8>] {
        guard let fields = CommaSeparated.fields(in: bytes, from: &position, count: 3) else {
            throw Self.error("has a row that is not 'path,hash,size'")
        }
        return fields
    }

    private func claim(of row: Row) throws(ArchiveError) -> Claim {
        var position = Int(row.start)
        return try Self.claim(try fields(from: &position))
    }

    private static func claim(_ fields: [ArraySlice<UInt8>]) throws(ArchiveError) -> Claim {
        let hash = try hash(fields[1])
        let text = String(decoding: fields[2], as: UTF8.self)
        guard !text.isEmpty else { return Claim(hash: hash) }
        guard let size = Int64(text) else {
            throw error("has the size \(PackagingError.quote(text)), which is no number")
        }
        return Claim(hash: hash, size: size)
    }

    private static func hash(_ text: ArraySlice<UInt8>) throws(ArchiveError) -> RecordHash? {
        guard !text.isEmpty else { return nil }
        let parts = text.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
        // The specification allows "sha256 or better".
        guard parts.count == 2, let function = SHA2.Function(rawValue: String(decoding: parts[0], as: UTF8.self)) else {
            throw complaint(text, "use sha256")
        }
        guard let bytes = base64(parts[1]), bytes.count == function.byteCount else {
            throw complaint(
                text, "it must be '\(function.rawValue)=' and URL-safe base64 of \(function.byteCount) bytes")
        }
        return RecordHash(function: function, bytes: bytes)
    }

    private static func complaint(_ hash: ArraySlice<UInt8>, _ complaint: String) -> ArchiveError {
        error("has the hash \(PackagingError.quote(String(decoding: hash, as: UTF8.self))); \(complaint)")
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

/// Rows of comma-separated fields, as Python's `csv` reads them: a field that begins with a quote may contain commas and
/// line ends, and a doubled quote in it is a quote; in any other field a quote is a character.
enum CommaSeparated {
    private static let quote = UInt8(ascii: "\"")
    private static let comma = UInt8(ascii: ",")

    /// Where the next row that is not empty begins; `nil` when there is none.
    static func row(in bytes: [UInt8], from position: Int) -> Int? {
        bytes[position...].firstIndex { !isLineEnd($0) }
    }

    /// The values of a row's fields.
    ///
    /// - Parameter position: the beginning of the row; moved to its end.
    /// - Returns: `nil` when there are more or fewer than `count`, when a quote is not closed, or when something stands
    ///   between a closing quote and the end of the field.
    static func fields(in bytes: [UInt8], from position: inout Int, count: Int) -> [ArraySlice<UInt8>]? {
        var fields: [ArraySlice<UInt8>] = []
        fields.reserveCapacity(count)
        while fields.count < count {
            guard let field = field(in: bytes, from: &position) else { return nil }
            fields.append(field)
            guard fields.count < count, position < bytes.count, bytes[position] == comma else { break }
            position += 1
        }
        let isEnd = position == bytes.count || isLineEnd(bytes[position])
        return fields.count == count && isEnd ? fields : nil
    }

    private static func field(in bytes: [UInt8], from position: inout Int) -> ArraySlice<UInt8>? {
        guard position < bytes.count, bytes[position] == quote else {
            let start = position
            while position < bytes.count, bytes[position] != comma, !isLineEnd(bytes[position]) { position += 1 }
            return bytes[start..<position]
        }
        var value: [UInt8] = []
        repeat {
            // Past the opening quote, or past the second one of a pair.
            position += 1
            guard let end = bytes[position...].firstIndex(of: quote) else { return nil }
            value += bytes[position..<end]
            position = end + 1
            if position < bytes.count, bytes[position] == quote { value.append(quote) }
        } while position < bytes.count && bytes[position] == quote
        guard position == bytes.count || bytes[position] == comma || isLineEnd(bytes[position]) else { return nil }
        return value[...]
    }

    private static func isLineEnd(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") }
}
