/// The provenance object of one file (PEP 740): its attestations, by publisher.
public struct AttestationProvenance: Hashable, Sendable {
    /// The attestations of one publisher.
    public struct Bundle: Hashable, Sendable {
        /// Who attests.
        public let publisher: AttestationPublisher
        /// The attestations, each as the JSON text that was received and verified.
        public let attestations: [[UInt8]]

        /// The attestations of one publisher.
        public init(publisher: AttestationPublisher, attestations: [[UInt8]]) {
            self.publisher = publisher
            self.attestations = attestations
        }
    }

    /// What is attested, by publisher.
    public let bundles: [Bundle]

    /// A provenance object.
    public init(bundles: [Bundle]) {
        self.bundles = bundles
    }

    /// The object in JSON, version 1.
    public func json() -> [UInt8] {
        var page = PageWriter(reserving: bundles.reduce(256) { $0 + $1.attestations.reduce(256) { $0 + $1.count + 1 } })
        page.add("{\"version\":1,\"attestation_bundles\":[")
        for (index, bundle) in bundles.enumerated() {
            page.add(index == 0 ? "{\"publisher\":" : ",{\"publisher\":")
            page.add(json: bundle.publisher)
            page.add(",\"attestations\":[")
            for (index, attestation) in bundle.attestations.enumerated() {
                if index > 0 { page.add(",") }
                page.add(String(decoding: attestation, as: UTF8.self))
            }
            page.add("]}")
        }
        page.add("]}\n")
        return page.bytes
    }
}

extension PageWriter {
    /// Adds a publisher with the keys of `pypi-attestations`, which refuses a provenance object with other kinds.
    fileprivate mutating func add(json publisher: AttestationPublisher) {
        let members: [(String, String?)] =
            switch publisher {
            case .gitHub(let publisher):
                [
                    ("kind", "GitHub"), ("repository", publisher.repository), ("workflow", publisher.workflow),
                    ("environment", publisher.environment),
                ]
            case .gitLab(let publisher):
                [
                    ("kind", "GitLab"), ("repository", publisher.repository),
                    ("workflow_filepath", publisher.workflowPath), ("environment", publisher.environment),
                ]
            case .google(let email): [("kind", "Google"), ("email", email)]
            case .circleCI(let publisher):
                [
                    ("kind", "CircleCI"), ("project_id", publisher.projectID),
                    ("pipeline_definition_id", publisher.pipelineDefinitionID), ("vcs_origin", publisher.origin),
                    ("vcs_ref", publisher.ref),
                ]
            }
        add("{")
        for (index, (key, value)) in members.enumerated() {
            if index > 0 { add(",") }
            add(json: key)
            add(":")
            if let value { add(json: value) } else { add("null") }
        }
        add("}")
    }
}
