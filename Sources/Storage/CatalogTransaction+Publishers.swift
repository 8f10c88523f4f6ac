import Packaging

extension CatalogTransaction {
    /// Adds a publisher; pending when the project does not exist.
    ///
    /// - Returns: the publisher as it is now; nil, and nothing changes, when the project has the same one already.
    public func addPublisher(_ publisher: PublisherRecord) throws(StorageError) -> PublisherRecord? {
        var added = publisher
        added.isPending = try !hasProject(try projectName(publisher.project), index: publisher.index)
        let changed = try connection.run(
            """
            INSERT INTO publishers (index_name, project, kind, name, issuer, terms, is_pending, created, creator)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO NOTHING
            """,
            .text(publisher.index), .text(publisher.project), .text(publisher.kind), .text(publisher.name),
            .text(publisher.issuer), .text(jsonObject(publisher.terms)), .integer(added.isPending ? 1 : 0),
            .integer(publisher.created.time.microseconds), .text(publisher.created.actor))
        guard changed > 0 else { return nil }
        added.id = connection.lastRow
        try appendJournal(entry(.addPublisher, added, by: publisher.created))
        return added
    }

    /// Removes a publisher, and the rights to its project that its robot has, unless another publisher of that name is for
    /// the project too.
    ///
    /// - Returns: the publisher that was; nil, and nothing changes, when there is none with this number.
    public func removePublisher(_ id: Int64, by occasion: Occasion) throws(StorageError) -> PublisherRecord? {
        guard let publisher = try connection.publisher(id) else { return nil }
        try connection.run("DELETE FROM publishers WHERE id = ?1", .integer(id))
        try connection.run(
            """
            DELETE FROM grants WHERE account_id = (SELECT id FROM accounts WHERE name = ?1)
                AND index_name = ?2 AND project = ?3 AND NOT EXISTS (
                    SELECT 1 FROM publishers WHERE name = ?1 AND publishers.index_name = ?2 AND publishers.project = ?3)
            """, .text(publisher.name), .text(publisher.index), .text(publisher.project))
        try appendJournal(entry(.removePublisher, publisher, by: occasion))
        return publisher
    }

    /// The publishers of an index whose ID tokens come from this issuer.
    public func publishers(index: String, issuer: String) throws(StorageError) -> [PublisherRecord] {
        try connection.publishers(index: index, issuer: issuer)
    }

    /// The publishers who waited for the project that this file has just made, and through whom it came, wait no longer.
    func settlePublishers(of file: FileRecord) throws(StorageError) {
        try connection.run(
            """
            UPDATE publishers SET is_pending = 0 WHERE index_name = ?1 AND project = ?2 AND is_pending = 1
                AND name = ?3
            """,
            .text(file.index), .text(file.project.normalized), .text(file.uploader))
    }

    /// Uses an ID token up, and makes the token that is minted for it, with its robot if there is none yet.
    ///
    /// - Parameters:
    ///   - token: its account has a name that nobody can give to another one; its indexes and projects are not nil.
    ///   - details: what the ID token says about where it comes from.
    public func mintToken(
        _ token: TokenRecord, for minting: MintingRecord, details: [String: String], by occasion: Occasion
    ) throws(StorageError) -> MintOutcome {
        try forgetMintings(before: occasion.time)
        let changed = try connection.run(
            "INSERT INTO mintings (issuer, identifier, until, token) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
            .text(minting.issuer), .text(minting.identifier), .integer(minting.until.microseconds), .text(token.name))
        guard changed > 0 else { return .used }
        guard try admitRobot(of: token, by: occasion) else { return .disabled }
        // The name is made of the identifier, so no other token has it.
        guard case .created = try createToken(token, by: occasion) else { return .used }
        var entry = JournalEntry(.mintToken, token.name, by: occasion)
        entry.details = jsonObject(details)
        try appendJournal(entry)
        return .minted
    }

    /// Makes the robot that a minted token belongs to, and gives it the right to upload to the token's projects.
    ///
    /// - Returns: false when an administrator has disabled or deleted it.
    private func admitRobot(of token: TokenRecord, by occasion: Occasion) throws(StorageError) -> Bool {
        _ = try createAccount(token.account, .robot, by: occasion)
        guard let robot = try account(named: token.account), robot.disabled == nil, robot.deleted == nil else {
            return false
        }
        for index in (token.indexes ?? []).sorted() {
            for project in (token.projects ?? []).sorted() {
                _ = try grant(
                    GrantRecord("upload", to: .account(robot.name), index: index, project: project), by: occasion)
            }
        }
        return true
    }

    /// Whether a token was minted, and not given to somebody by an administrator. Forgotten some time after its end.
    public func isMinted(token name: String) throws(StorageError) -> Bool {
        try connection.number("SELECT count(*) FROM mintings WHERE token = ?1", .text(name)) > 0
    }

    /// The journal keeps what minted tokens were; the tables need not.
    private func forgetMintings(before time: UploadTime) throws(StorageError) {
        try connection.run(
            "DELETE FROM tokens WHERE name IN (SELECT token FROM mintings WHERE until < ?1)",
            .integer(time.microseconds))
        try connection.run("DELETE FROM mintings WHERE until < ?1", .integer(time.microseconds))
    }

    private func entry(_ action: JournalAction, _ publisher: PublisherRecord, by occasion: Occasion) -> JournalEntry {
        var entry = JournalEntry(action, "\(publisher.kind) \(publisher.id)", by: occasion)
        entry.index = publisher.index
        entry.project = publisher.project
        entry.details = """
            {"issuer":\(jsonString(publisher.issuer)),"terms":\(jsonObject(publisher.terms))}
            """
        return entry
    }
}

/// Texts as a JSON object with its keys in order, so that equal ones have one text.
private func jsonObject(_ members: [String: String]) -> String {
    let pairs = members.sorted { $0.key < $1.key }.map { "\(jsonString($0.key)):\(jsonString($0.value))" }
    return "{" + pairs.joined(separator: ",") + "}"
}
