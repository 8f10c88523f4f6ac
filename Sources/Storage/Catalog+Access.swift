import Packaging

// Questions about accounts, teams, grants, tokens and private projects.

extension Connection {
    private static let accounts = "SELECT name, kind, password, created, disabled, deleted FROM accounts "

    private static let grants = """
        SELECT accounts.name, teams.name, permission, index_name, project
        FROM grants LEFT JOIN accounts ON accounts.id = account_id LEFT JOIN teams ON teams.id = team_id

        """

    private static let tokens = """
        SELECT tokens.name, secret_sha256, permissions, tokens.created, index_names, projects, expires, revoked,
            accounts.name, versions, file_pattern, addresses, not_before, uses_left, last_used
        FROM tokens JOIN accounts ON accounts.id = account_id

        """

    /// The account of this name, also a deleted one.
    func account(named name: String) throws(StorageError) -> AccountRecord? {
        try first(Self.accounts + "WHERE name = ?1", .text(name), read: accountRecord)
    }

    /// The grants of an account and of its teams.
    func grants(ofAccount name: String) throws(StorageError) -> [GrantRecord] {
        try rows(
            Self.grants + """
                WHERE account_id = (SELECT id FROM accounts WHERE name = ?1)
                    OR team_id IN (SELECT team_id FROM team_members
                        WHERE team_members.account_id = (SELECT id FROM accounts WHERE name = ?1))
                """, .text(name), read: grantRecord)
    }

    /// The token with this digest of its secret.
    func token(secretDigest: Digest) throws(StorageError) -> TokenRecord? {
        try first(Self.tokens + "WHERE secret_sha256 = ?1", .blob(secretDigest.bytes), read: tokenRecord)
    }

    /// All tokens in the order of their making.
    func tokens() throws(StorageError) -> [TokenRecord] {
        try rows(Self.tokens + "ORDER BY tokens.id", read: tokenRecord)
    }

    /// All teams in the order of their names.
    func teams() throws(StorageError) -> [TeamRecord] {
        let members = try rows(
            """
            SELECT team_id, accounts.name FROM team_members JOIN accounts ON accounts.id = account_id
            ORDER BY accounts.name
            """
        ) { row throws(StorageError) in (team: row.integer(0), account: row.text(1)) }
        let names = Dictionary(grouping: members, by: \.team).mapValues { $0.map(\.account) }
        return try rows("SELECT name, created, id FROM teams ORDER BY name") { row throws(StorageError) in
            TeamRecord(
                name: row.text(0), created: UploadTime(microseconds: row.integer(1)),
                members: names[row.integer(2)] ?? [])
        }
    }

    /// All that decides who may do what. Inside a snapshot the parts belong together.
    func access() throws(StorageError) -> AccessRecords {
        let hidden = try rows("SELECT index_name, name FROM projects WHERE private = 1") { row throws(StorageError) in
            (index: row.text(0), name: row.text(1))
        }
        return AccessRecords(
            accounts: try rows(Self.accounts + "ORDER BY name", read: accountRecord), teams: try teams(),
            grants: try rows(Self.grants + "ORDER BY grants.id", read: grantRecord), tokens: try tokens(),
            sessions: try sessions(),
            privateProjects: Dictionary(grouping: hidden, by: \.index).mapValues { Set($0.map(\.name)) },
            serial: try lastSerial())
    }

    /// A condition that the project of a row may be shown: it is not held, nor private.
    ///
    /// - Parameter parameter: the number of that which has the names of the private projects that are (`SQLValue.names`).
    static func isShown(_ parameter: Int = 3) -> String {
        """
        (projects.held = 0
            AND (projects.private = 0 OR projects.name IN (SELECT value FROM json_each(?\(parameter)))))
        """
    }
}

extension SQLValue {
    /// Normalized names of projects, which have no character that JSON would escape, as a JSON array.
    static func names(_ names: Set<String>) -> SQLValue {
        names.isEmpty ? .text("[]") : .text("[\"" + names.joined(separator: "\",\"") + "\"]")
    }
}

private func accountRecord(_ row: Statement) throws(StorageError) -> AccountRecord {
    guard let kind = AccountKind(rawValue: row.text(1)) else { throw .corrupt("an account of the kind \(row.text(1))") }
    return AccountRecord(
        name: row.text(0), kind: kind, password: row.optionalText(2), created: UploadTime(microseconds: row.integer(3)),
        disabled: time(row, 4), deleted: time(row, 5))
}

private func grantRecord(_ row: Statement) throws(StorageError) -> GrantRecord {
    let holder: GrantRecord.Holder = row.optionalText(0).map { .account($0) } ?? .team(row.text(1))
    func name(_ column: Int32) -> String? { row.text(column).isEmpty ? nil : row.text(column) }
    return GrantRecord(row.text(2), to: holder, index: name(3), project: name(4))
}

private func tokenRecord(_ row: Statement) throws(StorageError) -> TokenRecord {
    func words(_ column: Int32) -> [String]? {
        row.optionalText(column).map { $0.split(separator: " ").map(String.init) }
    }
    var token = TokenRecord(
        name: row.text(0), account: row.text(8), secretDigest: Digest(.sha256, bytes: row.blob(1)),
        permissions: Set(words(2) ?? []), created: UploadTime(microseconds: row.integer(3)))
    token.indexes = words(4).map(Set.init)
    token.projects = words(5).map(Set.init)
    token.expires = time(row, 6)
    token.revoked = time(row, 7)
    token.versions = try words(9).map { texts throws(StorageError) in try texts.map(version) }
    token.filePattern = row.optionalText(10)
    token.addresses = words(11)
    token.notBefore = time(row, 12)
    token.usesLeft = row.optionalInteger(13)
    token.lastUsed = time(row, 14)
    return token
}

private func time(_ row: Statement, _ column: Int32) -> UploadTime? {
    row.optionalInteger(column).map { UploadTime(microseconds: $0) }
}
