import Packaging
import Wheelhouse

/// What a release says about itself, beside its description.
struct ReleaseFacts {
    let release: ReleaseOverview
    let offer: ReleaseOffer
    let root: String

    private static let listLimit = 60

    func add(to html: inout HTML) {
        html.markup("<h2>About</h2>\n<dl class=\"facts\">\n")
        fact("Python", release.core?.requiresPython ?? "any version", to: &html)
        if let license = license { fact("Licence", license, to: &html) }
        for (field, label) in [("Author", "Author"), ("Maintainer", "Maintainer")] {
            if let name = value(field) { fact(label, name, to: &html) }
            guard let mailbox = value("\(field)-email") else { continue }
            fact(mailbox.contains("<") ? label : "\(label)’s e-mail", mailbox, to: &html)
        }
        if let newest = release.files.map(\.uploadTime).max() {
            html.markup("<dt>Uploaded</dt><dd>")
            html.time(newest)
            let uploaders = Set(release.files.map(\.uploader)).sorted().prefix(4)
            html.text(" by " + uploaders.joined(separator: ", "))
            html.markup("</dd>\n")
        }
        if let keywords = value("Keywords") {
            fact("Keywords", keywords.split(separator: ",").joined(separator: ", "), to: &html)
        }
        html.markup("</dl>\n")
        addLinks(to: &html)
        addDependencies(to: &html)
        addEntryPoints(to: &html)
        addClassifiers(to: &html)
    }

    private func fact(_ name: String, _ value: String, to html: inout HTML) {
        html.element("dt", name)
        html.element("dd", String(value.prefix(300)))
        html.markup("\n")
    }

    private func value(_ field: String) -> String? {
        release.core?.values(field).first.flatMap { $0.isEmpty || $0 == "UNKNOWN" ? nil : $0 }
    }

    /// The expression, or else the first line of the free text, which may hold the whole licence.
    private var license: String? {
        value("License-Expression") ?? value("License")?.split(separator: "\n").first.map { String($0.prefix(100)) }
    }

    private func addLinks(to html: inout HTML) {
        var links: [(label: String, url: String)] = []
        if let home = value("Home-page") { links.append(("Homepage", home)) }
        for url in (release.core?.values("Project-URL") ?? []).compactMap({ try? ProjectURL($0) }) {
            if !links.contains(where: { $0.url == url.url }) { links.append((Self.label(url), url.url)) }
        }
        links = links.filter { ProjectURL.isLink($0.url) }
        guard !links.isEmpty else { return }
        html.markup("<h2>Links</h2>\n<ul>\n")
        for (label, url) in links.prefix(Self.listLimit) {
            html.markup("<li><a rel=\"nofollow ugc noopener\" href=\"")
            html.text(url)
            html.markup("\">")
            html.text(label)
            html.markup("</a></li>\n")
        }
        html.markup("</ul>\n")
    }

    /// Labels that mean the same have one name (packaging.python.org, "Well-known Project URLs").
    private static func label(_ url: ProjectURL) -> String {
        switch url.normalizedLabel {
        case "homepage": "Homepage"
        case "source", "repository", "sourcecode", "github": "Source"
        case "download": "Download"
        case "changelog", "changes", "releasenotes", "whatsnew", "history": "Changes"
        case "documentation", "docs": "Documentation"
        case "issues", "bugs", "issue", "tracker", "issuetracker", "bugtracker": "Issues"
        case "funding", "sponsor", "donate", "donation": "Funding"
        default: url.label
        }
    }

    private func addDependencies(to html: inout HTML) {
        let requirements = offer.requirements
        html.markup("<h2>Requires</h2>\n")
        guard !requirements.isEmpty else {
            html.markup("<p>Nothing but Python.</p>\n")
            return
        }
        let isExtra = { (requirement: Requirement) in requirement.marker?.description.contains("extra ==") ?? false }
        let always = requirements.filter { !isExtra($0) }
        if !always.isEmpty { list(always, to: &html) }
        let extras = requirements.filter(isExtra)
        let names = release.core?.values("Provides-Extra") ?? []
        guard !names.isEmpty || !extras.isEmpty else { return }
        html.markup("<details><summary>Extras: ")
        html.text(names.prefix(Self.listLimit).joined(separator: ", "))
        html.markup("</summary>\n")
        list(extras, to: &html)
        html.markup("</details>\n")
    }

    private func list(_ requirements: [Requirement], to html: inout HTML) {
        html.markup("<ul>\n")
        for requirement in requirements.prefix(Self.listLimit) {
            html.markup("<li>")
            let name = requirement.name.normalized
            if offer.existing.contains(name) {
                html.link("\(root)project/\(name)/", requirement.name.text)
            } else {
                html.text(requirement.name.text)
            }
            let rest = requirement.description.dropFirst(requirement.name.text.count)
            html.text(rest.isEmpty || rest.first == "[" || rest.first == ";" ? "" : " ")
            html.text(rest.count > 200 ? "\(rest.prefix(200))…" : String(rest))
            html.markup("</li>\n")
        }
        html.markup("</ul>\n")
        guard requirements.count > Self.listLimit else { return }
        html.element("p", "And \(requirements.count - Self.listLimit) more.")
    }

    private func addEntryPoints(to html: inout HTML) {
        guard let groups = offer.entryPoints?.groups, !groups.isEmpty else { return }
        html.markup("<h2>Commands and plug-ins</h2>\n")
        html.entryPoints(groups, limit: Self.listLimit)
    }

    private func addClassifiers(to html: inout HTML) {
        let classifiers = release.core?.values("Classifier") ?? []
        guard !classifiers.isEmpty else { return }
        html.markup("<details><summary>Classifiers (")
        html.text(String(classifiers.count))
        html.markup(")</summary>\n<ul>\n")
        for classifier in classifiers.prefix(Self.listLimit) { html.element("li", classifier) }
        html.markup("</ul></details>\n")
    }
}

/// Parts that pages about projects share.
extension HTML {
    /// The entry points of a wheel, a list for each group.
    mutating func entryPoints(_ groups: [String: [EntryPoints.EntryPoint]], limit: Int) {
        markup("<dl>\n")
        for (group, entries) in groups.sorted(by: { $0.key < $1.key }).prefix(limit) {
            markup("<dt class=\"meta\">")
            text(group == "console_scripts" ? "Commands" : group)
            markup("</dt><dd>")
            for (number, entry) in entries.prefix(limit).enumerated() {
                if number > 0 { text(", ") }
                element("code", entry.name)
            }
            if entries.count > limit { text(" and \(entries.count - limit) more") }
            markup("</dd>\n")
        }
        markup("</dl>\n")
    }

    /// What state a project is in, when that is not the usual one (PEP 792).
    mutating func status(of project: PublishedProject) {
        let words: String
        switch project.status {
        case .active: return
        case .deprecated: words = "This project is deprecated: it still works, but should not be used any more"
        case .archived: words = "This project is archived: nothing new will be published"
        case .quarantined: words = "This project is quarantined: its files are held back as unsafe"
        }
        notice(
            project.statusReason.map { "\(words). \($0)" } ?? words + ".",
            project.status == .quarantined ? .bad : .warning)
    }

    /// One version in a list, with its date and what is to be said of it.
    mutating func version(_ files: [PublishedFile], below prefix: String, current: Version?) {
        let version = files[0].version
        let isYanked = files.allSatisfy { $0.yank != nil }
        markup(isYanked ? "<li class=\"yanked\">" : "<li>")
        if version == current {
            markup("<strong aria-current=\"true\">")
            text(version.description)
            markup("</strong>")
        } else {
            link("\(prefix)\(version.segment)/", version.description)
        }
        markup(" <span class=\"meta\">")
        text(files.map(\.uploadTime).min()?.date ?? "")
        markup("</span>")
        if version.isPrerelease { badge("pre-release") }
        if isYanked { badge("yanked", .warning) }
        markup("</li>\n")
    }

    /// Links to the other pages of a long list; nothing when there is only one.
    mutating func pager(page: Int, of pages: Int, label: StaticString) {
        guard pages > 1 else { return }
        markup("<nav class=\"pager\" aria-label=\"")
        markup(label)
        markup("\"><ul>\n")
        for number in 1...pages where number == 1 || number == pages || abs(number - page) <= 2 {
            if number == page {
                markup("<li><span aria-current=\"page\">")
                text(String(number))
                markup("</span></li>\n")
            } else {
                markup("<li>")
                link("?page=\(number)", String(number))
                markup("</li>\n")
            }
        }
        markup("</ul></nav>\n")
    }

    /// A link whose words need more of them for those who hear links only.
    mutating func link(_ address: String, _ value: String, label: String) {
        markup("<a aria-label=\"")
        text(label)
        markup("\" href=\"")
        text(address)
        markup("\">")
        text(value)
        markup("</a>")
    }
}

extension PublishedFile {
    /// What it is, such as `CPython 3.12, Windows, x86-64`.
    var words: String {
        guard isWheel, case .wheel(let name)? = try? DistributionFilename(filename) else {
            return "Source distribution"
        }
        return name.build.map { "\(name.tagWords), build \($0)" } ?? name.tagWords
    }
}

extension Version {
    /// As a part of an address.
    var segment: String { SimpleFile.percentEncoded(pathComponent: description) }
}
