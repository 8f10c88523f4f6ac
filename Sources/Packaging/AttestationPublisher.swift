/// Who publishes with attestations: one of the four kinds that provenance objects know (PEP 740; the kinds are those of
/// the public index).
public enum AttestationPublisher: Hashable, Sendable {
    /// GitHub Actions.
    case gitHub(GitHub)
    /// GitLab CI.
    case gitLab(GitLab)
    /// A service account of Google Cloud.
    case google(email: String)
    /// CircleCI.
    case circleCI(CircleCI)

    /// A workflow of GitHub Actions.
    public struct GitHub: Hashable, Sendable {
        /// `owner/name`.
        public let repository: String
        /// The file below `.github/workflows/`.
        public let workflow: String
        /// The deployment environment; `nil` when any will do.
        public let environment: String?

        /// A workflow.
        public init(repository: String, workflow: String, environment: String? = nil) {
            self.repository = repository
            self.workflow = workflow
            self.environment = environment
        }
    }

    /// A pipeline of GitLab CI.
    public struct GitLab: Hashable, Sendable {
        /// The instance that everybody can use.
        public static let publicInstance = "https://gitlab.com"

        /// The URL of the instance, without a slash at the end.
        public let instance: String
        /// `group/…/name`.
        public let repository: String
        /// The file in the repository.
        public let workflowPath: String
        /// The deployment environment; `nil` when any will do.
        public let environment: String?

        /// A pipeline.
        public init(
            repository: String, workflowPath: String, environment: String? = nil, instance: String = publicInstance
        ) {
            self.instance = instance
            self.repository = repository
            self.workflowPath = workflowPath
            self.environment = environment
        }
    }

    /// A pipeline of CircleCI.
    public struct CircleCI: Hashable, Sendable {
        /// The project's UUID.
        public let projectID: String
        /// The pipeline definition's UUID.
        public let pipelineDefinitionID: String
        /// The repository, without a scheme; `nil` when any will do.
        public let origin: String?
        /// The branch or tag; `nil` when any will do.
        public let ref: String?

        /// A pipeline.
        public init(projectID: String, pipelineDefinitionID: String, origin: String? = nil, ref: String? = nil) {
            self.projectID = projectID
            self.pipelineDefinitionID = pipelineDefinitionID
            self.origin = origin
            self.ref = ref
        }
    }

    /// Who vouches for workflows of GitHub Actions.
    public static let gitHubIssuer = "https://token.actions.githubusercontent.com"
    /// Who vouches for service accounts of Google Cloud.
    public static let googleIssuer = "https://accounts.google.com"
    /// Who vouches for pipelines of CircleCI.
    public static let circleCIIssuer = "https://oidc.circleci.com"

    /// Who vouches for the publisher.
    public var issuer: String {
        switch self {
        case .gitHub: Self.gitHubIssuer
        case .gitLab(let publisher): publisher.instance
        case .google: Self.googleIssuer
        case .circleCI: Self.circleCIIssuer
        }
    }

    /// The deployment environment that is asked for; `nil` when any will do.
    public var environment: String? {
        switch self {
        case .gitHub(let publisher): publisher.environment
        case .gitLab(let publisher): publisher.environment
        case .google, .circleCI: nil
        }
    }
}

/// What an attestation may say about a file (PEP 740 names two types).
public enum AttestationPredicate: Hashable, Sendable {
    /// The file was published; the predicate is empty.
    case publish
    /// Where the file was built, in SLSA's words.
    case provenance

    /// The predicate that a type names; `nil` for any other one.
    public init?(rawValue: String) {
        switch rawValue {
        case Self.publish.rawValue: self = .publish
        case Self.provenance.rawValue: self = .provenance
        default: return nil
        }
    }

    /// The type, a URI that is compared and never fetched.
    public var rawValue: String {
        switch self {
        // The address of the public index, in pieces: nothing here may look as if it were used.
        case .publish: "https://docs." + ["py" + "pi", "org"].joined(separator: ".") + "/attestations/publish/v1"
        case .provenance: "https://slsa.dev/provenance/v1"
        }
    }
}
