import Posix

/// The program `wheelhouse`.
@main
enum Command {
    static let version = "0.1.0"

    static func main() {
        var arguments = Array(CommandLine.arguments.dropFirst())
        let name = arguments.first.flatMap { $0.hasPrefix("-") ? nil : $0 } ?? "serve"
        if arguments.first == name { arguments.removeFirst() }
        if name == "serve", arguments == ["--version"] { return Output.line("wheelhouse \(version)") }
        do {
            guard let subcommand = Subcommand.all.first(where: { $0.name == name }) else {
                let names = Subcommand.all.map(\.name).joined(separator: ", ")
                throw UsageError(
                    "there is no command '\(name)'", mend: "choose one of \(names), or see 'wheelhouse --help'")
            }
            if arguments.contains("--help") || arguments.contains("-h") {
                return Output.text(name == "serve" ? Help.program : subcommand.help)
            }
            try subcommand.run(arguments)
            exitProcess(0)
        } catch let error as UsageError {
            Output.fail(error.message, mend: error.mend, status: 2)
        } catch let error as OperationError {
            Output.fail(error.message, mend: error.mend, status: 1)
        } catch {
            Output.fail("\(error)", mend: "see the message", status: 1)
        }
    }
}

/// Wrong usage or configuration: exit status 2.
struct UsageError: Error, Equatable {
    let message: String
    let mend: String

    init(_ message: String, mend: String) {
        self.message = message
        self.mend = mend
    }
}

/// An operation that failed or found damage: exit status 1.
struct OperationError: Error, Equatable {
    let message: String
    let mend: String

    init(_ message: String, mend: String) {
        self.message = message
        self.mend = mend
    }
}

/// Standard output for results, standard error for everything else.
enum Output {
    private static let standard = File(adopting: 1)
    static let errors = File(adopting: 2)

    static func text(_ text: String) {
        // A reader that has gone away is no failure of ours (`head -1`).
        try? standard.write(all: Array(text.utf8))
    }

    static func line(_ line: String) { text(line + "\n") }

    static func report(_ line: String) {
        try? errors.write(all: Array("wheelhouse: \(line)\n".utf8))
    }

    static func fail(_ message: String, mend: String, status: Int32) -> Never {
        report("\(message): \(mend)")
        exitProcess(status)
    }
}

/// One command of the program.
struct Subcommand: Sendable {
    let name: String
    let help: String
    let run: @Sendable ([String]) throws -> Void

    static let all = [
        Subcommand(name: "serve", help: Help.program, run: Serve.run),
        Subcommand(name: "token", help: Help.token, run: TokenCommand.run),
        Subcommand(name: "yank", help: Help.operations, run: OperationCommand.yank),
        Subcommand(name: "unyank", help: Help.operations, run: OperationCommand.unyank),
        Subcommand(name: "delete", help: Help.operations, run: OperationCommand.delete),
        Subcommand(name: "restore", help: Help.operations, run: OperationCommand.restore),
        Subcommand(name: "status", help: Help.operations, run: OperationCommand.status),
        Subcommand(name: "publisher", help: Help.publisher, run: PublisherCommand.run),
        Subcommand(name: "account", help: Help.account, run: AccountCommand.run),
        Subcommand(name: "team", help: Help.team, run: TeamCommand.run),
        Subcommand(name: "grant", help: Help.grant, run: GrantCommand.run),
        Subcommand(name: "visibility", help: Help.visibility, run: VisibilityCommand.run),
        Subcommand(name: "backup", help: Help.backup, run: BackupCommand.backUp),
        Subcommand(name: "verify", help: Help.verify, run: Administer.verify),
        Subcommand(name: "gc", help: Help.collect, run: Administer.collectGarbage),
        Subcommand(name: "check-signature", help: Help.checkSignature, run: CheckSignature.run),
        Subcommand(name: "signature", help: Help.signature, run: SignatureCommand.run),
        Subcommand(name: "policy", help: Help.policy, run: PolicyCommand.run),
        Subcommand(name: "journal", help: Help.journal, run: JournalCommand.run),
        Subcommand(name: "usage", help: Help.usage, run: UsageCommand.run),
        Subcommand(name: "config", help: Help.configuration, run: Administer.configuration),
        Subcommand(name: "version", help: Help.version) { _ in Output.line("wheelhouse \(Command.version)") },
    ]
}
