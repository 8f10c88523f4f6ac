import HTTP
import Packaging
import Wheelhouse

/// A page of the Simple API in the three types that clients ask for.
final class PreparedSimplePage: Sendable {
    private let json: PreparedPage
    private let html: PreparedPage
    private let textHTML: PreparedPage

    init(_ page: SimplePage, cacheControl: String, vary: String) {
        func prepare(_ rendered: RenderedPage, as format: SimpleFormat) -> PreparedPage {
            PreparedPage(rendered, fields: Self.fields(of: format, cacheControl), vary: vary)
        }
        json = prepare(page.json, as: .json)
        html = prepare(page.html, as: .html)
        textHTML = prepare(page.html, as: .textHTML)
    }

    /// The fields that say what a page in one form is.
    static func fields(of format: SimpleFormat, _ cacheControl: String) -> HTTPFields {
        let type = format == .textHTML ? "text/html; charset=utf-8" : format.mediaType
        return HTTPFields([
            ("Content-Type", type), ("Cache-Control", cacheControl), ("X-Content-Type-Options", "nosniff"),
            ("Content-Security-Policy", "default-src 'none'"), ("Referrer-Policy", "no-referrer"),
        ])
    }

    func page(_ format: SimpleFormat) -> PreparedPage {
        switch format {
        case .json: json
        case .html: html
        case .textHTML: textHTML
        }
    }
}

/// The choice between the forms of the Simple API (simple repository API, "Version + Format Selection").
enum SimpleNegotiation {
    private static let offered: [(type: String, format: SimpleFormat)] = [
        ("application/vnd.pypi.simple.v1+json", .json), ("application/vnd.pypi.simple.latest+json", .json),
        ("application/vnd.pypi.simple.v1+html", .html), ("application/vnd.pypi.simple.latest+html", .html),
        ("text/html", .textHTML),
    ]
    /// hatch, pipenv and browsers send `*/*` and read HTML.
    private static let accept = Accept(offers: offered.map(\.type), anything: 4)

    /// What pip and uv send begins with this, at the highest quality.
    private static let installers = Array(
        "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html".utf8)

    /// The form for a request; `nil` when the client takes none of them.
    static func format(for request: HTTPRequest) -> SimpleFormat? {
        if !request.target.query.isEmpty, let wanted = request.target.queryValue("format") {
            // A plus sign in a query means a space: take it for what it was meant to be.
            let type = wanted.split(separator: " ", omittingEmptySubsequences: false).joined(separator: "+")
            return offered.first { $0.type == type }?.format
        }
        if isInstaller(request) { return .json }
        return accept.choose(request.fields).map { offered[$0].format }
    }

    /// Whether the request takes what pip and uv take. The quick way for what nearly all requests send.
    static func isInstaller(_ request: HTTPRequest) -> Bool {
        request.fields.bytes(.accept).map(isInstallers) ?? false
    }

    private static func isInstallers(_ value: ArraySlice<UInt8>) -> Bool {
        guard value.count > installers.count else { return false }
        let (bytes, wanted) = (value.span.extracting(first: installers.count), installers.span)
        // All bytes at once: the compiler makes vectors of it.
        var difference: UInt8 = 0
        for at in wanted.indices { difference |= bytes[at] ^ wanted[at] }
        guard difference == 0 else { return false }
        let rest = value.dropFirst(installers.count)
        // The second type must be weighted, else the order of preference decides: the slow path knows.
        return rest.starts(with: "; q=0.1".utf8) || rest.starts(with: ";q=0.2".utf8)
    }

    static let refusal =
        "This page exists as " + offered.map(\.type).joined(separator: ", ") + "; accept one of these types"
}

extension Site {
    func projectList(_ request: HTTPRequest, for viewer: Viewer) async throws(IndexError) -> HTTPResponse {
        let seen = seen(by: viewer)
        let key = index.view(of: .projectList(index: indexName), showing: seen)
        return try await simple(request, key) { [index, indexName] () async throws(IndexError) in
            try await index.projectList(index: indexName, showing: seen)
        }
    }

    func projectDetail(
        _ name: String, _ request: HTTPRequest, for viewer: Viewer
    ) async throws(IndexError) -> HTTPResponse {
        let seen = seen(by: viewer, project: name)
        let key = index.view(of: .projectDetail(index: indexName, project: name), showing: seen)
        return try await simple(request, key) { [index, indexName, places] () async throws(IndexError) in
            try await index.projectDetail(index: indexName, project: name, places, showing: seen)
        }
    }

    /// `GET /legacy/+simple/{project}/`, where hatch looks for what need not be uploaded again: the project's page in
    /// HTML, which is all that hatch reads, with links that are right at this address.
    ///
    /// - Parameter depth: of the address, in segments.
    func existingFiles(
        _ name: String, depth: Int, _ request: HTTPRequest, for viewer: Viewer
    ) async throws(IndexError) -> HTTPResponse {
        var places = places
        places.packages = String(repeating: "../", count: depth) + "packages/"
        let seen = seen(by: viewer, project: name)
        let page = try await index.projectDetailHTML(index: indexName, project: name, places, showing: seen)
        guard let page else { throw IndexError(.notFound, "There is no project of this name here") }
        let key = index.view(of: .projectDetail(index: indexName, project: name), showing: seen)
        let fields = PreparedSimplePage.fields(of: .textHTML, pageCacheControl(key))
        return PreparedPage(page, fields: fields, vary: vary("", key)).answer(request)
    }

    /// Where the links of pages at `/simple/{project}/` lead.
    private var places: FilePlaces {
        var places = FilePlaces()
        places.secureOrigin = settings.publicAddress.isEmpty ? nil : settings.publicAddress
        return places
    }

    private func simple(
        _ request: HTTPRequest, _ key: PageKey, render: () async throws(IndexError) -> SimplePage?
    ) async throws(IndexError) -> HTTPResponse {
        guard let format = SimpleNegotiation.format(for: request) else {
            return failure(.notAcceptable, SimpleNegotiation.refusal, to: request)
        }
        if let page = simplePages.cached(key) { return page.page(format).answer(request) }
        let page: PreparedSimplePage?
        do {
            page = try await simplePages.value(for: key) {
                guard let rendered = try await render() else { return nil }
                let prepared = PreparedSimplePage(
                    rendered, cacheControl: pageCacheControl(key), vary: vary("Accept", key))
                return (prepared, rendered.json.cost + rendered.html.cost)
            }
        } catch {
            throw IndexError(error)
        }
        guard let page else { throw IndexError(.notFound, "There is no project of this name here") }
        return page.page(format).answer(request)
    }
}
