/// The promises of certificate transparency logs inside a certificate (SCTs, RFC 6962 §3.2 and §3.3).
struct CertificateTimestamps {
    /// The extension that holds them.
    static let oid = "1.3.6.1.4.1.11129.2.4.2"

    /// One promise, whose signature is by the log's key.
    struct Promise {
        let logID: [UInt8]
        /// Milliseconds since 1970.
        let time: UInt64
        let extensions: [UInt8]
        let signature: [UInt8]
    }

    /// The promises that are well-formed and of version 1; those of later versions are passed over.
    let promises: [Promise]

    /// Reads the value of the extension.
    ///
    /// - Returns: `nil` when the lengths inside do not add up.
    init?(_ value: [UInt8]) {
        guard let list = DERReader.only(value, tag: 0x04) else { return nil }
        var outer = LengthReader(list)
        guard let content = outer.block(), outer.isAtEnd else { return nil }
        var reader = LengthReader(content)
        var promises: [Promise] = []
        while !reader.isAtEnd {
            guard let serialized = reader.block() else { return nil }
            guard serialized.first == 0 else { continue }
            guard let promise = Promise(serialized) else { return nil }
            promises.append(promise)
        }
        self.promises = promises
    }
}

extension CertificateTimestamps.Promise {
    fileprivate init?(_ serialized: [UInt8]) {
        var reader = LengthReader(serialized)
        guard reader.integer(bytes: 1) == 0, let logID = reader.take(32), let time = reader.integer(bytes: 8),
            let extensions = reader.block(), reader.integer(bytes: 1) == 4, let algorithm = reader.integer(bytes: 1),
            algorithm == 1 || algorithm == 3, let signature = reader.block(), reader.isAtEnd
        else { return nil }
        self.logID = logID
        self.time = time
        self.extensions = extensions
        self.signature = signature
    }

    /// What the log signs: the certificate without promises, under its issuer's key (RFC 6962 §3.2).
    func message(issuer: X509Certificate.Issuer, tbs: [UInt8]) -> [UInt8] {
        var message: [UInt8] = [0, 0]
        message += bigEndian(time, bytes: 8)
        message += [0, 1]
        message += sha256(issuer.spki)
        message += bigEndian(UInt64(tbs.count), bytes: 3) + tbs
        message += bigEndian(UInt64(extensions.count), bytes: 2) + extensions
        return message
    }

    private func bigEndian(_ value: UInt64, bytes: Int) -> [UInt8] {
        (0..<bytes).reversed().map { UInt8(truncatingIfNeeded: value >> UInt64($0 * 8)) }
    }
}

extension CertificateTimestamps {
    /// Requires that a log of the root, in its time, has promised to list the certificate.
    static func verify(
        _ certificate: X509Certificate, issuedBy issuer: X509Certificate.Issuer, under root: TrustedRoot
    ) throws(SignatureFailure) -> String {
        guard let value = certificate.extension(oid) else { throw .broken("the certificate has no SCT") }
        guard let timestamps = CertificateTimestamps(value) else {
            throw .broken("the certificate's SCTs are malformed")
        }
        guard let tbs = certificate.tbsWithoutSCTs else { throw .broken("the certificate cannot be encoded again") }
        for promise in timestamps.promises {
            guard let log = root.certificateLogs.first(where: { $0.id == promise.logID }),
                let milliseconds = Int64(exactly: promise.time),
                log.validity.contains(seconds: milliseconds / 1_000),
                log.verifies(promise.signature, over: promise.message(issuer: issuer, tbs: tbs))
            else { continue }
            return log.origin
        }
        throw .broken("no certificate transparency log of the trusted root has promised to list the certificate")
    }
}

/// Reads TLS's presentation language (RFC 8446 §3): big-endian integers, and blocks with two bytes of length.
private struct LengthReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) {
        rest = bytes[...]
    }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func take(_ count: Int) -> [UInt8]? {
        guard rest.count >= count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }

    mutating func integer(bytes: Int) -> UInt64? {
        take(bytes)?.reduce(0) { $0 << 8 | UInt64($1) }
    }

    mutating func block() -> [UInt8]? {
        guard let length = integer(bytes: 2) else { return nil }
        return take(Int(length))
    }
}
