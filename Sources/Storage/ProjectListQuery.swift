import Packaging

/// In which order a list of projects is.
public enum ProjectOrder: String, Hashable, Sendable, CaseIterable {
    /// By normalized name.
    case name
    /// The last created first.
    case newest
    /// The last changed first.
    case updated
}

/// The place of a project in a list; it stays a place when the project has gone or moved.
public struct ListPosition: Hashable, Sendable {
    /// When it was created, in microseconds since 1970, or the serial of its last change; 0 in the order of names.
    let number: Int64
    /// The normalized name.
    let name: String

    /// The place of a project in an order.
    public init(_ project: ProjectRecord, in order: ProjectOrder) {
        number =
            switch order {
            case .name: 0
            case .newest: project.created.microseconds
            case .updated: project.serial
            }
        name = project.name.normalized
    }

    /// A place as `text` wrote it; `nil` for other texts.
    public init?(_ text: String, in order: ProjectOrder) {
        var rest = text[...]
        if order == .name {
            number = 0
        } else {
            guard let end = text.firstIndex(of: "-"), let number = Int64(text[..<end]) else { return nil }
            self.number = number
            rest = text[text.index(after: end)...]
        }
        name = String(rest)
        guard let known = try? ProjectName(name), known.normalized == name else { return nil }
    }

    /// The place for an address, such as `1784-numpy`; in the order of names `numpy`.
    public func text(in order: ProjectOrder) -> String { order == .name ? name : "\(number)-\(name)" }
}

/// Where a page of a list begins.
public enum ListPlace: Hashable, Sendable {
    /// With the first of all.
    case start
    /// Behind a place.
    case after(ListPosition)
    /// It ends before a place.
    case before(ListPosition)
}

/// Which page of which list of projects. Quarantined ones are on none.
public struct ProjectListQuery: Sendable {
    /// The named index.
    public var index: String
    /// What the normalized names begin with; empty for all.
    public var start = ""
    /// In which order.
    public var order = ProjectOrder.name
    /// Where the page begins.
    public var place = ListPlace.start
    /// How many projects it has at most.
    public var limit: Int
    /// The normalized names of the private projects that are shown.
    public var seen: Set<String> = []

    /// The first page, by name.
    public init(index: String, limit: Int) {
        (self.index, self.limit) = (index, limit)
    }
}

/// One page of a list of projects.
public struct ProjectList: Hashable, Sendable {
    /// The projects of the page.
    public let projects: [ListedProject]
    /// How many there are on all pages.
    public let total: Int
    /// Whether pages come before this one.
    public let hasEarlier: Bool
    /// Whether pages come behind this one.
    public let hasLater: Bool
}

extension ProjectListQuery {
    /// Names in the list are smaller than this one.
    var end: String { start + "\u{7F}" }

    /// Whether the page is read from its end.
    var isBackward: Bool { if case .before = place { true } else { false } }

    /// The place that the page has at one of its ends.
    var position: ListPosition? {
        switch place {
        case .start: nil
        case .after(let position), .before(let position): position
        }
    }

    /// Between which names those of the page are. SQLite goes to one bound only of those that it is given.
    var names: (lower: String, upper: String) {
        guard order == .name, let name = position?.name else { return (start, end) }
        return isBackward ? (start, min(name, end)) : (max(name, start), end)
    }

    /// Whether one project is read before the other.
    func precedes(_ left: ProjectRecord, _ right: ProjectRecord) -> Bool {
        let (left, right) = (ListPosition(left, in: order), ListPosition(right, in: order))
        let isSmaller = (left.number, left.name) < (right.number, right.name)
        return isSmaller == ((order == .name) != isBackward)
    }

    /// What comes behind FROM: the names' bounds are `?2` and `?3`, the position's parts `?4` and `?5`, the private
    /// projects that are shown `?6`, the limit is `?7`.
    func clauses(arePrivate: Bool) -> String {
        let which =
            arePrivate
            ? "private = 1 AND held = 0 AND status <> 'quarantined' AND name IN (SELECT value FROM json_each(?6))"
            : Schema.shown
        return """
            \(arePrivate ? "" : "INDEXED BY \(sortedIndex)")
            WHERE index_name = ?1 AND \(which)\(bounds)
            ORDER BY \(sorting) LIMIT ?7
            """
    }

    private var column: String? {
        switch order {
        case .name: nil
        case .newest: "created"
        case .updated: "serial"
        }
    }

    private var sortedIndex: String {
        let letter = start.isEmpty ? "" : "letter_and_"
        return switch order {
        case .name: "public_by_name"
        case .newest: "public_by_\(letter)creation"
        case .updated: "public_by_\(letter)change"
        }
    }

    private var bounds: String {
        guard let column else {
            let isBehind = !isBackward && position.map { $0.name >= start } ?? false
            return " AND name \(isBehind ? ">" : ">=") ?2 AND name < ?3"
        }
        let letter = start.isEmpty ? "" : " AND substr(name, 1, 1) = substr(?2, 1, 1) AND name >= ?2 AND name < ?3"
        guard position != nil else { return letter }
        return letter + " AND (\(column), name) \(isBackward ? ">" : "<") (?4, ?5)"
    }

    private var sorting: String {
        guard let column else { return isBackward ? "name DESC" : "name" }
        return isBackward ? "\(column), name" : "\(column) DESC, name DESC"
    }
}
