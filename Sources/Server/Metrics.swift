import HTTP
import Posix
import Synchronization

/// What a server counts while it runs. Each loop has counters of its own, so that counting never makes two wait for
/// each other; any thread may read them.
public final class Metrics: Sendable {
    let loops: [LoopMetrics]

    /// Counters for so many event loops.
    public init(loops count: Int) {
        loops = (0..<count).map { _ in LoopMetrics() }
    }

    /// How many event loops they count for.
    public var loopCount: Int { loops.count }

    /// The counters in the text format of Prometheus (exposition format 0.0.4).
    public func text() -> String {
        var text = "# TYPE wheelhouse_http_responses_total counter\n"
        for leading in 1...5 {
            text += "wheelhouse_http_responses_total{status=\"\(leading)xx\"} \(responses(leading))\n"
        }
        let values: [(name: String, kind: String, value: Int)] = [
            ("wheelhouse_http_content_bytes_total", "counter", sum(\.contentBytes)),
            ("wheelhouse_http_connections_total", "counter", sum(\.accepted)),
            ("wheelhouse_http_connections_refused_total", "counter", sum(\.refusedConnections)),
            ("wheelhouse_tls_handshakes_failed_total", "counter", sum(\.failedHandshakes)),
            ("wheelhouse_http_connections_open", "gauge", sum(\.accepted) - sum(\.closed)),
        ]
        for (name, kind, value) in values { text += "# TYPE \(name) \(kind)\n\(name) \(value)\n" }
        return text
    }

    /// How many responses had a status that begins with this digit, 1…5.
    public func responses(_ leading: Int) -> Int { loops.reduce(0) { $0 + $1.responses(leading) } }

    /// Requests that took long to answer, the slowest first; of each loop the last few.
    public var slowRequests: [SlowRequest] {
        loops.flatMap { loop in loop.slow.withLock { $0 } }.sorted { $0.nanoseconds > $1.nanoseconds }
    }

    private func sum(_ counter: KeyPath<LoopMetrics, Int>) -> Int {
        loops.reduce(0) { $0 + $1[keyPath: counter] }
    }
}

/// A request that took long.
public struct SlowRequest: Sendable {
    /// As much time as no request should take that sends no archive.
    static let thresholdNanoseconds: Int64 = 100_000_000
    /// How many are remembered by each loop.
    static let limit = 20

    /// When it was answered, in seconds since 1970.
    public let unixSeconds: Int64
    /// Its method.
    public let method: String
    /// Its path, without what is behind the first 200 characters.
    public let path: String
    /// The status of its answer.
    public let status: Int
    /// From the end of its head to its answer, without the sending of that.
    public let nanoseconds: Int64
}

/// The counters of one loop: written by it alone.
final class LoopMetrics: Sendable {
    private let informational = Atomic(0)
    private let successful = Atomic(0)
    private let redirected = Atomic(0)
    private let refused = Atomic(0)
    private let broken = Atomic(0)
    private let content = Atomic(0)
    private let acceptedConnections = Atomic(0)
    private let closedConnections = Atomic(0)
    private let overLimit = Atomic(0)
    private let handshakes = Atomic(0)
    /// The slow requests that came last.
    let slow = Mutex<[SlowRequest]>([])

    var contentBytes: Int { content.load(ordering: .relaxed) }
    var accepted: Int { acceptedConnections.load(ordering: .relaxed) }
    var refusedConnections: Int { overLimit.load(ordering: .relaxed) }
    var failedHandshakes: Int { handshakes.load(ordering: .relaxed) }
    var closed: Int { closedConnections.load(ordering: .relaxed) }

    /// How many responses had a status that begins with this digit, 1…5.
    func responses(_ leading: Int) -> Int {
        switch leading {
        case 1: informational.load(ordering: .relaxed)
        case 2: successful.load(ordering: .relaxed)
        case 3: redirected.load(ordering: .relaxed)
        case 4: refused.load(ordering: .relaxed)
        default: broken.load(ordering: .relaxed)
        }
    }

    func countResponse(_ status: HTTPStatus, bytes: Int64) {
        content.add(Int(bytes), ordering: .relaxed)
        switch status.code / 100 {
        case 1: informational.add(1, ordering: .relaxed)
        case 2: successful.add(1, ordering: .relaxed)
        case 3: redirected.add(1, ordering: .relaxed)
        case 4: refused.add(1, ordering: .relaxed)
        default: broken.add(1, ordering: .relaxed)
        }
    }

    /// Remembers a request that took long.
    func countTime(_ request: HTTPRequest, _ status: HTTPStatus, nanoseconds: Int64) {
        guard nanoseconds >= SlowRequest.thresholdNanoseconds else { return }
        let new = SlowRequest(
            unixSeconds: Clock.coarseUnixSeconds, method: request.method.name,
            path: String(request.target.path.prefix(200)), status: status.code, nanoseconds: nanoseconds)
        slow.withLock { slow in
            if slow.count == SlowRequest.limit { slow.removeFirst() }
            slow.append(new)
        }
    }

    /// - Parameter isRefused: whether its client has as many as it may.
    func countAccepted(isRefused: Bool) {
        acceptedConnections.add(1, ordering: .relaxed)
        if isRefused { overLimit.add(1, ordering: .relaxed) }
    }
    func countFailedHandshake() { handshakes.add(1, ordering: .relaxed) }
    func countClosed() { closedConnections.add(1, ordering: .relaxed) }
}
