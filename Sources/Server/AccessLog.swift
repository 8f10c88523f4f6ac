import HTTP
import Posix

/// One line per request, gathered per loop and handed to the log's thread once per turn.
///
/// Text: time, peer, method, target, status, content bytes, milliseconds, user agent. JSON: the same with names.
public final class AccessLog {
    /// How a line looks.
    public enum Format: String, Sendable {
        /// Fields separated by spaces, the user agent quoted.
        case text
        /// One JSON object per line.
        case json
    }

    let format: Format
    private let writer: LogWriter
    private var pending: [UInt8] = []
    private var second: Int64 = 0
    private var secondText = ""
    /// Of failed handshakes: the second of the last one, how many there were in it, how many have no line.
    private var failures: (second: Int64, count: Int, unsaid: Int) = (0, 0, 0)

    /// A failed handshake costs a stranger nothing, so only so many get a line in each second.
    private static let failuresPerSecond = 10

    /// A log of one loop; several share the writer.
    init(_ format: Format, to writer: LogWriter) {
        self.format = format
        self.writer = writer
    }

    func record(_ request: HTTPRequest, _ response: HTTPResponse, bytes: Int64, nanoseconds: Int64) {
        let agent = request.fields[.userAgent] ?? ""
        let target = request.target
        let line = Line(
            peer: request.peer, method: request.method.name,
            target: target.query.isEmpty ? target.path : "\(target.path)?\(target.query)",
            status: response.status.code, bytes: bytes, microseconds: nanoseconds / 1_000, agent: agent)
        append(line)
    }

    func record(refused error: HTTPError, from peer: String, bytes: Int64) {
        append(
            Line(
                peer: peer, method: "-", target: "-", status: error.status.code, bytes: bytes, microseconds: 0,
                agent: error.reason))
    }

    /// A TLS handshake that came to nothing: there is no request and no answer.
    func record(failedHandshake reason: String, with peer: String) {
        let now = Clock.coarseUnixSeconds
        if now != failures.second { failures = (now, 0, failures.unsaid) }
        failures.count += 1
        guard failures.count <= Self.failuresPerSecond else {
            failures.unsaid += 1
            return
        }
        let others = failures.unsaid == 0 ? "" : " (\(failures.unsaid) others before it have no line)"
        failures.unsaid = 0
        append(
            Line(
                peer: peer, method: "-", target: "-", status: 0, bytes: 0, microseconds: 0,
                agent: "TLS handshake failed: \(reason)\(others)"))
    }

    /// Hands over what has gathered.
    func flush() {
        guard !pending.isEmpty else { return }
        writer.write(pending)
        pending.removeAll(keepingCapacity: true)
    }

    private struct Line {
        let peer, method, target: String
        let status: Int
        let bytes, microseconds: Int64
        let agent: String
    }

    private func append(_ line: Line) {
        let milliseconds = "\(line.microseconds / 1_000).\(String(line.microseconds % 1_000 + 1_000).dropFirst())"
        switch format {
        case .text:
            add("\(time()) \(line.peer) \(line.method) ")
            addEscaped(line.target)
            add(" \(line.status) \(line.bytes) \(milliseconds)ms \"")
            addEscaped(line.agent)
            add("\"\n")
        case .json:
            add("{\"time\":\"\(time())\",\"peer\":\"\(line.peer)\",\"method\":\"")
            addEscaped(line.method)
            add("\",\"target\":\"")
            addEscaped(line.target)
            add("\",\"status\":\(line.status),\"bytes\":\(line.bytes),\"milliseconds\":\(milliseconds),\"agent\":\"")
            addEscaped(line.agent)
            add("\"}\n")
        }
        if pending.count > 32 << 10 { flush() }
    }

    private func time() -> String {
        let now = Clock.coarseUnixSeconds
        if now != second {
            second = now
            secondText = Clock.utcText(now)
        }
        return secondText
    }

    private func add(_ text: String) { pending.append(contentsOf: text.utf8) }

    /// Client bytes can neither end a line or a string nor steer a terminal (log injection): quotes, backslashes and
    /// controls are escaped, also those of ISO 6429 above 0x7F.
    private func addEscaped(_ text: String) {
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x22, 0x5C: add("\\\(scalar)")
            case 0..<0x20, 0x7F...0x9F: add("\\u00\(scalar.value < 16 ? "0" : "")\(String(scalar.value, radix: 16))")
            default: pending.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
            }
        }
    }
}
