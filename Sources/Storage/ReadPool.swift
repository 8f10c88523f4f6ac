import Synchronization

/// Connections for reading: each is lent to one caller at a time. Readers never wait for the writer (WAL).
final class ReadPool: Sendable {
    // More than this many are closed when they come back.
    private static let keptConnections = 8

    private let path: String
    /// Protects the connections that nobody uses at the moment.
    private let idle = Mutex<[Connection]>([])

    /// A pool for this database file; the first connection is opened at the first use.
    init(path: String) {
        self.path = path
    }

    /// Lends a connection to `body`.
    func read<Value>(_ body: (Connection) throws(StorageError) -> Value) throws(StorageError) -> Value {
        let connection: Connection
        if let known = idle.withLock({ $0.popLast() }) {
            connection = known
        } else {
            connection = try Connection(path: path, writable: false)
        }
        defer {
            idle.withLock { idle in
                if idle.count < Self.keptConnections { idle.append(connection) }
            }
        }
        return try body(connection)
    }

    /// Lends a connection to `body`; all that it asks sees the catalog at one moment.
    func readSnapshot<Value>(_ body: (Connection) throws(StorageError) -> Value) throws(StorageError) -> Value {
        try read { connection throws(StorageError) in
            try connection.run("BEGIN")
            defer { _ = try? connection.run("ROLLBACK") }
            return try body(connection)
        }
    }
}
