import Crypto
import Posix
import Synchronization

/// Why a document of another server is not there: a clause about that server.
public struct FetchFailure: Error, Hashable, Sendable {
    /// Such as "it did not answer within 5 seconds".
    public let reason: String

    /// A failure.
    public init(_ reason: String) { self.reason = reason }
}

/// Gets a small document from an address that begins with `https://`. What joins the modules hands it in.
public typealias Fetch = @Sendable (_ address: String) async -> Result<[UInt8], FetchFailure>

/// The keys of one issuer: kept, fetched again when a token names one that is not among them or after an hour, at most
/// once a minute. When that fails, the old ones stay.
final class IssuerKeys: Sendable {
    private struct State {
        var keys: JSONWebKeySet?
        /// When they came, and when they were last asked for, in nanoseconds of the monotonic clock.
        var received: Int64 = 0
        var asked: Int64?
        var failure: FetchFailure?
        var isAsking = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private enum Decision {
        case take, ask, wait
    }

    private let state = Mutex(State())
    private let load: @Sendable () async -> Result<JSONWebKeySet, FetchFailure>
    private let clock: @Sendable () -> Int64

    static let pauseSeconds: Int64 = 60
    static let ageLimitSeconds: Int64 = 3_600

    /// - Parameters:
    ///   - clock: nanoseconds of the monotonic clock.
    ///   - load: gets the keys; never called twice at a time.
    init(
        clock: @escaping @Sendable () -> Int64 = { Clock.monotonicNanoseconds },
        _ load: @escaping @Sendable () async -> Result<JSONWebKeySet, FetchFailure>
    ) {
        self.clock = clock
        self.load = load
    }

    /// The newest keys there are for a token that names one of them.
    func keys(for identifier: String) async -> Result<JSONWebKeySet, FetchFailure> {
        let now = clock()
        switch state.withLock({ decide($0, identifier, now) }) {
        case .take: break
        case .ask: await ask(now)
        case .wait: await waitForAnswer()
        }
        return state.withLock { state in
            if let keys = state.keys { return .success(keys) }
            return .failure(state.failure ?? FetchFailure("they have not come yet"))
        }
    }

    private func decide(_ state: borrowing State, _ identifier: String, _ now: Int64) -> Decision {
        if let keys = state.keys, keys.contains(identifier), now - state.received < Self.ageLimitSeconds * 1_000_000_000
        {
            return .take
        }
        if state.isAsking { return .wait }
        if let asked = state.asked, now - asked < Self.pauseSeconds * 1_000_000_000 { return .take }
        return .ask
    }

    /// Of several who decide so at once, the first asks and the others wait for it.
    private func ask(_ now: Int64) async {
        let isFirst = state.withLock { state in
            guard !state.isAsking else { return false }
            state.isAsking = true
            state.asked = now
            return true
        }
        guard isFirst else { return await waitForAnswer() }
        let answer = await load()
        let waiting = state.withLock { state in
            state.isAsking = false
            switch answer {
            case .success(let keys):
                state.keys = keys
                state.received = now
                state.failure = nil
            case .failure(let failure): state.failure = failure
            }
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    private func waitForAnswer() async {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                guard state.isAsking else { return true }
                state.waiting.append(continuation)
                return false
            }
            if isOver { continuation.resume() }
        }
    }
}

extension TrustedIssuer {
    /// Gets the issuer's keys from where they are.
    func loadKeys(_ fetch: Fetch, _ workers: WorkerPool) async -> Result<JSONWebKeySet, FetchFailure> {
        let document: Result<[UInt8], FetchFailure>
        switch keys {
        case .address(let address): document = await fetch(address)
        case .file(let path): document = await workers.run { Self.read(path) }
        case .discovery:
            switch await discoverKeys(fetch) {
            case .success(let address): document = await fetch(address)
            case .failure(let failure): return .failure(failure)
            }
        }
        return document.flatMap { text in
            do throws(JSONWebKeySet.Refusal) {
                return .success(try JSONWebKeySet(text))
            } catch {
                return .failure(FetchFailure("what came is no set of keys: \(error.reason)"))
            }
        }
    }

    /// OpenID Connect Discovery §4.3: the document must be about this issuer; and its keys are at the same host.
    private func discoverKeys(_ fetch: Fetch) async -> Result<String, FetchFailure> {
        await fetch(url + "/.well-known/openid-configuration").flatMap { text in
            guard let document = try? StrictJSON(text), document["issuer"]?.string == url else {
                return .failure(FetchFailure("its discovery document is not about it"))
            }
            guard let address = document["jwks_uri"]?.string, Self.host(of: address) == Self.host(of: url) else {
                return .failure(
                    FetchFailure(
                        "its discovery document names no jwks_uri at the same host; name one with keys= in oidcIssuers")
                )
            }
            return .success(address)
        }
    }

    private static func read(_ path: String) -> Result<[UInt8], FetchFailure> {
        do throws(Errno) {
            return .success(try File.open(path).read(at: 0, count: 256 << 10))
        } catch {
            return .failure(FetchFailure("the file of keys cannot be read: \(error)"))
        }
    }
}
