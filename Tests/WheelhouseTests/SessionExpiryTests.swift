import Packaging
import Posix
import Storage
import Testing

@testable import Wheelhouse

private let day: Int64 = 86_400_000_000

/// A session that began, and was used, so many days ago.
@Test(arguments: [
    (0.0, 0.0, true), (29.9, 0.0, true), (30.1, 0.0, false), (8.0, 6.9, true), (8.0, 7.1, false), (40.0, 8.0, false),
])
func `a session ends after a week without use, and after thirty days`(
    begun: Double, seen: Double, isValid: Bool
) async throws {
    let instance = try Instance()
    try PackageIndex.createAccount("alice", .person, by: "tests", in: instance.store)
    try PackageIndex.setPassword("correct horse battery", of: "alice", cost: 10, by: "tests", in: instance.store)
    let now = Clock.unixMicroseconds
    func time(_ days: Double) -> UploadTime { UploadTime(microseconds: now - Int64(days * Double(day))) }
    let session = SessionRecord(
        secretDigest: TokenSecret.digest(of: "secret"), account: "alice", token: nil, begun: time(begun),
        client: Client())
    let hash = try #require(try instance.store.access().accounts.first { $0.name == "alice" }?.password)
    let forever = SessionLimits(begun: UploadTime(microseconds: 0), lastSeen: UploadTime(microseconds: 0))
    let lastSeen = time(seen)
    try instance.store.writeAndWait { catalog throws(StorageError) in
        _ = try catalog.beginSession(
            session, password: hash, endingOther: nil, limits: forever, by: Occasion(actor: "tests", time: lastSeen))
        try catalog.noteSightings([session.secretDigest: lastSeen])
    }
    try instance.index.refresh()
    #expect((instance.index.signedIn(secret: "secret", from: "") != nil) == isValid)
    #expect(instance.index.sessions(of: "alice").count == (isValid ? 1 : 0))
    #expect(try PackageIndex.sessions(of: "alice", in: instance.store).count == (isValid ? 1 : 0))
    // What is over is forgotten when the next one begins.
    _ = try await instance.index.signIn(
        .user("alice", password: "correct horse battery"), from: .unknown, endingOther: nil)
    #expect(try instance.store.access().sessions.count == (isValid ? 2 : 1))
}

@Test func `the use of a session is written down, to the hour`() throws {
    let instance = try Instance()
    let now = Clock.unixMicroseconds
    let token = TokenSecret.digest(of: instance.secret)
    let account = try instance.index.authenticate(secret: instance.secret).name
    let session = SessionRecord(
        secretDigest: TokenSecret.digest(of: "secret"), account: account, token: token,
        begun: UploadTime(microseconds: now - day), client: Client())
    let limits = SessionLimits(begun: UploadTime(microseconds: 0), lastSeen: UploadTime(microseconds: 0))
    try instance.store.writeAndWait { catalog throws(StorageError) in
        _ = try catalog.beginSession(
            session, password: nil, endingOther: nil, limits: limits, by: Occasion(actor: "tests", time: session.begun))
    }
    try instance.index.refresh()
    let serial = try instance.store.lastSerial
    #expect(instance.index.signedIn(secret: "secret", from: "") != nil)
    try instance.index.saveUses()
    let seen = try #require(try instance.store.access().sessions.first).lastSeen.microseconds
    #expect(seen >= now)
    #expect(instance.index.signedIn(secret: "secret", from: "") != nil)
    try instance.index.saveUses()
    #expect(try instance.store.access().sessions.first?.lastSeen.microseconds == seen, "not again within the hour")
    #expect(try instance.store.lastSerial == serial, "the journal has no row of it")
}

@Test func `a session does not begin with a password that has just changed`() async throws {
    let instance = try Instance()
    try PackageIndex.createAccount("alice", .person, by: "tests", in: instance.store)
    try PackageIndex.setPassword("correct horse battery", of: "alice", cost: 10, by: "tests", in: instance.store)
    try instance.index.refresh()
    // The server has not heard of it yet.
    try PackageIndex.setPassword("another horse battery", of: "alice", cost: 10, by: "tests", in: instance.store)
    await #expect { () async throws in
        _ = try await instance.index.signIn(
            .user("alice", password: "correct horse battery"), from: .unknown, endingOther: nil)
    } throws: { ($0 as? IndexError)?.code == .unauthenticated }
    #expect(try instance.store.access().sessions.isEmpty)
}

@Test func `an account has fifty sessions at most`() async throws {
    let instance = try Instance()
    for _ in 0..<52 {
        _ = try await instance.index.signIn(.secret(instance.secret), from: .unknown, endingOther: nil)
    }
    #expect(try instance.store.access().sessions.count == 50)
    try instance.index.refresh()
    let account = try instance.index.authenticate(secret: instance.secret).name
    #expect(instance.index.sessions(of: account).count == 50)
}
