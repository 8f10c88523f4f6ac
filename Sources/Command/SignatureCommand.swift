import Packaging
import Posix
import Storage
import Wheelhouse

/// `wheelhouse signature add|list|check|held`
enum SignatureCommand {
    static func run(_ arguments: [String]) throws {
        let rest = Array(arguments.dropFirst())
        switch arguments.first {
        case "add": try add(rest)
        case "list": try list(rest)
        case "check": try check(rest)
        case "held": try held(rest)
        case let other:
            throw UsageError(
                other.map { "there is no command 'signature \($0)'" } ?? "'signature' needs a command",
                mend: "choose add, list, check or held")
        }
    }

    private static func add(_ arguments: [String]) throws {
        let (configuration, indexName) = try words(arguments, 2...2, "a file's name and a signature are needed")
        let (filename, path) = (configuration.rest[0], configuration.rest[1])
        let bytes: [UInt8]
        do throws(Errno) {
            bytes = try File.open(path).read(at: 0, count: ReceivedSignatures.lengthLimitBytes + 1)
        } catch {
            throw UsageError("the signature '\(path)' cannot be read: \(error)", mend: "name a file that can be")
        }
        let index = try index(configuration)
        let addition = try Administer.operation { () throws(IndexError) in
            try index.addSignature(bytes, to: filename, index: indexName, actor: Administer.actor)
        }
        guard addition.isNew else {
            return Output.line("the file has this signature, or another one by the same signer")
        }
        Output.text(SignatureReport.harmless(addition.sentence) + "\n")
        if addition.isReleased { Output.line("the file was held until now; installers can have it") }
    }

    private static func list(_ arguments: [String]) throws {
        let (configuration, index) = try words(arguments, 1...1, "a file's name is needed")
        let filename = configuration.rest[0]
        let store = try Administer.store(configuration)
        let (file, signatures) = try Administer.operation { () throws(StorageError) in
            (
                try store.file(index: index, filename: filename),
                try store.signatures(index: index, filename: filename)
            )
        }
        guard let file else {
            throw OperationError("there is no file '\(filename)' here", mend: "write the name of a published file")
        }
        if let reason = file.holdReason { Output.line("held: \(reason)") }
        for signature in signatures {
            Output.line("\(signature.suffix)\tsha256:\(signature.sha256.hex)\tadded by \(signature.added.actor)")
            for check in signature.checks {
                let finding = check.finding ?? ""
                let trust = check.trust.map { "trust sha256:\($0.hex)" } ?? "nobody was trusted"
                let fields = ["  \(check.time)", check.verdict, SignatureReport.harmless(finding), trust]
                Output.line(fields.joined(separator: "\t"))
            }
        }
    }

    private static func check(_ arguments: [String]) throws {
        let (configuration, indexName) = try Administer.indexed(arguments)
        if let flag = configuration.rest.first(where: { $0.hasPrefix("-") }) {
            throw UsageError("'\(flag)' is not known here", mend: "see 'wheelhouse signature --help'")
        }
        let index = try index(configuration)
        let files = try configuration.rest.isEmpty ? allFiles(of: indexName, configuration) : configuration.rest
        var changed = 0
        for filename in files {
            let (signatures, isReleased) = try Administer.operation { () throws(IndexError) in
                try index.recheckSignatures(of: filename, index: indexName, actor: Administer.actor)
            }
            for signature in signatures {
                let mark = signature.isChanged ? "CHANGED" : "same"
                Output.line("\(mark)\t\(filename)\t\(SignatureReport.harmless(signature.sentence))")
                changed += signature.isChanged ? 1 : 0
            }
            if isReleased { Output.line("RELEASED\t\(filename)") }
        }
        if changed > 0 { exitProcess(1) }
    }

    /// Every file that has a signature, and those that wait for one.
    private static func allFiles(of index: String, _ configuration: Configuration) throws -> [String] {
        let store = try Administer.store(configuration)
        return try Administer.operation { () throws(StorageError) in
            let signed = try store.signedFiles().filter { $0.index == index }.map(\.filename)
            let held = try store.heldFiles(index: index).map(\.filename)
            return signed + held.filter { !signed.contains($0) }
        }
    }

    private static func held(_ arguments: [String]) throws {
        let (configuration, index) = try words(arguments, 0...0, "no file can be named here")
        let store = try Administer.store(configuration)
        let held = try Administer.operation { () throws(StorageError) in try store.heldFiles(index: index) }
        for file in held {
            let fields = ["\(file.uploadTime)", file.uploader, file.filename, file.holdReason ?? ""]
            Output.line(fields.joined(separator: "\t"))
        }
    }

    private static func index(_ configuration: Configuration) throws -> PackageIndex {
        let policy = try Serve.policy(configuration)
        let store = try Administer.store(configuration)
        return try Administer.operation { () throws(IndexError) in try PackageIndex(store, policy: policy) }
    }

    private static func words(
        _ arguments: [String], _ count: ClosedRange<Int>, _ wrong: String
    ) throws(UsageError) -> (Configuration, index: String) {
        let (configuration, index) = try Administer.indexed(arguments)
        guard count.contains(configuration.rest.count), !configuration.rest.contains(where: { $0.hasPrefix("-") })
        else { throw UsageError(wrong, mend: "see 'wheelhouse signature --help'") }
        return (configuration, index)
    }
}
