import Crypto
import Packaging
import Posix
import Storage
import Wheelhouse

/// The file that the setting `policy` names: who must sign what, in JSON5.
struct PolicyFile {
    /// The longest file.
    private static let limitBytes = 1 << 20

    private let name: String
    private var signers: [String: [SignerProof]] = [:]

    /// Reads the policy of a configuration; one without rules when none is named.
    ///
    /// - Throws: `UsageError` with file and line.
    static func read(_ configuration: Configuration) throws(UsageError) -> SignaturePolicy {
        let path = configuration.text("policy")
        guard !path.isEmpty else { return SignaturePolicy() }
        let bytes: [UInt8]
        do throws(Errno) {
            bytes = try File.open(path).read(at: 0, count: limitBytes)
        } catch {
            throw UsageError("the policy '\(path)' cannot be read: \(error)", mend: "name one that can")
        }
        return try read(bytes, name: path)
    }

    /// Reads a policy.
    ///
    /// - Parameter name: of the file, for messages.
    static func read(_ bytes: [UInt8], name: String) throws(UsageError) -> SignaturePolicy {
        let members: [JSON5.Member]
        do {
            members = try JSON5.members(of: bytes)
        } catch {
            throw UsageError("\(name) line \(error.line): \(error.reason)", mend: "write { signers: {…}, rules: […] }")
        }
        var file = PolicyFile(name: name)
        let top = try PolicyObject(members, ["signers", "rules"], line: 1, in: name)
        if let signers = top["signers"] { try file.readSigners(signers) }
        guard let rules = top["rules"] else { return SignaturePolicy() }
        var policy = SignaturePolicy()
        for rule in try rules.elements() { policy.rules.append(try file.rule(rule)) }
        return policy
    }

    private init(name: String) {
        self.name = name
    }

    // MARK: Signers

    private mutating func readSigners(_ value: PolicyValue) throws(UsageError) {
        var owners: [SignerProof: String] = [:]
        for member in try value.members() {
            let list = PolicyValue(member.value, member.line, "signer '\(member.name)'", in: name)
            let elements = if case .object = member.value { [list] } else { try list.elements() }
            guard !elements.isEmpty else { throw list.mistake("can prove it in no way", mend: "name a key") }
            guard signers[member.name] == nil else {
                throw list.mistake("stands there twice", mend: "keep one of them")
            }
            for element in elements {
                let proof = try SignerProof(PolicyObject(element))
                // Two signers with one key would count as two where a rule wants two.
                if let owner = owners.updateValue(member.name, forKey: proof) {
                    throw element.mistake("proves '\(owner)' too", mend: "give every signer a key of its own")
                }
                signers[member.name, default: []].append(proof)
            }
            try requireOneKind(signers[member.name, default: []].map { .signer(member.name, [$0]) }, list)
        }
    }

    // MARK: Rules

    private static let ruleNames = [
        "projects", "require", "continuity", "files", "since", "missing", "unknownSigner",
    ]

    private func rule(_ value: PolicyValue) throws(UsageError) -> SignaturePolicy.Rule {
        let object = try PolicyObject(value, Self.ruleNames)
        guard let projects = object["projects"] else {
            throw value.mistake("names no projects", mend: #"write projects: ["acme-*"]"#)
        }
        var rule = SignaturePolicy.Rule(
            projects: try patterns(projects), demand: try demand(object, value), place: "\(name) line \(value.line)")
        if let files = object["files"] { rule.kinds = try kinds(files) }
        if let since = object["since"] { rule.since = try since.time() }
        if let missing = object["missing"] { rule.missing = try missing.choice(SignaturePolicy.Missing.allCases) }
        if let unknown = object["unknownSigner"] {
            let word = try unknown.text()
            guard word == "reject" || word == "record" else {
                throw unknown.mistake("is '\(word)'", mend: "it must be reject or record")
            }
            rule.refusesUnknownSigners = word == "reject"
        }
        return rule
    }

    private func patterns(_ value: PolicyValue) throws(UsageError) -> [String] {
        let patterns = try value.texts()
        guard !patterns.isEmpty else { throw value.mistake("is empty", mend: #"write projects: ["*"] for all"#) }
        for pattern in patterns {
            let isPattern = pattern.utf8.allSatisfy { byte in
                (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x2D || byte == 0x2A
            }
            guard isPattern, !pattern.isEmpty else {
                throw value.mistake(
                    "has '\(pattern)'", mend: "write normalized names (a-z, 0-9, -), with * for anything")
            }
        }
        return patterns
    }

    private func kinds(_ value: PolicyValue) throws(UsageError) -> Set<ArchiveKind> {
        var kinds: Set<ArchiveKind> = []
        for text in try value.texts() {
            guard let kind = ArchiveKind(rawValue: text) else {
                throw value.mistake("has '\(text)'", mend: "it may have wheel and sdist")
            }
            kinds.insert(kind)
        }
        guard !kinds.isEmpty else { throw value.mistake("is empty", mend: "it may have wheel and sdist") }
        return kinds
    }

    private func demand(_ object: PolicyObject, _ rule: PolicyValue) throws(UsageError) -> SignaturePolicy.Demand {
        switch (object["require"], object["continuity"]) {
        case (let value?, nil): return .signers(try requirement(value))
        case (nil, let value?):
            guard case .flag(true) = value.value else {
                throw value.mistake("is not true", mend: "leave it out, or write continuity: true")
            }
            return .continuity
        default:
            throw rule.mistake("has not exactly one of require and continuity", mend: "say what is required")
        }
    }

    private func requirement(_ value: PolicyValue) throws(UsageError) -> SignerRequirement {
        switch value.value {
        case .text(let text):
            guard let proofs = signers[text] else {
                let names = signers.keys.sorted().joined(separator: ", ")
                throw value.mistake("names the signer '\(text)'", mend: "the signers are \(names)")
            }
            return .signer(text, proofs)
        case .object:
            let object = try PolicyObject(value, ["any", "all", "threshold", "of"])
            switch (object["any"], object["all"], object["threshold"], object["of"]) {
            case (let list?, nil, nil, nil): return .threshold(1, of: try alternatives(list))
            case (nil, let list?, nil, nil): return try all(list)
            case (nil, nil, let count?, let list?):
                let requirements = try alternatives(list)
                guard case .integer(let number) = count.value, (1...Int64(requirements.count)).contains(number) else {
                    throw count.mistake("is no number up to that of the signers", mend: "write threshold: 1 or more")
                }
                return .threshold(Int(number), of: requirements)
            default:
                throw value.mistake(
                    "is none of { any: […] }, { all: […] }, { threshold: 2, of: […] }", mend: "write one of them")
            }
        default: return try all(value)
        }
    }

    private func all(_ list: PolicyValue) throws(UsageError) -> SignerRequirement {
        let requirements = try requirements(list)
        return .threshold(requirements.count, of: requirements)
    }

    /// Requirements of which some are enough.
    private func alternatives(_ list: PolicyValue) throws(UsageError) -> [SignerRequirement] {
        let requirements = try requirements(list)
        try requireOneKind(requirements, list)
        return requirements
    }

    /// A timestamp must not count where somebody's signature would: anybody gets one.
    private func requireOneKind(_ alternatives: [SignerRequirement], _ place: PolicyValue) throws(UsageError) {
        guard Set(alternatives.map(\.isTimestamp)).count == 1 else {
            throw place.mistake(
                "has a timestamp in place of a signature", mend: "give it a name and require both: { all: […] }")
        }
    }

    private func requirements(_ value: PolicyValue) throws(UsageError) -> [SignerRequirement] {
        var requirements: [SignerRequirement] = []
        for element in try value.elements() { requirements.append(try requirement(element)) }
        guard !requirements.isEmpty else { throw value.mistake("is empty", mend: "name a signer") }
        return requirements
    }
}
