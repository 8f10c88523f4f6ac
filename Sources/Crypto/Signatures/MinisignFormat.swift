internal import Packaging

/// A key of minisign or signify.
struct MinisignKey: Sendable {
    /// The eight bytes that signatures name the key with.
    let id: [UInt8]
    let key: PublicKey

    /// The identifier as minisign prints it: the bytes in reverse, in upper-case hexadecimal digits.
    var name: String { id.reversed().map { hexadecimal($0) }.joined() }

    /// Reads a file of a public key: a line of comment, which may be missing, and one of base64.
    ///
    /// - Returns: `nil` when the file does not look like one.
    /// - Throws: for a key that cannot be trusted.
    init?(_ file: [UInt8]) throws(TrustMaterial.Refusal) {
        guard let lines = minisignLines(file), let last = lines.last, lines.count <= 2 else { return nil }
        guard lines.count == 1 || lines[0].starts(with: minisignComment.utf8) else { return nil }
        guard let bytes = Base64.decode(last), bytes.count == 42, bytes.starts(with: "Ed".utf8) else { return nil }
        id = Array(bytes[2..<10])
        do throws(PublicKey.Refusal) {
            key = try PublicKey(raw: Array(bytes[10...]), of: .ed25519)
        } catch {
            throw TrustMaterial.Refusal(reason: "its key \(error)")
        }
    }
}

/// A signature of minisign (four lines; the trusted comment is signed as well) or signify (two lines).
enum MinisignFormat: SignatureFormat {
    static let name = SignatureFormatName.minisign

    /// The largest archive of the formats that sign the archive itself: it must be in memory at once.
    static let wholeFileLimitBytes = 256 << 20

    static func recognizes(_ signature: [UInt8]) -> Bool {
        signature.starts(with: minisignComment.utf8)
    }

    static func verify(
        _ signature: [UInt8], of file: SignedFile, by verifier: SignatureVerifier, _ log: inout VerificationLog
    ) throws(SignatureFailure) -> ValidSignature {
        log.begin(.format)
        let parts = try Parts(signature)
        log.pass(parts.comment == nil ? "a signature of signify" : "a signature of minisign")

        log.begin(.key)
        let known = verifier.trust.minisignKeys.filter { $0.id == parts.keyID }
        guard let key = known.first else {
            throw .invalid(.unknownSigner, "no key that is trusted has the identifier of the signature")
        }
        log.pass("the key \(key.name)")

        log.begin(.signature)
        let hash: HashFunction = parts.isHashed ? .blake2b512 : .sha256
        let digest = try file.hash(hash)
        let message = parts.isHashed ? digest : try file.bytes(limit: wholeFileLimitBytes)
        let signers = known.filter { $0.key.verifies(parts.signature, over: message, .eddsa, hash) }
        guard let signer = signers.first else { throw .broken("the signature is not by this key over this archive") }
        if let comment = parts.comment {
            guard signer.key.verifies(parts.commentSignature, over: parts.signature + comment, .eddsa, hash) else {
                throw .broken("the trusted comment is not the one that was signed")
            }
        }
        log.pass("the signature is good\(parts.comment == nil ? "" : ", and that of its comment")")
        return ValidSignature(
            signer: SignerIdentity(names: [signer.name], keyFingerprint: signer.name), hash: hash, digest: digest,
            time: parts.time.map { .claimed($0) } ?? .unknown)
    }
}

extension MinisignFormat {
    /// The lines of a signature.
    struct Parts {
        /// Whether the BLAKE2b-512 of the file is signed, not the file.
        let isHashed: Bool
        let keyID: [UInt8]
        let signature: [UInt8]
        /// The trusted comment without the words before it; `nil` for signify.
        let comment: [UInt8]?
        /// The signature over `signature` and `comment`.
        let commentSignature: [UInt8]

        init(_ file: [UInt8]) throws(SignatureFailure) {
            guard let lines = minisignLines(file), lines.count == 2 || lines.count == 4,
                lines[0].starts(with: minisignComment.utf8)
            else { throw .broken("the signature has neither the two lines of signify nor the four of minisign") }
            guard let bytes = Base64.decode(lines[1]), bytes.count == 74 else {
                throw .broken("its second line is not the base64 of 74 bytes")
            }
            switch (String(decoding: bytes[..<2], as: UTF8.self), lines.count) {
            case ("ED", 4): isHashed = true
            case ("Ed", _): isHashed = false
            default: throw .broken("its algorithm is \(quoted(Array(bytes[..<2]))), not Ed or ED")
            }
            keyID = Array(bytes[2..<10])
            signature = Array(bytes[10...])
            guard lines.count == 4 else {
                (comment, commentSignature) = (nil, [])
                return
            }
            let beginning = "trusted comment: "
            guard lines[2].starts(with: beginning.utf8), let global = Base64.decode(lines[3]), global.count == 64 else {
                throw .broken("its trusted comment or the signature of it is malformed")
            }
            (comment, commentSignature) = (Array(lines[2].dropFirst(beginning.utf8.count)), global)
        }

        /// The time of `timestamp:…` in the trusted comment, in seconds since 1970.
        var time: Int64? {
            guard let comment, comment.starts(with: "timestamp:".utf8) else { return nil }
            let digits = comment.dropFirst("timestamp:".utf8.count).prefix { (0x30...0x39).contains($0) }
            return Int64(String(decoding: digits, as: UTF8.self))
        }
    }
}

private let minisignComment = "untrusted comment:"

/// The lines of a file, which end in LF or CRLF; the last may end in nothing. `nil` when there is none.
private func minisignLines(_ file: [UInt8]) -> [ArraySlice<UInt8>]? {
    var lines = file.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    if lines.last?.isEmpty == true { lines.removeLast() }
    return lines.isEmpty ? nil : lines.map { $0.last == UInt8(ascii: "\r") ? $0.dropLast() : $0 }
}

/// A byte as two upper-case digits.
func hexadecimal(_ byte: UInt8) -> String {
    let text = String(byte, radix: 16, uppercase: true)
    return byte < 16 ? "0" + text : text
}
