import Crypto

/// What an ID token must say so that its bearer is a publisher: by the rules of the CI that issues it.
public struct PublisherTerms: Hashable, Sendable {
    /// Whose rules.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// GitHub Actions: `repository`, `workflow`, `owner-id`, perhaps `environment`.
        case github
        /// GitLab CI: `project`, `config`, perhaps `environment` and `namespace-id`.
        case gitlab
        /// Any issuer of OpenID Connect: claims by their names, each with a pattern in which `*` stands for anything.
        case oidc

        /// The issuer where none is named.
        public var standardIssuer: String? {
            switch self {
            case .github: "https://token.actions.githubusercontent.com"
            case .gitlab: "https://gitlab.com"
            case .oidc: nil
            }
        }

        fileprivate var names: (needed: Set<String>, allowed: Set<String>)? {
            switch self {
            case .github: (["repository", "workflow", "owner-id"], ["environment"])
            case .gitlab: (["project", "config"], ["environment", "namespace-id"])
            case .oidc: nil
            }
        }
    }

    /// Whose rules.
    public let kind: Kind
    /// By their names.
    public let values: [String: String]

    /// Checks the terms.
    ///
    /// - Throws: `IndexError.invalid` for a term that is missing, unknown or cannot be.
    public init(_ kind: Kind, _ values: [String: String]) throws(IndexError) {
        self.kind = kind
        self.values = values
        for (name, value) in values {
            let isPlain = (name + value).unicodeScalars.allSatisfy {
                $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value)
            }
            guard isPlain, [name, value].allSatisfy({ (1...500).contains($0.utf8.count) }) else {
                throw IndexError(
                    .invalid, "The publisher's '\(name.prefix(500))' must be 1 to 500 characters on one line")
            }
        }
        guard let names = kind.names else {
            try Self.checkPatterns(values)
            return
        }
        if let name = names.needed.subtracting(values.keys).sorted().first {
            throw IndexError(.invalid, "A publisher of \(kind.rawValue) needs '\(name)'")
        }
        if let name = Set(values.keys).subtracting(names.needed).subtracting(names.allowed).sorted().first {
            throw IndexError(.invalid, "A publisher of \(kind.rawValue) has no '\(name)'")
        }
        try checkPlace()
    }

    private static func checkPatterns(_ values: [String: String]) throws(IndexError) {
        guard values.values.contains(where: { $0.utf8.contains { $0 != UInt8(ascii: "*") } }) else {
            throw IndexError(.invalid, "A publisher of oidc needs a claim that not every token of the issuer has")
        }
    }

    /// The names of repositories, projects and files, so that none can reach over its end in what is compared.
    private func checkPlace() throws(IndexError) {
        let place = self["repository"] ?? self["project"] ?? ""
        let segments = place.split(separator: "/", omittingEmptySubsequences: false)
        let areNames = segments.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy(Self.isName) }
        let isRepository = kind == .github ? segments.count == 2 : segments.count >= 2
        guard areNames, isRepository else {
            throw IndexError(.invalid, "'\(place)' must be OWNER/NAME, as in the address of the repository")
        }
        let file = self["workflow"] ?? self["config"] ?? ""
        guard file.hasSuffix(".yml") || file.hasSuffix(".yaml"), !file.contains("@"), !file.hasPrefix("/"),
            kind == .gitlab || !file.contains("/")
        else {
            throw IndexError(.invalid, "'\(file)' must be the name of a file that ends in .yml or .yaml")
        }
        let number = self["owner-id"] ?? self["namespace-id"] ?? "0"
        guard number.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw IndexError(.invalid, "'\(number)' must be the number of the owner, which stays when names change")
        }
    }

    private static func isName(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            || "-_.".utf8.contains(byte)
    }

    subscript(name: String) -> String? { values[name] }

    /// The environment that a token must be for; `nil` for any.
    var environment: String? { kind == .oidc ? nil : self["environment"] }

    /// What the publisher is called: the beginning of the names of its tokens, such as `github:acme/web/release.yml`.
    func principal(issuer: String) -> String {
        switch kind {
        case .github: "github:\(self["repository"] ?? "")/\(self["workflow"] ?? "")"
        case .gitlab: "gitlab:\(self["project"] ?? "")"
        case .oidc: "oidc:\(issuer.dropFirst("https://".count))"
        }
    }

    /// Whether the claims of a verified token are those of this publisher.
    func hold(for claims: StrictJSON, issuer: String) -> Bool {
        switch kind {
        case .github: holdForGitHub(claims)
        case .gitlab: holdForGitLab(claims, issuer: issuer)
        case .oidc:
            values.allSatisfy { name, pattern in
                claims[name]?.claimText.map { matches($0, pattern: pattern) } ?? false
            }
        }
    }

    /// <https://docs.github.com/en/actions/reference/security/oidc>
    private func holdForGitHub(_ claims: StrictJSON) -> Bool {
        guard let repository = self["repository"], let workflow = self["workflow"],
            let owner = repository.split(separator: "/").first
        else { return false }
        guard let claimed = claims["repository"]?.string, isSame(claimed, repository),
            isSame(claims["repository_owner"]?.string, String(owner)),
            // The number tells an account from one that took over its name.
            claims["repository_owner_id"]?.claimText == self["owner-id"],
            // Runs with the secrets of the repository on what strangers propose.
            claims["event_name"]?.string != "pull_request_target"
        else { return false }
        guard let ref = claims["ref"]?.string, let sha = claims["sha"]?.string else { return false }
        let path = "\(claimed)/.github/workflows/\(workflow)@"
        let places = [ref, sha].filter { !$0.isEmpty }.map { path + $0 }
        guard let place = claims["job_workflow_ref"]?.string, places.contains(place) else { return false }
        return environment.map { isSame(claims["environment"]?.string, $0) } ?? true
    }

    /// <https://docs.gitlab.com/ci/secrets/id_token_authentication/>
    private func holdForGitLab(_ claims: StrictJSON, issuer: String) -> Bool {
        guard let project = self["project"], let config = self["config"] else { return false }
        guard let claimed = claims["project_path"]?.string, isSame(claimed, project),
            let subject = claims["sub"]?.string?.split(separator: ":", omittingEmptySubsequences: false),
            subject.count > 1, subject[0] == "project_path", isSame(String(subject[1]), project)
        else { return false }
        if let number = self["namespace-id"], claims["namespace_id"]?.claimText != number { return false }
        guard let ref = claims["ref_path"]?.string, let sha = claims["sha"]?.string, !ref.isEmpty, !sha.isEmpty else {
            return false
        }
        let path = "\(issuer.dropFirst("https://".count))/\(claimed)//\(config)@"
        guard let place = claims["ci_config_ref_uri"]?.string, [path + ref, path + sha].contains(place) else {
            return false
        }
        return environment.map { claims["environment"]?.string == $0 } ?? true
    }

    /// Hosts of repositories take names for equal that differ in the case of letters.
    private func isSame(_ claimed: String?, _ wanted: String) -> Bool {
        guard let claimed else { return false }
        return asciiLowercased(claimed) == asciiLowercased(wanted)
    }
}

/// By bytes: `lowercased()` maps other letters to these as well, such as the Kelvin sign.
private func asciiLowercased(_ text: String) -> [UInt8] {
    text.utf8.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
}

/// Whether a text is what a pattern says, in which `*` stands for any characters or none.
func matches(_ text: String, pattern: String) -> Bool {
    let (text, pattern) = (Array(text.utf8), Array(pattern.utf8))
    let star = UInt8(ascii: "*")
    var (at, place) = (0, 0)
    // Where to go on when what follows the last star does not fit: one byte more belongs to the star.
    var retry: (at: Int, place: Int)?
    while at < text.count {
        if place < pattern.count, pattern[place] == star {
            retry = (at, place)
            place += 1
        } else if place < pattern.count, pattern[place] == text[at] {
            at += 1
            place += 1
        } else if let last = retry {
            retry = (last.at + 1, last.place)
            at = last.at + 1
            place = last.place + 1
        } else {
            return false
        }
    }
    return pattern[place...].allSatisfy { $0 == star }
}

extension StrictJSON {
    /// A claim as terms are written: a string, a number, or `true` and `false`.
    var claimText: String? {
        switch self {
        case .string(let text): text
        case .integer(let number): "\(number)"
        case .boolean(let value): "\(value)"
        default: nil
        }
    }
}
