import Packaging
import Posix
import Storage
import Wheelhouse

/// `wheelhouse usage [PROJECT]`
enum UsageCommand {
    static func run(_ arguments: [String]) throws {
        var options = try Options(arguments, values: ["--days"])
        let text = options.take("--days") ?? "\(PackageIndex.usageDays)"
        guard let days = Int(text), (1...36_500).contains(days) else {
            throw UsageError("--days is '\(text)'", mend: "it must be a whole number from 1 to 36500")
        }
        let (configuration, index) = try Administer.indexed(options.rest)
        guard configuration.rest.count < 2, configuration.rest.first?.hasPrefix("-") != true else {
            throw UsageError(
                "'\(configuration.rest.last ?? "")' is not known here", mend: "see 'wheelhouse usage --help'")
        }
        let store = try Administer.store(configuration)
        let usage = try Administer.operation { () throws(StorageError) in try UsageStore(of: store) }
        guard let project = configuration.rest.first else {
            let first = DownloadCounter.today - Int64(days) + 1
            let sums = try Administer.operation { () throws(StorageError) in
                try usage.projects(index: index, since: first)
            }
            for (name, count) in sums { Output.line("\(name)\t\(count)") }
            return
        }
        try show(project, of: index, days, in: usage, store)
    }

    private static func show(
        _ project: String, of index: String, _ days: Int, in usage: UsageStore, _ store: Store
    ) throws {
        let name = (try? ProjectName(project))?.normalized ?? project
        let (isThere, found) = try Administer.operation { () throws(StorageError) in
            let isThere = try store.project(index: index, name: name) != nil
            return (isThere, try ProjectUsage(index: index, project: name, days: days, in: usage))
        }
        // Downloads of a project that is gone are still known.
        guard isThere || found.total > 0 else {
            throw OperationError("there is no project '\(project)' here", mend: "see 'wheelhouse usage' for all")
        }
        Output.line("total\t\(found.total)")
        for (day, count) in found.daily.enumerated() where count > 0 {
            Output.line("day\t\(Clock.utcText((found.firstDay + Int64(day)) * 86_400).prefix(10))\t\(count)")
        }
        let tables = [
            ("version", found.versions), ("file", found.files), ("installer", found.installers),
            ("python", found.pythons), ("platform", found.platforms),
        ]
        for (kind, shares) in tables {
            for share in shares { Output.line("\(kind)\t\(share.name)\t\(share.count)") }
        }
    }
}
