import HTTP
import Posix

/// One client's connection: requests in, responses out, in order. Owned by its loop; its task is `run()`.
final class Connection {
    let socket: Socket
    let readiness: Readiness
    let context: LoopContext
    let peer: String

    /// Received bytes that are not yet used are `buffer[start..<end]`.
    var buffer: [UInt8] = []
    var start = 0
    var end = 0
    var body: RequestBody?

    private var parser: RequestParser
    private var servedCount = 0

    init(socket: Socket, readiness: Readiness, context: LoopContext, peer: String) {
        self.socket = socket
        self.readiness = readiness
        self.context = context
        self.peer = peer
        parser = RequestParser(limits: context.limits.request)
    }

    /// Serves requests until one side ends the connection.
    func run() async {
        defer { readiness.close() }
        do {
            while let request = try await nextRequest() {
                servedCount += 1
                guard try await serve(request) else {
                    await linger()
                    return
                }
            }
        } catch {
            // The connection failed under us: there is nobody to tell.
        }
    }

    /// Answers one request. Returns whether the connection goes on.
    private func serve(_ request: HTTPRequest) async throws(Errno) -> Bool {
        let begun = Clock.monotonicNanoseconds
        let body = RequestBody(request, of: self)
        self.body = body
        defer { self.body = nil }
        var response = await context.handler.respond(to: request, body: body)
        var keepAlive = !response.closesConnection && !context.isDraining && request.wantsKeepAlive
        switch await body.discardRest() {
        case .read: break
        case .left: keepAlive = false
        case .broken(let error):
            response = ErrorPage.response(error)
            keepAlive = false
        }
        let encoder = ResponseEncoder(
            to: request.method, minorVersion: request.minorVersion, keepsAlive: keepAlive)
        let sent = try await send(response, with: encoder)
        context.log?.record(request, response, bytes: sent, nanoseconds: Clock.monotonicNanoseconds - begun)
        return keepAlive
    }

    /// Reads and parses the next head; answers one that is refused.
    ///
    /// - Returns: `nil` when the connection ends.
    private func nextRequest() async throws(Errno) -> HTTPRequest? {
        do throws(HTTPError) {
            return try await readHead()
        } catch {
            let response = ErrorPage.response(error)
            let sent = try await send(response, with: ResponseEncoder(to: nil, minorVersion: 1, keepsAlive: false))
            context.log?.record(refused: error, from: peer, bytes: sent)
            await linger()
            return nil
        }
    }

    private func readHead() async throws(HTTPError) -> HTTPRequest? {
        let limits = context.limits
        var deadline = context.deadline(in: servedCount == 0 ? limits.headSeconds : limits.idleSeconds)
        var hasBegun = false
        while true {
            if start < end {
                if !hasBegun {
                    hasBegun = true
                    deadline = context.deadline(in: limits.headSeconds)
                }
                if let (request, next) = try parser.parse(buffer, from: start, to: end) {
                    start = next
                    return admit(request)
                }
            }
            switch await receive(until: deadline, idle: !hasBegun && servedCount > 0) {
            case .bytes: continue
            case .timedOut where hasBegun:
                throw HTTPError(.requestTimeout, "The request head did not arrive within \(limits.headSeconds) seconds")
            case .ended, .timedOut, .interrupted: return nil
            }
        }
    }

    private func admit(_ request: HTTPRequest) -> HTTPRequest {
        var request = request
        request.peer = peer
        return request
    }

    /// What a wait for bytes came to.
    enum Arrival {
        case bytes, ended, timedOut, interrupted
    }

    /// Appends what has arrived to the buffer, waiting for it if needed. An empty buffer is given back while it waits.
    func receive(until deadline: Int64, idle: Bool = false) async -> Arrival {
        while true {
            while !readiness.isReadable {
                if start == end { releaseBuffer() }
                switch await readiness.wait(until: deadline, idle: idle) {
                case .ready: continue
                case .timedOut: return .timedOut
                case .interrupted: return .interrupted
                }
            }
            makeRoom()
            guard let count = try? socket.receive(into: &buffer, at: end) else {
                readiness.isReadable = false
                if readiness.hasHungUp { return .ended }
                continue
            }
            if count == 0 { return .ended }
            // A short read has emptied the socket: the next bytes bring a new edge (epoll(7), Q9).
            if count < buffer.count - end { readiness.isReadable = readiness.hasHungUp }
            end += count
            return .bytes
        }
    }

    private func makeRoom() {
        if buffer.isEmpty { buffer = context.takeBuffer() }
        if start == end {
            start = 0
            end = 0
        }
        guard end == buffer.count else { return }
        if start > 0 {
            buffer.removeSubrange(0..<start)
            end -= start
            start = 0
        }
        // The parser and the decoder refuse what is longer than their limits, so this ends.
        buffer.append(contentsOf: repeatElement(0, count: max(buffer.count, LoopContext.bufferBytes)))
    }

    /// A larger buffer for the rest of a large body: fewer system calls.
    func enlargeBuffer() {
        guard buffer.count < LoopContext.bodyBufferBytes else { return }
        buffer.append(contentsOf: repeatElement(0, count: LoopContext.bodyBufferBytes - buffer.count))
    }

    private func releaseBuffer() {
        guard !buffer.isEmpty else { return }
        var taken: [UInt8] = []
        swap(&taken, &buffer)
        context.giveBack(taken)
        start = 0
        end = 0
    }

    /// Ends the connection so that the client gets the last response even if it is still sending (RFC 9112 §9.6).
    private func linger() async {
        socket.shutdownWrites()
        let deadline = context.deadline(in: context.limits.lingerSeconds)
        var discarded: Int64 = 0
        start = end
        while discarded < context.limits.lingerBytes, context.loop.now < deadline {
            guard await receive(until: deadline) == .bytes else { break }
            discarded += Int64(end - start)
            start = end
        }
        releaseBuffer()
    }
}
