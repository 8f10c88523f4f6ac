import Crypto
public import Packaging
import Posix
public import Storage
import Synchronization

/// Who sees which private projects. A project that somebody does not see is one that is not there.
extension PackageIndex {
    /// Whether everybody sees everything: reading is open to anyone and no project is private. One atomic load.
    public var isEverythingOpen: Bool { openness.load(ordering: .acquiring) }

    /// Whether a project of this index is private.
    public func hasPrivateProjects(index: String) -> Bool {
        access.table.withLock { $0.privateProjects[index]?.isEmpty == false }
    }

    /// The normalized names of the private projects that somebody sees on a page.
    ///
    /// - Parameters:
    ///   - project: the one that the page is of; `nil` for a page of all.
    ///   - principal: `nil` for anyone.
    public func privateProjects(
        of index: String, project: String? = nil, seenBy principal: Principal?
    ) -> Set<String> {
        guard let principal, !isEverythingOpen else { return [] }
        let hidden = access.table.withLock { $0.privateProjects[index] ?? [] }
        func maySee(_ name: String) -> Bool {
            guard let name = try? ProjectName(name) else { return false }
            return principal.may(.read, index: index, project: name) == .yes
        }
        guard let project else { return hidden.filter(maySee) }
        // Asked for every name, also for one that nobody has: the time that it takes shall not tell which are private.
        let isAllowed = maySee(project)
        return isAllowed && hidden.contains(project) ? [project] : []
    }

    /// The normalized names of the private projects that are kept from somebody.
    func hiddenProjects(of index: String, from principal: Principal) -> Set<String> {
        let all = access.table.withLock { $0.privateProjects[index] ?? [] }
        return all.subtracting(privateProjects(of: index, seenBy: principal))
    }

    /// The key of a page as those see it who see these private projects on it; that of the page itself for none.
    public func view(of key: PageKey, showing seen: Set<String>) -> PageKey {
        guard !seen.isEmpty else { return key }
        let names = Array(seen.sorted().joined(separator: " ").utf8)
        return .view(
            of: key, seen: Digest.sha256(of: names).hex, change: changes.load(ordering: .acquiring))
    }

    /// Whether a project of this normalized name is private.
    func isPrivate(_ project: String, of index: String) -> Bool {
        !isEverythingOpen && access.table.withLock { $0.privateProjects[index]?.contains(project) ?? false }
    }

    /// Whether a file is there for somebody: its project is not private, or they see it.
    func sees(_ file: FileRecord, _ viewer: Principal?) -> Bool {
        !file.isPrivate || viewer?.may(.read, index: file.index, project: file.project) == .yes
    }

    /// Whether somebody may manage a file; they may whether or not they may read it.
    func manages(_ file: FileRecord, _ somebody: Principal?) -> Bool {
        somebody.map { $0.may(Intent(.manage, file: file)) == .yes } ?? false
    }

    /// The name to look for in the catalog: one that no project has when the project is hidden, so that the search takes as
    /// long as for a project that is not there. What decides is the row that is found: memory may not know yet that it is
    /// private.
    func name(of project: String, in index: String, showing seen: Set<String>) -> String {
        isPrivate(project, of: index) && !seen.contains(project) ? "-" : project
    }

    func noteOpenness() {
        let isReadingOpen = policy.isReadingOpen
        // Stored under the lock: else a slower thread could put back what was true of an older table.
        access.table.withLock { table in
            let hasPrivate = table.privateProjects.contains { !$0.value.isEmpty }
            openness.store(isReadingOpen && !hasPrivate, ordering: .releasing)
        }
    }

    /// Makes a project private or public. A running server obeys within a second.
    ///
    /// - Parameter actor: for the journal.
    /// - Throws: `IndexError.notFound` when the index has no such project.
    public static func setPrivate(
        _ isPrivate: Bool, project: ProjectName, index: String, by actor: some JournalActor, in store: Store
    ) throws(IndexError) {
        let occasion = actor.occasion
        let isThere = try change(store) { catalog throws(StorageError) in
            _ = try catalog.setPrivate(isPrivate, index: index, project: project.normalized, by: occasion)
            return try catalog.hasProject(project, index: index)
        }
        guard isThere else { throw IndexError(.notFound, "There is no project '\(project.normalized)' in '\(index)'") }
    }
}
