import Crypto
import Packaging
import Posix
import Storage
import Synchronization

/// The signatures of an upload, checked, with their bytes ready to be kept.
struct SignedUpload: Sendable {
    /// What is there without any signature.
    static let unsigned = SignedUpload(signatures: [], blobs: [])

    let signatures: [CheckedSignature]
    let blobs: [StagedBlob]
}

extension PackageIndex {
    /// Every signature that came with the file is good, by somebody unknown, or of a kind that nothing here verifies; their
    /// bytes are ready to be kept.
    ///
    /// Runs on a worker; others help.
    ///
    /// - Throws: `IndexError.invalid` with the step that failed.
    func examine(
        _ signatures: ReceivedSignatures, of archive: WrittenBlob, named filename: String
    ) throws(IndexError) -> SignedUpload {
        guard !signatures.isEmpty else { return .unsigned }
        let file = SignedFile(archive.file, filename, archive.sha256)
        let checked = check(try signatures.all(), of: file)
        try Self.requireSound(checked, .withFile)
        return SignedUpload(signatures: checked, blobs: try stage(checked))
    }

    /// Checks signatures, divided among idle workers.
    func check(_ signatures: [[UInt8]], of file: SignedFile) -> [CheckedSignature] {
        let (trust, time) = (policy.trust, UploadTime(microseconds: Clock.unixMicroseconds))
        guard signatures.count > 1 else {
            return signatures.map { CheckedSignature($0, of: file, by: trust, at: time) }
        }
        let checked = Monitor<[Int: CheckedSignature]>([:])
        workers.divide(signatures.count) { number in
            let one = CheckedSignature(signatures[number], of: file, by: trust, at: time)
            checked.change { $0[number] = one }
        }
        return checked.change { all in signatures.indices.compactMap { all[$0] } }
    }

    /// No signature is invalid, and no two say the same.
    static func requireSound(_ signatures: [CheckedSignature], _ arrival: SignatureArrival) throws(IndexError) {
        for signature in signatures {
            if let clause = signature.refusal { throw arrival.refusal(clause) }
        }
        let statements = signatures.compactMap(\.statement)
        guard Set(statements).count == statements.count else {
            throw arrival.refusal("two signatures by one signer say the same; send one of them")
        }
    }

    /// Makes the bytes of signatures ready to be kept.
    func stage(_ signatures: [CheckedSignature]) throws(IndexError) -> [StagedBlob] {
        var blobs: [StagedBlob] = []
        do {
            for signature in signatures { blobs.append(try store.stage(signature.bytes)) }
        } catch {
            throw IndexError(error)
        }
        return blobs
    }

    /// What the policy says of a file that is to be published, when the index does not have it yet.
    static func decide(
        _ record: FileRecord, _ upload: SignedUpload, by policy: SignaturePolicy,
        in catalog: borrowing CatalogTransaction
    ) throws(StorageError) -> SignaturePolicy.Decision {
        guard try catalog.file(index: record.index, filename: record.filename) == nil else {
            return .publish(warning: nil, pin: nil)
        }
        let pinned = try catalog.pinnedSigner(index: record.index, project: record.project.normalized)
        return policy.decide(
            record.project, record.kind, uploaded: record.uploadTime, upload.signatures, pinned: pinned)
    }

    /// Adds the signatures of a file that was just published, in the same transaction.
    static func keep(
        _ upload: SignedUpload, of record: FileRecord, _ decision: SignaturePolicy.Decision, serial: Int64,
        in catalog: borrowing CatalogTransaction
    ) throws(StorageError) {
        for blob in upload.blobs { catalog.keep(blob) }
        let records = upload.signatures.map { $0.record(filename: record.filename, by: record.uploader) }
        try catalog.add(records, to: record, serial: serial)
        switch decision {
        case .publish(_, let pin?): try catalog.pin(pin, to: record, serial: serial)
        case .publish, .hold, .refuse: break
        }
    }
}

extension PackageIndex {
    /// The same file was there already: what is new of its signatures is added.
    func addMissing(
        _ upload: SignedUpload, to record: FileRecord, _ outcome: PublishOutcome, by principal: Principal,
        at occasion: Occasion
    ) async throws(IndexError) {
        guard outcome == .identicalExists, !upload.signatures.isEmpty else { return }
        let intent = Intent(.upload, file: record)
        _ = try await workers.run { [self] in
            Result { () throws(IndexError) in
                guard let file = try file(record.filename, index: record.index) else {
                    throw Self.noFile(record.filename)
                }
                return try attach(upload.signatures.map(\.bytes), to: file, at: occasion, .withFile) {
                    catalog throws(StorageError) in
                    try Self.refusal(of: intent, by: principal, at: occasion.time, in: catalog)
                }
            }
        }.get()
    }
}

extension SignaturePolicy.Decision {
    /// What the uploader should know although the file is stored.
    var warnings: [String] {
        switch self {
        case .publish(let warning?, _): [warning]
        case .hold(let sentence): [sentence]
        case .publish, .refuse: []
        }
    }
}

extension SignedFile {
    /// An archive of the data folder, or one on its way there.
    init(_ file: File, _ filename: String, _ sha256: Digest) {
        self.init(name: filename, sha256: sha256) { take in
            var offset: Int64 = 0
            while let piece = try? file.read(at: offset, count: 1 << 18) {
                guard !piece.isEmpty else { return true }
                take(piece.span)
                offset += Int64(piece.count)
            }
            return false
        }
    }
}
