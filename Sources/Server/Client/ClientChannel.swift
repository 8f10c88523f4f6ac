import Crypto
import HTTP
import Posix

/// One connection to an HTTPS server, for one request. Owned by its loop.
final class ClientChannel {
    private let session: TLSSession
    private let socket: Socket
    private let readiness: Readiness
    private let limits: HTTPSClient.Limits
    private let deadline: Int64

    /// Connects, and agrees on keys with the server, whose certificate must be for the host.
    ///
    /// - Parameter deadline: nanoseconds of the monotonic clock, for the whole life of the channel.
    init(
        _ server: (address: SocketAddress, host: String), on loop: EventLoop, _ trust: TLSClientContext,
        limits: HTTPSClient.Limits, until deadline: Int64
    ) async throws(HTTPSClient.Failure) {
        do {
            socket = try Socket.connecting(to: server.address)
            session = try TLSSession(trust, descriptor: socket.file.descriptor, host: server.host)
            readiness = try loop.watch(socket.file)
        } catch {
            throw HTTPSClient.Failure(reason: "\(server.address) cannot be reached (\(error))")
        }
        self.limits = limits
        self.deadline = deadline
        do throws(HTTPSClient.Failure) {
            try await connect(to: server.address)
            try await agree()
        } catch {
            readiness.close()
            throw error
        }
    }

    /// Ends the connection: the socket closes with its last owner.
    func close() {
        session.finish()
        readiness.close()
    }

    static func late(_ limits: HTTPSClient.Limits) -> HTTPSClient.Failure {
        .init(reason: "it did not answer within \(limits.seconds) seconds")
    }

    private func connect(to address: SocketAddress) async throws(HTTPSClient.Failure) {
        while true {
            do throws(Errno) {
                if try socket.isConnected() { return }
            } catch {
                throw .init(reason: "\(address) cannot be reached (\(error))")
            }
            try await wait()
        }
    }

    private func agree() async throws(HTTPSClient.Failure) {
        while true {
            switch session.handshake() {
            case .done: return
            case .wantRead, .wantWrite: try await wait()
            case .closed: throw .init(reason: "it ended the TLS handshake")
            case .failed(let reason): throw .init(reason: "the TLS handshake failed: \(reason)")
            }
        }
    }

    /// Sends a request.
    func send(_ request: [UInt8]) async throws(HTTPSClient.Failure) {
        var sent = 0
        while sent < request.count {
            let (outcome, count) = session.write(request, sent..<request.count)
            sent += count
            switch outcome {
            case .done: break
            case .wantRead, .wantWrite: try await wait()
            case .closed, .failed: throw .init(reason: "it ended the connection")
            }
        }
    }

    /// Receives the answer: its body, when its status is 200.
    func receive() async throws(HTTPSClient.Failure) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: ResponseHead.limitBytes)
        let (head, begin, end) = try await receiveHead(&buffer)
        guard head.status == 200 else {
            let isMoved = (300...399).contains(head.status)
            throw .init(reason: "it answered \(head.status)\(isMoved ? "; redirects are not followed" : "")")
        }
        if let coding = head.fields[HTTPFieldName("content-encoding")], coding.lowercased() != "identity" {
            throw .init(reason: "it compressed its answer, which was not asked for")
        }
        var decoder = BodyDecoder(head.framing, contentLimit: Int64(limits.bytes))
        var body: [UInt8] = []
        try decode(buffer, begin, end, &decoder, into: &body)
        while !decoder.isComplete {
            let count = try await receive(into: &buffer, at: 0)
            try decode(buffer, 0, count, &decoder, into: &body)
        }
        return body
    }

    /// - Returns: the head, and where in the buffer the bytes behind it begin and end.
    private func receiveHead(
        _ buffer: inout [UInt8]
    ) async throws(HTTPSClient.Failure) -> (head: ResponseHead, begin: Int, end: Int) {
        var end = 0
        while true {
            do throws(ResponseHead.Fault) {
                if let (head, begin) = try ResponseHead.read(buffer, to: end) {
                    // An informational answer comes before the real one (RFC 9110 §15.2): nobody asked for one.
                    guard head.status >= 200 else { throw ResponseHead.Fault("it answered \(head.status)") }
                    return (head, begin, end)
                }
            } catch {
                throw .init(reason: error.reason)
            }
            end += try await receive(into: &buffer, at: end)
        }
    }

    private func decode(
        _ bytes: [UInt8], _ begin: Int, _ end: Int, _ decoder: inout BodyDecoder, into body: inout [UInt8]
    ) throws(HTTPSClient.Failure) {
        do throws(HTTPError) {
            _ = try decoder.decode(bytes, from: begin, to: end, into: &body)
        } catch {
            let isTooLarge = error.status == .contentTooLarge
            throw .init(
                reason: isTooLarge
                    ? "its answer is larger than \(limits.bytes) bytes" : "its answer's chunks are broken")
        }
    }

    /// - Returns: at least 1.
    private func receive(into buffer: inout [UInt8], at offset: Int) async throws(HTTPSClient.Failure) -> Int {
        while true {
            let (outcome, count, _) = session.read(into: &buffer, at: offset)
            switch outcome {
            case .done: return count
            case .wantRead, .wantWrite: try await wait()
            case .closed, .failed: throw .init(reason: "it ended the connection before the end of its answer")
            }
        }
    }

    private func wait() async throws(HTTPSClient.Failure) {
        guard await readiness.wait(until: deadline) != .timedOut else { throw Self.late(limits) }
    }
}
