/// A set of conditions on a version, such as `>=3.9,!=3.9.1` (PEP 440, "Version specifiers"). All must hold.
public struct VersionSpecifierSet: Hashable, Sendable, CustomStringConvertible {
    /// The longest set.
    public static let lengthLimitBytes = 1024

    /// The set as it was written.
    public let text: String

    private let conditions: [VersionCondition]

    /// Whether the set has no condition: every version fits.
    public var isEmpty: Bool { conditions.isEmpty }

    /// The set as it was written.
    public var description: String { text }

    /// The clauses sorted, without white space and repetitions, each version as it was written.
    public var normalForm: String {
        var seen: Set<String> = []
        let clauses = Array(text.utf8).split(separator: UInt8(ascii: ",")).map { clause in
            String(decoding: clause.filter { !$0.isWhitespace }, as: UTF8.self)
        }
        return clauses.filter { !$0.isEmpty }.sorted().filter { seen.insert(Self.identity($0)).inserted }
            .joined(separator: ",")
    }

    /// Equal for clauses that say the same of equal versions, such as `>=1.0` and `>=1`.
    private static func identity(_ clause: String) -> String {
        let comparison = clause.prefix { "<>=~!".contains($0) }
        guard comparison != "===", let version = try? Version(String(clause.dropFirst(comparison.count))) else {
            return clause
        }
        return comparison + (comparison == "~=" ? version.description : version.identity)
    }

    /// Reads clauses between commas. Empty clauses and white space around each clause and operator are ignored.
    ///
    /// - Throws: `PackagingError` when a clause is not valid or `text` is longer than ``lengthLimitBytes``.
    public init(_ text: String) throws(PackagingError) {
        try Self.checkLength(text)
        self.text = text
        self.conditions = try Self.conditions(text)
    }

    /// Reads what old metadata contains and installers forgive: besides valid sets, `>=3.*` (as `>=3`), `!=3.0*` and
    /// `!=~3.0` (as `!=3.0.*`), a missing comma (`>=3<4`) and stray quotes.
    ///
    /// - Throws: `PackagingError` when the set is not valid after these repairs. ``text`` stays as it was written.
    public init(lenient text: String) throws(PackagingError) {
        try Self.checkLength(text)
        self.text = text
        do {
            self.conditions = try Self.conditions(text)
        } catch {
            let mended = try Self.conditions(mendedSpecifiers(text))
            guard !mended.isEmpty else { throw error }
            self.conditions = mended
        }
    }

    /// Whether `version` fulfils every condition. Pre-releases are treated like other versions: whether they are wanted
    /// is the installer's choice.
    public func contains(_ version: Version) -> Bool {
        guard let parts = VersionParts(version.description.utf8) else { return false }
        return conditions.allSatisfy { $0.holds(for: parts) }
    }

    private static func checkLength(_ text: String) throws(PackagingError) {
        guard text.utf8.count > lengthLimitBytes else { return }
        throw PackagingError(
            reason: "The version specifier \(PackagingError.quote(text)) has \(text.utf8.count) bytes;"
                + " at most \(lengthLimitBytes) are allowed.")
    }

    private static func conditions(_ text: String) throws(PackagingError) -> [VersionCondition] {
        var conditions: [VersionCondition] = []
        for clause in Array(text.utf8).split(separator: UInt8(ascii: ",")) {
            let clause = clause.trimmingWhitespace()
            guard !clause.isEmpty else { continue }
            guard let condition = VersionCondition(clause) else {
                throw PackagingError(
                    reason: "The version specifier \(PackagingError.quote(String(decoding: clause, as: UTF8.self)))"
                        + " is not valid: PEP 440 allows ~=, ==, !=, <=, >=, <, > or === and a version, such as"
                        + " >=3.9; '.*' only after == or !=.")
            }
            conditions.append(condition)
        }
        return conditions
    }
}

/// One clause of a version specifier set.
enum VersionCondition: Hashable, Sendable {
    /// The operators that compare with a version.
    enum Comparison: String, CaseIterable, Sendable {
        case compatible = "~="
        case equal = "=="
        case notEqual = "!="
        case atMost = "<="
        case atLeast = ">="
        case below = "<"
        case above = ">"
    }

    /// `===text`: equal texts, whatever their case.
    case exactly(String)
    /// `==N.*`, or `!=N.*` when negated.
    case prefix(VersionParts, isNegated: Bool)
    /// Any other clause.
    case compare(Comparison, VersionParts)

    /// Reads one clause without white space around it; `nil` when it is not valid.
    init?(_ clause: ArraySlice<UInt8>) {
        if clause.starts(with: "===".utf8) {
            let text = clause.dropFirst(3).trimmingWhitespace()
            // Printable ASCII but ';' and ')', which end a specifier in a requirement.
            let isPlain = text.allSatisfy {
                (0x21..<0x7F).contains($0) && $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: ")")
            }
            guard isPlain, !text.isEmpty else { return nil }
            self = .exactly(String(decoding: text.map(\.lowercased), as: UTF8.self))
            return
        }
        guard let comparison = Comparison.allCases.first(where: { clause.starts(with: $0.rawValue.utf8) }) else {
            return nil
        }
        let operand = clause.dropFirst(comparison.rawValue.utf8.count).trimmingWhitespace()
        guard operand.count <= Version.lengthLimitBytes else { return nil }
        let isEquality = comparison == .equal || comparison == .notEqual
        if isEquality, operand.suffix(2).elementsEqual(".*".utf8) {
            guard let parts = VersionParts(operand.dropLast(2)), parts.isReleaseOnly else { return nil }
            self = .prefix(parts, isNegated: comparison == .notEqual)
            return
        }
        guard let parts = VersionParts(operand), isEquality || parts.local.isEmpty,
            comparison != .compatible || parts.release.count > 1
        else { return nil }
        self = .compare(comparison, parts)
    }

    /// Whether `version` fulfils this clause.
    func holds(for version: VersionParts) -> Bool {
        switch self {
        case .exactly(let text): version.normalForm() == text
        case .prefix(let prefix, let isNegated): version.isInside(prefix) != isNegated
        case .compare(let comparison, let limit): version.fulfils(comparison, limit)
        }
    }
}

extension VersionParts {
    /// Whether there is nothing but an epoch and a release.
    fileprivate var isReleaseOnly: Bool { phase == nil && post == nil && dev == nil && local.isEmpty }

    /// Whether the release, filled up with zeros, begins with the release of `prefix`, in the same epoch.
    fileprivate func isInside(_ prefix: VersionParts) -> Bool {
        guard epoch == prefix.epoch else { return false }
        return prefix.release.indices.allSatisfy { index in
            (index < release.count ? release[index] : Self.zero) == prefix.release[index]
        }
    }

    fileprivate func fulfils(_ comparison: VersionCondition.Comparison, _ limit: VersionParts) -> Bool {
        // A local label counts only against a clause that has one itself (PEP 440, "Version matching").
        let own = limit.local.isEmpty ? withoutLocal : self
        switch comparison {
        case .equal: return own.orderKey == limit.orderKey
        case .notEqual: return own.orderKey != limit.orderKey
        case .atMost: return !limit.precedes(own)
        case .atLeast: return !precedes(limit)
        case .compatible:
            var prefix = limit
            prefix.release.removeLast()
            return !precedes(limit) && isInside(prefix)
        case .below: return precedes(limit.earliestOfItsRelease)
        case .above: return limit.precedes(own) && !isPostrelease(of: limit)
        }
    }

    private func precedes(_ other: VersionParts) -> Bool {
        orderKey.lexicographicallyPrecedes(other.orderKey)
    }

    /// `<V` leaves out the pre-releases of V unless V is one itself (PEP 440, "Exclusive ordered comparison").
    private var earliestOfItsRelease: VersionParts {
        guard !isPrerelease else { return self }
        var earliest = self
        earliest.dev = Self.zero
        return earliest
    }

    /// `>V` leaves out the post-releases of V unless V is one itself (same place).
    private func isPostrelease(of limit: VersionParts) -> Bool {
        guard limit.post == nil, limit.dev == nil, post != nil else { return false }
        var base = withoutLocal
        base.post = nil
        base.dev = nil
        return base.orderKey == limit.orderKey
    }
}
