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

    private var parser: RequestParser
    private var servedCount = 0
    private var movedBytes = 0

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
                let end = try await serve(request)
                if end == .keptAlive { continue }
                return await linger(isComplete: end == .complete)
            }
            transport.finish()
        } catch {
            // The connection failed under us: there is nobody to tell.
        }
    }

    /// How the service of one request ended.
    private enum Service {
        /// The connection goes on.
        case keptAlive
        /// The connection ends, and the request was read to its end.
        case complete
        /// The connection ends, and the client may still be sending.
        case incomplete
    }

    /// Answers one request.
    private func serve(_ request: HTTPRequest) async throws(Errno) -> Service {
        let begun = Clock.monotonicNanoseconds
        let body = RequestBody(request, of: self)
        var response = await context.handler.respond(to: request, body: body)
        var service = Service.incomplete
        switch await body.discardRest() {
        case .read: service = .complete
        case .left: break
        case .broken(let error): response = ErrorPage.response(error)
        }
        let mayGoOn = !response.closesConnection && !context.isDraining && request.wantsKeepAlive
        if service == .complete && mayGoOn { service = .keptAlive }
        let encoder = ResponseEncoder(
            to: request.method, minorVersion: request.minorVersion, keepsAlive: service == .keptAlive)
        let sent = try await send(response, with: encoder)
        context.metrics.countResponse(response.status, bytes: sent)
        context.log?.record(request, response, bytes: sent, nanoseconds: Clock.monotonicNanoseconds - begun)
        return service
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
        context.metrics.countResponse(error.status, bytes: sent)
        context.log?.record(refused: error, from: peer, bytes: sent)
        await linger(isComplete: false)
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
            let isIdle = !hasBegun && servedCount > 0
            if isIdle && context.isDraining { deadline = min(deadline, context.deadline(in: limits.farewellSeconds)) }
            switch await receive(until: deadline, idle: isIdle && !context.isDraining) {
            case .bytes, .interrupted: continue
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
                await takeTurns(count)
                return .bytes
            case .nothing:
                readiness.isReadable = false
                if readiness.hasHungUp { return .ended }
            case .ended:
                return .ended
            }
        }
    }

    /// Lets the loop's other connections run after each megabyte: one that never has to wait must not hold them up.
    func takeTurns(_ moved: Int) async {
        movedBytes += moved
        guard movedBytes >= 1 << 20 else { return }
        movedBytes = 0
        await Task.yield()
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
    ///
    /// - Parameter isComplete: whether the last request was read to its end. Then nothing is lost when the server that
    ///   ends does not wait.
    func linger(isComplete: Bool) async {
        transport.finish()
        transport.socket.shutdownWrites()
        if isComplete && context.isDraining { return }
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
