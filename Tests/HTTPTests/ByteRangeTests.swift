import HTTP
import Testing

struct ByteRangeTests {
    private func range(_ value: String, _ size: Int64 = 1000) -> ByteRange {
        ByteRange(latin1(value)[...], size: size)
    }

    @Test(arguments: [
        ("bytes=0-0", 0..<1 as Range<Int64>), ("bytes=0-99", 0..<100), ("bytes=999-999", 999..<1000),
        ("bytes=100-", 100..<1000),
        ("bytes=-100", 900..<1000), ("bytes=0-", 0..<1000), ("bytes=0-1999", 0..<1000), ("bytes=-2000", 0..<1000),
        ("bytes=0-18446744073709551615", 0..<1000), ("bytes=0-9223372036854775807", 0..<1000),
        ("bytes=00-0099", 0..<100),
        ("bytes=-99999999999999999999999", 0..<1000), ("Bytes=0-5", 0..<6), ("BYTES=0-5", 0..<6),
        ("bytes=-1", 999..<1000),
        ("bytes=999-", 999..<1000), ("bytes=-10000", 0..<1000), ("bytes= 0-5", 0..<6),
    ])
    func `one range is served`(value: String, expected: Range<Int64>) {
        #expect(range(value) == .partial(expected), "RFC 9110 §14.1.2")
    }

    @Test(arguments: [
        "bytes=1000-", "bytes=1005-1009", "bytes=99999999999999999999999-", "bytes=-0", "bytes=9223372036854775807-",
        "bytes=1000-1000",
    ])
    func `ranges outside are 416`(value: String) {
        #expect(range(value) == .unsatisfiable, "RFC 9110 §15.5.17")
    }

    @Test(arguments: [
        "bytes=5-4", "bytes=abc", "bytes=", "bytes", "bytes=-", "bytes=1-2-3", "bytes=0x0-5", "bytes=--5",
        "bytes=+1-5", "bytes=5",
        "bytes 0-5", "bytes=0-5;6-7", "bytes=\u{b2}-5", "items=0-5", "", "=", "bytes=0 - 5", "bytes=0-5x", "bytes=x-5",
        "bytes=-x", "0-5",
        "bytes=0-9,20-29", "bytes=0-9,100-109,-10", "bytes=0-9,2000-3000", "bytes=0-5 , 10-15", "bytes=0-5,",
        "bytes=,0-5", "none",
    ])
    func `several ranges and broken ones mean the whole`(value: String) {
        #expect(range(value) == .whole, "RFC 9110 §14.2")
    }

    @Test func `an empty file has no range`() {
        #expect(range("bytes=0-", 0) == .unsatisfiable)
        #expect(range("bytes=-5", 0) == .whole)
        #expect(range("bytes=-0", 0) == .unsatisfiable)
    }

    @Test func `the field of a request counts when there is one`() {
        #expect(ByteRange(RequestFields([("Range", "bytes=0-5")]), size: 10) == .partial(0..<6))
        #expect(ByteRange(RequestFields([("Range", "bytes=0-5"), ("Range", "bytes=7-8")]), size: 10) == .whole)
        #expect(ByteRange(RequestFields(), size: 10) == .whole)
        #expect(
            ByteRange.contentRange(0..<6, of: 10) == "bytes 0-5/10"
                && ByteRange.unsatisfiedRange(of: 10) == "bytes */10")
    }
}
