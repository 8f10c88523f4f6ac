internal import COpenSSL

/// What is kept of a password: scrypt with r = 8 and p = 1 (RFC 7914), as `$scrypt$ln=15,r=8,p=1$salt$hash`.
///
/// Making and comparing take tens of milliseconds and 2^ln KiB of memory, on purpose: never on an event loop.
public struct PasswordHash: Hashable, Sendable {
    /// The binary logarithm of scrypt's cost N.
    public let cost: Int
    private let salt: [UInt8]
    private let hash: [UInt8]

    /// The costs that can be asked for.
    public static let costs = 10...20

    /// Hashes a password with a new salt.
    ///
    /// - Parameter cost: within ``costs``.
    /// - Throws: `CryptoError.noEntropy`, `.noMemory`.
    public init(of password: String, cost: Int) throws(CryptoError) {
        precondition(Self.costs.contains(cost))
        self.cost = cost
        salt = try Random.bytes(16)
        hash = try Self.scrypt(password, salt, cost: cost)
    }

    /// Takes a hash from its text; `nil` for any other text.
    public init?(_ text: String) {
        let parts = text.split(separator: "$", omittingEmptySubsequences: false)
        guard parts.count == 5, parts[0].isEmpty, parts[1] == "scrypt", parts[2].hasPrefix("ln="),
            parts[2].hasSuffix(",r=8,p=1"), let cost = Int(parts[2].dropFirst(3).dropLast(8)),
            Self.costs.contains(cost), let salt = Base64.decode(parts[3] + "=="),
            let hash = Base64.decode(parts[4] + "="), hash.count == 32
        else { return nil }
        (self.cost, self.salt, self.hash) = (cost, salt, hash)
    }

    /// For storing.
    public var text: String {
        "$scrypt$ln=\(cost),r=8,p=1$\(Base64.encode(salt).dropLast(2))$\(Base64.encode(hash).dropLast())"
    }

    /// Whether this is the hash of a password.
    ///
    /// - Throws: `CryptoError.noMemory`.
    public func matches(_ password: String) throws(CryptoError) -> Bool {
        constantTimeEquals(try Self.scrypt(password, salt, cost: cost), hash)
    }

    private static func scrypt(_ password: String, _ salt: [UInt8], cost: Int) throws(CryptoError) -> [UInt8] {
        let password = Array(password.utf8)
        var output = [UInt8](repeating: 0, count: 32)
        guard unsafe wh_scrypt(password, password.count, salt, salt.count, Int32(cost), &output) == 1 else {
            throw .noMemory
        }
        return output
    }
}

/// The HMAC-SHA256 of some bytes (RFC 2104).
public func hmacSHA256(key: [UInt8], _ bytes: [UInt8]) -> [UInt8] {
    var output = [UInt8](repeating: 0, count: 32)
    let isDone = unsafe wh_hmac_sha256(key, key.count, bytes, bytes.count, &output) == 1
    // As with SHA-256: only a machine without memory comes here.
    precondition(isDone, "libcrypto has no HMAC-SHA256")
    return output
}
