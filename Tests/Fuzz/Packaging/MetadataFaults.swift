/// Every complaint about metadata that is taken is one line about a field that is there.
func fuzz(_ input: [UInt8]) {
    guard let core = try? CoreMetadata(input) else { return }
    for fault in core.faults() {
        precondition(fault.sentence.utf8.allSatisfy { (0x20..<0x7F).contains($0) }, fault.sentence)
        precondition(!core.values(fault.field).isEmpty, fault.field)
    }
    for link in core.values("Project-URL").compactMap({ try? ProjectURL($0) }) where link.isLink {
        precondition(link.url.utf8.first == UInt8(ascii: "h") || link.url.utf8.first == UInt8(ascii: "H"))
    }
}
