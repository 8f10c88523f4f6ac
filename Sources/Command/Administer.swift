import Packaging
import Posix
import Storage
import Wheelhouse

/// Commands on a data folder that work while a server runs on it.
enum Administer {
    static func verify(_ arguments: [String]) throws {
        let store = try store(try only(arguments))
        let progress = Progress()
        let report = try operation { () throws(StorageError) in
            try store.verify { report in progress.show("\(report.blobs) blobs read") }
        }
        progress.end()
        // For the page about health. A catalog that cannot be written is told of below.
        try? store.remember(report, at: UploadTime(microseconds: Clock.unixMicroseconds))
        for digest in report.damaged { Output.report("damaged: \(try described(digest, in: store))") }
        for digest in report.missing { Output.report("missing: \(try described(digest, in: store))") }
        for problem in report.catalogProblems { Output.report("catalog: \(problem)") }
        for problem in report.journalProblems { Output.report("journal: \(problem)") }
        if let head = report.journalHead { Output.line("journal: row \(head.serial) has the hash \(head.hash.hex)") }
        Output.line(
            "\(report.blobs) blobs, \(report.bytes) bytes, \(report.damaged.count) damaged, \(report.missing.count) missing"
        )
        guard report.isSound else {
            throw OperationError("the data folder is damaged", mend: "restore what is named above from a backup")
        }
    }

    /// A blob with what needs it: who restores it from a backup looks for its digest, who tells people, for the files.
    private static func described(_ blob: Digest, in store: Store) throws -> String {
        let uses = try operation { () throws(StorageError) in try store.uses(of: blob) }
        return "\(blob.hex) (\(uses.isEmpty ? "nothing needs it" : uses.joined(separator: ", ")))"
    }

    static func collectGarbage(_ arguments: [String]) throws {
        var options = try Options(arguments, values: ["--keep-deleted"])
        let text = options.take("--keep-deleted") ?? "30d"
        let seconds = text == "0" ? 0 : try TokenCommand.seconds(text, of: "--keep-deleted")
        let store = try store(try only(options.rest))
        let time = Clock.unixMicroseconds
        let occasion = Occasion(actor: actor, time: UploadTime(microseconds: time))
        let limit = UploadTime(microseconds: time - seconds * 1_000_000)
        let report = try operation { () throws(StorageError) in
            let files = try store.writeAndWait { catalog throws(StorageError) in
                try catalog.giveUpFiles(deletedBefore: limit, by: occasion)
            }
            if files > 0 { Output.line("\(files) deleted files given up") }
            return try store.collectGarbage()
        }
        Output.line("\(report.blobs) blobs removed, \(report.bytes) bytes")
    }

    static func configuration(_ arguments: [String]) throws {
        let configuration = try only(arguments)
        Serve.warn(of: configuration.strayVariables)
        for setting in Setting.all {
            guard let value = configuration.values[setting.name] else { continue }
            Output.line("\(setting.name) = \(value.texts.joined(separator: ", "))\t# \(value.source)")
        }
    }

    /// The configuration of a command that takes nothing else.
    static func only(_ arguments: [String]) throws(UsageError) -> Configuration {
        let configuration = try Configuration(arguments: arguments)
        if let extra = configuration.rest.first {
            throw UsageError("'\(extra)' is not known here", mend: "see --help of this command")
        }
        return configuration
    }

    /// Opens the data folder.
    ///
    /// - Parameter mayBeNew: whether a folder that is no data folder yet becomes one; else it is taken for a slip.
    static func store(_ configuration: Configuration, mayBeNew: Bool = false) throws(OperationError) -> Store {
        try operation { () throws(StorageError) in
            try Store(directory: configuration.text("data"), mustExist: !mayBeNew) { Output.report($0) }
        }
    }

    /// Runs an operation; its failure becomes one line with what to do.
    static func operation<Value, Failure: Error>(
        _ body: () throws(Failure) -> Value
    ) throws(OperationError) -> Value {
        do {
            return try body()
        } catch let error as IndexError {
            let cause = error.underlying.map { ": \($0)" } ?? ""
            throw OperationError(error.sentence + cause, mend: "nothing was changed")
        } catch {
            throw OperationError("\(error)", mend: "nothing was changed")
        }
    }
}

/// Progress on a terminal; silence in a pipe.
final class Progress {
    private let isShown = Output.errors.isTerminal
    private var last: Int64 = 0

    func show(_ text: String) {
        let now = Clock.monotonicNanoseconds
        guard isShown, now - last > 200_000_000 else { return }
        last = now
        try? Output.errors.write(all: Array("\r\(text)".utf8))
    }

    func end() {
        if isShown && last > 0 { try? Output.errors.write(all: [0x0A]) }
    }
}

/// Flags of one command that are no settings.
struct Options {
    private var values: [String: [String]] = [:]
    private var flags: Set<String> = []
    private(set) var rest: [String] = []

    /// - Parameters:
    ///   - names: the flags that take a value, each as often as wanted.
    ///   - switches: the flags that take none.
    init(_ arguments: [String], values names: Set<String>, switches: Set<String> = []) throws(UsageError) {
        var index = 0
        while index < arguments.count {
            if switches.contains(arguments[index]) {
                flags.insert(arguments[index])
                index += 1
                continue
            }
            let parts = arguments[index].split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts[0])
            guard names.contains(name) else {
                rest.append(arguments[index])
                index += 1
                continue
            }
            if parts.count == 2 {
                values[name, default: []].append(String(parts[1]))
                index += 1
                continue
            }
            guard index + 1 < arguments.count else {
                throw UsageError("\(name) has no value", mend: "write '\(name) VALUE'")
            }
            values[name, default: []].append(arguments[index + 1])
            index += 2
        }
    }

    func has(_ name: String) -> Bool { flags.contains(name) }
    mutating func take(_ name: String) -> String? { values.removeValue(forKey: name)?.last }
    mutating func takeAll(_ name: String) -> [String] { values.removeValue(forKey: name) ?? [] }
}
