import HTTP
import Packaging
import Wheelhouse

extension Site {
    /// `GET /manage/{project}/`
    func manage(_ name: String, _ act: Act) async throws(IndexError) -> HTTPResponse {
        guard act.form == nil else { return notAllowed(.manage(name), act.request) }
        let project = try await managed(name, act) { $0.may(.manage, index: indexName, project: $1) }
        let found = try await index.managedProject(index: indexName, project: project)
        guard let found else { throw IndexError(.notFound, "There is no project named '\(project)' here") }
        let deleted = try await index.deletedFiles(index: indexName, project: project)
        let version = act.request.target.queryValue("version").flatMap { try? Version($0) }
        let number = Self.number(act.request, "page")
        return await page(act) {
            let releases = ManagedRelease.all(found.files, deleted)
            guard let version else {
                return ManagePage(act: act, project: found.project, releases: releases, number: number).html()
            }
            let release = releases.first { $0.version == version } ?? ManagedRelease(version: version)
            return ManagedReleasePage(act: act, project: found.project, release: release, number: number).html()
        }
    }
}

/// A release as its managers see it.
struct ManagedRelease: Sendable {
    let version: Version
    /// Held ones too.
    var files: [PublishedFile] = []
    /// Those that can be restored.
    var deleted: [PublishedFile] = []

    var hasYanked: Bool { files.contains { $0.yank != nil } }
    var hasUnyanked: Bool { files.contains { $0.yank == nil } }
    var heldCount: Int { files.count { $0.holdReason != nil } }

    /// All releases, the newest first.
    static func all(_ files: [PublishedFile], _ deleted: [PublishedFile]) -> [ManagedRelease] {
        var releases: [Version: ManagedRelease] = [:]
        for file in files { releases[file.version, default: ManagedRelease(version: file.version)].files.append(file) }
        for file in deleted {
            releases[file.version, default: ManagedRelease(version: file.version)].deleted.append(file)
        }
        return releases.values.sorted { $0.version > $1.version }
    }
}

/// The page at `/manage/{project}/`.
struct ManagePage {
    static let limit = 100

    let act: Act
    let project: PublishedProject
    let releases: [ManagedRelease]
    let number: Int

    func html() -> [UInt8] {
        var html = HTML()
        let name = project.name.text
        html.begin(title: "Manage \(name) · Wheelhouse", root: "../../")
        html.crumbs([("../../", "Home"), ("../../project/\(project.name.normalized)/", name)], current: "Manage")
        html.element("h1", "Manage \(name)")
        html.markup("\n")
        html.manageBar(.releases)
        html.outcome(act.notice)
        html.markup(
            "<p class=\"lead\">Nothing changes before you have seen what it would do.</p>\n<h2 id=\"releases\">Releases</h2>\n"
        )
        addReleases(to: &html)
        addStatus(to: &html)
        html.end()
        return html.bytes
    }

    private func addReleases(to html: inout HTML) {
        guard !releases.isEmpty else {
            html.markup("<p>This project has no files, and none that could be restored.</p>\n")
            return
        }
        let pages = max(1, (releases.count + Self.limit - 1) / Self.limit)
        let page = min(number, pages)
        html.markup("<table class=\"stack\">\n<thead><tr><th>Version</th><th>Files</th><th>Change</th></tr></thead>\n")
        html.markup("<tbody>\n")
        for release in releases.dropFirst((page - 1) * Self.limit).prefix(Self.limit) { addRow(release, to: &html) }
        html.markup("</tbody>\n</table>\n")
        html.pager(page: page, of: pages, label: "Releases")
    }

    private func addRow(_ release: ManagedRelease, to html: inout HTML) {
        let version = release.version.description
        html.markup("<tr><td>")
        html.element("strong", version)
        if release.hasYanked {
            html.markup(" ")
            html.badge(release.hasUnyanked ? "partly yanked" : "yanked", .warning)
        }
        if release.files.isEmpty {
            html.markup(" ")
            html.badge("deleted", .bad)
        }
        html.markup("</td><td data-label=\"Files\">")
        let counts = [
            (release.files.count, "here"), (release.heldCount, "held"), (release.deleted.count, "deleted"),
        ]
        let words = counts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
        html.link(FormQuery.address([("version", version)]), words, label: "Files of \(version): \(words)")
        html.markup("</td><td><ul class=\"actions\">")
        html.changes(of: release.files, deleted: release.deleted, [("version", version)], name: version)
        html.markup("</ul></td></tr>\n")
    }

    private func addStatus(to html: inout HTML) {
        html.markup("<h2 id=\"status\">State</h2>\n")
        html.status(of: project)
        if project.status == .active { html.markup("<p>This project is active.</p>\n") }
        html.markup("<form class=\"bar\" action=\"change\"><input type=\"hidden\" name=\"action\" value=\"status\">\n")
        html.markup("<label for=\"status-field\">New state</label><select id=\"status-field\" name=\"status\">")
        for status in ProjectStatus.allCases {
            html.markup(status == project.status ? "<option selected>" : "<option>")
            html.text(status.rawValue)
            html.markup("</option>")
        }
        html.markup("</select>\n<button>Change the state</button>\n</form>\n")
    }
}

/// The page at `/manage/{project}/?version={version}`: the files of one release.
struct ManagedReleasePage {
    let act: Act
    let project: PublishedProject
    let release: ManagedRelease
    let number: Int

    func html() -> [UInt8] {
        var html = HTML()
        let name = project.name.text
        html.begin(title: "Manage \(name) \(release.version) · Wheelhouse", root: "../../")
        html.crumbs(
            [("../../", "Home"), ("../../project/\(project.name.normalized)/", name), ("./", "Manage")],
            current: release.version.description)
        html.element("h1", "Manage \(name) \(release.version)")
        html.markup("\n")
        html.outcome(act.notice)
        let files = release.files.map { ($0, false) } + release.deleted.map { ($0, true) }
        guard !files.isEmpty else {
            html.markup("<p>This release has no files, and none that could be restored.</p>\n")
            html.end()
            return html.bytes
        }
        let pages = max(1, (files.count + ManagePage.limit - 1) / ManagePage.limit)
        let page = min(number, pages)
        html.markup(
            "<table class=\"stack\">\n<thead><tr><th>File</th><th>State</th><th>Change</th></tr></thead>\n<tbody>\n")
        for (file, isDeleted) in files.dropFirst((page - 1) * ManagePage.limit).prefix(ManagePage.limit) {
            addRow(file, isDeleted, to: &html)
        }
        html.markup("</tbody>\n</table>\n")
        html.pager(page, of: pages, [("version", release.version.description)])
        html.end()
        return html.bytes
    }

    private func addRow(_ file: PublishedFile, _ isDeleted: Bool, to html: inout HTML) {
        html.markup("<tr><td>")
        html.text(file.filename)
        html.markup("<div class=\"meta\">")
        html.text("\(file.sizeText); uploaded \(file.uploadTime.minute) by \(file.uploader)")
        html.markup("</div></td><td data-label=\"State\">")
        if isDeleted { html.badge("deleted", .bad) }
        if let yank = file.yank {
            html.badge("yanked", .warning)
            html.text(yank.reason.isEmpty ? "" : " \(yank.reason)")
        }
        if let reason = file.holdReason {
            html.badge("held", .warning)
            html.text(" \(reason)")
        }
        if !isDeleted, file.yank == nil, file.holdReason == nil { html.badge("offered", .good) }
        html.markup("</td><td><ul class=\"actions\">")
        html.changes(
            of: isDeleted ? [] : [file], deleted: isDeleted ? [file] : [],
            [("version", file.version.description), ("file", file.filename)],
            name: file.filename)
        html.markup("</ul></td></tr>\n")
    }
}

extension HTML {
    /// Links to the changes that can be made to some files together.
    fileprivate mutating func changes(
        of files: [PublishedFile], deleted: [PublishedFile], _ target: [(name: String, value: String)], name: String
    ) {
        let actions: [(ManagedChange.Action, Bool)] = [
            (.yank, files.contains { $0.yank == nil }), (.unyank, files.contains { $0.yank != nil }),
            (.delete, !files.isEmpty), (.restore, !deleted.isEmpty),
        ]
        for (action, isPossible) in actions where isPossible {
            markup("<li>")
            let address = "change" + FormQuery.address([("action", action.rawValue)] + target)
            link(address, action.title, label: "\(action.title) \(name)")
            markup("</li>")
        }
    }
}
