import Synchronization

/// Counts something for each of many keys, and says when it is too often. A count drains with time.
///
/// The table is bounded: when too many keys are counted at once, those that are not at their limit are forgotten.
final class Attempts: Sendable {
    private struct Count {
        var level: Double
        var nanoseconds: Int64
    }

    private static let keyLimit = 16_384

    private let counts = Mutex<[String: Count]>([:])
    private let capacity: Double
    private let perSecond: Double
    private let now: @Sendable () -> Int64

    /// - Parameters:
    ///   - capacity: how many may come at once, at least 1.
    ///   - perSecond: how many may come in the long run.
    ///   - now: the time in nanoseconds since some moment.
    init(capacity: Int, perSecond: Double, now: @escaping @Sendable () -> Int64) {
        self.now = now
        self.capacity = Double(capacity)
        self.perSecond = perSecond
    }

    /// How many seconds until the next one is allowed for this key, at least 1; `nil` when it is allowed now.
    func secondsToWait(_ key: String) -> Int? {
        counts.withLock { wait(level(of: key, in: $0)) }
    }

    /// Counts one.
    ///
    /// - Returns: how many seconds until the next one is allowed; `nil` when this one was. One that was not is not counted.
    @discardableResult
    func note(_ key: String) -> Int? {
        counts.withLock { counts in
            let level = level(of: key, in: counts)
            if let seconds = wait(level) { return seconds }
            if counts.count >= Self.keyLimit, counts[key] == nil { forget(&counts) }
            counts[key] = Count(level: level + 1, nanoseconds: now())
            return nil
        }
    }

    /// Takes one back that was counted.
    func giveBack(_ key: String) {
        counts.withLock { counts in
            guard let count = counts[key] else { return }
            counts[key] = Count(level: max(0, drained(count) - 1), nanoseconds: now())
        }
    }

    private func level(of key: String, in counts: [String: Count]) -> Double {
        counts[key].map(drained) ?? 0
    }

    private func drained(_ count: Count) -> Double {
        let seconds = Double(now() - count.nanoseconds) / 1e9
        return max(0, count.level - seconds * perSecond)
    }

    private func wait(_ level: Double) -> Int? {
        let excess = level + 1 - capacity
        return excess <= 0 ? nil : max(1, Int((excess / perSecond).rounded(.up)))
    }

    private func forget(_ counts: inout [String: Count]) {
        counts = counts.filter { wait(drained($0.value)) != nil }
        if counts.count >= Self.keyLimit { counts = [:] }
    }
}
