import Packaging
import Posix

/// The checks of a source distribution (SPEC §8.2, §8.3).
struct SdistInspection {
    private let filename: SdistFilename
    private let limits: ArchiveLimits
    private let workers: WorkerPool?
    /// The one directory that holds everything.
    private var top: String?
    private var metadata: [UInt8]?
    private var memberCount = 0
    /// ``MemberPath/identity`` of all members, and of the symbolic links among them.
    private var members: Set<Int> = []
    private var links: Set<Int> = []
    /// Where each symbolic link leads, if it leads to another member.
    private var targets = LinkTargets()
    private var folded = FoldedPaths()
    private var tree: PathTree

    init(_ filename: SdistFilename, _ limits: ArchiveLimits, _ workers: WorkerPool?) {
        self.filename = filename
        self.limits = limits
        tree = PathTree(limits)
        self.workers = workers
    }

    mutating func run(tar window: FileWindow) throws(ArchiveError) -> Inspection {
        let tar = try Tar(window, limits: limits)
        while let member = try tar.next() {
            let isMetadata = try add(member.path, isDirectory: member.kind == .directory)
            try grow(member)
            try checkLinks(member)
            guard isMetadata else { continue }
            guard member.kind == .file else {
                throw ArchiveError(.special, "PKG-INFO is not a plain file; store the file itself.")
            }
            metadata = try tar.contents(of: member, limit: CoreMetadata.sizeLimitBytes)
        }
        return try finish(unpackedBytes: tar.budget.unpacked)
    }

    mutating func run(zip window: FileWindow) throws(ArchiveError) -> Inspection {
        var found: ZipEntry?
        let zip = try Zip(window, limits: limits) { path, entry throws(ArchiveError) in
            if try add(path, isDirectory: path.endsInSlash) { found = entry }
            try tree.add(path, path.identitiesFromTop, isDirectory: path.endsInSlash, isRepeatable: true)
        }
        if let found { metadata = try zip.contents(found, limit: CoreMetadata.sizeLimitBytes) }
        try zip.readAll(on: workers) { _, _, read throws(ArchiveError) in try read { _ in } }
        return try finish(unpackedBytes: zip.entries.reduce(0) { $0 + $1.size })
    }

    /// Notes a member.
    ///
    /// - Returns: whether it is `PKG-INFO` of the top directory.
    private mutating func add(_ path: MemberPath, isDirectory: Bool) throws(ArchiveError) -> Bool {
        memberCount += 1
        let first = path.top
        if top == nil { top = String(first) }
        guard let top, first.utf8.elementsEqual(top.utf8) else {
            throw ArchiveError(
                .directory,
                "The archive has the top directory \(PackagingError.quote(top ?? "")) and also \(path); everything"
                    + " must be in one directory.")
        }
        guard path.depth > 1 || isDirectory else {
            throw ArchiveError(.directory, "The archive's \(path) is not in a directory; everything must be in one.")
        }
        let isNew = members.insert(path.identity).inserted
        // A tar may have a file twice: every reader keeps the last one.
        if isNew { _ = folded.add(path) }
        guard path.depth == 2, path.text.utf8.dropFirst(top.utf8.count).elementsEqual("/PKG-INFO".utf8) else {
            return false
        }
        guard isNew else { throw ArchiveError(.duplicate, "The archive has two files PKG-INFO; build it again.") }
        return true
    }

    private mutating func grow(_ member: TarMember) throws(ArchiveError) {
        let identities = member.path.identitiesFromTop
        do throws(ArchiveError) {
            try tree.add(member.path, identities, isDirectory: member.kind == .directory, isRepeatable: true)
        } catch {
            guard links.isDisjoint(with: identities) else { throw Self.throughLink(member) }
            throw error
        }
    }

    private mutating func checkLinks(_ member: TarMember) throws(ArchiveError) {
        guard !links.contains(member.path.identity) else { throw Self.throughLink(member) }
        switch member.kind {
        case .file, .directory: return
        case .hardLink:
            guard let target = try? MemberPath(member.link[...], limits: limits), members.contains(target.identity),
                target.identity != member.path.identity, !links.contains(target.identity)
            else { throw Self.refusal(member, "is a hard link to something that is not an earlier file") }
        case .symbolicLink:
            // The top directory may not be left.
            guard let target = LinkTarget(member.link), target.upwards < member.path.depth - 1 else {
                throw Self.refusal(member, "is a link that leads out of the archive, or in a roundabout way")
            }
            guard targets.add(member.path, target) else {
                throw Self.refusal(member, "is a link that leads to itself")
            }
            links.insert(member.path.identity)
        }
    }

    /// Nothing may be written through a link.
    private static func throughLink(_ member: TarMember) -> ArchiveError {
        refusal(member, "is below a symbolic link, or replaces one")
    }

    private static func refusal(_ member: TarMember, _ complaint: String) -> ArchiveError {
        ArchiveError(.special, "The member \(member.path) \(complaint); store the file itself.")
    }

    private func finish(unpackedBytes: Int64) throws(ArchiveError) -> Inspection {
        guard let top else { throw ArchiveError(.missing, "The archive is empty.") }
        guard let metadata else {
            throw ArchiveError(
                .missing,
                "The archive has no file \(PackagingError.quote("\(top)/PKG-INFO")); build it with a build tool.")
        }
        let core = try Inspector.core(metadata)
        guard (try? SdistFilename(filename.text, expecting: (core.name, core.version), allowingZip: true)) != nil else {
            throw ArchiveError(
                .metadata,
                "The file name \(PackagingError.quote(filename.text)) is of \(filename.project)"
                    + " \(filename.version), but PKG-INFO is of \(core.name) \(core.version); build it again instead of"
                    + " renaming it.")
        }
        guard Inspector.names(top, core.name, core.version) else {
            throw ArchiveError(
                .directory,
                "The archive's top directory \(PackagingError.quote(top)) must be"
                    + " \(PackagingError.quote(filename.stem)); build it again.")
        }
        try checkLicenseFiles(core, top)
        let flaws = [buildFlaw(top), folded.flaw].compactMap(\.self)
        if limits.refusesFlaws, let flaw = flaws.first { throw flaw }
        return Inspection(
            metadata: metadata, core: core, wheel: nil, memberCount: memberCount, unpackedBytes: unpackedBytes,
            warnings: flaws.map(\.reason))
    }

    /// A `pyproject.toml` is in every sdist of PEP 625's form, but setuptools makes them without, and so do all before it:
    /// only an archive that nothing can build is worth a word.
    private func buildFlaw(_ top: String) -> ArchiveError? {
        let files = ["pyproject.toml", "setup.py"].map { MemberPath.identity(Array("\(top)/\($0)".utf8)[...]) }
        guard !files.contains(where: members.contains) else { return nil }
        return ArchiveError(
            .missing, "The archive has neither pyproject.toml nor setup.py: nobody can build it.")
    }

    /// Every `License-File` is in the archive (PEP 639; SPEC §8.3).
    private func checkLicenseFiles(_ core: CoreMetadata, _ top: String) throws(ArchiveError) {
        guard core.metadataVersion >= .firstWithLicenseFiles else { return }
        for file in core.values("License-File") {
            guard !members.contains(MemberPath.identity(Array("\(top)/\(file)".utf8)[...])) else { continue }
            throw ArchiveError(
                .missing,
                "The metadata names the licence file \(PackagingError.quote(file)), which is not in the archive.")
        }
    }
}
