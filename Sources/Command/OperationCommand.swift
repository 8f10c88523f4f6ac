import Packaging
import Storage
import Wheelhouse

/// `wheelhouse yank|unyank|delete|restore TARGET`, `wheelhouse status PROJECT STATE`
enum OperationCommand {
    static func yank(_ arguments: [String]) throws { try run(.yank, arguments) }
    static func unyank(_ arguments: [String]) throws { try run(.unyank, arguments) }
    static func delete(_ arguments: [String]) throws { try run(.delete, arguments) }
    static func restore(_ arguments: [String]) throws {
        let options = try Options(arguments, values: ["--reason", "--index"], switches: ["--dry-run"])
        let configuration = try Configuration(arguments: options.rest)
        if configuration.rest.contains(where: BackupCommand.isFolder) {
            return try BackupCommand.restore(Configuration(arguments: arguments))
        }
        try run(.restore, arguments)
    }

    private static func run(_ action: ProjectOperation.Action, _ arguments: [String]) throws {
        try perform(arguments, words: "PROJECT==VERSION or FILE", count: 1) { _ in action }
    }

    static func status(_ arguments: [String]) throws {
        let all = ProjectStatus.allCases.map(\.rawValue).joined(separator: ", ")
        try perform(arguments, words: "PROJECT and one of \(all)", count: 2) { words throws(UsageError) in
            guard let status = ProjectStatus(rawValue: words[1]) else {
                throw UsageError("there is no state '\(words[1])'", mend: "choose one of \(all)")
            }
            return .setStatus(status)
        }
    }

    private static func perform(
        _ arguments: [String], words: String, count: Int,
        action: ([String]) throws(UsageError) -> ProjectOperation.Action
    ) throws {
        var options = try Options(arguments, values: ["--reason"], switches: ["--dry-run"])
        let reason = options.take("--reason")
        let isRehearsal = options.has("--dry-run")
        let (configuration, index) = try Administer.indexed(options.rest)
        guard configuration.rest.count == count, !configuration.rest.contains(where: { $0.hasPrefix("-") }) else {
            throw UsageError("\(words) is needed, and nothing else", mend: "see --help of this command")
        }
        let action = try action(configuration.rest)
        let target: ProjectOperation.Target
        do {
            target = try ProjectOperation.Target(configuration.rest[0])
        } catch {
            throw UsageError(error.sentence, mend: "see --help of this command")
        }
        let store = try Administer.store(configuration)
        let outcome = try Administer.operation { () throws(IndexError) in
            let (project, part) = try target.place(index: index, in: store)
            let operation = try ProjectOperation(action, part, of: project, index: index, reason: reason)
            return try PackageIndex.perform(operation, by: Administer.actor, in: store, isRehearsal: isRehearsal)
        }
        report(outcome, isRehearsal: isRehearsal)
    }

    private static func report(_ outcome: OperationOutcome, isRehearsal: Bool) {
        guard outcome.isChange else { return Output.line("nothing to change: it is so already") }
        for file in outcome.files { Output.line(file) }
        for dependent in outcome.dependents {
            let consequence = dependent.isBroken ? "nothing satisfies" : "another version satisfies"
            Output.line("\(dependent.project) \(dependent.version): \(consequence) '\(dependent.requirement)'")
        }
        let others = outcome.dependentCount - outcome.dependents.count
        if others > 0 { Output.line("and \(others) more") }
        if outcome.dependentCount > 0 {
            Output.line(
                "\(outcome.dependentCount) releases here require what goes, \(outcome.brokenCount) find nothing else")
        }
        Output.line(isRehearsal ? "nothing was changed (--dry-run)" : "done")
    }
}
