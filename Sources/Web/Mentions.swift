import Synchronization
import Wheelhouse

/// Which prepared pages are still true: those below a project's own page until the project changes, and those that link other
/// projects, or would if they were here, until these change.
///
/// It counts changes of projects, and a page keeps the counts of those that it tells of. Nothing is kept for a page that
/// goes, and the counts take 32 KiB however many projects there are.
final class Mentions: Sendable {
    /// Projects that share a count make each other's pages anew: one change in so many, and all of those that have one name
    /// in several indexes.
    private static let counts = 4_096

    private let changes = Mutex([UInt64](repeating: 0, count: counts))

    /// How often some projects had changed.
    struct Stamp: Sendable {
        fileprivate var places: [UInt16] = []
        fileprivate var sum: UInt64 = 0

        /// Of no project.
        static var none: Stamp { Stamp() }

        /// Of the projects of both.
        static func + (left: Stamp, right: Stamp) -> Stamp {
            Stamp(places: left.places + right.places, sum: left.sum + right.sum)
        }
    }

    /// How often projects have changed until now: to be asked before anything is read of them.
    ///
    /// - Parameter names: normalized.
    func stamp(of names: [String]) -> Stamp {
        let places = names.map(Self.place)
        return changes.withLock { Stamp(places: places, sum: Self.sum(places, $0)) }
    }

    /// Whether none of the projects has changed since.
    func isCurrent(_ stamp: Stamp) -> Bool {
        stamp.places.isEmpty || changes.withLock { Self.sum(stamp.places, $0) == stamp.sum }
    }

    /// Notes which projects have changed.
    func note(_ keys: [PageKey]) {
        let places = keys.compactMap { key in
            if case .projectDetail(_, let project) = key { Self.place(project) } else { nil }
        }
        guard !places.isEmpty else { return }
        changes.withLock { changes in
            for place in places { changes[Int(place)] += 1 }
        }
    }

    // Counts only grow, so their sum is the same when each is.
    private static func sum(_ places: [UInt16], _ changes: [UInt64]) -> UInt64 {
        places.reduce(0) { $0 + changes[Int($1)] }
    }

    private static func place(_ name: String) -> UInt16 { UInt16(UInt(bitPattern: name.hashValue) % UInt(counts)) }
}
