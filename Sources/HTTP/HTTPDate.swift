/// Dates of HTTP (RFC 9110 §5.6.7), as seconds since 1970-01-01 00:00:00 UTC.
public enum HTTPDate {
    private static let days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// `Sun, 06 Nov 1994 08:49:37 GMT`, for years 0 to 9999; earlier and later moments become the nearest of those.
    public static func text(_ seconds: Int64) -> String {
        String(decoding: bytes(seconds), as: UTF8.self)
    }

    /// `Date: Sun, 06 Nov 1994 08:49:37 GMT` with CR LF: the line that a server prepares once a second.
    public static func line(_ seconds: Int64) -> [UInt8] {
        Array("Date: ".utf8) + bytes(seconds) + [Grammar.carriageReturn, Grammar.lineFeed]
    }

    /// The moment that one of the three formats of RFC 9110 §5.6.7 names, `nil` for anything else. The day of the week is
    /// not compared with the date.
    public static func parse(_ text: String) -> Int64? {
        parse(Array(text.utf8)[...])
    }

    /// The same from bytes.
    public static func parse(_ bytes: ArraySlice<UInt8>) -> Int64? {
        let words = bytes.split(separator: Grammar.space, omittingEmptySubsequences: false)
        switch words.count {
        case 6 where words[0].count == 4 && words[0].last == Grammar.comma:
            guard isDay(words[0].dropLast()), words[1].count == 2, isZone(words[5]) else { return nil }
            return moment(day: words[1], month: words[2], year: words[3], time: words[4])
        case 4:
            return parseOldDate(words)
        default:
            return parseCDate(bytes)
        }
    }

    /// `Sunday, 06-Nov-94 08:49:37 GMT` (RFC 850): years 70 to 99 are of the last century.
    private static func parseOldDate(_ words: [ArraySlice<UInt8>]) -> Int64? {
        let names = ["Monday,", "Tuesday,", "Wednesday,", "Thursday,", "Friday,", "Saturday,", "Sunday,"]
        guard names.contains(where: { words[0].elementsEqual($0.utf8) }) else { return nil }
        let date = words[1].split(separator: Grammar.hyphen, omittingEmptySubsequences: false)
        guard date.count == 3, date[0].count == 2, date[2].count == 2, isZone(words[3]) else {
            return nil
        }
        let century = (date[2].saturatingDecimal ?? 0) >= 70 ? "19" : "20"
        let year = Array(century.utf8) + date[2]
        return moment(day: date[0], month: date[1], year: year[...], time: words[2])
    }

    /// `Sun Nov  6 08:49:37 1994` (C's `asctime`).
    private static func parseCDate(_ bytes: ArraySlice<UInt8>) -> Int64? {
        guard bytes.count == 24 else { return nil }
        let start = bytes.startIndex
        guard [3, 7, 10, 19].allSatisfy({ bytes[start + $0] == Grammar.space }) else { return nil }
        guard isDay(bytes[start..<start + 3]) else { return nil }
        let day = bytes[start + 8] == Grammar.space ? bytes[start + 9..<start + 10] : bytes[start + 8..<start + 10]
        return moment(
            day: day, month: bytes[start + 4..<start + 7], year: bytes[start + 20..<start + 24],
            time: bytes[start + 11..<start + 19])
    }

    private static func isZone(_ bytes: ArraySlice<UInt8>) -> Bool { bytes.elementsEqual("GMT".utf8) }

    private static func isDay(_ bytes: ArraySlice<UInt8>) -> Bool {
        days.contains { bytes.elementsEqual($0.utf8) }
    }

    private static func moment(
        day: ArraySlice<UInt8>, month: ArraySlice<UInt8>, year: ArraySlice<UInt8>, time: ArraySlice<UInt8>
    ) -> Int64? {
        let clock = time.split(separator: Grammar.colon, omittingEmptySubsequences: false)
        guard clock.count == 3, clock.allSatisfy({ $0.count == 2 }), year.count == 4 else { return nil }
        let hour = clock[0].saturatingDecimal, minute = clock[1].saturatingDecimal, second = clock[2].saturatingDecimal
        guard let hour, let minute, let second else { return nil }
        guard let day = day.saturatingDecimal, let year = year.saturatingDecimal else { return nil }
        guard let month = months.firstIndex(where: { month.elementsEqual($0.utf8) }) else { return nil }
        // 60 is a leap second (RFC 9110 §5.6.7 takes its range from RFC 5322).
        guard hour < 24, minute < 60, second <= 60 else { return nil }
        let date = CivilDate(year: year, month: Int64(month) + 1, day: day)
        // The day must exist: what the count of days gives back must be what was asked.
        guard CivilDate(days: date.days) == date else { return nil }
        return date.days * 86400 + hour * 3600 + minute * 60 + second
    }

    private static func bytes(_ seconds: Int64) -> [UInt8] {
        let seconds = min(max(seconds, -62_167_219_200), 253_402_300_799)
        let time = ((seconds % 86400) + 86400) % 86400
        let days = (seconds - time) / 86400
        let date = CivilDate(days: days)
        var output: [UInt8] = []
        output.reserveCapacity(29)
        // 1970-01-01 was a Thursday.
        output.append(contentsOf: Self.days[Int(((days + 3) % 7 + 7) % 7)].utf8)
        output.append(contentsOf: ", ".utf8)
        Decimal.append(date.day, digits: 2, to: &output)
        output.append(Grammar.space)
        output.append(contentsOf: months[Int(date.month) - 1].utf8)
        output.append(Grammar.space)
        Decimal.append(date.year, digits: 4, to: &output)
        output.append(Grammar.space)
        Decimal.append(time / 3600, digits: 2, to: &output)
        output.append(Grammar.colon)
        Decimal.append(time / 60 % 60, digits: 2, to: &output)
        output.append(Grammar.colon)
        Decimal.append(time % 60, digits: 2, to: &output)
        output.append(contentsOf: " GMT".utf8)
        return output
    }
}

/// A day of the Gregorian calendar.
private struct CivilDate: Equatable {
    let year: Int64
    let month: Int64
    let day: Int64

    init(year: Int64, month: Int64, day: Int64) {
        self.year = year
        self.month = month
        self.day = day
    }

    /// The day so many days after 1970-01-01, from year 0 on.
    init(days: Int64) {
        // Years are counted from March 1, so that the leap day is the last of its year; 400 years repeat.
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// Days since 1970-01-01.
    var days: Int64 {
        let year = month <= 2 ? year - 1 : year
        let era = (year >= 0 ? year : year - 399) / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }
}
