import Packaging

/// What became of a token that was to be made.
public enum CreateTokenOutcome: Hashable, Sendable {
    /// It is in the catalog now; the journal's serial of this change.
    case created(serial: Int64)
    /// Another token, perhaps a revoked one, has this name; nothing changed.
    case nameTaken
    /// There is no account of the name that it is for; nothing changed.
    case noAccount
}

/// Accounts, teams and grants. Functions that return whether something changed add to the journal only when it did.
extension CatalogTransaction {
    /// The account of this name, also a disabled or deleted one; nil when there never was one.
    public func account(named name: String) throws(StorageError) -> AccountRecord? {
        try connection.account(named: name)
    }

    /// The grants of an account and of its teams.
    public func grants(ofAccount name: String) throws(StorageError) -> [GrantRecord] {
        try connection.grants(ofAccount: name)
    }

    /// Makes an account without any right.
    ///
    /// - Returns: false when an account, perhaps a deleted one, has this name.
    public func createAccount(_ name: String, _ kind: AccountKind, by occasion: Occasion) throws(StorageError) -> Bool {
        let added = try connection.run(
            "INSERT OR IGNORE INTO accounts (name, kind, created) VALUES (?1, ?2, ?3)",
            .text(name), .text(kind.rawValue), .integer(occasion.time.microseconds))
        guard added > 0 else { return false }
        var entry = JournalEntry(.createAccount, name, by: occasion)
        entry.details = #"{"kind":"\#(kind.rawValue)"}"#
        try appendJournal(entry)
        return true
    }

    /// Gives an account a password, as its hash, or takes it away.
    ///
    /// - Returns: false when there is no such person.
    public func setPassword(_ hash: String?, of name: String, by occasion: Occasion) throws(StorageError) -> Bool {
        let changed = try connection.run(
            "UPDATE accounts SET password = ?2 WHERE name = ?1 AND kind = 'person' AND deleted IS NULL",
            .text(name), .optional(hash))
        return try append(.setPassword, name, by: occasion, if: changed > 0)
    }

    /// Refuses an account with all of its tokens, or lets it in again.
    ///
    /// - Returns: false when there is no such account or it is so already.
    public func setDisabled(_ isDisabled: Bool, _ name: String, by occasion: Occasion) throws(StorageError) -> Bool {
        let changed = try connection.run(
            """
            UPDATE accounts SET disabled = iif(?2, ?3, NULL)
            WHERE name = ?1 AND deleted IS NULL AND (disabled IS NULL) = ?2
            """, .text(name), .integer(isDisabled ? 1 : 0), .integer(occasion.time.microseconds))
        return try append(isDisabled ? .disableAccount : .enableAccount, name, by: occasion, if: changed > 0)
    }

    /// Ends an account for ever: its rights, memberships and password are gone, its tokens revoked. Its name is not given
    /// again, because the journal says it.
    ///
    /// - Returns: false when there is no such account.
    public func deleteAccount(_ name: String, by occasion: Occasion) throws(StorageError) -> Bool {
        let now = SQLValue.integer(occasion.time.microseconds)
        let changed = try connection.run(
            "UPDATE accounts SET deleted = ?2, password = NULL WHERE name = ?1 AND deleted IS NULL", .text(name), now)
        guard changed > 0 else { return false }
        let id = SQLValue.integer(try connection.number("SELECT id FROM accounts WHERE name = ?1", .text(name)))
        try connection.run("UPDATE tokens SET revoked = ?2 WHERE account_id = ?1 AND revoked IS NULL", id, now)
        try connection.run("DELETE FROM grants WHERE account_id = ?1", id)
        try connection.run("DELETE FROM team_members WHERE account_id = ?1", id)
        return try append(.deleteAccount, name, by: occasion, if: true)
    }

    /// Makes a team without members.
    ///
    /// - Returns: false when there is one of this name.
    public func createTeam(_ name: String, by occasion: Occasion) throws(StorageError) -> Bool {
        let added = try connection.run(
            "INSERT OR IGNORE INTO teams (name, created) VALUES (?1, ?2)", .text(name),
            .integer(occasion.time.microseconds))
        return try append(.createTeam, name, by: occasion, if: added > 0)
    }

    /// Ends a team; its members lose what it had.
    ///
    /// - Returns: false when there is no such team.
    public func deleteTeam(_ name: String, by occasion: Occasion) throws(StorageError) -> Bool {
        for table in ["grants", "team_members"] {
            try connection.run(
                "DELETE FROM \(table) WHERE team_id = (SELECT id FROM teams WHERE name = ?1)", .text(name))
        }
        let removed = try connection.run("DELETE FROM teams WHERE name = ?1", .text(name))
        return try append(.deleteTeam, name, by: occasion, if: removed > 0)
    }

    /// Takes an account into a team, or out of it.
    ///
    /// - Returns: false when either does not exist, or it is so already.
    public func setMember(
        _ account: String, of team: String, _ isMember: Bool, by occasion: Occasion
    ) throws(StorageError) -> Bool {
        let pair = "SELECT teams.id, accounts.id FROM teams, accounts WHERE teams.name = ?1 AND accounts.name = ?2"
        let changed = try connection.run(
            isMember
                ? "INSERT OR IGNORE INTO team_members (team_id, account_id) \(pair) AND deleted IS NULL"
                : "DELETE FROM team_members WHERE (team_id, account_id) IN (\(pair))",
            .text(team), .text(account))
        guard changed > 0 else { return false }
        var entry = JournalEntry(isMember ? .addMember : .removeMember, team, by: occasion)
        entry.details = #"{"account":\#(jsonString(account))}"#
        try appendJournal(entry)
        return true
    }

    /// Gives a right.
    public func grant(_ grant: GrantRecord, by occasion: Occasion) throws(StorageError) -> GrantOutcome {
        guard try exists(grant.holder) else { return .noHolder }
        guard try insert(grant) else { return .alreadyThere }
        try appendJournal(entry(.grant, grant, by: occasion))
        return .granted
    }

    /// Takes a right away.
    ///
    /// - Returns: false when nobody has exactly this one.
    public func ungrant(_ grant: GrantRecord, by occasion: Occasion) throws(StorageError) -> Bool {
        let (column, holder) = columns(of: grant.holder)
        let removed = try connection.run(
            "DELETE FROM grants WHERE \(column) AND permission = ?2 AND index_name = ?3 AND project = ?4",
            holder, .text(grant.permission), .text(grant.index ?? ""), .text(grant.project ?? ""))
        guard removed > 0 else { return false }
        try appendJournal(entry(.ungrant, grant, by: occasion))
        return true
    }

    /// Whether there is this account or team; a deleted account is not.
    public func exists(_ holder: GrantRecord.Holder) throws(StorageError) -> Bool {
        switch holder {
        case .account(let name):
            try connection.number(
                "SELECT EXISTS (SELECT 1 FROM accounts WHERE name = ?1 AND deleted IS NULL)", .text(name)) == 1
        case .team(let name):
            try connection.number("SELECT EXISTS (SELECT 1 FROM teams WHERE name = ?1)", .text(name)) == 1
        }
    }

    /// Adds the row of a grant, and none to the journal.
    ///
    /// - Returns: false when it was there.
    func insert(_ grant: GrantRecord) throws(StorageError) -> Bool {
        let (table, column, name) =
            switch grant.holder {
            case .account(let name): ("accounts", "account_id", name)
            case .team(let name): ("teams", "team_id", name)
            }
        let added = try connection.run(
            """
            INSERT OR IGNORE INTO grants (\(column), permission, index_name, project)
            SELECT id, ?2, ?3, ?4 FROM \(table) WHERE name = ?1
            """, .text(name), .text(grant.permission), .text(grant.index ?? ""), .text(grant.project ?? ""))
        return added > 0
    }

    private func columns(of holder: GrantRecord.Holder) -> (condition: String, name: SQLValue) {
        switch holder {
        case .account(let name): ("account_id = (SELECT id FROM accounts WHERE name = ?1)", .text(name))
        case .team(let name): ("team_id = (SELECT id FROM teams WHERE name = ?1)", .text(name))
        }
    }

    private func entry(_ action: JournalAction, _ grant: GrantRecord, by occasion: Occasion) -> JournalEntry {
        let (kind, name) =
            switch grant.holder {
            case .account(let name): ("account", name)
            case .team(let name): ("team", name)
            }
        var entry = JournalEntry(action, name, by: occasion)
        entry.index = grant.index
        entry.project = grant.project
        entry.details = #"{"permission":"\#(grant.permission)","holder":"\#(kind)"}"#
        return entry
    }

    private func append(
        _ action: JournalAction, _ subject: String, by occasion: Occasion, if isChange: Bool
    ) throws(StorageError) -> Bool {
        if isChange { try appendJournal(JournalEntry(action, subject, by: occasion)) }
        return isChange
    }
}
