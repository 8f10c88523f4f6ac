public import Packaging
import Storage

/// What a release needs of others, and offers to them.
public struct ReleaseOffer: Sendable {
    /// What it requires, as far as it can be read.
    public let requirements: [Requirement]
    /// The normalized names of those that are projects of this index, without private ones: pages link them.
    public let existing: Set<String>
    /// Of its first wheel; `nil` when it has none, or offers nothing.
    public let entryPoints: EntryPoints?
}

extension CoreMetadata {
    /// What `Requires-Dist` says, as far as it can be read; at most 1,000.
    public var requirements: [Requirement] {
        values("Requires-Dist").prefix(1_000).compactMap { try? Requirement($0) }
    }
}

extension PackageIndex {
    /// What a release needs and offers, read on a worker.
    public func offer(of release: ReleaseOverview, index: String) async throws(IndexError) -> ReleaseOffer {
        let requirements = release.core?.requirements ?? []
        let wheel = release.files.first { $0.isWheel }
        return try await onWorker { [known = contents] store throws(StorageError) in
            let names = Set(requirements.map(\.name.normalized)).sorted()
            let record = try wheel.flatMap { wheel throws(StorageError) in
                try store.file(index: index, sha256: wheel.sha256, filename: wheel.filename)
            }
            let contents = try record.flatMap { record throws(StorageError) in
                try known.contents(of: record, in: store)
            }
            return ReleaseOffer(
                requirements: requirements, existing: try store.existing(names, index: index),
                entryPoints: contents?.entryPoints)
        }.get()
    }
}
