/// Requires that a log entry is about one signature: its digest, its bytes, its key.
struct EntryBinding {
    /// What was signed.
    enum Signed {
        /// A payload, in the form that DSSE signs.
        case envelope(payload: [UInt8], message: [UInt8])
        /// A file of which the hash is known.
        case message(hash: HashFunction, value: [UInt8])
    }

    let signature: [UInt8]
    let signed: Signed
    /// `nil` when a plain key signed.
    let certificate: X509Certificate?
    let key: PublicKey
    let isAttestation: Bool

    /// Requires it of an entry.
    ///
    /// - Throws: `.broken` when anything differs, or the entry is of a kind that does not go with what was signed.
    func require(of entry: LogEntry) throws(SignatureFailure) {
        let spec = try Self.spec(of: entry)
        switch (entry.kind, entry.version, signed) {
        case ("dsse", "0.0.1", .envelope(let payload, _)): try requireDSSE(spec, payload)
        case ("intoto", "0.0.2", .envelope(let payload, _)) where !isAttestation: try requireInToto(spec, payload)
        case ("hashedrekord", "0.0.2", .envelope(_, let message)):
            // The certificate's key decides the hash of an envelope.
            let hash = key.sigstoreSuite.1
            guard let value = hash.hash(of: message) else { throw .unsupported(hash.rawValue) }
            try requireRecord(spec, hash, value)
        case ("hashedrekord", "0.0.2", .message(let hash, let value)): try requireRecord(spec, hash, value)
        case ("hashedrekord", "0.0.1", .message(let hash, let value)): try requireOldRecord(spec, hash, value)
        default: throw .broken("an entry \(entry.kind) \(entry.version) does not go with this signature")
        }
    }

    /// The hash function that an entry about a file states; only to be believed when ``require(of:)`` has held.
    static func hash(of entry: LogEntry) throws(SignatureFailure) -> HashFunction {
        let spec = try spec(of: entry)
        let old = spec["data"]?["hash"]?["algorithm"]?.string
        guard let hash = SigstoreDigest(spec["hashedRekordV002"]?["data"])?.hash ?? old.flatMap(HashFunction.init),
            [.sha256, .sha384, .sha512].contains(hash)
        else { throw .broken("the log's entry states no digest of SHA-2") }
        return hash
    }

    private static func spec(of entry: LogEntry) throws(SignatureFailure) -> StrictJSON {
        let body: StrictJSON
        do {
            body = try StrictJSON(entry.body)
        } catch {
            throw .broken("the JSON of the log's entry is refused: \(error)")
        }
        guard body["kind"]?.string == entry.kind, body["apiVersion"]?.string == entry.version, let spec = body["spec"]
        else { throw .broken("the log's entry is of another kind than its kindVersion") }
        return spec
    }

    // MARK: Kinds of entries

    private func requireDSSE(_ spec: StrictJSON, _ payload: [UInt8]) throws(SignatureFailure) {
        try requireHash(spec["payloadHash"], .sha256, sha256(payload))
        guard let signatures = spec["signatures"]?.array, signatures.count == 1 else {
            throw .broken("the log's entry has not exactly one signature")
        }
        try requireSignature(signatures[0]["signature"]?.base64)
        try requireSigner(signatures[0]["verifier"]?.base64)
    }

    private func requireInToto(_ spec: StrictJSON, _ payload: [UInt8]) throws(SignatureFailure) {
        try requireHash(spec["content"]?["payloadHash"], .sha256, sha256(payload))
        guard let signatures = spec["content"]?["envelope"]?["signatures"]?.array, signatures.count == 1 else {
            throw .broken("the log's entry has not exactly one signature")
        }
        // This kind encodes the signature twice.
        try requireSignature(signatures[0]["sig"]?.base64.flatMap { Base64.decode($0) })
        try requireSigner(signatures[0]["publicKey"]?.base64)
    }

    private func requireOldRecord(
        _ spec: StrictJSON, _ hash: HashFunction, _ value: [UInt8]
    ) throws(SignatureFailure) {
        try requireHash(spec["data"]?["hash"], hash, value)
        try requireSignature(spec["signature"]?["content"]?.base64)
        try requireSigner(spec["signature"]?["publicKey"]?["content"]?.base64)
    }

    private func requireRecord(_ spec: StrictJSON, _ hash: HashFunction, _ value: [UInt8]) throws(SignatureFailure) {
        let record = spec["hashedRekordV002"]
        guard let digest = SigstoreDigest(record?["data"]), digest.hash == hash, digest.value == value else {
            throw .broken("the log's entry is about another digest")
        }
        try requireSignature(record?["signature"]?["content"]?.base64)
        let signer = record?["signature"]?["verifier"]
        guard let details = signer?["keyDetails"]?.string, SigstoreKeyDetails.fits(key, details) else {
            throw .broken("the log's entry is about a key of another sort")
        }
        if let certificate {
            guard signer?["x509Certificate"]?["rawBytes"]?.base64 == certificate.der else {
                throw .broken("the log's entry is about another certificate")
            }
        } else {
            guard signer?["publicKey"]?["rawBytes"]?.base64 == key.spki else {
                throw .broken("the log's entry is about another key")
            }
        }
    }

    // MARK: Members

    private func requireHash(
        _ json: StrictJSON?, _ hash: HashFunction, _ value: [UInt8]
    ) throws(SignatureFailure) {
        guard json?["algorithm"]?.string == hash.rawValue, json?["value"]?.string == hexText(value) else {
            throw .broken("the log's entry is about another digest")
        }
    }

    private func requireSignature(_ bytes: [UInt8]?) throws(SignatureFailure) {
        guard bytes == signature else { throw .broken("the log's entry is about another signature") }
    }

    /// The certificate or key of an entry, in PEM.
    private func requireSigner(_ pem: [UInt8]?) throws(SignatureFailure) {
        guard let pem, let blocks = PEMBlock.all(in: pem), blocks.count == 1 else {
            throw .broken("the log's entry has a certificate or key that cannot be read")
        }
        let expected =
            certificate.map { PEMBlock(label: "CERTIFICATE", bytes: $0.der) }
            ?? PEMBlock(label: "PUBLIC KEY", bytes: key.spki)
        guard blocks[0] == expected else { throw .broken("the log's entry is about another certificate or key") }
    }
}
