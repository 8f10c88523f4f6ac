/// `text` with the repairs that `VersionSpecifierSet.init(lenient:)` lists; not necessarily valid afterwards.
func mendedSpecifiers(_ text: String) -> String {
    var bytes: [UInt8] = []
    for byte in text.utf8 where byte != UInt8(ascii: "'") && byte != UInt8(ascii: "\"") {
        let endsVersion = bytes.last.map { $0.isDigit || $0 == UInt8(ascii: "*") } ?? false
        if endsVersion, "<>=~!".utf8.contains(byte) { bytes.append(UInt8(ascii: ",")) }
        bytes.append(byte)
    }
    let clauses = bytes.split(separator: UInt8(ascii: ",")).map { mendedClause($0.trimmingWhitespace()) }
    return String(decoding: Array(clauses.joined(separator: ",".utf8)), as: UTF8.self)
}

private func mendedClause(_ clause: ArraySlice<UInt8>) -> [UInt8] {
    if clause.starts(with: "!=~".utf8) { return Array("!=".utf8) + clause.dropFirst(3) + Array(".*".utf8) }
    guard clause.last == UInt8(ascii: "*") else { return Array(clause) }
    let body = clause.dropLast()
    let hasDot = body.last == UInt8(ascii: ".")
    let isOrdering = clause.first == UInt8(ascii: "<") || clause.first == UInt8(ascii: ">")
    if isOrdering { return Array(hasDot ? body.dropLast() : body) }
    return hasDot ? Array(clause) : Array(body) + Array(".*".utf8)
}
