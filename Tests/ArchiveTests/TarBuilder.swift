@testable import Archive

/// Writes tar archives block by block, right ones and wrong ones.
struct TarBuilder {
    struct Member {
        var path: String
        var data: [UInt8]
        var type: Character = "0"
        var link = ""
        /// What the header says; `nil`: the truth.
        var size: Int?
        /// Octal digits instead of the right ones.
        var checksum: String?
        var magic: [UInt8] = Array("ustar\u{0}00".utf8)
        var prefix = ""
        /// In base 256, as GNU tar writes large sizes.
        var isBinarySize = false
        /// The 12 bytes of the size, instead of the right ones.
        var sizeField: [UInt8]?
        /// Seven octal digits.
        var mode: String

        init(
            _ path: String, _ text: String = "", type: Character = "0", link: String = "", size: Int? = nil,
            mode: String = "0000644"
        ) {
            self.mode = mode
            self.path = path
            data = Array(text.utf8)
            self.type = type
            self.link = link
            self.size = size
        }

        /// A pax header with these records.
        static func pax(_ records: [(String, String)], type: Character = "x") -> Member {
            var text = ""
            for (key, value) in records {
                let rest = " \(key)=\(value)\n"
                var length = rest.utf8.count + 1
                while String(length).utf8.count + rest.utf8.count != length { length += 1 }
                text += "\(length)\(rest)"
            }
            return Member("pax", text, type: type)
        }
    }

    var members: [Member]
    var end = [UInt8](repeating: 0, count: 1024)

    init(_ members: [Member]) {
        self.members = members
    }

    func build() -> [UInt8] {
        members.flatMap { block($0) + $0.data + [UInt8](repeating: 0, count: (512 - $0.data.count % 512) % 512) } + end
    }

    /// The archive as one gzip member.
    func compressed() -> [UInt8] { Gzip.compress(build()) ?? [] }

    private func block(_ member: Member) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: 512)
        func put(_ bytes: some Sequence<UInt8>, at index: Int) {
            for (offset, byte) in bytes.enumerated() { block[index + offset] = byte }
        }
        put(member.path.utf8.prefix(100), at: 0)
        put("\(member.mode)\u{0}0000000\u{0}0000000\u{0}".utf8, at: 100)
        let size = member.size ?? member.data.count
        if member.isBinarySize {
            put([0x80] + little(size, 11).reversed(), at: 124)
        } else {
            put(octal(size, 11).utf8, at: 124)
        }
        if let field = member.sizeField { put(field, at: 124) }
        put("00000000000\u{0}        ".utf8, at: 136)
        put(String(member.type).utf8.map { $0 == 0x5F ? 0 : $0 }, at: 156)
        put(member.link.utf8.prefix(100), at: 157)
        put(member.magic, at: 257)
        put(member.prefix.utf8, at: 345)
        let sum = block.reduce(0) { $0 + Int($1) }
        put((member.checksum ?? octal(sum, 6) + "\u{0} ").utf8, at: 148)
        return block
    }

    private func octal(_ value: Int, _ count: Int) -> String {
        let digits = String(value, radix: 8)
        return String(repeating: "0", count: max(0, count - digits.count)) + digits
    }
}
