import Packaging
import Storage
import Testing
import Wheelhouse

@testable import Command

private let fingerprint = "SHA256:PuEXUev0QwvLkNaVeZTY2pab9xv5bgrUHW1pmRTGxGE"
private let signers = """
    signers: {
        ci: [{ sigstore: "GitHub", repository: "acme/web", workflow: "release.yml", ownerId: "42", ref: "refs/tags/*" }],
        ann: { ssh: "\(fingerprint)", principal: "ann@acme.example" },
        people: [{ openpgp: "8DFB 8643 85D3 F96A 3EF3 E903 63A5 0D20 1120 2241" }, { minisign: "5f61268eb2e68633" }],
        ca: [{ x509: "https://ci.acme.example/*" }, { key: "SHA256:YxL/t4zkVnoQRe9aBcPkDqRt7BS2UFhYJXRs1hkVdDw" }],
    },
    """

private let stamped = "signers: { ca: { x509: 'a' }, t: { timestamp: 'CN=Stamps*' }, u: { timestamp: 'CN=Others' } },"

private func read(_ text: String) throws -> SignaturePolicy {
    try PolicyFile.read(Array(text.utf8), name: "policy.json5")
}

@Test func `a policy is read with its signers, its rules and their order`() throws {
    let policy = try read(
        """
        { \(signers)
          rules: [
            { projects: ["acme-*"], require: { all: [{ any: ["ci", "ca"] }, { threshold: 1, of: ["people"] }] },
              files: ["wheel"], since: "2026-12-01T00:00:00Z", missing: "quarantine", unknownSigner: "reject" },
            { projects: "web", require: ["ci", "ann"] },
            { projects: ["*"], continuity: true, missing: "record" },
          ] }
        """)
    let names = try policy.rules.map { try #require($0.projects.first) }
    #expect(names == ["acme-*", "web", "*"])
    #expect(policy.rules.map(\.place) == [8, 10, 11].map { "policy.json5 line \($0)" })
    let first = policy.rules[0]
    #expect(first.demand.text == "('ci' or 'ca') and 'people'" && first.kinds == [.wheel])
    #expect(first.missing == .quarantine && first.refusesUnknownSigners && first.since?.date == "2026-12-01")
    #expect(policy.rules[1].demand.text == "'ci' and 'ann'" && policy.rules[1].missing == .reject)
    #expect(try policy.rule(for: ProjectName("Acme.Web"))?.place == first.place)
    #expect(try policy.rule(for: ProjectName("acme"))?.place == policy.rules[2].place)
    let lines = policy.explanation(of: try ProjectName("acme-x"), pinned: nil).joined(separator: "\n")
    #expect(lines.contains("GitHub release.yml of acme/web with ownerID 42, sourceRef refs/tags/*"))
    #expect(lines.contains("since 2026-12-01") && lines.contains("hidden from installers"))
}

@Test func `a timestamp is required beside signers`() throws {
    let policy = try read(
        """
        { \(stamped) rules: [
            { projects: 'a', require: { all: ['ca', 't'] } }, { projects: 'b', require: { any: ['t', 'u'] } } ] }
        """)
    #expect(policy.rules[0].demand.text == "'ca' and the timestamp authority 't'")
    #expect(policy.rules[1].demand.text == "the timestamp authority 't' or the timestamp authority 'u'")
    let lines = policy.explanation(of: try ProjectName("a"), pinned: nil)
    #expect(lines.contains("  't' is a timestamp by CN=Stamps*"))
    #expect(policy.rules.map(\.asksForTimestampsOnly) == [false, true])
}

@Test func `no file and an empty one ask for nothing`() throws {
    #expect(try read("{}").rules.isEmpty)
    #expect(try read("{ \(signers) rules: [] }").rules.isEmpty)
}

@Test(arguments: [
    ("{", "line 1"), ("{ rule: [] }", "line 1: rule means nothing"), ("{ rules: {} }", "rules is no array"),
    ("{ rules: [1] }", "rules is no object"), ("{ rules: [{}] }", "names no projects"),
    ("{\n rules: [\n{ projects: 'a' }] }", "line 3: rules has not exactly one of require and continuity"),
    ("{ rules: [{ projects: 'A', continuity: true }] }", "projects has 'A'"),
    ("{ rules: [{ projects: [], continuity: true }] }", "projects is empty"),
    ("{ rules: [{ projects: 'a', continuity: false }] }", "continuity is not true"),
    ("{ rules: [{ projects: 'a', require: 'nobody' }] }", "names the signer 'nobody'"),
    ("{ \(signers) rules: [{ projects: 'a', require: [] }] }", "require is empty"),
    ("{ \(signers) rules: [{ projects: 'a', require: { threshold: 2, of: ['ci'] } }] }", "threshold is no number"),
    ("{ \(signers) rules: [{ projects: 'a', require: { any: ['ci'], all: ['ci'] } }] }", "is none of"),
    ("{ rules: [{ projects: 'a', continuity: true, missing: 'ignore' }] }", "missing is 'ignore'"),
    ("{ rules: [{ projects: 'a', continuity: true, since: 'now' }] }", "since is 'now'"),
    ("{ rules: [{ projects: 'a', continuity: true, files: ['egg'] }] }", "files has 'egg'"),
    ("{ rules: [{ projects: 'a', continuity: true, unknownSigner: 'x' }] }", "unknownSigner is 'x'"),
    ("{ rules: [{ projects: 'a', projects: 'b', continuity: true }] }", "projects stands there twice"),
    ("{ signers: { a: [] } }", "can prove it in no way"), ("{ signers: { a: {} } }", "proves nothing"),
    ("{ signers: { a: { ssh: 'x' } } }", "has the fingerprint 'x'"),
    ("{ signers: { a: { openpgp: '1234' } } }", "has '1234'"),
    ("{ signers: { a: { minisign: '5f61268eb2e68633', x: 1 } } }", "x means nothing"),
    ("{ signers: { a: { sigstore: 'GitLabs' } } }", "has sigstore: 'GitLabs'"),
    ("{ signers: { a: { sigstore: 'GitHub', repository: 'a/b' } } }", "lacks 'workflow'"),
    ("{ signers: { a: { minisign: '5f61268eb2e68633' }, b: { minisign: '5F61268EB2E68633' } } }", "proves 'a' too"),
    ("{ signers: { a: { timestamp: 'a', x509: 'b' } } }", "timestamp means nothing"),
    ("{ signers: { a: [{ x509: 'a' }, { timestamp: 'b' }] } }", "has a timestamp in place of a signature"),
    ("{ signers: { t: { timestamp: 'b' } }, rules: [{ projects: 'a', require: 'u' }] }", "names the signer 'u'"),
    ("{ \(stamped) rules: [{ projects: 'a', require: { any: ['ca', 't'] } }] }", "any has a timestamp in place of"),
    (
        "{ \(stamped) rules: [{ projects: 'a', require: { threshold: 1, of: ['ca', { all: ['t'] }] } }] }",
        "of has a timestamp in place of"
    ),
    ("{ signers: { a: { x509: 'a' },\n a: { x509: 'b' } } }", "line 2: signer 'a' stands there twice"),
])
func `a mistake in a policy is told with its place`(text: String, reason: String) {
    let error = #expect(throws: UsageError.self) { try read(text) }
    #expect(error?.message.contains(reason) == true, "\(error as Any)")
    #expect(error?.message.hasPrefix("policy.json5 line ") == true)
}
