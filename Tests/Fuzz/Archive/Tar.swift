import Packaging
import Posix

/// The input is a tar archive without its compression. Checksums of headers are mended, since no mutation hits them.
func fuzz(_ input: [UInt8]) {
    guard let name = try? DistributionFilename("foo-1.0.tar.gz") else { return }
    var tar = input
    for start in stride(from: 0, to: tar.count - 511, by: 512) where tar[start + 257] == UInt8(ascii: "u") {
        mendChecksum(&tar, start)
    }
    inspect(Gzip.compress(tar) ?? [], name)
    inspect(input, name)
}

private func inspect(_ bytes: [UInt8], _ name: DistributionFilename) {
    var limits = ArchiveLimits.upload
    limits.unpackedAllowanceBytes = 1 << 20
    do {
        let result = try Inspector.inspect(File(bytes), size: Int64(bytes.count), as: name, limits: limits)
        precondition(result.core.name == name.project && result.core.version == name.version)
        precondition(result.unpackedBytes >= Int64(result.metadata.count))
    } catch {
        precondition(error.rule != .unreadable && error.reason.utf8.allSatisfy { (0x20..<0x7F).contains($0) })
    }
}

private func mendChecksum(_ tar: inout [UInt8], _ start: Int) {
    for index in 148..<156 { tar[start + index] = UInt8(ascii: " ") }
    var sum = tar[start..<(start + 512)].reduce(0) { $0 + Int($1) }
    for index in (148..<154).reversed() {
        tar[start + index] = UInt8(ascii: "0") + UInt8(sum & 7)
        sum >>= 3
    }
}
