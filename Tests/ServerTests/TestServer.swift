import Foundation
import Glibc
import HTTP
import Posix
import Server
import Synchronization

/// A server on a free loopback port, with short limits.
final class TestServer: Sendable {
    private let server: Server
    private let thread: pthread_t
    private let hasEnded: Monitor<Bool>
    private let logFile: File
    let handler = Handler()
    /// What the server was started with, to be changed and given to `use`.
    let live: LiveSettings

    static var quick: Limits {
        var limits = Limits()
        limits.headSeconds = 1
        limits.bodySeconds = 1
        limits.idleSeconds = 1
        limits.writeSeconds = 1
        limits.lingerSeconds = 1
        limits.farewellSeconds = 0
        limits.drainSeconds = 5
        limits.discardBytes = 1_000
        limits.lingerBytes = 4 << 20
        limits.bodyBytes = 1 << 20
        return limits
    }

    init(
        _ change: (inout Limits) -> Void = { _ in }, loops: Int = 1, log: AccessLog.Format? = .text,
        proxies: [String] = []
    ) throws {
        var limits = Self.quick
        change(&limits)
        let logFile = try File.temporary([])
        self.logFile = logFile
        var settings = ServerSettings()
        settings.listen = [ListenAddress(.inet("127.0.0.1", port: 0))]
        settings.live.limits = limits
        settings.live.accessLog = log
        settings.live.trustedProxies = TrustedProxies(proxies.compactMap { AddressRange($0) })
        live = settings.live
        settings.metrics = Metrics(loops: loops)
        let writer = try LogWriter(to: logFile)
        settings.log = writer
        let server = try Server(handler, settings)
        self.server = server
        let hasEnded = Monitor(false)
        self.hasEnded = hasEnded
        let started = Monitor<pthread_t?>(nil)
        let handler = handler
        try startThread(named: "server") {
            // Blocks the signals for this thread and the loops that it starts: they are sent to this thread alone.
            let signals = try? Signals()
            let this = pthread_self()
            started.change { $0 = this }
            let events = Server.Events(reload: { handler.reloads.add(1, ordering: .relaxed) }, stop: {})
            if let signals { try? server.run(until: signals, events) }
            hasEnded.change { $0 = true }
        }
        thread = started.wait { $0 }
    }

    deinit {
        guard !isDone else { return }
        signal(SIGTERM)
        signal(SIGTERM)
    }

    var address: SocketAddress { server.addresses[0].address }

    func connect(receiveBufferBytes: Int32? = nil) throws -> Client {
        try Client(address, receiveBufferBytes: receiveBufferBytes)
    }

    func use(_ settings: LiveSettings) { server.use(settings) }

    func signal(_ number: Int32) { _ = pthread_kill(thread, number) }

    var isDone: Bool { hasEnded.change { $0 } }

    /// Whether the server ends within some milliseconds.
    func ends(within milliseconds: Int) -> Bool {
        eventually(within: milliseconds) { isDone }
    }

    /// The lines of the access log, once there are so many.
    func log(_ count: Int) -> [String] {
        var lines: [String] = []
        _ = eventually {
            let bytes = (try? logFile.read(at: 0, count: 1 << 20)) ?? []
            lines = bytes.split(separator: 0x0A).map { String(decoding: $0, as: UTF8.self) }
            return lines.count >= count
        }
        return lines
    }
}

/// Asks until a condition holds, for ten seconds: many times what it takes, since a busy machine is no defect.
func eventually(within milliseconds: Int = 10_000, _ condition: () -> Bool) -> Bool {
    let end = Clock.monotonicNanoseconds + Int64(milliseconds) * 1_000_000
    while !condition() {
        if Clock.monotonicNanoseconds > end { return false }
        Clock.sleep(milliseconds: 5)
    }
    return true
}

/// Answers by the first part of the path.
final class Handler: HTTPHandler {
    let reloads = Atomic(0)
    /// Requests to `/wait` that have begun.
    let waiting = Atomic(0)
    /// Opens the gate of `/wait` and `/hold`.
    let isOpen = Atomic(false)
    /// Bytes of bodies that `/count` has read, and requests to `/tick`.
    let counted = Atomic(0)

    func respond(to request: HTTPRequest, body: any HTTPBodyReader) async -> HTTPResponse {
        let words = request.target.path.split(separator: "/").map(String.init)
        let number = words.count > 1 ? Int(words[1]) ?? 0 : 0
        switch words.first {
        case "echo": return await echo(body)
        case "count": return await count(body)
        case "large": return HTTPResponse(.ok, body: .bytes(Self.bytes(number)))
        case "file": return Self.file(request, number)
        case "shorter": return Self.shorter()
        case "close": return closing()
        case "nothing": return HTTPResponse(.noContent)
        case "peer": return .text(.ok, request.peer)
        case "known":
            var response = HTTPResponse.text(.ok, "known")
            response.principal = { "c\"i" }
            return response
        case "tick":
            counted.add(1, ordering: .relaxed)
            return HTTPResponse(.noContent)
        case "counted": return .text(.ok, "\(counted.load(ordering: .relaxed))")
        case "hold":
            // As no handler may: the loop stands still.
            waiting.add(1, ordering: .relaxed)
            while !isOpen.load(ordering: .relaxed) { Clock.sleep(milliseconds: 1) }
            return .text(.ok, "held")
        case "wait":
            waiting.add(1, ordering: .relaxed)
            while !isOpen.load(ordering: .relaxed) { try? await Task.sleep(for: .milliseconds(5)) }
            return .text(.ok, "waited")
        default: return .text(.ok, request.target.path)
        }
    }

    /// A prime count, so that no shift by whole buffers goes unseen.
    private static let pattern = (0..<65_521).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 8) }

    /// Bytes in which each place can be told. Made quickly, for it happens on the loop.
    static func bytes(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + pattern.count)
        while bytes.count < count { bytes.append(contentsOf: pattern) }
        bytes.removeLast(bytes.count - count)
        return bytes
    }

    private func echo(_ body: any HTTPBodyReader) async -> HTTPResponse {
        var all: [UInt8] = []
        do {
            while try await body.read(into: &all) {}
        } catch {
            return .text(error.status, error.reason)
        }
        return HTTPResponse(.ok, body: .bytes(all))
    }

    private func count(_ body: any HTTPBodyReader) async -> HTTPResponse {
        var (sum, pieces, largest) = (0, 0, 0)
        var piece: [UInt8] = []
        do {
            while try await body.read(into: &piece) {
                sum += piece.count
                counted.add(piece.count, ordering: .relaxed)
                pieces += 1
                largest = max(largest, piece.count)
                piece.removeAll(keepingCapacity: true)
            }
        } catch {
            return .text(error.status, error.reason)
        }
        return .text(.ok, "\(sum) \(largest <= 256 << 10)")
    }

    private static func file(_ request: HTTPRequest, _ size: Int) -> HTTPResponse {
        guard let file = try? File.temporary(bytes(size)) else { return .text(.internalServerError, "no file") }
        let offset = Int64(request.target.queryValue("from") ?? "") ?? 0
        let length = Int64(request.target.queryValue("count") ?? "") ?? Int64(size)
        return HTTPResponse(.ok, body: .file(file, offset: offset, length: length))
    }

    private static func shorter() -> HTTPResponse {
        guard let file = try? File.temporary(bytes(100)) else { return .text(.internalServerError, "no file") }
        return HTTPResponse(.ok, body: .file(file, offset: 0, length: 200_000))
    }

    private func closing() -> HTTPResponse {
        var response = HTTPResponse.text(.ok, "closing")
        response.closesConnection = true
        return response
    }
}

extension File {
    /// A file without a name that holds these bytes.
    static func temporary(_ bytes: [UInt8]) throws(Errno) -> File {
        let file = try File.unnamed(in: NSTemporaryDirectory(), permissions: 0o600)
        try file.write(all: bytes)
        return file
    }
}
