import HTTP
import Posix

/// One client's connection: requests in, responses out, in order. Owned by its loop.
final class Connection {
    let transport: Transport
    let readiness: Readiness
    let context: LoopContext
    let isSecure: Bool
    private let peer: SocketAddress
    private let place: Place

    /// Received bytes that are not yet used are `buffer[start..<end]`.
    var buffer: [UInt8] = []
    var start = 0
    var end = 0

    private var parser: RequestParser
    private var servedCount = 0
    private var movedBytes = 0
    /// As so many bytes a request counts for its client's turn: 64 requests are one.
    private static let requestWeight = 16 << 10
    /// Whether the next head has begun to arrive.
    private var hasBegun = false
    /// When the wait for the next head began: for its first byte, then for its end. Nanoseconds of the monotonic clock.
    private var waitBegan: Int64
    /// When an idle connection ends that learns that the server drains; the same clock.
    private var farewell = Int64.max

    init(
        _ transport: Transport, readiness: Readiness, context: LoopContext, peer: SocketAddress, place: Place
    ) {
        self.transport = transport
        self.readiness = readiness
        self.context = context
        self.peer = peer
        isSecure = transport.isSecure
        self.place = place
        parser = RequestParser(limits: context.limits.request)
        waitBegan = context.loop.now
    }

    /// The end of the wait for the next head, by the limits that are in force now.
    private var deadline: Int64 {
        let seconds = hasBegun || servedCount == 0 ? context.limits.headSeconds : context.limits.idleSeconds
        return min(waitBegan + Int64(seconds) * 1_000_000_000, farewell)
    }

    /// Begins to wait for the first request.
    func begin() {
        readiness.whenWoken { await self.run() }
        readiness.isReadable = false
        park()
    }

    /// Begins where the first request may have been read already, behind a handshake.
    func beginAtOnce() async {
        readiness.whenWoken { await self.run() }
        readiness.isReadable = true
        await run()
    }

    /// Serves what has arrived, until there is nothing more for now, or one side ends the connection.
    ///
    /// No task waits between requests: an idle connection is this object and its `Readiness`, which runs this again.
    private func run() async {
        do {
            while true {
                switch nextHead() {
                case .request(let request):
                    let end = try await serve(request)
                    guard end == .keptAlive else { return await close(isComplete: end == .complete) }
                    // A client that never stops asking must not hold up others either.
                    await takeTurns(Self.requestWeight)
                    waitBegan = context.loop.now
                case .incomplete:
                    return park()
                case .refused(let error):
                    return await refuse(error)
                case .ended:
                    transport.finish()
                    return context.close(readiness, place)
                }
            }
        } catch {
            // The connection failed under us: there is nobody to tell.
            context.close(readiness, place)
        }
    }

    private func park() {
        if start == end { releaseBuffer() }
        let isIdle = !hasBegun && servedCount > 0
        let isLeaving = isIdle && context.isDraining
        if isLeaving { farewell = min(farewell, context.deadline(in: context.limits.farewellSeconds)) }
        readiness.park(until: deadline, idle: isIdle && !isLeaving)
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
        var response =
            place.isRefused ? ErrorPage.tooManyConnections : await context.handler.respond(to: request, body: body)
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
        context.metrics.countTime(request, response.status, nanoseconds: Clock.monotonicNanoseconds - begun)
        let sent = try await send(response, with: encoder)
        context.metrics.countResponse(response.status, bytes: sent)
        context.log?.record(request, response, bytes: sent, nanoseconds: Clock.monotonicNanoseconds - begun)
        return service
    }

    /// Answers what is no request, and ends the connection.
    func refuse(_ error: HTTPError) async {
        let response = ErrorPage.response(error)
        let encoder = ResponseEncoder(to: nil, minorVersion: 1, keepsAlive: false)
        // A client that is gone already gets no answer; that it was refused is worth its line all the same.
        let sent = (try? await send(response, with: encoder)) ?? 0
        context.metrics.countResponse(error.status, bytes: sent)
        context.log?.record(refused: error, from: peer.host, bytes: sent)
        await close(isComplete: false)
    }

    /// What has become of the next head.
    private enum Head {
        case request(HTTPRequest)
        /// More bytes must come.
        case incomplete
        case refused(HTTPError)
        /// The client has closed its side, or kept silent for too long.
        case ended
    }

    private func nextHead() -> Head {
        do throws(HTTPError) {
            return try readHead()
        } catch {
            return .refused(error)
        }
    }

    private func readHead() throws(HTTPError) -> Head {
        let limits = context.limits
        while true {
            if start < end {
                if !hasBegun {
                    hasBegun = true
                    waitBegan = context.loop.now
                }
                if let (request, next) = try parser.parse(buffer, from: start, to: end) {
                    start = next
                    hasBegun = false
                    servedCount += 1
                    return .request(admit(request))
                }
            }
            switch receive() {
            case .bytes: continue
            case .nothing where context.loop.now < deadline: return .incomplete
            case .nothing where hasBegun:
                throw HTTPError(.requestTimeout, "The request head did not arrive within \(limits.headSeconds) seconds")
            case .nothing, .ended: return .ended
            }
        }
    }

    private func admit(_ request: HTTPRequest) -> HTTPRequest {
        var request = request
        request.peer = peer.host
        request.isSecure = isSecure
        if context.isBehindProxy, context.trustedProxies.contain(peer) { context.trustedProxies.apply(to: &request) }
        return request
    }

    /// Appends what has arrived to the buffer.
    private func receive() -> Transport.Receipt {
        guard readiness.isReadable else { return .nothing }
        makeRoom()
        let receipt = transport.receive(into: &buffer, at: end)
        switch receipt {
        case .bytes(let count, let more):
            if !more { readiness.isReadable = readiness.hasHungUp }
            end += count
        case .nothing:
            readiness.isReadable = false
            if readiness.hasHungUp { return .ended }
        case .ended:
            break
        }
        return receipt
    }

    /// What a wait for bytes came to.
    enum Arrival {
        case bytes, ended, timedOut
    }

    /// Appends what arrives to the buffer, waiting for it if needed. An empty buffer is given back while it waits.
    func receive(until deadline: Int64) async -> Arrival {
        while true {
            switch receive() {
            case .bytes(let count, _):
                await takeTurns(count)
                return .bytes
            case .ended:
                return .ended
            case .nothing:
                if start == end { releaseBuffer() }
                if await readiness.wait(until: deadline) == .timedOut { return .timedOut }
            }
        }
    }

    /// Lets the loop's other connections run after each turn: one that never has to wait must not hold them up.
    func takeTurns(_ moved: Int) async {
        movedBytes += moved
        guard movedBytes >= LoopContext.turnBytes else { return }
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
    func close(isComplete: Bool) async {
        defer { context.close(readiness, place) }
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
