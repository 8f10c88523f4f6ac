/// A head that is read is the same when more follows, is incomplete without its last byte, and its body is never delimited
/// by the end of the connection.
func fuzz(_ input: [UInt8]) {
    do {
        guard let (head, end) = try ResponseHead.read(input, to: input.count) else { return }
        precondition((100...599).contains(head.status) && end <= input.count && end <= ResponseHead.limitBytes)
        let longer = input[..<end] + Array("HTTP/1.1 200 OK\r\n".utf8)
        guard let again = try ResponseHead.read(Array(longer), to: longer.count) else { preconditionFailure() }
        precondition(again.end == end && again.head.framing == head.framing)
        let shorter = try ResponseHead.read(input, to: end - 1)
        precondition(shorter == nil)
        if case .sized(let length) = head.framing { precondition(length > 0) }
    } catch {
        precondition(!error.reason.isEmpty)
    }
}
