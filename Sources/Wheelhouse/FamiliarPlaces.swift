import Packaging
import Storage

/// Where each account's password was right before: guessing elsewhere does not lock it out there.
struct FamiliarPlaces: Sendable {
    static let limit = 16_384
    /// How long a place is kept in the catalog after the last visit: a year.
    static let keptMicroseconds: Int64 = 365 * dayMicroseconds
    private static let dayMicroseconds: Int64 = 86_400_000_000

    private var seen: [FamiliarPlace: UploadTime] = [:]
    private var unsaved: [FamiliarPlace: UploadTime] = [:]

    func contain(_ place: FamiliarPlace) -> Bool { seen[place] != nil }

    /// Takes in a place, which is written down when it is new, and once a day.
    mutating func note(_ place: FamiliarPlace, at time: UploadTime) {
        if let last = seen[place], time.microseconds - last.microseconds < Self.dayMicroseconds { return }
        if seen.count >= Self.limit { seen = [:] }
        seen[place] = time
        unsaved[place] = time
    }

    /// Takes in what the catalog knows.
    mutating func load(_ places: [(place: FamiliarPlace, seen: UploadTime)]) {
        for (place, time) in places { seen[place] = time }
    }

    /// What is not in the catalog yet; it is told once.
    mutating func takeUnsaved() -> [FamiliarPlace: UploadTime] {
        defer { unsaved = [:] }
        return unsaved
    }
}
