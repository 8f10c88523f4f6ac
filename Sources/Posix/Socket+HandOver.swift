import CLinux
import Glibc

/// How one server process takes a port over from another without a refused connection, when both listen with
/// `SO_REUSEPORT` (socket(7)). Each step that the kernel refuses leaves what would be without it.
extension Socket {
    /// How many sockets of this machine listen at this socket's address and port, this one included: `/proc/net/tcp`.
    /// 0 when that cannot be told.
    public func countOfListenersAtSamePort() -> Int {
        guard let address = try? localAddress(), let (table, place) = Self.row(of: address) else { return 0 }
        // The kernel lists listening sockets before all others, so the beginning is enough.
        guard let text = try? File.open(table).read(at: 0, count: 64 << 10) else { return 0 }
        var count = 0
        for line in String(decoding: text, as: UTF8.self).split(separator: "\n").dropFirst() {
            let words = line.split(separator: " ")
            guard words.count > 3, words[3] == Self.listening else { break }
            if words[1] == place { count += 1 }
        }
        return count
    }

    /// Lets the socket that was bound as the `index`th (from 0) of all at this port have every new connection.
    public func steerConnections(to index: Int) {
        _ = linux_steer_connections(file.descriptor, Int32(clamping: index))
    }

    /// Lets the kernel choose again, for all sockets at this port.
    public func unsteerConnections() {
        _ = linux_unsteer_connections(file.descriptor)
    }

    /// Ignores new handshakes; those that have begun still arrive.
    public func ignoreHandshakes() {
        _ = linux_ignore_handshakes(file.descriptor)
    }

    /// `TCP_LISTEN`
    private static let listening = "0A"

    /// The table, and the address as the table writes it: each 4 bytes as one number of this machine, then the port.
    private static func row(of address: SocketAddress) -> (table: String, place: String)? {
        let (table, host, port): (String, String, UInt16)
        switch address {
        case .inet(let text, let number): (table, host, port) = ("/proc/net/tcp", text, number)
        case .inet6(let text, let number): (table, host, port) = ("/proc/net/tcp6", text, number)
        case .unix: return nil
        }
        guard let bytes = NumericAddress(host)?.bytes else { return nil }
        var place = ""
        for start in stride(from: 0, to: bytes.count, by: 4) {
            let number = bytes[start..<start + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            place += hex(number.bigEndian, digits: 8)
        }
        return (table, place + ":" + hex(UInt32(port), digits: 4))
    }

    private static func hex(_ number: UInt32, digits: Int) -> String {
        let text = String(number, radix: 16, uppercase: true)
        return String(repeating: "0", count: digits - text.count) + text
    }
}
