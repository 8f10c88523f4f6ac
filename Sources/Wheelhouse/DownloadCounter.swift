import Posix
public import Storage
import Synchronization

/// Counts downloads: in memory while requests are answered, and from there once a second into the data folder. A crash
/// loses the downloads of the last second.
///
/// What counts is a GET of an archive that is answered with the whole of it or with a range from its beginning, by
/// whomever: mirrors and browsers are installers of their own kind in the tables. What has been sent in the end is not
/// asked, as nobody would know whether it arrived.
public final class DownloadCounter: Sendable {
    private struct Row: Hashable {
        let file: ObjectIdentifier
        let client: Int
    }

    /// What a value of `User-Agent` stands for. Reading it takes longer than all of the counting.
    private struct KnownAgent {
        let text: [UInt8]
        let client: Int
    }

    private struct State {
        /// Downloads that are not written yet; the file is held, so that its identity stays its own.
        var rows: [Row: (file: CountedFile, count: Int64)] = [:]
        /// Each at the place that its bytes decide; another one with the same place takes it over.
        var agents = [KnownAgent?](repeating: nil, count: DownloadCounter.agentCount)
        /// All that have come, so many as there are combinations of the values that a client can have.
        var clients: [DownloadClient] = []
        var numbers: [DownloadClient: Int] = [:]
        var totals = DownloadTotals()
    }

    private static let agentCount = 64
    /// Rows in memory at most: of downloads beyond, only the number is known.
    private static let rowLimit = 16_384

    let store: UsageStore
    private let keptDays: Int64
    /// Held for a few look-ups, also by the event loops.
    private let state = Mutex(State())
    /// The day of the last folding. Held while counts are written, so that a second writer finds them written.
    private let writing = Mutex<Int64>(0)

    /// A counter that writes to a store.
    ///
    /// - Parameter keptDays: how many days are kept one by one, with installers; at least 1.
    public init(_ store: UsageStore, keptDays: Int64) {
        self.store = store
        self.keptDays = keptDays
    }

    /// What was counted since the program started.
    public var totals: DownloadTotals { state.withLock { $0.totals } }

    /// Counts one download. Called on event loops: it never waits for the disk.
    func count(_ file: CountedFile, userAgent: ArraySlice<UInt8>) {
        let place = Self.place(of: userAgent)
        let isKnown = state.withLock { state in
            guard let agent = state.agents[place], Self.areSame(agent.text, userAgent) else { return false }
            Self.add(file, agent.client, to: &state)
            return true
        }
        guard !isKnown else { return }
        let text = Array(userAgent.prefix(DownloadClient.userAgentLimitBytes + 1))
        let client = DownloadClient(userAgent: text)
        state.withLock { state in
            let number = Self.number(of: client, in: &state)
            // A cut one would never be found again.
            if text.count == userAgent.count { state.agents[place] = KnownAgent(text: text, client: number) }
            Self.add(file, number, to: &state)
        }
    }

    /// Writes what has been counted.
    ///
    /// - Returns: the files whose downloads were written.
    /// - Throws: when it could not; then the counts stay in memory, as far as there is room.
    @discardableResult
    public func flush() throws(StorageError) -> [DownloadedFile] {
        try writing.withLock { foldedOn throws(StorageError) in
            let today = Self.today
            let (rows, clients) = state.withLock { state in
                defer { state.rows.removeAll(keepingCapacity: state.rows.count < 1_024) }
                return (state.rows, state.rows.isEmpty ? [] : state.clients)
            }
            if !rows.isEmpty {
                do throws(StorageError) {
                    try store.add(
                        rows.map { DownloadCount($1.file.names, by: clients[$0.client], count: $1.count) }, on: today)
                } catch {
                    state.withLock { state in Self.putBack(rows, to: &state) }
                    throw error
                }
            }
            if foldedOn != today {
                try store.fold(before: today - keptDays + 1)
                foldedOn = today
            }
            return rows.values.map(\.file.names)
        }
    }

    /// Today, as days since 1970-01-01 (UTC).
    public static var today: Int64 { Clock.coarseUnixSeconds / 86_400 }

    private static func add(_ file: CountedFile, _ client: Int, to state: inout State) {
        state.totals.counted += 1
        let row = Row(file: ObjectIdentifier(file), client: client)
        guard state.rows.count < rowLimit || state.rows[row] != nil else {
            state.totals.lost += 1
            return
        }
        state.rows[row, default: (file, 0)].count += 1
    }

    private static func putBack(_ rows: [Row: (file: CountedFile, count: Int64)], to state: inout State) {
        for (row, value) in rows {
            guard state.rows.count < rowLimit || state.rows[row] != nil else {
                state.totals.lost += value.count
                continue
            }
            state.rows[row, default: (value.file, 0)].count += value.count
        }
    }

    private static func number(of client: DownloadClient, in state: inout State) -> Int {
        if let number = state.numbers[client] { return number }
        state.clients.append(client)
        state.numbers[client] = state.clients.count - 1
        return state.clients.count - 1
    }

    /// A place for the bytes: a weighted sum, of which the compiler makes vectors. It need not be good: who makes two values
    /// of one sum only has them read again.
    private static func place(of userAgent: ArraySlice<UInt8>) -> Int {
        let bytes = userAgent.span
        // 16 bits: wider products are slow on processors of 2003, for which the compiler writes.
        var sum: UInt16 = 0
        for at in bytes.indices { sum &+= UInt16(bytes[at]) &* UInt16(truncatingIfNeeded: at | 1) }
        return Int((sum ^ sum >> 6 ^ sum >> 12) % UInt16(agentCount))
    }

    private static func areSame(_ known: [UInt8], _ userAgent: ArraySlice<UInt8>) -> Bool {
        guard known.count == userAgent.count else { return false }
        let (known, bytes) = (known.span, userAgent.span)
        // All bytes at once: the compiler makes vectors of it.
        var difference: UInt8 = 0
        for at in known.indices { difference |= known[at] ^ bytes[at] }
        return difference == 0
    }
}

/// How many downloads were counted since the program started.
public struct DownloadTotals: Hashable, Sendable {
    /// All of them.
    public internal(set) var counted: Int64 = 0
    /// Those among them that were not kept: there was no room, since the data folder could not be written.
    public internal(set) var lost: Int64 = 0
}

/// A file while it is open for downloads. An object, because its identity is what a download costs least to count by.
public final class CountedFile: Sendable {
    let names: DownloadedFile

    init(_ names: DownloadedFile) {
        self.names = names
    }
}
