import Packaging
import Posix
import Storage

/// One page of what a search found.
public struct SearchResults: Sendable {
    /// The projects of the page.
    public let projects: [PublishedProject]
    /// How many there are on all pages.
    public let total: Int
    /// Whether there are more, which are not shown: the first are the best.
    public let isCut: Bool
    /// The last change of a project that the viewer sees.
    public let serial: Int64
}

extension PackageIndex {
    /// The longest text that can be searched for, in bytes.
    public static let searchLimitBytes = SearchWords.lengthLimitBytes

    /// Searches names, summaries, keywords, classifiers and authors, on a worker.
    ///
    /// - Parameters:
    ///   - text: words; what stands between them means nothing.
    ///   - page: positions among all that is found.
    ///   - seen: the private projects that are found.
    /// - Returns: the best first; `nil` when the text has no words.
    /// - Throws: `IndexError.invalid` for a text that is too long.
    public func search(
        index: String, _ text: String, page: Range<Int>, showing seen: Set<String> = []
    ) async throws(IndexError) -> SearchResults? {
        guard text.utf8.count <= Self.searchLimitBytes else {
            throw IndexError(
                .invalid,
                "The search has \(text.utf8.count) bytes; at most \(Self.searchLimitBytes) are searched for, "
                    + "so leave words out")
        }
        return try await onWorker { store throws(StorageError) in
            let words = SearchWords(text)
            guard !words.words.isEmpty else { return nil }
            let hits = try store.search(words, index: index, page: page, showing: seen)
            return SearchResults(
                projects: hits.projects.map { PublishedProject($0.project, updated: $0.updated) }, total: hits.total,
                isCut: hits.isCut,
                serial: try store.lastSerial(index: index, showing: seen))
        }.get()
    }

    /// Reads keywords, classifiers and authors of projects that an older program published, on a thread of its own, so
    /// that they are found by these too. What is done stays done, whenever the process ends.
    ///
    /// - Throws: `IndexError.failed` when the catalog cannot be read or the system has no room for a thread.
    public func completeSearch() throws(IndexError) {
        do {
            guard try !store.pendingSearches(limit: 1).isEmpty else { return }
            try startThread(named: "search") { [store] in
                while (try? Self.completeSearch(of: store)) == true {}
            }
        } catch {
            throw IndexError(error)
        }
    }

    /// Completes some projects.
    ///
    /// - Returns: whether there were any.
    static func completeSearch(of store: Store) throws(StorageError) -> Bool {
        let pending = try store.pendingSearches(limit: 100)
        guard !pending.isEmpty else { return false }
        var texts: [(PendingSearch, SearchableText)] = []
        for project in pending {
            let core = try release(
                of: project.project, in: store, index: project.index, version: nil, showing: [project.project])?.core
            texts.append((project, core.map(SearchableText.init) ?? SearchableText()))
        }
        let found = texts
        try store.writeAndWait { catalog throws(StorageError) in
            for (project, text) in found { try catalog.makeFindable(project, text) }
        }
        return true
    }
}

extension SearchableText {
    /// What core metadata says for people who search.
    init(_ core: CoreMetadata) {
        self.init()
        keywords = core.values("Keywords").joined(separator: " ")
        classifiers = core.values("Classifier").joined(separator: "\n")
        let people = ["Author", "Author-email", "Maintainer", "Maintainer-email"]
        authors = people.flatMap { core.values($0) }.joined(separator: "\n")
    }
}
