import HTTP
import Packaging
import Storage
import Testing

@testable import Wheelhouse

/// A browser before a site, as far as the site can tell: it keeps the cookie, and sends what browsers send.
struct Browser {
    let world: World
    var isSecure = false
    /// What the server has set, by name.
    private(set) var cookies: [String: String] = [:]
    /// The last page, as text.
    private(set) var page = ""

    init(_ world: World, isSecure: Bool = false) {
        self.world = world
        self.isSecure = isSecure
    }

    /// Goes to an address.
    mutating func get(_ path: String, _ fields: [(String, String)] = []) async throws -> WireResponse {
        let usual = [("Accept", "text/html,*/*;q=0.8"), ("Accept-Encoding", "gzip")]
        let rest = usual.filter { field in !fields.contains { $0.0 == field.0 } }
        return try await send("GET", path, fields + rest, "")
    }

    /// Sends a form as it stands on the last page: with the token of that.
    mutating func submit(_ path: String, _ form: [(String, String)]) async throws -> WireResponse {
        try await post(path, form + (token.map { [("form-token", $0)] } ?? []))
    }

    /// Sends a form with just these fields.
    mutating func post(
        _ path: String, _ form: [(String, String)], _ fields: [(String, String)] = [("Sec-Fetch-Site", "same-origin")]
    ) async throws -> WireResponse {
        let body = form.map { "\(Self.encoded($0))=\(Self.encoded($1))" }.joined(separator: "&")
        let all = fields + [("Accept", "text/html"), ("Content-Type", "application/x-www-form-urlencoded")]
        return try await send("POST", path, all, body)
    }

    /// The token of the first form on the last page that has one.
    var token: String? {
        page.firstMatch(of: /name="form-token" value="([0-9a-f]+)"/).map { String($0.1) }
    }

    /// Signs in, which must do.
    mutating func signIn(_ account: String, _ password: String) async throws {
        let answer = try await post("/sign-in", [("account", account), ("password", password)])
        #expect(answer.status == 303)
        #expect(cookies.count == 1)
    }

    private mutating func send(
        _ method: String, _ path: String, _ fields: [(String, String)], _ body: String
    ) async throws -> WireResponse {
        var lines = ["\(method) \(path) HTTP/1.1", "Host: index.example", "User-Agent: Browser"]
        lines += fields.map { "\($0): \($1)" }
        if !cookies.isEmpty {
            lines.append("Cookie: other=1; " + cookies.map { "\($0)=\($1)" }.joined(separator: "; "))
        }
        if !body.isEmpty { lines.append("Content-Length: \(body.utf8.count)") }
        let head = lines.map { $0 + "\r\n" }.joined() + "\r\n"
        let answer = try await world.answer(to: Array(head.utf8), body: Array(body.utf8), isSecure: isSecure)
        page = answer["content-encoding"] == nil ? String(decoding: answer.content, as: UTF8.self) : ""
        if let set = answer["set-cookie"] { take(set) }
        return answer
    }

    private mutating func take(_ cookie: String) {
        let pair = cookie.prefix { $0 != ";" }.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
        cookies[pair[0]] = pair[1].isEmpty ? nil : pair[1]
    }

    private static func encoded(_ text: String) -> String {
        text.utf8.map { byte in
            let character = Character(UnicodeScalar(byte))
            if character == " " { return "+" }
            let isPlain = byte < 0x80 && (character.isLetter || character.isNumber || "*-._".contains(character))
            return isPlain ? String(character) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
        }.joined()
    }
}

extension World {
    static let password = "correct horse battery"

    /// Makes a person who may do something everywhere, with ``password`` at the lowest cost.
    func addPerson(_ name: String, may permission: Permission? = nil) throws {
        try PackageIndex.createAccount(name, .person, by: "tests", in: store)
        try PackageIndex.setPassword(Self.password, of: name, cost: 10, by: "tests", in: store)
        if let permission {
            try PackageIndex.grant(PackageIndex.Grant(permission, to: .account(name)), by: "tests", in: store)
        }
        try refresh()
    }

    /// Publishes a release of one archive.
    ///
    /// - Parameters:
    ///   - reference: of a `SampleArchive`.
    ///   - index: its address; empty for that of `main`.
    func publish(_ reference: String, to index: String = "") async throws {
        let archive = SampleArchive(reference)
        let filename = String(reference.prefix { $0 != "#" })
        let parts = filename.split(separator: "-")
        let version = parts[1].replacing(".tar.gz", with: "")
        let isWheel = filename.hasSuffix(".whl")
        var fields: [(String, String)] = [
            (":action", "file_upload"), ("name", String(parts[0])), ("version", String(version)),
            ("filetype", isWheel ? "bdist_wheel" : "sdist"), ("sha256_digest", try archive.digest(.sha256).hex),
        ]
        if isWheel { fields.append(("pyversion", "py3")) }
        let boundary = "frontier-0d8e2c"
        var body: [UInt8] = []
        for (name, value) in fields {
            body += Array("--\(boundary)\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n".utf8)
        }
        body += Array(
            "--\(boundary)\r\nContent-Disposition: form-data; name=\"content\"; filename=\"\(filename)\"\r\n\r\n".utf8)
        body += archive.bytes + Array("\r\n--\(boundary)--\r\n".utf8)
        let head = """
            POST \(index)/legacy/ HTTP/1.1\r
            Host: index.example\r
            Authorization: Bearer \(tokens["uploader"] ?? "")\r
            Content-Type: multipart/form-data; boundary=\(boundary)\r
            Content-Length: \(body.count)\r
            \r

            """
        let answer = try await answer(to: Array(head.utf8), body: body)
        guard answer.status == 200 else { throw Failure(answer.statusLine) }
    }
}
