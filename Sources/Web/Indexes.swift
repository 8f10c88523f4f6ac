public import HTTP
import Packaging
import Wheelhouse

/// All indexes of a server: `main` at its root, each other one below its name, with the same addresses as there.
///
/// Each is a site of its own, and all share what they have prepared. What concerns the whole server is at the root only
/// (`Route.isOfServer`); clients of trusted publishing ask there too, and so get tokens for `main`.
public final class Indexes: HTTPHandler {
    private let main: Site
    /// By how their paths begin, such as `/staging`, which no other one's do.
    private let named: [(prefix: [UInt8], site: Site)]

    /// The indexes beside a site of `main`.
    public init(beside main: Site) {
        self.main = main
        named = main.index.indexNames.dropFirst().map { name in
            let site = Site(name, beside: main)
            return (Array(site.settings.basePath.utf8), site)
        }
    }

    /// Whether an index can have this name: that of a project, normalized, and no word that addresses of `main` begin with.
    public static func canBeNamed(_ name: String) -> Bool {
        ProjectName.isNormalized(name[...]) && name != PackageIndex.mainIndex && !Route.firstWords.contains(name)
    }

    /// Has the index answer whose address it is.
    public func respond(to request: HTTPRequest, body: any HTTPBodyReader) async -> HTTPResponse {
        await site(at: request.target.path).respond(to: request, body: body)
    }

    private func site(at path: String) -> Site {
        let bytes = path.utf8.span
        for (prefix, site) in named where Self.isBelow(bytes, prefix) { return site }
        return main
    }

    private static func isBelow(_ path: Span<UInt8>, _ prefix: [UInt8]) -> Bool {
        guard path.count >= prefix.count else { return false }
        for index in prefix.indices where path[index] != prefix[index] { return false }
        return path.count == prefix.count || path[prefix.count] == UInt8(ascii: "/")
    }
}
