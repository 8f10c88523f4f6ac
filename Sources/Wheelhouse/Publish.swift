import Archive
import Packaging
import Posix
import Storage

/// What became of an upload.
public enum Publication: Sendable, Equatable {
    /// The file is new, durable and listed; the warnings name faults that keep nobody from installing it.
    case published(filename: String, warnings: [String])
    /// The same file was here already: nothing changed.
    case alreadyThere(filename: String)
}

extension PackageIndex {
    /// The order of steps between a complete form and a listed file; each has its name below.
    func publish(
        _ upload: Upload, _ declaration: UploadDeclaration, filename: String
    ) async throws(IndexError) -> Publication {
        let name = try parse(filename, as: declaration)
        try admit(declaration.project, upload)
        let blob = try await upload.stage()
        try await verify(declaration.digests, against: blob)
        let inspection = try await inspect(blob, as: name)
        try compare(declaration, with: inspection.core)
        let metadata = try await stageMetadata(inspection)
        var record = FileRecord(
            index: upload.indexName, project: declaration.project,
            name: .init(filename: name.text, version: name.version, kind: declaration.kind),
            content: .init(sha256: blob.sha256, blake2b256: blob.blake2b256, size: blob.size),
            uploaded: Occasion(
                actor: upload.principal.name, time: UploadTime(microseconds: Clock.unixMicroseconds)))
        record.requiresPython = inspection.core.requiresPython
        record.coreMetadata = metadata.sha256
        // What a source distribution says may change when it is built, unless it promises otherwise (PEP 643).
        record.servesMetadata = declaration.kind == .wheel || inspection.core.isStatic
        return try await commit(record, inspection, [blob, metadata], by: upload.principal)
    }

    /// The file name says the same as the form.
    private func parse(_ filename: String, as form: UploadDeclaration) throws(IndexError) -> DistributionFilename {
        do {
            let name = try DistributionFilename(filename, expecting: (form.project, form.version))
            let kind: ArchiveKind = if case .wheel = name { .wheel } else { .sdist }
            guard kind == form.kind else {
                throw PackagingError(
                    reason: "Field 'filetype' is for a \(form.kind.rawValue), but '\(filename)' is a \(kind.rawValue)")
            }
            guard name.project == form.project else {
                throw PackagingError(
                    reason: "Field 'name' is '\(form.project.text)', but '\(filename)' names '\(name.project.text)'")
            }
            guard name.version == form.version else {
                throw PackagingError(
                    reason: "Field 'version' is '\(form.version)', but '\(filename)' names '\(name.version)'")
            }
            return name
        } catch {
            throw IndexError(error)
        }
    }

    /// The uploader may publish to this project.
    private func admit(_ project: ProjectName, _ upload: Upload) throws(IndexError) {
        let verdict = upload.principal.may(.upload, index: upload.indexName, project: project)
        if case .no(let reason) = verdict { throw IndexError(.forbidden, reason) }
    }

    /// Every digest that the form declares is the one that was computed while the bytes arrived.
    private func verify(_ declared: [Digest], against blob: StagedBlob) async throws(IndexError) {
        for digest in declared {
            let computed = try await onWorker { _ throws(StorageError) in try blob.digest(digest.algorithm) }.get()
            guard computed == digest else {
                throw IndexError(
                    .invalid,
                    "The declared \(digest.algorithm.rawValue) digest \(digest.hex) is not the file's, "
                        + "which is \(computed.hex); upload it again")
            }
        }
    }

    /// The archive is sound, and says what it is (reads all of it, on a worker).
    private func inspect(_ blob: StagedBlob, as name: DistributionFilename) async throws(IndexError) -> Inspection {
        let result = await workers.run {
            Result { () throws(ArchiveError) in try Inspector.inspect(blob.file, size: blob.size, as: name) }
        }
        return try result.mapError { IndexError($0) }.get()
    }

    /// The form agrees with the archive, which is the truth. Fields that a client leaves out say nothing.
    private func compare(_ form: UploadDeclaration, with core: CoreMetadata) throws(IndexError) {
        guard let declared = form.requiresPython, declared != core.requiresPython else { return }
        let held = core.requiresPython
        // Spellings may differ, such as ">=3.8,<4" and "<4, >=3.8": clients write the set anew.
        let isSame = held.map { Set($0.conditions) == Set(declared.conditions) } ?? false
        guard !isSame else { return }
        let found = held.map { "'\($0)'" } ?? "nothing"
        throw IndexError(
            .invalid, "Field 'requires_python' is '\(declared)', but the archive's Requires-Python says \(found)")
    }

    /// The core metadata as a blob of its own: for installers (PEP 658), and for pages about the release.
    private func stageMetadata(_ inspection: Inspection) async throws(IndexError) -> StagedBlob {
        try await onWorker { store throws(StorageError) in try store.blobs.stage(inspection.metadata) }.get()
    }

    /// Bytes named, catalog committed, pages forgotten: only then is the upload acknowledged.
    private func commit(
        _ record: FileRecord, _ inspection: Inspection, _ blobs: [StagedBlob], by principal: Principal
    ) async throws(IndexError) -> Publication {
        let outcome: PublishOutcome
        do {
            let (summary, names) = (inspection.core.summary, policy.names)
            outcome = try await store.write { catalog throws(StorageError) -> Result<PublishOutcome, IndexError> in
                if let refusal = try Self.refusal(of: record, by: principal, names, in: catalog) {
                    return .failure(refusal)
                }
                return .success(try catalog.publishFile(record, bytes: blobs, summary: summary))
            }.get().get()
            if case .published(let serial) = outcome { announce(record, serial: serial) }
        } catch {
            throw IndexError(error)
        }
        return try answer(outcome, record, inspection)
    }

    /// What only the transaction itself can know: that the token is still valid after an upload that may have taken
    /// minutes, and that no project came into being meanwhile whose name is like a new one.
    private static func refusal(
        of record: FileRecord, by principal: Principal, _ names: NamePolicy, in catalog: borrowing CatalogTransaction
    ) throws(StorageError) -> IndexError? {
        let token = try catalog.token(secretDigest: principal.secretDigest)
        do throws(IndexError) {
            _ = try Self.principal(of: token)
        } catch {
            return error
        }
        let similar = try catalog.projects(like: record.project, index: record.index)
        guard !similar.contains(record.project) else { return nil }
        return names.refusal(of: record.project, among: similar).map { IndexError(.invalid, $0) }
    }

    private func answer(
        _ outcome: PublishOutcome, _ record: FileRecord, _ inspection: Inspection
    ) throws(IndexError) -> Publication {
        switch outcome {
        case .published:
            return .published(filename: record.filename, warnings: inspection.warnings)
        case .identicalExists:
            return .alreadyThere(filename: record.filename)
        case .conflict(let existing):
            throw IndexError(
                .exists,
                "File already exists ('\(existing.filename)', with sha256 \(existing.sha256.hex)); "
                    + "other bytes need another version or build tag")
        }
    }
}

extension String {
    /// The conditions of a specifier set, without spaces.
    fileprivate var conditions: [String] {
        split(separator: ",").map { $0.filter { !$0.isWhitespace } }
    }
}
