import Glibc
import Posix
import Server
import Testing

extension ServerTests {
    @Suite struct Requests {
        @Test func `a connection serves one request after another`() throws {
            let server = try TestServer()
            let client = try server.connect()
            for number in 0..<5 {
                let response = try client.get("/\(number)")
                #expect(response.status == 200)
                #expect(response.text == "/\(number)\n")
                #expect(response["date"]?.hasSuffix(" GMT") == true)
                #expect(response["connection"] == nil)
            }
        }

        @Test func `beyond the limit of connections clients wait until one has ended`() throws {
            let server = try TestServer {
                $0.connectionsPerLoop = 2
                $0.idleSeconds = 30
            }
            let first = try server.connect()
            let second = try server.connect()
            #expect(try first.get("/1").status == 200)
            #expect(try second.get("/2").status == 200)
            let third = try server.connect()
            try third.send("GET /3 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            Clock.sleep(milliseconds: 300)
            // The first are still served; the third has been accepted by nobody.
            #expect(try second.get("/4").status == 200)
            #expect(server.log(3).count == 3)
            first.finishSending()
            #expect(try third.response().text == "/3\n")
        }

        @Test func `pipelined requests are answered in their order`() throws {
            let server = try TestServer()
            let client = try server.connect()
            let requests = (0..<200).map { number in
                number % 3 == 0
                    ? "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n\(number + 10_000)"
                    : "GET /large/\(number) HTTP/1.1\r\nHost: a\r\n\r\n"
            }
            try client.send(requests.joined())
            for number in 0..<200 {
                let response = try client.response()
                if number % 3 == 0 {
                    #expect(response.text == "\(number + 10_000)")
                } else {
                    #expect(response.content == Handler.bytes(number))
                }
            }
        }

        @Test func `a request may come byte by byte`() throws {
            let server = try TestServer { $0.headSeconds = 5 }
            let client = try server.connect()
            for byte in "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc".utf8 {
                try client.send([byte])
                Clock.sleep(milliseconds: 1)
            }
            #expect(try client.response().text == "abc")
        }

        @Test func `several loops serve many connections`() throws {
            let server = try TestServer(loops: 3)
            let clients = try (0..<60).map { _ in try server.connect() }
            for (number, client) in clients.enumerated() {
                try client.send("GET /\(number) HTTP/1.1\r\nHost: a\r\n\r\n")
            }
            for (number, client) in clients.enumerated() {
                #expect(try client.response().text == "/\(number)\n")
            }
        }

        @Test func `HEAD has the length of GET and no content, and the connection goes on`() throws {
            let server = try TestServer()
            let client = try server.connect()
            for target in ["/large/100", "/large/100000", "/file/100000"] {
                try client.send("HEAD \(target) HTTP/1.1\r\nHost: a\r\n\r\n")
                let response = try client.response(head: true)
                #expect(response["content-length"] == target.split(separator: "/").last.map(String.init))
                #expect(try client.get("/next").text == "/next\n")
            }
        }

        @Test func `204 has neither content nor length`() throws {
            let server = try TestServer()
            let client = try server.connect()
            let response = try client.get("/nothing")
            #expect(response.status == 204)
            #expect(response["content-length"] == nil)
            #expect(try client.get("/next").text == "/next\n")
        }

        @Test func `HTTP 1.0 closes, unless it asks to go on`() throws {
            let server = try TestServer()
            let client = try server.connect()
            try client.send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            #expect(try client.response()["connection"] == "keep-alive")
            try client.send("GET /b HTTP/1.0\r\n\r\n")
            let last = try client.response()
            #expect(last.text == "/b\n")
            #expect(last["connection"] == "close")
            #expect(try client.isEnded())
        }

        @Test func `Connection close ends the connection after the answer`() throws {
            let server = try TestServer()
            let client = try server.connect()
            let response = try client.get("/a", "Connection: close")
            #expect(response["connection"] == "close")
            #expect(try client.isEnded())
        }

        @Test func `a handler may end the connection`() throws {
            let server = try TestServer()
            let client = try server.connect()
            #expect(try client.get("/close")["connection"] == "close")
            #expect(try client.isEnded())
        }

        @Test func `a client that ends its side after the request still gets the answer`() throws {
            let server = try TestServer()
            let client = try server.connect()
            try client.send("GET /large/300000 HTTP/1.1\r\nHost: a\r\n\r\n")
            client.finishSending()
            #expect(try client.response().content == Handler.bytes(300_000))
            #expect(try client.isEnded())
        }

        @Test func `the handler sees the peer's address`() throws {
            let server = try TestServer()
            #expect(try server.connect().get("/peer").text == "127.0.0.1\n")
        }

        @Test(arguments: [
            ("GET / HTTP/1.1\r\n\r\n", 400), ("GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505), ("nonsense\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
            ("GET /a/../b HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            ("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nX: " + String(repeating: "x", count: 40_000) + "\r\n\r\n", 431),
            ("\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}", 400),
        ])
        func `a refused head is answered and ends the connection`(text: String, status: Int) throws {
            let server = try TestServer()
            let client = try server.connect()
            try client.send(text + "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n")
            let response = try client.response()
            #expect(response.status == status)
            #expect(response["connection"] == "close")
            #expect(try client.isEnded())
        }
    }

    @Suite struct Waits {
        @Test func `a head that does not come to its end is answered with 408`() throws {
            let server = try TestServer()
            let client = try server.connect()
            try client.send("GET / HTTP/1.1\r\nHost:")
            let response = try client.response()
            #expect(response.status == 408)
            #expect(response["connection"] == "close")
            #expect(try client.isEnded())
        }

        @Test func `a trickle of bytes does not move the deadline of a head`() throws {
            let server = try TestServer()
            let client = try server.connect()
            try client.send("GET / HTTP/1.1\r\n")
            var isAnswered = false
            // Ten seconds, and the deadline is one: a deadline that each byte moved would not come at all.
            for _ in 0..<100 where !isAnswered {
                try client.send("X: y\r\n")
                Clock.sleep(milliseconds: 100)
                isAnswered = client.hasInput
            }
            #expect(isAnswered)
            #expect(try client.response().status == 408)
        }

        @Test func `a connection that sends nothing is closed without a word`() throws {
            let server = try TestServer()
            #expect(try server.connect().isEnded())
        }

        @Test func `a connection that is idle between requests is closed without a word`() throws {
            let server = try TestServer()
            let client = try server.connect()
            _ = try client.get("/a")
            let begun = Clock.monotonicNanoseconds
            #expect(try client.isEnded())
            #expect(Clock.monotonicNanoseconds - begun > 800_000_000)
        }

        @Test func `a body that stops is answered with 408`() throws {
            let server = try TestServer()
            let client = try server.connect()
            try client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc")
            let response = try client.response()
            #expect(response.status == 408)
            #expect(response["connection"] == "close")
            #expect(try client.isEnded())
        }

        @Test func `a body that stops after many bytes is not waited for longer`() throws {
            let server = try TestServer()
            let client = try server.connect()
            try client.send("POST /count HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n")
            try client.send([UInt8](repeating: 1, count: 900_000))
            #expect(try client.response().status == 408)
        }

        @Test func `a trickle of body bytes does not hold the connection`() throws {
            let server = try TestServer()
            let client = try server.connect()
            try client.send("POST /count HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n")
            for _ in 0..<35 {
                guard (try? client.send("x")) != nil else { break }
                Clock.sleep(milliseconds: 100)
            }
            #expect(try client.response().status == 408)
        }

        @Test func `a client that ends inside a body is answered`() throws {
            let server = try TestServer()
            let client = try server.connect()
            try client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc")
            client.finishSending()
            #expect(try client.response().status == 400)
            #expect(try client.isEnded())
        }

        @Test func `a reader that takes nothing is let go`() throws {
            let server = try TestServer()
            let client = try server.connect(receiveBufferBytes: 4096)
            try client.send("GET /large/20000000 HTTP/1.1\r\nHost: a\r\n\r\n")
            Clock.sleep(milliseconds: 3_500)
            #expect(throws: (any Error).self) { _ = try client.response() }
        }

        @Test func `a slow reader gets all`() throws {
            let server = try TestServer { $0.writeSeconds = 5 }
            for target in ["/large/3000000", "/file/3000000"] {
                let client = try server.connect(receiveBufferBytes: 4096)
                try client.send("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n")
                Clock.sleep(milliseconds: 300)
                #expect(try client.response().content == Handler.bytes(3_000_000))
            }
        }
    }
}
