import Synchronization
import Wheelhouse

/// Prepared answers, each made once per change of what it shows.
///
/// It is here, beside its only user, so that the compiler makes it for its keys and values.
///
/// There are no time-outs: a write removes what it changes before it is acknowledged. An answer whose making began before
/// such a removal is never kept; one that is not removed is asked whether it is still true. All state is guarded by one
/// mutex, held for a look-up or a replacement only.
final class PageCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private enum Entry {
        case ready(Value, cost: Int)
        case making(Making)
    }

    /// One making in progress; its identity tells whether it has been overtaken by a change.
    private final class Making: Sendable {
        let waiters = Mutex<[CheckedContinuation<Value?, Never>]>([])
    }

    private struct State {
        var entries: [Key: Entry] = [:]
        var cost = 0
        /// The keys of entries in the order of their making, from `oldest` on; some may be gone, or there twice.
        var order: [Key] = []
        var oldest = 0
        /// Keys for which there is nothing, so that asking again is as cheap as for what exists.
        var absent: Set<Key> = []
    }

    /// Anybody can ask for names that do not exist: they must not crowd out what does.
    private static var absentLimit: Int { 4_096 }

    private let state = Mutex(State())
    private let costLimit: Int

    /// An empty cache.
    ///
    /// - Parameter costLimit: the sum of costs, in the unit of `value(for:make:)`, beyond which the entries made first are dropped.
    init(costLimit: Int) {
        self.costLimit = costLimit
    }

    /// What is prepared for this key; `nil` when it has to be made, or found absent.
    func cached(_ key: Key) -> Value? {
        state.withLock { state in
            guard case .ready(let value, _)? = state.entries[key] else { return nil }
            return value
        }
    }

    /// The value for this key, made if needed. Requests that come while it is made wait for the same making.
    ///
    /// - Parameters:
    ///   - isCurrent: whether a value that is ready is still true, where no change removes it. It must be of one whose
    ///     making begins now, unless something changes.
    ///   - make: returns the value and its cost; `nil` when there is no such thing.
    /// - Throws: what `make` throws. Not typed: see `WorkerPool.run`.
    func value(
        for key: Key, isCurrent: (Value) -> Bool = { _ in true }, make: () async throws -> (value: Value, cost: Int)?
    ) async throws -> Value? {
        while true {
            switch begin(key, isCurrent) {
            case .ready(let value):
                return value
            case .absent:
                return nil
            case .join(let making):
                if let value = await wait(for: making, key), isCurrent(value) { return value }
            // The maker failed or found nothing: find out for ourselves.
            case .make(let making):
                defer { finish(making) }
                do {
                    guard let (value, cost) = try await make() else {
                        drop(making, key, isAbsent: true)
                        return nil
                    }
                    keep(value, cost: cost, making, key)
                    finish(making, value)
                    return value
                } catch {
                    drop(making, key, isAbsent: false)
                    throw error
                }
            }
        }
    }

    /// Forgets what a change has made untrue.
    func remove(_ keys: [Key]) {
        state.withLock { state in
            for key in keys {
                state.absent.remove(key)
                if case .ready(_, let cost)? = state.entries.removeValue(forKey: key) { state.cost -= cost }
            }
        }
    }

    private enum Beginning {
        case ready(Value)
        case absent
        case join(Making)
        case make(Making)
    }

    private func begin(_ key: Key, _ isCurrent: (Value) -> Bool) -> Beginning {
        state.withLock { state in
            switch state.entries[key] {
            case .ready(let value, _) where isCurrent(value): return .ready(value)
            case .making(let making): return .join(making)
            case nil where state.absent.contains(key): return .absent
            case let entry:
                if case .ready(_, let cost)? = entry { state.cost -= cost }
                let making = Making()
                state.entries[key] = .making(making)
                return .make(making)
            }
        }
    }

    private func isCurrent(_ making: Making, _ key: Key, in state: State) -> Bool {
        if case .making(let current)? = state.entries[key] { current === making } else { false }
    }

    private func wait(for making: Making, _ key: Key) async -> Value? {
        await withCheckedContinuation { continuation in
            let isWaiting = state.withLock { state in
                guard isCurrent(making, key, in: state) else { return false }
                making.waiters.withLock { $0.append(continuation) }
                return true
            }
            if !isWaiting { continuation.resume(returning: nil) }
        }
    }

    private func keep(_ value: Value, cost: Int, _ making: Making, _ key: Key) {
        state.withLock { state in
            guard isCurrent(making, key, in: state) else { return }
            // What is larger than all of the cache would only empty it.
            guard cost <= costLimit else {
                state.entries[key] = nil
                return
            }
            state.entries[key] = .ready(value, cost: cost)
            state.cost += cost
            state.order.append(key)
            dropOldest(of: &state)
        }
    }

    private func drop(_ making: Making, _ key: Key, isAbsent: Bool) {
        state.withLock { state in
            guard isCurrent(making, key, in: state) else { return }
            state.entries[key] = nil
            guard isAbsent else { return }
            if state.absent.count >= Self.absentLimit { state.absent.removeAll() }
            state.absent.insert(key)
        }
    }

    private func finish(_ making: Making, _ value: Value? = nil) {
        let waiters = making.waiters.withLock { waiters in
            defer { waiters = [] }
            return waiters
        }
        for waiter in waiters { waiter.resume(returning: value) }
    }

    /// Drops the entries made first until the rest fits. A page costs little to make again, so nobody counts its use.
    private func dropOldest(of state: inout State) {
        while state.cost > costLimit, state.oldest < state.order.count {
            let key = state.order[state.oldest]
            state.oldest += 1
            guard case .ready(_, let cost)? = state.entries[key] else { continue }
            state.entries[key] = nil
            state.cost -= cost
        }
        // Half of the list is of the past, or most of it is of keys that changes have removed: make it anew.
        guard state.oldest * 2 > state.order.count || state.order.count > state.entries.count * 4 + 64 else { return }
        var seen: Set<Key> = []
        state.order = state.order[state.oldest...].filter { state.entries[$0] != nil && seen.insert($0).inserted }
        state.oldest = 0
    }
}
