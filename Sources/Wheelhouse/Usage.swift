import Packaging
import Posix
import Storage

extension PackageIndex {
    /// Counts a download of an archive, when this index counts. Never blocks.
    ///
    /// - Parameter userAgent: the value of the request's `User-Agent`; empty without one.
    public func countDownload(of file: CountedFile, userAgent: ArraySlice<UInt8>) {
        downloads?.count(file, userAgent: userAgent)
    }

    /// What was counted since the program started; `nil` when this index does not count.
    public var downloadTotals: DownloadTotals? { downloads?.totals }

    /// How many days the usage of a project shows.
    public static let usageDays = 90

    /// How often a project was downloaded, in the last ``usageDays`` days and ever; `nil` when this index does not count.
    ///
    /// - Parameter project: a normalized name.
    public func usage(index: String, project: String) async throws(IndexError) -> ProjectUsage? {
        guard let downloads else { return nil }
        let result = await workers.run {
            Result { () throws(StorageError) in
                try ProjectUsage(index: index, project: project, days: Self.usageDays, in: downloads.store)
            }
        }
        return try result.mapError { IndexError($0) }.get()
    }

    /// Writes once a second what was counted, on a thread of its own, and has the pages that show it made anew: those of
    /// the projects that were downloaded once a minute, and all at the beginning of a day.
    ///
    /// - Parameter report: takes one line for the log when counts can no longer be written, and when they can again.
    /// - Throws: `IndexError.failed` when the system has no room for a thread.
    public func writeDownloads(report: @escaping @Sendable (String) -> Void) throws(IndexError) {
        guard let downloads else { return }
        do {
            try startThread(named: "downloads") { [self] in
                var writing = DownloadWriting()
                while true {
                    // A pause and no wait: whatever came in a second is written at once.
                    Clock.sleep(milliseconds: 1_000)
                    writing.round(downloads, report)
                    let pages = writing.pages(at: Clock.monotonicNanoseconds, on: DownloadCounter.today, downloads)
                    if !pages.isEmpty { announce(pages) }
                }
            }
        } catch {
            throw IndexError(error)
        }
    }
}

/// What the thread remembers that writes downloads.
struct DownloadWriting {
    private var failure: StorageError?
    /// The pages that show what was written since pages were made anew.
    private var changed: Set<PageKey> = []
    private var nextPages: Int64 = 0
    private var day = DownloadCounter.today

    /// Pages are made anew once in so many nanoseconds: an hour of installs must not be an hour of rendering.
    private static let pagesEvery: Int64 = 60_000_000_000

    /// Writes what was counted.
    mutating func round(_ downloads: DownloadCounter, _ report: (String) -> Void) {
        do throws(StorageError) {
            for file in try downloads.flush() {
                changed.insert(.project(index: file.index, project: file.project))
            }
            if failure != nil { report("downloads are written again") }
            failure = nil
        } catch {
            if failure == nil { report("downloads cannot be written: \(error)") }
            failure = error
        }
    }

    /// The pages to be made anew now.
    ///
    /// - Parameters:
    ///   - now: nanoseconds of the monotonic clock.
    ///   - today: days since 1970-01-01; on another one than before, all pages that show downloads have other days.
    mutating func pages(at now: Int64, on today: Int64, _ downloads: DownloadCounter) -> [PageKey] {
        let shown = today - Int64(PackageIndex.usageDays)
        if today != day, let projects = try? downloads.store.projects(since: shown) {
            changed.formUnion(projects.map { .project(index: $0.index, project: $0.name) })
            day = today
            nextPages = now
        }
        guard !changed.isEmpty, now >= nextPages else { return [] }
        defer { changed = [] }
        nextPages = now + Self.pagesEvery
        return Array(changed)
    }
}
