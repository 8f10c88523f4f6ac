import Posix
import Synchronization

/// How many connections each client has open, on all loops together.
///
/// A client is an IPv4 address, or an IPv6 network of 64 bits: whoever has one address of such a network has all of them
/// (RFC 6177).
final class ClientConnections: Sendable {
    /// A client as a number.
    struct Client: Hashable, Sendable {
        private let number: UInt64

        init(_ address: NumericAddress) {
            // No network of clients begins as IPv4 addresses do here: 0000::/8 is reserved (RFC 4291 §2.4).
            let isVersion4 = address.bytes.count == 4
            number = address.bytes.prefix(8).reduce(isVersion4 ? 0xFFFF : 0) { $0 << 8 | UInt64($1) }
        }
    }

    /// Guards the counts; held for one look-up. Clients without a connection have no entry.
    private let counts = Mutex<[Client: Int]>([:])

    /// Counts one more connection of a client, unless it has as many as it may.
    ///
    /// - Returns: whether it is counted. Then `close` must follow.
    func open(_ client: Client, limit: Int) -> Bool {
        counts.withLock { counts in
            let count = counts[client, default: 0]
            guard count < limit else { return false }
            counts[client] = count + 1
            return true
        }
    }

    /// Counts one connection less.
    func close(_ client: Client) {
        counts.withLock { counts in
            let count = counts[client, default: 1]
            counts[client] = count == 1 ? nil : count - 1
        }
    }
}

/// A connection's place among those that are open.
struct Place: Sendable {
    /// Whose it is; `nil` when nobody counts: no limit, a proxy, a Unix socket, or a connection that is refused.
    var client: ClientConnections.Client?
    /// Whether the client has as many connections as it may: then its first request is answered so, and nothing else.
    var isRefused = false
}
