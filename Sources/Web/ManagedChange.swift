import HTTP
import Packaging
import Wheelhouse

/// A change that a manager wants to make, as an address and a form say it.
struct ManagedChange: Sendable {
    /// What is done.
    enum Action: String {
        case yank, unyank, delete, restore, status

        /// On links and buttons.
        var title: String {
            switch self {
            case .yank: "Yank"
            case .unyank: "Un-yank"
            case .delete: "Delete"
            case .restore: "Restore"
            case .status: "Change the state"
            }
        }

        var notice: Notice {
            switch self {
            case .yank: .yanked
            case .unyank: .unyanked
            case .delete: .deleted
            case .restore: .restored
            case .status: .statusSet
            }
        }
    }

    let action: Action
    let project: ProjectName
    let version: String
    let file: String
    let status: String

    /// - Parameter value: what was sent under a name.
    /// - Throws: `IndexError.invalid` when there is no such change.
    init(project: ProjectName, _ value: (String) -> String?) throws(IndexError) {
        guard let action = value("action").flatMap(Action.init) else {
            throw IndexError(
                .invalid, "'action' must be yank, unyank, delete, restore or status; go back to the project")
        }
        self.action = action
        self.project = project
        version = value("version") ?? ""
        file = value("file") ?? ""
        status = value("status") ?? ""
    }

    /// What it is done to; of a deletion, it must be typed in.
    var target: String {
        if action == .status { return project.text }
        return file.isEmpty ? "\(project.normalized)==\(version)" : file
    }

    /// The fields that say it once more.
    var fields: [(name: String, value: String)] {
        [("action", action.rawValue), ("version", version), ("file", file), ("status", status)]
    }

    /// The page that shows the result, below `/`.
    var page: String {
        let page = "manage/\(project.normalized)/"
        return file.isEmpty || version.isEmpty ? page : page + FormQuery.address([("version", version)])
    }
}

extension Site {
    /// `GET /manage/{project}/change` shows what a change would do, `POST` makes it.
    func change(_ name: String, _ act: Act) async throws(IndexError) -> HTTPResponse {
        let project = try await managed(name, act) { $0.may(.manage, index: indexName, project: $1) }
        let change = try ManagedChange(project: project) { act.form?[$0] ?? act.request.target.queryValue($0) }
        let plain = try await operation(change, nil, act)
        let outcome = try await index.perform(plain, by: act.principal, from: act.caller, isRehearsal: true)
        let usage = try await index.usage(index: indexName, project: project.normalized)
        var shown = ChangePage(act: act, change: change, outcome: outcome, usage: usage)
        guard let form = act.form else { return await page(act) { [shown] in shown.html() } }
        shown.reason = form["reason"] ?? ""
        do throws(IndexError) {
            shown.isUnconfirmed = change.action == .delete && form["confirm"]?.trimmed != change.target
            guard !shown.isUnconfirmed else { throw IndexError(.invalid, "That is not \(change.target)") }
            let operation = try await operation(change, shown.reason, act)
            let done = try await index.perform(operation, by: act.principal, from: act.caller)
            let notice = done.isChange ? change.action.notice : .unchanged
            return self.done(notice, act, see: change.page)
        } catch {
            guard error.code == .invalid else { throw error }
            shown.error = error
            return await page(act, refused: error) { [shown] in shown.html() }
        }
    }

    private func operation(
        _ change: ManagedChange, _ reason: String?, _ act: Act
    ) async throws(IndexError) -> ProjectOperation {
        let action: ProjectOperation.Action
        switch change.action {
        case .yank: action = .yank
        case .unyank: action = .unyank
        case .delete: action = .delete
        case .restore: action = .restore
        case .status:
            guard let status = ProjectStatus(rawValue: change.status) else {
                let words = ProjectStatus.allCases.map(\.rawValue).joined(separator: ", ")
                throw IndexError(.invalid, "The states are \(words)")
            }
            return try ProjectOperation(
                .setStatus(status), .project, of: change.project, index: indexName, reason: reason)
        }
        if !change.file.isEmpty {
            let place = try await index.place(ofFile: change.file, index: indexName, for: act.principal)
            // The page was asked for under this project's name.
            guard place.project.normalized == change.project.normalized else {
                throw IndexError(.notFound, "\(change.project) has no file of this name")
            }
            return try ProjectOperation(action, place.part, of: change.project, index: indexName, reason: reason)
        }
        guard let version = try? Version(change.version) else {
            throw IndexError(.notFound, "\(change.project) has no such release")
        }
        return try ProjectOperation(action, .release(version), of: change.project, index: indexName, reason: reason)
    }
}

/// The page that shows what a change would do, with the form that makes it.
struct ChangePage: Sendable {
    private static let fileLimit = 20

    let act: Act
    let change: ManagedChange
    let outcome: OperationOutcome
    /// `nil` where downloads are not counted.
    let usage: ProjectUsage?
    var reason = ""
    var error: IndexError?
    /// Whether what was typed in is not what is to be deleted; else it is the reason that cannot be taken.
    var isUnconfirmed = false

    private var title: String { "\(change.action.title): \(change.target)" }

    func html() -> [UInt8] {
        var html = HTML()
        let name = change.project.normalized
        html.begin(title: "\(title) · Wheelhouse", root: "../../")
        html.crumbs(
            [("../../", "Home"), ("../../project/\(name)/", name), ("./", "Manage")], current: change.action.title)
        html.element("h1", title)
        html.markup("\n")
        html.outcome(nil, error)
        html.element("p", meaning)
        html.markup("\n")
        if outcome.isChange || change.action == .yank || change.action == .status {
            addFiles(to: &html)
            addDownloads(to: &html)
            addDependents(to: &html)
            addForm(to: &html)
        } else {
            html.notice("It is so already: there is nothing to change.")
        }
        html.markup("<p>")
        html.link("./", "Back, without a change")
        html.markup("</p>\n")
        html.end()
        return html.bytes
    }

    /// What the change means for those who install.
    private var meaning: String {
        switch change.action {
        case .yank:
            "Installers will avoid it, unless somebody asks for exactly this version. It stays on its page, with the reason."
        case .unyank: "Installers will take it again like any other."
        case .delete:
            "Nobody will see it any more. It can be restored until 'wheelhouse gc' removes its bytes; its name never comes "
                + "back with other bytes."
        case .restore: "It will be there again as it was, with the same bytes."
        case .status:
            switch ProjectStatus(rawValue: change.status) {
            case .deprecated:
                "Deprecated: it still works, but its page and installers say that it should not be used any more."
            case .archived: "Archived: what is there stays, and nothing new can be uploaded."
            case .quarantined: "Quarantined: no file of it is offered to anybody, and nothing can be uploaded."
            default: "Active: it is offered, and takes uploads, as usual."
            }
        }
    }

    private func addFiles(to html: inout HTML) {
        guard !outcome.files.isEmpty else { return }
        html.markup("<h2>Files</h2>\n<ul>\n")
        for file in outcome.files.prefix(Self.fileLimit) {
            html.element("li", file)
            html.markup("\n")
        }
        let rest = outcome.files.count - Self.fileLimit
        if rest > 0 { html.element("li", "and \(rest) more") }
        html.markup("</ul>\n")
    }

    private func addDownloads(to html: inout HTML) {
        guard let usage else { return }
        let files = Set(outcome.files)
        let count = usage.files.filter { files.contains($0.name) }.reduce(0) { $0 + $1.count }
        html.markup("<h2>Downloads</h2>\n<p>")
        let thing = files.count == 1 ? "this file" : "these files"
        html.text("Of \(thing) in the last \(usage.daily.count) days: \(count.grouped).")
        html.markup("</p>\n")
    }

    private func addDependents(to html: inout HTML) {
        html.markup("<h2>Who requires it here</h2>\n")
        guard !outcome.dependents.isEmpty else {
            html.markup("<p>No release in this index would miss it.</p>\n")
            return
        }
        if outcome.brokenCount > 0 {
            html.notice(
                "Releases that nothing would satisfy any more: \(outcome.brokenCount) of \(outcome.dependentCount).",
                .bad)
        }
        html.markup(
            "<table class=\"stack\">\n<thead><tr><th>Release</th><th>Requires</th><th>Then</th></tr></thead>\n<tbody>\n"
        )
        for dependent in outcome.dependents {
            html.markup("<tr><td>")
            html.link(
                "../../project/\(dependent.project.normalized)/\(dependent.version.segment)/",
                "\(dependent.project) \(dependent.version)")
            html.markup("</td><td data-label=\"Requires\"><code>")
            html.text(dependent.requirement)
            html.markup("</code></td><td data-label=\"Then\">")
            html.badge(
                dependent.isBroken ? "cannot be installed" : "still satisfied", dependent.isBroken ? .bad : .plain)
            html.markup("</td></tr>\n")
        }
        html.markup("</tbody>\n</table>\n")
        let rest = outcome.dependentCount - outcome.dependents.count
        if rest > 0 { html.element("p", "And \(rest) more.") }
    }

    private func addForm(to html: inout HTML) {
        html.beginForm("change", for: act.signedIn, isRow: false)
        for (name, value) in change.fields { html.hidden(name, value) }
        if change.action != .unyank {
            html.field(
                HTML.Field(
                    name: "reason", label: "Reason", value: reason, hint: reasonHint,
                    error: isUnconfirmed ? nil : error?.sentence,
                    limit: ProjectOperation.reasonLimitBytes))
        }
        if change.action == .delete {
            html.field(
                HTML.Field(
                    name: "confirm", label: "Type \(change.target) to delete it",
                    error: isUnconfirmed ? error?.sentence : nil,
                    isRequired: true, limit: 300))
        }
        html.markup(change.action == .delete ? "<p><button class=\"danger\">" : "<p><button>")
        html.text(change.action.title)
        html.markup("</button></p>\n")
        html.endForm()
    }

    private var reasonHint: String {
        switch change.action {
        case .delete, .restore: "For the journal."
        default: "Shown on the page, and by installers."
        }
    }
}
