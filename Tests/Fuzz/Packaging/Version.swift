/// A version that is read is written in normal form, which is read as the same version; the order is total.
func fuzz(_ input: [UInt8]) {
    let texts = input.split(separator: 0, maxSplits: 1).map { String(decoding: $0, as: UTF8.self) }
    let versions = texts.compactMap { try? Version($0) }
    for version in versions {
        guard let again = try? Version(version.description) else { preconditionFailure(version.description) }
        precondition(
            again == version && again.description == version.description && again.hashValue == version.hashValue)
        precondition(version.description.utf8.allSatisfy { (0x21..<0x7F).contains($0) })
    }
    for text in texts {
        guard let set = try? VersionSpecifierSet(text) else { continue }
        precondition((try? VersionSpecifierSet(lenient: text)) != nil)
        for version in versions { _ = set.contains(version) }
    }
    guard versions.count == 2 else { return }
    let (left, right) = (versions[0], versions[1])
    precondition([left < right, left == right, right < left].count { $0 } == 1)
    precondition(left != right || left.hashValue == right.hashValue)
}
