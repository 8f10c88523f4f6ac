import Crypto
import Testing

struct RandomTests {
    @Test(arguments: [0, 1, 32, 4096])
    func `gives as many bytes as asked for`(_ count: Int) throws {
        #expect(try Random.bytes(count).count == count)
    }

    @Test func `never gives the same 32 bytes twice`() throws {
        let all = try (0..<100).map { _ in try Random.bytes(32) }
        #expect(Set(all).count == all.count)
    }

    @Test(arguments: [
        ("", "", true), ("a", "", false), ("", "a", false), ("secret", "secret", true), ("secret", "secres", false),
        ("secret", "tecret", false), ("secret", "secre", false),
    ])
    func `compares contents and lengths`(_ left: String, _ right: String, _ areEqual: Bool) {
        #expect(constantTimeEquals(Array(left.utf8), Array(right.utf8)) == areEqual)
    }
}
