import Crypto
import Packaging
import Posix
import Storage

/// Trusted publishing: a job of a CI shows the ID token that its issuer gave it, and gets a token for uploading, which lives
/// for 15 minutes. The protocol is that of PyPI, which uv, twine and pdm speak.
public final class TrustedPublishing: Sendable {
    /// Why no token is minted.
    public struct Refusal: Error, Hashable, Sendable {
        /// The words of the protocol.
        public enum Code: String, Sendable {
            /// The request cannot be read, or the ID token's issuer is not known here.
            case payload = "invalid-payload"
            /// The ID token is not valid.
            case token = "invalid-token"
            /// The ID token has been used before.
            case reuse = "invalid-reuse-token"
            /// The ID token is valid, and nobody has said that its bearer may publish.
            case publisher = "invalid-publisher"
            /// The project that the publisher waited for came to be without it.
            case pendingPublisher = "invalid-pending-publisher"
            /// There is no trusted publishing here.
            case disabled = "not-enabled"
        }

        /// For programs.
        public let code: Code
        /// One sentence for people.
        public let sentence: String

        /// A refusal.
        public init(_ code: Code, _ sentence: String) {
            self.code = code
            self.sentence = sentence
        }
    }

    /// A token that was minted.
    public struct Token: Sendable {
        /// Its text, which is stored nowhere.
        public let text: String
        /// When it ends, in seconds since 1970-01-01 UTC.
        public let expires: Int64
    }

    /// What ID tokens must be for: what tells this server from others.
    public let audience: String
    /// The addresses of the issuers, in order, by whose rules their ID tokens go by; none is empty.
    public var issuerAddresses: [PublisherTerms.Kind: [String]] {
        Dictionary(grouping: issuers.values.map(\.issuer), by: \.kind).mapValues { $0.map(\.url).sorted() }
    }
    private let index: PackageIndex
    private let issuers: [String: (issuer: TrustedIssuer, keys: IssuerKeys)]

    /// How long a minted token lives.
    static let lifetimeSeconds: Int64 = 900
    /// How long the body of a request may be.
    public static let requestLimitBytes = 32 << 10

    /// - Parameters:
    ///   - issuers: each address once.
    ///   - fetch: gets the documents of issuers.
    ///   - report: takes one line for the log when an issuer's keys cannot be had.
    public init(
        _ index: PackageIndex, audience: String, issuers: [TrustedIssuer], fetch: @escaping Fetch,
        report: @escaping @Sendable (String) -> Void
    ) {
        self.index = index
        self.audience = audience
        let workers = index.workers
        let all = issuers.map { issuer in
            let keys = IssuerKeys {
                let keys = await issuer.loadKeys(fetch, workers)
                if case .failure(let failure) = keys { report("no keys of \(issuer.url): \(failure.reason)") }
                return keys
            }
            return (issuer.url, (issuer: issuer, keys: keys))
        }
        self.issuers = Dictionary(all, uniquingKeysWith: { first, _ in first })
    }

    /// Mints a token for an ID token: `{"token": …}`.
    ///
    /// - Throws: `Refusal`, or `IndexError` when the index fails.
    public func mint(_ request: [UInt8], index name: String, from caller: Caller) async throws -> Token {
        let (token, issuer, keys) = try read(try Self.token(in: request))
        let identifier = token.signature.keyIdentifier
        let set: JSONWebKeySet
        switch await keys.keys(for: identifier) {
        case .success(let found): set = found
        case .failure(let failure):
            throw Refusal(.token, "The keys of the issuer \(issuer.url) cannot be had: \(failure.reason)")
        }
        let time = UploadTime(microseconds: Clock.unixMicroseconds)
        let now = time.microseconds / 1_000_000
        let claims: JSONWebToken.Claims
        do throws(JSONWebToken.Refusal) {
            claims = try token.verified(set, .init(issuer: issuer.url, audience: audience, now: now))
        } catch {
            throw Refusal(.token, "The ID token is not valid (\(error.step.rawValue)): \(error.reason)")
        }
        return try await mint(
            Admission(issuer: issuer.url, claims: claims, index: name, time: time, client: caller.client))
    }

    /// Ends a minted token before its time: `{"token": …}`. One that has ended already is ended.
    ///
    /// - Throws: `Refusal`, or `IndexError` when the index fails.
    public func burn(_ request: [UInt8], from caller: Caller) async throws {
        let digest = TokenSecret.digest(of: try Self.token(in: request))
        let time = UploadTime(microseconds: Clock.unixMicroseconds)
        let unknown = Refusal(.token, "This token was not minted here, or it ended long ago")
        // Anybody may ask: those who know no token take no turn of the catalog's.
        let isKnown = try await index.onWorker { store throws(StorageError) in
            try store.token(secretDigest: digest) != nil
        }.get()
        guard isKnown else { throw unknown }
        let burnt = try await index.store.write { catalog throws(StorageError) -> Bool in
            guard let token = try catalog.token(secretDigest: digest), try catalog.isMinted(token: token.name) else {
                return false
            }
            let occasion = Occasion(actor: token.account, time: time, token: token.name, client: caller.client)
            _ = try catalog.revokeToken(named: token.name, by: occasion)
            return true
        }.mapError(IndexError.init).get()
        guard burnt else { throw unknown }
        try await refresh()
    }

    private static func token(in request: [UInt8]) throws(Refusal) -> String {
        guard let json = try? StrictJSON(request), let token = json["token"]?.string, !token.isEmpty else {
            throw Refusal(.payload, "The request must be a JSON object with the text 'token'")
        }
        return token
    }

    private func read(_ text: String) throws(Refusal) -> (JSONWebToken, TrustedIssuer, IssuerKeys) {
        let token: JSONWebToken
        do throws(JSONWebToken.Refusal) {
            token = try JSONWebToken(Array(text.utf8))
        } catch {
            throw Refusal(.payload, "The ID token cannot be read (\(error.step.rawValue)): \(error.reason)")
        }
        guard let (issuer, keys) = issuers[token.claimedIssuer ?? ""] else {
            throw Refusal(
                .payload, "The issuer of the ID token is not known here; the server's oidcIssuers names those")
        }
        return (token, issuer, keys)
    }

    /// One transaction: the ID token is used up, the publisher is still one, and the token exists; or nothing happens.
    private func mint(_ admission: Admission) async throws -> Token {
        let secret = try TokenSecret.make()
        let result = try await index.store.write { catalog throws(StorageError) in
            try admission.mint(TokenSecret.digest(of: secret), in: catalog)
        }.mapError(IndexError.init).get()
        let record = try result.get()
        try await refresh()
        return Token(text: secret, expires: (record.expires ?? record.created).microseconds / 1_000_000)
    }
    /// The index knows what has changed before its bearer hears of it.
    private func refresh() async throws(IndexError) {
        try await index.workers.run { [index] in Result { () throws(IndexError) in try index.refresh() } }.get()
    }
}
