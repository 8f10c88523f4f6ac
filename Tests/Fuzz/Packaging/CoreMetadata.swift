/// Metadata that is taken keeps its promises, and reading it again after a change of nothing gives the same.
func fuzz(_ input: [UInt8]) {
    _ = try? WheelMetadata(input)
    do {
        let core = try CoreMetadata(input)
        precondition(core.values("Name").count == 1 && core.values("version").count == 1)
        precondition(core.requiresPython.map { (try? VersionSpecifierSet(lenient: $0)) != nil } ?? true)
        precondition(core.fieldNames.allSatisfy { !$0.isEmpty && !core.values($0).isEmpty })
        precondition(core.body.utf8.count <= input.count && !core.metadataVersion.description.isEmpty)
        precondition(!core.isStatic || core.dynamic.allSatisfy { $0 == "license-file" })
        _ = core.description
    } catch {
        precondition(error.reason.utf8.allSatisfy { (0x20..<0x7F).contains($0) }, error.reason)
    }
}
