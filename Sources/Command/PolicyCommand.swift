import Packaging
import Posix
import Storage
import Wheelhouse

/// `wheelhouse policy explain|check|unpin`
enum PolicyCommand {
    static func run(_ arguments: [String]) throws {
        let rest = Array(arguments.dropFirst())
        switch arguments.first {
        case "explain": try explain(rest)
        case "check": try check(rest)
        case "unpin": try unpin(rest)
        case let other:
            throw UsageError(
                other.map { "there is no command 'policy \($0)'" } ?? "'policy' needs a command",
                mend: "choose explain, check or unpin")
        }
    }

    private static func explain(_ arguments: [String]) throws {
        let (project, index, configuration) = try project(arguments)
        let policy = try Serve.policy(configuration)
        let store = try Administer.store(configuration)
        let pinned = try Administer.operation { () throws(StorageError) in
            try store.pinnedSigner(index: index, project: project.normalized)
        }
        for line in policy.signatures.explanation(of: project, pinned: pinned) { Output.line(line) }
    }

    private static func check(_ arguments: [String]) throws {
        let configuration = try Administer.only(arguments)
        let policy = try Serve.policy(configuration)
        let warnings = TrustFiles.warnings(policy.trust)
        for warning in warnings { Output.line(warning) }
        for rule in policy.signatures.rules where rule.asksForTimestampsOnly {
            Output.line("\(rule.place): asks for a timestamp and nobody's signature, and anybody gets one")
        }
        let trust = policy.trust.digest.map { "sha256 \($0.hex)" } ?? "none"
        Output.line("trust files: \(configuration.texts("trust").count), \(trust)")
        Output.line("rules: \(policy.signatures.rules.count)")
        if !warnings.isEmpty { exitProcess(1) }
    }

    private static func unpin(_ arguments: [String]) throws {
        let (project, index, configuration) = try project(arguments)
        let store = try Administer.store(configuration)
        let wasPinned = try Administer.operation { () throws(IndexError) in
            try PackageIndex.unpinSigner(of: project, index: index, actor: Administer.actor, in: store)
        }
        guard wasPinned else {
            throw OperationError("no signer is pinned to '\(project)'", mend: "nothing was changed")
        }
    }

    private static func project(_ arguments: [String]) throws(UsageError) -> (ProjectName, String, Configuration) {
        let (configuration, index) = try Administer.indexed(arguments)
        guard configuration.rest.count == 1 else {
            throw UsageError("one project is needed", mend: "see 'wheelhouse policy --help'")
        }
        return (try TokenCommand.project(configuration.rest[0], of: "the project"), index, configuration)
    }
}
