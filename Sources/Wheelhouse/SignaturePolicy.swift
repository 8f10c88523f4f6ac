public import Packaging
public import Storage

/// Who must sign what: rules of the configuration, of which the first whose patterns match a project counts.
public struct SignaturePolicy: Sendable {
    /// What becomes of a file that lacks a signature.
    public enum Missing: String, Sendable, CaseIterable {
        /// Its upload is refused.
        case reject
        /// It is stored, and hidden from installers until it is signed.
        case quarantine
        /// It is published, and its uploader is told.
        case record
    }

    /// What a rule asks for.
    public enum Demand: Sendable {
        /// These signers.
        case signers(SignerRequirement)
        /// Whoever signed the project first.
        case continuity
    }

    /// One rule.
    public struct Rule: Sendable {
        /// Patterns of normalized names, in which `*` stands for anything.
        public var projects: [String]
        /// What it asks for.
        public var demand: Demand
        /// The kinds of archives that it is about.
        public var kinds: Set<ArchiveKind> = [.wheel, .sdist]
        /// Files uploaded earlier are not touched; `nil` for all.
        public var since: UploadTime?
        /// What becomes of a file that lacks a signature.
        public var missing = Missing.reject
        /// Whether a signature by somebody unknown refuses the upload.
        public var refusesUnknownSigners = false
        /// Where it stands, such as `policy.json5 line 7`.
        public var place: String

        /// A rule for every file of the projects that refuses what is not signed.
        public init(projects: [String], demand: Demand, place: String) {
            self.projects = projects
            self.demand = demand
            self.place = place
        }

        /// Whether what it asks for says when a file was there, and nothing of by whom.
        public var asksForTimestampsOnly: Bool {
            if case .signers(let requirement) = demand { requirement.isTimestamp } else { false }
        }

        /// Whether the rule is about files of this kind that are uploaded at this time.
        public func concerns(_ kind: ArchiveKind, uploaded time: UploadTime) -> Bool {
            kinds.contains(kind) && since.map { $0.microseconds <= time.microseconds } ?? true
        }
    }

    /// In the order of the file.
    public var rules: [Rule]

    /// A policy; without rules nothing has to be signed.
    public init(rules: [Rule] = []) {
        self.rules = rules
    }

    /// The rule for a project; `nil` when there is none.
    public func rule(for project: ProjectName) -> Rule? {
        rules.first { rule in rule.projects.contains { Glob($0).matches(project.normalized) } }
    }
}

extension SignaturePolicy {
    /// What the policy says of one file.
    enum Decision: Equatable {
        /// It may be published; the sentence tells what is missing all the same. The signer is to be pinned.
        case publish(warning: String?, pin: PinnedSigner?)
        /// It is stored and hidden, for the reason of the sentence.
        case hold(String)
        /// It is refused, with this sentence.
        case refuse(String)
    }

    /// Decides about a file.
    ///
    /// - Parameters:
    ///   - signatures: all that the file has.
    ///   - pinned: who signed the project first.
    func decide(
        _ project: ProjectName, _ kind: ArchiveKind, uploaded time: UploadTime, _ signatures: [CheckedSignature],
        pinned: PinnedSigner?
    ) -> Decision {
        guard let rule = rule(for: project) else { return .publish(warning: nil, pin: nil) }
        let unknown = signatures.first { $0.isByUnknownSigner }
        if rule.refusesUnknownSigners, let unknown {
            return .refuse("The signature is by somebody who is not trusted here: \(unknown.reason)")
        }
        guard rule.concerns(kind, uploaded: time) else { return .publish(warning: nil, pin: nil) }
        let wanted: String
        switch rule.demand {
        case .signers(let requirement):
            guard !requirement.holds(for: signatures) else { return .publish(warning: nil, pin: nil) }
            wanted = requirement.text
        case .continuity:
            guard let pinned else { return .publish(warning: nil, pin: signatures.lazy.compactMap(\.pin).first) }
            guard !signatures.contains(where: { $0.pin?.identity == pinned.identity }) else {
                return .publish(warning: nil, pin: nil)
            }
            wanted = "\(pinned.signer), who signed this project first"
        }
        let sentence = "Files of '\(project)' must be signed by \(wanted)"
        switch rule.missing {
        case .reject: return .refuse("\(sentence); sign this one and upload it again")
        case .quarantine: return .hold("\(sentence); until then this one is hidden from installers")
        case .record: return .publish(warning: "\(sentence); this one is not", pin: nil)
        }
    }
}

/// A text in which `*` stands for any bytes, also none.
struct Glob {
    private let parts: [[UInt8]]

    init(_ pattern: String) {
        parts = pattern.utf8.split(separator: UInt8(ascii: "*"), omittingEmptySubsequences: false).map(Array.init)
    }

    func matches(_ text: String) -> Bool {
        var rest = Array(text.utf8)[...]
        guard parts.count > 1 else { return rest.elementsEqual(parts[0]) }
        guard rest.starts(with: parts[0]) else { return false }
        rest = rest.dropFirst(parts[0].count)
        for part in parts.dropFirst().dropLast() where !part.isEmpty {
            guard let found = rest.firstRange(of: part) else { return false }
            rest = rest[found.upperBound...]
        }
        let last = parts[parts.count - 1]
        return rest.count >= last.count && rest.suffix(last.count).elementsEqual(last)
    }
}
