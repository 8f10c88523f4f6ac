internal import Packaging

/// What a bundle of Sigstore and an attestation of PEP 740 have in common: a signature with all that is needed to
/// verify it offline.
struct SigstoreMaterial {
    /// Whose key it is.
    enum Key {
        /// That of a certificate, in DER.
        case certificate([UInt8])
        /// One that is known already; the hint is not trusted.
        case known(hint: String)
    }

    /// What is signed.
    enum Content {
        /// A payload of some type, in a DSSE envelope.
        case envelope(type: String, payload: [UInt8])
        /// The file itself, and what the bundle says its digest is.
        case message(SigstoreDigest?)
    }

    /// The most log entries, and the most timestamps.
    static let listLimit = 8

    let key: Key
    let entries: [LogEntry]
    /// Responses of RFC 3161, in DER.
    let timestamps: [[UInt8]]
    let content: Content
    let signature: [UInt8]

    init(
        key: Key, entries: StrictJSON?, timestamps: StrictJSON?, content: Content, signature: [UInt8]
    ) throws(SignatureFailure) {
        self.key = key
        self.content = content
        self.signature = signature
        var list: [LogEntry] = []
        for entry in try Self.list(entries, "log entries") { list.append(try LogEntry(entry)) }
        self.entries = list
        var responses: [[UInt8]] = []
        for timestamp in try Self.list(timestamps?["rfc3161Timestamps"], "timestamps") {
            guard let response = timestamp["signedTimestamp"]?.base64 else {
                throw .broken("a timestamp has no signedTimestamp in base64")
            }
            guard !responses.contains(response) else { throw .broken("a timestamp is there twice") }
            responses.append(response)
        }
        self.timestamps = responses
    }

    /// An array that is not too long; none is as good as an empty one.
    private static func list(_ json: StrictJSON?, _ what: String) throws(SignatureFailure) -> [StrictJSON] {
        guard let json, json != .null else { return [] }
        guard let array = json.array else { throw .broken("the \(what) are no array") }
        guard array.count <= listLimit else { throw .broken("there are more than \(listLimit) \(what)") }
        return array
    }

    /// What DSSE version 1 signs in place of a payload (PAE).
    static func preAuthenticationEncoding(type: String, payload: [UInt8]) -> [UInt8] {
        Array("DSSEv1 \(type.utf8.count) \(type) \(payload.count) ".utf8) + payload
    }
}

/// A digest as protocol buffers of Sigstore state it.
struct SigstoreDigest: Hashable {
    let hash: HashFunction
    let value: [UInt8]

    /// - Returns: `nil` when the algorithm is none of SHA-2 or the digest is no base64 of its length.
    init?(_ json: StrictJSON?) {
        let names: [String: HashFunction] = ["SHA2_256": .sha256, "SHA2_384": .sha384, "SHA2_512": .sha512]
        guard let hash = json?["algorithm"]?.string.flatMap({ names[$0] }), let value = json?["digest"]?.base64,
            value.count == hash.byteCount
        else { return nil }
        self.hash = hash
        self.value = value
    }
}

/// Seconds since 1970 as `2026-11-20T08:00:00Z`.
func timeText(_ seconds: Int64) -> String {
    // Up to the year 9999; what comes from outside may be anything.
    guard (0...253_402_300_799).contains(seconds) else { return "second \(seconds)" }
    return UploadTime(microseconds: seconds * 1_000_000).description.dropLast(8) + "Z"
}
