import Packaging
import Posix

/// Nothing traps, and an archive that is taken has what the index relies on. `import Posix` and `Crypto` are stand-ins.
func fuzz(_ input: [UInt8]) {
    guard let first = input.first, let name = try? DistributionFilename("foo-1.0-py3-none-any.whl") else { return }
    var limits = ArchiveLimits.upload
    limits.allowsDataDescriptors = first & 1 != 0
    limits.refusesFlaws = first & 2 != 0
    limits.unpackedAllowanceBytes = 1 << 20
    let bytes = Array(input.dropFirst())
    do {
        let result = try Inspector.inspect(File(bytes), size: Int64(bytes.count), as: name, limits: limits)
        precondition(result.core.name == name.project && result.core.version == name.version)
        precondition(result.memberCount >= 3 && result.unpackedBytes >= Int64(result.metadata.count))
        precondition(result.warnings.isEmpty || !limits.refusesFlaws)
    } catch {
        precondition(error.rule != .unreadable && error.reason.utf8.allSatisfy { (0x20..<0x7F).contains($0) })
    }
}
