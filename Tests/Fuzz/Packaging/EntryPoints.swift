/// Entry points that are taken have names that are unique in their group and values of the file; scripts have names that are
/// file names.
func fuzz(_ input: [UInt8]) {
    do {
        let points = try EntryPoints(input)
        for (group, entries) in points.groups {
            precondition(!group.isEmpty && Set(entries.map { Array($0.name.utf8) }).count == entries.count)
            precondition(entries.allSatisfy { !$0.name.isEmpty && !$0.name.utf8.contains(UInt8(ascii: "=")) })
        }
        let scripts = (points.groups["console_scripts"] ?? []) + (points.groups["gui_scripts"] ?? [])
        precondition(scripts.allSatisfy { !$0.name.utf8.contains(UInt8(ascii: "/")) && $0.name != ".." })
        precondition(points.warnings.allSatisfy { $0.utf8.allSatisfy { (0x20..<0x7F).contains($0) } })
    } catch {
        precondition(error.reason.utf8.allSatisfy { (0x20..<0x7F).contains($0) }, error.reason)
    }
}
