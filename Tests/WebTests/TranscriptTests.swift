import Foundation
import HTTP
import Testing

/// Plays every file of `Transcripts` against a site on a real store.
@Suite struct TranscriptTests {
    @Test(arguments: Transcript.names)
    func `every exchange of the transcript happens as it says`(_ name: String) async throws {
        let transcript = try Transcript(named: name)
        #expect(!transcript.exchanges.isEmpty)
        var stage = try Stage(transcript)
        for exchange in transcript.exchanges { try await stage.play(exchange) }
    }

    @Test func `there are transcripts`() {
        #expect(Transcript.names.count > 10)
    }
}

/// One transcript's world while it plays.
private struct Stage {
    let world: World
    let name: String
    var template: Template

    init(_ transcript: Transcript) throws {
        world = try World(transcript.setup)
        name = transcript.name
        template = Template(tokens: world.tokens)
    }

    mutating func play(_ exchange: Exchange) async throws {
        let location = SourceLocation(
            fileID: "WebTests/\(name)", filePath: Transcript.folder.appending(path: name).path, line: exchange.line,
            column: 1)
        let before = try world.blobs()
        let (head, body) = try request(exchange)
        let response = try await world.answer(to: head, body: body)
        let checker = Checker(template: template, response: response, exchange: exchange, location: location)
        try checker.check()
        if response.status >= 400, exchange.request[0].hasPrefix("POST") {
            #expect(try world.blobs() == before, "a refused upload left a blob", sourceLocation: location)
        }
        let told = response.statusLine + String(decoding: response.content, as: UTF8.self) + world.reported.joined()
        for secret in world.tokens.values {
            #expect(!told.contains(secret), "a token's text was told", sourceLocation: location)
        }
        #expect(world.reported.isEmpty, "the site reported its own failure", sourceLocation: location)
        template.last = Dictionary(response.fields.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
    }

    /// The bytes of a request's head and body.
    private func request(_ exchange: Exchange) throws -> ([UInt8], [UInt8]) {
        var lines = try exchange.request.map { try template.fill($0) }
        let body = try body(exchange)
        func has(_ name: String) -> Bool { exchange.request.contains { $0.lowercased().hasPrefix(name + ":") } }
        lines[0] += Array(" HTTP/1.1".utf8)
        if !has("host") { lines.append(Array("Host: index.example".utf8)) }
        if !exchange.parts.isEmpty, !has("content-type") {
            lines.append(Array("Content-Type: multipart/form-data; boundary=\(Self.boundary)".utf8))
        }
        if !body.isEmpty, !has("content-length"), !has("transfer-encoding") {
            lines.append(Array("Content-Length: \(body.count)".utf8))
        }
        return (lines.flatMap { $0 + Array("\r\n".utf8) } + Array("\r\n".utf8), body)
    }

    private static let boundary = "frontier-0d8e2c"

    private func body(_ exchange: Exchange) throws -> [UInt8] {
        guard !exchange.parts.isEmpty else {
            return try exchange.body.flatMap { try template.fill($0) + Array("\r\n".utf8) }
        }
        var body: [UInt8] = []
        for part in exchange.parts {
            let filename = try part.filename.map { "; filename=\"\(try template.text($0))\"" } ?? ""
            let head = "--\(Self.boundary)\r\nContent-Disposition: form-data; name=\"\(part.name)\"\(filename)\r\n\r\n"
            let value = try part.archive.map { SampleArchive($0).bytes } ?? template.fill(part.value)
            body += Array(head.utf8) + value + Array("\r\n".utf8)
        }
        return body + Array("--\(Self.boundary)--\r\n".utf8)
    }
}

/// Compares one answer with what the transcript expects.
private struct Checker {
    let template: Template
    let response: WireResponse
    let exchange: Exchange
    let location: SourceLocation

    func check() throws {
        try checkStatus()
        for line in exchange.fields { try checkField(line) }
        try checkContent()
        checkRules()
    }

    private func checkStatus() throws {
        let expected = "HTTP/1.1 \(exchange.status)"
        let isMatch =
            if exchange.status.count == 3 {
                response.statusLine.hasPrefix(expected + " ")
            } else {
                try response.statusLine.wholeMatch(of: template.pattern(expected)) != nil
            }
        #expect(isMatch, "expected \(exchange.status), got \(response.statusLine)", sourceLocation: location)
    }

    private func checkField(_ line: String) throws {
        if line.hasPrefix("!") {
            let name = String(line.dropFirst())
            #expect(response[name] == nil, "\(name) should be absent", sourceLocation: location)
            return
        }
        let colon = line.firstIndex(of: ":") ?? line.endIndex
        let name = String(line[..<colon])
        let value = String(line[colon...].dropFirst(2))
        let isMatch = try response[name]?.wholeMatch(of: template.pattern(value)) != nil
        #expect(isMatch, "expected \(line), got \(response[name] ?? "none")", sourceLocation: location)
    }

    private func checkContent() throws {
        guard !(exchange.present + exchange.absent + exchange.whole).isEmpty else { return }
        let content = response["content-encoding"] == "gzip" ? try gunzip(response.content) : response.content
        let text = String(decoding: content, as: UTF8.self)
        for line in exchange.present {
            let isFound = try text.firstMatch(of: template.pattern(line)) != nil
            #expect(isFound, "'\(line)' is not in\n\(text)", sourceLocation: location)
        }
        for line in exchange.absent {
            let isFound = try text.firstMatch(of: template.pattern(line)) != nil
            #expect(!isFound, "'\(line)' is in\n\(text)", sourceLocation: location)
        }
        guard !exchange.whole.isEmpty else { return }
        if exchange.whole == ["{empty}"] {
            #expect(content.isEmpty, "the answer should have no content", sourceLocation: location)
        } else if exchange.whole.count == 1, exchange.whole[0].hasPrefix("{archive:") {
            let isSame = try content == slice(template.fill(exchange.whole[0]))
            #expect(isSame, "other bytes: \(content.count) of them", sourceLocation: location)
        } else {
            let expected = exchange.whole.joined(separator: "\n")
            let isMatch = try text.trimmingCharacters(in: .newlines).wholeMatch(of: template.pattern(expected)) != nil
            #expect(isMatch, "expected\n\(expected)\ngot\n\(text)", sourceLocation: location)
        }
    }

    /// The part of an archive that the answer's own `Content-Range` names.
    private func slice(_ archive: [UInt8]) throws -> [UInt8] {
        guard let range = response["content-range"] else { return archive }
        let bounds = range.dropFirst("bytes ".count).prefix { $0 != "/" }.split(separator: "-").compactMap { Int($0) }
        guard bounds.count == 2, bounds[1] < archive.count else { throw Failure("Content-Range is \(range)") }
        return Array(archive[bounds[0]...bounds[1]])
    }

    /// What holds for every answer (INTERFACES: Addresses).
    private func checkRules() {
        let isBodiless = [204, 304].contains(response.status)
        #expect(isBodiless || response["content-length"] != nil, "no Content-Length", sourceLocation: location)
        #expect(
            isBodiless || response["x-content-type-options"] == "nosniff", "no nosniff", sourceLocation: location)
        #expect(
            (response.status == 401) == (response["www-authenticate"] != nil),
            "WWW-Authenticate belongs to 401", sourceLocation: location)
        #expect(
            (response.status == 405) == (response["allow"] != nil) || response.status == 204,
            "Allow belongs to 405", sourceLocation: location)
        let names = response.fields.map(\.name)
        #expect(Set(names).count == names.count, "a field is given twice: \(names)", sourceLocation: location)
    }

    /// Unpacks with gzip(1).
    private func gunzip(_ bytes: [UInt8]) throws -> [UInt8] {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["gzip", "-dc"]
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        try input.fileHandleForWriting.write(contentsOf: Data(bytes))
        try input.fileHandleForWriting.close()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure("gzip refuses the content") }
        return Array(data)
    }
}
