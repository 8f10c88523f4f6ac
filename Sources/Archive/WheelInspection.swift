import Crypto
import Packaging
import Posix
import Synchronization

/// The checks of a wheel (SPEC §8.1, §8.3).
struct WheelInspection {
    /// Signatures of `RECORD`, which it cannot list (PEP 427; deprecated by PEP 815).
    private static let signatures = ["RECORD.jws", "RECORD.p7s"]

    private let filename: WheelFilename
    private let window: FileWindow
    private let limits: ArchiveLimits
    private let workers: WorkerPool?

    init(_ filename: WheelFilename, _ window: FileWindow, _ limits: ArchiveLimits, _ workers: WorkerPool?) {
        self.filename = filename
        self.window = window
        self.limits = limits
        self.workers = workers
    }

    func run() throws(ArchiveError) -> Inspection {
        var contents = WheelContents(limits)
        let zip = try Zip(window, limits: limits) { path, entry throws(ArchiveError) in
            try contents.add(path, entry)
        }
        let directory = try contents.distInfo(of: filename)
        func read(_ name: String, limit: Int) throws(ArchiveError) -> [UInt8] {
            try zip.contents(try contents.required(name, in: directory), limit: limit)
        }
        let metadata = try read("METADATA", limit: CoreMetadata.sizeLimitBytes)
        let core = try Inspector.core(metadata)
        try checkAgreement(core)
        let wheel = try wheelMetadata(try read("WHEEL", limit: WheelMetadata.sizeLimitBytes))
        let entryPoints = try entryPoints(
            try contents.entry("entry_points.txt", in: directory).map { entry throws(ArchiveError) in
                try zip.contents(entry, limit: EntryPoints.sizeLimitBytes)
            })
        let rows = try Record(try read("RECORD", limit: limits.recordSizeBytes), limits: limits)
        try checkLicenseFiles(core, zip, directory)
        let flaws =
            try flaws(of: wheel) + [contents.folded.flaw].compactMap(\.self) + compare(zip, with: rows, directory)
        if limits.refusesFlaws, let flaw = flaws.first { throw flaw }
        return Inspection(
            metadata: metadata, core: core, wheel: wheel, memberCount: zip.entries.count,
            unpackedBytes: zip.entries.reduce(0) { $0 + $1.size },
            warnings: flaws.map(\.reason) + (entryPoints?.warnings ?? []))
    }

    private func checkAgreement(_ core: CoreMetadata) throws(ArchiveError) {
        guard core.name == filename.project, core.version == filename.version else {
            throw ArchiveError(
                .metadata,
                "The file name \(PackagingError.quote(filename.text)) is of \(filename.project) \(filename.version),"
                    + " but METADATA is of \(core.name) \(core.version); build the wheel again instead of renaming it.")
        }
    }

    private func wheelMetadata(_ bytes: [UInt8]) throws(ArchiveError) -> WheelMetadata {
        do {
            return try WheelMetadata(bytes)
        } catch {
            throw ArchiveError(.wheel, error.reason)
        }
    }

    private func entryPoints(_ bytes: [UInt8]?) throws(ArchiveError) -> EntryPoints? {
        do {
            return try bytes.map { bytes throws(PackagingError) in try EntryPoints(bytes) }
        } catch {
            throw ArchiveError(.metadata, error.reason)
        }
    }

    /// What `WHEEL` says otherwise than the file name (PEP 427: it should say the same).
    private func flaws(of wheel: WheelMetadata) -> [ArchiveError] {
        var flaws: [ArchiveError] = []
        let name = PackagingError.quote(filename.text)
        if let tag = wheel.tags.symmetricDifference(filename.tags).min() {
            flaws.append(
                ArchiveError(
                    .wheel,
                    "The file WHEEL and the file name \(name) have different tags: \(PackagingError.quote(tag))"
                        + " is in one of them only. Use 'wheel tags' instead of renaming."))
        }
        if let build = wheel.build, build != filename.build {
            flaws.append(
                ArchiveError(
                    .wheel,
                    "The file WHEEL has the build tag \(PackagingError.quote(build)), the file name \(name) has"
                        + " another one or none. Use 'wheel tags' instead of renaming."))
        }
        return flaws
    }

    /// Every `License-File` is in the wheel (PEP 639; SPEC §8.3).
    private func checkLicenseFiles(_ core: CoreMetadata, _ zip: Zip, _ directory: String) throws(ArchiveError) {
        let files = core.metadataVersion >= .firstWithLicenseFiles ? core.values("License-File") : []
        guard !files.isEmpty else { return }
        let members = Set(zip.entries.map(\.identity))
        for file in files {
            let path = "\(directory)/licenses/\(file)"
            guard !members.contains(MemberPath.identity(Array(path.utf8)[...])) else { continue }
            throw ArchiveError(
                .missing,
                "METADATA names the licence file \(PackagingError.quote(file)), but the wheel has no"
                    + " \(PackagingError.quote(path)); add it.")
        }
    }

    /// Reads every member, and compares its digest with its row.
    ///
    /// - Returns: members without rows and rows without members.
    private func compare(
        _ zip: Zip, with rows: Record, _ directory: String
    ) throws(ArchiveError) -> [ArchiveError] {
        let record = Mutex(rows)
        let exempt = (["RECORD"] + Self.signatures).map { "\(directory)/\($0)" }
        try zip.readAll(on: workers) { path, entry, read throws(ArchiveError) in
            if entry.isDirectory || exempt.contains(path.text) {
                try read { _ in }
                if !entry.isDirectory { record.withLock { $0.exempt(path) } }
                return
            }
            let function = try record.withLock { record throws(ArchiveError) in try record.function(for: path) }
            var digester = try Self.digester(function)
            try read { digester.update($0) }
            let hash = RecordHash(function: function, bytes: digester.finish())
            try record.withLock { record throws(ArchiveError) in try record.check(path, entry, hash) }
        }
        return record.withLock { $0.finish() }
    }

    private static func digester(_ function: SHA2.Function) throws(ArchiveError) -> SHA2 {
        do {
            return try SHA2(function)
        } catch {
            throw .noMemory
        }
    }
}
