public import Packaging

/// Sessions of people in browsers.
extension CatalogTransaction {
    /// So many sessions an account has at most; the one that was used longest ago makes room.
    private static var limit: Int64 { 50 }

    /// Begins a session, if what it rests on is still so.
    ///
    /// - Parameters:
    ///   - password: the hash that the password was found right by; nil for a session that a token begins.
    ///   - other: the session that this browser had before, which ends; nil for none.
    ///   - limits: what is over is forgotten.
    /// - Returns: the session as it stands in the catalog; nil, and nothing begins, when the account, its password or the
    ///   token is not valid any more.
    public func beginSession(
        _ session: SessionRecord, password: String?, endingOther other: Digest?, limits: SessionLimits,
        by occasion: Occasion
    ) throws(StorageError) -> BegunSession? {
        let added = try connection.run(
            """
            INSERT INTO sessions (secret_sha256, account_id, token_id, begun, last_seen, address, user_agent)
            SELECT ?1, accounts.id, tokens.id, ?4, ?4, ?5, ?6
            FROM accounts LEFT JOIN tokens ON tokens.secret_sha256 = ?3 AND account_id = accounts.id AND revoked IS NULL
            WHERE accounts.name = ?2 AND deleted IS NULL AND disabled IS NULL
                AND iif(?3 IS NULL, password = ?7, tokens.id IS NOT NULL)
            """,
            .blob(session.secretDigest.bytes), .text(session.account), .optional(session.token?.bytes),
            .integer(session.begun.microseconds),
            .optional(session.client.address), .optional(session.client.userAgent), .optional(password))
        guard added > 0 else { return nil }
        let id = connection.lastRow
        try connection.run(
            "DELETE FROM sessions WHERE secret_sha256 = ?1 OR begun < ?2 OR last_seen < ?3",
            .optional(other?.bytes), .integer(limits.begun.microseconds), .integer(limits.lastSeen.microseconds))
        try connection.run(
            """
            DELETE FROM sessions WHERE id IN (SELECT id FROM sessions
                WHERE account_id = (SELECT id FROM accounts WHERE name = ?1)
                ORDER BY last_seen DESC, id DESC LIMIT -1 OFFSET ?2)
            """, .text(session.account), .integer(Self.limit))
        var entry = JournalEntry(.beginSession, session.account, by: occasion)
        entry.details = #"{"session":\#(id)}"#
        var begun = session
        begun.id = id
        return BegunSession(record: begun, serial: try appendJournal(entry))
    }

    /// Ends a session of an account, or all of them.
    ///
    /// - Parameter id: nil for all.
    /// - Returns: nil, without a row of the journal, when there are none.
    public func endSessions(
        _ id: Int64?, of account: String, by occasion: Occasion
    ) throws(StorageError) -> EndedSessions? {
        let ended = try connection.rows(
            """
            DELETE FROM sessions WHERE account_id = (SELECT id FROM accounts WHERE name = ?1) AND id = coalesce(?2, id)
            RETURNING id
            """, .text(account), .optional(id)
        ) { row throws(StorageError) in row.integer(0) }
        guard !ended.isEmpty else { return nil }
        var entry = JournalEntry(.endSession, account, by: occasion)
        entry.details = #"{"sessions":[\#(ended.map(String.init).joined(separator: ","))]}"#
        return EndedSessions(ids: Set(ended), serial: try appendJournal(entry))
    }

    /// Notes when sessions were used last, by the digests of their secrets. It changes nothing that the index says, so the
    /// journal has no row of it.
    public func noteSightings(_ sightings: [Digest: UploadTime]) throws(StorageError) {
        for (digest, time) in sightings {
            try connection.run(
                "UPDATE sessions SET last_seen = ?2 WHERE secret_sha256 = ?1", .blob(digest.bytes),
                .integer(time.microseconds))
        }
    }
}
