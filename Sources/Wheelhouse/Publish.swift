import Archive
import Packaging
import Posix
import Storage
import Synchronization

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
        try admit(name, upload)
        let (content, last) = try await upload.takeContent()
        let signatures = upload.signatures
        let examined = try await workers.run { [self] in
            Result { () throws(IndexError) in
                try examine(content, endingIn: last, signatures, declaration, name)
            }
        }.get()
        let inspection = examined.inspection
        let time = UploadTime(microseconds: Clock.unixMicroseconds)
        let occasion = Occasion(by: upload.principal, from: upload.caller, at: time)
        var record = FileRecord(
            index: upload.indexName, project: declaration.project,
            name: .init(filename: name.text, version: name.version, kind: declaration.kind),
            content: examined.content, uploaded: occasion)
        record.requiresPython = inspection.core.requiresPython
        record.coreMetadata = examined.metadata.sha256
        // What a source distribution says may change when it is built, unless it promises otherwise (PEP 643).
        record.servesMetadata = declaration.kind == .wheel || inspection.core.isStatic
        let committed = try await commit(record, examined, by: upload.principal, at: occasion)
        try await addMissing(examined.signed, to: record, committed.outcome, by: upload.principal, at: occasion)
        return try answer(committed.outcome, record, warnings: examined.warnings + committed.warnings)
    }

    /// The file name says the same as the form.
    private func parse(_ filename: String, as form: UploadDeclaration) throws(IndexError) -> DistributionFilename {
        do {
            let name = try DistributionFilename(filename, expecting: (form.project, form.version))
            let kind: ArchiveKind = if case .wheel = name { .wheel } else { .sdist }
            guard kind == form.kind else {
                throw PackagingError(
                    reason: "Field 'filetype' is for \(form.kind.phrase), but '\(filename)' is \(kind.phrase)")
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

    /// The uploader may publish this file to this project.
    private func admit(_ name: DistributionFilename, _ upload: Upload) throws(IndexError) {
        var intent = Intent(.upload, index: upload.indexName, project: name.project)
        intent.version = name.version
        intent.filename = name.text
        if case .no(let reason) = upload.principal.may(intent) { throw IndexError(.forbidden, reason) }
    }

    /// All that takes time: the digests are those that the form declares, the archive is sound and agrees with the form,
    /// its signatures hold, and its bytes are on the disk.
    ///
    /// Runs on a worker; others help with a large archive, for none of these has to wait for another. With a small one, waking
    /// them costs more than it saves.
    private func examine(
        _ content: Content, endingIn last: [UInt8], _ signatures: ReceivedSignatures, _ form: UploadDeclaration,
        _ name: DistributionFilename
    ) throws(IndexError) -> Examined {
        do {
            let blob = try content.end(with: last)
            try verify(form.digests.filter { $0.algorithm == .sha256 }, against: blob)
            let (blake2b256, staged, inspected) = (Answer<Digest>(), Answer<StagedBlob>(), Answer<Inspection>())
            let signed = Answer<SignedUpload>()
            let (workers, store) = (workers, store)
            let steps: [@Sendable () -> Void] = [
                { [self] in signed.take { try examine(signatures, of: blob, named: name.text) } },
                { inspected.take { try Inspector.inspect(blob.file, size: blob.size, as: name, workers: workers) } },
                { blake2b256.take { try blob.digest(.blake2b256) } },
                { staged.take { try store.stage(blob) } },
            ]
            if blob.size < Upload.pieceBytes {
                for step in steps { step() }
            } else {
                workers.divide(steps.count) { steps[$0]() }
            }
            let digest = try blake2b256.get()
            try verify(form.digests, against: blob, blake2b256: digest)
            let inspection = try inspected.get()
            let advice = try review(inspection.core)
            try compare(form, with: inspection.core)
            return Examined(
                archive: try staged.get(), metadata: try store.stage(inspection.metadata),
                content: .init(sha256: blob.sha256, blake2b256: digest, size: blob.size), inspection: inspection,
                warnings: inspection.warnings + advice, signed: try signed.get())
        } catch {
            throw IndexError(error)
        }
    }

    /// Every digest that the form declares is the archive's.
    private func verify(_ declared: [Digest], against blob: WrittenBlob, blake2b256: Digest? = nil) throws {
        for digest in declared {
            let known = digest.algorithm == .blake2b256 ? blake2b256 : nil
            let computed = try known ?? blob.digest(digest.algorithm)
            guard computed == digest else {
                throw IndexError(
                    .invalid,
                    "The declared \(digest.algorithm.rawValue) digest \(digest.hex) is not the file's, "
                        + "which is \(computed.hex); upload it again")
            }
        }
    }

    /// The metadata says what the specifications allow.
    ///
    /// - Returns: what is no reason to refuse it, for the uploader.
    private func review(_ core: CoreMetadata) throws(IndexError) -> [String] {
        let faults = core.faults()
        if core.isHeldToTheRules, let fault = faults.first(where: { !$0.isAdvice }) {
            throw IndexError(.invalid, fault.sentence)
        }
        return faults.map(\.sentence)
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

    /// Bytes named, catalog committed, pages forgotten: only then is the upload acknowledged.
    private func commit(
        _ record: FileRecord, _ examined: Examined, by principal: Principal, at occasion: Occasion
    ) async throws(IndexError) -> Committed {
        do {
            let policy = policy
            let (blobs, core) = ([examined.archive, examined.metadata], examined.inspection.core)
            let (dependencies, signed) = (Dependency.all(in: core), examined.signed)
            let text = SearchableText(core)
            let committed = try await store.write { catalog throws(StorageError) -> Result<Committed, IndexError> in
                let founding: Founding?
                do throws(IndexError) {
                    founding = try Self.admit(record, by: principal, policy, in: catalog)
                } catch {
                    return .failure(error)
                }
                let decision = try Self.decide(record, signed, by: policy.signatures, in: catalog)
                if case .refuse(let sentence) = decision { return .failure(IndexError(.invalid, sentence)) }
                var record = record
                if case .hold(let reason) = decision { record.holdReason = reason }
                let outcome = try catalog.publishFile(
                    record, bytes: blobs, summary: core.summary, text: text, founding: founding, by: occasion)
                guard case .published(let serial) = outcome else { return .success(Committed(outcome: outcome)) }
                try catalog.keepDependencies(dependencies, of: examined.metadata.sha256)
                try Self.keep(signed, of: record, decision, serial: serial, in: catalog)
                if let digest = principal.secretDigest { try catalog.countUse(secretDigest: digest) }
                return .success(Committed(outcome: outcome, founding: founding, warnings: decision.warnings))
            }.get().get()
            if case .published(let serial) = committed.outcome {
                if let digest = principal.secretDigest { access.table.withLock { $0.countUse(digest) } }
                announce(record, serial: serial, founding: committed.founding)
            }
            return committed
        } catch {
            throw IndexError(error)
        }
    }

    /// What only the transaction itself can know: that the uploader still may, after an upload that may have taken minutes,
    /// and that no project came into being meanwhile whose name is like a new one.
    ///
    /// - Returns: what a new project begins with; `nil` when it is there already.
    private static func admit(
        _ record: FileRecord, by uploader: Principal, _ policy: Policy, in catalog: borrowing CatalogTransaction
    ) throws(IndexError) -> Founding? {
        do {
            let principal = try renewed(uploader, at: record.uploadTime, repeating: record, in: catalog)
            let similar = try catalog.projects(like: record.project, index: record.index)
            let isNew = !similar.contains { $0.name == record.project }
            let verdict =
                isNew && policy.newProjects.needManager
                ? principal.mayFound(record.project, index: record.index)
                : principal.may(.upload, index: record.index, project: record.project)
            if case .no(let reason) = verdict { throw IndexError(.forbidden, reason) }
            guard isNew else {
                if let refusal = try refusal(of: "files", for: record, in: catalog) { throw refusal }
                return nil
            }
            let named = try similar.map { project in
                let isPublic = try !project.isHeld && !catalog.isPrivate(project.name, index: record.index)
                let needed: Permission = project.isHeld ? .manage : .read
                let isSeen = principal.may(needed, index: record.index, project: project.name) == .yes
                return (name: project.name, isShown: isPublic || isSeen)
            }
            if let refusal = policy.names.refusal(of: record.project, among: named) {
                throw IndexError(.invalid, refusal)
            }
            return Founding(manager: principal.name, isPrivate: policy.newProjects.arePrivate)
        } catch {
            throw IndexError(error)
        }
    }

    /// The same principal with the rights that the account has now.
    ///
    /// - Parameter upload: what is sent. A token that is used up may send again what it has published: the answer to the
    ///   first time may have been lost, and the second changes nothing.
    private static func renewed(
        _ principal: Principal, at time: UploadTime, repeating upload: FileRecord? = nil,
        in catalog: borrowing CatalogTransaction
    ) throws -> Principal {
        guard let account = try catalog.account(named: principal.name) else {
            throw IndexError(.unauthenticated, "This account is gone")
        }
        if let digest = principal.secretDigest {
            guard let token = try catalog.token(secretDigest: digest) else {
                throw IndexError(.unauthenticated, "This token is gone")
            }
            try check(token, of: account, at: time)
            if token.usesLeft == 0 {
                let known = try upload.flatMap { try catalog.file(index: $0.index, filename: $0.filename) }
                guard let known, known.sha256 == upload?.sha256, known.uploader == account.name else { throw usedUp }
            }
        } else if account.disabled != nil || account.deleted != nil {
            throw IndexError(.unauthenticated, "This account is disabled")
        }
        var renewed = principal
        renewed.grants = Grants(try catalog.grants(ofAccount: principal.name))
        renewed.circumstances.time = time
        return renewed
    }

    /// An archived or quarantined project takes no files (PEP 792), and nothing that belongs to them.
    static func refusal(
        of things: String, for record: FileRecord, in catalog: borrowing CatalogTransaction
    ) throws(StorageError) -> IndexError? {
        let key = ProjectKey(index: record.index, name: record.project)
        guard let project = try catalog.record(of: key), !project.status.allowsUploads else { return nil }
        let reason = project.statusReason.map { " (\($0))" } ?? ""
        return IndexError(
            .forbidden,
            "The project '\(project.name)' is \(project.status.rawValue)\(reason) and takes no \(things); "
                + "ask one of its managers")
    }

    /// Why somebody may not do something, as only the transaction knows; `nil` when they may.
    static func refusal(
        of intent: Intent, by principal: Principal, at time: UploadTime, in catalog: borrowing CatalogTransaction
    ) throws(StorageError) -> IndexError? {
        do {
            guard case .no(let reason) = try renewed(principal, at: time, in: catalog).may(intent) else { return nil }
            return IndexError(.forbidden, reason)
        } catch let error as StorageError {
            throw error
        } catch {
            return IndexError(error)
        }
    }

    private func answer(
        _ outcome: PublishOutcome, _ record: FileRecord, warnings: [String]
    ) throws(IndexError) -> Publication {
        switch outcome {
        case .published:
            // Nobody reads more, and a hostile archive has thousands.
            return .published(filename: record.filename, warnings: Array(warnings.prefix(20)))
        case .identicalExists:
            return .alreadyThere(filename: record.filename)
        case .wasDeleted(let existing):
            let advice =
                existing.sha256 == record.sha256
                ? "restore it ('wheelhouse restore \(existing.filename)')" : "use another version or build tag"
            throw IndexError(
                .invalid, "This filename was previously used by a file that has since been deleted; \(advice)")
        case .conflict(let existing):
            throw IndexError(
                .exists,
                "File already exists ('\(existing.filename)', with sha256 \(existing.sha256.hex)); "
                    + "other bytes need another version or build tag")
        }
    }
}

/// An archive that may be published.
private struct Examined: Sendable {
    let archive: StagedBlob
    /// The core metadata as a blob of its own: for installers (PEP 658), and for pages about the release.
    let metadata: StagedBlob
    let content: FileRecord.Content
    let inspection: Inspection
    /// Faults that keep nobody from installing it.
    let warnings: [String]
    /// The signatures that came with it.
    let signed: SignedUpload
}

/// What the catalog made of an upload.
private struct Committed: Sendable {
    let outcome: PublishOutcome
    /// What a new project begins with.
    var founding: Founding?
    /// What the uploader should know although the file is published.
    var warnings: [String] = []
}

/// What one of several threads came to.
private final class Answer<Value: Sendable>: Sendable {
    private let result = Mutex<Result<Value, any Error>?>(nil)

    func take(_ body: () throws -> Value) {
        let new = Result { try body() }
        result.withLock { $0 = new }
    }

    func get() throws -> Value {
        guard let result = result.withLock({ $0 }) else { preconditionFailure("an answer is read before it is there") }
        return try result.get()
    }
}

extension String {
    /// The conditions of a specifier set, without spaces.
    fileprivate var conditions: [String] {
        split(separator: ",").map { $0.filter { !$0.isWhitespace } }
    }
}

extension ArchiveKind {
    /// As sentences say it.
    fileprivate var phrase: String {
        switch self {
        case .wheel: "a wheel"
        case .sdist: "an sdist"
        }
    }
}
