import HTTP
import Posix

/// One client's connection: requests in, responses out, in order. Owned by its loop; its task is `run()`.
final class Connection {
    let transport: Transport
    let readiness: Readiness
    let context: LoopContext
    let isSecure: Bool
    private let peer: String
    /// Whether the peer is a proxy whose word about the client is believed.
    private let isTrusted: Bool

    /// Received bytes that are not yet used are `buffer[start..<end]`.
    var buffer: [UInt8] = []
    var start = 0
    var end = 0
    var body: RequestBody?

    private var parser: RequestParser
    private var servedCount = 0

    init(_ transport: Transport, readiness: Readiness, context: LoopContext, peer: SocketAddress) {
        self.transport = transport
        self.readiness = readiness
        self.context = context
        self.peer = peer.host
        isSecure = transport.isSecure
        isTrusted = context.trustedProxies.contain(peer)
        parser = RequestParser(limits: context.limits.request)
    }

    /// Serves requests until one side ends the connection.
    func run() async {
        defer { readiness.close() }
        do {
            while let request = await nextRequest() {
                servedCount += 1
                guard try await serve(request) else {
                    await linger()
                    return
                }
            }
            transport.finish()
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
    private func nextRequest() async -> HTTPRequest? {
        do throws(HTTPError) {
            return try await readHead()
        } catch {
            await refuse(error)
            return nil
        }
    }

    /// Answers what is no request, and ends the connection.
    func refuse(_ error: HTTPError) async {
        let response = ErrorPage.response(error)
        let encoder = ResponseEncoder(to: nil, minorVersion: 1, keepsAlive: false)
        // A client that is gone already gets no answer; that it was refused is worth its line all the same.
        let sent = (try? await send(response, with: encoder)) ?? 0
        context.log?.record(refused: error, from: peer, bytes: sent)
        await linger()
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
            switch await receive(until: deadline, idle: !hasBegun && servedCount > 0 && !context.isDraining) {
            case .bytes: continue
            case .interrupted: deadline = min(deadline, context.deadline(in: limits.farewellSeconds))
            case .timedOut where hasBegun:
                throw HTTPError(.requestTimeout, "The request head did not arrive within \(limits.headSeconds) seconds")
            case .ended, .timedOut: return nil
            }
        }
    }

    private func admit(_ request: HTTPRequest) -> HTTPRequest {
        var request = request
        request.peer = peer
        request.isSecure = isSecure
        if isTrusted { context.trustedProxies.apply(to: &request) }
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
            switch transport.receive(into: &buffer, at: end) {
            case .bytes(let count, let more):
                if !more { readiness.isReadable = readiness.hasHungUp }
                end += count
                return .bytes
            case .nothing:
                readiness.isReadable = false
                if readiness.hasHungUp { return .ended }
            case .ended:
                return .ended
            }
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
    func linger() async {
        transport.finish()
        transport.socket.shutdownWrites()
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
