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
            let digits = rest.prefix(10).prefix { $0 != UInt8(ascii: " ") }
            guard let length = Self.decimal(digits).map({ Int($0) }), length > digits.count + 1, length <= rest.count,
                rest[rest.startIndex + length - 1] == UInt8(ascii: "\n")
            else { throw Self.damaged }
            let record = rest.prefix(length).dropLast().dropFirst(digits.count + 1)
            rest = rest.dropFirst(length)
            guard let equals = record.firstIndex(of: UInt8(ascii: "=")) else { throw Self.damaged }
            try take(record[..<equals], record[(equals + 1)...])
        }
        guard rest.allSatisfy({ $0 == 0 }) else { throw Self.damaged }
    }

    /// Whether nothing here moves a member.
    var isEmpty: Bool { path == nil && link == nil && size == nil }

    private mutating func take(_ key: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>) throws(ArchiveError) {
        // A hostile header has tens of thousands of keys: most are told by their length, without a String for each.
        switch key.count {
        case 4 where key.elementsEqual("path".utf8):
            try Self.checkNew(path)
            path = Array(value)
        case 8 where key.elementsEqual("linkpath".utf8):
            try Self.checkNew(link)
            link = Array(value)
        case 4 where key.elementsEqual("size".utf8):
            guard size == nil, let number = Self.decimal(value) else { throw Self.damaged }
            size = number
        case 11... where key.starts(with: "GNU.sparse.".utf8) || key.elementsEqual("SCHILY.realsize".utf8):
            throw TarHeader.sparse
        default: break
        }
    }

    /// A number of 1 to 18 decimal digits and nothing else.
    private static func decimal(_ digits: ArraySlice<UInt8>) -> Int64? {
        guard (1...18).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return digits.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
    }

    private static func checkNew(_ old: [UInt8]?) throws(ArchiveError) {
        guard old != nil else { return }
        throw ArchiveError(
            .duplicate, "A pax header of the tar archive gives one thing twice; build the archive again.")
    }

    private static let damaged = ArchiveError(
        .corrupt, "The tar archive has a damaged pax header; build the archive again.")
}
