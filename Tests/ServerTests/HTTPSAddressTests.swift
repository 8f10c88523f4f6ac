import Testing

@testable import Server

@Suite struct HTTPSAddressTests {
    @Test(arguments: [
        ("https://a.example", "a.example", 443, "/"), ("HTTPS://A.Example/B?c=D", "a.example", 443, "/B?c=D"),
        ("https://a.example:8443/x", "a.example", 8443, "/x"), ("https://a.example?x", "a.example", 443, "/?x"),
        ("https://127.0.0.1:1/", "127.0.0.1", 1, "/"), ("https://[::1]:1/", "::1", 1, "/"),
        ("https://[::1]/", "::1", 443, "/"),
    ]) func `host, port and target are taken apart`(text: String, host: String, port: Int, target: String) throws {
        let address = try #require(HTTPSAddress(text))
        #expect((address.host, Int(address.port), address.target) == (host, port, target))
    }

    @Test(arguments: [
        "", "a.example", "http://a.example", "https:/a.example", "https://", "https://:443/", "https://a.example:/",
        "https://a.example:0/", "https://a.example:65536/", "https://a.example:+1/", "https://a@b.example/",
        "https://a.example/#b", "https://a.example/ b", "https://a.example/\r\nX: y", "https://a.example\\b/",
        "https://[::1/", "https://::1/", "https://[a.example]/", "https://a.éxample/", "https://a%2eb/",
        "https://a.example/\u{0}", "https://a.example/..%2f", "https://" + String(repeating: "a", count: 254) + "/",
    ]) func `what is no address of a server is refused`(text: String) {
        #expect(HTTPSAddress(text) == nil)
    }
}
