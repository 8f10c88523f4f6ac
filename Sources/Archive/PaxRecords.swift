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
        var start = 0
        // Some programs fill up with NULs.
        while start < bytes.count, bytes[start] != 0 {
            let (length, key) = Self.length(bytes, start)
            guard length > key - start, length <= bytes.count - start,
                bytes[start + length - 1] == UInt8(ascii: "\n")
            else { throw Self.damaged }
            let end = start + length - 1
            guard let equals = (key..<end).first(where: { bytes[$0] == UInt8(ascii: "=") }) else { throw Self.damaged }
            try take(bytes[key..<equals], bytes[(equals + 1)..<end])
            start = end + 1
        }
        guard bytes[start...].allSatisfy({ $0 == 0 }) else { throw Self.damaged }
    }

    /// Reads up to ten digits and the blank after them.
    ///
    /// - Returns: their number, 0 when they are not that; and where the key begins.
    private static func length(_ bytes: [UInt8], _ start: Int) -> (Int, key: Int) {
        var (number, index) = (0, start)
        while index < bytes.count, index < start + 10, (0x30...0x39).contains(bytes[index]) {
            number = number * 10 + Int(bytes[index] - 0x30)
            index += 1
        }
        guard index < bytes.count, bytes[index] == UInt8(ascii: " ") else { return (0, start) }
        return (number, index + 1)
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
