/// A head in one piece, in two pieces and byte by byte gives one result; what is accepted is clean.
func fuzz(_ input: [UInt8]) {
    guard let first = input.first else { return }
    let bytes = Array(input.dropFirst())
    let whole = read(bytes, cuts: [])
    let parts = read(bytes, cuts: [Int(first) * bytes.count / 256])
    let slow = read(bytes, cuts: Array(0..<bytes.count))
    // A line without its end may be refused before or when it ends.
    if whole != "incomplete", bytes.last == 0x0A {
        precondition(whole == parts, "\(whole) != \(parts)")
        precondition(whole == slow, "\(whole) != \(slow)")
    }
    if parts.hasPrefix("OK") || slow.hasPrefix("OK") { precondition(parts == slow && slow == whole) }
}

private func read(_ bytes: [UInt8], cuts: [Int]) -> String {
    var parser = RequestParser()
    do {
        for cut in cuts + [bytes.count] {
            guard let (request, end) = try parser.parse(bytes, from: 0, to: cut) else { continue }
            check(request)
            precondition(end <= cut && end >= 4 && bytes[end - 1] == 0x0A)
            return "OK \(request.method) \(request.target) \(request.framing) \(request.fields.count) \(end)"
        }
        return "incomplete"
    } catch {
        precondition((400...505).contains(error.status.code))
        return "\(error)"
    }
}

private func check(_ request: HTTPRequest) {
    let path = request.target.path
    precondition(path.utf8.first == 0x2F || path == "*" && request.method == .options)
    let segments = path.utf8.split(separator: 0x2F, omittingEmptySubsequences: false).dropFirst()
    for segment in segments.dropLast() { precondition(!segment.isEmpty) }
    for segment in segments { precondition(!segment.elementsEqual(".".utf8) && !segment.elementsEqual("..".utf8)) }
    precondition(path.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F && $0 != 0x5C })
    precondition(request.minorVersion == 0 || request.fields.count(of: .host) == 1)
    if request.framing == .chunked { precondition(request.fields.count(of: .contentLength) == 0) }
    _ = request.target.queryValue("format")
    _ = request.wantsKeepAlive
    _ = Authorization(request.fields)
    _ = Conditional.evaluate(request, etag: "\"abc\"", lastModified: 1)
}
