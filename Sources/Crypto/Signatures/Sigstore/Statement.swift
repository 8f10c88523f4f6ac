internal import Packaging

/// What an envelope signs: a statement of in-toto, version 1, about files.
public struct Statement: Sendable {
    /// The only type that is taken.
    public static let type = "https://in-toto.io/Statement/v1"
    /// The payload type of envelopes that hold statements.
    public static let payloadType = "application/vnd.in-toto+json"

    /// A file that the statement is about.
    public struct Subject: Hashable, Sendable {
        /// The file's name; `nil` when it has none.
        public let name: String?
        /// The SHA-256 in hexadecimal digits, as written; `nil` when it is not given.
        public let sha256: String?
    }

    /// The files.
    public let subjects: [Subject]
    /// What is said about them.
    public let predicateType: String
    /// Whether nothing more is said: the predicate is absent, `null` or `{}`.
    public let isPredicateEmpty: Bool
    /// Whether the predicate is an object.
    public let isPredicateObject: Bool

    /// Reads a statement.
    ///
    /// - Throws: `.broken` when the JSON is refused or is no statement of version 1.
    public init(_ payload: [UInt8]) throws(SignatureFailure) {
        let json: StrictJSON
        do {
            json = try StrictJSON(payload)
        } catch {
            throw .broken("the statement's JSON is refused: \(error)")
        }
        guard json["_type"]?.string == Self.type else { throw .broken("the statement is not in-toto's version 1") }
        guard let subjects = json["subject"]?.array, let predicateType = json["predicateType"]?.string else {
            throw .broken("the statement has no subject or no predicateType")
        }
        self.subjects = subjects.map { Subject(name: $0["name"]?.string, sha256: $0["digest"]?["sha256"]?.string) }
        self.predicateType = predicateType
        let predicate = json["predicate"] ?? .null
        isPredicateEmpty = predicate == .null || predicate == .object([:])
        isPredicateObject = predicate.isObject
    }

    /// Requires that a statement is about a file as PEP 740 wants it: one subject, with name and digest of the
    /// distribution archive, and a predicate that says where it comes from.
    func requireAttestation(of file: SignedFile) throws(SignatureFailure) {
        guard subjects.count == 1, let subject = subjects.first else {
            throw .broken("the statement has \(subjects.count) subjects; an attestation has one")
        }
        guard subject.sha256 == file.sha256.hex else {
            throw .broken("the statement is about a file of another digest")
        }
        guard let name = subject.name else { throw .broken("the statement's subject has no name") }
        if let expected = file.name {
            guard Self.isSameDistribution(name, expected) else {
                throw .broken("the statement is about the file \(name)")
            }
        }
        switch AttestationPredicate(rawValue: predicateType) {
        case .publish:
            guard isPredicateEmpty else { throw .broken("the statement's predicate is not empty") }
        case .provenance:
            guard isPredicateObject else { throw .broken("the statement's predicate is no object") }
        case nil: throw .broken("the statement's predicateType is neither publishing nor SLSA provenance")
        }
    }

    /// Requires that one of the subjects has the file's digest.
    func requireSubject(_ file: SignedFile) throws(SignatureFailure) {
        guard subjects.contains(where: { $0.sha256 == file.sha256.hex }) else {
            throw .broken("the statement is not about a file of this digest")
        }
    }

    /// Whether two names mean the same archive: the same kind, project, version, build and tags, however spelled.
    static func isSameDistribution(_ left: String, _ right: String) -> Bool {
        guard let right = try? DistributionFilename(right, allowingZip: true),
            let left = try? DistributionFilename(left, expecting: (right.project, right.version), allowingZip: true)
        else { return false }
        switch (left, right) {
        case (.wheel(let left), .wheel(let right)):
            return left.build == right.build && Set(left.pythonTags) == Set(right.pythonTags)
                && Set(left.abiTags) == Set(right.abiTags) && Set(left.platformTags) == Set(right.platformTags)
        case (.sdist(let left), .sdist(let right)): return left.text.hasSuffix(".zip") == right.text.hasSuffix(".zip")
        default: return false
        }
    }
}
