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
        encoder.encodeHead(response, date: context.date(isSecure: isSecure), into: &context.output)
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
        case .file(let file, let offset, let length) where isSecure && length <= Int64(Self.joinedBytes):
            try join(file, from: offset, length: Int(length))
            try await sendOutput(more: false)
        case .bytes, .file:
            try await sendLarge(response.body)
        }
        return length
    }

    private func sendLarge(_ body: HTTPResponse.Body) async throws(Errno) {
        let begin = context.loop.now
        transport.cork()
        try await sendOutput(more: true)
        switch body {
        case .empty: break
        case .bytes(let bytes): try await send(bytes)
        case .file(let file, let offset, let length): try await send(file, from: offset, length: length)
        }
        while try !transport.uncork() { try await waitUntilWritable(since: begin, sent: body.length) }
    }

    /// Puts a small file behind the head: with TLS it passes through memory anyway.
    private func join(_ file: File, from offset: Int64, length: Int) throws(Errno) {
        context.makePiece()
        guard try file.read(into: &context.piece, at: offset, count: length) == length else { throw .inputOutput }
        context.output.append(contentsOf: context.piece[..<length])
    }

    /// Sends the loop's scratch buffer; it is free again when the first call took all, which is nearly always.
    private func sendOutput(more: Bool) async throws(Errno) {
        let count = context.output.count
        let taken = try transport.send(context.output, more: more) ?? 0
        guard taken < count else { return }
        try await send(Array(context.output[taken...]))
    }

    /// Sends bytes and waits until the system has taken all of them.
    func send(_ bytes: [UInt8]) async throws(Errno) {
        let begin = context.loop.now
        var offset = 0
        while offset < bytes.count {
            if let taken = try transport.send(bytes, from: offset) {
                offset += taken
                await takeTurns(taken)
            } else {
                try await waitUntilWritable(since: begin, sent: Int64(offset))
            }
        }
    }

    private func send(_ file: File, from offset: Int64, length: Int64) async throws(Errno) {
        let begin = context.loop.now
        var position = offset
        let end = offset + length
        if isSecure { context.makePiece() }
        while position < end {
            let rest = end - position
            guard let taken = try transport.send(file, from: &position, count: rest, scratch: &context.piece) else {
                try await waitUntilWritable(since: begin, sent: position - offset)
                continue
            }
            // The file is shorter than the catalog says: only a closed connection tells the client so.
            if taken == 0 { throw Errno.inputOutput }
            await takeTurns(taken)
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
