import Packaging

extension Connection {
    /// All sessions in the order of their beginning, also those that are over by time.
    func sessions() throws(StorageError) -> [SessionRecord] {
        try rows(
            """
            SELECT sessions.id, sessions.secret_sha256, accounts.name, tokens.secret_sha256, begun, last_seen, address,
                user_agent
            FROM sessions JOIN accounts ON accounts.id = sessions.account_id
                LEFT JOIN tokens ON tokens.id = sessions.token_id
            ORDER BY sessions.id
            """
        ) { row throws(StorageError) in
            var session = SessionRecord(
                secretDigest: Digest(.sha256, bytes: row.blob(1)), account: row.text(2),
                token: row.optionalBlob(3).map { Digest(.sha256, bytes: $0) },
                begun: UploadTime(microseconds: row.integer(4)),
                client: Client(address: row.optionalText(6), userAgent: row.optionalText(7)))
            session.id = row.integer(0)
            session.lastSeen = UploadTime(microseconds: row.integer(5))
            return session
        }
    }
}
