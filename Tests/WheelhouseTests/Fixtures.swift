import Crypto
import Foundation
import Packaging
import Posix
import Storage
import Synchronization

@testable import Wheelhouse

/// A folder that is removed with its last owner.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "/wheelhouse-index-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// The paths of the blobs of a store in this folder.
    func blobs() throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: path + "/blobs/sha256").filter { $0.utf8.count > 2 }
    }
}

/// An index on a real store, and a token for uploading to it.
struct Instance {
    let folder: TemporaryFolder
    let store: Store
    let index: PackageIndex
    let secret: String

    /// Time stands still for the counting of guesses: no test depends on how fast it runs.
    init(limit: Int64 = 1 << 30, folder: TemporaryFolder? = nil, policy: Policy? = nil) throws {
        self.folder = try folder ?? TemporaryFolder()
        store = try Store(directory: self.folder.path)
        index = try PackageIndex(store, policy: policy ?? Policy(uploadLimitBytes: limit, isReadingOpen: true)) { 0 }
        let name = "uploader-\(UUID().uuidString.prefix(6))"
        let request = PackageIndex.TokenRequest(name: name, permissions: [.upload])
        secret = try PackageIndex.createToken(request, by: "tests", in: store)
        try index.refresh()
    }

    func beginUpload(index name: String = "main") throws -> Upload {
        try index.beginUpload(index: name, by: try index.authenticate(secret: secret))
    }

    /// Somebody who may manage one project and no other.
    func manager(of project: String) throws -> Principal {
        let name = "manager-of-\(project)"
        let request = PackageIndex.TokenRequest(
            name: name, permissions: [.manage], projects: [try ProjectName(project)])
        let secret = try PackageIndex.createToken(request, by: "tests", in: store)
        try index.refresh()
        return try index.authenticate(secret: secret)
    }

    /// Publishes an sdist of a project, whatever its name.
    @discardableResult
    func publish(project: String, version: String = "1.0") async throws -> Publication {
        let upload = try beginUpload()
        try await upload.fill(project: project, version: version)
        return try await upload.publish()
    }

    /// Publishes bytes under the name of an sdist.
    @discardableResult
    func publish(_ filename: String, _ bytes: [UInt8]) async throws -> Publication {
        let upload = try beginUpload()
        try upload.fill(sdist: filename)
        try await upload.fill(content: bytes, filename: filename)
        return try await upload.publish()
    }
}

extension Instance {
    /// Runs SQL on the catalog behind everybody's back, with sqlite3 of Python.
    func sqlite(_ sql: String) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        let code = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).executescript(sys.argv[2])"
        process.arguments = ["python3", "-c", code, folder.path + "/catalog.sqlite", sql]
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw StorageError.corrupt("python3 failed") }
    }
}

extension Publication {
    /// Whether the file was not there before.
    var isNew: Bool { if case .published = self { true } else { false } }
}

extension Upload {
    /// All that a small sdist of a project needs.
    func fill(project: String, version: String) async throws {
        let name = try ProjectName(project).filenameSpelling
        let fields = [(":action", "file_upload"), ("name", project), ("version", version), ("filetype", "sdist")]
        for (field, value) in fields { try form.add(field, value) }
        try await fill(content: sdist(name, version), filename: "\(name)-\(version).tar.gz")
    }

    /// An archive's bytes with their digest.
    func fill(content bytes: [UInt8], filename: String) async throws {
        try form.add("sha256_digest", Digest.sha256(of: bytes).hex)
        try beginContent(filename: filename)
        try await append(bytes[...])
    }

    /// The fields that `demo-1.0.tar.gz` needs, without a digest.
    func fill(sdist filename: String) throws {
        let words = filename.dropLast(".tar.gz".count).split(separator: "-").map(String.init)
        let fields = [(":action", "file_upload"), ("name", words[0]), ("version", words[1]), ("filetype", "sdist")]
        for (name, value) in fields { try form.add(name, value) }
    }
}

/// The bytes of a gzip file around stored blocks that hold a tar archive with a `PKG-INFO`: a real sdist of any size.
///
/// - Parameters:
///   - lines: core metadata, of which name and version are made.
///   - stem: the name of the top directory; `nil` for what name and version make.
func sdist(
    _ name: String, _ version: String, padding: Int = 0, lines: String = "Metadata-Version: 2.1\n", stem: String? = nil
) -> [UInt8] {
    let metadata = Array("\(lines)Name: \(name)\nVersion: \(version)\n".utf8)
    let ballast = (0..<padding).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ $0 >> 9) }
    let stem = stem ?? "\(name)-\(version)"
    let tar =
        tarEntry("\(stem)/PKG-INFO", metadata) + tarEntry("\(stem)/ballast.bin", ballast)
        + tarEntry("\(stem)/pyproject.toml", []) + [UInt8](repeating: 0, count: 1024)
    return gzip(tar)
}

private func tarEntry(_ name: String, _ bytes: [UInt8]) -> [UInt8] {
    var header = [UInt8](repeating: 0, count: 512)
    func put(_ text: String, at offset: Int) {
        header.replaceSubrange(offset..<offset + text.utf8.count, with: text.utf8)
    }
    func octal(_ number: Int, _ digits: Int) -> String {
        let text = String(number, radix: 8)
        return String(repeating: "0", count: digits - text.count) + text
    }
    let fields = [
        (name, 0), (octal(0o644, 7), 100), (octal(0, 7), 108), (octal(0, 7), 116), (octal(bytes.count, 11), 124),
        (octal(1_000_000_000, 11), 136), ("        ", 148), ("0", 156), ("ustar", 257), ("00", 263),
    ]
    for (text, offset) in fields { put(text, at: offset) }
    put(octal(header.reduce(0) { $0 + Int($1) }, 6), at: 148)
    header[154] = 0
    return header + bytes + [UInt8](repeating: 0, count: (512 - bytes.count % 512) % 512)
}

private func gzip(_ bytes: [UInt8]) -> [UInt8] {
    func little(_ number: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
    }
    let table: [UInt32] = (0..<256).map { number in
        (0..<8).reduce(UInt32(number)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1 }
    }
    var archive: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255]
    var crc = ~UInt32(0)
    var start = 0
    repeat {
        let end = min(bytes.count, start + 65535)
        archive += [end == bytes.count ? 1 : 0] + little(end - start, 2) + little(~(end - start) & 0xFFFF, 2)
        archive += bytes[start..<end]
        for byte in bytes[start..<end] { crc = table[Int(UInt8(truncatingIfNeeded: crc) ^ byte)] ^ (crc >> 8) }
        start = end
    } while start < bytes.count
    return archive + little(Int(~crc), 4) + little(bytes.count, 4)
}
