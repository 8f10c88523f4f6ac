public import Packaging
public import Storage

extension PackageIndex {
    /// A publisher of a project: a job of a CI that may have tokens minted for it.
    public struct Publisher: Sendable {
        /// The named index.
        public var index: String
        /// The project, which need not exist yet.
        public var project: ProjectName
        /// The issuer of its ID tokens, exactly as in the configuration.
        public var issuer: String
        /// What its ID tokens say.
        public var terms: PublisherTerms

        /// A publisher.
        public init(index: String = mainIndex, project: ProjectName, issuer: String, terms: PublisherTerms) {
            self.index = index
            self.project = project
            self.issuer = issuer
            self.terms = terms
        }
    }

    /// Adds a publisher; for a project that does not exist its first upload makes the project.
    ///
    /// - Returns: the publisher with its number.
    /// - Throws: `IndexError.invalid` for an issuer that is no address, `.exists` when the project has it already.
    public static func addPublisher(
        _ publisher: Publisher, by actor: some JournalActor, in store: Store
    ) throws(IndexError) -> PublisherRecord {
        let isPrintable = publisher.issuer.utf8.allSatisfy { (0x21...0x7E).contains($0) }
        guard isPrintable, TrustedIssuer.host(of: publisher.issuer) != nil, !publisher.issuer.hasSuffix("/") else {
            throw IndexError(
                .invalid, "The issuer '\(publisher.issuer)' must be an address such as https://gitlab.example")
        }
        let record = PublisherRecord(
            index: publisher.index, project: publisher.project.normalized,
            identity: .init(
                kind: publisher.terms.kind.rawValue, name: publisher.terms.principal(issuer: publisher.issuer),
                issuer: publisher.issuer, terms: publisher.terms.values),
            created: actor.occasion)
        let added: PublisherRecord?
        do {
            added = try store.writeAndWait { catalog throws(StorageError) in try catalog.addPublisher(record) }
        } catch {
            throw IndexError(error)
        }
        guard let added else {
            throw IndexError(.exists, "Project '\(publisher.project)' has this publisher already")
        }
        return added
    }

    /// Removes a publisher. Tokens that were minted for it can upload to the project no more.
    ///
    /// - Throws: `IndexError.notFound` when there is none with this number.
    public static func removePublisher(_ id: Int64, by actor: some JournalActor, in store: Store) throws(IndexError) {
        let occasion = actor.occasion
        let removed: PublisherRecord?
        do {
            removed = try store.writeAndWait { catalog throws(StorageError) in
                try catalog.removePublisher(id, by: occasion)
            }
        } catch {
            throw IndexError(error)
        }
        guard removed != nil else { throw IndexError(.notFound, "There is no publisher with the number \(id)") }
    }
}
