import Synchronization
import Wheelhouse

/// Which prepared pages name which projects: they link those that are here, so that they become untrue when one of these comes
/// or goes.
final class Mentions: Sendable {
    /// So many names of projects on pages are kept in mind; a name and its page take about 200 bytes.
    private static let limit = 50_000

    private struct State {
        var pages: [String: Set<PageKey>] = [:]
        var count = 0
        /// Pages that may name any project.
        var others: Set<PageKey> = []
    }

    private let state = Mutex(State())

    /// Notes a page before it is found out which of these projects are here.
    ///
    /// - Parameter names: normalized.
    func note(_ page: PageKey, of names: [String]) {
        guard !names.isEmpty else { return }
        state.withLock { state in
            guard state.count + names.count <= Self.limit else {
                state.others.insert(page)
                return
            }
            for name in names where state.pages[name, default: []].insert(page).inserted { state.count += 1 }
        }
    }

    /// The pages that changes of projects make untrue; they are forgotten here, since they are made anew.
    func take(by keys: [PageKey]) -> [PageKey] {
        state.withLock { state in
            var found: Set<PageKey> = []
            for case .projectDetail(_, let project) in keys {
                guard let pages = state.pages.removeValue(forKey: project) else { continue }
                state.count -= pages.count
                found.formUnion(pages)
            }
            if keys.contains(where: { if case .projectDetail = $0 { true } else { false } }) {
                found.formUnion(state.others)
                state.others = []
            }
            return Array(found)
        }
    }
}
