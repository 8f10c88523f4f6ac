import Crypto
public import Packaging
import Posix
public import Storage

/// A bearer token: 256 random bits in a form that secret scanners know. Only the SHA-256 of its text is ever stored.
enum TokenSecret {
    static let prefix = "whl_"
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    /// `whl_` and 43 characters of base64url (RFC 4648 §5).
    static func make() throws(IndexError) -> String {
        do {
            let random = try Random.bytes(32)
            return prefix + String(decoding: base64URL(random), as: UTF8.self)
        } catch {
            throw IndexError(error)
        }
    }

    /// Whether a text can be a token: what a crash or a slip left in a file may be empty or cut off.
    static func hasForm(_ text: String) -> Bool {
        text.hasPrefix(prefix) && text.utf8.count == prefix.utf8.count + 43
            && text.utf8.dropFirst(prefix.utf8.count).allSatisfy(alphabet.contains)
    }

    static func digest(of secret: String) -> Digest { Digest.sha256(of: Array(secret.utf8)) }

    private static func base64URL(_ bytes: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        var pending = 0
        var bits = 0
        for byte in bytes {
            pending = pending << 8 | Int(byte)
            bits += 8
            while bits >= 6 {
                bits -= 6
                text.append(alphabet[(pending >> bits) & 63])
            }
        }
        if bits > 0 { text.append(alphabet[(pending << (6 - bits)) & 63]) }
        return text
    }
}

extension PackageIndex {
    /// What a new token is for.
    public struct TokenRequest: Sendable {
        /// Unique among the tokens of the server; 1…100 printable characters.
        public var name: String
        /// At least one.
        public var permissions: Set<Permission>
        /// Empty for every project.
        public var projects: [ProjectName]
        /// Empty for every index.
        public var indexes: [String]
        /// In seconds from now; `nil` for a token that does not expire.
        public var expiresInSeconds: Int64?

        /// A token for one thing.
        public init(
            name: String, permissions: Set<Permission>, projects: [ProjectName] = [], indexes: [String] = [],
            expiresInSeconds: Int64? = nil
        ) {
            self.name = name
            self.permissions = permissions
            self.projects = projects
            self.indexes = indexes
            self.expiresInSeconds = expiresInSeconds
        }

        fileprivate func record(secret: String, created: UploadTime) -> TokenRecord {
            var record = TokenRecord(
                name: name, secretDigest: TokenSecret.digest(of: secret),
                permissions: Set(permissions.map(\.rawValue)), created: created)
            record.indexes = indexes.isEmpty ? nil : Set(indexes)
            record.projects = projects.isEmpty ? nil : Set(projects.map(\.normalized))
            record.expires = expiresInSeconds.map { UploadTime(microseconds: created.microseconds + $0 * 1_000_000) }
            return record
        }
    }

    /// Makes a token. The text returned is shown once and never stored.
    ///
    /// - Throws: `IndexError.invalid` for a bad name, `.exists` for one that is taken.
    public static func createToken(
        _ request: TokenRequest, by actor: String, from caller: Caller = .unknown, in store: Store
    ) throws(IndexError) -> String {
        let printable = request.name.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F }
        guard printable, (1...100).contains(request.name.utf8.count) else {
            throw IndexError(.invalid, "The token name '\(request.name)' must be 1 to 100 characters without spaces")
        }
        let secret = try TokenSecret.make()
        let time = UploadTime(microseconds: Clock.unixMicroseconds)
        let occasion = Occasion(actor: actor, time: time, client: caller.client)
        let record = request.record(secret: secret, created: occasion.time)
        let outcome: CreateTokenOutcome
        do {
            outcome = try store.writeAndWait { catalog throws(StorageError) in
                try catalog.createToken(record, by: occasion)
            }
        } catch {
            throw IndexError(error)
        }
        if case .nameTaken = outcome {
            throw IndexError(.exists, "A token named '\(request.name)' exists already; choose another name")
        }
        return secret
    }

    /// Revokes a token; a running server refuses it within a second.
    ///
    /// - Throws: `IndexError.notFound` when there is no token of that name that is still valid.
    public static func revokeToken(
        named name: String, by actor: String, from caller: Caller = .unknown, in store: Store
    ) throws(IndexError) {
        let time = UploadTime(microseconds: Clock.unixMicroseconds)
        let occasion = Occasion(actor: actor, time: time, client: caller.client)
        do {
            let serial = try store.writeAndWait { catalog throws(StorageError) in
                try catalog.revokeToken(named: name, by: occasion)
            }
            guard serial != nil else { throw IndexError(.notFound, "There is no valid token named '\(name)'") }
        } catch {
            throw IndexError(error)
        }
    }
}

extension PackageIndex {
    /// Makes the administrator's token of a new data folder, and keeps it in the file `admin-token`.
    ///
    /// The file comes first: after a crash in between, the next start makes the token that the file holds.
    ///
    /// - Returns: whether the folder was new.
    /// - Throws: `IndexError.failed` when the folder cannot be written.
    public static func ensureFirstToken(named name: String, in store: Store) throws(IndexError) -> Bool {
        do {
            // Others may have been made at the command line before the first start.
            let hasAdministrator = try store.tokens().contains { token in
                token.name == name || token.permissions.contains(Permission.admin.rawValue)
            }
            guard !hasAdministrator else { return false }
            let fresh = try TokenSecret.make()
            _ = try store.saveAdminToken(fresh)
            let secret = try store.adminToken() ?? fresh
            guard TokenSecret.hasForm(secret) else {
                throw IndexError(
                    .failed, "The file admin-token holds no token; remove it, and the next start makes a new one")
            }
            let occasion = Occasion(actor: "first start", time: UploadTime(microseconds: Clock.unixMicroseconds))
            let request = TokenRequest(name: name, permissions: [.admin])
            let record = request.record(secret: secret, created: occasion.time)
            _ = try store.writeAndWait { catalog throws(StorageError) in
                try catalog.createToken(record, by: occasion)
            }
            return true
        } catch {
            throw IndexError(error)
        }
    }
}
