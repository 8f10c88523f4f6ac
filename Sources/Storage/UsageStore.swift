import Posix
import Synchronization

/// How often files were downloaded: a database of its own beside the catalog (`usage.sqlite`).
///
/// The catalog has one journal row per change, and a download changes nothing. So counting neither waits for the catalog's
/// writer nor holds it up, and losing the file loses statistics only.
public final class UsageStore: Sendable {
    /// Protects the writing connection; held for one transaction.
    private let writer: Mutex<Connection>
    private let readers: ReadPool

    /// Opens the database of a data folder, and makes it when it is missing.
    ///
    /// - Throws: `StorageError.newerSchema`, `corrupt`, `io`, `full`, `sqlite`.
    public init(of store: Store) throws(StorageError) {
        let layout = store.layout
        try attempt("making \(layout.usage)") { () throws(Errno) in
            _ = try Durable.create(Layout.usageName, in: layout.directory, bytes: [], permissions: 0o600)
        }
        let connection = try Connection(path: layout.usage, writable: true)
        try Schema.take([Self.tables], on: connection)
        writer = Mutex(connection)
        readers = ReadPool(path: layout.usage)
    }

    // day: days since 1970-01-01 (UTC); 0 for all days that are no longer kept one by one.
    private static let tables = """
        CREATE TABLE files (
            id INTEGER PRIMARY KEY,
            index_name TEXT NOT NULL,
            project TEXT NOT NULL,
            version TEXT NOT NULL,
            filename TEXT NOT NULL,
            UNIQUE (index_name, filename)
        ) STRICT;
        CREATE INDEX files_of_project ON files (index_name, project);
        CREATE TABLE clients (
            id INTEGER PRIMARY KEY,
            installer TEXT NOT NULL,
            python TEXT NOT NULL,
            platform TEXT NOT NULL,
            UNIQUE (installer, python, platform)
        ) STRICT;
        CREATE TABLE downloads (
            file INTEGER NOT NULL REFERENCES files (id),
            day INTEGER NOT NULL,
            client INTEGER NOT NULL REFERENCES clients (id),
            count INTEGER NOT NULL,
            PRIMARY KEY (file, day, client)
        ) STRICT, WITHOUT ROWID;

        """

    /// Adds downloads of one day, durably, all or none.
    ///
    /// - Parameter day: days since 1970-01-01 (UTC).
    public func add(_ counts: [DownloadCount], on day: Int64) throws(StorageError) {
        try transaction { connection throws(StorageError) in
            for count in counts { try Self.add(count, on: day, connection) }
        }
    }

    /// Gives up the days and clients of downloads before a day: of each file, one row with their sum is left.
    ///
    /// - Returns: how many rows became fewer.
    @discardableResult
    public func fold(before day: Int64) throws(StorageError) -> Int {
        try transaction { connection throws(StorageError) in
            let rows = "FROM downloads WHERE day < ?1 AND day > 0"
            guard try connection.number("SELECT EXISTS (SELECT 1 \(rows))", .integer(day)) == 1 else { return 0 }
            let client = try Self.row(of: .unknown, connection)
            let added = try connection.run(
                """
                INSERT INTO downloads (file, day, client, count)
                SELECT file, 0, ?2, sum(count) \(rows) GROUP BY file
                ON CONFLICT DO UPDATE SET count = count + excluded.count
                """, .integer(day), .integer(client))
            return try connection.run("DELETE \(rows)", .integer(day)) - added
        }
    }

    /// The downloads of a project in some days, the largest sums first.
    ///
    /// - Parameters:
    ///   - project: a normalized name.
    ///   - days: days since 1970-01-01 (UTC). Day 0 is that of all downloads that are no longer kept day by day.
    public func downloads(
        index: String, project: String, by grouping: DownloadGrouping, days: ClosedRange<Int64>
    ) throws(StorageError) -> [DownloadSum] {
        try readers.read { connection throws(StorageError) in
            try connection.rows(
                """
                SELECT \(grouping.rawValue), sum(d.count) AS n
                FROM files f JOIN downloads d ON d.file = f.id JOIN clients c ON c.id = d.client
                WHERE f.index_name = ?1 AND f.project = ?2 AND d.day BETWEEN ?3 AND ?4 GROUP BY 1 ORDER BY n DESC, 1
                """, .text(index), .text(project), .integer(days.lowerBound), .integer(days.upperBound)
            ) { ($0.text(0), $0.integer(1)) }
        }
    }

    /// The projects that were downloaded since a day, the largest sums first.
    public func projects(index: String, since day: Int64) throws(StorageError) -> [DownloadSum] {
        try readers.read { connection throws(StorageError) in
            try connection.rows(
                """
                SELECT f.project, sum(d.count) AS n FROM files f JOIN downloads d ON d.file = f.id
                WHERE f.index_name = ?1 AND d.day >= ?2 GROUP BY 1 ORDER BY n DESC, 1
                """, .text(index), .integer(day)
            ) { ($0.text(0), $0.integer(1)) }
        }
    }

    /// The projects of all indexes that were downloaded since a day.
    public func projects(since day: Int64) throws(StorageError) -> [ProjectKey] {
        try readers.read { connection throws(StorageError) in
            try connection.rows(
                """
                SELECT DISTINCT f.index_name, f.project FROM files f JOIN downloads d ON d.file = f.id WHERE d.day >= ?1
                """, .integer(day)
            ) { ProjectKey(index: $0.text(0), name: $0.text(1)) }
        }
    }

    private static func add(_ row: DownloadCount, on day: Int64, _ connection: Connection) throws(StorageError) {
        let file = row.file
        try connection.run(
            "INSERT INTO files (index_name, project, version, filename) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
            .text(file.index), .text(file.project), .text(file.version), .text(file.filename))
        let id = try connection.number(
            "SELECT id FROM files WHERE index_name = ?1 AND filename = ?2", .text(file.index), .text(file.filename))
        try connection.run(
            """
            INSERT INTO downloads (file, day, client, count) VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT DO UPDATE SET count = count + excluded.count
            """, .integer(id), .integer(day), .integer(try self.row(of: row.client, connection)), .integer(row.count))
    }

    private static func row(of client: DownloadClient, _ connection: Connection) throws(StorageError) -> Int64 {
        let values = (
            SQLValue.text(client.installer), SQLValue.text(client.python), SQLValue.text(client.platform)
        )
        try connection.run(
            "INSERT INTO clients (installer, python, platform) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            values.0, values.1, values.2)
        return try connection.number(
            "SELECT id FROM clients WHERE installer = ?1 AND python = ?2 AND platform = ?3",
            values.0, values.1, values.2)
    }

    private func transaction<Value: Sendable>(
        _ body: (Connection) throws(StorageError) -> Value
    ) throws(StorageError) -> Value {
        try writer.withLock { connection throws(StorageError) in
            try connection.run("BEGIN IMMEDIATE")
            do throws(StorageError) {
                let value = try body(connection)
                try connection.run("COMMIT")
                return value
            } catch {
                // The reason of the failure is on its way to the caller; a second one would only hide it.
                if connection.isInTransaction { _ = try? connection.run("ROLLBACK") }
                throw error
            }
        }
    }
}
