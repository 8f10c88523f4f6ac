extension Schema {
    // Sessions of people in browsers: only the digest of a secret is kept. token_id: NULL for one that a password began.
    // Times in microseconds since 1970, last_seen to the hour. The triggers end sessions in the transaction that takes their
    // ground away, whichever change does it.
    private static let sessionTable = """
        CREATE TABLE sessions (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            secret_sha256 BLOB NOT NULL UNIQUE CHECK (length(secret_sha256) = 32),
            account_id INTEGER NOT NULL REFERENCES accounts (id),
            token_id INTEGER REFERENCES tokens (id),
            begun INTEGER NOT NULL,
            last_seen INTEGER NOT NULL,
            address TEXT,
            user_agent TEXT
        ) STRICT;
        CREATE INDEX sessions_by_account ON sessions (account_id);
        CREATE INDEX sessions_by_token ON sessions (token_id) WHERE token_id IS NOT NULL;

        """

    private static let endsOfSessions = """
        CREATE TRIGGER sessions_end_with_account AFTER UPDATE OF password, disabled, deleted ON accounts
            BEGIN DELETE FROM sessions WHERE account_id = NEW.id; END;
        CREATE TRIGGER sessions_end_with_token AFTER UPDATE OF revoked ON tokens
            BEGIN DELETE FROM sessions WHERE token_id = NEW.id; END;

        """

    /// Sessions, and what ends them.
    static let sessions = sessionTable + endsOfSessions
}
