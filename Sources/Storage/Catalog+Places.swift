public import Packaging

/// Where somebody's password was right: guessing elsewhere does not lock them out there.
public struct FamiliarPlace: Hashable, Sendable {
    /// The name of the account.
    public let account: String
    /// A client's address or network, in words.
    public let place: String

    /// A place of an account.
    public init(account: String, place: String) {
        self.account = account
        self.place = place
    }
}

extension Store {
    /// Where people are known, with when they were there last; the latest.
    public func familiarPlaces(limit: Int) throws(StorageError) -> [(place: FamiliarPlace, seen: UploadTime)] {
        try readers.read { catalog throws(StorageError) in
            try catalog.rows(
                """
                SELECT name, place, seen FROM familiar_places JOIN accounts ON accounts.id = account_id
                ORDER BY seen DESC LIMIT ?1
                """, .integer(Int64(limit))
            ) { row throws(StorageError) in
                let place = FamiliarPlace(account: row.text(0), place: row.text(1))
                return (place, UploadTime(microseconds: row.integer(2)))
            }
        }
    }
}

extension CatalogTransaction {
    /// Notes where people were, and forgets where nobody was for long. It changes nothing that the index says, so the journal
    /// has no row of it.
    ///
    /// - Parameter end: what was seen last before this moment is forgotten.
    public func note(_ places: [FamiliarPlace: UploadTime], forgettingBefore end: UploadTime) throws(StorageError) {
        for (place, seen) in places {
            try connection.run(
                """
                INSERT OR REPLACE INTO familiar_places (account_id, place, seen)
                SELECT id, ?2, ?3 FROM accounts WHERE name = ?1
                """, .text(place.account), .text(place.place), .integer(seen.microseconds))
        }
        try connection.run("DELETE FROM familiar_places WHERE seen < ?1", .integer(end.microseconds))
    }
}
