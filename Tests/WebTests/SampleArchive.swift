import Crypto
import Foundation
import Packaging

/// A small real archive for a file name, made in memory: the same bytes each time.
///
/// `demo-1.0-py3-none-any.whl` and `demo-1.0.tar.gz` become a wheel and an sdist with their metadata. What follows a `#`,
/// separated by `;`, changes them: `+100000` so many more bytes, `python=>=3.9`, `summary=text` and `requires=demo>=1` these fields,
/// `name=demo` and `version=1.0` what an sdist's file name does not tell, any other word just the bytes. Any other name gets a line of text.
struct SampleArchive {
    let filename: String
    let bytes: [UInt8]
    /// The core metadata inside.
    let metadata: [UInt8]

    init(_ reference: String) {
        let parts = reference.split(separator: "#", maxSplits: 1).map(String.init)
        filename = parts[0]
        let variant = parts.count == 2 ? parts[1] : ""
        var padding = 0
        var fields = ["python": ">=3.8", "summary": "A demonstration"]
        for word in variant.split(separator: ";") {
            let pair = word.split(separator: "=", maxSplits: 1).map(String.init)
            if pair.count == 2 { fields[pair[0]] = pair[1] }
            if word.hasPrefix("+") { padding = Int(word.dropFirst()) ?? 0 }
        }
        let source = Array("variant = '\(variant)'\n".utf8) + (0..<padding).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let stem = filename.replacing(".tar.gz", with: "").replacing(".whl", with: "")
        let words = stem.split(separator: "-").map(String.init)
        let name = fields["name"] ?? words.first ?? ""
        let version = fields["version"] ?? (words.count > 1 ? words[1] : "")
        metadata = Self.metadata(name, version, fields)
        if filename.hasSuffix(".whl"), words.count >= 5 {
            bytes = Self.wheel(
                "\(name)-\(version)", name, metadata, source, tags: words.suffix(3).joined(separator: "-"))
        } else if filename.hasSuffix(".tar.gz"), words.count == 2 || fields["name"] != nil {
            bytes = Self.sdist(stem, name, metadata, source)
        } else {
            bytes = Array("no archive\n".utf8) + source
        }
    }

    func digest(_ algorithm: Digest.Algorithm) throws -> Digest {
        var digester = try Digester([algorithm])
        digester.update(bytes.span)
        guard let digest = digester.finish()[algorithm] else { throw Failure("no digest") }
        return digest
    }

    private static func metadata(_ name: String, _ version: String, _ fields: [String: String]) -> [UInt8] {
        let lines = [
            "Metadata-Version: 2.1", "Name: \(name)", "Version: \(version)", "Summary: \(fields["summary"] ?? "")",
            "Requires-Python: \(fields["python"] ?? "")",
        ]
        let requirement = fields["requires"].map { ["Requires-Dist: \($0)"] } ?? []
        return Array(((lines + requirement).joined(separator: "\n") + "\n").utf8)
    }

    private static func wheel(
        _ stem: String, _ name: String, _ metadata: [UInt8], _ source: [UInt8], tags: String
    ) -> [UInt8] {
        let info = "\(stem).dist-info"
        let wheel = Array("Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: \(tags)\n".utf8)
        let files = [("\(name)/__init__.py", source), ("\(info)/METADATA", metadata), ("\(info)/WHEEL", wheel)]
        let lines = files.map { path, bytes in
            let digest = Data(Digest.sha256(of: bytes).bytes).base64EncodedString()
            let text = digest.replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
            return "\(path),sha256=\(text),\(bytes.count)\n"
        }
        return zip(files + [("\(info)/RECORD", Array((lines.joined() + "\(info)/RECORD,,\n").utf8))])
    }

    private static func sdist(_ stem: String, _ name: String, _ metadata: [UInt8], _ source: [UInt8]) -> [UInt8] {
        let files = [("\(stem)/PKG-INFO", metadata), ("\(stem)/\(name).py", source)]
        return gzip(files.flatMap { tarEntry($0, $1) } + [UInt8](repeating: 0, count: 1024))
    }
}

// The containers, uncompressed.
extension SampleArchive {
    /// APPNOTE.TXT: local headers with their files, the central directory, its end.
    private static func zip(_ files: [(String, [UInt8])]) -> [UInt8] {
        var archive: [UInt8] = []
        var directory: [UInt8] = []
        for (name, bytes) in files {
            let shared =
                little(20, 2) + little(0, 2) + little(0, 2) + little(0, 2) + little(0x21, 2) + little(crc(bytes), 4)
                + little(bytes.count, 4) + little(bytes.count, 4) + little(name.utf8.count, 2) + little(0, 2)
            directory += little(0x0201_4B50, 4) + little(0x0314, 2) + shared
            directory += little(0, 2) + little(0, 2) + little(0, 2) + little(0x81A4_0000, 4) + little(archive.count, 4)
            directory += Array(name.utf8)
            archive += little(0x0403_4B50, 4) + shared + Array(name.utf8) + bytes
        }
        let end =
            little(0x0605_4B50, 4) + little(0, 4) + little(files.count, 2) + little(files.count, 2)
            + little(directory.count, 4) + little(archive.count, 4) + little(0, 2)
        return archive + directory + end
    }

    /// POSIX.1-1988 ustar.
    private static func tarEntry(_ name: String, _ bytes: [UInt8]) -> [UInt8] {
        var header = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, at offset: Int) {
            header.replaceSubrange(offset..<offset + text.utf8.count, with: text.utf8)
        }
        func octal(_ number: Int, _ digits: Int) -> String {
            let text = String(number, radix: 8)
            return String(repeating: "0", count: digits - text.count) + text
        }
        put(name, at: 0)
        put(octal(0o644, 7), at: 100)
        put(octal(0, 7), at: 108)
        put(octal(0, 7), at: 116)
        put(octal(bytes.count, 11), at: 124)
        put(octal(1_000_000_000, 11), at: 136)
        put("        ", at: 148)
        put("0", at: 156)
        put("ustar", at: 257)
        put("00", at: 263)
        put(octal(header.reduce(0) { $0 + Int($1) }, 6), at: 148)
        header[154] = 0
        return header + bytes + [UInt8](repeating: 0, count: (512 - bytes.count % 512) % 512)
    }

    /// RFC 1952 around stored blocks (RFC 1951 §3.2.4).
    private static func gzip(_ bytes: [UInt8]) -> [UInt8] {
        var archive: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255]
        var rest = bytes[...]
        repeat {
            let block = rest.prefix(65535)
            rest = rest.dropFirst(block.count)
            archive += [rest.isEmpty ? 1 : 0] + little(block.count, 2) + little(~block.count & 0xFFFF, 2) + block
        } while !rest.isEmpty
        return archive + little(crc(bytes), 4) + little(bytes.count, 4)
    }

    private static func little(_ number: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
    }

    private static let table: [UInt32] = (0..<256).map { number in
        (0..<8).reduce(UInt32(number)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1 }
    }

    private static func crc(_ bytes: [UInt8]) -> Int {
        Int(~bytes.reduce(~UInt32(0)) { table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] ^ ($0 >> 8) })
    }
}
