import Archive
import Crypto
import Foundation
import Packaging
import Posix

/// A sound wheel as parts, to be made unsound.
struct WheelParts: Sendable {
    var directory = "foo-1.0.dist-info"
    var metadata = "Metadata-Version: 2.1\nName: foo\nVersion: 1.0\nRequires-Python: >=3.9\n\nWords.\n"
    var wheel = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    /// Other members: path and content.
    var files: [(String, String)] = [("foo/__init__.py", "x = 1\n"), ("foo/data.txt", "")]
    /// Names in the `.dist-info` directory that are left out.
    var missing: Set<String> = []
    /// Changes the text of `RECORD`.
    var editRecord: @Sendable (String) -> String = { $0 }

    /// All members, `RECORD` last.
    var members: [ZipBuilder.Member] {
        var parts = files + [("\(directory)/METADATA", metadata), ("\(directory)/WHEEL", wheel)]
        parts.removeAll { path, _ in missing.contains { path == "\(directory)/\($0)" } }
        var rows = parts.filter { !$0.0.hasSuffix("/") }.map { path, text in
            "\(path.contains(",") ? "\"\(path)\"" : path),sha256=\(hash(text)),\(text.utf8.count)\n"
        }
        rows.append("\(directory)/RECORD,,\n")
        if !missing.contains("RECORD") { parts.append(("\(directory)/RECORD", editRecord(rows.joined()))) }
        return parts.map { ZipBuilder.Member($0, $1, isDeflated: $1.utf8.count > 40) }
    }

    func build(_ edit: (inout ZipBuilder) -> Void = { _ in }) -> [UInt8] {
        var builder = ZipBuilder(members)
        edit(&builder)
        return builder.build()
    }
}

/// SHA-256 as `RECORD` writes it.
func hash(_ text: String) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    let bytes = Digest.sha256(of: Array(text.utf8)).bytes + [0]
    var digits: [UInt8] = []
    for start in stride(from: 0, to: 33, by: 3) {
        let group = Int(bytes[start]) << 16 | Int(bytes[start + 1]) << 8 | Int(bytes[start + 2])
        digits += [18, 12, 6, 0].map { alphabet[group >> $0 & 63] }
    }
    return String(decoding: digits.prefix(43), as: UTF8.self)
}

/// A sound sdist as parts.
struct SdistParts {
    var metadata = "Metadata-Version: 2.2\nName: foo\nVersion: 1.0\n\nWords.\n"
    var others: [TarBuilder.Member] = [.init("foo-1.0/setup.py", "import setuptools\n")]

    var members: [TarBuilder.Member] {
        [.init("foo-1.0/", type: "5")] + others + [.init("foo-1.0/PKG-INFO", metadata)]
    }

    func build(_ edit: (inout TarBuilder) -> Void = { _ in }) -> [UInt8] {
        var builder = TarBuilder(members)
        edit(&builder)
        return builder.compressed()
    }
}

func inspect(
    _ bytes: [UInt8], as name: String = "foo-1.0-py3-none-any.whl", limits: ArchiveLimits = .upload,
    workers: WorkerPool? = nil
) throws -> Inspection {
    let filename = try DistributionFilename(name, allowingZip: true)
    return try Inspector.inspect(
        try File.temporary(bytes), size: Int64(bytes.count), as: filename, limits: limits, workers: workers)
}

/// The rule that an archive breaks; `nil` when it is taken.
func brokenRule(
    _ bytes: [UInt8], as name: String = "foo-1.0-py3-none-any.whl", limits: ArchiveLimits = .upload
) throws -> ArchiveError.Rule? {
    do {
        _ = try inspect(bytes, as: name, limits: limits)
        return nil
    } catch let error as ArchiveError {
        return error.rule
    }
}

extension File {
    /// A file without a name that holds these bytes.
    static func temporary(_ bytes: [UInt8]) throws(Errno) -> File {
        let file = try File.unnamed(in: NSTemporaryDirectory(), permissions: 0o600)
        try file.write(all: bytes)
        return file
    }
}
