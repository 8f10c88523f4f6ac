import Crypto
import Posix

/// How the bytes of a connection travel. Nothing here waits: the connection does, when there is nothing to do.
enum Transport {
    /// As they are.
    case plain(Socket)
    /// Through TLS, after its handshake.
    case secure(TLSSession, Socket)

    /// What an attempt to receive came to.
    enum Receipt {
        /// So many bytes, and whether another attempt may find more before the next event.
        case bytes(Int, more: Bool)
        /// Nothing has arrived.
        case nothing
        /// The peer has closed its side, or the connection is broken.
        case ended
    }

    var socket: Socket {
        switch self {
        case .plain(let socket), .secure(_, let socket): socket
        }
    }

    var isSecure: Bool {
        switch self {
        case .plain: false
        case .secure: true
        }
    }

    /// Receives into `buffer[offset...]`.
    func receive(into buffer: inout [UInt8], at offset: Int) -> Receipt {
        switch self {
        case .plain(let socket):
            guard let received = try? Optional(socket.receive(into: &buffer, at: offset)) else { return .ended }
            guard let count = received else { return .nothing }
            // A short read has emptied the socket: the next bytes bring a new edge (epoll(7), Q9).
            return count == 0 ? .ended : .bytes(count, more: count == buffer.count - offset)
        case .secure(let session, _):
            let (outcome, count, more) = session.read(into: &buffer, at: offset)
            switch outcome {
            case .done: return .bytes(count, more: more)
            case .wantRead, .wantWrite: return .nothing
            case .closed, .failed: return .ended
            }
        }
    }

    /// Sends `bytes[offset...]`.
    ///
    /// - Parameter more: that the caller sends more at once.
    /// - Returns: the number of bytes taken, perhaps not all although there is room; `nil` when there is no room now: the
    ///   same bytes must come again.
    func send(_ bytes: [UInt8], from offset: Int = 0, more: Bool = false) throws(Errno) -> Int? {
        switch self {
        case .plain(let socket):
            return try socket.send(bytes, from: offset, more: more)
        case .secure(let session, _):
            // A reader as fast as the cipher must not keep others waiting for a page of megabytes.
            let end = min(bytes.count, offset + LoopContext.turnBytes)
            let (outcome, count) = session.write(bytes, offset..<end)
            return count > 0 ? count : try Self.taken(outcome, count)
        }
    }

    /// Sends from a file; `offset` moves on.
    ///
    /// - Parameter scratch: holds the pieces that TLS encrypts; nothing in it outlives the call.
    /// - Returns: the number of bytes taken, 0 at the end of the file, `nil` when there is no room now.
    func send(
        _ file: File, from offset: inout Int64, count: Int64, scratch: inout [UInt8]
    ) throws(Errno) -> Int? {
        switch self {
        case .plain(let socket):
            return try socket.send(file, from: &offset, count: count)
        case .secure(let session, _) where session.kernelSends:
            let piece = Int(min(count, Self.kernelPieceBytes))
            let (outcome, sent) = session.send(file: file.descriptor, from: offset, count: piece)
            offset += Int64(sent)
            return try Self.taken(outcome, sent)
        case .secure(let session, _):
            let piece = Int(min(count, Int64(scratch.count)))
            let read = try file.read(into: &scratch, at: offset, count: piece)
            guard read > 0 else { return 0 }
            // What is not taken now is read again later: nothing is kept for a client that is slow.
            let (outcome, written) = session.write(scratch, 0..<read)
            offset += Int64(written)
            return written > 0 ? written : try Self.taken(outcome, written)
        }
    }

    /// Begins to gather what is sent, for a large response.
    func cork() {
        if case .secure(let session, _) = self { session.cork() }
    }

    /// Sends what is gathered. Returns whether all of it is sent.
    func uncork() throws(Errno) -> Bool {
        guard case .secure(let session, _) = self else { return true }
        return try Self.taken(session.uncork(), 1) != nil
    }

    /// Says goodbye where the protocol has a word for it.
    func finish() {
        if case .secure(let session, _) = self { session.finish() }
    }

    /// The most that one call of `SSL_sendfile` is asked for, in bytes: as much as sendfile(2) takes at once.
    private static let kernelPieceBytes: Int64 = 1 << 30

    private static func taken(_ outcome: TLSSession.Outcome, _ count: Int) throws(Errno) -> Int? {
        switch outcome {
        case .done: count
        case .wantRead, .wantWrite: nil
        case .closed, .failed: throw .brokenPipe
        }
    }
}
