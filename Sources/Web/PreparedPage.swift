import HTTP
import Synchronization
import Wheelhouse

/// A page that names the server's own address, prepared for each of the few addresses that it is asked for by.
///
/// Clients choose what stands in `Host`, so the number is limited: then the address that came first makes room.
final class PreparedPages: Sendable {
    /// A name in the company, one outside, the loopback address, and one to spare.
    static let limit = 4

    private let pages = Mutex<[(origin: String, page: PreparedPage)]>([])

    /// The page for an address such as `https://index.example`; `nil` when it has to be prepared.
    func page(for origin: String) -> PreparedPage? {
        pages.withLock { pages in pages.first { $0.origin == origin }?.page }
    }

    /// Keeps a page. It must have been rendered after this object was found in the cache: then it is as new as the others.
    func keep(_ page: PreparedPage, for origin: String) {
        pages.withLock { pages in
            pages.removeAll { $0.origin == origin }
            if pages.count == Self.limit { pages.removeFirst() }
            pages.append((origin, page))
        }
    }
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

    init(_ page: RenderedPage, fields: HTTPFields, vary: String) {
        identity = Self.variant(page.identity, fields, vary: vary, serial: page.serial, coding: nil)
        gzip = page.gzip.map { Self.variant($0, fields, vary: vary, serial: page.serial, coding: "gzip") }
    }

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
