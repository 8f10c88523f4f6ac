/// An entry of a transparency log as signatures carry it (`TransparencyLogEntry` of the Sigstore protocol buffers).
struct LogEntry {
    /// Where the entry stands in its tree, and how its root follows.
    struct Proof {
        let index: Int64
        let size: Int64
        let root: [UInt8]
        let hashes: [[UInt8]]
        /// The note that the log signed.
        let checkpoint: [UInt8]
    }

    /// The entry's number in the whole log, which with Rekor v1 may have several trees.
    let index: Int64
    let logID: [UInt8]
    let kind: String
    let version: String
    /// When the log took the entry, in seconds since 1970; worth nothing without a promise.
    let integratedTime: Int64
    /// The log's signature over entry and time (SET); `nil` when there is none.
    let promise: [UInt8]?
    let proof: Proof
    /// The entry itself.
    let body: [UInt8]

    /// Reads an entry. Protocol buffers leave zeros out.
    ///
    /// - Throws: `.broken` for the first member that is missing or malformed.
    init(_ json: StrictJSON) throws(SignatureFailure) {
        index = try Self.integer(json, "logIndex")
        logID = try Self.bytes(json["logId"], "keyId")
        guard let kind = json["kindVersion"]?["kind"]?.string, let version = json["kindVersion"]?["version"]?.string
        else { throw .broken("a log entry has no kindVersion") }
        (self.kind, self.version) = (kind, version)
        integratedTime = try Self.integer(json, "integratedTime")
        if let promise = json["inclusionPromise"], promise != .null {
            self.promise = try Self.bytes(promise, "signedEntryTimestamp")
        } else {
            promise = nil
        }
        guard let proof = json["inclusionProof"] else { throw .broken("a log entry has no inclusionProof") }
        self.proof = try Proof(proof)
        body = try Self.bytes(json, "canonicalizedBody")
    }

    fileprivate static func integer(_ json: StrictJSON, _ key: String) throws(SignatureFailure) -> Int64 {
        guard let value = json[key] else { return 0 }
        guard let integer = value.protobufInteger else { throw .broken("\(key) of a log entry is no integer") }
        return integer
    }

    fileprivate static func bytes(_ json: StrictJSON?, _ key: String) throws(SignatureFailure) -> [UInt8] {
        guard let bytes = json?[key]?.base64 else { throw .broken("\(key) of a log entry is missing or no base64") }
        return bytes
    }
}

extension LogEntry.Proof {
    fileprivate init(_ json: StrictJSON) throws(SignatureFailure) {
        index = try LogEntry.integer(json, "logIndex")
        guard json["treeSize"] != nil else { throw .broken("treeSize of a log entry is missing") }
        size = try LogEntry.integer(json, "treeSize")
        root = try LogEntry.bytes(json, "rootHash")
        var hashes: [[UInt8]] = []
        for element in json["hashes"]?.array ?? [] {
            guard let hash = element.base64, hash.count == 32 else {
                throw .broken("a hash of an inclusion proof has not 32 bytes")
            }
            hashes.append(hash)
        }
        self.hashes = hashes
        guard let note = json["checkpoint"]?["envelope"]?.string else { throw .broken("a log entry has no checkpoint") }
        checkpoint = Array(note.utf8)
    }
}

extension LogEntry {
    /// Finds the log and verifies that it holds the entry (SIGNATURES: unknown logs are never tried with other keys).
    ///
    /// - Returns: the time that the log vouches for; `nil` when it vouches for none.
    func verify(under root: TrustedRoot, _ log: inout VerificationLog) throws(SignatureFailure) -> Int64? {
        log.begin(.log)
        guard let source = root.logs.first(where: { $0.id == logID }) else {
            throw .broken("the log of the entry is not in the trusted root")
        }
        log.pass("the log is \(source.origin)")
        log.begin(.inclusionProof)
        let computed = MerkleTree.root(
            leaf: MerkleTree.leafHash(of: body), index: proof.index, size: proof.size, proof: proof.hashes)
        guard let computed, computed == proof.root else {
            throw .broken("the inclusion proof does not lead from the entry to the root")
        }
        log.pass("entry \(proof.index) of \(proof.size)")
        log.begin(.checkpoint)
        try verifyCheckpoint(of: source)
        log.pass("the log signed that size and root")
        guard let time = try verifyPromise(of: source, &log) else { return nil }
        return time
    }

    private func verifyCheckpoint(of source: TrustedRoot.Log) throws(SignatureFailure) {
        guard let note = SignedNote(proof.checkpoint), let checkpoint = Checkpoint(note.text) else {
            throw .broken("the checkpoint is malformed")
        }
        guard checkpoint.size == proof.size, checkpoint.root == proof.root else {
            throw .broken("the checkpoint is about another size or root than the proof")
        }
        guard originFits(checkpoint.origin, source) else { throw .broken("the checkpoint is that of another log") }
        guard !source.isTiled || index == proof.index else {
            throw .broken("the entry's index is not the one that is proven")
        }
        // Witnesses, and other keys of the log, sign the same note; one line by the known key is what counts.
        let text = Array(note.text.utf8)
        let isSigned = note.signatures.contains { line in
            line.hint.elementsEqual(logID.prefix(4)) && (!source.isTiled || line.name == source.origin)
                && source.verifies(line.bytes, over: text)
        }
        guard isSigned else { throw .broken("the log has not signed the checkpoint") }
    }

    /// Rekor v1 appends the number of the tree: `host - 1193050959916656506`.
    private func originFits(_ origin: String, _ source: TrustedRoot.Log) -> Bool {
        guard !source.isTiled else { return origin == source.origin }
        let end = origin.utf8.firstRange(of: " - ".utf8)?.lowerBound ?? origin.endIndex
        return String(origin[..<end]) == source.origin
    }

    private func verifyPromise(
        of source: TrustedRoot.Log, _ log: inout VerificationLog
    ) throws(SignatureFailure) -> Int64? {
        guard let promise else { return nil }
        log.begin(.entryPromise)
        guard !source.isTiled, Self.kindsWithPromise.contains("\(kind) \(version)") else {
            throw .broken("the log makes no promises for entries of this kind")
        }
        // The canonical form that the log signs: this order, no spaces, the global index.
        let message = """
            {"body":"\(Base64.encode(body))","integratedTime":\(integratedTime),\
            "logID":"\(hexText(logID))","logIndex":\(index)}
            """
        guard source.verifies(promise, over: Array(message.utf8)) else {
            throw .broken("the log has not signed the entry's time")
        }
        guard source.validity.contains(seconds: integratedTime) else {
            throw .broken("the log's key did not count at the entry's time")
        }
        log.pass("the log took the entry at \(timeText(integratedTime))")
        return integratedTime
    }

    private static let kindsWithPromise = ["dsse 0.0.1", "hashedrekord 0.0.1", "intoto 0.0.2"]
}
