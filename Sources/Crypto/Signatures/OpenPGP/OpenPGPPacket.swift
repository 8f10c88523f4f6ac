/// A packet of OpenPGP (RFC 9580 §4).
struct OpenPGPPacket {
    /// The packets that keys and detached signatures consist of.
    enum Tag {
        static let signature: UInt8 = 2
        static let secretKey: UInt8 = 5
        static let publicKey: UInt8 = 6
        static let secretSubkey: UInt8 = 7
        static let marker: UInt8 = 10
        static let trust: UInt8 = 12
        static let userID: UInt8 = 13
        static let publicSubkey: UInt8 = 14
        static let userAttribute: UInt8 = 17
        static let padding: UInt8 = 21
    }

    let tag: UInt8
    let body: [UInt8]

    /// Splits bytes into packets.
    ///
    /// - Returns: `nil` for anything but complete packets, for partial or open lengths, and for more than `limit`.
    static func all(in bytes: [UInt8], limit: Int) -> [OpenPGPPacket]? {
        var reader = ByteReader(bytes)
        var packets: [OpenPGPPacket] = []
        while !reader.isAtEnd {
            guard packets.count < limit, let packet = next(&reader) else { return nil }
            packets.append(packet)
        }
        return packets
    }

    private static func next(_ reader: inout ByteReader) -> OpenPGPPacket? {
        guard let header = reader.byte(), header & 0x80 != 0 else { return nil }
        if header & 0x40 != 0 {
            guard let length = length(&reader), let body = reader.take(length) else { return nil }
            return OpenPGPPacket(tag: header & 0x3F, body: body)
        }
        // The old format; 3 means "up to the end".
        guard header & 3 != 3, let body = reader.block(lengthBytes: 1 << Int(header & 3)) else { return nil }
        return OpenPGPPacket(tag: header >> 2 & 0x0F, body: body)
    }

    /// A length of one, two or five bytes, as packets and subpackets have it.
    ///
    /// - Parameter partial: whether 224 to 254 begin partial lengths, as in packets, and are refused.
    static func length(_ reader: inout ByteReader, partial: Bool = true) -> Int? {
        guard let first = reader.byte() else { return nil }
        switch first {
        case 0..<192: return Int(first)
        case 255: return reader.integer(bytes: 4)
        case 224... where partial: return nil
        default:
            guard let second = reader.byte() else { return nil }
            return (Int(first) - 192) << 8 + Int(second) + 192
        }
    }
}

/// The armor of OpenPGP (RFC 9580 §6): headers, a blank line, base64, a checksum that means nothing.
enum OpenPGPArmor {
    /// The content of a file that is binary, or one armored block with nothing around it but white space.
    ///
    /// - Parameter label: such as `PGP SIGNATURE`.
    /// - Returns: `nil` for any other file.
    static func content(_ file: [UInt8], _ label: String) -> [UInt8]? {
        if let first = file.first, first & 0x80 != 0 { return file }
        var lines = file.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map(trimmed)[...]
        while lines.last?.isEmpty == true { lines.removeLast() }
        lines = lines.drop(while: \.isEmpty)
        guard let first = lines.popFirst(), first.elementsEqual("-----BEGIN \(label)-----".utf8),
            let last = lines.popLast(), last.elementsEqual("-----END \(label)-----".utf8)
        else { return nil }
        // Without headers the blank line may be missing, as some programs leave it out.
        while let line = lines.first, line.contains(UInt8(ascii: ":")) { lines.removeFirst() }
        if lines.first?.isEmpty == true { lines.removeFirst() }
        if let checksum = lines.last, checksum.first == UInt8(ascii: "=") {
            guard checksum.count == 5, Base64.decode(Array(checksum.dropFirst())) != nil else { return nil }
            lines.removeLast()
        }
        return Base64.decode(Array(lines.joined()))
    }

    /// A line without white space at its end.
    private static func trimmed(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        guard let end = line.lastIndex(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }) else { return [] }
        return line[...end]
    }
}
