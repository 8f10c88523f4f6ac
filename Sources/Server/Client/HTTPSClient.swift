public import Crypto
import HTTP
public import Posix
import Synchronization

/// Asks HTTPS servers for small documents: GET, nothing else. It follows no redirects, so that the server asked for is the
/// server that answers; it takes no cookies, no compression and no answer over its limits.
///
/// Its connections live on an event loop of their own, apart from those of clients; names are looked up on workers.
public final class HTTPSClient: Sendable {
    /// Why there is no document: a clause about the server, such as "it did not answer within 5 seconds".
    public struct Failure: Error, Hashable, Sendable {
        /// The clause.
        public let reason: String
    }

    /// How much it takes.
    public struct Limits: Sendable {
        /// From the look-up of the name to the last byte, in seconds; ends up to a second later.
        public var seconds = 5
        /// Of the body.
        public var bytes = 256 << 10

        /// The limits above.
        public init() {}
    }

    private let loop: EventLoop
    private let resolvers: WorkerPool
    private let trust: TLSClientContext
    private let limits: Limits

    /// Starts the loop and its workers; they live as long as the process.
    ///
    /// - Throws: `EAGAIN` when the system has no room for a thread.
    public init(trusting trust: TLSClientContext, limits: Limits = Limits()) throws(Errno) {
        let loop = try EventLoop()
        self.loop = loop
        self.trust = trust
        self.limits = limits
        resolvers = try WorkerPool(threads: 2)
        try startThread(named: "client") { loop.run() }
    }

    /// The document at an address: the body of an answer with the status 200.
    ///
    /// May be called from any task; its own executor is free meanwhile.
    public func get(_ address: HTTPSAddress) async -> Result<[UInt8], Failure> {
        await withCheckedContinuation { continuation in
            loop.spawn { [self] in
                continuation.resume(returning: await fetch(address))
            }
        }
    }

    private func fetch(_ address: HTTPSAddress) async -> Result<[UInt8], Failure> {
        let deadline = loop.now + Int64(limits.seconds) * 1_000_000_000
        do throws(Failure) {
            let channel = try await connect(to: address, until: deadline)
            defer { channel.close() }
            try await channel.send(Self.request(address))
            return .success(try await channel.receive())
        } catch {
            return .failure(error)
        }
    }

    private static func request(_ address: HTTPSAddress) -> [UInt8] {
        let lines = [
            "GET \(address.target) HTTP/1.1", "Host: \(address.authority)", "Accept: application/json",
            "Accept-Encoding: identity", "User-Agent: wheelhouse", "Connection: close", "", "",
        ]
        return Array(lines.joined(separator: "\r\n").utf8)
    }

    /// Tries the addresses of the name one after the other.
    private func connect(to address: HTTPSAddress, until deadline: Int64) async throws(Failure) -> ClientChannel {
        var last = Failure(reason: "its name has no address")
        for place in try await look(up: address, until: deadline).prefix(4) {
            do throws(Failure) {
                return try await ClientChannel(
                    (place, address.host), on: loop, trust, limits: limits, until: deadline)
            } catch {
                last = error
            }
            // Whatever has its own address does not become more trustworthy at another one, but a dead one may live.
            guard loop.now < deadline else { break }
        }
        throw last
    }

    private func look(up address: HTTPSAddress, until deadline: Int64) async throws(Failure) -> [SocketAddress] {
        let answer = Answer()
        let (wakeup, readiness) = try watchedWakeup()
        defer { readiness.close() }
        let resolvers = resolvers
        loop.spawn {
            let found = await resolvers.run {
                Result { () throws(NameResolution.Failure) in
                    try NameResolution.addresses(of: address.host, port: address.port)
                }
            }
            answer.found.withLock { $0 = found }
            wakeup.raise()
        }
        while true {
            let wake = await readiness.wait(until: deadline)
            if let found = answer.found.withLock({ $0 }) {
                do throws(NameResolution.Failure) {
                    return try found.get()
                } catch {
                    throw Failure(reason: "its name '\(address.host)' cannot be looked up: \(error.reason)")
                }
            }
            guard wake != .timedOut else { throw ClientChannel.late(limits) }
        }
    }

    private func watchedWakeup() throws(Failure) -> (Wakeup, Readiness) {
        do throws(Errno) {
            let wakeup = try Wakeup()
            return (wakeup, try loop.watch(wakeup.file))
        } catch {
            throw Failure(reason: "this machine is short of descriptors (\(error))")
        }
    }
}

/// What the workers found out about a name; `nil` while they look.
private final class Answer: Sendable {
    let found = Mutex<Result<[SocketAddress], NameResolution.Failure>?>(nil)
}
