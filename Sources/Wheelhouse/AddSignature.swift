import Crypto
public import Packaging
import Posix
public import Storage

/// What became of a signature that came after its file.
public struct SignatureAddition: Sendable, Equatable {
    /// Whether it was not there before, and no other one by the same signer either.
    public let isNew: Bool
    /// Such as `valid: signed by workflow release.yml of acme/web`.
    public let sentence: String
    /// Whether the file was hidden until now, and installers may have it from now on.
    public let isReleased: Bool
}

extension PackageIndex {
    /// Adds a signature to a file that is here already, also to one that is held.
    ///
    /// - Throws: `IndexError.forbidden`, `.notFound`; `.invalid` with the step that failed, for more than
    ///   `ReceivedSignatures.countLimit` of one file.
    public func addSignature(
        _ bytes: [UInt8], to filename: String, sha256: Digest?, index: String, by principal: Principal,
        from caller: Caller
    ) async throws(IndexError) -> SignatureAddition {
        let time = UploadTime(microseconds: Clock.unixMicroseconds)
        let occasion = Occasion(by: principal, from: caller, at: time)
        return try await workers.run { [self] in
            Result { () throws(IndexError) in
                let file = try admit(filename, sha256: sha256, index: index, by: principal)
                let intent = Intent(.upload, file: file)
                return try attach([bytes], to: file, at: occasion, .later) { catalog throws(StorageError) in
                    try Self.refusal(of: intent, by: principal, at: time, in: catalog)
                }
            }
        }.get()
    }

    /// The same for who works at the command line.
    public func addSignature(
        _ bytes: [UInt8], to filename: String, index: String, actor: String
    ) throws(IndexError) -> SignatureAddition {
        guard let file = try file(filename, index: index) else { throw Self.noFile(filename) }
        let occasion = Occasion(actor: actor, time: UploadTime(microseconds: Clock.unixMicroseconds))
        return try attach([bytes], to: file, at: occasion, .later) { _ in nil }
    }

    private func admit(
        _ filename: String, sha256: Digest?, index: String, by principal: Principal
    ) throws(IndexError) -> FileRecord {
        if case .no(let reason) = principal.may(.upload, index: index) { throw IndexError(.forbidden, reason) }
        guard let file = try file(filename, index: index), sha256.map({ $0 == file.sha256 }) ?? true else {
            throw Self.noFile(filename)
        }
        if case .no(let reason) = principal.may(Intent(.upload, file: file)) {
            let isKnown = file.holdReason == nil && sees(file, principal)
            throw isKnown ? IndexError(.forbidden, reason) : Self.noFile(filename)
        }
        return file
    }

    func file(_ filename: String, index: String) throws(IndexError) -> FileRecord? {
        do {
            return try store.file(index: index, filename: filename)
        } catch {
            throw IndexError(error)
        }
    }

    static func noFile(_ filename: String) -> IndexError {
        IndexError(.notFound, "There is no file '\(filename)' here; upload it before its signatures")
    }

    /// Checks signatures and adds those that are not there yet. Like files, none come to archived and quarantined projects.
    ///
    /// - Parameter refusal: what only the transaction knows of who sends them.
    func attach(
        _ signatures: [[UInt8]], to file: FileRecord, at occasion: Occasion, _ arrival: SignatureArrival,
        refusal: @escaping @Sendable (borrowing CatalogTransaction) throws(StorageError) -> IndexError?
    ) throws(IndexError) -> SignatureAddition {
        guard signatures.allSatisfy({ !$0.isEmpty && $0.count <= ReceivedSignatures.lengthLimitBytes }) else {
            throw arrival.refusal("a signature has 1 to \(ReceivedSignatures.lengthLimitBytes) bytes")
        }
        typealias Outcome = Result<SignatureAddition, IndexError>
        let checked = try checkAgain(file, with: signatures)
        let new = Array(checked.signatures.suffix(signatures.count))
        try Self.requireSound(new, arrival)
        let blobs = try stage(new)
        let rules = policy.signatures
        let sentence = new.map(\.sentence).joined(separator: "; ")
        do {
            let outcome = try store.writeAndWait { catalog throws(StorageError) -> Outcome in
                let known = try catalog.signatures(of: file)
                let missing = new.filter { one in !known.contains { $0.says(what: one) } }
                // Nothing changes, so it needs no right: an upload is repeated with its signatures.
                guard !missing.isEmpty else {
                    return .success(SignatureAddition(isNew: false, sentence: sentence, isReleased: false))
                }
                if let refusal = try refusal(catalog) { return .failure(refusal) }
                if let refusal = try Self.refusal(of: "signatures", for: file, in: catalog) {
                    return .failure(refusal)
                }
                let count = known.count + missing.count
                guard count <= ReceivedSignatures.countLimit else {
                    return .failure(ReceivedSignatures.tooMany(count))
                }
                if let clause = Self.refusal(of: missing, by: rules, file) {
                    return .failure(arrival.refusal(clause))
                }
                for blob in blobs { catalog.keep(blob) }
                let records = missing.map { $0.record(filename: file.filename, by: occasion.actor) }
                let serial = try catalog.addLater(records, to: file, by: occasion)
                let isReleased = try Self.settle(checked, by: rules, (occasion, serial), in: catalog)
                return .success(SignatureAddition(isNew: true, sentence: sentence, isReleased: isReleased))
            }.get()
            try refresh()
            return outcome
        } catch {
            throw IndexError(error)
        }
    }

    private static func refusal(
        of signatures: [CheckedSignature], by rules: SignaturePolicy, _ file: FileRecord
    ) -> String? {
        guard rules.rule(for: file.project)?.refusesUnknownSigners ?? false,
            let unknown = signatures.first(where: \.isByUnknownSigner)
        else { return nil }
        return "the signer is not trusted here: \(unknown.reason)"
    }

    /// Releases a file that is signed as the policy wants now, and pins its signer where the policy wants that.
    ///
    /// - Returns: whether it was held until now.
    private static func settle(
        _ checked: CheckedFile, by rules: SignaturePolicy, _ change: (occasion: Occasion, serial: Int64),
        in catalog: borrowing CatalogTransaction
    ) throws(StorageError) -> Bool {
        let file = checked.record
        let pinned = try catalog.pinnedSigner(index: file.index, project: file.project.normalized)
        let decision = rules.decide(
            file.project, file.kind, uploaded: file.uploadTime, checked.signatures, pinned: pinned)
        guard case .publish(_, let pin) = decision else { return false }
        if let pin { try catalog.pin(pin, to: file, serial: change.serial) }
        guard try catalog.file(index: file.index, filename: file.filename)?.holdReason != nil else { return false }
        let text = checked.core.map(SearchableText.init) ?? SearchableText()
        try catalog.release(file, summary: checked.core?.summary, text: text, by: change.occasion)
        return true
    }

    /// Checks all signatures that a file has, then others, against the trust in force now.
    private func checkAgain(
        _ file: FileRecord, with others: [[UInt8]] = []
    ) throws(IndexError) -> CheckedFile {
        do {
            guard let archive = try store.open(file.sha256) else {
                throw StorageError.corrupt("no blob for \(file.filename)")
            }
            var signatures: [[UInt8]] = []
            for record in try store.signatures(index: file.index, filename: file.filename) {
                guard let blob = try store.open(record.sha256) else {
                    throw StorageError.corrupt("no blob for a signature of \(file.filename)")
                }
                signatures.append(try blob.read(at: 0, count: ReceivedSignatures.lengthLimitBytes))
            }
            let checked = check(signatures + others, of: SignedFile(archive, file.filename, file.sha256))
            // A file may be released meanwhile; none is ever held later.
            let core = try file.holdReason == nil ? nil : Self.core(of: [file], in: store)
            return CheckedFile(record: file, signatures: checked, core: core)
        } catch {
            throw IndexError(error)
        }
    }
}

extension PackageIndex {
    /// What checking one signature again came to.
    public struct Recheck: Sendable {
        /// The file.
        public let filename: String
        /// Such as `valid: signed by workflow release.yml of acme/web`.
        public let sentence: String
        /// Whether the verdict is another one than the last time.
        public let isChanged: Bool
    }

    /// Checks the signatures of a file again, adds what it came to, and releases the file when it is held and signed as the
    /// policy wants by now.
    ///
    /// - Returns: every signature, and whether the file was released.
    /// - Throws: `IndexError.notFound`.
    public func recheckSignatures(
        of filename: String, index: String, actor: String
    ) throws(IndexError) -> (signatures: [Recheck], isReleased: Bool) {
        guard let file = try file(filename, index: index) else { throw Self.noFile(filename) }
        let checked = try checkAgain(file)
        let rules = policy.signatures
        let occasion = Occasion(actor: actor, time: UploadTime(microseconds: Clock.unixMicroseconds))
        do {
            let outcome = try store.writeAndWait { catalog throws(StorageError) -> ([Recheck], Bool) in
                let known = try catalog.signatures(of: file)
                var found: [Recheck] = []
                var last = file.serial
                for signature in checked.signatures {
                    let check = signature.check
                    let before = known.first { $0.sha256 == signature.sha256 }?.checks.last
                    guard let serial = try catalog.add(check, ofSignature: signature.sha256, of: file, by: occasion)
                    else { continue }
                    last = serial
                    let isChanged = before?.verdict != check.verdict || before?.identity != check.identity
                    found.append(Recheck(filename: filename, sentence: signature.sentence, isChanged: isChanged))
                }
                return (found, try Self.settle(checked, by: rules, (occasion, last), in: catalog))
            }
            try refresh()
            return outcome
        } catch {
            throw IndexError(error)
        }
    }

    /// Lets the next signer of a project become the one who must go on signing it.
    ///
    /// - Returns: false when none was pinned.
    public static func unpinSigner(
        of project: ProjectName, index: String, actor: String, in store: Store
    ) throws(IndexError) -> Bool {
        let occasion = Occasion(actor: actor, time: UploadTime(microseconds: Clock.unixMicroseconds))
        do {
            return try store.writeAndWait { catalog throws(StorageError) in
                try catalog.unpinSigner(index: index, project: project, by: occasion) != nil
            }
        } catch {
            throw IndexError(error)
        }
    }
}

/// A file with all of its signatures, checked by the trust of now.
private struct CheckedFile: Sendable {
    let record: FileRecord
    let signatures: [CheckedSignature]
    /// What it will say of its project; `nil` when it is not held, or cannot be read.
    let core: CoreMetadata?
}

extension SignatureRecord {
    /// Whether it is the same signature, or one by the same signer that says the same.
    fileprivate func says(what other: CheckedSignature) -> Bool {
        guard sha256 != other.sha256 else { return true }
        return checks.last?.identity.map { [suffix, $0] == other.statement } ?? false
    }
}

extension CheckedSignature {
    /// Such as `valid: signed by workflow release.yml of acme/web`.
    var sentence: String { "\(check.verdict): \(check.finding ?? reason)" }
}
