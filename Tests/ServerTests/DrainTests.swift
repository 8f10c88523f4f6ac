import Glibc
import Posix
import Server
import Synchronization
import Testing

extension ServerTests {
    @Suite struct Drain {
        @Test func `without connections a stop ends the server`() throws {
            let server = try TestServer(loops: 2)
            _ = try server.connect().get("/a")
            server.signal(SIGTERM)
            #expect(server.ends(within: 3_000))
        }

        @Test func `a response in flight is finished, then the server ends`() throws {
            let server = try TestServer()
            let client = try server.connect()
            try client.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(eventually { server.handler.waiting.load(ordering: .relaxed) == 1 })
            server.signal(SIGINT)
            Clock.sleep(milliseconds: 300)
            #expect(!server.isDone)
            server.handler.isOpen.store(true, ordering: .relaxed)
            let response = try client.response()
            #expect(response.text == "waited\n")
            #expect(response["connection"] == "close")
            #expect(try client.isEnded())
            #expect(server.ends(within: 3_000))
        }

        @Test func `idle connections end after their farewell`() throws {
            let server = try TestServer { $0.idleSeconds = 60 }
            let client = try server.connect()
            _ = try client.get("/a")
            server.signal(SIGTERM)
            #expect(try client.isEnded())
            #expect(server.ends(within: 2_000))
        }

        @Test func `a connection that has not sent its first request is still served`() throws {
            let server = try TestServer { $0.headSeconds = 5 }
            let client = try server.connect()
            Clock.sleep(milliseconds: 100)
            server.signal(SIGTERM)
            Clock.sleep(milliseconds: 300)
            let response = try client.get("/first")
            #expect(response.text == "/first\n")
            #expect(response["connection"] == "close")
            #expect(try client.isEnded())
            #expect(server.ends(within: 3_000))
        }

        @Test func `nobody new is let in while a response is in flight`() throws {
            let server = try TestServer()
            let client = try server.connect()
            try client.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(eventually { server.handler.waiting.load(ordering: .relaxed) == 1 })
            server.signal(SIGTERM)
            Clock.sleep(milliseconds: 300)
            // Refused at once, so that a client or a proxy tries elsewhere instead of waiting.
            #expect(throws: Errno(ECONNREFUSED)) { _ = try server.connect() }
            server.handler.isOpen.store(true, ordering: .relaxed)
            #expect(try client.response().text == "waited\n")
        }

        @Test func `a second signal ends the server at once`() throws {
            let server = try TestServer()
            let client = try server.connect()
            try client.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(eventually { server.handler.waiting.load(ordering: .relaxed) == 1 })
            server.signal(SIGTERM)
            Clock.sleep(milliseconds: 200)
            #expect(!server.isDone)
            server.signal(SIGTERM)
            #expect(server.ends(within: 1_000))
        }

        @Test func `what takes longer than the drain is cut off`() throws {
            let server = try TestServer { $0.drainSeconds = 1 }
            let client = try server.connect()
            try client.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(eventually { server.handler.waiting.load(ordering: .relaxed) == 1 })
            server.signal(SIGTERM)
            #expect(server.ends(within: 3_500))
        }

        @Test func `SIGHUP calls for a reload and nothing else`() throws {
            let server = try TestServer()
            let client = try server.connect()
            _ = try client.get("/a")
            server.signal(SIGHUP)
            #expect(eventually { server.handler.reloads.load(ordering: .relaxed) == 1 })
            #expect(try client.get("/b").status == 200)
        }
    }

    @Suite struct Logs {
        private static let agent = "evil\"agent\\ \u{9}\u{80}\u{c2}\u{9b}31m"

        private func line(_ format: AccessLog.Format) throws -> String {
            let server = try TestServer(log: format)
            let client = try server.connect()
            let latin1 = Self.agent.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
            let request = "GET /a%22b?c=d%0A HTTP/1.1\r\nHost: a\r\nUser-Agent: "
            try client.send(Array(request.utf8) + latin1 + Array("\r\n\r\n".utf8))
            #expect(try client.response().status == 200)
            let lines = server.log(1)
            #expect(lines.count == 1)
            return lines.first ?? ""
        }

        @Test func `the text line has its fields, and nothing that steers a terminal`() throws {
            let line = try line(.text)
            #expect(line.contains(" 127.0.0.1 GET /a\\\"b?c=d%0A 200 "))
            #expect(line.hasSuffix("ms \"evil\\\"agent\\\\ \\u0009\u{FFFD}\\u009b31m\" -"))
            #expect(!line.unicodeScalars.contains { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) })
        }

        @Test func `the JSON line is JSON`() throws {
            let line = try line(.json)
            #expect(line.hasPrefix("{\"time\":\"20"))
            #expect(line.contains("\"target\":\"/a\\\"b?c=d%0A\",\"status\":200,\"bytes\":5,"))
            #expect(line.hasSuffix("\"agent\":\"evil\\\"agent\\\\ \\u0009\u{FFFD}\\u009b31m\"}"))
            #expect(!line.unicodeScalars.contains { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) })
        }

        @Test func `a line ends with who asked, where that is known`() throws {
            for (format, known, unknown) in [
                (AccessLog.Format.text, "\" c\\\"i", "\" -"),
                (.json, "\",\"principal\":\"c\\\"i\"}", "\"agent\":\"\"}"),
            ] {
                let server = try TestServer(log: format)
                let client = try server.connect()
                _ = try client.get("/known")
                _ = try client.get("/a")
                let lines = server.log(2)
                #expect(lines.first?.hasSuffix(known) == true && lines.last?.hasSuffix(unknown) == true, "\(lines)")
            }
        }

        @Test func `a refused head is logged with its reason`() throws {
            let server = try TestServer()
            let client = try server.connect()
            try client.send("GET / HTTP/1.1\r\n\r\n")
            #expect(try client.response().status == 400)
            #expect(server.log(1).first?.contains(" 127.0.0.1 - - 400 ") == true)
        }
    }
}
