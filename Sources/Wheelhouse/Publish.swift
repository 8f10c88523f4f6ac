import Packaging
import Posix
import Storage

/// What became of an upload.
public enum Publication: Sendable, Equatable {
    /// The file is new, durable and listed.
    case published(filename: String)
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
        var record = FileRecord(
            index: upload.indexName, project: declaration.project,
            name: .init(filename: name.text, version: name.version, kind: declaration.kind),
            content: .init(sha256: blob.sha256, blake2b256: blob.blake2b256, size: blob.size),
            uploaded: Occasion(
                actor: upload.principal.name, time: UploadTime(microseconds: Clock.unixMicroseconds)))
        record.requiresPython = declaration.requiresPython
        return try await commit(record, summary: declaration.summary, blob)
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
            let computed = try await onWorker { _ throws(StorageError) in try blob.digest(digest.algorithm) }
            guard computed == digest else {
                throw IndexError(
                    .invalid,
                    "The declared \(digest.algorithm.rawValue) digest \(digest.hex) is not the file's, "
                        + "which is \(computed.hex); upload it again")
            }
        }
    }

    /// Bytes named, catalog committed, pages forgotten: only then is the upload acknowledged.
    private func commit(
        _ record: FileRecord, summary: String?, _ blob: StagedBlob
    ) async throws(IndexError) -> Publication {
        let outcome: PublishOutcome
        do {
            outcome = try await store.write { transaction throws(StorageError) in
                try transaction.publishFile(record, bytes: [blob], summary: summary)
            }
            if case .published = outcome {
                announce([.file(sha256: record.sha256.hex, filename: record.filename)])
                try announceChanges()
            }
        } catch {
            throw IndexError(error)
        }
        switch outcome {
        case .published:
            return .published(filename: record.filename)
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
