internal import Packaging

extension TrustedRoot {
    private static let mediaTypes = [
        "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
        "application/vnd.dev.sigstore.trustedroot.v0.2+json",
    ]

    /// The longest file.
    static let lengthLimitBytes = 1 << 20

    /// Reads `trusted_root.json`.
    ///
    /// - Throws: `TrustMaterial.Refusal` when anything in it is not as it should be: half a root is no root.
    public init(_ file: [UInt8]) throws(TrustMaterial.Refusal) {
        guard file.count <= Self.lengthLimitBytes else { throw Self.refusal("it is longer than 1 MiB") }
        let json: StrictJSON
        do {
            json = try StrictJSON(file)
        } catch {
            throw Self.refusal("its JSON is refused: \(error)")
        }
        guard let type = json["mediaType"]?.string, Self.mediaTypes.contains(type) else {
            throw Self.refusal("its mediaType is not that of a trusted root of Sigstore")
        }
        logs = try Self.list(json, "tlogs") { json throws(TrustMaterial.Refusal) in try Log(json) }
        certificateLogs = try Self.list(json, "ctlogs") { json throws(TrustMaterial.Refusal) in
            try Log(json, isCertificateLog: true)
        }
        certificateAuthorities = try Self.list(json, "certificateAuthorities") {
            json throws(TrustMaterial.Refusal) in try Authority(json)
        }
        timestampAuthorities = try Self.list(json, "timestampAuthorities") {
            json throws(TrustMaterial.Refusal) in try Authority(json)
        }
        for logs in [logs, certificateLogs] {
            guard Set(logs.map(\.id)).count == logs.count else { throw Self.refusal("a log of it is named twice") }
        }
    }

    fileprivate static func refusal(_ reason: String) -> TrustMaterial.Refusal {
        TrustMaterial.Refusal(reason: reason)
    }

    private static func list<Element>(
        _ json: StrictJSON, _ key: String, _ read: (StrictJSON) throws(TrustMaterial.Refusal) -> Element
    ) throws(TrustMaterial.Refusal) -> [Element] {
        guard let value = json[key] else { return [] }
        guard let array = value.array else { throw refusal("\(key) is no array") }
        var elements: [Element] = []
        for element in array { elements.append(try read(element)) }
        return elements
    }
}

extension TrustedRoot.Log {
    fileprivate init(_ json: StrictJSON, isCertificateLog: Bool = false) throws(TrustMaterial.Refusal) {
        guard json["hashAlgorithm"]?.string == "SHA2_256" else {
            throw TrustedRoot.refusal("a log has another hashAlgorithm than SHA2_256")
        }
        guard let publicKey = json["publicKey"], let raw = publicKey["rawBytes"]?.base64,
            let details = publicKey["keyDetails"]?.string
        else { throw TrustedRoot.refusal("a log has no publicKey with rawBytes and keyDetails") }
        key = try Self.key(raw, details)
        validity = try TrustedRoot.Validity(publicKey["validFor"])
        guard let id = json["logId"]?["keyId"]?.base64, let url = json["baseUrl"]?.string,
            let origin = Self.origin(of: url)
        else { throw TrustedRoot.refusal("a log has no logId.keyId or no baseUrl") }
        self.id = id
        self.origin = origin
        let isTiled = key.kind == .ed25519 && !isCertificateLog
        let expected = isTiled ? sha256(Array("\(origin)\n".utf8) + [1] + key.spki.suffix(32)) : sha256(key.spki)
        guard id == expected else { throw TrustedRoot.refusal("the logId of \(origin) does not follow from its key") }
    }

    /// Host and path, without a slash at the end.
    private static func origin(of url: String) -> String? {
        guard let scheme = url.utf8.firstRange(of: Array("://".utf8)) else { return nil }
        var origin = url.utf8[scheme.upperBound...]
        if origin.last == UInt8(ascii: "/") { origin = origin.dropLast() }
        return origin.isEmpty ? nil : String(Substring(origin))
    }

    private static func key(_ raw: [UInt8], _ details: String) throws(TrustMaterial.Refusal) -> PublicKey {
        do {
            if details == "PKCS1_RSA_PKCS1V5" { return try PublicKey(pkcs1: raw) }
            let key = try PublicKey(spki: raw)
            guard SigstoreKeyDetails.fits(key, details) else {
                throw TrustedRoot.refusal("a log's key is not the \(details) that keyDetails says")
            }
            return key
        } catch let refusal as TrustMaterial.Refusal {
            throw refusal
        } catch {
            throw TrustedRoot.refusal("a log's key \(error)")
        }
    }
}

/// The values of `keyDetails` in the protocol buffers of Sigstore.
enum SigstoreKeyDetails {
    /// Whether a key is of the sort that the value names.
    static func fits(_ key: PublicKey, _ details: String) -> Bool {
        switch key.kind {
        case .p256: details == "PKIX_ECDSA_P256_SHA_256"
        case .p384: details == "PKIX_ECDSA_P384_SHA_384"
        case .p521: details == "PKIX_ECDSA_P521_SHA_512"
        case .ed25519: details == "PKIX_ED25519"
        case .rsa: details == "PKIX_RSA_PKCS1V15_\(key.bits)_SHA256"
        case .ed448: false
        }
    }
}

extension TrustedRoot.Authority {
    fileprivate init(_ json: StrictJSON) throws(TrustMaterial.Refusal) {
        guard let list = json["certChain"]?["certificates"]?.array, !list.isEmpty else {
            throw TrustedRoot.refusal("an authority has no certificates")
        }
        var chain: [X509Certificate] = []
        for element in list {
            guard let der = element["rawBytes"]?.base64, let certificate = X509Certificate(der: der) else {
                throw TrustedRoot.refusal("an authority has a certificate that cannot be read")
            }
            chain.append(certificate)
        }
        self.chain = chain
        anchors = TrustAnchors(chain.filter(\.isSelfIssued), over: chain.filter { !$0.isSelfIssued })
        validity = try TrustedRoot.Validity(json["validFor"])
    }
}

extension TrustedRoot.Validity {
    fileprivate init(_ json: StrictJSON?) throws(TrustMaterial.Refusal) {
        guard let start = json?["start"]?.string.flatMap(Self.microseconds) else {
            throw TrustedRoot.refusal("a validFor has no start, or one that is no time")
        }
        self.start = start
        guard let end = json?["end"] else {
            self.end = nil
            return
        }
        guard let time = end.string.flatMap(Self.microseconds) else {
            throw TrustedRoot.refusal("a validFor has an end that is no time")
        }
        self.end = time
    }

    /// RFC 3339 with `Z`. Protocol buffers write nanoseconds; what is finer than a microsecond is cut off.
    private static func microseconds(_ text: String) -> Int64? {
        var text = text
        if text.utf8.count == 30, text.hasSuffix("Z"), text.dropFirst(19).hasPrefix(".") {
            guard text.utf8.dropLast().suffix(3).allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
            text = text.dropLast(4) + "Z"
        }
        return try? UploadTime(text).microseconds
    }
}

extension StrictJSON {
    /// The bytes that a string stands for in base64; `nil` for another value.
    var base64: [UInt8]? {
        string.flatMap { Base64.decode($0) }
    }

    /// An integer of protobuf JSON: a number, or a string of `0|[1-9][0-9]*`. `nil` for another value and for negative
    /// ones.
    var protobufInteger: Int64? {
        switch self {
        case .integer(let value): return value >= 0 ? value : nil
        case .string(let text):
            let digits = text.utf8
            guard digits.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }),
                digits.first != UInt8(ascii: "0") || digits.count == 1
            else { return nil }
            return Int64(text)
        default: return nil
        }
    }
}
