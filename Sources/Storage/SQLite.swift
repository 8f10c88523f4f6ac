import CSQLite

/// A value bound to a parameter of a statement.
enum SQLValue {
    case null
    case integer(Int64)
    case text(String)
    case blob([UInt8])

    /// `text`, or `null` for nil.
    static func optional(_ text: String?) -> SQLValue { text.map { .text($0) } ?? .null }
    /// `integer`, or `null` for nil.
    static func optional(_ number: Int64?) -> SQLValue { number.map { .integer($0) } ?? .null }
    /// `blob`, or `null` for nil.
    static func optional(_ bytes: [UInt8]?) -> SQLValue { bytes.map { .blob($0) } ?? .null }
}

/// One connection to the catalog, with its prepared statements.
///
/// Unchecked, because the compiler cannot see who holds it: SQLite is opened without locks of its own, so one thread
/// at a time may use a connection. `WriteQueue` gives the writing one to its only thread, and `ReadPool` takes a
/// reading one out of the pool for as long as somebody uses it.
@safe final class Connection: @unchecked Sendable {
    private let handle: OpaquePointer
    /// By their SQL.
    private(set) var statements: [String: Statement] = [:]

    /// Opens an existing database file (an empty one is a new database).
    ///
    /// - Parameter writable: whether statements may change it.
    convenience init(path: String, writable: Bool) throws(StorageError) {
        try self.init(path: path, settings: writable ? Self.writerSettings : Self.readerSettings)
    }

    /// Opens a database file that nobody writes, for reading, without a lock and without a file beside it.
    convenience init(immutable path: String) throws(StorageError) {
        let unreserved = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/".utf8)
        let escaped = path.utf8.map { byte in
            unreserved.contains(byte)
                ? String(UnicodeScalar(byte)) : (byte < 16 ? "%0" : "%") + String(byte, radix: 16)
        }
        // With an authority, which is empty: a path may begin with two slashes.
        let scheme = path.hasPrefix("/") ? "file://" : "file:"
        try self.init(name: "\(scheme)\(escaped.joined())?immutable=1", settings: Self.readerSettings)
    }

    /// Opens an existing database file, and says how it is used.
    convenience init(path: String, settings: String) throws(StorageError) {
        // Debian's SQLite takes each name that begins like this for a URI.
        try self.init(name: path.hasPrefix("file:") ? "./" + path : path, settings: settings)
    }

    private init(name: String, settings: String) throws(StorageError) {
        var handle: OpaquePointer?
        // NOMUTEX: see above. EXRESCODE: result codes that say which of the input/output operations failed.
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
        let code = unsafe sqlite3_open_v2(name, &handle, flags, nil)
        guard let handle = unsafe handle else { throw .sqlite(code: code, message: "out of memory") }
        guard code == SQLITE_OK else {
            let error = unsafe storageError(code, handle)
            unsafe sqlite3_close_v2(handle)
            throw error
        }
        unsafe self.handle = handle
        unsafe sqlite3_busy_timeout(handle, 5000)
        try script(settings)
    }

    deinit {
        statements = [:]
        // close_v2 and not close: it cannot fail, whatever order Swift releases the statements in.
        unsafe sqlite3_close_v2(handle)
    }

    // FULL: a commit has reached the disk when it returns. trusted_schema: a changed database file runs no function of
    // ours. recursive_triggers: INSERT OR REPLACE cannot slip past the triggers that protect the journal.
    /// For a database that a copy is written to.
    static let copySettings = """
        PRAGMA synchronous = FULL;
        PRAGMA foreign_keys = ON;
        PRAGMA recursive_triggers = ON;
        PRAGMA trusted_schema = OFF;
        """

    // secure_delete: what is deleted here (`staged_blobs`) is no secret; Debian's SQLite would write zeros over it.
    private static let writerSettings =
        copySettings + """

            PRAGMA journal_mode = WAL;
            PRAGMA journal_size_limit = 67108864;
            PRAGMA secure_delete = OFF;
            """

    private static let readerSettings = """
        PRAGMA query_only = ON;
        PRAGMA trusted_schema = OFF;
        """

    /// Runs statements that have no parameters and whose rows nobody wants.
    func script(_ sql: String) throws(StorageError) {
        let code = unsafe sqlite3_exec(handle, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw unsafe storageError(code, handle) }
    }

    /// Runs one statement to its end.
    ///
    /// - Returns: the number of rows it changed.
    @discardableResult
    func run(_ sql: String, _ values: SQLValue...) throws(StorageError) -> Int {
        let statement = try prepared(sql)
        defer { statement.reset() }
        try statement.bind(values)
        while try statement.step() {}
        return Int(unsafe sqlite3_changes(handle))
    }

    /// Runs one statement and reads each of its rows.
    func rows<Value>(
        _ sql: String, _ values: SQLValue..., read: (Statement) throws(StorageError) -> Value
    ) throws(StorageError) -> [Value] {
        let statement = try prepared(sql)
        defer { statement.reset() }
        try statement.bind(values)
        var rows: [Value] = []
        while try statement.step() { rows.append(try read(statement)) }
        return rows
    }

    /// Runs one statement and reads its first row; nil when there is none.
    func first<Value>(
        _ sql: String, _ values: SQLValue..., read: (Statement) throws(StorageError) -> Value
    ) throws(StorageError) -> Value? {
        let statement = try prepared(sql)
        defer { statement.reset() }
        try statement.bind(values)
        return try statement.step() ? try read(statement) : nil
    }

    /// The first column of the first row as a number; 0 when there is no row or the column is NULL.
    func number(_ sql: String, _ values: SQLValue...) throws(StorageError) -> Int64 {
        let statement = try prepared(sql)
        defer { statement.reset() }
        try statement.bind(values)
        return try statement.step() ? statement.integer(0) : 0
    }

    /// Copies all of the database, as it is at one moment, in place of another one's content: the online backup interface of
    /// SQLite. Writers of this one go on meanwhile.
    func copy(to other: Connection) throws(StorageError) {
        guard let backup = unsafe sqlite3_backup_init(other.handle, "main", handle, "main") else {
            throw unsafe storageError(sqlite3_errcode(other.handle), other.handle)
        }
        let code = unsafe sqlite3_backup_step(backup, -1)
        let end = unsafe sqlite3_backup_finish(backup)
        guard code == SQLITE_DONE, end == SQLITE_OK else {
            throw unsafe storageError(end == SQLITE_OK ? code : end, other.handle)
        }
    }

    /// The row id that the last INSERT gave.
    var lastRow: Int64 { unsafe sqlite3_last_insert_rowid(handle) }

    /// Whether a transaction is open; some errors end it on their own.
    var isInTransaction: Bool { unsafe sqlite3_get_autocommit(handle) == 0 }

    private func prepared(_ sql: String) throws(StorageError) -> Statement {
        if let known = statements[sql] { return known }
        var statement: OpaquePointer?
        let code = unsafe sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
        guard code == SQLITE_OK, let statement = unsafe statement else { throw unsafe storageError(code, handle) }
        let new = unsafe Statement(statement, of: handle)
        statements[sql] = new
        return new
    }
}

/// A prepared statement; while it stands on a row, the columns of that row. Used by the owner of its connection.
@safe final class Statement {
    private let handle: OpaquePointer
    private let connection: OpaquePointer

    @unsafe init(_ handle: OpaquePointer, of connection: OpaquePointer) {
        unsafe self.handle = handle
        unsafe self.connection = connection
    }

    deinit {
        unsafe sqlite3_finalize(handle)
    }

    /// Gives the parameters `?1`, `?2` … their values.
    func bind(_ values: [SQLValue]) throws(StorageError) {
        for (index, value) in values.enumerated() {
            let code = bind(value, at: Int32(index + 1))
            guard code == SQLITE_OK else { throw unsafe storageError(code, connection) }
        }
    }

    private func bind(_ value: SQLValue, at index: Int32) -> Int32 {
        // SQLITE_TRANSIENT, a macro that Swift does not import: SQLite copies the bytes before it returns.
        let copied = unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        switch value {
        case .null: return unsafe sqlite3_bind_null(handle, index)
        case .integer(let number): return unsafe sqlite3_bind_int64(handle, index, number)
        case .text(let text):
            return unsafe sqlite3_bind_text(handle, index, text, Int32(text.utf8.count), copied)
        case .blob(let bytes):
            return unsafe sqlite3_bind_blob(handle, index, bytes, Int32(bytes.count), copied)
        }
    }

    /// Goes to the next row; false after the last.
    func step() throws(StorageError) -> Bool {
        let code = unsafe sqlite3_step(handle)
        guard code == SQLITE_ROW || code == SQLITE_DONE else { throw unsafe storageError(code, connection) }
        return code == SQLITE_ROW
    }

    /// Makes the statement ready to run again, and ends the read that it held.
    func reset() {
        // The code repeats what step() reported already.
        _ = unsafe sqlite3_reset(handle)
        _ = unsafe sqlite3_clear_bindings(handle)
    }

    /// Whether a column is NULL; columns count from 0.
    func isNull(_ column: Int32) -> Bool { unsafe sqlite3_column_type(handle, column) == SQLITE_NULL }

    /// A column as a number; 0 for NULL.
    func integer(_ column: Int32) -> Int64 { unsafe sqlite3_column_int64(handle, column) }

    /// A column as a number; nil for NULL.
    func optionalInteger(_ column: Int32) -> Int64? { isNull(column) ? nil : integer(column) }

    /// A column as text; empty for NULL.
    func text(_ column: Int32) -> String {
        guard let bytes = unsafe sqlite3_column_text(handle, column) else { return "" }
        let count = unsafe Int(sqlite3_column_bytes(handle, column))
        return unsafe String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
    }

    /// A column as text; nil for NULL.
    func optionalText(_ column: Int32) -> String? { isNull(column) ? nil : text(column) }

    /// A column as bytes; empty for NULL.
    func blob(_ column: Int32) -> [UInt8] {
        guard let bytes = unsafe sqlite3_column_blob(handle, column) else { return [] }
        let count = unsafe Int(sqlite3_column_bytes(handle, column))
        return unsafe Array(UnsafeRawBufferPointer(start: bytes, count: count))
    }

    /// A column as bytes; nil for NULL.
    func optionalBlob(_ column: Int32) -> [UInt8]? { isNull(column) ? nil : blob(column) }
}

/// The error for a result code, with the sentence that SQLite keeps for the connection.
@unsafe private func storageError(_ code: Int32, _ connection: OpaquePointer) -> StorageError {
    let message = unsafe sqlite3_errmsg(connection).map { unsafe String(cString: $0) } ?? ""
    switch code & 0xff {
    case SQLITE_FULL: return .full(doing: "writing the catalog")
    case SQLITE_BUSY: return .busy
    case SQLITE_CORRUPT, SQLITE_NOTADB: return .corrupt("the catalog: \(message)")
    default: return .sqlite(code: code, message: message)
    }
}
