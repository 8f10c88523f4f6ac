import Foundation
import Packaging
import Testing

@testable import Storage

struct AccessTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    /// Tokens of the time before accounts: name, permissions, indexes, projects, and the grants that their robots get.
    private static let oldTokens: [(String, String, String?, String?, [GrantRecord])] = [
        ("all", "admin", nil, nil, [GrantRecord("admin", to: .account("all"))]),
        (
            "two", "read upload", nil, nil,
            [GrantRecord("read", to: .account("two")), GrantRecord("upload", to: .account("two"))]
        ),
        (
            "placed", "upload", "main other", nil,
            ["main", "other"].map { GrantRecord("upload", to: .account("placed"), index: $0) }
        ),
        (
            "scoped", "manage", nil, "demo de-mo",
            ["demo", "de-mo"].map { GrantRecord("manage", to: .account("scoped"), index: "main", project: $0) }
        ),
        (
            "both", "read", "other", "demo",
            [GrantRecord("read", to: .account("both"), index: "other", project: "demo")]
        ),
        (
            "half-admin", "admin", nil, "demo",
            [GrantRecord("manage", to: .account("half-admin"), index: "main", project: "demo")]
        ), ("nothing", "", nil, nil, []), ("strange", "fly", nil, nil, []),
    ]

    /// A catalog of schema 2, as a program made it that knew tokens only.
    private func makeSchema2() throws {
        _ = try Store(directory: folder.store)
        try FileManager.default.removeItem(atPath: folder.store + "/catalog.sqlite")
        for name in ["catalog.sqlite-wal", "catalog.sqlite-shm"] {
            try? FileManager.default.removeItem(atPath: folder.store + "/" + name)
        }
        try Data().write(to: URL(filePath: folder.store + "/catalog.sqlite"))
        let connection = try Connection(path: folder.store + "/catalog.sqlite", writable: true)
        let dump = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Catalogs/v2.sql")
        try connection.script(try String(contentsOf: dump, encoding: .utf8))
        try #require(try connection.number("PRAGMA user_version") == 2)
        for (number, token) in Self.oldTokens.enumerated() {
            let columns = "(name, secret_sha256, permissions, index_names, projects, created)"
            try connection.run(
                "INSERT INTO tokens \(columns) VALUES (?1, ?2, ?3, ?4, ?5, 7)", .text(token.0),
                .blob([UInt8](repeating: UInt8(number), count: 32)), .text(token.1), .optional(token.2),
                .optional(token.3))
        }
    }

    @Test func `a token of the time before accounts becomes one of a robot with the same rights`() throws {
        try makeSchema2()
        let store = try Store(directory: folder.store)
        let access = try store.access()
        #expect(try store.verify().catalogProblems.isEmpty)
        #expect(access.accounts.map(\.kind) == access.accounts.map { _ in .robot })
        // admin, ci and old are in the dump.
        #expect(Set(access.accounts.map(\.name)) == Set(Self.oldTokens.map(\.0) + ["admin", "ci", "old"]))
        #expect(access.tokens.allSatisfy { $0.account == $0.name })
        #expect(access.tokens.count == access.accounts.count)
        for token in Self.oldTokens {
            let held = access.grants.filter { $0.holder == .account(token.0) }
            #expect(Set(held) == Set(token.4), "\(token.0)")
        }
        #expect(access.privateProjects.isEmpty)
        // What the tokens are for has not changed: the dump's own.
        let ci = try #require(access.tokens.first { $0.name == "ci" })
        #expect((ci.permissions, ci.projects) == (["upload"], ["demo-lib"]))
        #expect(access.tokens.first { $0.name == "old" }?.revoked != nil)
    }

    @Test func `accounts, teams and grants come back as they were made, each with its row in the journal`() throws {
        let store = try Store(directory: folder.store)
        let holder = GrantRecord.Holder.team("dev")
        let done = try store.writeAndWait { catalog throws(StorageError) in
            [
                try catalog.createAccount("alice", .person, by: .at(1)),
                try !catalog.createAccount("alice", .robot, by: .at(1)),
                try catalog.setPassword("hash", of: "alice", by: .at(2)),
                try !catalog.setPassword("hash", of: "bob", by: .at(2)),
                try catalog.createTeam("dev", by: .at(3)), try !catalog.createTeam("dev", by: .at(3)),
                try catalog.setMember("alice", of: "dev", true, by: .at(4)),
                try !catalog.setMember("alice", of: "dev", true, by: .at(4)),
                try !catalog.setMember("bob", of: "dev", true, by: .at(4)),
                try catalog.grant(GrantRecord("read", to: holder), by: .at(5)) == .granted,
                try catalog.grant(GrantRecord("read", to: holder), by: .at(5)) == .alreadyThere,
                try catalog.grant(GrantRecord("read", to: .team("ops")), by: .at(5)) == .noHolder,
                try catalog.grants(ofAccount: "alice") == [GrantRecord("read", to: holder)],
                try catalog.setDisabled(true, "alice", by: .at(6)), try !catalog.setDisabled(true, "alice", by: .at(6)),
                try catalog.setDisabled(false, "alice", by: .at(7)),
                try !catalog.ungrant(GrantRecord("upload", to: holder), by: .at(8)),
                try catalog.ungrant(GrantRecord("read", to: holder), by: .at(8)),
                try catalog.setMember("alice", of: "dev", false, by: .at(9)),
                try catalog.deleteTeam("dev", by: .at(10)), try !catalog.deleteTeam("dev", by: .at(10)),
                try catalog.deleteAccount("alice", by: .at(11)), try !catalog.deleteAccount("alice", by: .at(11)),
                try !catalog.createAccount("alice", .person, by: .at(12)),
            ]
        }
        #expect(done == done.map { _ in true })
        let actions: [JournalAction] = [
            .createAccount, .setPassword, .createTeam, .addMember, .grant, .disableAccount, .enableAccount, .ungrant,
            .removeMember, .deleteTeam, .deleteAccount,
        ]
        #expect(try store.journal(after: 0, limit: 99).map(\.action) == actions)
        #expect(try store.access().accounts.map(\.password) == [nil])
        #expect(try store.journal(after: 0, limit: 99).allSatisfy { !$0.details.contains("hash") })
    }

    @Test func `what goes with an account goes when it is deleted`() throws {
        let store = try Store(directory: folder.store)
        _ = try store.writeAndWait { catalog throws(StorageError) in
            _ = try catalog.createAccount("bot", .robot, by: .at(1))
            _ = try catalog.grant(GrantRecord("upload", to: .account("bot")), by: .at(1))
            let digest = Digest(.sha256, bytes: [UInt8](repeating: 1, count: 32))
            let token = TokenRecord(
                name: "t", account: "bot", secretDigest: digest, permissions: ["upload"],
                created: UploadTime(microseconds: 1))
            _ = try catalog.createToken(token, by: .at(1))
            return try catalog.deleteAccount("bot", by: .at(2))
        }
        let access = try store.access()
        #expect(access.grants.isEmpty)
        #expect(access.tokens.first?.revoked == UploadTime(microseconds: 2_000_000))
        #expect(access.accounts.first?.deleted != nil)
    }

    @Test func `lists leave out private projects but those that are seen`() async throws {
        let store = try Store(directory: folder.store)
        for name in ["open", "hidden", "secret"] { try await store.publish("\(name)-1.tar.gz", name) }
        let changes = try store.writeAndWait { catalog throws(StorageError) in
            [
                try catalog.setPrivate(true, index: "main", project: "hidden", by: .at(1)),
                try catalog.setPrivate(true, index: "main", project: "secret", by: .at(1)),
                try catalog.setPrivate(true, index: "main", project: "secret", by: .at(1)),
                try catalog.setPrivate(true, index: "main", project: "absent", by: .at(1)),
            ]
        }
        #expect(changes == [true, true, false, false])
        #expect(try store.access().privateProjects == ["main": ["hidden", "secret"]])
        for (seen, names) in [([], ["open"]), (["secret"], ["open", "secret"])] as [(Set<String>, [String])] {
            #expect(try store.projects(index: "main", showing: seen).map(\.name.normalized) == names)
            #expect(
                Set(try store.newProjects(index: "main", limit: 9, showing: seen).map(\.name.normalized)) == Set(names))
            let files = try store.recentFiles(index: "main", limit: 1, showing: seen)
            #expect(files.map(\.project.normalized) == [names.last])
        }
    }
}
