import Crypto
public import Packaging
import Posix
import Storage

/// What belongs to an archive and is served beside it.
public enum SignatureDocument: Hashable, Sendable {
    /// The attestations by publisher (PEP 740).
    case provenance
    /// Every signature with every check of it.
    case signatures
    /// The signature of this suffix, such as `asc`; the first that is valid, or else the first.
    case signature(suffix: String)
}

/// Small bytes that are made for each request.
public struct ServedDocument: Sendable {
    /// The bytes.
    public let bytes: [UInt8]
    /// Their type, such as `application/json`.
    public let type: String
    /// Whose file it is.
    public let project: ProjectName
    /// The last change of the file.
    public let serial: Int64
    /// Whether the file's project is for some people only.
    public internal(set) var isPrivate = false
}

extension PackageIndex {
    /// Makes a document about a file; `nil` when there is no such file, or nothing to say.
    ///
    /// - Parameters:
    ///   - sha256: of the archive, or of a signature that is asked for by its suffix.
    ///   - viewer: who asks; `nil` for anyone. Who may manage the file sees also one that is hidden from installers.
    public func document(
        _ document: SignatureDocument, of filename: String, sha256: Digest, index: String, for viewer: Principal? = nil
    ) async throws(IndexError) -> ServedDocument? {
        try await onWorker { [self] store throws(StorageError) in
            guard let file = try store.file(index: index, filename: filename) else { return nil }
            let isManager = manages(file, viewer)
            guard isManager || sees(file, viewer) else { return nil }
            var made = try self.document(document, of: file, sha256: sha256, seesHeld: isManager, in: store)
            made?.isPrivate = file.isPrivate || file.holdReason != nil
            return made
        }.get()
    }

    private func document(
        _ document: SignatureDocument, of file: FileRecord, sha256: Digest, seesHeld: Bool, in store: Store
    ) throws(StorageError) -> ServedDocument? {
        let (index, filename) = (file.index, file.filename)
        let isServed = try store.file(index: index, sha256: file.sha256, filename: filename) != nil
        guard isServed || seesHeld else { return nil }
        let signatures = try store.signatures(index: index, filename: filename)
        let isArchive = sha256 == file.sha256
        switch document {
        case .provenance:
            return isArchive ? try Self.provenance(of: file, signatures, in: store) : nil
        case .signatures:
            guard isArchive else { return nil }
            let text = SignatureList(
                file: file, rule: policy.signatures.rule(for: file.project), signatures: signatures
            ).json()
            return ServedDocument(
                bytes: Array(text.utf8), type: "application/json", project: file.project, serial: file.serial)
        case .signature(let suffix):
            let found = signatures.filter { $0.suffix == suffix && (isArchive || $0.sha256 == sha256) }
            guard let one = found.first(where: { $0.checks.last?.verdict == "valid" }) ?? found.first else {
                return nil
            }
            return try Self.bytes(of: one, in: store).map {
                ServedDocument(
                    bytes: $0, type: "application/octet-stream", project: file.project, serial: file.serial)
            }
        }
    }

    /// The provenance object of a file by its place in the index; `nil` when there is none.
    ///
    /// - Parameters:
    ///   - project: a normalized name.
    ///   - viewer: who asks; `nil` for anyone.
    public func provenance(
        project: String, version: Version, filename: String, index: String, for viewer: Principal? = nil
    ) async throws(IndexError) -> ServedDocument? {
        try await onWorker { [self] store throws(StorageError) in
            guard let file = try store.file(index: index, filename: filename), file.project.normalized == project,
                file.version == version, sees(file, viewer),
                try store.file(index: index, sha256: file.sha256, filename: filename) != nil
            else { return nil }
            let signatures = try store.signatures(index: index, filename: filename)
            var made = try Self.provenance(of: file, signatures, in: store)
            made?.isPrivate = file.isPrivate || file.holdReason != nil
            return made
        }.get()
    }

    /// The attestations that are valid and by one of the publishers that PEP 740's readers know: they refuse the whole
    /// object for any other.
    private static func provenance(
        of file: FileRecord, _ signatures: [SignatureRecord], in store: Store
    ) throws(StorageError) -> ServedDocument? {
        var bundles: [(publisher: AttestationPublisher, attestations: [[UInt8]])] = []
        for signature in signatures where signature.isAttestation && signature.checks.last?.verdict == "valid" {
            guard let bytes = try bytes(of: signature, in: store),
                let publisher = AttestedIdentity(attestation: bytes)?.certificate.publisher
            else { continue }
            if let known = bundles.firstIndex(where: { $0.publisher == publisher }) {
                bundles[known].attestations.append(bytes)
            } else {
                bundles.append((publisher, [bytes]))
            }
        }
        guard !bundles.isEmpty else { return nil }
        let object = AttestationProvenance(
            bundles: bundles.map { .init(publisher: $0.publisher, attestations: $0.attestations) })
        return ServedDocument(
            bytes: object.json(), type: "application/vnd.pypi.integrity.v1+json", project: file.project,
            serial: file.serial)
    }

    private static func bytes(
        of signature: SignatureRecord, in store: Store
    ) throws(StorageError) -> [UInt8]? {
        try store.open(signature.sha256).flatMap { file in
            try? file.read(at: 0, count: ReceivedSignatures.lengthLimitBytes)
        }
    }
}

/// Every signature of a file in JSON.
private struct SignatureList {
    let file: FileRecord
    let rule: SignaturePolicy.Rule?
    let signatures: [SignatureRecord]

    func json() -> String {
        var members = [
            member("version", "1"), member("filename", file.filename.jsonLiteral),
            member("sha256", file.sha256.hex.jsonLiteral), member("held", file.holdReason?.jsonLiteral ?? "null"),
        ]
        members.append(member("required", required?.jsonLiteral ?? "null"))
        let texts = signatures.map(text).joined(separator: ",")
        members.append(member("signatures", "[\(texts)]"))
        return "{\(members.joined(separator: ","))}\n"
    }

    private var required: String? {
        guard let rule, rule.concerns(file.kind, uploaded: file.uploadTime) else { return nil }
        return rule.demand.text
    }

    private func text(_ signature: SignatureRecord) -> String {
        let name = SimpleFile.percentEncoded(pathComponent: file.filename)
        // The report is JSON already, which this program wrote.
        let checks = signature.checks.map { check in
            let trust = check.trust?.hex.jsonLiteral ?? "null"
            let members = [
                member("time", check.time.description.jsonLiteral), member("verdict", check.verdict.jsonLiteral),
                member("signer", (check.isTimestamp ? nil : check.signer)?.jsonLiteral ?? "null"),
                member("trust_sha256", trust), member("report", check.report),
            ]
            return "{\(members.joined(separator: ","))}"
        }
        let members = [
            member("sha256", signature.sha256.hex.jsonLiteral), member("size", "\(signature.size)"),
            member("url", "../\(signature.sha256.hex)/\(name).\(signature.suffix)".jsonLiteral),
            member("added", signature.added.time.description.jsonLiteral),
            member("added_by", signature.added.actor.jsonLiteral),
            member("checks", "[\(checks.joined(separator: ","))]"),
        ]
        return "{\(members.joined(separator: ","))}"
    }

    private func member(_ name: String, _ value: String) -> String { "\"\(name)\":\(value)" }
}

extension SignaturePolicy.Demand {
    /// To stand behind "signed by".
    public var text: String {
        switch self {
        case .signers(let requirement): requirement.text
        case .continuity: "whoever signed the project first"
        }
    }
}
