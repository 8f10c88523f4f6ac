import Crypto
import Posix
import Synchronization

/// Checks passwords, which costs memory and time on purpose: few at once, and each success is remembered for a minute,
/// because installers send the password with every request.
final class PasswordChecks: Sendable {
    private struct Turns {
        var running = 0
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private static let waitingLimit = 64
    // Half of the processors and of the workers are always left for everything else.
    private static let limit = min(max(1, availableProcessors / 2), 4)
    private static let memoryNanoseconds: Int64 = 60_000_000_000
    private static let memoryLimit = 4_096

    private let turns = Mutex(Turns())
    /// Until when a success is remembered, by the HMAC of what was checked.
    private let successes = Mutex<[[UInt8]: Int64]>([:])
    private let key: [UInt8]
    private let workers: WorkerPool
    private let now: @Sendable () -> Int64
    /// Stands for the hash of those who have none, so that a refusal takes the same time for every name.
    private let nobody: Mutex<PasswordHash?> = Mutex(nil)

    /// - Parameter now: the time in nanoseconds since some moment.
    init(workers: WorkerPool, now: @escaping @Sendable () -> Int64) throws(CryptoError) {
        (self.workers, self.now) = (workers, now)
        key = try Random.bytes(32)
    }

    /// Whether a check for this account would be answered from memory.
    func isRemembered(_ password: String, of account: String, _ hash: String) -> Bool {
        let until = successes.withLock { $0[memory(of: password, account, hash)] }
        return until.map { $0 > now() } ?? false
    }

    /// Whether a password is an account's.
    ///
    /// - Parameters:
    ///   - hash: the text of its hash; `nil` for an account without one, or for none.
    ///   - cost: of the hash that is computed when there is none.
    /// - Throws: `IndexError.busy` when too many wait for their turn already, `.failed` when there is no memory.
    func check(_ password: String, of account: String, _ hash: String?, cost: Int) async throws(IndexError) -> Bool {
        try await begin()
        let result = await workers.run { [self] in
            Result { () throws(CryptoError) in
                guard let known = hash.flatMap(PasswordHash.init) else {
                    _ = try stranger(cost: cost).matches(password)
                    return false
                }
                return try known.matches(password)
            }
        }
        end()
        let isRight = try result.mapError { IndexError($0) }.get()
        if isRight, let hash { remember(memory(of: password, account, hash)) }
        return isRight
    }

    /// The hash of a new password.
    ///
    /// - Throws: what ``check(_:of:_:cost:)`` throws.
    func hash(of password: String, cost: Int) async throws(IndexError) -> String {
        try await begin()
        let result = await workers.run {
            Result { () throws(CryptoError) in try PasswordHash(of: password, cost: cost).text }
        }
        end()
        return try result.mapError { IndexError($0) }.get()
    }

    private func stranger(cost: Int) throws(CryptoError) -> PasswordHash {
        if let known = nobody.withLock({ $0 }), known.cost == cost { return known }
        let new = try PasswordHash(of: "", cost: cost)
        nobody.withLock { $0 = new }
        return new
    }

    /// A name has no NUL, nor has the text of a hash; so no two triples give the same bytes.
    private func memory(of password: String, _ account: String, _ hash: String) -> [UInt8] {
        hmacSHA256(key: key, Array(account.utf8) + [0] + Array(hash.utf8) + [0] + Array(password.utf8))
    }

    private func remember(_ memory: [UInt8]) {
        let now = now()
        successes.withLock { successes in
            if successes.count >= Self.memoryLimit { successes = successes.filter { $0.value > now } }
            if successes.count >= Self.memoryLimit { successes = [:] }
            successes[memory] = now + Self.memoryNanoseconds
        }
    }

    /// Waits for a turn; at most ``limit`` are taken at once.
    private func begin() async throws(IndexError) {
        let isAllowed = turns.withLock { turns in
            turns.waiting.count < Self.waitingLimit || turns.running < Self.limit
        }
        guard isAllowed else {
            throw IndexError(.busy, "The server is checking too many passwords at the moment; try again")
        }
        await withCheckedContinuation { continuation in
            let isNow = turns.withLock { turns in
                if turns.running < Self.limit {
                    turns.running += 1
                    return true
                }
                turns.waiting.append(continuation)
                return false
            }
            if isNow { continuation.resume() }
        }
    }

    private func end() {
        let next = turns.withLock { turns -> CheckedContinuation<Void, Never>? in
            guard !turns.waiting.isEmpty else {
                turns.running -= 1
                return nil
            }
            return turns.waiting.removeFirst()
        }
        next?.resume()
    }
}
