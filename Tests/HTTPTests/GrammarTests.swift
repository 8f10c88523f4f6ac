@testable import HTTP
import Testing

struct GrammarTests {
    @Test func `character classes are those of the RFCs`() {
        for byte in UInt8.min...UInt8.max {
            let isLetterOrDigit =
                Character(Unicode.Scalar(byte)).isASCII && Character(Unicode.Scalar(byte)).isLetter
                || (0x30...0x39).contains(byte)
            #expect(
                Grammar.isToken(byte) == (isLetterOrDigit || "!#$%&'*+-.^_`|~".utf8.contains(byte)), "RFC 9110 §5.6.2")
            #expect(
                Grammar.isPath(byte) == (isLetterOrDigit || "-._~!$&'()*+,;=:@/".utf8.contains(byte)), "RFC 3986 §3.3")
            #expect(Grammar.isFieldValue(byte) == (byte == 9 || byte >= 0x20 && byte != 0x7F), "RFC 9110 §5.5")
        }
    }

    /// The quick searches read eight bytes at once: every byte, at every place, among every kind of neighbour.
    @Test func `searches find every byte at every place`() {
        for filler: UInt8 in [0x00, 0x09, 0x0C, 0x0E, 0x20, 0x2C, 0x2E, 0x41, 0x7E, 0x80, 0x8D, 0x9F, 0xFF] {
            for place in 0..<40 {
                var bytes = [UInt8](repeating: filler, count: 40)
                #expect(bytes.span.firstIndex(of: 0x0D, from: 0) == nil)
                bytes[place] = 0x0D
                #expect(bytes.span.firstIndex(of: 0x0D, from: 0) == place)
                #expect(bytes.span.firstIndex(of: 0x0D, from: place) == place)
                #expect(bytes.span.firstIndex(of: 0x0D, from: place + 1) == nil)
                #expect(bytes.span.firstIndex(of: 0x0D, followedBy: 0x2D, from: 0) == nil)
                guard place < 39 else { continue }
                bytes[place + 1] = 0x2D
                #expect(bytes.span.firstIndex(of: 0x0D, followedBy: 0x2D, from: 0) == place)
                #expect(bytes.span.firstIndex(of: 0x0D, followedBy: 0x2D, from: place) == place)
                #expect(bytes.span.firstIndex(of: 0x2D, followedBy: 0x0D, from: 0) == nil)
            }
        }
        for byte in UInt8.min...UInt8.max {
            for place in 0..<20 {
                for filler: UInt8 in [0x09, 0x20, 0x21, 0x7E, 0x80, 0xFF] {
                    var bytes = [UInt8](repeating: filler, count: 20)
                    bytes[place] = byte
                    let expected = Grammar.isFieldValue(byte) ? 20 : place
                    #expect(bytes.span.endOfFieldValue(from: 0) == expected, "byte \(byte) at \(place)")
                }
            }
        }
    }

    @Test(
        arguments: [
            ("", nil), ("0", 0), ("007", 7), ("9223372036854775806", .max - 1), ("9223372036854775807", .max),
            ("9223372036854775808", .max), ("99999999999999999999999999", .max), ("92233720368547758070", .max),
            ("-1", nil),
            ("1 ", nil), ("99999999999999999999999999x", nil),
        ] as [(String, Int64?)])
    func `numbers do not overflow`(text: String, expected: Int64?) {
        #expect(Array(text.utf8)[...].saturatingDecimal == expected)
    }
}
