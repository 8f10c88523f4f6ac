import Foundation
import Glibc
import Posix

/// A blocking client of the simplest kind. Every wait ends after 10 seconds with an error.
final class Client {
    private let file: File
    private var received: [UInt8] = []

    init(_ address: SocketAddress, receiveBufferBytes: Int32? = nil) throws {
        guard case .inet(_, let port) = address else { throw Broken("not an IPv4 address: \(address)") }
        file = File(adopting: socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0))
        if let receiveBufferBytes { set(SO_RCVBUF, receiveBufferBytes) }
        set(SO_RCVTIMEO, timeval(tv_sec: 10, tv_usec: 0))
        set(SO_SNDTIMEO, timeval(tv_sec: 10, tv_usec: 0))
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = port.bigEndian
        name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let descriptor = file.descriptor
        let code = unsafe withUnsafePointer(to: &name) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe connect(descriptor, pointer, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard code == 0 else { throw Errno.current }
        set(IPPROTO_TCP, TCP_NODELAY, Int32(1))
    }

    private func set<Value: BitwiseCopyable>(_ option: Int32, _ value: Value) { set(Int(SOL_SOCKET), option, value) }

    private func set<Value: BitwiseCopyable>(_ level: Int, _ option: Int32, _ value: Value) {
        var value = value
        _ = unsafe setsockopt(file.descriptor, Int32(level), option, &value, socklen_t(MemoryLayout<Value>.size))
    }

    func send(_ text: String) throws { try send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let rest = Array(bytes[sent...])
            let count = unsafe Glibc.send(file.descriptor, rest, rest.count, Int32(MSG_NOSIGNAL))
            guard count > 0 else { throw Errno.current }
            sent += count
        }
    }

    /// Sends the same bytes again and again until the system takes no more for a moment; how many bytes.
    func sendWhatFits(_ piece: [UInt8]) -> Int {
        set(SO_SNDTIMEO, timeval(tv_sec: 0, tv_usec: 100_000))
        var sum = 0
        while true {
            let count = unsafe Glibc.send(file.descriptor, piece, piece.count, Int32(MSG_NOSIGNAL))
            guard count > 0 else { return sum }
            sum += count
        }
    }

    /// Tells the server that nothing more comes.
    /// Whether something can be read without waiting.
    var hasInput: Bool {
        var descriptor = pollfd(fd: file.descriptor, events: Int16(POLLIN), revents: 0)
        return unsafe poll(&descriptor, 1, 0) == 1
    }

    func finishSending() { _ = shutdown(file.descriptor, Int32(SHUT_WR)) }

    /// Receives once; false at the end.
    private func receive() throws -> Bool {
        let more = try file.read(upTo: 1 << 16)
        received += more
        return !more.isEmpty
    }

    /// The next response, 100 Continue included; `head`: that of an answer to HEAD, which has no content.
    func response(head isHead: Bool = false) throws -> Response {
        let end = Array("\r\n\r\n".utf8)
        while true {
            if let at = received.firstRange(of: end) {
                var response = Response(head: Array(received[..<at.lowerBound]))
                received.removeSubrange(..<at.upperBound)
                let isBodiless = isHead || [100, 204, 304].contains(response.status)
                let count = isBodiless ? 0 : Int(response["content-length"] ?? "") ?? 0
                while received.count < count {
                    guard try receive() else { throw Broken("\(received.count) of \(count) bytes of content came") }
                }
                response.content = Array(received[..<count])
                received.removeSubrange(..<count)
                return response
            }
            guard try receive() else { throw Broken("the connection ended instead of a response") }
        }
    }

    /// Whether the server has closed the connection, without anything more.
    func isEnded() throws -> Bool {
        guard received.isEmpty else { return false }
        return try !receive()
    }

    /// A request and its response.
    func get(_ target: String, _ fields: String...) throws -> Response {
        try send("GET \(target) HTTP/1.1\r\nHost: a\r\n\(fields.map { $0 + "\r\n" }.joined())\r\n")
        return try response()
    }
}

struct Broken: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// A response as it came.
struct Response {
    let status: Int
    let lines: [String]
    var content: [UInt8] = []

    init(head: [UInt8]) {
        lines = String(decoding: head, as: UTF8.self).components(separatedBy: "\r\n")
        status = Int(lines[0].dropFirst(9).prefix(3)) ?? 0
    }

    var text: String { String(decoding: content, as: UTF8.self) }

    subscript(_ name: String) -> String? {
        lines.first { $0.lowercased().hasPrefix(name + ": ") }.map { String($0.dropFirst(name.count + 2)) }
    }
}
