import HTTP
import Packaging
import Wheelhouse

extension Site {
    /// `GET /`
    func home(_ request: HTTPRequest, for viewer: Viewer) async throws(IndexError) -> HTTPResponse {
        let origin = origin(of: request)
        let isReadingOpen = isReadingOpen
        let seen = seen(by: viewer)
        let key = index.view(of: .home(index: indexName), showing: seen)
        let page = try await page(key, origin: origin) { origin async throws(IndexError) in
            let overview = try await index.overview(index: indexName, latest: 15, showing: seen)
            return Page(serial: overview.serial) { [indexName] in
                HomePage(index: indexName, overview: overview, origin: origin, isReadingOpen: isReadingOpen).html()
            }
        }
        guard let page else { throw IndexError(.notFound, "There is no index of this name here") }
        return answer(page, request, for: viewer)
    }

    /// A page before it is rendered, which a worker does: thousands of rows would hold up a loop.
    struct Page {
        let serial: Int64
        /// Of other projects that it links, or would if they were here.
        var mentions = Mentions.Stamp.none
        let content: @Sendable () -> [UInt8]
    }

    /// The page: rendered once, and prepared for each of the few addresses that this server is asked for by.
    ///
    /// - Parameters:
    ///   - guards: what the browser may load for it.
    ///   - origin: the address for this request.
    ///   - read: makes the page for the address that it is given.
    func page(
        _ key: PageKey, as type: String = Site.html, guards: HTTPFields = HTML.guards, origin: String,
        read: (_ origin: String) async throws(IndexError) -> Page?
    ) async throws(IndexError) -> PreparedPage? {
        let pages = key.projectAbove == nil ? self.pages : pagesBelow
        if let known = pages.cached(key), mentions.isCurrent(known.stamp), let page = known.page(for: origin) {
            return page
        }
        let known: PreparedPages?
        do {
            known = try await pages.value(for: key, isCurrent: { mentions.isCurrent($0.stamp) }) {
                let above = mentions.stamp(of: key.projectAbove.map { [$0] } ?? [])
                guard let page = try await read(PageTemplate.mark + settings.basePath) else { return nil }
                let known = PreparedPages(
                    await index.work { PageTemplate(page.content(), serial: page.serial) }, above + page.mentions)
                return (known, known.cost)
            }
        } catch {
            throw IndexError(error)
        }
        guard let known else { return nil }
        if let page = known.page(for: origin) { return page }
        let authority = String(origin.dropLast(settings.basePath.utf8.count))
        let (template, isCompressed) = (known.template, !known.isFull)
        let rendered = await index.work {
            RenderedPage(template.bytes(for: authority), serial: template.serial, isCompressed: isCompressed)
        }
        let page = prepared(rendered, key, as: type, guards)
        known.keep(page, for: origin)
        return page
    }

    static let html = "text/html; charset=utf-8"

    func prepared(
        _ page: RenderedPage, _ key: PageKey, as type: String, _ guards: HTTPFields = HTML.guards
    ) -> PreparedPage {
        var fields = HTTPFields([("Content-Type", type), ("Cache-Control", pageCacheControl(key))])
        fields.append(guards)
        let isForPeople = type == Self.html
        return PreparedPage(
            page, fields: fields, vary: vary(isForPeople ? "Cookie" : "", key), guards: isForPeople ? guards : nil)
    }

    /// How the client reached this server, such as `http://127.0.0.1:8080`, with the base path.
    func origin(of request: HTTPRequest) -> String {
        let scheme = request.isSecure ? "https" : "http"
        let authority = request.authority ?? "localhost"
        return "\(scheme)://\(authority)\(settings.basePath)"
    }
}

extension PublishedFile {
    /// The address of the file below another one.
    func address(below prefix: String) -> String {
        "\(prefix)\(sha256.hex)/\(SimpleFile.percentEncoded(pathComponent: filename))"
    }

    /// Such as `1.2 MB`.
    var sizeText: String { size.sizeText }
}

extension Array {
    /// Neighbours with the same key, together.
    func grouped<Key: Equatable>(by key: KeyPath<Element, Key>) -> [[Element]] {
        var groups: [[Element]] = []
        for element in self {
            if let last = groups.last?.last, last[keyPath: key] == element[keyPath: key] {
                groups[groups.count - 1].append(element)
            } else {
                groups.append([element])
            }
        }
        return groups
    }
}
