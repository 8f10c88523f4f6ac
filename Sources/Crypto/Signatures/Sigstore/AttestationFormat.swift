/// An attestation of PEP 740: `{"version": 1, "verification_material": …, "envelope": …}`.
enum AttestationFormat: SignatureFormat {
    static let name = SignatureFormatName.attestation

    static func recognizes(_ signature: [UInt8]) -> Bool {
        // By either key, so that half an attestation is reported as a broken one. Bundles, which have the second too,
        // are asked first.
        startsObject(signature)
            && (contains(signature, "\"verification_material\"") || contains(signature, "\"envelope\""))
    }

    static func verify(
        _ signature: [UInt8], of file: SignedFile, by verifier: SignatureVerifier, _ log: inout VerificationLog
    ) throws(SignatureFailure) -> ValidSignature {
        log.begin(.format)
        let material = try material(json(of: signature))
        log.pass("an attestation of version 1")
        return try SigstoreVerification(material: material, file: file, verifier: verifier, profile: .attestation)
            .run(&log)
    }

    /// Reads an attestation. Members that PEP 740 does not name are allowed and mean nothing.
    static func material(_ json: StrictJSON) throws(SignatureFailure) -> SigstoreMaterial {
        guard json["version"] == .integer(1) else { throw .broken("the attestation's version is not 1") }
        guard let material = json["verification_material"], let certificate = material["certificate"]?.base64 else {
            throw .broken("the attestation has no certificate in base64")
        }
        guard let entries = material["transparency_entries"]?.array, entries.count == 1 else {
            throw .broken("the attestation has not exactly one log entry")
        }
        guard let envelope = json["envelope"], let statement = envelope["statement"]?.base64,
            let signature = envelope["signature"]?.base64
        else { throw .broken("the attestation has no statement or no signature in base64") }
        return try SigstoreMaterial(
            key: .certificate(certificate), entries: .array(entries),
            timestamps: material["timestamp_verification_data"],
            content: .envelope(type: Statement.payloadType, payload: statement), signature: signature)
    }
}

/// The JSON of a signature.
func json(of signature: [UInt8]) throws(SignatureFailure) -> StrictJSON {
    do {
        return try StrictJSON(signature)
    } catch {
        throw .broken("the JSON is refused: \(error)")
    }
}

/// Whether the first character of a text that is no space opens an object.
func startsObject(_ text: [UInt8]) -> Bool {
    text.first { $0 != 0x20 && $0 != 0x0A && $0 != 0x0D && $0 != 0x09 } == UInt8(ascii: "{")
}

/// Whether a text has another one, which is not empty, in it.
///
/// By hand: `firstRange(of:)` takes as long for an attestation as all of its verification.
func contains(_ text: [UInt8], _ word: String) -> Bool {
    let word = Array(word.utf8)
    guard let first = word.first, text.count >= word.count else { return false }
    return (0...(text.count - word.count)).contains { start in
        text[start] == first && text[start..<(start + word.count)].elementsEqual(word)
    }
}
