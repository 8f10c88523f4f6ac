public import Packaging
public import Storage

/// One change of the index, as those who may see it are told.
public struct JournalRow: Sendable {
    /// Grows with every change.
    public let serial: Int64
    /// When.
    public let time: UploadTime
    /// Who: the name of a token or account, or of a command.
    public let actor: String
    /// The token that was shown, where it is not the actor.
    public let token: String?
    /// From which address; nil for the command line.
    public let address: String?
    /// What the client said it is.
    public let userAgent: String?
    /// What was done, in a word such as `publish`.
    public let action: String
    /// The named index; nil when it concerns none.
    public let index: String?
    /// The normalized name of the project; nil when it concerns none.
    public let project: String?
    /// The thing that it was done to.
    public let subject: String
    /// More about it: the text of a JSON object.
    public let details: String

    /// A row as the catalog has it.
    public init(_ entry: JournalEntry) {
        serial = entry.serial
        time = entry.occasion.time
        actor = entry.occasion.actor
        token = entry.occasion.token
        address = entry.occasion.client.address
        userAgent = entry.occasion.client.userAgent
        action = entry.action.rawValue
        index = entry.index
        project = entry.project
        subject = entry.subject
        details = entry.details
    }

    /// The row as a JSON object.
    public func json() -> String {
        let texts = [
            ("time", time.description), ("actor", actor), ("token", token), ("address", address),
            ("user-agent", userAgent), ("action", action), ("index", index), ("project", project), ("subject", subject),
        ]
        let members = texts.map { name, text in "\"\(name)\":\(text.map(JSON.string) ?? "null")" }
        return "{\"serial\":\(serial)," + members.joined(separator: ",") + ",\"details\":\(details)}"
    }
}

extension PackageIndex {
    /// The index whose rows of the journal somebody sees at an index who administrates it; nil for all rows, which
    /// administrators of the server see at `main`.
    static func journalIndex(at index: String, for principal: Principal) -> String? {
        index == mainIndex && principal.administratesServer() == .yes ? nil : index
    }

    /// The journal of an index: that of one project for its managers, else for administrators.
    ///
    /// - Parameters:
    ///   - index: the named index.
    ///   - serial: only rows after this one.
    ///   - time: only rows from this moment on; nil for all.
    ///   - project: nil for all of `journalIndex(at:for:)`.
    ///   - limit: at most so many rows.
    /// - Throws: `IndexError.forbidden` with the reason.
    public func journal(
        of index: String, after serial: Int64, since time: UploadTime?, project: ProjectName?, limit: Int,
        for principal: Principal
    ) async throws(IndexError) -> [JournalRow] {
        let verdict = principal.may(project == nil ? .admin : .manage, index: index, project: project)
        if case .no(let reason) = verdict { throw IndexError(.forbidden, reason) }
        var query = JournalQuery()
        query.after = serial
        query.since = time
        query.index = project == nil ? Self.journalIndex(at: index, for: principal) : index
        query.project = project?.normalized
        query.limit = limit
        return try await onWorker { [query] store throws(StorageError) in
            try store.journal(query).map(JournalRow.init)
        }.get()
    }
}
