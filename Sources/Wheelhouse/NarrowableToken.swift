import Crypto
import Packaging
import Storage

/// A token that its holder can narrow offline, with `pypitoken` for instance: a macaroon behind the prefix `whl-`.
///
/// It stands in the catalog as any other, by the SHA-256 of its text; a narrowed one is led back to that text. The root key
/// is HMAC(key of this server, identifier): one per token, kept nowhere. The server's key is in the file `token-key`, beside
/// the catalog, and the identifier is random and kept nowhere at all: who has catalog and key cannot make a token.
struct NarrowableToken {
    static let prefix = "whl-"
    /// The length of this server's key.
    static let keyBytes = 32
    private let macaroon: Macaroon

    private init(_ macaroon: Macaroon) { self.macaroon = macaroon }

    /// Takes one from its text; `nil` for any other text.
    init?(_ text: String) {
        guard text.hasPrefix(Self.prefix), text.utf8.count <= TokenSecret.lengthLimitBytes,
            let bytes = Base64.decodeURL(text.utf8.dropFirst(Self.prefix.utf8.count)), let macaroon = Macaroon(bytes)
        else { return nil }
        self.macaroon = macaroon
    }

    /// Makes a new one.
    ///
    /// - Parameter key: of this server.
    static func make(key: [UInt8]) throws(CryptoError) -> NarrowableToken {
        let identifier = Array(Base64.encodeURL(try Random.bytes(32)).utf8)
        let root = hmacSHA256(key: key, identifier)
        return NarrowableToken(Macaroon(location: Array("wheelhouse".utf8), identifier: identifier, key: root))
    }

    /// What is shown and sent.
    var text: String { Self.prefix + Base64.encodeURL(macaroon.encoded) }

    /// What narrows it, as bytes.
    var caveats: [[UInt8]] { macaroon.caveats }

    /// The token that this was made of; `nil` when the key is not that of its server.
    func original(key: [UInt8]) -> NarrowableToken? {
        macaroon.original(key: hmacSHA256(key: key, macaroon.identifier)).map(NarrowableToken.init)
    }

    /// The same, narrowed further; `nil` when it would be longer than a token may be or have too many caveats.
    func narrowed(by caveat: String) -> NarrowableToken? {
        macaroon.narrowed(by: Array(caveat.utf8)).map(NarrowableToken.init)
    }
}

/// What a client sent as a token.
struct PresentedToken {
    /// The SHA-256 of the token's text before its holders narrowed it: by this it is known.
    let digest: Digest
    private let caveats: [[UInt8]]

    /// - Parameter key: of this server; `nil` while there are no narrowable tokens.
    /// - Returns: `nil` for a text that cannot be a token of this server.
    init?(_ secret: String, key: [UInt8]?) {
        guard secret.utf8.count <= TokenSecret.lengthLimitBytes else { return nil }
        guard secret.hasPrefix(NarrowableToken.prefix) else {
            digest = TokenSecret.digest(of: secret)
            caveats = []
            return
        }
        guard let key, key.count == NarrowableToken.keyBytes, let token = NarrowableToken(secret),
            let original = token.original(key: key)
        else { return nil }
        digest = TokenSecret.digest(of: original.text)
        caveats = token.caveats
    }

    /// What its holders narrowed it to, each of which must consent.
    ///
    /// - Throws: `IndexError.unauthenticated` for a caveat that is not known, and for a time that is over or yet to come.
    func scopes(at now: UploadTime) throws(IndexError) -> [TokenScope] {
        var scopes: [TokenScope] = []
        for caveat in caveats {
            let scope = try TokenScope(caveat: caveat)
            if let reason = scope.refusal(at: now, by: "This token, narrowed by its holder,") {
                throw IndexError(.unauthenticated, reason)
            }
            scopes.append(scope)
        }
        return scopes
    }
}

extension PackageIndex {
    /// Narrows a token further, without the data folder of its server.
    ///
    /// - Returns: another token, for whoever shall not have more.
    /// - Throws: `IndexError.invalid` for a text that is no such token, and when the result would be too long.
    public static func narrow(_ secret: String, to scope: TokenScope) throws(IndexError) -> String {
        guard var token = NarrowableToken(secret) else {
            throw IndexError(
                .invalid, "This is no token that can be narrowed: those begin with whl- ('token create --narrowable')")
        }
        for caveat in scope.caveats {
            guard let narrowed = token.narrowed(by: caveat) else {
                let limits = "\(Macaroon.caveatLimit) restrictions and \(TokenSecret.lengthLimitBytes) characters"
                throw IndexError(.invalid, "A token can have \(limits) at most; narrow the one that this was made of")
            }
            token = narrowed
        }
        return token.text
    }

    /// A new token that can be narrowed. The server's key is made with the first.
    static func makeNarrowableToken(in store: Store) throws(IndexError) -> String {
        do {
            let key = try store.keepTokenKey(try Random.bytes(NarrowableToken.keyBytes))
            guard key.count == NarrowableToken.keyBytes else {
                throw IndexError(
                    .failed, "The file token-key holds no key; remove it, and the next narrowable token makes a new one"
                )
            }
            return try NarrowableToken.make(key: key).text
        } catch {
            throw IndexError(error)
        }
    }
}
