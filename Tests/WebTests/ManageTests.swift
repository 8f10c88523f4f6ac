import HTTP
import Packaging
import Storage
import Testing

@testable import Web
@testable import Wheelhouse

@Suite(.timeLimit(.minutes(2))) struct ManageTests {
    /// A world with a project, and its manager before it.
    private func manager(_ setup: [String] = []) async throws -> (World, Browser) {
        let world = try World(setup)
        try world.addPerson("alice", may: .manage)
        try await world.publish("demo-1.0.tar.gz")
        try await world.publish("demo-2.0.tar.gz")
        var browser = Browser(world)
        try await browser.signIn("alice", World.password)
        return (world, browser)
    }

    private func simple(_ world: World) async throws -> String {
        var program = Browser(world)
        let fields = [("Accept-Encoding", "identity")]
        let answer = try await program.get("/simple/demo/?format=application/vnd.pypi.simple.v1%2Bjson", fields)
        return String(decoding: answer.content, as: UTF8.self)
    }

    @Test func `the pages of a project lead its managers, and nobody else, to its page for them`() async throws {
        var (world, alice) = try await manager()
        try world.addPerson("bob", may: .upload)
        var (bob, anybody) = (Browser(world), Browser(world))
        try await bob.signIn("bob", World.password)
        for path in ["/project/demo/", "/project/demo/1.0/", "/project/demo/1.0/demo-1.0.tar.gz/"] {
            _ = try await alice.get(path)
            let up = path.split(separator: "/").map { _ in "../" }.joined()
            #expect(alice.page.contains("href=\"\(up)manage/demo/\""), "\(path)")
            _ = try await bob.get(path)
            #expect(!bob.page.contains("manage/demo/"), "\(path)")
            let answer = try await anybody.get(path, [("Accept-Encoding", "identity")])
            #expect(!String(decoding: answer.content, as: UTF8.self).contains("manage/demo/"), "\(path)")
        }
        #expect(try await alice.get("/manage/demo/").status == 200)
        #expect(try await alice.get("/manage/demo")["location"] == "demo/")
        #expect(try await anybody.get("/manage/demo/")["location"] == "../../sign-in?next=%2Fmanage%2Fdemo%2F")
        #expect(try await alice.get("/manage/absent/").status == 404)
    }

    @Test func `a release is yanked with a reason, and un-yanked`() async throws {
        var (world, alice) = try await manager()
        #expect(try await alice.get("/manage/demo/change?action=yank&version=1.0").status == 200)
        #expect(alice.page.contains("demo-1.0.tar.gz") && !alice.page.contains("demo-2.0.tar.gz"))
        let before = try await simple(world)
        #expect(!before.contains("leaks"), "the page that asks has changed nothing")
        let form = [("action", "yank"), ("version", "1.0"), ("file", ""), ("status", ""), ("reason", "leaks <keys>")]
        let answer = try await alice.submit("/manage/demo/change", form)
        #expect(answer.status == 303)
        #expect(answer["location"] == "../../manage/demo/?done=yanked")
        #expect(try await simple(world).contains("leaks <keys>"))
        _ = try await alice.get("/manage/demo/?done=yanked")
        #expect(alice.page.contains(#"<div role="status">"#))
        _ = try await alice.get("/manage/demo/?version=1.0")
        #expect(alice.page.contains("leaks &lt;keys&gt;"))
        _ = try await alice.get("/manage/demo/change?action=unyank&version=1.0&file=demo-1.0.tar.gz")
        let unyank = [("action", "unyank"), ("version", "1.0"), ("file", "demo-1.0.tar.gz"), ("status", "")]
        #expect(
            try await alice.submit("/manage/demo/change", unyank)["location"]
                == "../../manage/demo/?version=1.0&done=unyanked")
        #expect(!(try await simple(world)).contains("leaks"))
        _ = try await alice.get("/manage/demo/change?action=unyank&version=1.0")
        #expect(alice.page.contains("there is nothing to change"))
        let rows = try world.store.journal(after: 0, limit: 1_000).filter { $0.action == .yank || $0.action == .unyank }
        #expect(rows.map(\.occasion.actor) == ["alice", "alice"])
    }

    @Test(arguments: [("2.0", ""), ("2.0", "demo-2.0.tar.gz")])
    func `what is deleted was typed in, and can be restored`(version: String, file: String) async throws {
        var (world, alice) = try await manager()
        let target = file.isEmpty ? "demo==2.0" : file
        let address = "/manage/demo/change?action=delete&version=\(version)&file=\(file)"
        let form = [("action", "delete"), ("version", version), ("file", file), ("status", ""), ("reason", "")]
        for confirm in [nil, "", "demo", "demo==1.0", target.uppercased()] {
            _ = try await alice.get(address)
            let typed = confirm.map { [("confirm", $0)] } ?? []
            let answer = try await alice.submit("/manage/demo/change", form + typed)
            #expect(answer.status == 400)
            #expect(alice.page.contains(#"aria-describedby="confirm-error""#))
        }
        #expect(try await simple(world).contains("demo-2.0.tar.gz"))
        _ = try await alice.get(address)
        #expect(try await alice.submit("/manage/demo/change", form + [("confirm", " \(target) ")]).status == 303)
        #expect(!(try await simple(world)).contains("demo-2.0.tar.gz"))
        _ = try await alice.get("/manage/demo/")
        #expect(alice.page.contains("1 deleted"))
        #expect(alice.page.contains("action=restore"))
        _ = try await alice.get("/manage/demo/change?action=restore&version=2.0")
        let restore = [("action", "restore"), ("version", "2.0"), ("reason", "a mistake")]
        #expect(try await alice.submit("/manage/demo/change", restore).status == 303)
        #expect(try await simple(world).contains("demo-2.0.tar.gz"))
    }

    @Test(arguments: ProjectStatus.allCases)
    func `the state of a project is set with a reason`(status: ProjectStatus) async throws {
        var (world, alice) = try await manager()
        _ = try await alice.get("/manage/demo/change?action=status&status=\(status)")
        let form = [("action", "status"), ("status", status.rawValue), ("reason", "see its successor")]
        #expect(try await alice.submit("/manage/demo/change", form).status == 303)
        let page = try await simple(world)
        #expect(page.contains("see its successor"))
        #expect(page.contains("demo-1.0.tar.gz") == status.offersFiles)
        #expect(try await alice.get("/manage/demo/").status == 200, "also where nothing is offered")
        #expect(alice.page.contains("<option selected>\(status.rawValue)</option>"))
        #expect(alice.page.contains("?version=1.0"))
    }

    @Test func `who would miss it is told before`() async throws {
        var (world, alice) = try await manager()
        try await world.publish("app-1.0.tar.gz#requires=demo==1.0")
        try await world.publish("tool-1.0.tar.gz#requires=demo>=1.0")
        _ = try await alice.get("/manage/demo/change?action=delete&version=1.0")
        #expect(alice.page.contains("../../project/app/1.0/"), "\(alice.page)")
        #expect(alice.page.contains("cannot be installed"))
        #expect(alice.page.contains("still satisfied") == alice.page.contains("../../project/tool/1.0/"))
    }

    @Test(arguments: [
        ("", 400), ("?action=burn&version=1.0", 400), ("?action=yank", 404), ("?action=yank&version=9.9", 404),
        ("?action=yank&version=%00", 404), ("?action=yank&version=x%2F..", 404),
        ("?action=yank&file=other-1.0.tar.gz", 404),
        ("?action=status&status=burning", 400), ("?action=status", 400), ("?action=delete&version=1.0&file=../x", 404),
    ])
    func `what cannot be is refused with a page`(query: String, status: Int) async throws {
        var (_, alice) = try await manager()
        #expect(try await alice.get("/manage/demo/change\(query)").status == status)
        #expect(alice.page.contains("<h1>"))
    }

    @Test func `nothing changes without the form token, nor by a token that may not`() async throws {
        var (world, alice) = try await manager()
        let form = [("action", "yank"), ("version", "1.0"), ("reason", "x")]
        #expect(try await alice.post("/manage/demo/change", form).status == 403)
        #expect(try await alice.post("/manage/demo/change", form + [("form-token", "0")]).status == 403)
        var uploader = Browser(world)
        try await uploader.signIn("", try #require(world.tokens["uploader"]))
        _ = try await uploader.get("/account")
        #expect(try await uploader.submit("/manage/demo/change", form).status == 403)
        #expect(!(try await simple(world)).contains(#""yanked":"x""#))
        _ = try await alice.get("/account")
        let long = [("action", "yank"), ("version", "1.0"), ("reason", String(repeating: "x", count: 1_001))]
        #expect(try await alice.submit("/manage/demo/change", long).status == 400)
        #expect(alice.page.contains(#"aria-describedby="reason-hint reason-error""#))
        #expect(try await alice.submit("/manage/demo/", form).status == 405)
    }
}
