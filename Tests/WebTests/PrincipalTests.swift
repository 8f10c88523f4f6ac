import Foundation
import HTTP
import Storage
import Testing
import Wheelhouse

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
        #expect(response.principal?() == principal)
    }
}

@Test(arguments: ["correct horse battery", " a space at both ends "])
func `who came by a password is told to the log by the same password`(password: String) async throws {
    // Passwords are remembered for a minute, which this machine may take for everything that runs beside.
    let world = try World(["closed"]) { 0 }
    try PackageIndex.createAccount("ann", .person, by: "tests", in: world.store)
    try PackageIndex.setPassword(password, of: "ann", cost: 10, by: "tests", in: world.store)
    try world.refresh()
    let basic = Data("ann:\(password)".utf8).base64EncodedString()
    let request = HTTPRequest(
        method: .get, target: try RequestTarget("/simple/"), minorVersion: 1,
        fields: RequestFields([("Authorization", "Basic \(basic)")]), framing: .none)
    let response = await world.site.respond(to: request, body: PiecewiseBody([], .none))
    #expect(response.status == .ok)
    #expect(response.principal?() == "ann")
}
