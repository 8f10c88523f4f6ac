import Packaging
import Posix
import Storage
import Synchronization

/// What was refused, counted until it is written to the journal.
///
/// The first refusal of its kind is written within a second, further ones of the same kind, principal and address once
/// an hour with their number, and when the server ends: after a crash the numbers of the last hour are missing. At most
/// ``kindLimit`` kinds are told apart, and those beyond are counted together, so nobody can fill the journal.
struct Refusals {
    static let kindLimit = 100
    private static let periodMicroseconds: Int64 = 3_600_000_000

    private struct Kind: Hashable {
        let action: JournalAction
        let code: IndexError.Code
        let actor: String
        /// That somebody failed to be; `nil` for none that exists.
        var account: String?
        let address: String?
    }

    private struct Count {
        var number = 0
        var sentence = ""
        var client = Client()
        /// When the next row is written.
        var due: Int64 = 0
    }

    private var counts: [Kind: Count] = [:]

    /// Counts one.
    ///
    /// - Parameter account: that somebody failed to be; `nil` for none that exists.
    mutating func add(
        _ action: JournalAction, _ error: IndexError, actor: String, account: String? = nil, client: Client
    ) {
        var kind = Kind(action: action, code: error.code, actor: actor, account: account, address: client.address)
        var client = client
        if counts[kind] == nil, counts.count >= Self.kindLimit {
            kind = Kind(action: action, code: error.code, actor: "others", address: nil)
            client = Client()
        }
        counts[kind, default: Count()].number += 1
        counts[kind]?.sentence = error.sentence
        counts[kind]?.client = client
    }

    /// What to write now.
    ///
    /// - Parameters:
    ///   - now: in microseconds since 1970.
    ///   - isLast: whether there will be no later chance.
    mutating func take(now: Int64, isLast: Bool) -> [RefusalRecord] {
        var records: [RefusalRecord] = []
        for (kind, count) in counts where isLast || count.due <= now {
            counts[kind] = count.number == 0 ? nil : Count(due: now + Self.periodMicroseconds)
            guard count.number > 0 else { continue }
            let occasion = Occasion(actor: kind.actor, time: UploadTime(microseconds: now), client: count.client)
            var record = RefusalRecord(
                action: kind.action, kind: "\(kind.code)", count: count.number, last: count.sentence,
                occasion: occasion)
            record.account = kind.account
            records.append(record)
        }
        return records
    }
}

extension PackageIndex {
    /// Counts an upload that was refused, for the journal.
    public func noteRefusedUpload(_ error: IndexError, by principal: Principal, from caller: Caller) {
        refusals.withLock { $0.add(.refuseUpload, error, actor: principal.name, client: caller.client) }
    }

    /// Counts credentials that were refused, for the journal, and returns when the answer may leave (`RefusalPace`).
    ///
    /// - Parameter credentials: `nil` when they could not be read.
    public func noteFailedLogin(_ error: IndexError, by credentials: Credentials?, from caller: Caller) async {
        let account = credentials.flatMap(account)
        refusals.withLock { $0.add(.failLogin, error, actor: "nobody", account: account, client: caller.client) }
        await refusalPace.turn()
    }

    /// The account that credentials name; `nil` for none that exists: what was typed may be a password in the wrong place.
    private func account(named credentials: Credentials) -> String? {
        guard case .user(let name, _) = credentials else { return nil }
        return access.table.withLock { $0.accounts[name]?.record.name }
    }

    /// Writes what was refused to the journal, where it is time to.
    ///
    /// - Parameter isLast: whether the server ends.
    /// - Throws: `IndexError.failed` when the catalog cannot be written; these counts are lost then.
    public func writeRefusals(isLast: Bool = false) throws(IndexError) {
        let now = Clock.unixMicroseconds
        let records = refusals.withLock { $0.take(now: now, isLast: isLast) }
        guard !records.isEmpty else { return }
        do {
            try store.writeAndWait { catalog throws(StorageError) in
                for record in records { try catalog.note(record) }
            }
        } catch {
            throw IndexError(error)
        }
    }
}
