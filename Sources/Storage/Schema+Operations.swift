extension Schema {
    /// What operations on projects need: where a change came from and its place in the chain, states of projects,
    /// deleted files, and who requires whom.
    static let operations = journalChain + projectStatus + deletedFiles + dependencies

    // journal_hashes is a table of its own because the rows of the journal never change, not even to get a hash
    // (`JournalChain`). token: only where it is not the actor.
    private static let journalChain = """
        ALTER TABLE journal ADD COLUMN token TEXT;
        ALTER TABLE journal ADD COLUMN address TEXT;
        ALTER TABLE journal ADD COLUMN user_agent TEXT;
        CREATE INDEX journal_of_project ON journal (index_name, project, serial) WHERE project IS NOT NULL;
        CREATE TABLE journal_hashes (
            serial INTEGER PRIMARY KEY,
            hash BLOB NOT NULL CHECK (length(hash) = 32)
        ) STRICT;
        CREATE TRIGGER journal_hashes_keep_rows BEFORE DELETE ON journal_hashes
            BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
        CREATE TRIGGER journal_hashes_keep_values BEFORE UPDATE ON journal_hashes
            BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;

        """

    // PEP 792.
    private static let projectStatus = """
        ALTER TABLE projects ADD COLUMN status TEXT NOT NULL DEFAULT 'active'
            CHECK (status IN ('active', 'deprecated', 'archived', 'quarantined'));
        ALTER TABLE projects ADD COLUMN status_reason TEXT;

        """

    // A deleted file keeps its row: the name stays taken (UNIQUE), and what belongs to the file can be restored with
    // it. deleted: when; collected: when its bytes were given up, which cannot be taken back. Queries of what there is
    // ask for `deleted IS NULL`.
    private static let deletedFiles = """
        ALTER TABLE files ADD COLUMN deleted INTEGER;
        ALTER TABLE files ADD COLUMN collected INTEGER;

        """

    // By the digest of the metadata that says it, so that no change of files makes them untrue. name: normalized.
    // read_metadata: whose requirements are known, for there may be none.
    private static let dependencies = """
        CREATE TABLE dependencies (
            core_metadata BLOB NOT NULL CHECK (length(core_metadata) = 32),
            name TEXT NOT NULL,
            requirement TEXT NOT NULL,
            PRIMARY KEY (core_metadata, name, requirement)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX dependencies_by_name ON dependencies (name);
        CREATE TABLE read_metadata (
            core_metadata BLOB PRIMARY KEY CHECK (length(core_metadata) = 32)
        ) STRICT, WITHOUT ROWID;

        """
}
