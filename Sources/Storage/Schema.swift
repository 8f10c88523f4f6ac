/// The tables of the catalog, as numbered steps. `PRAGMA user_version` tells how many were taken.
///
/// To change the schema, add a step at the end; a step that was released never changes.
enum Schema {
    /// The newest schema that this program knows.
    static var version: Int64 { Int64(steps.count) }

    /// Brings a catalog to the newest schema, all steps in one transaction.
    ///
    /// - Throws: `StorageError.newerSchema` when a newer program made the catalog.
    static func migrate(_ connection: Connection) throws(StorageError) {
        try take(steps, on: connection) { connection throws(StorageError) in try connection.chainOldJournal() }
    }

    /// Takes the steps that a database has not taken yet, all in one transaction.
    ///
    /// - Parameter finish: what belongs to them and is no SQL.
    /// - Throws: `StorageError.newerSchema` when a newer program made the database.
    static func take(
        _ steps: [String], on connection: Connection,
        finish: (Connection) throws(StorageError) -> Void = { _ throws(StorageError) in }
    ) throws(StorageError) {
        let newest = Int64(steps.count)
        guard try currentVersion(of: connection, newest) < newest else { return }
        try connection.script("BEGIN IMMEDIATE")
        do throws(StorageError) {
            // Read again: another process may have taken the steps while this one waited for the lock.
            for step in try currentVersion(of: connection, newest)..<newest {
                try connection.script(steps[Int(step)])
                try connection.script("PRAGMA user_version = \(step + 1)")
            }
            try finish(connection)
            try connection.script("COMMIT")
        } catch {
            if connection.isInTransaction { try connection.script("ROLLBACK") }
            throw error
        }
    }

    private static func currentVersion(of connection: Connection, _ newest: Int64) throws(StorageError) -> Int64 {
        let found = try connection.number("PRAGMA user_version")
        guard found <= newest else { throw .newerSchema(found: found, known: newest) }
        return found
    }

    /// What each version adds, in their order.
    static let steps = [
        journal + projects + files + tokens, likeNames + newProjects, operations, signatures, findable, publishers,
        stagedBlobs, access, heldProjects, lists, places, sessions,
    ]

    // serial grows for ever (AUTOINCREMENT) and the rows stay as they are. details is JSON; no CHECK says so, because
    // SQLite 3.40 does not let an untrusted schema call json_valid. The third trigger is for INSERT OR REPLACE
    // from a program that has not switched recursive triggers on.
    private static let journal = """
        CREATE TABLE journal (
            serial INTEGER PRIMARY KEY AUTOINCREMENT,
            time INTEGER NOT NULL,
            actor TEXT NOT NULL,
            action TEXT NOT NULL,
            index_name TEXT,
            project TEXT,
            subject TEXT NOT NULL,
            details TEXT NOT NULL
        ) STRICT;
        CREATE TRIGGER journal_keeps_rows BEFORE DELETE ON journal
            BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
        CREATE TRIGGER journal_keeps_values BEFORE UPDATE ON journal
            BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
        CREATE TRIGGER journal_keeps_serials BEFORE INSERT ON journal
            WHEN EXISTS (SELECT 1 FROM journal WHERE serial = NEW.serial)
            BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;

        """

    // name: normalized. display_name, summary: as the latest release has them. serial: of the last change of one of its
    // files.
    private static let projects = """
        CREATE TABLE projects (
            id INTEGER PRIMARY KEY,
            index_name TEXT NOT NULL,
            name TEXT NOT NULL,
            display_name TEXT NOT NULL,
            summary TEXT,
            created INTEGER NOT NULL,
            serial INTEGER NOT NULL REFERENCES journal (serial),
            UNIQUE (index_name, name)
        ) STRICT;

        """

    // The expression is `ProjectName.confusable(joined:)`; SQLite uses the index for queries with the same one only
    // (`Connection.confusableName`).
    private static let likeNames = """
        CREATE INDEX projects_by_confusable_name ON projects
            (index_name, replace(replace(replace(replace(name, '-', ''), 'l', '1'), 'i', '1'), 'o', '0'));

        """

    private static let newProjects = """
        CREATE INDEX projects_by_creation ON projects (index_name, created);

        """

    // identity: what a file name says, without the freedoms of its spelling (FileRecord.identity). version: normal form.
    // yanked: NULL, or the reason, which may be empty. Sizes in bytes, times in microseconds since 1970.
    private static let files = """
        CREATE TABLE files (
            id INTEGER PRIMARY KEY,
            project_id INTEGER NOT NULL REFERENCES projects (id),
            index_name TEXT NOT NULL,
            filename TEXT NOT NULL,
            identity TEXT NOT NULL,
            version TEXT NOT NULL,
            kind TEXT NOT NULL CHECK (kind IN ('wheel', 'sdist')),
            sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
            blake2b256 BLOB NOT NULL CHECK (length(blake2b256) = 32),
            size INTEGER NOT NULL,
            upload_time INTEGER NOT NULL,
            requires_python TEXT,
            yanked TEXT,
            core_metadata BLOB CHECK (length(core_metadata) = 32),
            serves_metadata INTEGER NOT NULL DEFAULT 0 CHECK (serves_metadata IN (0, 1)),
            uploader TEXT NOT NULL,
            serial INTEGER NOT NULL REFERENCES journal (serial),
            UNIQUE (index_name, filename),
            UNIQUE (index_name, identity)
        ) STRICT;
        CREATE INDEX files_of_project ON files (project_id);
        CREATE INDEX files_by_sha256 ON files (sha256);
        CREATE INDEX files_by_core_metadata ON files (core_metadata) WHERE core_metadata IS NOT NULL;
        CREATE INDEX files_by_upload ON files (index_name, upload_time);

        """

    // index_names and projects: names with a space between; NULL means every one. Only the digest of a secret is kept.
    private static let tokens = """
        CREATE TABLE tokens (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            secret_sha256 BLOB NOT NULL UNIQUE CHECK (length(secret_sha256) = 32),
            permissions TEXT NOT NULL,
            index_names TEXT,
            projects TEXT,
            created INTEGER NOT NULL,
            expires INTEGER,
            revoked INTEGER
        ) STRICT;

        """
}
