import Packaging
import Posix
import Storage

/// `wheelhouse backup FOLDER`, `wheelhouse restore FOLDER`
enum BackupCommand {
    static func backUp(_ arguments: [String]) throws {
        let configuration = try Configuration(arguments: arguments)
        let folder = try folder(configuration)
        let store = try Administer.store(configuration)
        let progress = Progress()
        let report = try Administer.operation { () throws(StorageError) in
            try store.backUp(to: folder) { progress.show("\($0.copied) blobs copied") }
        }
        progress.end()
        try tell(report, of: store, mend: "see 'wheelhouse verify'; all else is in the backup")
    }

    /// Whether what `restore` is given is a folder, and no file or release of the index.
    static func isFolder(_ target: String) -> Bool {
        target.contains("/") || (try? Directory.exists(target + "/catalog.sqlite")) == true
    }

    static func restore(_ configuration: Configuration) throws {
        let folder = try folder(configuration)
        let progress = Progress()
        let report = try Administer.operation { () throws(StorageError) in
            try Store.restore(folder, to: configuration.text("data")) { progress.show("\($0.copied) blobs copied") }
        }
        progress.end()
        try tell(report, of: Administer.store(configuration), mend: "the backup lacks it; all else is restored")
    }

    private static func folder(_ configuration: Configuration) throws(UsageError) -> String {
        guard let folder = configuration.rest.first, configuration.rest.count == 1, !folder.hasPrefix("-") else {
            throw UsageError("the folder of the backup is needed, and nothing else", mend: "see --help of this command")
        }
        return folder
    }

    private static func tell(_ report: BackupReport, of store: Store, mend: String) throws {
        for digest in report.damaged { Output.report("damaged: \(try Administer.described(digest, in: store))") }
        for digest in report.missing { Output.report("missing: \(try Administer.described(digest, in: store))") }
        if let head = report.journalHead { Output.line("journal: row \(head.serial) has the hash \(head.hash.hex)") }
        Output.line("\(report.copied) blobs copied, \(report.bytes) bytes, \(report.kept) there already")
        guard report.isWhole else {
            let count = report.damaged.count + report.missing.count
            throw OperationError("\(count) blobs could not be copied", mend: mend)
        }
    }
}
