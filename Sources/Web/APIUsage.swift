import HTTP
import Packaging
import Wheelhouse

extension Endpoint {
    /// How often projects are downloaded.
    static let usage = [
        Endpoint(
            method: .get, path: "/api/projects/{project}/downloads", access: .reader,
            summary: "How often a project was downloaded in the last \(PackageIndex.usageDays) days, and ever",
            answer: .object(
                [
                    APIField("total", .integer(0...Int64.max), "since counting began", isRequired: true),
                    APIField("days", .list(.downloads), "those that had any", isRequired: true),
                ] + tables.map { name, _ in APIField(name, .list(.downloads), isRequired: true) }),
            handle: Site.showDownloads)
    ]

    fileprivate static let tables: [(name: String, shares: @Sendable (ProjectUsage) -> [ProjectUsage.Share])] = [
        ("versions", { $0.versions }), ("files", { $0.files }), ("installers", { $0.installers }),
        ("pythons", { $0.pythons }), ("platforms", { $0.platforms }),
    ]
}

extension APISchema {
    fileprivate static let downloads = APISchema.object([
        APIField("name", .text(), isRequired: true), APIField("downloads", .integer(0...Int64.max), isRequired: true),
    ])
}

extension Site {
    static let showDownloads: Endpoint.Handler = { site, call throws(IndexError) in
        let name = call.project?.normalized ?? ""
        let seen = site.seen(by: call.principal, project: name)
        guard try await site.index.overview(index: site.indexName, project: name, showing: seen) != nil else {
            throw IndexError(.notFound, "There is no project of this name here")
        }
        guard let usage = try await site.index.usage(index: site.indexName, project: name) else {
            throw IndexError(.notFound, "Downloads are not counted here; the setting usageDays is 0")
        }
        let days = usage.daily.enumerated().filter { $0.element > 0 }.map { day, count in
            share(UploadTime(microseconds: (usage.firstDay + Int64(day)) * 86_400_000_000).date, count)
        }
        let tables = Endpoint.tables.map { table in
            (table.name, JSON.list(table.shares(usage).map { share($0.name, $0.count) }))
        }
        return APIAnswer(JSON.object([("total", String(usage.total)), ("days", JSON.list(days))] + tables))
    }

    private static func share(_ name: String, _ count: Int64) -> String {
        JSON.object([("name", JSON.string(name)), ("downloads", String(count))])
    }
}
