extension Schema {
    // Where each account's password was right: a network address as `Authenticator` names it. seen: when last, to the day.
    /// Where people are known.
    static let places = """
        CREATE TABLE familiar_places (
            account_id INTEGER NOT NULL REFERENCES accounts (id),
            place TEXT NOT NULL,
            seen INTEGER NOT NULL,
            PRIMARY KEY (account_id, place)
        ) STRICT, WITHOUT ROWID;

        """
}
