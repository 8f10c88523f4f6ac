import HTTP
import Packaging
import Wheelhouse

extension Site {
    /// `GET /project/{project}/compare/{old}...{new}/`
    func difference(
        _ name: String, _ old: String, _ new: String, _ request: HTTPRequest, for viewer: Viewer
    ) async throws(IndexError) -> HTTPResponse {
        let seen = seen(by: viewer, project: name)
        guard let from = try? Version(old), let to = try? Version(new) else {
            throw await missing(name, (try? Version(old)) == nil ? old : new, seen)
        }
        let number = Self.number(request, "page")
        let below = Below(name, "compare/\(from)...\(to)/?\(number)", seen)
        return try await answer(request, below, for: viewer) { _ async throws(IndexError) in
            let difference = try await index.difference(
                index: indexName, project: name, from: from, to: to, showing: seen)
            guard let difference else {
                let known = try await index.release(index: indexName, project: name, version: from, showing: seen)
                throw await missing(name, known == nil ? old : new, seen)
            }
            let page = DifferencePage(difference: difference, number: number)
            return Page(serial: difference.project.project.serial) { page.html() }
        }
    }
}

/// What changed from one release to another.
struct DifferencePage {
    private static let rowLimit = 200

    let difference: ReleaseDifference
    let number: Int

    private var name: String { difference.project.project.name.text }

    func html() -> [UInt8] {
        let (old, new, root) = (difference.versions.old, difference.versions.new, "../../../../")
        var html = HTML()
        html.begin(title: "\(name) \(old) and \(new) compared · Wheelhouse", root: root)
        html.crumbs(
            [(root, "Home"), (root + "projects/", "Projects"), ("../../", name)], current: "\(old) to \(new)")
        html.element("h1", "\(name): \(old) to \(new)")
        html.markup("\n<p>")
        html.link("../../\(old.segment)/", "\(name) \(old)")
        html.markup(" · ")
        html.link("../../\(new.segment)/", "\(name) \(new)")
        html.markup(" · ")
        html.link("../\(new.segment)...\(old.segment)/", "The other way round")
        html.markup("</p>\n<h2>Metadata</h2>\n")
        addFields(to: &html)
        html.markup("<h2>Files inside</h2>\n")
        addMembers(to: &html)
        html.end()
        return html.bytes
    }

    private func addFields(to html: inout HTML) {
        guard !difference.fields.isEmpty else {
            html.markup("<p>Nothing changed but the version.</p>\n")
            return
        }
        html.markup(
            "<table class=\"stack\">\n<thead><tr><th>Field</th><th>Before</th><th>After</th></tr></thead>\n<tbody>\n")
        for field in difference.fields.prefix(100) {
            html.markup("<tr><th scope=\"row\">")
            html.text(field.name)
            html.markup("</th><td data-label=\"Before\">")
            for value in field.removed.prefix(20) { html.change("del", value) }
            html.markup("</td><td data-label=\"After\">")
            for value in field.added.prefix(20) { html.change("ins", value) }
            html.markup("</td></tr>\n")
        }
        html.markup("</tbody>\n</table>\n")
    }

    private func addMembers(to html: inout HTML) {
        guard let archives = difference.archives else {
            html.markup("<p>The two releases have no archives of one kind to compare.</p>\n")
            return
        }
        let members = difference.members
        html.markup("<p>")
        html.text("\(archives.old) and \(archives.new): \(members.count) files differ")
        html.text(difference.isCut ? ", as far as their first files were compared." : ".")
        html.markup("</p>\n")
        guard !members.isEmpty else { return }
        let pages = max(1, (members.count + Self.rowLimit - 1) / Self.rowLimit)
        let page = min(number, pages)
        html.markup(
            "<table class=\"stack\">\n<thead><tr><th>Path</th><th>Change</th><th class=\"number\">Size</th></tr></thead>\n<tbody>\n"
        )
        for member in members.dropFirst((page - 1) * Self.rowLimit).prefix(Self.rowLimit) {
            html.markup("<tr><td>")
            html.text(member.path)
            html.markup("</td><td data-label=\"Change\">")
            html.text(member.oldSize == nil ? "added" : member.newSize == nil ? "removed" : "changed")
            html.markup("</td><td class=\"number\" data-label=\"Size\">")
            let sizes = [member.oldSize, member.newSize].compactMap { $0?.sizeText }
            html.text(sizes.joined(separator: " → "))
            html.markup("</td></tr>\n")
        }
        html.markup("</tbody>\n</table>\n")
        html.pager(page: page, of: pages, label: "Files")
    }
}

extension HTML {
    fileprivate mutating func change(_ name: StaticString, _ value: String) {
        markup("<div>")
        element(name, String(value.prefix(500)))
        markup("</div>")
    }
}
