import Foundation
import HTTP
import Packaging
import Posix
import Storage
import Synchronization
import Web

@testable import Wheelhouse

/// A site on a real store in a temporary folder, with one token of each kind.
final class World: Sendable {
    let path: String
    private let isSecure: Bool
    let store: Store
    private let index: PackageIndex
    /// After `! counting`.
    let downloads: DownloadCounter?
    let site: Site
    /// `site`, or with others beside it.
    private let handler: any HTTPHandler
    let tokens: [String: String]

    /// - Parameters:
    ///   - setup: the lines of a transcript that begin with `!`.
    ///   - now: the time by which passwords are remembered and guesses are counted, in nanoseconds.
    init(_ setup: [String] = [], now: @escaping @Sendable () -> Int64 = { Clock.monotonicNanoseconds }) throws {
        path = NSTemporaryDirectory() + "/wheelhouse-web-\(UUID().uuidString)"
        let store = try Store(directory: path)
        self.store = store
        var settings = Site.Settings()
        var isSecure = false
        var downloads: DownloadCounter?
        var issuers: [TrustedIssuer] = []
        var policy = Policy(uploadLimitBytes: 1 << 20, isReadingOpen: true)
        for line in setup {
            let words = line.split(separator: " ", maxSplits: 1).map(String.init)
            switch words[0] {
            case "closed": policy.isReadingOpen = false
            case "limit": policy.uploadLimitBytes = Int64(words[1]) ?? 0
            case "base": settings.basePath = words[1]
            case "secure": isSecure = true
            case "counting": downloads = DownloadCounter(try UsageStore(of: store), keptDays: 400)
            case "indexes": policy.indexes = words[1].split(separator: " ").map(String.init)
            case "public": settings.publicAddress = words[1]
            case "managers": policy.newProjects.needManager = true
            case "private": policy.newProjects.arePrivate = true
            case "robot": try Self.makeToken("\(words[1])#1", of: words[1], in: store)
            case "issuer": issuers.append(try TrustedIssuer(words[1]))
            case "signers": policy.signatures = try Self.signaturePolicy()
            default: throw Failure("'! \(line)' means nothing")
            }
        }
        self.isSecure = isSecure
        self.downloads = downloads
        index = try PackageIndex(store, policy: policy, downloads: downloads, now: now)
        if !issuers.isEmpty {
            settings.trustedPublishing = TrustedPublishing(
                index, audience: "index.example", issuers: issuers, fetch: { _ in .failure(FetchFailure("not here")) },
                report: { _ in })
        }
        tokens = try Self.makeTokens(in: store, policy.indexes)
        try index.refresh()
        let sink = Sink()
        site = Site(index, settings: settings, openFiles: 16) { line in sink.lines.withLock { $0.append(line) } }
        self.sink = sink
        handler = policy.indexes.isEmpty ? site : Indexes(beside: site)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Takes in what has been written to the store behind the index's back.
    func refresh() throws { try index.refresh() }

    /// Has what was refused written to the journal.
    func writeRefusals() throws { try index.writeRefusals() }

    /// Has a page made anew.
    func forget(_ page: PageKey) { index.announce([page]) }

    private final class Sink: Sendable {
        let lines = Mutex<[String]>([])
    }

    private let sink: Sink

    /// What the site reported for the log.
    var reported: [String] { sink.lines.withLock { $0 } }

    /// Files are held until somebody has signed them whose key nobody has.
    private static func signaturePolicy() throws -> SignaturePolicy {
        let ann = SignerRequirement.signer("ann", [.minisign(id: "0123456789ABCDEF")])
        var rule = SignaturePolicy.Rule(projects: ["demo"], demand: .signers(ann), place: "policy.json5 line 1")
        rule.missing = .quarantine
        return SignaturePolicy(rules: [rule])
    }

    private static func makeTokens(in store: Store, _ indexes: [String]) throws -> [String: String] {
        let demo = try ProjectName("demo")
        let requests: [PackageIndex.TokenRequest] = [
            .init(name: "admin", permissions: [.admin]),
            .init(name: "uploader", permissions: [.upload]),
            .init(name: "manager", permissions: [.manage]),
            .init(name: "manager-of-demo", permissions: [.manage], projects: [demo]),
            .init(name: "manager-of-other", permissions: [.manage], projects: [try ProjectName("other")]),
            .init(name: "reader", permissions: [.read]),
            .init(name: "reader-of-demo", permissions: [.read], projects: [try ProjectName("demo")]),
            .init(name: "reader-of-other", permissions: [.read], projects: [try ProjectName("other")]),
            .init(name: "scoped", permissions: [.upload], projects: [demo]),
            .init(name: "uploader-of-other", permissions: [.upload], projects: [try ProjectName("other")]),
            .init(name: "expired", permissions: [.upload, .read], expiresInSeconds: -1),
            .init(name: "revoked", permissions: [.upload, .read]),
        ]
        var outsider = PackageIndex.TokenRequest(name: "outsider", permissions: Set(Permission.allCases))
        outsider.account = "nobody"
        try PackageIndex.createAccount("nobody", .robot, by: "tests", in: store)
        var secrets = ["outsider": try PackageIndex.createToken(outsider, by: "tests", in: store)]
        let ofIndexes = indexes.flatMap { index in
            [Permission.read, .upload, .admin].map {
                PackageIndex.TokenRequest(name: "\($0)-\(index)", permissions: [$0], indexes: [index])
            }
        }
        for request in requests + ofIndexes {
            secrets[request.name] = try PackageIndex.createToken(request, by: "tests", in: store)
        }
        secrets["elsewhere"] = try makeToken("elsewhere", of: "elsewhere", indexes: ["other"], in: store)
        try PackageIndex.revokeToken(named: "revoked", by: "tests", in: store)
        return secrets
    }

    /// A token with its robot as no command makes it: for another index, or by the name of a publisher.
    @discardableResult
    private static func makeToken(
        _ name: String, of robot: String, indexes: Set<String>? = nil, in store: Store
    ) throws -> String {
        let secret = try TokenSecret.make()
        var token = TokenRecord(
            name: name, account: robot, secretDigest: TokenSecret.digest(of: secret),
            permissions: ["read", "upload"], created: UploadTime(microseconds: 0))
        token.indexes = indexes
        let record = token
        try store.writeAndWait { catalog throws(StorageError) in
            _ = try catalog.createAccount(robot, .robot, by: "tests".occasion)
            _ = try catalog.createToken(record, by: "tests".occasion)
        }
        return secret
    }

    /// The blobs in the folder, by their paths.
    func blobs() throws -> [String] {
        let root = path + "/blobs/sha256"
        return try FileManager.default.subpathsOfDirectory(atPath: root).filter { $0.utf8.count > 2 }.sorted()
    }

    /// Sends one request, and returns the bytes of its answer as they would go to the client.
    func answer(to head: [UInt8], body: [UInt8], isSecure: Bool? = nil) async throws -> WireResponse {
        var parser = RequestParser()
        guard var (request, _) = try parser.parse(head, from: 0, to: head.count) else {
            throw Failure("the request's head has no end")
        }
        request.isSecure = isSecure ?? self.isSecure
        let reader = PiecewiseBody(body, request.framing)
        let response = await handler.respond(to: request, body: reader)
        var bytes: [UInt8] = []
        let encoder = ResponseEncoder(to: request.method, minorVersion: 1, keepsAlive: true)
        encoder.encodeHead(response, date: [], into: &bytes)
        var content: [UInt8] = []
        if encoder.sendsBody(response) {
            switch response.body {
            case .empty: break
            case .bytes(let bytes): content = bytes
            case .file(let file, let offset, let length): content = try file.read(at: offset, count: Int(length))
            }
        }
        return WireResponse(head: bytes, content: content)
    }
}

/// A body that comes in pieces of odd sizes, from one byte on.
final class PiecewiseBody: HTTPBodyReader {
    let declaredLength: Int64?
    private var rest: ArraySlice<UInt8>
    private var pieces = 0

    init(_ bytes: [UInt8], _ framing: BodyFraming) {
        switch framing {
        case .none: declaredLength = 0
        case .sized(let length): declaredLength = length
        case .chunked: declaredLength = nil
        }
        rest = bytes[...]
        missing = declaredLength.map { $0 - Int64(bytes.count) } ?? 0
    }

    private let missing: Int64

    func read(into buffer: inout [UInt8]) async throws(HTTPError) -> Bool {
        guard !rest.isEmpty else {
            guard missing <= 0 else {
                throw HTTPError(.badRequest, "The connection ended before the request body was complete")
            }
            return false
        }
        await Task.yield()
        let sizes = [1, 2, 3, 61, 5, 1021, 7, 4099]
        let piece = rest.prefix(sizes[pieces % sizes.count])
        pieces += 1
        buffer.append(contentsOf: piece)
        rest = rest.dropFirst(piece.count)
        return true
    }
}

/// An answer as a client sees it.
struct WireResponse {
    let statusLine: String
    let fields: [(name: String, value: String)]
    let content: [UInt8]

    init(head: [UInt8], content: [UInt8]) {
        let text = String(head.map { Character(UnicodeScalar($0)) })
        // One Character: Swift joins CR and LF.
        let lines = text.split(separator: "\r\n")
        statusLine = String(lines[0])
        fields = lines.dropFirst().map { line in
            let colon = line.firstIndex(of: ":") ?? line.endIndex
            return (line[..<colon].lowercased(), String(line[colon...].dropFirst(2)))
        }
        self.content = content
    }

    var status: Int { Int(statusLine.split(separator: " ")[1]) ?? 0 }

    /// The values of a field, joined.
    subscript(_ name: String) -> String? {
        let values = fields.filter { $0.name == name.lowercased() }.map(\.value)
        return values.isEmpty ? nil : values.joined(separator: ", ")
    }
}
