import Foundation
import Glibc
import Testing

@testable import Posix

struct SocketAddressTests {
    @Test(arguments: [
        ("127.0.0.1:8080", "127.0.0.1:8080", "127.0.0.1", true),
        ("127.9.9.9:1", "127.9.9.9:1", "127.9.9.9", true),
        ("0.0.0.0:0", "0.0.0.0:0", "0.0.0.0", false),
        ("192.168.1.20:65535", "192.168.1.20:65535", "192.168.1.20", false),
        ("localhost:80", "127.0.0.1:80", "127.0.0.1", true),
        (":8080", "127.0.0.1:8080", "127.0.0.1", true),
        ("[::1]:8080", "[::1]:8080", "::1", true),
        ("[::]:8080", "[::]:8080", "::", false),
        ("[fe80::1]:0", "[fe80::1]:0", "fe80::1", false),
        ("[0:0:0:0:0:0:0:1]:80", "[::1]:80", "::1", true),
        ("[::FFFF:127.0.0.1]:80", "[::ffff:127.0.0.1]:80", "::ffff:127.0.0.1", false),
        ("unix:/run/x.sock", "unix:/run/x.sock", "unix", true),
        ("unix:relative", "unix:relative", "unix", true),
    ])
    func `an address is read, printed and known`(text: String, printed: String, host: String, isLoopback: Bool) throws {
        let address = try #require(SocketAddress(text))
        #expect(address.description == printed)
        #expect(address.host == host)
        #expect(address.isLoopback == isLoopback)
        #expect(SocketAddress(address.description) == address)
    }

    @Test(arguments: [
        "", ":", "8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:+80", "127.0.0.1: 80",
        "127.0.0.1:8o", "127.0.0:80", "127.0.0.1.1:80", "256.0.0.1:80", "example.org:80", "::1:8080", "[::1]", "[::1]:",
        "[::1", "::1]:80", "[127.0.0.1]:80", "[]:80", "[::1%lo]:80", "unix:",
        "unix:" + String(repeating: "a", count: 108),
        "http://127.0.0.1:80", "127.0.0.1:80/", "127.0.0.1:٨٠",
    ])
    func `what is no address is refused`(text: String) {
        #expect(SocketAddress(text) == nil)
    }

    @Test func `a path of 107 bytes is the longest`() {
        #expect(SocketAddress("unix:" + String(repeating: "a", count: 107)) != nil)
    }
}

struct SocketTests {
    private let folder: String

    init() throws {
        folder = NSTemporaryDirectory() + "/wheelhouse-posix-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    /// A blocking client.
    private func connect(to address: SocketAddress) throws -> File {
        let client = socket(address.family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        let file = File(adopting: client)
        let code = unsafe address.withSystemAddress { pointer, length in unsafe Glibc.connect(client, pointer, length) }
        guard code == 0 else { throw Errno.current }
        return file
    }

    private func accepted(by socket: Socket) throws -> (socket: Socket, peer: SocketAddress) {
        for _ in 0..<1_000 {
            if let connection = try socket.accept() { return connection }
            Clock.sleep(milliseconds: 1)
        }
        throw Errno(ETIMEDOUT)
    }

    @Test(arguments: ["127.0.0.1:0", "[::1]:0"])
    func `port 0 becomes a real port that can be connected to`(text: String) throws {
        let listener = try Socket.listen(at: try #require(SocketAddress(text)))
        let address = try listener.localAddress()
        #expect(!address.description.hasSuffix(":0"))
        #expect(try listener.accept() == nil)
        let client = try connect(to: address)
        let (connection, peer) = try accepted(by: listener)
        #expect(peer.host == address.host)
        try client.write(all: Array("ping".utf8))
        var buffer = [UInt8](repeating: 0, count: 8)
        while try connection.receive(into: &buffer, at: 2) == nil { Clock.sleep(milliseconds: 1) }
        #expect(buffer == [0, 0] + Array("ping".utf8) + [0, 0])
        #expect(try connection.receive(into: &buffer, at: 0) == nil)
        #expect(try connection.send(Array("xpong".utf8), from: 1) == 4)
        #expect(try client.read(upTo: 10) == Array("pong".utf8))
        connection.shutdownWrites()
        #expect(try client.read(upTo: 10).isEmpty)
    }

    @Test func `two sockets listen at one port`() throws {
        let first = try Socket.listen(at: .inet("127.0.0.1", port: 0))
        _ = try Socket.listen(at: try first.localAddress())
    }

    @Test func `an address that is not of this machine is refused`() {
        #expect(throws: Errno(EADDRNOTAVAIL)) { _ = try Socket.listen(at: .inet("192.0.2.1", port: 0)) }
    }

    @Test func `a full send buffer is told, and an ended peer is an error`() throws {
        let (near, far) = try socketPair()
        let block = [UInt8](repeating: 1, count: 1 << 16)
        var sent = 0
        while let count = try near.send(block) { sent += count }
        #expect(sent > 0)
        far.shutdownWrites()
        _ = consume far
    }

    @Test func `a file is sent from an offset, and its end is told`() throws {
        let (near, far) = try socketPair()
        let file = try File.temporary(Array("0123456789".utf8))
        var offset: Int64 = 4
        #expect(try near.send(file, from: &offset, count: 3) == 3)
        #expect(offset == 7)
        var buffer = [UInt8](repeating: 0, count: 16)
        #expect(try far.receive(into: &buffer, at: 0) == 3)
        #expect(buffer.prefix(3) == Array("456".utf8)[...])
        offset = 10
        #expect(try near.send(file, from: &offset, count: 5) == 0)
    }

    @Test func `a Unix socket listens, and its peers have no name`() throws {
        let address = SocketAddress.unix(path: folder + "/s")
        let listener = try Socket.listen(at: address)
        let client = try connect(to: address)
        let (connection, peer) = try accepted(by: listener)
        #expect(peer == .unix(path: ""))
        #expect(try connection.send([42]) == 1)
        #expect(try client.read(upTo: 1) == [42])
    }

    @Test func `the socket file of a process that is gone is replaced, a living one is not`() throws {
        let address = SocketAddress.unix(path: folder + "/s")
        do { _ = try Socket.listen(at: address) }
        #expect(FileManager.default.fileExists(atPath: folder + "/s"))
        let listener = try Socket.listen(at: address)
        #expect(throws: Errno.addressInUse) { _ = try Socket.listen(at: address) }
        _ = try connect(to: address)
        _ = try accepted(by: listener)
    }

    @Test func `a file that is no socket is never removed`() throws {
        try Data("precious".utf8).write(to: URL(filePath: folder + "/s"))
        #expect(throws: Errno.addressInUse) { _ = try Socket.listen(at: .unix(path: folder + "/s")) }
        #expect(try String(contentsOfFile: folder + "/s", encoding: .utf8) == "precious")
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
