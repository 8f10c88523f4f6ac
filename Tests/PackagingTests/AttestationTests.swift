import Packaging
import Testing

@Suite struct AttestationValueTests {
    @Test func `a provenance object has the keys that readers of PEP 740 know`() {
        let publishers: [AttestationPublisher] = [
            .gitHub(.init(repository: "a/b", workflow: "release.yml")),
            .gitLab(.init(repository: "a/b/c", workflowPath: ".gitlab-ci.yml", environment: "pr\"od")),
            .google(email: "ci@corp.example"),
            .circleCI(.init(projectID: "p", pipelineDefinitionID: "d", ref: "refs/heads/main")),
        ]
        let object = AttestationProvenance(
            bundles: publishers.map {
                .init(publisher: $0, attestations: [Array("{\"version\":1}".utf8), Array("{}".utf8)])
            })
        let bundle = { (publisher: String) in "{\"publisher\":\(publisher),\"attestations\":[{\"version\":1},{}]}" }
        let expected = [
            #"{"kind":"GitHub","repository":"a/b","workflow":"release.yml","environment":null}"#,
            #"{"kind":"GitLab","repository":"a/b/c","workflow_filepath":".gitlab-ci.yml","environment":"pr\"od"}"#,
            #"{"kind":"Google","email":"ci@corp.example"}"#,
            #"{"kind":"CircleCI","project_id":"p","pipeline_definition_id":"d","vcs_origin":null,"vcs_ref":"refs/heads/main"}"#,
        ].map(bundle).joined(separator: ",")
        #expect(
            String(decoding: object.json(), as: UTF8.self) == "{\"version\":1,\"attestation_bundles\":[\(expected)]}\n")
        #expect(
            String(decoding: AttestationProvenance(bundles: []).json(), as: UTF8.self)
                == "{\"version\":1,\"attestation_bundles\":[]}\n")
    }

    @Test func `each publisher has its issuer`() {
        #expect(
            AttestationPublisher.gitLab(
                .init(repository: "a/b", workflowPath: "c", instance: "https://git.corp.example")
            )
            .issuer == "https://git.corp.example")
        #expect(AttestationPublisher.google(email: "a").issuer == "https://accounts.google.com")
    }

    @Test func `knows the two types of predicates, byte for byte`() {
        for predicate in [AttestationPredicate.publish, .provenance] {
            #expect(AttestationPredicate(rawValue: predicate.rawValue) == predicate)
            #expect(AttestationPredicate(rawValue: predicate.rawValue + "/") == nil)
        }
        #expect(AttestationPredicate(rawValue: "") == nil)
        #expect(AttestationPredicate.publish.rawValue.hasSuffix(".org/attestations/publish/v1"))
    }
}
