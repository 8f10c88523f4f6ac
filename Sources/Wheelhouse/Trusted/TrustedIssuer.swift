/// An issuer of ID tokens that the configuration names.
public struct TrustedIssuer: Hashable, Sendable {
    /// Where its keys come from.
    public enum Keys: Hashable, Sendable {
        /// From `jwks_uri` of its discovery document, at the issuer's own host (OpenID Connect Discovery §4).
        case discovery
        /// From this address.
        case address(String)
        /// From a file with a JSON Web Key Set.
        case file(String)
    }

    /// Whose rules its tokens go by.
    public let kind: PublisherTerms.Kind
    /// Exactly what its tokens have as `iss`; `https://…` without a slash at its end.
    public let url: String
    /// Where its keys come from.
    public let keys: Keys

    /// Reads `KIND [ISSUER] [keys=FILE|ADDRESS]`, such as `github`, `gitlab https://gitlab.acme.example` or
    /// `oidc https://ci.acme.example keys=/etc/wheelhouse/ci.jwks`.
    ///
    /// - Throws: `IndexError.invalid` with what is wrong.
    public init(_ text: String) throws(IndexError) {
        var words = text.split(separator: " ").map(String.init)[...]
        guard let kind = words.popFirst().flatMap(PublisherTerms.Kind.init) else {
            throw IndexError(.invalid, "an issuer begins with github, gitlab or oidc")
        }
        var url = kind.standardIssuer
        var keys = Keys.discovery
        if let word = words.first, !word.hasPrefix("keys=") {
            url = word
            words.removeFirst()
        }
        if let word = words.popFirst() {
            let place = String(word.dropFirst("keys=".count))
            guard word.hasPrefix("keys="), !place.isEmpty else {
                throw IndexError(.invalid, "behind the issuer stands keys=FILE or keys=https://… or nothing")
            }
            keys = place.hasPrefix("https://") ? .address(place) : .file(place)
        }
        guard words.isEmpty else { throw IndexError(.invalid, "there is more behind the keys") }
        guard let url, url.hasPrefix("https://"), !url.hasSuffix("/"), Self.host(of: url) != nil else {
            throw IndexError(.invalid, "an issuer is an address such as https://gitlab.example, without a last slash")
        }
        (self.kind, self.url, self.keys) = (kind, url, keys)
    }

    /// Host and port of an address that begins with `https://`, as they are written; `nil` for another one.
    static func host(of address: String) -> String? {
        guard address.hasPrefix("https://") else { return nil }
        let host = address.dropFirst("https://".count).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard !host.isEmpty, !host.contains("@"), !host.contains("\\") else { return nil }
        return String(host)
    }
}
