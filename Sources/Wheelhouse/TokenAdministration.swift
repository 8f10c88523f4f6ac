public import Packaging
import Posix
import Storage

/// A token, as administrators are told; its secret is known to nobody.
public struct TokenDescription: Sendable {
    /// Its name.
    public let name: String
    /// The name of the account that it belongs to.
    public let account: String
    /// In alphabetical order.
    public let permissions: [String]
    /// Normalized names in order; nil for every project.
    public let projects: [String]?
    /// In order; nil for every index.
    public let indexes: [String]?
    /// The only versions that may be published or changed; nil for all.
    public let versions: [Version]?
    /// What the names of such files must match; nil for all.
    public let filePattern: String?
    /// Where requests must come from; nil for everywhere.
    public let addresses: [String]?
    /// From when on it is valid; nil for always.
    public let notBefore: UploadTime?
    /// How many files it may still publish; nil for any number.
    public let usesLeft: Int64?
    /// When it was used last, to the hour; nil for never.
    public let lastUsed: UploadTime?
    /// When it was made.
    public let created: UploadTime
    /// When it ends to be valid; nil for never.
    public let expires: UploadTime?
    /// When it was revoked; nil when it was not.
    public let revoked: UploadTime?

    init(_ record: TokenRecord) {
        name = record.name
        account = record.account
        permissions = record.permissions.sorted()
        projects = record.projects?.sorted()
        indexes = record.indexes?.sorted()
        versions = record.versions
        filePattern = record.filePattern
        addresses = record.addresses
        notBefore = record.notBefore
        usesLeft = record.usesLeft
        lastUsed = record.lastUsed
        created = record.created
        expires = record.expires
        revoked = record.revoked
    }
}

extension PackageIndex {
    /// All tokens, also revoked and expired ones, in the order of their making.
    public func tokenDescriptions() async throws(IndexError) -> [TokenDescription] {
        try await onWorker { store throws(StorageError) in try store.tokens().map(TokenDescription.init) }.get()
    }

    /// Tokens that somebody who is no administrator can have at a time: each is kept in memory.
    static let tokensPerAccount = 100

    /// Makes a token, which is valid when this returns. The text returned is shown once and never stored.
    ///
    /// Administrators make tokens for everybody, others for themselves.
    ///
    /// - Throws: `IndexError.invalid` for a bad name and for one token too many, `.exists` for a name that is taken,
    ///   `.notFound` for an unknown account or index, `.forbidden` when the principal's own is narrower.
    public func createToken(
        _ request: TokenRequest, by principal: Principal, from caller: Caller
    ) async throws(IndexError) -> String {
        let now = Clock.unixMicroseconds
        let ends = request.expiresInSeconds.map { UploadTime(microseconds: now + $0 * 1_000_000) }
        let end = ends ?? request.scope.expires
        let isOwn = request.account == principal.name
        let verdict = isOwn ? principal.mayMakeOwnToken(until: end) : principal.mayMakeToken(until: end)
        if case .no(let reason) = verdict { throw IndexError(.forbidden, reason) }
        try requireIndexes((request.scope.indexes ?? []).sorted())
        let isLimited = principal.mayAdministrateServer() != .yes
        return try await workers.run { [self] in
            Result { () throws(IndexError) in
                let known = isLimited ? try ownTokens(of: principal).count : 0
                guard known < Self.tokensPerAccount else {
                    throw IndexError(.invalid, "You have \(known) tokens already; revoke one first")
                }
                let secret = try Self.createToken(request, by: Occasion(now: principal, from: caller), in: store)
                try refresh()
                return secret
            }
        }.get()
    }

    /// Tokens of an account that are not revoked.
    private func ownTokens(of principal: Principal) throws(IndexError) -> [TokenRecord] {
        do {
            return try store.tokens().filter { $0.account == principal.name && $0.revoked == nil }
        } catch {
            throw IndexError(error)
        }
    }

    /// Revokes a token of the principal's own account, which is invalid when this returns.
    ///
    /// - Throws: `IndexError.notFound` when the account has no such token that is still valid, `.forbidden` when the
    ///   principal's own is narrower.
    public func revokeOwnToken(
        named name: String, by principal: Principal, from caller: Caller
    ) async throws(IndexError) {
        if case .no(let reason) = principal.mayKeepTokens() { throw IndexError(.forbidden, reason) }
        try await workers.run { [self] in
            Result { () throws(IndexError) in
                // Names of people's tokens are never used again, so it is the same one below.
                guard try ownTokens(of: principal).contains(where: { $0.name == name }) else {
                    throw IndexError(.notFound, "You have no token named '\(name)'")
                }
                try Self.revokeToken(named: name, by: Occasion(now: principal, from: caller), in: store)
                try refresh()
            }
        }.get()
    }

    /// Revokes a token, which is invalid when this returns.
    ///
    /// - Throws: `IndexError.notFound` when there is no token of that name that is still valid.
    public func revokeToken(
        named name: String, by principal: Principal, from caller: Caller
    ) async throws(IndexError) {
        try await workers.run { [self] in
            Result { () throws(IndexError) in
                try Self.revokeToken(named: name, by: Occasion(now: principal, from: caller), in: store)
                try refresh()
            }
        }.get()
    }
}
