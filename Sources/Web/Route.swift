import HTTP
import Packaging

/// Every address of the server, parsed from a request's path.
///
/// Paths come percent-decoded once, without `.`, `..`, empty segments or encoded slashes (`RequestTarget`).
enum Route: Equatable {
    /// `/`: the home page; uploads too.
    case home
    /// `/simple/`: the project list; uploads too.
    case projectList
    /// `/simple/{project}/`
    case projectDetail(String)
    /// `/legacy/`, with and without the last slash: uploaders do not follow redirects.
    case upload
    /// `/packages/{sha256}/{filename}`
    case file(sha256: String, filename: String)
    /// `/project/{project}/`
    case project(String)
    /// `/healthz`: the process is alive.
    case alive
    /// `/readyz`: it can serve.
    case ready
    /// `/_/style.css`
    case style
    /// A known page asked for without its last slash, or a name that is not normalized: where it is, relative to the
    /// request's own address.
    case moved(String)
    /// Nothing here.
    case unknown

    init(path: String) {
        if let name = Self.segment(of: path, after: "/simple/") {
            self = Self.page(name, Route.projectDetail)
            return
        }
        if let rest = Self.rest(of: path, after: "/packages/") {
            self = Self.file(rest)
            return
        }
        if let name = Self.segment(of: path, after: "/project/") {
            self = Self.page(name, Route.project)
            return
        }
        switch path {
        case "/": self = .home
        case "/simple/": self = .projectList
        case "/simple": self = .moved("simple/")
        case "/legacy/", "/legacy": self = .upload
        case "/healthz": self = .alive
        case "/readyz": self = .ready
        case "/_/style.css": self = .style
        default: self = .unknown
        }
    }

    /// A page of a project: its name normalized, its address with a slash at the end, else where that is.
    private static func page(_ segment: Substring, _ make: (String) -> Route) -> Route {
        let name = segment.last == "/" ? segment.dropLast() : segment
        guard !name.utf8.contains(UInt8(ascii: "/")) else { return .unknown }
        if ProjectName.isNormalized(name) {
            return name.endIndex == segment.endIndex ? .moved("\(name)/") : make(String(name))
        }
        guard let project = try? ProjectName(String(name)) else { return .unknown }
        return .moved(segment.last == "/" ? "../\(project.normalized)/" : "\(project.normalized)/")
    }

    private static func file(_ rest: Substring) -> Route {
        guard let slash = rest.utf8.firstIndex(of: UInt8(ascii: "/")) else { return .unknown }
        let filename = rest[rest.index(after: slash)...]
        guard !filename.isEmpty, !filename.utf8.contains(UInt8(ascii: "/")) else { return .unknown }
        return .file(sha256: String(rest[..<slash]), filename: String(filename))
    }

    private static func segment(of path: String, after prefix: String) -> Substring? {
        guard let rest = rest(of: path, after: prefix), !rest.isEmpty else { return nil }
        return rest
    }

    private static func rest(of path: String, after prefix: String) -> Substring? {
        guard path.utf8.starts(with: prefix.utf8) else { return nil }
        return path[path.utf8.index(path.utf8.startIndex, offsetBy: prefix.utf8.count)...]
    }

    /// The methods that the address answers, for `Allow` (RFC 9110 §10.2.1).
    var methods: String {
        switch self {
        case .home, .projectList: "GET, HEAD, POST"
        case .upload: "POST"
        default: "GET, HEAD"
        }
    }
}
