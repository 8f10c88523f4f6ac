import Crypto
public import Packaging
import Posix
public import Storage

/// A bearer token: 256 random bits in a form that secret scanners know. Only the SHA-256 of its text is ever stored.
enum TokenSecret {
    static let prefix = "whl_"
    /// Longer texts are no tokens of any kind, and not worth a digest.
    static let lengthLimitBytes = 4_096
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    private static let randomCharacters = 43

    /// `whl_`, 43 characters of base64url (RFC 4648 §5), and 6 of their CRC-32, by which a scanner knows a real one.
    static func make() throws(IndexError) -> String {
        do {
            let body = prefix + (try randomText())
            return body + checksum(of: body)
        } catch {
            throw IndexError(error)
        }
    }

    /// Whether a text can be a token. Those of earlier programs have no checksum.
    static func hasForm(_ text: String) -> Bool {
        guard text.hasPrefix(prefix), text.utf8.dropFirst(prefix.utf8.count).allSatisfy(alphabet.contains) else {
            return false
        }
        let length = prefix.utf8.count + randomCharacters
        guard text.utf8.count != length else { return true }
        return text.utf8.count == length + 6 && checksum(of: String(text.dropLast(6))) == text.suffix(6)
    }

    private static func checksum(of text: String) -> String {
        var rest = ~UInt32(0)
        for byte in text.utf8 {
            rest ^= UInt32(byte)
            for _ in 0..<8 { rest = rest & 1 == 1 ? rest >> 1 ^ 0xEDB8_8320 : rest >> 1 }
        }
        let bytes = (0..<4).map { UInt8(truncatingIfNeeded: ~rest >> UInt32(24 - $0 * 8)) }
        return String(decoding: base64URL(bytes), as: UTF8.self)
    }

    static func digest(of secret: String) -> Digest { Digest.sha256(of: Array(secret.utf8)) }

    /// 256 random bits as 43 characters (RFC 4648 §5).
    static func randomText() throws(CryptoError) -> String {
        String(decoding: base64URL(try Random.bytes(32)), as: UTF8.self)
    }

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
        /// The account that it belongs to; `nil` for a new robot of the token's name, with the token's rights.
        public var account: String?
        /// What it narrows the account's rights to; `permissions` must be there.
        public var scope = TokenScope()
        /// In seconds from now; `nil` for `scope.expires`.
        public var expiresInSeconds: Int64?
        /// How many files it may publish; `nil` for any number.
        public var uses: Int64?
        /// Whether its holder can narrow it offline: then it is a macaroon, else random text.
        public var isNarrowable = false

        /// A token for one thing.
        ///
        /// - Parameters:
        ///   - permissions: at least one.
        ///   - projects: empty for every project.
        ///   - indexes: empty for every index.
        ///   - expiresInSeconds: from now; `nil` for a token that does not expire.
        public init(
            name: String, permissions: Set<Permission>, projects: [ProjectName] = [], indexes: [String] = [],
            expiresInSeconds: Int64? = nil
        ) {
            self.name = name
            self.expiresInSeconds = expiresInSeconds
            scope.permissions = permissions
            scope.projects = projects.isEmpty ? nil : Set(projects.map(\.normalized))
            scope.indexes = indexes.isEmpty ? nil : Set(indexes)
        }

        /// A token for what a scope allows.
        public init(name: String, permissions: Set<Permission>, scope: TokenScope) {
            self.name = name
            self.scope = scope
            self.scope.permissions = permissions
        }

        fileprivate func record(secret: String, created: UploadTime) -> TokenRecord {
            var record = TokenRecord(
                name: name, account: account ?? name, secretDigest: TokenSecret.digest(of: secret),
                permissions: Set((scope.permissions ?? Set(Permission.allCases)).map(\.rawValue)), created: created)
            record.indexes = scope.indexes
            record.projects = scope.projects
            record.versions = scope.versions
            record.filePattern = scope.filePattern
            record.addresses = scope.sources?.map(\.text)
            record.notBefore = scope.notBefore
            let end = expiresInSeconds.map { UploadTime(microseconds: created.microseconds + $0 * 1_000_000) }
            record.expires = end ?? scope.expires
            record.usesLeft = uses
            return record
        }

        /// The rights that the token's own robot needs.
        fileprivate var grants: [GrantRecord] {
            let places = scope.indexes.map { $0.sorted().map(Optional.some) } ?? [nil]
            return (scope.permissions ?? []).sorted().flatMap { permission in
                places.flatMap { index -> [GrantRecord] in
                    guard let projects = scope.projects else {
                        return [GrantRecord(permission.rawValue, to: .account(name), index: index)]
                    }
                    // Nobody administrates a single project.
                    let held = min(permission, .manage).rawValue
                    return projects.sorted().map { project in
                        GrantRecord(held, to: .account(name), index: index ?? mainIndex, project: project)
                    }
                }
            }
        }
    }

    /// Makes a token. The text returned is shown once and never stored.
    ///
    /// - Throws: `IndexError.invalid` for a bad name, `.exists` for one that is taken, `.notFound` for an unknown account.
    public static func createToken(
        _ request: TokenRequest, by actor: String, from caller: Caller = .unknown, in store: Store
    ) throws(IndexError) -> String {
        try createToken(request, by: Occasion(now: actor, from: caller), in: store)
    }

    static func createToken(
        _ request: TokenRequest, by occasion: Occasion, in store: Store
    ) throws(IndexError) -> String {
        try check(name: request.name, of: "token")
        let secret = request.isNarrowable ? try makeNarrowableToken(in: store) : try TokenSecret.make()
        let record = request.record(secret: secret, created: occasion.time)
        try change(store) { catalog throws(StorageError) in
            try add(record, for: request, by: occasion, in: catalog)
        }.get()
        return secret
    }

    /// Adds a token, and the robot that it is for where it names no account.
    private static func add(
        _ token: TokenRecord, for request: TokenRequest, by occasion: Occasion, in catalog: borrowing CatalogTransaction
    ) throws(StorageError) -> Result<Void, IndexError> {
        if request.account == nil {
            guard try catalog.createAccount(token.account, .robot, by: occasion) else {
                let sentence =
                    "A token or an account named '\(token.name)' exists already; choose another name, or name the account"
                return .failure(IndexError(.exists, sentence))
            }
            for grant in request.grants { _ = try catalog.grant(grant, by: occasion) }
        }
        switch try catalog.createToken(token, by: occasion) {
        case .created: return .success(())
        case .nameTaken:
            return .failure(IndexError(.exists, "A token named '\(token.name)' exists already; choose another name"))
        case .noAccount: return .failure(noAccount(token.account))
        }
    }

    /// Revokes a token; a running server refuses it within a second.
    ///
    /// - Throws: `IndexError.notFound` when there is no token of that name that is still valid.
    public static func revokeToken(
        named name: String, by actor: String, from caller: Caller = .unknown, in store: Store
    ) throws(IndexError) {
        try revokeToken(named: name, by: Occasion(now: actor, from: caller), in: store)
    }

    static func revokeToken(named name: String, by occasion: Occasion, in store: Store) throws(IndexError) {
        let serial = try change(store) { catalog throws(StorageError) in
            try catalog.revokeToken(named: name, by: occasion)
        }
        guard serial != nil else { throw IndexError(.notFound, "There is no valid token named '\(name)'") }
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
            let records = try store.access()
            let isThere =
                records.accounts.contains { $0.name == name } || records.tokens.contains { $0.name == name }
                || records.grants.contains { $0.permission == Permission.admin.rawValue && $0.index == nil }
            guard !isThere else { return false }
            let fresh = try TokenSecret.make()
            _ = try store.saveAdminToken(fresh)
            let secret = try store.adminToken() ?? fresh
            guard TokenSecret.hasForm(secret) else {
                throw IndexError(
                    .failed, "The file admin-token holds no token; remove it, and the next start makes a new one")
            }
            let occasion = Occasion(now: "first start")
            let request = TokenRequest(name: name, permissions: [.admin])
            let record = request.record(secret: secret, created: occasion.time)
            try change(store) { catalog throws(StorageError) in
                try add(record, for: request, by: occasion, in: catalog)
            }.get()
            return true
        } catch {
            throw IndexError(error)
        }
    }
}
