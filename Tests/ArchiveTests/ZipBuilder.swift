@testable import Archive

/// Writes ZIP archives byte by byte, right ones and wrong ones.
struct ZipBuilder {
    /// A member, and everything that may be wrong about it. `nil`: as it should be.
    struct Member {
        var path: [UInt8]
        var data: [UInt8]
        var isDeflated = false
        var flags: UInt16 = 0
        var method: UInt16?
        var attributes: UInt32 = 0o100_644 << 16
        var comment: [UInt8] = []
        var localExtra: [UInt8] = []
        var centralExtra: [UInt8] = []
        /// In the local header only.
        var localPath: [UInt8]?
        var localChecksum: UInt32?
        var localSize: UInt32?
        var localPackedSize: UInt32?
        var localFlags: UInt16?
        /// In both headers.
        var checksum: UInt32?
        var size: UInt32?
        /// In the central directory only.
        var centralSize: UInt32?
        var centralPackedSize: UInt32?
        var offset: UInt32?
        /// After the data.
        var after: [UInt8] = []
        /// After the compressed data, and counted as such.
        var padding: [UInt8] = []
        var isInDirectory = true
        var isInFile = true

        init(_ path: String, _ text: String = "", isDeflated: Bool = false) {
            self.path = Array(path.utf8)
            self.data = Array(text.utf8)
            self.isDeflated = isDeflated
        }
    }

    var members: [Member]
    var prefix: [UInt8] = []
    var beforeDirectory: [UInt8] = []
    var afterDirectory: [UInt8] = []
    var comment: [UInt8] = []
    var suffix: [UInt8] = []
    var disk: UInt16 = 0
    /// Added to the number of members that the end record states.
    var countError = 0
    /// Added to the offset of the directory that the end record states.
    var offsetError = 0
    /// Writes the ZIP64 records too; the closure may damage them.
    var large: ((inout [UInt8]) -> Void)?
    /// The order of the central directory.
    var isReversed = false

    init(_ members: [Member]) {
        self.members = members
    }

    func build() -> [UInt8] {
        var bytes = prefix
        var directory: [[UInt8]] = []
        for member in members {
            let offset = UInt32(bytes.count)
            let packed = (member.isDeflated ? deflated(member.data) : member.data) + member.padding
            if member.isInFile {
                bytes += header(member, packed: packed.count) + packed + member.after
            }
            if member.isInDirectory { directory.append(entry(member, packed: packed.count, offset: offset)) }
        }
        bytes += beforeDirectory
        let start = bytes.count
        bytes += (isReversed ? directory.reversed() : directory).joined() + afterDirectory
        let size = bytes.count - start
        let count = directory.count + countError
        if let large {
            var records = little(0x0606_4B50, 4) + little(44, 8) + little(45, 2) + little(45, 2) + little(0, 8)
            records += little(count, 8) + little(count, 8) + little(size, 8) + little(start + offsetError, 8)
            records += little(0x0706_4B50, 4) + little(0, 4) + little(bytes.count, 8) + little(1, 4)
            large(&records)
            bytes += records
        }
        let isLarge = large != nil
        bytes += little(0x0605_4B50, 4) + little(Int(disk), 2) + little(Int(disk), 2)
        bytes += little(isLarge ? 0xFFFF : count, 2) + little(isLarge ? 0xFFFF : count, 2)
        bytes += little(isLarge ? 0xFFFF_FFFF : size, 4)
        bytes += little(isLarge ? 0xFFFF_FFFF : start + offsetError, 4)
        return bytes + little(comment.count, 2) + comment + suffix
    }

    private func header(_ member: Member, packed: Int) -> [UInt8] {
        let path = member.localPath ?? member.path
        let size = member.localSize ?? member.size ?? UInt32(member.data.count)
        var bytes = little(0x0403_4B50, 4) + little(20, 2) + little(Int(member.localFlags ?? member.flags), 2)
        bytes += little(Int(member.method ?? (member.isDeflated ? 8 : 0)), 2) + little(0, 4)
        bytes += little(Int(member.localChecksum ?? checksum(member)), 4)
        bytes += little(Int(member.localPackedSize ?? UInt32(packed)), 4) + little(Int(size), 4)
        return bytes + little(path.count, 2) + little(member.localExtra.count, 2) + path + member.localExtra
    }

    private func entry(_ member: Member, packed: Int, offset: UInt32) -> [UInt8] {
        let size = member.centralSize ?? member.size ?? UInt32(member.data.count)
        var bytes = little(0x0201_4B50, 4) + little(0x0314, 2) + little(20, 2) + little(Int(member.flags), 2)
        bytes += little(Int(member.method ?? (member.isDeflated ? 8 : 0)), 2) + little(0, 4)
        bytes += little(Int(checksum(member)), 4) + little(Int(member.centralPackedSize ?? UInt32(packed)), 4)
        bytes += little(Int(size), 4) + little(member.path.count, 2) + little(member.centralExtra.count, 2)
        bytes += little(member.comment.count, 2) + little(0, 4) + little(Int(member.attributes), 4)
        return bytes + little(Int(member.offset ?? offset), 4) + member.path + member.centralExtra + member.comment
    }

    private func checksum(_ member: Member) -> UInt32 {
        if let checksum = member.checksum { return checksum }
        var checksum = Checksum()
        checksum.update(member.data.span)
        return checksum.value
    }
}

/// The bytes of a number, lowest first.
func little(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
}

/// Raw DEFLATE data: gzip's without its header of 10 bytes and its trailer of 8.
func deflated(_ bytes: [UInt8]) -> [UInt8] {
    Array((Gzip.compress(bytes) ?? []).dropFirst(10).dropLast(8))
}
