/// One member of a ZIP, as the central directory describes it (APPNOTE 4.3.12).
struct ZipEntry {
    /// Stands for the path; see ``MemberPath/identity``.
    var identity: Int
    /// Where the local header lies, in bytes from the beginning of the file.
    var offset: Int64
    /// The bytes of the stored or compressed data.
    var packedSize: Int64
    /// The bytes after unpacking.
    var size: Int64
    /// Of the unpacked bytes.
    var checksum: UInt32
    /// General purpose flags (APPNOTE 4.4.4).
    var flags: UInt16
    /// Deflated; otherwise stored.
    var isDeflated: Bool
    /// The path ends in a slash.
    var isDirectory: Bool

    /// General purpose flag 3: the sizes stand behind the data.
    var hasDescriptor: Bool { flags & 8 != 0 }
}

/// The sizes and the offset of a ZIP header, completed from its extra fields.
struct ZipSizes: Equatable {
    var size: UInt64
    var packedSize: UInt64
    var offset: UInt64

    /// What a field holds whose value stands in the ZIP64 extra field.
    static let elsewhere = UInt64(UInt32.max)
}

/// The extra fields of a ZIP header (APPNOTE 4.5; SPEC §8.1, rule 5).
struct ZipExtras {
    private static let zip64 = 0x0001
    private static let unicodePath = 0x7075

    private var large: Range<Int>?
    private var path: Range<Int>?

    /// Finds the fields that matter.
    ///
    /// - Parameter range: indices in the window's buffer.
    /// - Throws: `ArchiveError` with the rule `extra` when a field does not fit, or one of the two is there twice.
    init(_ window: FileWindow, _ range: Range<Int>, of member: MemberPath) throws(ArchiveError) {
        var index = range.lowerBound
        while index < range.upperBound {
            guard range.upperBound - index >= 4 else { throw Self.error(member, "is cut off") }
            let (kind, length) = (window.uint16(index), window.uint16(index + 2))
            let value = (index + 4)..<(index + 4 + length)
            guard value.upperBound <= range.upperBound else { throw Self.error(member, "is cut off") }
            switch kind {
            case Self.zip64:
                guard large == nil else { throw Self.error(member, "of ZIP64 is there twice") }
                large = value
            case Self.unicodePath:
                guard path == nil else { throw Self.error(member, "with the Unicode path is there twice") }
                path = value
            default: break
            }
            index = value.upperBound
        }
        try checkPath(window, member)
    }

    /// The values of a local header, where both sizes stand in the ZIP64 field when it is there (APPNOTE 4.5.3), or the
    /// one size of a stored member.
    func local(
        _ header: ZipSizes, isDeflated: Bool, _ window: FileWindow, _ member: MemberPath
    ) throws(ArchiveError) -> ZipSizes {
        guard let large, !large.isEmpty else { return try Self.complete(header, member) }
        guard large.count == 16 || (large.count == 8 && !isDeflated) else { throw Self.misfit(member) }
        var sizes = header
        try Self.replace(&sizes.size, by: window.uint64(large.lowerBound), member)
        let packed = large.count == 8 ? large.lowerBound : large.lowerBound + 8
        try Self.replace(&sizes.packedSize, by: window.uint64(packed), member)
        return try Self.complete(sizes, member)
    }

    /// The values of an entry of the central directory, where only those stand in the ZIP64 field whose own place says
    /// so, in a fixed order.
    func central(_ header: ZipSizes, _ window: FileWindow, _ member: MemberPath) throws(ArchiveError) -> ZipSizes {
        let fields: [WritableKeyPath<ZipSizes, UInt64>] = [\.size, \.packedSize, \.offset]
        let missing = fields.filter { header[keyPath: $0] == ZipSizes.elsewhere }
        guard let large, !large.isEmpty else { return try Self.complete(header, member) }
        // Readers disagree which value is meant when there are more or fewer than the header sends here.
        guard large.count == missing.count * 8 else { throw Self.misfit(member) }
        var sizes = header
        for (position, field) in missing.enumerated() {
            sizes[keyPath: field] = window.uint64(large.lowerBound + position * 8)
        }
        return sizes
    }

    private static func complete(_ sizes: ZipSizes, _ member: MemberPath) throws(ArchiveError) -> ZipSizes {
        guard sizes.size != ZipSizes.elsewhere, sizes.packedSize != ZipSizes.elsewhere,
            sizes.offset != ZipSizes.elsewhere
        else { throw error(member, "of ZIP64 is missing") }
        return sizes
    }

    private static func replace(_ value: inout UInt64, by large: UInt64, _ member: MemberPath) throws(ArchiveError) {
        guard value == ZipSizes.elsewhere || value == large else {
            throw error(member, "of ZIP64 has another size than the header")
        }
        // 4 GiB - 1 exactly cannot be told from the mark; nothing needs that very size.
        value = large
    }

    /// Readers that know this field take its path instead of the header's: they must be the same.
    private func checkPath(_ window: FileWindow, _ member: MemberPath) throws(ArchiveError) {
        guard let path else { return }
        let slash = member.endsInSlash ? "/" : ""
        guard path.count >= 5,
            window.bytes[(path.lowerBound + 5)..<path.upperBound].elementsEqual((member.text + slash).utf8)
        else { throw Self.error(member, "with the Unicode path differs from the path itself") }
    }

    private static func misfit(_ member: MemberPath) -> ArchiveError {
        error(member, "of ZIP64 has another length than its header needs")
    }

    private static func error(_ member: MemberPath, _ complaint: String) -> ArchiveError {
        ArchiveError(.extra, "An extra field of the member \(member) \(complaint); build the archive again.")
    }
}
