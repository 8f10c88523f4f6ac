/// One setting: its name in the file, from which the flag and the environment variable follow, and what it may be.
struct Setting: Sendable {
    enum Kind: Sendable, Equatable {
        case text
        /// A text that is not empty.
        case path
        case texts
        /// Texts, perhaps none.
        case list
        case flag
        case choice([String])
        case integer(ClosedRange<Int64>)
    }

    /// As in the file, such as `uploadLimitBytes`.
    let name: String
    let kind: Kind
    /// As it would be written in the file; several texts with commas between them.
    let standard: String
    /// What it is for, with its unit.
    let reason: String
    /// Whether SIGHUP puts a changed value in force; else it takes a restart.
    var isLive = true

    /// Such as `--upload-limit-bytes`.
    var flag: String { "--" + words.joined(separator: "-") }
    /// Such as `WHEELHOUSE_UPLOAD_LIMIT_BYTES`.
    var variable: String { "WHEELHOUSE_" + words.joined(separator: "_").uppercased() }

    private var words: [String] {
        var words: [String] = [""]
        for character in name {
            if character.isUppercase { words.append("") }
            words[words.count - 1] += character.lowercased()
        }
        return words
    }

    /// The texts that one word of the environment, or the default, stands for: a list has commas in it.
    func texts(in word: String) -> [String] {
        guard kind == .list || kind == .texts, !word.isEmpty else { return kind == .list ? [] : [word] }
        // What stands between two commas is kept: that it is empty is found out where values are checked.
        return word.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }

    /// What the value may be, for an error message.
    var allowed: String {
        switch kind {
        case .text: "a text"
        case .path: "a path"
        case .texts, .list: "a text or a list of texts"
        case .flag: "true or false"
        case .choice(let values): values.map { $0.isEmpty ? "empty" : $0 }.joined(separator: " or ")
        case .integer(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
        }
    }

    /// Every setting, in the order of the example file. A test compares the two.
    static let all = [
        Setting(name: "data", kind: .path, standard: "Storage", reason: "the data folder", isLive: false),
        Setting(
            name: "listen", kind: .texts, standard: "127.0.0.1:8080",
            reason:
                "where to listen: ADDRESS:PORT, [ADDRESS]:PORT, unix:PATH; tls: before it for TLS; port 0 takes any",
            isLive: false),
        Setting(
            name: "tlsCertificate", kind: .text, standard: "",
            reason: "a PEM file: the certificate, then those between it and the root; read again on SIGHUP"),
        Setting(
            name: "tlsKey", kind: .text, standard: "",
            reason: "a PEM file: the certificate's private key, without a passphrase"),
        Setting(
            name: "tlsClientAuthority", kind: .text, standard: "",
            reason: "a PEM file: who signs clients' certificates, which are then needed; empty for none"),
        Setting(
            name: "strictTransportSeconds", kind: .integer(0...63_072_000), standard: "86400",
            reason: "how long browsers shall insist on TLS for this host name, in seconds; 0 to say nothing"),
        Setting(
            name: "basePath", kind: .text, standard: "",
            reason: "a prefix of all paths, such as /pypi, when a proxy passes it on", isLive: false),
        Setting(
            name: "indexes", kind: .list, standard: "",
            reason: "indexes beside main, each at /{name}/ with projects and rights of its own, such as staging",
            isLive: false),
        Setting(
            name: "read", kind: .choice(["", "anyone", "token"]), standard: "",
            reason: "who may read what is not private: anyone, or who has an account; must be stated off loopback",
            isLive: false),
        Setting(
            name: "images", kind: .choice(["https", "none"]), standard: "https",
            reason: "images in descriptions: from other sites by HTTPS, or none", isLive: false),
        Setting(
            name: "behindProxy", kind: .flag, standard: "false",
            reason: "a proxy on the way adds TLS; the word of trustedProxies is believed"),
        Setting(
            name: "trustedProxies", kind: .texts, standard: "127.0.0.0/8,::1,unix",
            reason: "whose X-Forwarded-For, X-Forwarded-Proto and Forwarded are believed while behindProxy is true"),
        Setting(
            name: "uploadLimitBytes", kind: .integer(1...(1 << 40)), standard: "1073741824",
            reason: "the largest archive, in bytes (1 GiB)"),
        Setting(
            name: "refuseConfusableNames", kind: .flag, standard: "true",
            reason: "no new project whose name looks like another one's or like a module of Python"),
        Setting(
            name: "reservedNames", kind: .list, standard: "",
            reason: "names that no new project may have; acme-* for all that begin with acme-"),
        Setting(
            name: "usageDays", kind: .integer(0...36_500), standard: "400",
            reason: "how many days downloads are counted one by one, older ones in sum; 0 to count none", isLive: false),
        Setting(
            name: "publicAddress", kind: .text, standard: "",
            reason: "the https address that clients know the server by, with the base path; names provenance objects",
            isLive: false),
        Setting(
            name: "trust", kind: .list, standard: "",
            reason: "files that say whose signatures are good: trusted_root.json, allowed_signers, keys, PEM"),
        Setting(
            name: "policy", kind: .text, standard: "",
            reason: "a JSON5 file that says whose signatures are needed; empty for nobody's"),
        Setting(
            name: "oidcIssuers", kind: .list, standard: "",
            reason: "whose ID tokens jobs of a CI may publish with: github, gitlab https://…, oidc https://… keys=FILE",
            isLive: false),
        Setting(
            name: "oidcAudience", kind: .text, standard: "",
            reason: "what those ID tokens must be for: the host name of this server", isLive: false),
        Setting(
            name: "oidcAuthority", kind: .text, standard: "",
            reason: "a PEM file: who signs the certificates of the issuers' servers; empty for whom the system trusts",
            isLive: false),
        Setting(
            name: "newProjects", kind: .choice(["uploaders", "managers"]), standard: "uploaders",
            reason: "who makes new projects: all who may upload to the index, or its managers"),
        Setting(
            name: "newProjectsPrivate", kind: .flag, standard: "false",
            reason: "whether new projects are private: seen by those with a grant only"),
        Setting(
            name: "passwordCost", kind: .integer(10...20), standard: "15",
            reason: "the cost of checking a password: scrypt with 2^N rounds, which take 2^N KiB of memory"),
        Setting(
            name: "log", kind: .choice(["text", "json"]), standard: "text", reason: "the form of the access log"),
        Setting(
            name: "accessLog", kind: .flag, standard: "true", reason: "one line per request on standard error"),
        Setting(
            name: "loops", kind: .integer(0...64), standard: "0",
            reason: "event loops, each a thread; 0 for one per processor", isLive: false),
        Setting(
            name: "connections", kind: .integer(16...1_000_000), standard: "16384",
            reason: "open connections at most, of all clients; further ones wait"),
        Setting(
            name: "connectionsPerAddress", kind: .integer(0...1_000_000), standard: "1024",
            reason: "open connections of one IPv4 address or IPv6 /64, trustedProxies aside; 0 for no limit"),
        Setting(
            name: "headSeconds", kind: .integer(1...3600), standard: "10",
            reason: "how long a request's head may take, in seconds"),
        Setting(
            name: "handshakeSeconds", kind: .integer(1...3600), standard: "10",
            reason: "how long a TLS handshake may take, in seconds"),
        Setting(
            name: "bodySeconds", kind: .integer(1...3600), standard: "30",
            reason: "how long a body may take, in seconds, plus its bytes so far at 1 KiB per second"),
        Setting(
            name: "idleSeconds", kind: .integer(1...3600), standard: "75",
            reason: "how long a connection may wait for its next request, in seconds"),
        Setting(
            name: "writeSeconds", kind: .integer(1...3600), standard: "60",
            reason: "how long a client may take for an answer, in seconds, plus its bytes so far at 1 KiB per second"),
        Setting(
            name: "drainSeconds", kind: .integer(0...3600), standard: "30",
            reason: "how long requests in flight may take after SIGTERM, in seconds"),
    ]
}
