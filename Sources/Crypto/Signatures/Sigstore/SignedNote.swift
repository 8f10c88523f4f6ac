/// A text with signatures below it (C2SP signed-note): what logs sign their checkpoints as.
public struct SignedNote: Hashable, Sendable {
    /// One line `— name base64`.
    public struct Signature: Hashable, Sendable {
        /// Who claims to have signed.
        public let name: String
        /// Which key, as four bytes.
        public let hint: [UInt8]
        /// What the key made.
        public let bytes: [UInt8]
    }

    /// The most lines of a note.
    static let lineLimit = 64

    /// What is signed, with the newline at its end.
    public let text: String
    /// The signatures, in order; at least one.
    public let signatures: [Signature]

    /// Reads a note.
    ///
    /// - Returns: `nil` when it is not UTF-8 without control characters, has no text or no signature, a signature line
    ///   is not as it should be, or there are more than 64 lines.
    public init?(_ note: [UInt8]) {
        guard let whole = String(validating: note, as: UTF8.self),
            note.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x0A }), note.last == 0x0A,
            note.count(where: { $0 == 0x0A }) <= Self.lineLimit
        else { return nil }
        // The last blank line parts text and signatures: earlier ones belong to the text.
        let bytes = Array(whole.utf8)
        guard let blank = bytes.indices.dropLast().last(where: { bytes[$0] == 0x0A && bytes[$0 + 1] == 0x0A }) else {
            return nil
        }
        var signatures: [Signature] = []
        for line in bytes[(blank + 2)...].dropLast().split(separator: 0x0A, omittingEmptySubsequences: false) {
            guard let signature = Self.signature(line) else { return nil }
            signatures.append(signature)
        }
        text = String(decoding: bytes[...blank], as: UTF8.self)
        self.signatures = signatures
    }

    private static func signature(_ line: ArraySlice<UInt8>) -> Signature? {
        let dash = Array("— ".utf8)
        guard line.starts(with: dash) else { return nil }
        let parts = line.dropFirst(dash.count).split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard parts.count == 2, isName(parts[0]), let bytes = Base64.decode(parts[1]), bytes.count > 4 else {
            return nil
        }
        return Signature(
            name: String(decoding: parts[0], as: UTF8.self), hint: Array(bytes[..<4]), bytes: Array(bytes[4...]))
    }

    /// A name is not empty and has neither spaces (of any alphabet) nor `+`.
    fileprivate static func isName(_ bytes: some Collection<UInt8>) -> Bool {
        let name = String(decoding: bytes, as: UTF8.self)
        return !name.isEmpty && !name.unicodeScalars.contains { $0 == "+" || $0.properties.isWhitespace }
    }
}

extension SignedNote {
    /// A key that signs notes.
    public struct Key: Sendable {
        /// The name in signature lines.
        public let name: String
        /// The four bytes in signature lines.
        public let hint: [UInt8]
        private let isWitness: Bool
        private let key: PublicKey

        /// Reads a verifier key, `name+hint+base64`: Ed25519 over the text (type 1), or with a time as witnesses sign
        /// (type 4, `cosignature/v1`).
        ///
        /// - Returns: `nil` when it is malformed, of another type, or the hint does not follow from name and key.
        public init?(_ text: String) {
            let parts = text.utf8.split(separator: UInt8(ascii: "+"), maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3, SignedNote.isName(parts[0]), let typed = Base64.decode(parts[2]),
                let type = typed.first, type == 1 || type == 4,
                let key = try? PublicKey(raw: Array(typed.dropFirst()), of: .ed25519)
            else { return nil }
            let hint = Array(sha256(Array(parts[0]) + [0x0A] + typed)[..<4])
            guard Substring(parts[1]) == hexText(hint) else { return nil }
            name = String(Substring(parts[0]))
            self.hint = hint
            isWitness = type == 4
            self.key = key
        }

        /// Whether this key made a signature over a text.
        func verifies(_ signature: Signature, over text: String) -> Bool {
            guard isWitness else { return key.verifies(signature.bytes, over: Array(text.utf8), .eddsa, .sha512) }
            guard signature.bytes.count == 8 + 64 else { return false }
            let time = signature.bytes[..<8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            let message = "cosignature/v1\ntime \(time)\n" + text
            return key.verifies(Array(signature.bytes[8...]), over: Array(message.utf8), .eddsa, .sha512)
        }
    }

    /// Whether one of the keys signed. Signatures of other keys count for nothing; a bad one of a known key spoils the
    /// note.
    public func isSigned(by keys: [Key]) -> Bool {
        var isSigned = false
        for signature in signatures {
            guard let key = keys.first(where: { $0.name == signature.name && $0.hint == signature.hint }) else {
                continue
            }
            guard key.verifies(signature, over: text) else { return false }
            isSigned = true
        }
        return isSigned
    }
}

/// Bytes as lower-case hexadecimal digits.
func hexText(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

/// The state that a log has signed (C2SP tlog-checkpoint).
public struct Checkpoint: Hashable, Sendable {
    /// The log's name.
    public let origin: String
    /// How many entries it has.
    public let size: Int64
    /// The root over them, 32 bytes.
    public let root: [UInt8]

    /// Reads the text of a note. What follows the third line means nothing here.
    ///
    /// - Returns: `nil` when one of the three lines is missing or malformed.
    public init?(_ text: String) {
        let lines = text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false)
        guard lines.count >= 4, !lines[0].isEmpty,
            let size = StrictJSON.string(String(decoding: lines[1], as: UTF8.self)).protobufInteger, !lines[1].isEmpty,
            let root = Base64.decode(lines[2]), root.count == 32
        else { return nil }
        origin = String(decoding: lines[0], as: UTF8.self)
        self.size = size
        self.root = root
    }
}
