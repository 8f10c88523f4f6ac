/// The moment of an upload, as the Simple API writes it (PEP 700).
public struct UploadTime: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Microseconds since 1970-01-01T00:00:00Z, without leap seconds.
    public let microseconds: Int64

    /// The moment so many microseconds after 1970-01-01T00:00:00Z.
    public init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    /// Reads `yyyy-mm-ddThh:mm:ssZ` with 0 to 6 digits of a fraction: RFC 3339 with `T` and `Z` only, the years 0001
    /// to 9999, and no leap seconds.
    ///
    /// - Throws: `PackagingError` for any other text and for days that do not exist.
    public init(_ text: String) throws(PackagingError) {
        guard let microseconds = Self.parse(Array(text.utf8)) else {
            throw PackagingError(
                reason: "The time \(PackagingError.quote(text)) is not valid: write UTC as"
                    + " 2026-01-31T23:59:59.999999Z, with at most 6 digits of a fraction.")
        }
        self.microseconds = microseconds
    }

    /// `yyyy-mm-ddThh:mm:ss.ffffffZ`.
    public var description: String {
        let (second, fraction) = Self.divide(microseconds, by: 1_000_000)
        let (day, secondOfDay) = Self.divide(second, by: 86_400)
        let time = [secondOfDay / 3600, secondOfDay / 60 % 60, secondOfDay % 60].map { Self.padded($0, 2) }
        return "\(Self.date(day: day))T\(time[0]):\(time[1]):\(time[2]).\(Self.padded(fraction, 6))Z"
    }

    /// `yyyy-mm-dd` in UTC.
    public var date: String {
        Self.date(day: Self.divide(microseconds, by: 86_400_000_000).quotient)
    }

    /// Whether `left` is the earlier moment.
    public static func < (left: UploadTime, right: UploadTime) -> Bool {
        left.microseconds < right.microseconds
    }
}

/// Civil-date arithmetic in the Gregorian calendar. A year is counted from 1 March, so that the leap day is its last
/// day; 400 years have 146,097 days.
extension UploadTime {
    private static func parse(_ text: [UInt8]) -> Int64? {
        let shape = Array("0000-00-00T00:00:00".utf8)
        guard text.count > shape.count, text.last == UInt8(ascii: "Z") else { return nil }
        for (byte, expected) in zip(text, shape) {
            guard expected.isDigit ? byte.isDigit : byte == expected else { return nil }
        }
        let fraction = text[shape.count...].dropLast()
        guard fraction.isEmpty || (fraction.first == UInt8(ascii: ".") && (2...7).contains(fraction.count)),
            fraction.dropFirst().allSatisfy(\.isDigit)
        else { return nil }
        let year = number(text[0..<4])
        let month = number(text[5..<7])
        let day = number(text[8..<10])
        let (hour, minute, second) = (number(text[11..<13]), number(text[14..<16]), number(text[17..<19]))
        guard year > 0, (1...12).contains(month), (1...daysOfMonth(month, year: year)).contains(day),
            hour < 24, minute < 60, second < 60
        else { return nil }
        let seconds = daysSince1970(year: year, month: month, day: day) * 86_400 + hour * 3600 + minute * 60 + second
        let scale = repeatElement(Int64(10), count: fraction.isEmpty ? 6 : 7 - fraction.count).reduce(1, *)
        return seconds * 1_000_000 + number(fraction.dropFirst()) * scale
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int64 {
        digits.reduce(0) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
    }

    private static func daysOfMonth(_ month: Int64, year: Int64) -> Int64 {
        switch month {
        case 4, 6, 9, 11: 30
        case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
        default: 31
        }
    }

    private static func daysSince1970(year: Int64, month: Int64, day: Int64) -> Int64 {
        let yearFromMarch = month > 2 ? year : year - 1
        let monthFromMarch = (month + 9) % 12
        // The months from March have 31, 30, 31, 30, 31 days again and again: 153 days in five months.
        let dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1
        let leapDays = yearFromMarch / 4 - yearFromMarch / 100 + yearFromMarch / 400
        // 719,468 days lie between 0000-03-01 and 1970-01-01.
        return yearFromMarch * 365 + leapDays + dayOfYear - 719_468
    }

    private static func date(day: Int64) -> String {
        let (era, dayOfEra) = divide(day + 719_468, by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let dayOfMonth = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0)
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(dayOfMonth, 2))"
    }

    /// Division that rounds down, so that moments before 1970 come out right too.
    private static func divide(_ value: Int64, by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }

    private static func padded(_ value: Int64, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}
