import HTTP
import Testing

struct HTTPDateTests {
    static let moments: [(Int64, String)] = [
        (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
        (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
        (951_868_799, "Tue, 29 Feb 2000 23:59:59 GMT"), (951_868_800, "Wed, 01 Mar 2000 00:00:00 GMT"),
        (-1, "Wed, 31 Dec 1969 23:59:59 GMT"),
        (1_795_249_800, "Sat, 21 Nov 2026 08:30:00 GMT"), (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
        (253_402_300_799, "Fri, 31 Dec 9999 23:59:59 GMT"), (-62_167_219_200, "Sat, 01 Jan 0000 00:00:00 GMT"),
    ]

    @Test(arguments: moments) func `dates have one spelling`(seconds: Int64, text: String) {
        #expect(HTTPDate.text(seconds) == text, "RFC 9110 §5.6.7")
        #expect(HTTPDate.parse(text) == seconds)
        #expect(HTTPDate.line(seconds) == Array("Date: \(text)\r\n".utf8))
    }

    @Test(arguments: [
        ("Sunday, 06-Nov-94 08:49:37 GMT", 784_111_777 as Int64), ("Sun Nov  6 08:49:37 1994", 784_111_777),
        ("Saturday, 01-Jan-00 00:00:00 GMT", 946_684_800), ("Tue Feb 29 00:00:00 2000", 951_782_400),
        ("Thursday, 01-Jan-70 00:00:00 GMT", 0), ("Sat, 31 Dec 2016 23:59:60 GMT", 1_483_228_800),
    ])
    func `obsolete spellings are read`(text: String, seconds: Int64) {
        #expect(HTTPDate.parse(text) == seconds, "RFC 9110 §5.6.7")
    }

    @Test(arguments: [
        "", "yesterday", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 6 Nov 1994 08:49:37 GMT",
        "sun, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 nov 1994 08:49:37 GMT", "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:49:37 GMT",
        "Sun, 06 Nov 1994 08:60:37 GMT", "Sun, 06 Nov 1994 08:49:61 GMT", "Sun, 06 Nov 94 08:49:37 GMT",
        "Sun,  06 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 GMT ", "Sun, 06 Nov 1994 8:49:37 GMT", "Sun, -6 Nov 1994 08:49:37 GMT",
        "Sun, 29 Feb 2100 00:00:00 GMT",
        "Sun Nov 6 08:49:37 1994", "Sunday, 06-Nov-1994 08:49:37 GMT", "Sun, 06-Nov-94 08:49:37 GMT",
        "1994-11-06T08:49:37Z", "784111777",
    ])
    func `other dates are none`(text: String) {
        #expect(HTTPDate.parse(text) == nil)
    }

    @Test func `every day from 1600 to 2500 comes back`() {
        for day in stride(from: Int64(-135_140), to: 193_600, by: 1) {
            #expect(HTTPDate.parse(HTTPDate.text(day * 86400 + 3661)) == day * 86400 + 3661)
        }
    }

    @Test func `moments out of range are the nearest ones`() {
        #expect(HTTPDate.text(.max) == "Fri, 31 Dec 9999 23:59:59 GMT")
        #expect(HTTPDate.text(.min) == "Sat, 01 Jan 0000 00:00:00 GMT")
    }
}
