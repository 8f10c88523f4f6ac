import HTTP
import Testing

struct BodyDecoderTests {
    /// Decodes in pieces that end at the cuts; the text is content, consumed bytes and whether the body ended.
    private func decode(
        _ text: String, _ framing: BodyFraming = .chunked, cuts: [Int] = [], contentLimit: Int64 = 1000
    ) -> Outcome {
        let bytes = latin1(text)
        var limits = RequestLimits()
        limits.chunkExtensionBytes = 40
        limits.trailerBytes = 60
        var decoder = BodyDecoder(framing, contentLimit: contentLimit, limits: limits)
        var output: [UInt8] = []
        var at = 0
        do {
            for cut in cuts + [bytes.count] {
                at += try decoder.decode(bytes, from: at, to: cut, into: &output)
                if decoder.isComplete { break }
            }
        } catch {
            return .refused(error.status.code)
        }
        guard decoder.isComplete else { return .incomplete }
        return .parsed("\(String(decoding: output, as: UTF8.self)) then \(bytes.count - at)")
    }

    static let accepted: [(String, String)] = [
        ("A\r\n0123456789\r\n0\r\n\r\n", "0123456789 then 0"), ("a\r\n0123456789\r\n0\r\n\r\n", "0123456789 then 0"),
        ("0005\r\nhello\r\n0\r\n\r\n", "hello then 0"), ("5\r\nhello\r\n000\r\n\r\n", "hello then 0"),
        ("5;a=b\r\nhello\r\n0\r\n\r\n", "hello then 0"), ("5;a\r\nhello\r\n0;z\r\n\r\n", "hello then 0"),
        ("5;a=\"b;c\\\"d\"\r\nhello\r\n0\r\n\r\n", "hello then 0"), ("5 ; a = b\r\nhello\r\n0\r\n\r\n", "hello then 0"),
        ("5\t;a\r\nhello\r\n0\r\n\r\n", "hello then 0"),
        ("5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", "hello world then 0"),
        ("5\r\nhello\r\n0\r\nX-T: 1\r\n\r\n", "hello then 0"), ("0\r\n\r\n", " then 0"), ("0\r\n\r\nGET /", " then 5"),
        ("0\r\nContent-Length: 40\r\nTransfer-Encoding: chunked\r\n\r\n", " then 0"),
        ("0\r\nA:\r\nB:\t\r\n\r\n", " then 0"),
        ("5\r\nhe\r\no\r\n0\r\n\r\n", "he\r\no then 0"), ("2\r\n\r\n\r\n0\r\n\r\n\r\n", "\r\n then 2"),
    ]

    @Test(arguments: accepted) func `chunks are joined`(text: String, expected: String) {
        #expect(decode(text) == .parsed(expected))
        for cut in 0...text.utf8.count { #expect(decode(text, cuts: [cut]) == .parsed(expected), "RFC 9112 §7.1") }
        #expect(decode(text, cuts: Array(0...text.utf8.count)) == .parsed(expected))
    }

    @Test(arguments: [
        "0x5\r\nhello\r\n0\r\n\r\n", "-5\r\nhello\r\n0\r\n\r\n", "+5\r\nhello\r\n0\r\n\r\n",
        " 5\r\nhello\r\n0\r\n\r\n", "\t5\r\nhello\r\n0\r\n\r\n",
        "0_5\r\nhello\r\n0\r\n\r\n", "g\r\nhello\r\n0\r\n\r\n", "\r\nhello\r\n0\r\n\r\n", "\r\n\r\n",
        ";a\r\nhello\r\n0\r\n\r\n",
        "10000000000000005\r\nhello\r\n0\r\n\r\n", "FFFFFFFFFFFFFFFFF\r\nhello\r\n0\r\n\r\n",
        "8000000000000000\r\nhello\r\n",
        "100000000000000000000000000000005\r\nhello\r\n0\r\n\r\n", "5these-bytes\r\nhello\r\n0\r\n\r\n",
        "5 5\r\nhello\r\n0\r\n\r\n",
        "5\nhello\r\n0\r\n\r\n", "5\r\nhello\n0\r\n\r\n", "5\rXhello\r\n0\r\n\r\n", "5\r\r\nhello\r\n0\r\n\r\n",
        "2\r\r;a\r\n02\r\n2d\r\n0\r\n\r\n",
        "5\r\nhello0\r\n\r\n", "5\r\nhelloX\r\n0\r\n\r\n", "5\r\nhelloXX0\r\n\r\n", "5;a\nb\r\nhello\r\n0\r\n\r\n",
        "5;a\rb\r\nhello\r\n0\r\n\r\n",
        "5;a\0b\r\nhello\r\n0\r\n\r\n", "5\r\nhello\r\n0\n\n", "5\r\nhello\r\n0\r\n\n", "5\r\nhello\r\n0\r\nX\r\n\r\n",
        "5\r\nhello\r\n0\r\n\rX\r\n",
        "INVALID!!!\r\n", "\u{d9}\u{a5}\r\nhello\r\n0\r\n\r\n", "5\0\r\nhello\r\n0\r\n\r\n", "-0x0\r\n\r\n",
        "0\r\nfoo\r\n\r\n", "0\r\nA B: c\r\n\r\n",
        "0\r\nA: c\n\r\n", "0\r\n A: c\r\n\r\n", "0\r\nA: c\r\n d\r\n\r\n", "0\r\n: c\r\n\r\n", "0\r\nA : c\r\n\r\n",
        "0\r\nA: \0\r\n\r\n",
        "5 \r\nhello\r\n0\r\n\r\n", "5;\(String(repeating: "a", count: 41))\r\nhello\r\n",
        String(repeating: "0", count: 33) + "\r\n\r\n",
        String(repeating: "1;aaaaaaaaa\r\nx\r\n", count: 5) + "0\r\n\r\n",
    ])
    func `broken chunks are refused`(text: String) {
        let whole = decode(text)
        #expect(whole == .refused(400), "RFC 9112 §7.1")
        for cut in 0...latin1(text).count { #expect(decode(text, cuts: [cut]) == whole) }
    }

    @Test func `limits have their status`() {
        #expect(decode("0\r\nX: \(String(repeating: "v", count: 60))\r\n\r\n") == .refused(431))
        #expect(decode("0\r\n\(String(repeating: "A: b\r\n", count: 20))\r\n") == .refused(431))
        #expect(decode("3e9\r\n") == .refused(413))
        #expect(decode("7FFFFFFFFFFFFFFF\r\nhello") == .refused(413))
        #expect(decode("5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", contentLimit: 10) == .refused(413))
        #expect(decode("5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", contentLimit: 11) == .parsed("hello world then 0"))
        #expect(decode("x", .sized(1001)) == .refused(413))
    }

    @Test func `sized bodies end where they say`() {
        #expect(decode("helloGET", .sized(5)) == .parsed("hello then 3"))
        #expect(decode("hello", .sized(5), cuts: [0, 1, 2, 3, 4]) == .parsed("hello then 0"))
        #expect(decode("hell", .sized(5)) == .incomplete)
        #expect(decode("GET", .none) == .parsed(" then 3"))
        #expect(decode("", .sized(0)) == .parsed(" then 0"))
        #expect(decode("5\r\nhel") == .incomplete && decode("5\r\nhello\r\n0\r\n") == .incomplete)
    }
}
