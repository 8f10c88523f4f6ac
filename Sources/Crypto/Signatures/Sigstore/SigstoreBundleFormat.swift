/// A bundle of Sigstore, versions 0.1 to 0.3: over a file, or over a statement about it.
enum SigstoreBundleFormat: SignatureFormat {
    static let name = SignatureFormatName.sigstoreBundle

    private static let mediaTypes = [
        "application/vnd.dev.sigstore.bundle.v0.3+json", "application/vnd.dev.sigstore.bundle+json;version=0.1",
        "application/vnd.dev.sigstore.bundle+json;version=0.2", "application/vnd.dev.sigstore.bundle+json;version=0.3",
    ]

    static func recognizes(_ signature: [UInt8]) -> Bool {
        startsObject(signature)
            && (contains(signature, "\"verificationMaterial\"") || contains(signature, "vnd.dev.sigstore.bundle"))
    }

    static func verify(
        _ signature: [UInt8], of file: SignedFile, by verifier: SignatureVerifier, _ log: inout VerificationLog
    ) throws(SignatureFailure) -> ValidSignature {
        log.begin(.format)
        let material = try material(json(of: signature))
        log.pass("a bundle of Sigstore")
        return try SigstoreVerification(material: material, file: file, verifier: verifier, profile: .bundle).run(&log)
    }

    /// Reads a bundle.
    static func material(_ json: StrictJSON) throws(SignatureFailure) -> SigstoreMaterial {
        guard let type = json["mediaType"]?.string, mediaTypes.contains(type) else {
            throw .broken("the bundle's mediaType is none of versions 0.1 to 0.3")
        }
        guard let material = json["verificationMaterial"] else {
            throw .broken("the bundle has no verificationMaterial")
        }
        let (content, signature) = try content(json)
        return try SigstoreMaterial(
            key: key(material), entries: material["tlogEntries"], timestamps: material["timestampVerificationData"],
            content: content, signature: signature)
    }

    private static func key(_ material: StrictJSON) throws(SignatureFailure) -> SigstoreMaterial.Key {
        let members = ["certificate", "x509CertificateChain", "publicKey"].filter { material[$0] != nil }
        guard members.count == 1 else {
            throw .broken("the bundle has not exactly one of certificate, x509CertificateChain and publicKey")
        }
        switch members[0] {
        case "publicKey": return .known(hint: material["publicKey"]?["hint"]?.string ?? "")
        case "certificate":
            guard let der = material["certificate"]?["rawBytes"]?.base64 else {
                throw .broken("the bundle's certificate is no base64")
            }
            return .certificate(der)
        default: return .certificate(try leaf(of: material["x509CertificateChain"]))
        }
    }

    /// The first certificate of a chain. Roots do not belong into bundles, and intermediate ones come from the trusted
    /// root.
    private static func leaf(of chain: StrictJSON?) throws(SignatureFailure) -> [UInt8] {
        guard let list = chain?["certificates"]?.array, !list.isEmpty, list.count <= SigstoreMaterial.listLimit else {
            throw .broken("the bundle's chain is empty, too long or no array")
        }
        var leaf: [UInt8]?
        for element in list {
            guard let der = element["rawBytes"]?.base64, let certificate = X509Certificate(der: der) else {
                throw .broken("a certificate of the bundle's chain cannot be read")
            }
            guard !certificate.isSelfIssued || !certificate.isAuthority else {
                throw .broken("the bundle brings its own root")
            }
            leaf = leaf ?? der
        }
        return leaf ?? []
    }

    private static func content(
        _ json: StrictJSON
    ) throws(SignatureFailure) -> (SigstoreMaterial.Content, signature: [UInt8]) {
        switch (json["messageSignature"], json["dsseEnvelope"]) {
        case (let message?, nil):
            guard let signature = message["signature"]?.base64 else {
                throw .broken("the bundle has no signature in base64")
            }
            guard let stated = message["messageDigest"] else { return (.message(nil), signature) }
            guard let digest = SigstoreDigest(stated) else {
                throw .broken("the bundle's messageDigest is malformed or not of SHA-2")
            }
            return (.message(digest), signature)
        case (nil, let envelope?):
            guard let payload = envelope["payload"]?.base64, let type = envelope["payloadType"]?.string else {
                throw .broken("the bundle's envelope has no payload in base64 or no payloadType")
            }
            guard let signatures = envelope["signatures"]?.array, signatures.count == 1,
                let signature = signatures[0]["sig"]?.base64
            else { throw .broken("the bundle's envelope has not exactly one signature in base64") }
            return (.envelope(type: type, payload: payload), signature)
        default: throw .broken("the bundle has not exactly one of messageSignature and dsseEnvelope")
        }
    }
}
