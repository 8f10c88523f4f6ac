import Glibc

/// Readings of the system's clocks (`clock_gettime(2)`).
public enum Clock {
    /// Nanoseconds of the monotonic clock: for deadlines and durations, never shown to anybody.
    public static var monotonicNanoseconds: Int64 {
        let time = read(CLOCK_MONOTONIC)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// Whole seconds since 1970-01-01 UTC, as of the last timer tick (at most 4 ms old): a few nanoseconds to read.
    public static var coarseUnixSeconds: Int64 {
        Int64(read(CLOCK_REALTIME_COARSE).tv_sec)
    }

    /// Microseconds since 1970-01-01 UTC.
    public static var unixMicroseconds: Int64 {
        let time = read(CLOCK_REALTIME)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000
    }

    private static func read(_ clock: clockid_t) -> timespec {
        var time = timespec()
        // It fails only for a clock that does not exist.
        _ = unsafe clock_gettime(clock, &time)
        return time
    }
}

extension Clock {
    /// `2026-11-20T10:00:00Z` for seconds since 1970-01-01 UTC (`gmtime_r(3)`).
    public static func utcText(_ unixSeconds: Int64) -> String {
        var seconds = time_t(unixSeconds)
        var parts = unsafe tm()
        _ = unsafe gmtime_r(&seconds, &parts)
        let (year, month, day) = unsafe (parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday)
        let (hour, minute, second) = unsafe (parts.tm_hour, parts.tm_min, parts.tm_sec)
        return "\(year)-\(padded(month))-\(padded(day))T\(padded(hour)):\(padded(minute)):\(padded(second))Z"
    }

    private static func padded(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
}

extension Clock {
    /// Blocks the calling thread (`usleep(3)`); never on an event loop.
    public static func sleep(milliseconds: Int) {
        usleep(UInt32(clamping: milliseconds * 1_000))
    }
}
