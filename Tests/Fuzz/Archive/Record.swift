/// The input is a RECORD, and also the members that it is compared with: every row whose path a member could have.
func fuzz(_ input: [UInt8]) {
    var limits = ArchiveLimits.upload
    limits.memberCount = 1000
    do {
        var record = try Record(input, limits: limits)
        var position = 0
        while let start = CommaSeparated.row(in: input, from: position) {
            position = start
            guard let fields = CommaSeparated.fields(in: input, from: &position, count: 3) else { break }
            precondition(position > start && position <= input.count)
            try check(fields[0], in: &record, limits)
        }
        precondition(record.finish().allSatisfy { $0.rule == .record })
    } catch {
        precondition(error.rule == .record || error.rule == .limit, "\(error)")
        precondition(error.reason.utf8.allSatisfy { (0x20..<0x7F).contains($0) })
    }
}

private func check(
    _ bytes: ArraySlice<UInt8>, in record: inout Record, _ limits: ArchiveLimits
) throws(ArchiveError) {
    guard let path = try? MemberPath(bytes, limits: limits) else { return }
    let function = try record.function(for: path)
    let zeros = [UInt8](repeating: 0, count: function.byteCount)
    let entry = ZipEntry(
        identity: path.identity, offset: 0, packedSize: 0, size: 0, checksum: 0, flags: 0, isDeflated: false,
        isDirectory: false)
    try record.check(path, entry, RecordHash(function: function, bytes: zeros))
}
