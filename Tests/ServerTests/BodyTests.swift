import Posix
import Server
import Testing

extension ServerTests {
    @Suite struct Bodies {
        private func post(_ target: String, _ fields: String, _ body: String = "") -> String {
            "POST \(target) HTTP/1.1\r\nHost: a\r\n\(fields)\r\n\r\n\(body)"
        }

        @Test(arguments: [
            ("Content-Length: 3", "abc", "abc"), ("Content-Length: 0", "", ""),
            ("Transfer-Encoding: chunked", "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nTrailer: 1\r\n\r\n", "abcde"),
            ("Transfer-Encoding: chunked", "0\r\n\r\n", ""),
        ])
        func `sized and chunked bodies arrive and the connection goes on`(
            fields: String, body: String, expected: String
        ) throws {
            let server = try TestServer()
            let client = try server.connect()
            for _ in 0..<2 {
                try client.send(post("/echo", fields, body))
                #expect(try client.response().text == expected)
            }
        }

        @Test func `a chunked body may come byte by byte`() throws {
            let server = try TestServer()
            let client = try server.connect()
            for byte in post("/echo", "Transfer-Encoding: chunked", "3\r\nabc\r\n0\r\n\r\n").utf8 {
                try client.send([byte])
                Clock.sleep(milliseconds: 1)
            }
            #expect(try client.response().text == "abc")
        }

        @Test func `a large body comes in pieces of bounded size`() throws {
            let server = try TestServer { $0.bodyBytes = 64 << 20 }
            let client = try server.connect()
            try client.send(post("/count", "Content-Length: \(20 << 20)"))
            let block = [UInt8](repeating: 1, count: 1 << 20)
            for _ in 0..<20 { try client.send(block) }
            #expect(try client.response().text == "\(20 << 20) true\n")
            #expect(try client.get("/next").text == "/next\n")
        }

        @Test func `a client that waits for 100 Continue gets it once, before the body`() throws {
            let server = try TestServer()
            let client = try server.connect()
            try client.send(post("/echo", "Content-Length: 3\r\nExpect: 100-continue"))
            #expect(try client.response().status == 100)
            try client.send("abc")
            let response = try client.response()
            #expect(response.status == 200)
            #expect(response.text == "abc")
            #expect(try client.get("/next").text == "/next\n")
        }

        @Test func `a body that came along with its head needs no 100 Continue`() throws {
            let server = try TestServer()
            let client = try server.connect()
            try client.send(post("/echo", "Content-Length: 3\r\nExpect: 100-continue", "abc"))
            #expect(try client.response().text == "abc")
        }

        @Test func `a handler that wants no body answers instead of 100 Continue, and ends the connection`() throws {
            let server = try TestServer()
            let client = try server.connect()
            try client.send(post("/ignore", "Content-Length: 100\r\nExpect: 100-continue"))
            let response = try client.response()
            #expect(response.status == 200)
            #expect(response["connection"] == "close")
            #expect(try client.isEnded())
        }

        @Test func `the small rest of a body is discarded and the connection goes on`() throws {
            let server = try TestServer()
            let client = try server.connect()
            try client.send(post("/ignore", "Content-Length: 1000", String(repeating: "x", count: 1000)))
            #expect(try client.response().text == "/ignore\n")
            #expect(try client.get("/next").text == "/next\n")
        }

        @Test func `a large rest ends the connection without losing the answer`() throws {
            let server = try TestServer()
            let client = try server.connect()
            try client.send(post("/ignore", "Content-Length: 3000000"))
            // The client sends all of it before it looks for the answer, as real ones do.
            try client.send([UInt8](repeating: 1, count: 3_000_000))
            let response = try client.response()
            #expect(response.text == "/ignore\n")
            #expect(response["connection"] == "close")
            #expect(try client.isEnded())
        }

        @Test func `the small rest of a chunked body is discarded too, a large one ends the connection`() throws {
            let server = try TestServer()
            let client = try server.connect()
            try client.send(post("/ignore", "Transfer-Encoding: chunked", "3\r\nabc\r\n0\r\n\r\n"))
            #expect(try client.response().text == "/ignore\n")
            let chunk = "3e8\r\n" + String(repeating: "x", count: 1_000) + "\r\n"
            try client.send(post("/ignore", "Transfer-Encoding: chunked", chunk + chunk + "0\r\n\r\n"))
            let response = try client.response()
            #expect(response.text == "/ignore\n")
            #expect(response["connection"] == "close")
            #expect(try client.isEnded())
        }

        @Test func `an unread body that breaks its framing is an error`() throws {
            let server = try TestServer()
            let client = try server.connect()
            try client.send(post("/ignore", "Transfer-Encoding: chunked", "x\r\nabc\r\n0\r\n\r\n"))
            #expect(try client.response().status == 400)
            #expect(try client.isEnded())
        }

        @Test func `a body over the limit is 413, whether it says so or not`() throws {
            let server = try TestServer { $0.bodyBytes = 1_000 }
            let client = try server.connect()
            try client.send(post("/echo", "Content-Length: 1001", String(repeating: "x", count: 1001)))
            #expect(try client.response().status == 413)
            #expect(try client.isEnded())
            let other = try server.connect()
            try other.send(post("/echo", "Transfer-Encoding: chunked", "3e9\r\n" + String(repeating: "x", count: 1001)))
            #expect(try other.response().status == 413)
            #expect(try other.isEnded())
        }

        @Test func `broken chunks are 400 and end the connection`() throws {
            let server = try TestServer()
            let client = try server.connect()
            try client.send(post("/echo", "Transfer-Encoding: chunked", "3\r\nabcX\r\n0\r\n\r\n"))
            #expect(try client.response().status == 400)
            #expect(try client.isEnded())
        }
    }

    @Suite struct Contents {
        @Test(arguments: [0, 1, 24 << 10, (24 << 10) + 1, 1 << 20])
        func `bytes of any size arrive whole, one after another`(count: Int) throws {
            let server = try TestServer()
            let client = try server.connect()
            for _ in 0..<3 {
                let response = try client.get("/large/\(count)")
                #expect(response["content-length"] == "\(count)")
                #expect(response.content == Handler.bytes(count))
            }
        }

        @Test(arguments: [(0, 100_000), (99_999, 1), (500, 70_000), (0, 0), (100_000, 0)])
        func `a part of a file`(from: Int, count: Int) throws {
            let server = try TestServer()
            let client = try server.connect()
            let response = try client.get("/file/100000?from=\(from)&count=\(count)")
            #expect(response["content-length"] == "\(count)")
            #expect(response.content == Array(Handler.bytes(100_000)[from..<from + count]))
            #expect(try client.get("/next").text == "/next\n")
        }

        @Test func `a file that is shorter than its record ends the connection`() throws {
            let server = try TestServer()
            let client = try server.connect()
            #expect(throws: Broken.self) { _ = try client.get("/shorter") }
        }
    }
}
