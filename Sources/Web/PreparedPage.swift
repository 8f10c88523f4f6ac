import HTTP
import Synchronization
import Wheelhouse

/// A page that names the server's own address: rendered once, and prepared for the first few addresses that it is asked for
/// by.
///
/// Clients choose what stands in `Host`, so one who invents addresses gets the page too, with the address put where it
/// belongs, but uncompressed: that costs a copy, and neither the catalog nor a rendering.
final class PreparedPages: Sendable {
    /// A name in the company, one outside, the loopback address, and one to spare.
    static let limit = 4

    let template: PageTemplate
    /// The page is true as long as this is current.
    let stamp: Mentions.Stamp
    private let pages = Mutex<[(origin: String, page: PreparedPage)]>([])

    init(_ template: PageTemplate, _ stamp: Mentions.Stamp = .none) {
        (self.template, self.stamp) = (template, stamp)
    }

    /// Memory in bytes, roughly, with all pages that may be kept.
    var cost: Int { 512 + template.count * (Self.limit + 2) }

    /// Whether no page can be kept any more. It stays so until something changes, and all is made anew.
    var isFull: Bool { pages.withLock { $0.count >= Self.limit } }

    /// The page for an address such as `https://index.example`; `nil` when it has to be prepared.
    func page(for origin: String) -> PreparedPage? {
        pages.withLock { pages in pages.first { $0.origin == origin }?.page }
    }

    /// Keeps a page while there is room.
    func keep(_ page: PreparedPage, for origin: String) {
        pages.withLock { pages in
            guard pages.count < Self.limit, !pages.contains(where: { $0.origin == origin }) else { return }
            pages.append((origin, page))
        }
    }
}

/// The bytes of a page around the places where the server's own address stands.
struct PageTemplate: Sendable {
    /// Stands for scheme and authority while a page is rendered. Nobody who uploads can know it, and an authority has no
    /// character that HTML, XML or JSON would write in another way (`HTTP/Authority`).
    static let mark = "~\(String(UInt64.random(in: .min ... .max), radix: 36))~"

    /// One more than there are places.
    private let pieces: [[UInt8]]
    /// The last change that the page shows.
    let serial: Int64

    init(_ bytes: [UInt8], serial: Int64) {
        let mark = Array(Self.mark.utf8)
        var pieces: [[UInt8]] = []
        var start = 0
        var at = 0
        while let found = bytes[at...].firstIndex(of: mark[0]) {
            at = found + 1
            guard bytes[found...].starts(with: mark) else { continue }
            pieces.append(Array(bytes[start..<found]))
            start = found + mark.count
            at = start
        }
        pieces.append(Array(bytes[start...]))
        self.pieces = pieces
        self.serial = serial
    }

    /// In bytes, without the addresses.
    var count: Int { pieces.reduce(0) { $0 + $1.count } }

    /// The page for an address.
    func bytes(for origin: String) -> [UInt8] { Array(pieces.joined(separator: origin.utf8)) }
}

/// A page in all its representations, each a response that only waits for its `Date`.
final class PreparedPage: Sendable {
    /// One representation.
    struct Variant: Sendable {
        let etag: String
        let response: HTTPResponse
        let notModified: HTTPResponse

        /// The answer to a request that chose this representation.
        func answer(_ request: HTTPRequest) -> HTTPResponse {
            switch Conditional.evaluate(request, etag: etag) {
            case .proceed: response
            case .notModified: notModified
            case .preconditionFailed:
                .failure(.preconditionFailed, "The page has changed; its tag is now \(etag)", to: request)
            }
        }
    }

    private let identity: Variant
    private let gzip: Variant?
    /// What a browser may load for a page for people; `nil` for other pages, which are the same for who has signed in.
    let guards: HTTPFields?

    /// - Parameter guards: for a page for people; they are among the fields too.
    init(_ page: RenderedPage, fields: HTTPFields, vary: String, guards: HTTPFields? = nil) {
        self.guards = guards
        identity = Self.variant(page.identity, fields, vary: vary, serial: page.serial, coding: nil)
        gzip = page.gzip.map { Self.variant($0, fields, vary: vary, serial: page.serial, coding: "gzip") }
    }

    /// As rendered.
    var bytes: [UInt8] { if case .bytes(let bytes) = identity.response.body { bytes } else { [] } }

    /// The response for a request, in the coding that it accepts.
    func answer(_ request: HTTPRequest) -> HTTPResponse {
        if let gzip, ContentCoding.choose(request.fields) == .gzip { return gzip.answer(request) }
        return identity.answer(request)
    }

    private static func variant(
        _ content: RenderedPage.Content, _ fields: HTTPFields, vary: String, serial: Int64?, coding: String?
    ) -> Variant {
        let etag = "\"\(content.tag)\""
        // RFC 9110 §15.4.5: a 304 repeats what a 200 would say about caching.
        var validators = HTTPFields([("ETag", etag), ("Vary", vary)])
        validators.append(fields)
        if let serial { validators.append("X-PyPI-Last-Serial", String(serial)) }
        var all = validators
        if let coding { all.append("Content-Encoding", coding) }
        return Variant(
            etag: etag, response: HTTPResponse(.ok, fields: all, body: .bytes(content.bytes)),
            notModified: HTTPResponse(.notModified, fields: validators))
    }
}
