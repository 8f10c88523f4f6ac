import Packaging
import Storage
import Synchronization

/// What is in the archives that people looked at lately. Bytes of a name never change, so it stays true when their project
/// changes; reading a large tar archive once more would take a tenth of a second each time.
final class KnownContents: Sendable {
    /// Of all that is kept, roughly, in bytes.
    private static let costLimit = 8 << 20
    /// An entry costs this at least, so that there are not very many.
    private static let leastCost = 4 << 10

    private struct Key: Hashable {
        let sha256: Digest
        let filename: String
        let hasBills: Bool
    }

    private struct State {
        var entries: [Key: ArchiveContents] = [:]
        /// The keys with their costs, the one made first at the beginning.
        var order: [(key: Key, cost: Int)] = []
        var cost = 0
    }

    private let state = Mutex(State())

    /// What is in an archive; `nil` when its bytes are lost or cannot be read. Blocks when it is not known.
    ///
    /// - Parameter bills: whether bills of materials are wanted too.
    func contents(
        of file: FileRecord, in store: Store, bills: Bool = false
    ) throws(StorageError) -> ArchiveContents? {
        let key = Key(sha256: file.sha256, filename: file.filename, hasBills: bills)
        if let known = state.withLock({ $0.entries[key] }) { return known }
        guard let contents = try ArchiveContents.read(file, in: store, bills: bills) else { return nil }
        keep(contents, key)
        return contents
    }

    private func keep(_ contents: ArchiveContents, _ key: Key) {
        let cost = max(Self.leastCost, contents.cost)
        guard cost <= Self.costLimit / 4 else { return }
        state.withLock { state in
            guard state.entries.updateValue(contents, forKey: key) == nil else { return }
            state.order.append((key, cost))
            state.cost += cost
            while state.cost > Self.costLimit {
                let oldest = state.order.removeFirst()
                state.entries[oldest.key] = nil
                state.cost -= oldest.cost
            }
        }
    }

    /// How many archives are known.
    var count: Int { state.withLock { $0.entries.count } }
}

extension ArchiveContents {
    /// Memory in bytes, roughly.
    fileprivate var cost: Int {
        members.reduce(0) { $0 + 48 + $1.path.utf8.count } + bills.reduce(0) { $0 + $1.text.utf8.count }
    }
}
