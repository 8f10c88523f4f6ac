import Packaging
import Storage

/// In which order a list of projects is.
public enum ListOrder: String, Sendable, CaseIterable {
    /// By name.
    case name
    /// The last created first.
    case newest
    /// The last changed first.
    case updated

    fileprivate var inStorage: ProjectOrder {
        switch self {
        case .name: .name
        case .newest: .newest
        case .updated: .updated
        }
    }
}

/// Which page of the list of projects.
public struct ProjectListRequest: Sendable {
    /// What the normalized names begin with; empty for all.
    public var start = ""
    /// In which order.
    public var order = ListOrder.name
    /// The place behind which the page begins, as `ProjectListPage.next` told it.
    public var after: String?
    /// The place before which it ends, as `ProjectListPage.previous` told it; not looked at when there is `after`.
    public var before: String?
    /// How many projects it has at most.
    public var limit: Int

    /// The first page, by name.
    public init(limit: Int) {
        self.limit = limit
    }
}

/// One page of the list of projects.
public struct ProjectListPage: Sendable {
    /// The projects of the page.
    public let projects: [PublishedProject]
    /// How many there are on all pages.
    public let total: Int
    /// The place before which the page before ends; `nil` on the first page.
    public let previous: String?
    /// The place behind which the page behind begins; `nil` on the last page.
    public let next: String?
    /// The last change of a project that the viewer sees.
    public let serial: Int64
}

extension PackageIndex {
    /// One page of the list of projects, read on a worker.
    ///
    /// A page is found by the place where it begins and not by a number, so that the last takes no longer than the
    /// first, and nothing is on two pages or on none when others upload meanwhile.
    ///
    /// - Parameter seen: the private projects that may be shown.
    /// - Throws: `IndexError.notFound` for a place that no page told.
    public func projects(
        index: String, _ request: ProjectListRequest, showing seen: Set<String> = []
    ) async throws(IndexError) -> ProjectListPage {
        let order = request.order.inStorage
        var query = ProjectListQuery(index: index, limit: request.limit)
        (query.start, query.order, query.seen) = (request.start, order, seen)
        if let text = request.after ?? request.before {
            guard let position = ListPosition(text, in: order) else {
                throw IndexError(
                    .notFound, "There is no such page: follow the links from the first one, or choose first letters")
            }
            query.place = request.after == nil ? .before(position) : .after(position)
        }
        let wanted = query
        return try await onWorker { store throws(StorageError) in
            let list = try store.listing(wanted)
            func place(_ project: ListedProject?, _ isThere: Bool) -> String? {
                isThere ? project.map { ListPosition($0.project, in: order).text(in: order) } : nil
            }
            return ProjectListPage(
                projects: list.projects.map { PublishedProject($0.project, updated: $0.updated) },
                total: list.total, previous: place(list.projects.first, list.hasEarlier),
                next: place(list.projects.last, list.hasLater),
                serial: try store.lastSerial(index: index, showing: wanted.seen))
        }.get()
    }
}
