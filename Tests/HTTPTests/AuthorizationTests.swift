import HTTP
import Testing

struct AuthorizationTests {
    @Test(
        arguments: [
            ("Basic X190b2tlbl9fOnB5cGktdG9r", .basic(user: "__token__", password: "pypi-tok")),
            ("basic YTpi", .basic(user: "a", password: "b")),
            ("BASIC YTpi", .basic(user: "a", password: "b")), ("Basic  YTpi ", .basic(user: "a", password: "b")),
            ("Basic YTo=", .basic(user: "a", password: "")),
            ("Basic OmI=", .basic(user: "", password: "b")), ("Basic Og==", .basic(user: "", password: "")),
            ("Basic YTpiOmM=", .basic(user: "a", password: "b:c")),
            ("Basic w6k6w7w=", .basic(user: "é", password: "ü")),
            ("Bearer abc.DEF-_~+/==", .bearer("abc.DEF-_~+/==")), ("bearer x", .bearer("x")),
            ("Digest a=b", .other(scheme: "digest")),
            ("Negotiate", .other(scheme: "negotiate")),
        ] as [(String, Authorization)])
    func `credentials`(value: String, expected: Authorization) {
        #expect(Authorization(latin1(value)[...]) == expected, "RFC 9110 §11.4, RFC 7617, RFC 6750")
    }

    @Test(arguments: [
        "", " ", "Basic", "Basic ", "Basic YTpi=", "Basic YTp", "Basic YTo", "Basic YT pi", "Basic YTpi YTpi",
        "Basic YWI=", "Basic ====", "Basic YTp=",
        "Basic YTr=", "Basic /w==", "Basic YTr/", "Basic YQA6Yg==", "Basic YTpiCg==", "Basic YT-_", "Basic YTpi\u{e9}",
        "Bearer", "Bearer ",
        "Bearer a b", "Bearer a=b", "Bearer =", "Bearer \u{e9}", "Ba(sic YTpi", "=", "Basic Y===", "Basic YTo==",
    ])
    func `broken credentials`(value: String) {
        #expect(Authorization(latin1(value)[...]) == .malformed)
    }

    @Test func `the field of a request`() {
        #expect(Authorization(RequestFields()) == nil)
        #expect(Authorization(RequestFields([("Authorization", "Bearer x")])) == .bearer("x"))
        #expect(
            Authorization(RequestFields([("Authorization", "Bearer x"), ("authorization", "Bearer x")])) == .malformed)
    }
}
