/// The records of a pax header that say where a member is (POSIX.1-2017, pax, "pax Header Block").
struct PaxRecords {
    /// The member's path.
    private(set) var path: [UInt8]?
    /// The target of a link.
    private(set) var link: [UInt8]?
    /// The bytes of the member's data.
    private(set) var size: Int64?

    /// Reads `length key=value\n` records.
    ///
    /// - Throws: `ArchiveError` with the rule `corrupt` when they are malformed, `duplicate` when one is there twice,
    ///   and `feature` for sparse members.
    init(_ bytes: [UInt8]) throws(ArchiveError) {
        var rest = bytes[...]
        // Some programs fill up with NULs.
        while let first = rest.first, first != 0 {
            let digits = rest.prefix { $0 != UInt8(ascii: " ") }
            guard (1...9).contains(digits.count), let length = Int(String(decoding: digits, as: UTF8.self)),
                length > digits.count + 1, length <= rest.count,
                rest[rest.startIndex + length - 1] == UInt8(ascii: "\n")
            else { throw Self.damaged }
            let record = rest.prefix(length).dropLast().dropFirst(digits.count + 1)
            rest = rest.dropFirst(length)
            guard let equals = record.firstIndex(of: UInt8(ascii: "=")) else { throw Self.damaged }
            try take(String(decoding: record[..<equals], as: UTF8.self), record[(equals + 1)...])
        }
        guard rest.allSatisfy({ $0 == 0 }) else { throw Self.damaged }
    }

    /// Whether nothing here moves a member.
    var isEmpty: Bool { path == nil && link == nil && size == nil }

    private mutating func take(_ key: String, _ value: ArraySlice<UInt8>) throws(ArchiveError) {
        switch key {
        case "path":
            try Self.checkNew(path)
            path = Array(value)
        case "linkpath":
            try Self.checkNew(link)
            link = Array(value)
        case "size":
            guard size == nil, let number = Int64(String(decoding: value, as: UTF8.self)), number >= 0 else {
                throw Self.damaged
            }
            size = number
        case "SCHILY.realsize": throw TarHeader.sparse
        case _ where key.hasPrefix("GNU.sparse."): throw TarHeader.sparse
        default: break
        }
    }

    private static func checkNew(_ old: [UInt8]?) throws(ArchiveError) {
        guard old != nil else { return }
        throw ArchiveError(
            .duplicate, "A pax header of the tar archive gives one thing twice; build the archive again.")
    }

    private static let damaged = ArchiveError(
        .corrupt, "The tar archive has a damaged pax header; build the archive again.")
}
