import Crypto
import Packaging
import Posix
import Storage
import Synchronization
import Testing

@testable import Wheelhouse

/// Whose ID tokens are a publisher's, and when an issuer's keys are asked for. The whole exchange, with real issuers and
/// clients, is in `EndToEnd/scenarios/trusted.py`.
@Suite struct PublisherTermsTests {
    private static let github: [String: String] = [
        "sub": "repo:Acme/Web:x", "repository": "Acme/Web", "repository_owner": "Acme", "repository_owner_id": "42",
        "job_workflow_ref": "Acme/Web/.github/workflows/release.yml@refs/tags/v1", "ref": "refs/tags/v1", "sha": "f0",
        "event_name": "push", "environment": "Live",
    ]
    private static let gitlab: [String: String] = [
        "sub": "project_path:acme/tools/web:ref_type:tag:ref:v1", "project_path": "acme/tools/web", "namespace_id": "7",
        "ci_config_ref_uri": "gitlab.example/acme/tools/web//.gitlab-ci.yml@refs/tags/v1", "ref_path": "refs/tags/v1",
        "sha": "f0", "environment": "live",
    ]

    private static func claims(_ base: [String: String], _ changes: [String: String?]) -> StrictJSON {
        let all = base.merging(changes.compactMapValues { $0 }) { $1 }.filter { changes[$0.key, default: ""] != nil }
        let members = all.map { (Array($0.key.utf8), StrictJSON.string($0.value)) }
        return .object(Dictionary(uniqueKeysWithValues: members))
    }

    @Test(
        arguments: [
            ([:], true), (["environment": nil], false), (["environment": "LIVE"], true), (["environment": "x"], false),
            (["repository": "acme/web"], false),  // The workflow's repository is not the claimed one.
            (["repository": "acme/web2"], false), (["repository": nil], false), (["repository_owner": "other"], false),
            (["repository_owner_id": "43"], false), (["repository_owner_id": nil], false),
            (["event_name": "pull_request_target"], false), (["event_name": nil], true),
            (["ref": ""], false), (["ref": nil], false), (["sha": nil], false),
            (["job_workflow_ref": "Acme/Web/.github/workflows/release.yml@f0"], true),
            (["job_workflow_ref": "Acme/Web/.github/workflows/release.yml@"], false),
            (["job_workflow_ref": "Acme/Web/.github/workflows/other.yml@refs/tags/v1"], false),
            (["job_workflow_ref": "Acme/Web/.github/workflows/release.yml@refs/tags/v2"], false),
            (["job_workflow_ref": "Evil/Web/.github/workflows/release.yml@refs/tags/v1"], false),
            (["job_workflow_ref": nil], false),
        ] as [([String: String?], Bool)])
    func `a job on GitHub is the publisher when every claim is as it was said`(
        changes: [String: String?], holds: Bool
    ) throws {
        let terms = try PublisherTerms(
            .github,
            ["repository": "acme/web", "workflow": "release.yml", "owner-id": "42", "environment": "live"])
        #expect(terms.hold(for: Self.claims(Self.github, changes), issuer: "https://a.example") == holds)
    }

    @Test(
        arguments: [
            ([:], true), (["environment": "Live"], false), (["environment": nil], false),
            (["namespace_id": "8"], false),
            (["sub": "project_path:acme/tools/web2:x"], false), (["sub": "acme/tools/web"], false),
            (["sub": nil], false),
            (["project_path": "acme/tools"], false), (["ref_path": ""], false), (["sha": ""], false),
            (["ci_config_ref_uri": "gitlab.example/acme/tools/web//.gitlab-ci.yml@f0"], true),
            (["ci_config_ref_uri": "gitlab.example/acme/tools/web//other.yml@refs/tags/v1"], false),
            (["ci_config_ref_uri": "evil.example/acme/tools/web//.gitlab-ci.yml@refs/tags/v1"], false),
        ] as [([String: String?], Bool)])
    func `a job on GitLab is the publisher when every claim is as it was said`(
        changes: [String: String?], holds: Bool
    ) throws {
        let terms = try PublisherTerms(
            .gitlab,
            ["project": "Acme/tools/web", "config": ".gitlab-ci.yml", "environment": "live", "namespace-id": "7"])
        #expect(terms.hold(for: Self.claims(Self.gitlab, changes), issuer: "https://gitlab.example") == holds)
    }

    @Test(arguments: [
        ("abc", "abc", true), ("abc", "ab", false), ("abc", "a*", true), ("abc", "*c", true), ("abc", "*", true),
        ("", "*", true), ("", "", true), ("abc", "a*b*c", true), ("abc", "a**c", true), ("aXbXc", "a*X*", true),
        ("abc", "*b", false), ("ab", "a*b*c", false), ("aab", "a*ab", true), ("ABC", "abc", false),
        (String(repeating: "a", count: 400), String(repeating: "a*", count: 200) + "b", false),
    ]) func `a star stands for anything`(text: String, pattern: String, fits: Bool) {
        #expect(matches(text, pattern: pattern) == fits)
    }

    @Test func `any claim can be asked for, also numbers and truth, and a missing one is none`() throws {
        let terms = try PublisherTerms(.oidc, ["sub": "job:*", "verified": "true", "run": "7"])
        let claims = try StrictJSON(Array(#"{"sub":"job:a","verified":true,"run":7}"#.utf8))
        #expect(terms.hold(for: claims, issuer: ""))
        #expect(!terms.hold(for: try StrictJSON(Array(#"{"sub":"job:a","verified":true}"#.utf8)), issuer: ""))
        #expect(!terms.hold(for: try StrictJSON(Array(#"{"sub":["job:a"],"verified":true,"run":7}"#.utf8)), issuer: ""))
    }

    @Test(arguments: [
        ("github", true), ("gitlab", true), ("gitlab https://gitlab.example", true), ("oidc", false), ("svn", false),
        ("", false), ("oidc https://a.example keys=/a/b", true), ("oidc https://a.example keys=", false),
        ("github keys=/a/b", true), ("oidc https://a.example/", false), ("oidc http://a.example", false),
        ("oidc https://a@b.example", false), ("oidc https://a.example x", false),
        ("oidc https://a.example keys=/a b", false),
    ]) func `an issuer is a kind, an address, and perhaps where its keys are`(text: String, isTaken: Bool) {
        #expect(((try? TrustedIssuer(text)) != nil) == isTaken)
    }
}

@Suite(.timeLimit(.minutes(10))) struct IssuerKeysTests {
    private static func set(_ name: String) throws -> JSONWebKeySet {
        let x = "7B88EePDSNukPJmpcoAQbxeMnu9XqR4e3Udj7jnqons"
        return try JSONWebKeySet(
            Array("{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"\(name)\",\"x\":\"\(x)\"}]}".utf8))
    }

    /// A clock that stands still, and an issuer that counts its visitors.
    private final class Scene: Sendable {
        let seconds = Mutex<Int64>(1_000)
        let asked = Mutex(0)
        let answer = Mutex<Result<JSONWebKeySet, FetchFailure>>(.failure(FetchFailure("it is down")))

        func keys() -> IssuerKeys {
            IssuerKeys(clock: { self.seconds.withLock { $0 * 1_000_000_000 } }) {
                self.asked.withLock { $0 += 1 }
                await Task.yield()
                return self.answer.withLock { $0 }
            }
        }
    }

    @Test func `keys are asked for when one is unknown or an hour is over, at most once a minute, and kept on failure`()
        async throws
    {
        let scene = Scene()
        let keys = scene.keys()
        let first = await keys.keys(for: "a")
        #expect(throws: FetchFailure("it is down")) { try first.get() }
        scene.answer.withLock { [set = try Self.set("a")] in $0 = .success(set) }
        // (seconds passed, the key asked for, whether there are keys, how often the issuer was asked by then)
        let steps: [(Int64, String, Bool, Int)] = [
            (0, "a", false, 1), (59, "a", false, 1), (1, "a", true, 2), (0, "a", true, 2), (59, "b", true, 2),
            (1, "b", true, 3), (0, "b", true, 3), (3_599, "a", true, 3), (1, "a", true, 4),
        ]
        for (number, step) in steps.enumerated() {
            scene.seconds.withLock { $0 += step.0 }
            let isThere = (try? await keys.keys(for: step.1).get()) != nil
            #expect(isThere == step.2, "step \(number)")
            #expect(scene.asked.withLock { $0 } == step.3, "step \(number)")
        }
        scene.answer.withLock { $0 = .failure(FetchFailure("it is down again")) }
        scene.seconds.withLock { $0 += 100_000 }
        let kept = await keys.keys(for: "a")
        #expect(try kept.get().contains("a"))
        #expect(scene.asked.withLock { $0 } == 5)
    }

    @Test func `of many who need keys at once one asks, and all get them`() async throws {
        let scene = Scene()
        scene.answer.withLock { [set = try Self.set("a")] in $0 = .success(set) }
        let keys = scene.keys()
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<50 { group.addTask { (try? await keys.keys(for: "a").get()) != nil } }
            for await isThere in group { #expect(isThere) }
        }
        #expect(scene.asked.withLock { $0 } == 1)
    }
}
