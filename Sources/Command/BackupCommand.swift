import Packaging
import Posix
import Storage

/// `wheelhouse backup FOLDER`, `wheelhouse restore FOLDER`
enum BackupCommand {
    static func backUp(_ arguments: [String]) throws {
        let configuration = try Configuration(arguments: arguments)
        let folder = try folder(configuration)
        try copy(mend: "all else is in the backup, and what it had before") { progress throws(StorageError) in
            try Store.backUp(configuration.text("data"), to: folder, progress: progress)
        }
    }

    /// Whether what `restore` is given is a folder, and no file or release of the index.
    static func isFolder(_ target: String) -> Bool {
        target.contains("/") || (try? Directory.exists(target + "/catalog.sqlite")) == true
    }

    static func restore(_ configuration: Configuration) throws {
        let folder = try folder(configuration)
        try copy(mend: "all else is restored") { progress throws(StorageError) in
            try Store.restore(folder, to: configuration.text("data"), progress: progress)
        }
    }

    private static func folder(_ configuration: Configuration) throws(UsageError) -> String {
        guard let folder = configuration.rest.first, configuration.rest.count == 1, !folder.hasPrefix("-") else {
            throw UsageError("the folder of the backup is needed, and nothing else", mend: "see --help of this command")
        }
        return folder
    }

    /// - Parameter mend: what is to be said when something is damaged or missing.
    private static func copy(
        mend: String, _ body: ((BackupReport) -> Void) throws(StorageError) -> BackupReport
    ) throws(OperationError) {
        let progress = Progress()
        let report: BackupReport
        do throws(StorageError) {
            report = try body { progress.show("\($0.copied) blobs copied") }
        } catch {
            progress.end()
            throw OperationError("\(error)", mend: "what was there stays")
        }
        progress.end()
        for loss in report.damaged { Output.report("damaged: \(text(loss))") }
        for loss in report.missing { Output.report("missing: \(text(loss))") }
        if let problem = report.usageProblem { Output.report("the counts of downloads were not copied: \(problem)") }
        if let head = report.journalHead { Output.line("journal: row \(head.serial) has the hash \(head.hash.hex)") }
        Output.line("\(report.copied) blobs copied, \(report.bytes) bytes, \(report.kept) there already")
        guard report.isWhole else {
            let count = report.damaged.count + report.missing.count
            throw OperationError("\(count) blobs could not be copied", mend: mend)
        }
    }

    private static func text(_ loss: BackupReport.Loss) -> String {
        "\(loss.sha256.hex) (\(loss.uses.joined(separator: ", ")))"
    }
}
