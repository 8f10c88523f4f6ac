/// One header block of a tar archive: ustar, its GNU dialect, or the form of Version 7 (POSIX.1-2017, pax, "ustar
/// Interchange Format").
struct TarHeader {
    /// The length of every block.
    static let blockLength = 512

    /// What follows the header.
    enum Kind: Hashable {
        case file, directory, hardLink, symbolicLink
        /// A pax header for the next member, or for all that follow.
        case pax, paxGlobal
        /// The next member's path or link target, where it is longer than the header's field (GNU).
        case longPath, longLink
    }

    let kind: Kind
    /// The path as far as the header holds it, without a NUL.
    let path: [UInt8]
    /// The target of a link.
    let link: [UInt8]
    /// The bytes of data after the header.
    let size: Int64

    /// Reads a block.
    ///
    /// - Throws: `ArchiveError` with the rule `corrupt`, `special` or `feature`.
    init(_ block: [UInt8]) throws(ArchiveError) {
        guard Self.hasValidChecksum(block) else {
            throw ArchiveError(.corrupt, "The tar archive has a damaged header; build the archive again.")
        }
        let prefix = Self.text(block[345..<500])
        // Python puts this field before the path in every dialect, others in ustar only.
        guard prefix.isEmpty || block[257..<263].elementsEqual("ustar\0".utf8) else {
            throw ArchiveError(
                .feature, "The tar archive has headers of no common format; build it in the ustar or pax format.")
        }
        let name = Self.text(block[0..<100])
        path = prefix.isEmpty ? name : prefix + [UInt8(ascii: "/")] + name
        link = Self.text(block[157..<257])
        guard let size = Self.number(block[124..<136]) else {
            throw ArchiveError(.corrupt, "The tar archive has a member without a valid size; build the archive again.")
        }
        self.size = size
        kind = try Self.kind(block[156], endsInSlash: path.last == UInt8(ascii: "/"))
    }

    /// Whether the sum of the block's bytes is the one that it states. Old programs added signed bytes.
    static func hasValidChecksum(_ block: [UInt8]) -> Bool {
        guard let stated = number(block[148..<156]) else { return false }
        var (unsigned, signed): (Int64, Int64) = (0, 0)
        for byte in block {
            unsigned += Int64(byte)
            signed += Int64(Int8(bitPattern: byte))
        }
        // The field itself counts as eight blanks.
        for byte in block[148..<156] {
            unsigned += 0x20 - Int64(byte)
            signed += 0x20 - Int64(Int8(bitPattern: byte))
        }
        return stated == unsigned || stated == signed
    }

    private static func kind(_ flag: UInt8, endsInSlash: Bool) throws(ArchiveError) -> Kind {
        switch flag {
        // Version 7 has no type of its own for directories; 7 is a contiguous file.
        case 0: return endsInSlash ? .directory : .file
        case UInt8(ascii: "0"), UInt8(ascii: "7"): return .file
        case UInt8(ascii: "1"): return .hardLink
        case UInt8(ascii: "2"): return .symbolicLink
        case UInt8(ascii: "5"): return .directory
        case UInt8(ascii: "x"), UInt8(ascii: "X"): return .pax
        case UInt8(ascii: "g"): return .paxGlobal
        case UInt8(ascii: "L"): return .longPath
        case UInt8(ascii: "K"): return .longLink
        case UInt8(ascii: "3"), UInt8(ascii: "4"), UInt8(ascii: "6"):
            throw ArchiveError(.special, "The tar archive has a device or a named pipe; leave it out.")
        case UInt8(ascii: "S"): throw sparse
        default:
            throw ArchiveError(
                .feature,
                "The tar archive has a member of the unknown type \(flag); build it in the ustar or pax format.")
        }
    }

    /// The refusal of sparse members.
    static let sparse = ArchiveError(
        .feature,
        "The tar archive has a sparse member, which not all installers can read; build it without sparse files.")

    private static func text(_ field: ArraySlice<UInt8>) -> [UInt8] { Array(field.prefix { $0 != 0 }) }

    /// A number in octal digits with blanks or NULs around them, or (GNU) in base 256 after a byte 0x80; nil when it is
    /// neither, negative, or beyond 62 bits.
    private static func number(_ field: ArraySlice<UInt8>) -> Int64? {
        if field.first == 0x80 {
            return field.dropFirst().reduce(Int64?(0)) { value, byte in
                guard let value, value < 1 << 54 else { return nil }
                return value << 8 | Int64(byte)
            }
        }
        let isPadding = { (byte: UInt8) in byte == 0x20 || byte == 0 }
        let digits = field.drop(while: isPadding).prefix { !isPadding($0) }
        guard !digits.isEmpty, digits.allSatisfy({ (0x30...0x37).contains($0) }),
            field[digits.endIndex...].allSatisfy({ isPadding($0) })
        else { return nil }
        return digits.reduce(0) { $0 << 3 | Int64($1 - 0x30) }
    }
}
