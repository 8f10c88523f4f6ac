/// A body in one piece, in two pieces and byte by byte gives the same parts.
func fuzz(_ input: [UInt8]) {
    guard let first = input.first else { return }
    let bytes = Array(input.dropFirst())
    let whole = split(bytes, cuts: [])
    let parts = split(bytes, cuts: [Int(first) * bytes.count / 256])
    let slow = split(bytes, cuts: Array(0..<bytes.count))
    precondition(whole == parts && whole == slow, "\(whole) \(parts) \(slow)")
    _ = try? MultipartParser(contentType: String(decoding: bytes, as: UTF8.self))
}

private func split(_ bytes: [UInt8], cuts: [Int]) -> String {
    var text = ""
    var isOpen = false
    var content: [UInt8] = []
    do {
        var parser = try MultipartParser(contentType: "multipart/form-data; boundary=ab")
        var start = 0
        for cut in cuts + [bytes.count] {
            let piece = Array(bytes[start..<cut])
            start = cut
            var position = 0
            while let event = try parser.next(piece, at: &position, to: piece.count) {
                precondition(position <= piece.count)
                switch event {
                case .begin(let part):
                    precondition(!isOpen && !part.name.isEmpty)
                    isOpen = true
                    content = []
                    text += "\(part)"
                case .data(let range):
                    precondition(isOpen && !range.isEmpty)
                    content += piece[range]
                case .carried(let held):
                    precondition(isOpen && !held.isEmpty)
                    content += held
                case .endPart:
                    precondition(isOpen)
                    isOpen = false
                    text += "\(content)"
                case .end:
                    precondition(!isOpen)
                    text += "end"
                }
            }
            precondition(position == piece.count)
        }
        try parser.finish()
    } catch {
        // Which parts were complete before the fault does not depend on the cuts either.
        return text + "\(error)"
    }
    return text
}
