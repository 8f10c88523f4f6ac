import Posix
import Synchronization
import Testing

@testable import Server

extension ServerTests {
    @Suite struct Clients {
        @Test(arguments: [
            ("192.0.2.1", "192.0.2.1", true), ("192.0.2.1", "192.0.2.2", false), ("192.0.2.1", "192.2.0.1", false),
            ("2001:db8::1", "2001:db8::ffff:1", true), ("2001:db8::1", "2001:db8:0:1::1", false),
            ("2001:db8::", "2001:db8:0:0:ffff:ffff:ffff:ffff", true), ("0.0.0.1", "::1", false),
            ("0.0.0.0", "::", false),
        ])
        func `a client is an IPv4 address or an IPv6 network of 64 bits`(
            first: String, second: String, isSame: Bool
        ) throws {
            let clients = try [first, second].map { ClientConnections.Client(try #require(NumericAddress($0))) }
            #expect((clients[0] == clients[1]) == isSame)
        }

        @Test func `what a client closes it may open again, and no more`() throws {
            let connections = ClientConnections()
            let client = ClientConnections.Client(try #require(NumericAddress("192.0.2.1")))
            let other = ClientConnections.Client(try #require(NumericAddress("192.0.2.2")))
            for _ in 0..<3 {
                #expect(connections.open(client, limit: 2))
                #expect(connections.open(client, limit: 2))
                #expect(!connections.open(client, limit: 2))
                #expect(connections.open(other, limit: 2))
                connections.close(client)
                #expect(connections.open(client, limit: 2))
                connections.close(client)
                connections.close(client)
                connections.close(other)
            }
        }

        private func limited(loops: Int = 1, proxies: [String] = []) throws -> TestServer {
            try TestServer(
                {
                    $0.connectionsPerAddress = 4
                    $0.idleSeconds = 30
                    $0.headSeconds = 30
                }, loops: loops, proxies: proxies)
        }

        @Test(arguments: [1, 3])
        func `a client with too many connections is told so, and served when one has ended`(loops: Int) throws {
            let server = try limited(loops: loops)
            let first = try (0..<4).map { _ in try server.connect() }
            for client in first { #expect(try client.get("/a").status == 200) }
            // Its answer arrives although most of the body is never read.
            let fifth = try server.connect()
            try fifth.send("POST /count HTTP/1.1\r\nHost: a\r\nContent-Length: 900000\r\n\r\n")
            try fifth.send([UInt8](repeating: 1, count: 900_000))
            let refusal = try fifth.response()
            #expect(refusal.status == 503)
            #expect(refusal["retry-after"] == "5")
            #expect(refusal["connection"] == "close")
            #expect(refusal.text.contains("too many connections"))
            #expect(try fifth.isEnded())
            #expect(server.handler.counted.load(ordering: .relaxed) == 0)
            #expect(server.log(5).contains { $0.contains(" 127.0.0.1 POST /count 503 ") })
            first[0].finishSending()
            #expect(try first[0].isEnded())
            #expect(
                eventually {
                    (try? server.connect().get("/b", "Connection: close").status) == 200
                })
        }

        @Test func `refused connections that say nothing are kept in small number`() throws {
            let server = try limited()
            let first = try (0..<4).map { _ in try server.connect() }
            for client in first { #expect(try client.get("/a").status == 200) }
            let further = try (0..<70).map { _ in try server.connect() }
            // The last six of them are closed at once; the first of them are waited for.
            for client in further[64...] { #expect(try client.isEnded()) }
            #expect(try further[0].get("/b").status == 503)
            #expect(try first[0].get("/c").status == 200)
        }

        @Test func `connections of proxies are not counted`() throws {
            let server = try limited(proxies: ["127.0.0.0/8"])
            let clients = try (0..<20).map { _ in try server.connect() }
            for client in clients { #expect(try client.get("/a").status == 200) }
        }
    }

    @Suite struct Changes {
        @Test func `settings change while the server runs, also for connections that are open`() throws {
            let server = try TestServer({ $0.idleSeconds = 30 }, loops: 2)
            let client = try server.connect()
            #expect(try client.get("/text").status == 200)
            var settings = server.live
            settings.limits.idleSeconds = 1
            settings.limits.connectionsPerAddress = 1
            settings.accessLog = .json
            server.use(settings)
            #expect(
                eventually {
                    (try? client.get("/json").status) == 200 && server.log(2).last?.first == "{"
                })
            #expect(try server.connect().get("/refused").status == 503)
            // The idle connection ends by its new deadline, long before the old one.
            #expect(try client.isEnded())
            settings.accessLog = nil
            settings.limits = server.live.limits
            server.use(settings)
            let quiet = try server.connect()
            #expect(eventually { (try? quiet.get("/quiet").status) == 200 })
            let lines = server.log(0).count
            #expect(try quiet.get("/silent").status == 200)
            // A line that must not come: longer than the log's thread waits between two looks.
            Clock.sleep(milliseconds: 50)
            #expect(server.log(0).count == lines)
            #expect(server.log(0).first?.contains(" /text ") == true)
        }

        @Test func `a connection that is idle already obeys a shorter deadline`() throws {
            let server = try TestServer({ $0.idleSeconds = 30 })
            let client = try server.connect()
            #expect(try client.get("/a").status == 200)
            var settings = server.live
            settings.limits.idleSeconds = 1
            server.use(settings)
            let begun = Clock.monotonicNanoseconds
            #expect(try client.isEnded())
            // The deadline that it had is 30 s.
            #expect(Clock.monotonicNanoseconds - begun < 20_000_000_000)
            // The listener still listens.
            #expect(try server.connect().get("/b").status == 200)
        }

        @Test func `whose word about the client is believed is decided for each request`() throws {
            let server = try TestServer({ $0.idleSeconds = 30 }, proxies: ["127.0.0.1"])
            let client = try server.connect()
            #expect(try client.get("/peer", "X-Forwarded-For: 192.0.2.7").text == "127.0.0.1\n")
            var settings = server.live
            settings.isBehindProxy = true
            server.use(settings)
            let trusts = eventually {
                (try? client.get("/peer", "X-Forwarded-For: 192.0.2.7").text) == "192.0.2.7\n"
            }
            #expect(trusts)
            settings.trustedProxies = TrustedProxies([])
            server.use(settings)
            let distrusts = eventually {
                (try? client.get("/peer", "X-Forwarded-For: 192.0.2.7").text) == "127.0.0.1\n"
            }
            #expect(distrusts)
        }

        @Test func `a log that was off can be put on`() throws {
            let server = try TestServer(log: nil)
            let client = try server.connect()
            #expect(try client.get("/silent").status == 200)
            var settings = server.live
            settings.accessLog = .text
            server.use(settings)
            // It is put on by a task of the loop, a moment later.
            #expect(
                eventually { (try? client.get("/heard").status) == 200 && !server.log(0).isEmpty })
            #expect(server.log(1).first?.contains(" /heard 200 ") == true)
        }
    }

    /// A loop must not serve all that waits of one client before it looks at others.
    @Suite struct Turns {
        private let server: TestServer
        private let busy: Client
        private let other: Client
        private let holding: Client

        init() throws {
            server = try TestServer {
                $0.bodyBytes = 1 << 40
                $0.bodySeconds = 20
                $0.idleSeconds = 20
            }
            busy = try server.connect()
            other = try server.connect()
            holding = try server.connect()
            #expect(try busy.get("/a").status == 200)
            #expect(try other.get("/a").status == 200)
        }

        private var sum: Int { server.handler.counted.load(ordering: .relaxed) }

        /// Sends as much as waits in the kernel while the loop stands still, then asks from another connection.
        ///
        /// - Returns: what waited, in bytes, and how much was counted before the other client had its turn.
        private func measure(sending piece: [UInt8]) throws -> (waiting: Int, counted: Int) {
            let before = sum
            try holding.send("GET /hold HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(eventually { server.handler.waiting.load(ordering: .relaxed) == 1 })
            let waiting = busy.sendWhatFits(piece)
            try other.send("GET /counted HTTP/1.1\r\nHost: a\r\n\r\n")
            Clock.sleep(milliseconds: 50)
            server.handler.isOpen.store(true, ordering: .relaxed)
            #expect(try holding.response().text == "held\n")
            return (waiting, try #require(Int(other.response().text.dropLast())) - before)
        }

        @Test func `a client whose body never runs out lets others have their turns`() throws {
            try busy.send("POST /count HTTP/1.1\r\nHost: a\r\nContent-Length: 4000000000\r\n\r\n")
            // The kernel gives a connection that is read quickly more room.
            try busy.send([UInt8](repeating: 1, count: 64 << 20))
            #expect(eventually { sum == 64 << 20 })
            let (waiting, counted) = try measure(sending: [UInt8](repeating: 0, count: 64 << 10))
            #expect(waiting > 4 << 20, "too little for this test to mean anything")
            #expect(counted < 2 << 20)
        }

        @Test func `a client whose requests never run out lets others have their turns`() throws {
            let request = Array("GET /tick HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
            let (waiting, counted) = try measure(sending: request)
            #expect(waiting / request.count > 1_000, "too little for this test to mean anything")
            #expect(counted < 200)
        }
    }
}
