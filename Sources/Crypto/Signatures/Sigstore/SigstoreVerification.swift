internal import Packaging

/// Verifies the material of one signature, step by step; every step must hold.
struct SigstoreVerification {
    /// What is asked beyond what every bundle must hold.
    enum Profile {
        /// PEP 740, version 1: a certificate of P-256, one log entry, a statement about one distribution archive.
        case attestation
        /// Any bundle.
        case bundle
    }

    let material: SigstoreMaterial
    let file: SignedFile
    let verifier: SignatureVerifier
    let profile: Profile

    /// Whose key verifies the signature.
    private enum Signer {
        case certificate(RecentSigners.Signer)
        case key(PublicKey)

        var key: PublicKey {
            switch self {
            case .certificate(let signer): signer.key
            case .key(let key): key
            }
        }

        var certificate: X509Certificate? {
            if case .certificate(let signer) = self { signer.certificate } else { nil }
        }
    }

    /// Takes all steps.
    func run(_ log: inout VerificationLog) throws(SignatureFailure) -> ValidSignature {
        try requireStatedDigest(&log)
        log.begin(.key)
        let signer = try signer()
        log.pass("the key is of \(signer.key.kind.rawValue)")
        let root = try root(&log)
        let times = try verifiedTimes(under: root, &log)
        if case .certificate(let signer) = signer {
            try verifyCertificate(signer.certificate, at: times, under: root, &log)
            verifier.trust.recentSigners.remember(signer)
        }
        let identity = try identity(of: signer, &log)
        log.begin(.signature)
        let signed = try verifySignature(with: signer.key)
        log.pass("the key made the signature")
        log.begin(.logEntry)
        let binding = EntryBinding(
            signature: material.signature, signed: signed, certificate: signer.certificate, key: signer.key,
            isAttestation: profile == .attestation)
        for entry in material.entries { try binding.require(of: entry) }
        if !material.entries.isEmpty { log.pass("the log's entry is about this signature") }
        let statement = try verifyContent(&log)
        let time = times.min().map { SigningTime.verified($0) } ?? .unknown
        switch signed {
        case .envelope:
            var valid = ValidSignature(signer: identity, hash: .sha256, digest: file.sha256.bytes, time: time)
            valid.predicateType = statement?.predicateType
            return valid
        case .message(let hash, let value):
            return ValidSignature(signer: identity, hash: hash, digest: value, time: time)
        }
    }

    // MARK: Key and root

    private func signer() throws(SignatureFailure) -> Signer {
        switch material.key {
        case .certificate(let der):
            let signer = try verifier.trust.recentSigners.signer(der)
            guard profile != .attestation || signer.key.kind == .p256 else {
                throw .broken("the key is of \(signer.key.kind.rawValue); version 1 of attestations has P-256")
            }
            return .certificate(signer)
        case .known(let hint):
            guard !verifier.trust.keys.isEmpty else {
                throw .invalid(.unknownSigner, "the signature is by a plain key, and no plain key is trusted")
            }
            return .key(try knownKey(hint: hint))
        }
    }

    /// The trusted key that made the signature. The hint is whatever the signer wrote: it decides only which key is
    /// tried first, and which one a bad signature is blamed on.
    private func knownKey(hint: String) throws(SignatureFailure) -> PublicKey {
        let keys = verifier.trust.keys
        let named = keys.filter { Base64.encode(sha256($0.spki)) == hint }
        for key in named + keys where try signed(with: key) != nil { return key }
        guard let first = named.first else {
            throw .invalid(.unknownSigner, "none of the trusted plain keys made the signature")
        }
        return first
    }

    /// The trusted root that the entries belong to. Roots are never mixed: one's log does not vouch for another's
    /// certificates.
    private func root(_ log: inout VerificationLog) throws(SignatureFailure) -> TrustedRoot? {
        let roots = verifier.trust.roots
        guard let entry = material.entries.first else {
            if case .known = material.key { return roots.count == 1 ? roots[0] : nil }
            // An authority without a log: its certificates are trusted by themselves.
            guard verifier.trust.certificates.isEmpty else { return nil }
            log.begin(.log)
            throw .broken("there is no log entry")
        }
        log.begin(.log)
        guard let root = roots.first(where: { $0.logs.contains { $0.id == entry.logID } }) else {
            throw .invalid(.unknownSigner, "the log of the entry is in no trusted root")
        }
        return root
    }

    // MARK: Time

    /// Steps of entries, timestamps and time.
    ///
    /// - Returns: the times that logs and timestamp authorities vouch for; only with a plain key there may be none.
    private func verifiedTimes(
        under root: TrustedRoot?, _ log: inout VerificationLog
    ) throws(SignatureFailure) -> [Int64] {
        guard let root else { return [] }
        var times: [Int64] = []
        for entry in material.entries {
            if let time = try entry.verify(under: root, &log) { times.append(time) }
        }
        if !material.timestamps.isEmpty {
            log.begin(.timestamps)
            let stamped = material.timestamps.compactMap { root.verifiedTime(of: $0, over: material.signature) }
            log.pass("\(stamped.count) of \(material.timestamps.count) timestamps are by trusted authorities")
            times += stamped
        }
        if case .known = material.key, times.isEmpty { return [] }
        log.begin(.time)
        guard let first = times.min() else { throw .broken("nobody who is trusted vouches for the time") }
        for entry in material.entries {
            let key = root.logs.first { $0.id == entry.logID }
            guard let key, times.allSatisfy({ key.validity.contains(seconds: $0) }) else {
                throw .broken("the log's key did not count at the time of the signature")
            }
        }
        log.pass("signed at \(timeText(first))")
        return times
    }

    // MARK: Certificate

    private func verifyCertificate(
        _ certificate: X509Certificate, at times: [Int64], under root: TrustedRoot?, _ log: inout VerificationLog
    ) throws(SignatureFailure) {
        log.begin(.chain)
        guard let root else {
            try verifyWithoutLog(certificate)
            log.pass("the certificate is by a trusted authority, and valid now")
            return try requireProfile(certificate, &log)
        }
        var issuer: X509Certificate.Issuer?
        for time in times {
            guard certificate.notBefore <= time, time <= certificate.notAfter else {
                throw .broken("the certificate is not valid at \(timeText(time)), the time of the signature")
            }
            issuer = try root.issuer(of: certificate, at: time)
        }
        guard let issuer else { throw .broken("nobody vouches for the time at which the certificate must be valid") }
        log.pass("the certificate is by a trusted authority")
        log.begin(.certificateTimestamp)
        let origin = try CertificateTimestamps.verify(certificate, issuedBy: issuer, under: root)
        log.pass("\(origin) promised to list the certificate")
        try requireProfile(certificate, &log)
    }

    /// Nobody vouches for the time of the signature, so the certificate must be valid now.
    private func verifyWithoutLog(_ certificate: X509Certificate) throws(SignatureFailure) {
        guard certificate.notBefore <= verifier.now, verifier.now <= certificate.notAfter else {
            throw .invalid(.expired, "the certificate is not valid at \(timeText(verifier.now))")
        }
        let known = verifier.trust.certificates
        do {
            _ = try certificate.verifyChain(
                to: known.filter(\.isSelfIssued), over: known.filter { !$0.isSelfIssued }, at: verifier.now)
        } catch {
            throw .invalid(.unknownSigner, "no trusted authority issued the certificate: \(error.reason)")
        }
    }

    private func requireProfile(
        _ certificate: X509Certificate, _ log: inout VerificationLog
    ) throws(SignatureFailure) {
        log.begin(.certificateProfile)
        guard certificate.allowsSignatures else { throw .broken("the certificate's key usage lacks digitalSignature") }
        guard certificate.allowsCodeSigning else { throw .broken("the certificate is not for signing code") }
        guard !certificate.isAuthority else { throw .broken("the certificate is that of an authority") }
        log.pass("the certificate is for signing code")
    }

    private func identity(of signer: Signer, _ log: inout VerificationLog) throws(SignatureFailure) -> SignerIdentity {
        log.begin(.identity)
        switch signer {
        case .certificate(let signer):
            let identity = try CertificateIdentity(signer.certificate)
            let names = identity.names.map(\.text)
            log.pass("the signer is \(names[0]), says \(identity.issuer ?? "nobody")")
            return SignerIdentity(names: names, certificate: identity)
        case .key(let key):
            log.pass("the signer has the key \(key.fingerprint)")
            return SignerIdentity(names: [key.fingerprint], keyFingerprint: key.fingerprint)
        }
    }

    // MARK: Signature and content

    /// What was signed, as the digest that log entries state.
    private func verifySignature(with key: PublicKey) throws(SignatureFailure) -> EntryBinding.Signed {
        guard let signed = try signed(with: key) else { throw .broken("the key did not make the signature") }
        return signed
    }

    /// - Returns: `nil` when the key did not make the signature.
    private func signed(with key: PublicKey) throws(SignatureFailure) -> EntryBinding.Signed? {
        switch material.content {
        case .envelope(let type, let payload):
            let message = SigstoreMaterial.preAuthenticationEncoding(type: type, payload: payload)
            let (scheme, hash) = key.sigstoreSuite
            guard key.verifies(material.signature, over: message, scheme, hash) else { return nil }
            return .envelope(payload: payload, message: message)
        case .message(let stated):
            // Old clients signed SHA-256 with P-384: the entry says which, and is bound to the signature later.
            let (scheme, usual) = key.sigstoreSuite
            let hash = try material.entries.first.map(EntryBinding.hash) ?? stated?.hash ?? usual
            let value = try file.hash(hash)
            let isGood =
                scheme == .eddsa
                ? key.verifies(material.signature, over: try file.bytes(limit: Self.messageLimitBytes), scheme, hash)
                : key.verifies(material.signature, overHash: value, scheme, hash)
            return isGood ? .message(hash: hash, value: value) : nil
        }
    }

    /// A bundle over a file may state the file's digest, which nobody signs: it tells a wrong file from a wrong signature.
    private func requireStatedDigest(_ log: inout VerificationLog) throws(SignatureFailure) {
        guard case .message(let stated?) = material.content else { return }
        log.begin(.digest)
        guard try file.hash(stated.hash) == stated.value else {
            throw .broken("the bundle is about a file of another digest")
        }
    }

    /// The longest file that Ed25519, which signs files and not their digests, is verified over.
    private static let messageLimitBytes = 64 << 20

    /// - Returns: `nil` for a signature over the file itself.
    private func verifyContent(_ log: inout VerificationLog) throws(SignatureFailure) -> Statement? {
        guard case .envelope(let type, let payload) = material.content else {
            log.begin(.digest)
            log.pass("the signature is over the file's digest")
            return nil
        }
        log.begin(.statement)
        guard type == Statement.payloadType else { throw .unsupported("an envelope of the type \(type)") }
        let statement = try Statement(payload)
        switch profile {
        case .attestation: try statement.requireAttestation(of: file)
        case .bundle: try statement.requireSubject(file)
        }
        let name = profile == .attestation && file.name == nil ? ", its name not compared" : ""
        log.pass("the statement is about this file\(name): \(statement.predicateType)")
        return statement
    }
}

extension PublicKey {
    /// How Sigstore signs with a key of this kind.
    var sigstoreSuite: (PublicKey.Scheme, HashFunction) {
        switch kind {
        case .p256: (.ecdsa, .sha256)
        case .p384: (.ecdsa, .sha384)
        case .p521: (.ecdsa, .sha512)
        case .rsa: (.rsaPKCS1, .sha256)
        case .ed25519, .ed448: (.eddsa, .sha512)
        }
    }
}

extension TrustedRoot {
    /// The time that a timestamp authority of the root vouches for, in seconds since 1970.
    ///
    /// - Returns: `nil` when none of them made the response over these bytes in its time.
    func verifiedTime(of response: [UInt8], over data: [UInt8]) -> Int64? {
        for authority in timestampAuthorities {
            guard let leaf = authority.chain.first, let last = authority.chain.last else { continue }
            let others = Array(authority.chain.dropFirst().dropLast())
            guard let time = leaf.verifiedTime(of: response, over: data, others: others, root: last),
                authority.validity.contains(seconds: time)
            else { continue }
            return time
        }
        return nil
    }

    /// The certificate above a leaf, from an authority that counts at a time.
    ///
    /// - Throws: why the last of those authorities did not issue it.
    func issuer(of leaf: X509Certificate, at time: Int64) throws(SignatureFailure) -> X509Certificate.Issuer {
        var reason = "no certificate authority of the trusted root counts at \(timeText(time))"
        for authority in certificateAuthorities where authority.validity.contains(seconds: time) {
            do {
                return try authority.anchors.issuer(of: leaf, at: time)
            } catch {
                reason = error.reason
            }
        }
        throw .broken("no authority issued the certificate: \(reason)")
    }
}
