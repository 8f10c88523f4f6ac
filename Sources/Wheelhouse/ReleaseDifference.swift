import Archive
public import Packaging
import Storage

/// What changed from one release to another.
public struct ReleaseDifference: Sendable {
    /// A metadata field whose values are not the same.
    public struct Field: Sendable {
        /// Its name.
        public let name: String
        /// Values of the older release only.
        public let removed: [String]
        /// Values of the newer release only.
        public let added: [String]
    }

    /// A file inside the two archives that is not the same.
    public struct Member: Sendable {
        /// Its path, with `{version}` where the release's version stands in its first part.
        public let path: String
        /// Its size in the older release, in bytes; `nil` when it is not there.
        public let oldSize: Int64?
        /// The same in the newer one.
        public let newSize: Int64?
    }

    /// The project with all of its files.
    public let project: ProjectOverview
    /// The two releases.
    public let versions: (old: Version, new: Version)
    /// Changed fields in the order of their names.
    public let fields: [Field]
    /// The two archives whose members were compared; `nil` when the releases have none of one kind.
    public let archives: (old: String, new: String)?
    /// Changed members in the order of their paths.
    public let members: [Member]
    /// Whether an archive has more members than were compared.
    public let isCut: Bool
}

extension PackageIndex {
    /// The difference of two releases; `nil` when there is no such project or one of them is not there.
    ///
    /// - Parameters:
    ///   - project: a normalized name.
    ///   - seen: the private projects that may be shown.
    public func difference(
        index: String, project: String, from old: Version, to new: Version, showing seen: Set<String> = []
    ) async throws(IndexError) -> ReleaseDifference? {
        let name = name(of: project, in: index, showing: seen)
        return try await onWorker { [known = contents] store throws(StorageError) in
            guard let (record, files) = try store.project(index: index, name: name, showing: seen),
                record.status.offersFiles
            else {
                return nil
            }
            let (before, after) = (files.filter { $0.version == old }, files.filter { $0.version == new })
            guard let first = before.first, let second = after.first else { return nil }
            let fields = ReleaseDifference.fields(
                from: try Self.core(of: before, in: store), to: try Self.core(of: after, in: store))
            let pair = ReleaseDifference.comparable(before, after)
            let contents = try pair.map { pair throws(StorageError) in
                (try known.contents(of: pair.old, in: store), try known.contents(of: pair.new, in: store))
            }
            var members: [ReleaseDifference.Member] = []
            if let pair, let before = contents?.0, let after = contents?.1 {
                members = ReleaseDifference.members(from: (pair.old, before), to: (pair.new, after))
            }
            return ReleaseDifference(
                project: ProjectOverview(record, files), versions: (first.version, second.version), fields: fields,
                archives: pair.map { ($0.old.filename, $0.new.filename) }, members: members,
                isCut: contents.map { $0.0?.isCut ?? true || $0.1?.isCut ?? true } ?? false)
        }.get()
    }

    /// The core metadata of a release: of a wheel where there is one, since a build may change what an sdist says.
    static func core(of release: [FileRecord], in store: Store) throws(StorageError) -> CoreMetadata? {
        guard let source = release.first(where: { $0.kind == .wheel }) ?? release.first else { return nil }
        return try coreMetadata(of: source, in: store).flatMap { try? CoreMetadata($0) }
    }
}

extension ReleaseDifference {
    /// One archive of each release, of the same kind: wheels with the same tags, else any wheels, else sdists.
    fileprivate static func comparable(
        _ before: [FileRecord], _ after: [FileRecord]
    ) -> (old: FileRecord, new: FileRecord)? {
        func tags(_ file: FileRecord) -> [Substring] { file.filename.split(separator: "-").suffix(3) }
        let (oldWheels, newWheels) = (before.filter { $0.kind == .wheel }, after.filter { $0.kind == .wheel })
        for new in newWheels {
            if let old = oldWheels.first(where: { tags($0) == tags(new) }) { return (old, new) }
        }
        if let old = before.first(where: { $0.kind == .sdist }), let new = after.first(where: { $0.kind == .sdist }) {
            return (old, new)
        }
        return oldWheels.first.flatMap { old in newWheels.first.map { (old, $0) } }
    }

    /// What is not the same in the two, but for the version itself and the description.
    static func fields(from old: CoreMetadata?, to new: CoreMetadata?) -> [Field] {
        let names = Set(
            (old?.fieldNames ?? []).map { $0.lowercased() } + (new?.fieldNames ?? []).map { $0.lowercased() })
        return names.subtracting(["version", "description"]).sorted().compactMap { name in
            let (before, after) = (old?.values(name) ?? [], new?.values(name) ?? [])
            guard before != after else { return nil }
            let shown = (new?.fieldNames ?? []) + (old?.fieldNames ?? [])
            let field = Field(
                name: shown.first { $0.lowercased() == name } ?? name,
                removed: before.filter { !after.contains($0) }, added: after.filter { !before.contains($0) })
            return field.removed.isEmpty && field.added.isEmpty ? nil : field
        }
    }

    fileprivate static func members(
        from old: (file: FileRecord, contents: ArchiveContents), to new: (file: FileRecord, contents: ArchiveContents)
    ) -> [Member] {
        func byPath(_ side: (file: FileRecord, contents: ArchiveContents)) -> [String: ArchiveContents.Member] {
            Dictionary(
                side.contents.members.map { (commonPath($0.path, side.file.version), $0) },
                uniquingKeysWith: { _, last in last })
        }
        let (before, after) = (byPath(old), byPath(new))
        return Set(before.keys).union(after.keys).sorted().compactMap { path in
            let (first, second) = (before[path], after[path])
            guard first?.fingerprint != second?.fingerprint else { return nil }
            return Member(path: path, oldSize: first?.size, newSize: second?.size)
        }
    }

    /// `demo-1.0.dist-info/METADATA` and `demo-2.0.dist-info/METADATA` are the same file of two releases.
    static func commonPath(_ path: String, _ version: Version) -> String {
        guard let slash = path.firstIndex(of: "/"), let dash = path[..<slash].firstIndex(of: "-") else { return path }
        var rest = path[path.index(after: dash)..<slash]
        for suffix in [".dist-info", ".data"] where rest.hasSuffix(suffix) {
            rest = rest.dropLast(suffix.count)
            guard (try? Version(String(rest))) == version else { return path }
            return "\(path[...dash]){version}\(suffix)\(path[slash...])"
        }
        guard (try? Version(String(rest))) == version else { return path }
        return "\(path[...dash]){version}\(path[slash...])"
    }
}
