/// A range lies in the file; dates come back from their text.
func fuzz(_ input: [UInt8]) {
    for size: Int64 in [0, 1, 10, 1000, .max] {
        for prefix in ["", "bytes="] {
            let value = Array(prefix.utf8) + input
            guard case .partial(let range) = ByteRange(value[...], size: size) else { continue }
            precondition(!range.isEmpty && range.lowerBound >= 0 && range.upperBound <= size)
            _ = ByteRange.contentRange(range, of: size)
        }
    }
    guard let moment = HTTPDate.parse(input[...]) else { return }
    precondition(HTTPDate.parse(HTTPDate.text(moment)) == moment)
}
