import HTTP
import Packaging
import Wheelhouse

/// What is new, for feed readers (RSS 2.0), at the addresses of the public index.
enum Feed: CaseIterable {
    /// The projects that came last.
    case newProjects
    /// The files that came last.
    case newFiles

    /// Below the site's root.
    var path: String {
        switch self {
        case .newProjects: "/rss/packages.xml"
        case .newFiles: "/rss/updates.xml"
        }
    }

    var title: String {
        switch self {
        case .newProjects: "Wheelhouse: new projects"
        case .newFiles: "Wheelhouse: new files"
        }
    }

    /// As many as the public index tells.
    fileprivate var limit: Int {
        switch self {
        case .newProjects: 40
        case .newFiles: 100
        }
    }
}

extension Site {
    /// `GET /rss/packages.xml`, `GET /rss/updates.xml`
    func feed(_ feed: Feed, _ request: HTTPRequest, for viewer: Viewer) async throws(IndexError) -> HTTPResponse {
        let origin = origin(of: request)
        let seen = seen(by: viewer)
        let all: PageKey = feed == .newFiles ? .newFiles(index: indexName) : .newProjects(index: indexName)
        let key = index.view(of: all, showing: seen)
        let page = try await page(key, as: "application/rss+xml; charset=utf-8", origin: origin) {
            origin async throws(IndexError) -> Page? in
            let title = feed.title + (indexName == PackageIndex.mainIndex ? "" : " of \(indexName)")
            switch feed {
            case .newProjects:
                let (projects, serial) = try await index.newProjects(
                    index: indexName, limit: feed.limit, showing: seen)
                let items = projects.map { FeedItem($0, origin: origin, index: indexName) }
                return Page(serial: serial) { FeedDocument(feed, title: title, origin: origin, items: items).xml() }
            case .newFiles:
                let (files, serial) = try await index.newFiles(
                    index: indexName, limit: feed.limit, showing: seen)
                let items = files.map { FeedItem($0, origin: origin, index: indexName) }
                return Page(serial: serial) { FeedDocument(feed, title: title, origin: origin, items: items).xml() }
            }
        }
        guard let page else { throw IndexError(.notFound, "There is no index of this name here") }
        return page.answer(request)
    }
}

/// One thing that is new.
struct FeedItem {
    let title: String
    let link: String
    /// The same by whatever address the server is reached.
    let identity: String
    let description: String
    let time: UploadTime

    init(_ project: PublishedProject, origin: String, index: String) {
        title = project.name.text
        link = "\(origin)/project/\(project.name.normalized)/"
        identity = Self.place(index) + "project:\(project.name.normalized)"
        description = project.summary ?? ""
        time = project.created
    }

    init(_ file: PublishedFile, origin: String, index: String) {
        title = "\(file.project.text) \(file.version): \(file.filename)"
        link = "\(origin)/project/\(file.project.normalized)/"
        identity = Self.place(index) + "sha256:\(file.sha256.hex)"
        let kind = file.isWheel ? "Wheel" : "Source distribution"
        description = "\(kind), \(file.sizeText), uploaded by \(file.uploader)"
        time = file.uploadTime
    }

    /// Tells things of other indexes from those of `main`, for readers of both.
    private static func place(_ index: String) -> String { index == PackageIndex.mainIndex ? "" : "\(index)/" }
}

/// A feed as RSS 2.0. It depends on what the index holds alone: no time of its making is in it.
struct FeedDocument {
    private let feed: Feed
    private let title: String
    private let origin: String
    private let items: [FeedItem]

    init(_ feed: Feed, title: String, origin: String, items: [FeedItem]) {
        (self.feed, self.title, self.origin, self.items) = (feed, title, origin, items)
    }

    func xml() -> [UInt8] {
        var xml = HTML()
        xml.markup("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n")
        xml.markup("<rss version=\"2.0\" xmlns:atom=\"http://www.w3.org/2005/Atom\">\n<channel>\n")
        add("title", title, to: &xml)
        add("link", origin + "/", to: &xml)
        add("description", title, to: &xml)
        add("language", "en", to: &xml)
        xml.markup("<atom:link rel=\"self\" type=\"application/rss+xml\" href=\"")
        xml.text(origin + feed.path)
        xml.markup("\"/>\n")
        for item in items {
            xml.markup("<item>\n")
            add("title", item.title, to: &xml)
            add("link", item.link, to: &xml)
            xml.markup("<guid isPermaLink=\"false\">")
            xml.text(item.identity)
            xml.markup("</guid>\n")
            add("description", item.description, to: &xml)
            add("pubDate", HTTPDate.text(item.time.microseconds / 1_000_000), to: &xml)
            xml.markup("</item>\n")
        }
        xml.markup("</channel>\n</rss>\n")
        return xml.bytes
    }

    private func add(_ name: StaticString, _ value: String, to xml: inout HTML) {
        xml.element(name, value.allowedInXML)
        xml.markup("\n")
    }
}

extension String {
    /// With `?` for what no XML document may hold, not even escaped (XML 1.0 §2.2).
    fileprivate var allowedInXML: String {
        let scalars = unicodeScalars.map { scalar -> Unicode.Scalar in
            switch scalar.value {
            case 0x09, 0x0A, 0x0D, 0x20...0xD7FF, 0xE000...0xFFFD, 0x10000...0x10FFFF: scalar
            default: "?"
            }
        }
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars)
        return String(text)
    }
}
