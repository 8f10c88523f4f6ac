import Posix
public import Storage

/// How often a project was downloaded in a number of days, and ever.
public struct ProjectUsage: Sendable {
    /// How often one thing out of several was downloaded.
    public struct Share: Hashable, Sendable {
        /// What: a version, a file name, an installer …
        public let name: String
        /// How often.
        public let count: Int64
    }

    /// All downloads since counting began, also before `firstDay`.
    public internal(set) var total: Int64 = 0
    /// The first day of `daily`, as days since 1970-01-01 (UTC).
    public let firstDay: Int64
    /// Downloads of each day, from `firstDay` on, the last one being today.
    public let daily: [Int64]
    /// In these days by version, the most downloaded first; so are all that follow.
    public internal(set) var versions: [Share] = []
    /// By file name.
    public internal(set) var files: [Share] = []
    /// By installer; `other` for those that are not known.
    public internal(set) var installers: [Share] = []
    /// By version of Python, such as `3.12`; `unknown` where the installer does not tell.
    public internal(set) var pythons: [Share] = []
    /// By operating system; `unknown` where the installer does not tell.
    public internal(set) var platforms: [Share] = []

    /// No downloads but those of some days.
    init(firstDay: Int64, daily: [Int64]) {
        self.firstDay = firstDay
        self.daily = daily
    }

    /// Reads the downloads of a project. Blocks.
    ///
    /// - Parameters:
    ///   - project: a normalized name.
    ///   - days: how many, today being the last; at least 1.
    public init(index: String, project: String, days: Int, in store: UsageStore) throws(StorageError) {
        let today = DownloadCounter.today
        let first = today - Int64(days) + 1
        func shares(
            by grouping: DownloadGrouping, from start: Int64 = first
        ) throws(StorageError) -> [Share] {
            try store.downloads(index: index, project: project, by: grouping, days: start...today)
                .map { Share(name: $0.name, count: $0.count) }
        }
        var daily = [Int64](repeating: 0, count: days)
        for day in try shares(by: .day) { daily[Int((Int64(day.name) ?? first) - first)] = day.count }
        self.init(firstDay: first, daily: daily)
        total = try shares(by: .version, from: 0).reduce(0) { $0 + $1.count }
        versions = try shares(by: .version)
        files = try shares(by: .file)
        installers = try shares(by: .installer)
        pythons = try shares(by: .python)
        platforms = try shares(by: .platform)
    }
}
