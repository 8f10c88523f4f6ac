import Foundation
import HTTP
import Storage
import Testing

@testable import Wheelhouse

@Suite(.timeLimit(.minutes(10))) struct PasswordPageTests {
    private static let path = "/account/password"
    private static let new = "staple for a horse"

    private func world() throws -> World {
        let world = try World()
        try world.addPerson("alice", may: .manage)
        return world
    }

    private func form(_ current: String, _ new: String, _ again: String) -> [(String, String)] {
        [("account", "alice"), ("current", current), ("new", new), ("again", again)]
    }

    @Test func `a person changes the password, stays signed in here and nowhere else`() async throws {
        let world = try world()
        var (desk, phone, later) = (Browser(world), Browser(world), Browser(world))
        try await phone.signIn("alice", World.password)
        try await desk.signIn("alice", World.password)
        _ = try await desk.get("/account")
        #expect(desk.page.contains(#"href="account/password""#))
        #expect(try await desk.get(Self.path).status == 200)
        for word in ["username", "current-password", "new-password"] {
            #expect(desk.page.contains(#"autocomplete="\#(word)""#))
        }
        let before = try world.store.lastSerial
        let old = desk
        let answer = try await desk.submit(Self.path, form(World.password, Self.new, Self.new))
        #expect(answer.status == 303 && answer["location"] == "../account?done=password-changed")
        #expect(answer["cache-control"] == "no-store")
        _ = try await desk.get("/account?done=password-changed")
        #expect(desk.page.contains("The password is changed."))
        #expect(desk.page.matches(of: /<tr><td>Browser/).count == 1)
        #expect(try await phone.get("/account").status == 303)
        var thief = old
        #expect(try await thief.get("/account").status == 303, "what the cookie was is worth nothing")
        let refused = try await later.post("/sign-in", [("account", "alice"), ("password", World.password)])
        #expect(refused.status == 403)
        try await later.signIn("alice", Self.new)
        let rows = try world.store.journal(after: before, limit: 10).prefix(2)
        #expect(rows.map(\.action) == [.setPassword, .beginSession])
        #expect(rows.allSatisfy { $0.occasion.actor == "alice" && $0.subject == "alice" })
        #expect(!world.reported.joined().contains(Self.new))
    }

    @Test(
        arguments: [
            ("wrong password", Self.new, Self.new, 403, "This password is not the account's."),
            ("", Self.new, Self.new, 403, "This password is not the account's."),
            (World.password, Self.new, "another " + Self.new, 400, "The new password is not the same both times"),
            (World.password, "short", "short", 400, "A password has 10 to 1024 bytes and no control characters"),
            (World.password, "with a \t tab", "with a \t tab", 400, "A password has 10 to 1024 bytes and no control"),
        ])
    func `what cannot be is told on the form, and changes nothing`(
        current: String, new: String, again: String, status: Int, sentence: String
    ) async throws {
        let world = try world()
        var browser = Browser(world)
        try await browser.signIn("alice", World.password)
        _ = try await browser.get(Self.path)
        let answer = try await browser.submit(Self.path, form(current, new, again))
        #expect(answer.status == status && answer["set-cookie"] == nil)
        #expect(answer["www-authenticate"] == nil, "a browser would ask in its own window")
        #expect(browser.page.contains(sentence.replacing("'", with: "&#39;")), "\(browser.page)")
        for secret in [current, new] where !secret.isEmpty { #expect(!browser.page.contains(secret)) }
        #expect(try await browser.get("/account").status == 200)
        var other = Browser(world)
        try await other.signIn("alice", World.password)
    }

    @Test func `a token is not taken for the password, nor by who signed in with one`() async throws {
        let world = try world()
        var request = PackageIndex.TokenRequest(name: "laptop", permissions: [.admin])
        request.account = "alice"
        let token = try PackageIndex.createToken(request, by: "tests", in: world.store)
        try world.refresh()
        var browser = Browser(world)
        try await browser.signIn("alice", World.password)
        _ = try await browser.get(Self.path)
        #expect(try await browser.submit(Self.path, form(token, Self.new, Self.new)).status == 403)
        var robot = Browser(world)
        try await robot.signIn("", token)
        _ = try await robot.get("/account")
        #expect(!robot.page.contains("account/password"))
        let answer = try await robot.submit(Self.path, form(World.password, Self.new, Self.new))
        #expect(answer.status == 403)
        #expect(robot.page.contains("Token &#39;laptop&#39; may not change the password of its account"))
        #expect(try await robot.get(Self.path).status == 403)
        try await browser.signIn("alice", World.password)
    }

    @Test func `guessing the current password is slowed down as signing in is, and is in the journal`() async throws {
        let world = try World(now: { 0 })
        try world.addPerson("alice")
        var browser = Browser(world)
        try await browser.signIn("alice", World.password)
        _ = try await browser.get(Self.path)
        var statuses: [Int] = []
        for round in 0..<31 {
            let answer = try await browser.submit(Self.path, form("guess \(round)", Self.new, Self.new))
            statuses.append(answer.status)
            if answer.status == 429 { #expect(answer["retry-after"] != nil) }
        }
        #expect(statuses == Array(repeating: 403, count: 30) + [429])
        // One right guess among them is not told.
        #expect(try await browser.submit(Self.path, form(World.password, Self.new, Self.new)).status == 429)
        try world.writeRefusals()
        let rows = try world.store.journal(after: 0, limit: 1_000).filter { $0.action == .failLogin }
        #expect(!rows.isEmpty && rows.allSatisfy { !$0.details.contains("guess") })
    }

    @Test func `a form of another session, or of none, changes nothing`() async throws {
        let world = try world()
        var (browser, other) = (Browser(world), Browser(world))
        try await browser.signIn("alice", World.password)
        try await other.signIn("alice", World.password)
        _ = try await other.get(Self.path)
        let token = try #require(other.token)
        let all = form(World.password, Self.new, Self.new)
        #expect(try await browser.post(Self.path, all + [("form-token", token)]).status == 403)
        #expect(try await browser.post(Self.path, all).status == 403)
        try await browser.signIn("alice", World.password)
    }

    @Test func `by the API one changes one's own with the password as credentials, never with a token`() async throws {
        let world = try world()
        var request = PackageIndex.TokenRequest(name: "laptop", permissions: [.admin])
        request.account = "alice"
        let token = try PackageIndex.createToken(request, by: "tests", in: world.store)
        try world.refresh()
        var desk = Browser(world)
        try await desk.signIn("alice", World.password)
        func put(_ authorization: String?, _ password: String) async throws -> WireResponse {
            let body = #"{"password":"\#(password)"}"#
            var head = "PUT /api/account/password HTTP/1.1\r\nHost: index.example\r\nContent-Type: application/json\r\n"
            if let authorization { head += "Authorization: \(authorization)\r\n" }
            head += "Content-Length: \(body.utf8.count)\r\n\r\n"
            return try await world.answer(to: Array(head.utf8), body: Array(body.utf8))
        }
        func basic(_ password: String) -> String { "Basic " + Data("alice:\(password)".utf8).base64EncodedString() }
        #expect(try await put(nil, Self.new).status == 401)
        #expect(try await put(basic("wrong password"), Self.new).status == 401)
        #expect(try await put("Bearer \(token)", Self.new).status == 403)
        #expect(try await put(basic(token), Self.new).status == 403)
        #expect(try await put(basic(World.password), "short").status == 422)
        #expect(try await desk.get("/account").status == 200)
        #expect(try await put(basic(World.password), Self.new).status == 204)
        #expect(try await desk.get("/account").status == 303)
        #expect(try world.store.access().sessions.isEmpty, "a program gets none")
        #expect(try await put(basic(World.password), Self.new).status == 401)
        #expect(try await put(basic(Self.new), World.password).status == 204)
    }
}
