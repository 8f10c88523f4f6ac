import Packaging
import Posix
public import Storage

/// The versions that installers lose by an operation, and those that they keep.
struct LostVersions {
    let gone: [Version]
    let left: [Version]
}

extension ProjectOperation {
    /// - Parameters:
    ///   - changed: the files that it changes.
    ///   - files: all that are there.
    func lostVersions(_ changed: [FileRecord], of files: [FileRecord]) -> LostVersions {
        let takesAway: Bool =
            switch action {
            case .yank, .delete, .setStatus(.quarantined): true
            case .unyank, .restore, .setStatus: false
            }
        guard takesAway else { return LostVersions(gone: [], left: []) }
        let names = Set(changed.map(\.filename))
        let offered = files.filter { $0.yank == nil && $0.holdReason == nil }
        let left = Set(offered.filter { !names.contains($0.filename) }.map(\.version))
        return LostVersions(gone: Set(offered.map(\.version)).subtracting(left).sorted(), left: left.sorted())
    }
}

/// Who in this index requires what an operation takes away. A release that keeps one of its files counts as kept.
struct Dependents {
    /// Those that nothing satisfies any more first, then by name, the newest version first.
    let all: [Dependent]

    /// - Parameter records: every release that requires the project in some version.
    init(on operation: ProjectOperation, _ records: [DependentRecord], _ lost: LostVersions) {
        // Many releases say the same.
        var known: [String: Bool?] = [:]
        let found = records.compactMap { record -> Dependent? in
            let isBroken = known[record.requirement] ?? Self.isBroken(record.requirement, by: operation.action, lost)
            known[record.requirement] = isBroken
            return isBroken.map {
                Dependent(
                    project: record.project, version: record.version, requirement: record.requirement, isBroken: $0)
            }
        }
        all = found.sorted { left, right in
            if left.isBroken != right.isBroken { return left.isBroken }
            if left.project != right.project { return left.project < right.project }
            return left.version == right.version
                ? left.requirement < right.requirement : right.version < left.version
        }
    }

    /// Whether nothing satisfies a requirement any more; nil when it loses nothing.
    private static func isBroken(_ text: String, by action: ProjectOperation.Action, _ lost: LostVersions) -> Bool? {
        guard let requirement = try? Requirement(text), requirement.url == nil else { return nil }
        let specifier = requirement.specifier
        guard lost.gone.contains(where: specifier.contains) else { return nil }
        // Installers take a yanked file when an exact pin names it (PEP 592).
        if action == .yank, isPin(specifier.normalForm) { return false }
        return !lost.left.contains(where: specifier.contains)
    }

    private static func isPin(_ clause: String) -> Bool {
        clause.hasPrefix("==") && !clause.contains(",") && !clause.hasSuffix("*")
    }
}

extension Dependency {
    /// What core metadata requires. What cannot be read as a requirement, as old tools wrote it, is passed over.
    static func all(in core: CoreMetadata) -> [Dependency] {
        core.values("Requires-Dist").compactMap { text in
            (try? Requirement(text)).map { Dependency(name: $0.name, requirement: text) }
        }
    }
}

extension PackageIndex {
    /// Begins to read what old files require (`readDependencies`), on a thread of its own.
    ///
    /// - Throws: `IndexError.failed` when the system has no room for a thread.
    public func beginReadingDependencies() throws(IndexError) {
        do {
            // What fails now is tried again at the next start, and by every command.
            try startThread(named: "dependencies") { [store] in try? Self.readDependencies(in: store) }
        } catch {
            throw IndexError(error)
        }
    }

    /// Reads what files require that were published before the catalog kept this. Does nothing when all is known.
    ///
    /// - Throws: `IndexError` when the catalog or a blob cannot be read.
    public static func readDependencies(in store: Store) throws(IndexError) {
        do {
            while true {
                let unread = try store.unreadMetadata(limit: 500)
                guard !unread.isEmpty else { return }
                let found = try unread.map { digest throws(StorageError) in (digest, try dependencies(digest, store)) }
                try store.writeAndWait { catalog throws(StorageError) in
                    for (digest, dependencies) in found { try catalog.keepDependencies(dependencies, of: digest) }
                }
            }
        } catch {
            throw IndexError(error)
        }
    }

    /// Of a lost blob none are known.
    private static func dependencies(_ digest: Digest, _ store: Store) throws(StorageError) -> [Dependency] {
        let bytes = try store.open(digest).flatMap { try? $0.read(at: 0, count: CoreMetadata.sizeLimitBytes) }
        return bytes.flatMap { try? CoreMetadata($0) }.map(Dependency.all) ?? []
    }
}
