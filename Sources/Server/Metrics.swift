import HTTP
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
            let count = loops.reduce(0) { $0 + $1.responses(leading) }
            text += "wheelhouse_http_responses_total{status=\"\(leading)xx\"} \(count)\n"
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

    private func sum(_ counter: KeyPath<LoopMetrics, Int>) -> Int {
        loops.reduce(0) { $0 + $1[keyPath: counter] }
    }
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

    /// - Parameter isRefused: whether its client has as many as it may.
    func countAccepted(isRefused: Bool) {
        acceptedConnections.add(1, ordering: .relaxed)
        if isRefused { overLimit.add(1, ordering: .relaxed) }
    }
    func countFailedHandshake() { handshakes.add(1, ordering: .relaxed) }
    func countClosed() { closedConnections.add(1, ordering: .relaxed) }
}
