import HTTP
import Posix

extension Connection {
    /// Bodies up to this size go out in one call with their head.
    private static let joinedBytes = 24 << 10

    /// Sends one response and waits until the system has taken all of it.
    ///
    /// - Returns: the bytes of content sent.
    /// - Throws: what `send(2)` says, or `ETIMEDOUT` when the client takes nothing for `writeSeconds`.
    func send(_ response: HTTPResponse, with encoder: ResponseEncoder) async throws(Errno) -> Int64 {
        context.output.removeAll(keepingCapacity: true)
        encoder.encodeHead(response, date: context.date(), into: &context.output)
        let length = response.body.length
        guard length > 0, encoder.sendsBody(response) else {
            try await sendOutput(more: false)
            return 0
        }
        switch response.body {
        case .empty:
            break
        case .bytes(let bytes) where bytes.count <= Self.joinedBytes:
            context.output.append(contentsOf: bytes)
            try await sendOutput(more: false)
        case .bytes(let bytes):
            try await sendOutput(more: true)
            try await send(bytes)
        case .file(let file, let offset, let length):
            try await sendOutput(more: true)
            try await send(file, from: offset, length: length)
        }
        return length
    }

    /// Sends the loop's scratch buffer; it is free again when the first call took all, which is nearly always.
    private func sendOutput(more: Bool) async throws(Errno) {
        let count = context.output.count
        let taken = try socket.send(context.output, more: more) ?? 0
        guard taken < count else { return }
        try await send(Array(context.output[taken...]))
    }

    /// Sends bytes and waits until the system has taken all of them.
    func send(_ bytes: [UInt8]) async throws(Errno) {
        let begin = context.loop.now
        var offset = 0
        while offset < bytes.count {
            if let taken = try socket.send(bytes, from: offset) {
                offset += taken
            } else {
                try await waitUntilWritable(since: begin, sent: Int64(offset))
            }
        }
    }

    private func send(_ file: File, from offset: Int64, length: Int64) async throws(Errno) {
        let begin = context.loop.now
        var position = offset
        let end = offset + length
        while position < end {
            guard let taken = try socket.send(file, from: &position, count: end - position) else {
                try await waitUntilWritable(since: begin, sent: position - offset)
                continue
            }
            // The file is shorter than the catalog says: only a closed connection tells the client so.
            if taken == 0 { throw Errno.inputOutput }
        }
    }

    private func waitUntilWritable(since begin: Int64, sent: Int64) async throws(Errno) {
        let deadline = context.deadline(from: begin, grace: context.limits.writeSeconds, bytes: sent)
        if await readiness.wait(until: deadline) == .timedOut { throw Errno.timedOut }
    }
}

extension Errno {
    /// `ETIMEDOUT`
    fileprivate static var timedOut: Errno { Errno(110) }
}
