import HTTP
import Posix

/// The body of the request that a connection serves, read from its socket as the handler asks.
final class RequestBody: HTTPBodyReader {
    let declaredLength: Int64?

    private unowned let connection: Connection
    private var decoder: BodyDecoder
    private var awaitsContinue: Bool
    private var isBroken = false
    private let begin: Int64

    init(_ request: HTTPRequest, of connection: Connection) {
        self.connection = connection
        let limits = connection.context.limits
        decoder = BodyDecoder(request.framing, contentLimit: limits.bodyBytes, limits: limits.request)
        awaitsContinue = request.expectsContinue
        begin = connection.context.loop.now
        declaredLength =
            switch request.framing {
            case .none: 0
            case .sized(let length): length
            case .chunked: nil
            }
    }

    func read(into output: inout [UInt8]) async throws(HTTPError) -> Bool {
        let before = output.count
        while !decoder.isComplete {
            try await answerExpectation()
            if connection.start < connection.end {
                try decode(into: &output)
                if output.count > before { return true }
                if decoder.isComplete { break }
            }
            try await receive()
        }
        return false
    }

    /// What became of the part of a body that the handler did not read.
    enum Rest {
        /// The next request follows.
        case read
        /// It is large or uncertain: the connection cannot go on.
        case left
        /// It is not what the head announced: nothing of this request can be trusted.
        case broken(HTTPError)
    }

    /// Reads the rest away where that is cheap, so that the connection can serve another request.
    func discardRest() async -> Rest {
        guard !decoder.isComplete else { return .read }
        if isBroken { return .left }
        // A client that waits for 100 Continue sends the body or not: its next bytes have no certain meaning.
        let limit = connection.context.limits.discardBytes
        guard !awaitsContinue, declaredLength ?? 0 <= limit else { return .left }
        var rest: [UInt8] = []
        do {
            while rest.count <= limit { if try await !read(into: &rest) { return .read } }
            return .left
        } catch {
            return .broken(error)
        }
    }

    private func decode(into output: inout [UInt8]) throws(HTTPError) {
        do {
            let used = try decoder.decode(
                connection.buffer, from: connection.start, to: connection.end, into: &output)
            connection.start += used
        } catch {
            isBroken = true
            throw error
        }
    }

    private func receive() async throws(HTTPError) {
        let seconds = connection.context.limits.bodySeconds
        if let declaredLength, declaredLength > Int64(LoopContext.bodyBufferBytes) { connection.enlargeBuffer() }
        let context = connection.context
        let deadline = context.deadline(from: begin, grace: seconds, bytes: decoder.decodedBytes)
        switch await connection.receive(until: deadline) {
        case .bytes:
            return
        case .ended:
            isBroken = true
            throw HTTPError(.badRequest, "The connection ended before the request body was complete")
        case .timedOut:
            isBroken = true
            throw HTTPError(.requestTimeout, "The request body arrives too slowly; send it at a steady rate")
        }
    }

    /// Tells a client that waits for it to go on (RFC 9110 §10.1.1).
    private func answerExpectation() async throws(HTTPError) {
        guard awaitsContinue else { return }
        awaitsContinue = false
        guard connection.start == connection.end else { return }
        do {
            try await connection.send(ResponseEncoder.interimContinue)
        } catch {
            isBroken = true
            throw HTTPError(.badRequest, "The connection ended before the request body was complete")
        }
    }
}
