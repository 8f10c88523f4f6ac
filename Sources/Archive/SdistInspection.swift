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
            try checkLinks(member)
            try grow(member.path, isDirectory: member.kind == .directory)
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
            try grow(path, isDirectory: path.endsInSlash)
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
        let first = path.text.prefix { $0 != "/" }
        if top == nil { top = String(first) }
        guard let top, first == top else {
            throw ArchiveError(
                .directory,
                "The archive has the top directory \(PackagingError.quote(top ?? "")) and also \(path); everything"
                    + " must be in one directory.")
        }
        guard first.count < path.text.count || isDirectory else {
            throw ArchiveError(.directory, "The archive's \(path) is not in a directory; everything must be in one.")
        }
        let isNew = members.insert(path.identity).inserted
        // A tar may have a file twice: every reader keeps the last one.
        if isNew { _ = folded.add(path) }
        guard path.text == "\(top)/PKG-INFO" else { return false }
        guard isNew else { throw ArchiveError(.duplicate, "The archive has two files PKG-INFO; build it again.") }
        return true
    }

    private mutating func grow(_ path: MemberPath, isDirectory: Bool) throws(ArchiveError) {
        try tree.add(path, path.identitiesFromTop, isDirectory: isDirectory, isRepeatable: true)
    }

    private mutating func checkLinks(_ member: TarMember) throws(ArchiveError) {
        // Nothing may be written through a link.
        if !links.isEmpty {
            guard !member.path.identitiesFromTop.contains(where: links.contains) else {
                throw Self.refusal(member, "is below a symbolic link, or replaces one")
            }
        }
        switch member.kind {
        case .file, .directory: return
        case .hardLink:
            guard let target = try? MemberPath(member.link[...], limits: limits), members.contains(target.identity),
                target.identity != member.path.identity, !links.contains(target.identity)
            else { throw Self.refusal(member, "is a hard link to something that is not an earlier file") }
        case .symbolicLink:
            guard Self.staysInside(member.link, depth: member.path.parts.count - 1) else {
                throw Self.refusal(member, "is a link that leads out of the archive, or in a roundabout way")
            }
            guard targets.add(member) else {
                throw Self.refusal(member, "is a link that leads to itself")
            }
            links.insert(member.path.identity)
        }
    }

    /// Whether a link from a directory this deep stays in the top directory: some `..` at the beginning, never so many
    /// as to leave it, and none after a name, since that name may be a link itself.
    private static func staysInside(_ target: [UInt8], depth: Int) -> Bool {
        guard !target.isEmpty, target.first != UInt8(ascii: "/"), !target.contains(where: { $0 == 0x5C || $0 < 0x20 })
        else { return false }
        let parts = target.split(separator: UInt8(ascii: "/")).filter { !$0.elementsEqual(".".utf8) }
        let upwards = parts.prefix { $0.elementsEqual("..".utf8) }.count
        return upwards < depth && !parts.dropFirst(upwards).contains { $0.elementsEqual("..".utf8) }
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

/// Where the symbolic links of an archive lead. A circle of them can be unpacked, and then never be opened.
private struct LinkTargets {
    /// By ``MemberPath/identity``.
    private var next: [Int: Int] = [:]

    /// How many links in a row are followed; Linux follows 40 (path_resolution(7)).
    private static let limit = 40

    /// Notes a symbolic link whose target stays inside.
    ///
    /// - Returns: false when it, or the links that it leads to, lead back to it, or are too many in a row.
    mutating func add(_ link: TarMember) -> Bool {
        let own = link.path.identity
        next[own] = Self.target(of: link)
        var at = own
        for _ in 0..<Self.limit {
            guard let following = next[at] else { return true }
            guard following != own else { return false }
            at = following
        }
        return false
    }

    private static func target(of link: TarMember) -> Int {
        let parts = link.link.split(separator: UInt8(ascii: "/")).filter { !$0.elementsEqual(".".utf8) }
        let upwards = parts.prefix { $0.elementsEqual("..".utf8) }.count
        let directory = link.path.parts.dropLast(1 + upwards).map { Array($0.utf8)[...] }
        return MemberPath.identity(Array((directory + parts.dropFirst(upwards)).joined(separator: [0x2F]))[...])
    }
}
