import HTTP
import Posix

/// One line per request, gathered per loop and handed to the log's thread once per turn.
///
/// Text: time, peer, method, target, status, content bytes, milliseconds, user agent, principal (`-` for nobody known).
/// JSON: the same with names, without a principal where none is known.
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
    private var secondText: [UInt8] = []
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
        let agent = request.fields.list(.userAgent) ?? []
        let target = request.target
        let line = Line(
            peer: request.peer, method: request.method.name, path: target.path, query: target.query,
            status: response.status.code, bytes: bytes, microseconds: nanoseconds / 1_000,
            principal: response.principal?())
        append(line, agent: agent.span)
    }

    func record(refused error: HTTPError, from peer: String, bytes: Int64) {
        append(Line(peer: peer, status: error.status.code, bytes: bytes), agent: error.reason.utf8.span)
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
        append(Line(peer: peer), agent: "TLS handshake failed: \(reason)\(others)".utf8.span)
    }

    /// Hands over what has gathered.
    func flush() {
        guard !pending.isEmpty else { return }
        writer.write(pending)
        pending.removeAll(keepingCapacity: true)
    }

    /// What a line says beside the user agent.
    private struct Line {
        let peer: String
        var method = "-"
        var path = "-"
        var query = ""
        var status = 0
        var bytes: Int64 = 0
        var microseconds: Int64 = 0
        var principal: String?
    }

    private func append(_ line: Line, agent: Span<UInt8>) {
        switch format {
        case .text:
            addTime()
            add(" ")
            add(line.peer)
            add(" ")
            add(line.method)
            add(" ")
            addTarget(line)
            add(" ")
            add(Int64(line.status))
            add(" ")
            add(line.bytes)
            add(" ")
            addMilliseconds(line.microseconds)
            add("ms \"")
            addEscaped(agent)
            add("\" ")
            addEscaped((line.principal ?? "-").utf8.span)
            add("\n")
        case .json:
            add("{\"time\":\"")
            addTime()
            add("\",\"peer\":\"")
            add(line.peer)
            add("\",\"method\":\"")
            addEscaped(line.method.utf8.span)
            add("\",\"target\":\"")
            addTarget(line)
            add("\",\"status\":")
            add(Int64(line.status))
            add(",\"bytes\":")
            add(line.bytes)
            add(",\"milliseconds\":")
            addMilliseconds(line.microseconds)
            add(",\"agent\":\"")
            addEscaped(agent)
            if let principal = line.principal {
                add("\",\"principal\":\"")
                addEscaped(principal.utf8.span)
            }
            add("\"}\n")
        }
        if pending.count > 32 << 10 { flush() }
    }

    private func addTime() {
        let now = Clock.coarseUnixSeconds
        if now != second {
            second = now
            secondText = Array(Clock.utcText(now).utf8)
        }
        pending.append(contentsOf: secondText)
    }

    private func addTarget(_ line: Line) {
        addEscaped(line.path.utf8.span)
        guard !line.query.isEmpty else { return }
        add("?")
        addEscaped(line.query.utf8.span)
    }

    private func addMilliseconds(_ microseconds: Int64) {
        add(microseconds / 1_000)
        add(".")
        Decimal.append(microseconds % 1_000, digits: 3, to: &pending)
    }

    private func add(_ number: Int64) { Decimal.append(number, to: &pending) }

    private func add(_ text: String) { pending.append(contentsOf: text.utf8) }

    /// Client bytes can neither end a line or a string nor steer a terminal (log injection): quotes, backslashes and
    /// controls are escaped, also those of ISO 6429 above 0x7F.
    private func addEscaped(_ text: Span<UInt8>) {
        let start = pending.count
        var isPrintable = true
        pending.append(addingCapacity: 2 * text.count) { output in
            for at in text.indices {
                let byte = text[at]
                if byte == 0x22 || byte == 0x5C { output.append(0x5C) }
                output.append(byte)
                if byte &- 0x20 >= 0x5F { isPrintable = false }
            }
        }
        guard !isPrintable else { return }
        // Seldom: controls, and scalars that take several bytes.
        pending.removeLast(pending.count - start)
        addScalars(String(decoding: text.indices.map { text[$0] }, as: UTF8.self))
    }

    private func addScalars(_ text: String) {
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x22, 0x5C: add("\\\(scalar)")
            case 0..<0x20, 0x7F...0x9F: add("\\u00\(scalar.value < 16 ? "0" : "")\(String(scalar.value, radix: 16))")
            default: pending.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
            }
        }
    }
}
