/// A body in one piece, in two pieces and byte by byte gives the same content and the same end.
func fuzz(_ input: [UInt8]) {
    guard input.count >= 2 else { return }
    let bytes = Array(input.dropFirst(2))
    let framing: BodyFraming = input[1] < 200 ? .chunked : .sized(Int64(input[1]))
    let whole = decode(bytes, framing, cuts: [])
    let parts = decode(bytes, framing, cuts: [Int(input[0]) * bytes.count / 256])
    let slow = decode(bytes, framing, cuts: Array(0..<bytes.count))
    precondition(whole == parts && whole == slow, "\(whole) \(parts) \(slow)")
}

private func decode(_ bytes: [UInt8], _ framing: BodyFraming, cuts: [Int]) -> String {
    var limits = RequestLimits()
    limits.chunkExtensionBytes = 64
    limits.trailerBytes = 64
    var decoder = BodyDecoder(framing, contentLimit: 512, limits: limits)
    var output: [UInt8] = []
    var at = 0
    do {
        for cut in cuts + [bytes.count] {
            at += try decoder.decode(bytes, from: at, to: cut, into: &output)
            precondition(at == cut || decoder.isComplete)
            if decoder.isComplete { break }
        }
    } catch {
        return "\(error)"
    }
    precondition(output.count <= 512 && decoder.decodedBytes == Int64(output.count))
    return "\(decoder.isComplete) \(at) \(output)"
}
