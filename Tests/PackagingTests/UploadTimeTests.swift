import Packaging
import Testing

@Suite struct UploadTimeTests {
    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000000Z"), (1, "1970-01-01T00:00:00.000001Z"), (-1, "1969-12-31T23:59:59.999999Z"),
        (951_782_400_000_000, "2000-02-29T00:00:00.000000Z"), (951_868_799_999_999, "2000-02-29T23:59:59.999999Z"),
        (951_868_800_000_000, "2000-03-01T00:00:00.000000Z"), (4_107_542_400_000_000, "2100-03-01T00:00:00.000000Z"),
        (1_763_713_090_123_456, "2025-11-21T08:18:10.123456Z"),
        (253_402_300_799_999_999, "9999-12-31T23:59:59.999999Z"),
        (-62_135_596_800_000_000, "0001-01-01T00:00:00.000000Z"),
    ])
    func `writes and reads moments`(microseconds: Int64, text: String) throws {
        let time = UploadTime(microseconds: microseconds)
        #expect(time.description == text)
        #expect(time.date == String(text.prefix(10)))
        #expect(try UploadTime(text) == time)
    }

    @Test(arguments: [
        ("1970-01-01T00:00:01Z", 1_000_000), ("1970-01-01T00:00:00.5Z", 500_000), ("1970-01-01T00:00:00.05Z", 50_000),
        ("1970-01-01T00:00:00.12345Z", 123_450),
    ])
    func `reads shorter fractions`(text: String, microseconds: Int64) throws {
        #expect(try UploadTime(text).microseconds == microseconds)
    }

    @Test(arguments: [
        "", "2026-01-31", "2026-01-31T00:00:00", "2026-01-31 00:00:00Z", "2026-01-31T00:00:00z",
        "2026-01-31t00:00:00Z", "2026-01-31T00:00:00+00:00", "2026-01-31T00:00:00.Z", "2026-01-31T00:00:00.1234567Z",
        "2026-01-31T00:00:00,5Z", "2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2026-04-31T00:00:00Z",
        "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z", "2026-01-01T24:00:00Z",
        "2026-01-01T00:60:00Z", "2026-12-31T23:59:60Z", "0000-01-01T00:00:00Z", "26-01-01T00:00:00Z",
        "+2026-01-01T00:00:00Z", " 2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z\n", "2026-01-01T00:00:00.-1Z",
        "2026-01-01T00:00:00.1a2Z", "\u{662}026-01-01T00:00:00Z",
    ])
    func `refuses other texts`(text: String) {
        #expect(throws: PackagingError.self) { try UploadTime(text) }
    }

    @Test func `counts every day from 1890 to 2109`() throws {
        // 1890-01-01 is 29,219 days before 1970: 80 years and the 19 leap days of 1892 to 1968 without 1900.
        var day: Int64 = -29_219
        for year in 1890..<2110 {
            let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
            for (month, days) in [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31].enumerated() {
                for number in 1...days {
                    let time = UploadTime(microseconds: day * 86_400_000_000)
                    #expect(time.date == "\(year)-\(Self.padded(month + 1))-\(Self.padded(number))")
                    #expect(try UploadTime(time.description) == time)
                    day += 1
                }
            }
        }
    }

    @Test(arguments: [Int64.min, Int64.max])
    func `prints any moment`(microseconds: Int64) {
        #expect(!UploadTime(microseconds: microseconds).description.isEmpty)
    }

    private static func padded(_ number: Int) -> String {
        number < 10 ? "0\(number)" : "\(number)"
    }
}
