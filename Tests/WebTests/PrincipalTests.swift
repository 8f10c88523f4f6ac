import HTTP
import Testing

@testable import Web

/// Who the access log is told of.
@Test(
    arguments: [
        ("/simple/", "reader", "reader"), ("/simple/", "expired", nil), ("/simple/", "revoked", nil),
        ("/simple/", nil, nil),
        ("/healthz", "uploader", "uploader"), ("/nowhere", "reader", "reader"), ("/simple/", "nobody", nil),
    ] as [(String, String?, String?)])
func `a valid token's name is told to the log, whatever is asked for`(
    path: String, token: String?, principal: String?
) async throws {
    for setup in [[], ["closed"]] {
        let world = try World(setup)
        let secret = token.map { world.tokens[$0] ?? "whl_unknown" }
        let fields = RequestFields(secret.map { [("Authorization", "Bearer \($0)")] } ?? [])
        let request = HTTPRequest(
            method: .get, target: try RequestTarget(path), minorVersion: 1, fields: fields, framing: .none)
        let response = await world.site.respond(to: request, body: PiecewiseBody([], .none))
        #expect(response.principal == principal)
    }
}
