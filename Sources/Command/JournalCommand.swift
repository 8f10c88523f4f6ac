import Packaging
import Storage
import Wheelhouse

/// `wheelhouse journal`
enum JournalCommand {
    static func run(_ arguments: [String]) throws {
        var options = try Options(
            arguments, values: ["--after", "--since", "--project", "--index"], switches: ["--json"])
        var query = JournalQuery()
        if let text = options.take("--after") { query.after = try serial(text, of: "--after") }
        if let text = options.take("--since") { try since(text, in: &query) }
        query.project = try options.take("--project").map { try TokenCommand.project($0).normalized }
        let (isJSON, index) = (options.has("--json"), options.take("--index"))
        let configuration = try Administer.only(options.rest)
        if index != nil || query.project != nil { query.index = try configuration.index(index) }
        let store = try Administer.store(configuration)
        while true {
            let next = query
            let entries = try Administer.operation { () throws(StorageError) in try store.journal(next) }
            guard let last = entries.last else { return }
            for entry in entries { Output.line(isJSON ? json(entry) : line(entry)) }
            query.after = last.serial
        }
    }

    private static func serial(_ text: String, of flag: String) throws(UsageError) -> Int64 {
        guard let serial = Int64(text), serial >= 0 else {
            throw UsageError("\(flag) is '\(text)'", mend: "it must be a serial number, 0 or more")
        }
        return serial
    }

    /// A serial, which is wanted itself, or a moment, or the beginning of a day in UTC.
    static func since(_ text: String, in query: inout JournalQuery) throws(UsageError) {
        if let serial = Int64(text), serial >= 0 {
            query.after = max(query.after, serial - 1)
        } else if let time = (try? UploadTime(text)) ?? (try? UploadTime(text + "T00:00:00Z")) {
            query.since = time
        } else {
            throw UsageError(
                "--since is '\(text)'",
                mend: "write a serial number, or a time such as 2026-01-31T23:59:59Z or 2026-01-31")
        }
    }

    private static func line(_ entry: JournalEntry) -> String {
        let place = [entry.index, entry.project].compactMap { $0 }.joined(separator: "/")
        let (occasion, client) = (entry.occasion, entry.occasion.client)
        let fields = [
            "\(entry.serial)", "\(occasion.time)", occasion.actor, entry.action.rawValue, place.isEmpty ? "-" : place,
            entry.subject, client.address ?? "-", client.userAgent ?? "-",
        ]
        return fields.joined(separator: "\t")
    }

    private static func json(_ entry: JournalEntry) -> String { JournalRow(entry).json() }
}
