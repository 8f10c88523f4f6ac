public import Packaging

/// The file that a signature should be about.
public struct SignedFile: Sendable {
    /// Gives the file's bytes to the closure, in order, in pieces; whether all could be read. May be called repeatedly.
    public typealias Reader = @Sendable (_ take: (Span<UInt8>) -> Void) -> Bool

    /// The file name of the distribution archive, without folders; `nil` when it is not known.
    public let name: String?
    /// The SHA-256 of its bytes.
    public let sha256: Digest
    private let read: Reader?

    /// A file whose bytes may be read again.
    ///
    /// - Parameters:
    ///   - name: without folders; `nil` when it is not known.
    ///   - sha256: of its bytes, as computed by the one who vouches for them.
    ///   - read: reads them; `nil` when only the digest is known, which is enough for some formats.
    public init(name: String?, sha256: Digest, read: Reader? = nil) {
        self.name = name
        self.sha256 = sha256
        self.read = read
    }

    /// A file whose bytes are at hand.
    public init(name: String?, bytes: [UInt8]) {
        self.init(name: name, sha256: .sha256(of: bytes)) { take in
            take(bytes.span)
            return true
        }
    }

    /// The SHA-256 of what a reader gives; `nil` when it could not read to the end.
    public static func sha256(_ read: Reader) -> Digest? {
        guard let running = RunningHash(HashFunction.sha256.number), read({ running.update($0) }) else { return nil }
        return Digest(.sha256, bytes: running.finish())
    }

    /// The hash of the file's bytes between others.
    ///
    /// - Throws: `.unsupported` when the bytes are needed and not known, or libcrypto refuses the function.
    public func hash(
        _ function: HashFunction, after prefix: [UInt8] = [], before suffix: [UInt8] = []
    ) throws(SignatureFailure) -> [UInt8] {
        if function == .sha256 && prefix.isEmpty && suffix.isEmpty { return sha256.bytes }
        guard let running = RunningHash(function.number) else {
            throw .unsupported("\(function.rawValue), which libcrypto on this machine refuses")
        }
        running.update(prefix.span)
        try forEachPiece { running.update($0) }
        running.update(suffix.span)
        return running.finish()
    }

    /// Gives the file's bytes to the closure, in order, in pieces.
    ///
    /// - Throws: `.unsupported` when the bytes are not known.
    func forEachPiece(_ take: (Span<UInt8>) -> Void) throws(SignatureFailure) {
        guard let read else {
            throw .unsupported("only the archive's SHA-256 is known, and this signature needs the archive itself")
        }
        guard read(take) else { throw .broken("the archive could not be read to its end") }
    }

    /// All bytes of the file, for the formats that sign the file and not its hash.
    ///
    /// - Parameter limit: the most bytes that are taken into memory.
    /// - Throws: `.unsupported` when the bytes are not known or are more.
    public func bytes(limit: Int) throws(SignatureFailure) -> [UInt8] {
        var bytes: [UInt8] = []
        var isTooLong = false
        try forEachPiece { piece in
            isTooLong = isTooLong || bytes.count + piece.count > limit
            guard !isTooLong else { return }
            unsafe piece.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
        }
        guard !isTooLong else { throw .unsupported("a signature over the whole file, for files above \(limit) bytes") }
        return bytes
    }
}
