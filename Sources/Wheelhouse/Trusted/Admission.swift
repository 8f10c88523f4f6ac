import Crypto
import Packaging
import Storage

/// An ID token that is verified and asks for a token: who it may be, decided inside the transaction.
struct Admission: Sendable {
    private typealias Candidate = (record: PublisherRecord, terms: PublisherTerms)

    let issuer: String
    let claims: JSONWebToken.Claims
    let index: String
    let time: UploadTime
    let client: Client

    /// Mints a token for every project that the best of the matching publishers may publish to. It belongs to a robot of the
    /// publisher's name.
    func mint(
        _ digest: Digest, in catalog: borrowing CatalogTransaction
    ) throws(StorageError) -> Result<TokenRecord, TrustedPublishing.Refusal> {
        let matching = try publishers(in: catalog)
        guard !matching.isEmpty else { return .failure(noPublisher) }
        let admitted = try settled(matching, in: catalog)
        guard let first = admitted.first else {
            let project = matching[0].record.project
            if try isHidden(project, in: catalog) { return .failure(noPublisher) }
            return .failure(
                .init(
                    .pendingPublisher, "Project '\(project)' came to be without this publisher; add the publisher again"
                ))
        }
        let actor = first.record.name
        var token = TokenRecord(
            name: actor + "#" + suffix, account: actor, secretDigest: digest,
            permissions: [Permission.upload.rawValue], created: time)
        token.indexes = [index]
        token.projects = Set(admitted.map(\.record.project))
        token.expires = time.adding(seconds: TrustedPublishing.lifetimeSeconds)
        let minting = MintingRecord(issuer: issuer, identifier: claims.identifier, until: end)
        let outcome = try catalog.mintToken(
            token, for: minting, details: details(admitted), by: Occasion(actor: actor, time: time, client: client))
        switch outcome {
        case .minted: return .success(token)
        case .used: return .failure(.init(.reuse, "The ID token has been used already; ask the CI for a new one"))
        case .disabled: return .failure(.init(.publisher, "The account '\(actor)' of this publisher is disabled"))
        }
    }

    /// Whether somebody without rights must not learn that there is a project of this name.
    private func isHidden(_ project: String, in catalog: borrowing CatalogTransaction) throws(StorageError) -> Bool {
        guard let name = try? ProjectName(project) else { return false }
        return try catalog.isPrivate(name, index: index)
    }

    /// The publishers whose terms hold; when some ask for an environment, only those.
    private func publishers(in catalog: borrowing CatalogTransaction) throws(StorageError) -> [Candidate] {
        var matching: [Candidate] = []
        for record in try catalog.publishers(index: index, issuer: issuer) {
            guard let kind = PublisherTerms.Kind(rawValue: record.kind),
                let terms = try? PublisherTerms(kind, record.terms), terms.hold(for: claims.all, issuer: issuer)
            else { continue }
            matching.append((record, terms))
        }
        let particular = matching.filter { $0.terms.environment != nil }
        return particular.isEmpty ? matching : particular
    }

    /// Without those that waited for a project which somebody else made meanwhile: its name may mean something else now.
    private func settled(
        _ matching: [Candidate], in catalog: borrowing CatalogTransaction
    ) throws(StorageError) -> [Candidate] {
        var admitted: [Candidate] = []
        for candidate in matching {
            let record = candidate.record
            guard let name = try? ProjectName(record.project) else { continue }
            if record.isPending, try catalog.hasProject(name, index: index) { continue }
            admitted.append(candidate)
        }
        return admitted
    }

    /// Tells the tokens of a publisher apart, as the ID tokens are told apart.
    private var suffix: String {
        String(Digest.sha256(of: Array((issuer + " " + claims.identifier).utf8)).hex.prefix(16))
    }

    /// The ID token's use is remembered for as long as it could be shown again, and the token that it was used for lives.
    private var end: UploadTime {
        let last = UploadTime(microseconds: (claims.expires + JSONWebToken.leewaySeconds + 5) * 1_000_000)
        let minted = time.adding(seconds: TrustedPublishing.lifetimeSeconds + 86_400)
        return max(last.microseconds, minted.microseconds) == last.microseconds ? last : minted
    }

    private var noPublisher: TrustedPublishing.Refusal {
        let said = Self.telling.compactMap { name in
            claims.all[name]?.claimText.map { "\(name) '\($0.prefix(200))'" }
        }
        return .init(
            .publisher,
            "No publisher of this index has what the ID token says (\(said.joined(separator: ", "))); "
                + "an administrator adds one with 'wheelhouse publisher add'")
    }

    /// For the journal: which job it was.
    private func details(_ admitted: [Candidate]) -> [String: String] {
        var details = [
            "issuer": issuer, "jti": claims.identifier,
            "publishers": admitted.map { "\($0.record.id)" }.joined(separator: " "),
        ]
        for name in Self.telling {
            details[name] = claims.all[name]?.claimText.map { String($0.prefix(500)) }
        }
        return details
    }

    /// The claims by which people know a job again.
    private static let telling = [
        "sub", "repository", "repository_owner_id", "job_workflow_ref", "ref", "sha", "environment", "event_name",
        "run_id", "actor", "project_path", "ci_config_ref_uri", "ref_path", "pipeline_id", "job_id", "user_login",
    ]
}

extension UploadTime {
    fileprivate func adding(seconds: Int64) -> UploadTime {
        UploadTime(microseconds: microseconds + seconds * 1_000_000)
    }
}
