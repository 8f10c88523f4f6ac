public import Packaging

/// Tokens, and who may see a project.
extension CatalogTransaction {
    /// The token with this SHA-256 of its secret, also when it is revoked or has expired; nil when there is none.
    public func token(secretDigest: Digest) throws(StorageError) -> TokenRecord? {
        try connection.token(secretDigest: secretDigest)
    }

    /// Makes a token.
    public func createToken(_ token: TokenRecord, by occasion: Occasion) throws(StorageError) -> CreateTokenOutcome {
        guard try connection.number("SELECT count(*) FROM tokens WHERE name = ?1", .text(token.name)) == 0 else {
            return .nameTaken
        }
        guard let account = try connection.account(named: token.account), account.deleted == nil else {
            return .noAccount
        }
        try connection.run(
            """
            INSERT INTO tokens (name, secret_sha256, permissions, index_names, projects, created, expires, revoked,
                versions, file_pattern, addresses, not_before, uses_left, account_id)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13,
                (SELECT id FROM accounts WHERE name = ?14))
            """,
            .text(token.name), .blob(token.secretDigest.bytes), .text(words(token.permissions)),
            .optional(token.indexes.map(words)), .optional(token.projects.map(words)),
            .integer(token.created.microseconds), .optional(token.expires?.microseconds),
            .optional(token.revoked?.microseconds),
            .optional(token.versions?.map(\.description).joined(separator: " ")),
            .optional(token.filePattern), .optional(token.addresses?.joined(separator: " ")),
            .optional(token.notBefore?.microseconds), .optional(token.usesLeft), .text(token.account))
        var entry = JournalEntry(.createToken, token.name, by: occasion)
        entry.details = details(of: token)
        return .created(serial: try appendJournal(entry))
    }

    /// What the token is for; what is left out has no limit.
    private func details(of token: TokenRecord) -> String {
        let members: [(String, String?)] = [
            ("account", token.account), ("permissions", words(token.permissions)),
            ("projects", token.projects.map(words)), ("indexes", token.indexes.map(words)),
            ("versions", token.versions?.map(\.description).joined(separator: " ")), ("files", token.filePattern),
            ("addresses", token.addresses?.joined(separator: " ")), ("not-before", token.notBefore?.description),
            ("expires", token.expires?.description), ("uses", token.usesLeft.map(String.init)),
        ]
        let texts = members.compactMap { name, text in text.map { "\"\(name)\":\(jsonString($0))" } }
        return "{" + texts.joined(separator: ",") + "}"
    }

    /// Revokes a token.
    ///
    /// - Returns: the journal's serial of this change; nil, and nothing changes, when no token has the name or it is
    ///   revoked already.
    public func revokeToken(named name: String, by occasion: Occasion) throws(StorageError) -> Int64? {
        let changed = try connection.run(
            "UPDATE tokens SET revoked = ?2 WHERE name = ?1 AND revoked IS NULL",
            .text(name), .integer(occasion.time.microseconds))
        guard changed > 0 else { return nil }
        return try appendJournal(JournalEntry(.revokeToken, name, by: occasion))
    }

    /// Takes one use from a token that has a limited number of them. The change that uses it stands in the journal.
    public func countUse(secretDigest: Digest) throws(StorageError) {
        try connection.run(
            "UPDATE tokens SET uses_left = uses_left - 1 WHERE secret_sha256 = ?1 AND uses_left > 0",
            .blob(secretDigest.bytes))
    }

    /// Notes when tokens were used last. It changes nothing that the index says, so the journal has no row of it.
    public func noteUses(_ uses: [Digest: UploadTime]) throws(StorageError) {
        for (digest, time) in uses {
            try connection.run(
                "UPDATE tokens SET last_used = ?2 WHERE secret_sha256 = ?1", .blob(digest.bytes),
                .integer(time.microseconds))
        }
    }

    /// Makes an account the manager of a new project; the row of the journal for its first file says so.
    func found(_ project: ProjectName, index: String, _ founding: Founding) throws(StorageError) {
        _ = try insert(GrantRecord("manage", to: .account(founding.manager), index: index, project: project.normalized))
        guard founding.isPrivate else { return }
        try connection.run(
            "UPDATE projects SET private = 1 WHERE index_name = ?1 AND name = ?2", .text(index),
            .text(project.normalized))
    }

    /// Makes a project visible to those with a grant only, or to everybody who may read.
    ///
    /// - Returns: false when there is no such project or it is so already.
    public func setPrivate(
        _ isPrivate: Bool, index: String, project: String, by occasion: Occasion
    ) throws(StorageError) -> Bool {
        let changed = try connection.run(
            "UPDATE projects SET private = ?3 WHERE index_name = ?1 AND name = ?2 AND private <> ?3",
            .text(index), .text(project), .integer(isPrivate ? 1 : 0))
        guard changed > 0 else { return false }
        var entry = JournalEntry(isPrivate ? .makePrivate : .makePublic, project, by: occasion)
        entry.index = index
        entry.project = project
        try appendJournal(entry)
        return true
    }

    /// Whether a project is visible to those with a grant only.
    public func isPrivate(_ name: ProjectName, index: String) throws(StorageError) -> Bool {
        try connection.number(
            "SELECT private FROM projects WHERE index_name = ?1 AND name = ?2", .text(index), .text(name.normalized))
            == 1
    }

    /// Whether the index has a project of this name.
    public func hasProject(_ name: ProjectName, index: String) throws(StorageError) -> Bool {
        try connection.number(
            "SELECT EXISTS (SELECT 1 FROM projects WHERE index_name = ?1 AND name = ?2)", .text(index),
            .text(name.normalized)) == 1
    }
}

/// Words as one text for a column: sorted, with a space between.
private func words(_ words: Set<String>) -> String {
    words.sorted().joined(separator: " ")
}
