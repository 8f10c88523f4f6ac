import HTTP
import Packaging
import Wheelhouse

extension Site {
    /// `GET /pypi/{project}/json`, `/pypi/{project}/{version}/json` and `/{project}/json`: the JSON API of the public
    /// index, which tools still read (pip-tools for hashes, mirrors for serials).
    func projectJSON(
        _ name: String, _ version: String?, _ request: HTTPRequest, for viewer: Viewer
    ) async throws(IndexError) -> HTTPResponse {
        let origin = origin(of: request)
        let seen = seen(by: viewer, project: name)
        let key = index.view(of: .projectJSON(index: indexName, project: name), showing: seen)
        let read = { [index, indexName] (origin: String) async throws(IndexError) -> Page? in
            let wanted = version.flatMap { try? Version($0) }
            guard version == nil || wanted != nil else { return nil }
            let release = try await index.release(
                index: indexName, project: name, version: wanted, showing: seen)
            guard let release else { return nil }
            return Page(serial: release.project.project.serial) {
                ProjectJSON(release: release, origin: origin, hasReleases: version == nil).bytes()
            }
        }
        let page: PreparedPage?
        if version == nil {
            page = try await self.page(key, as: Self.json, origin: origin, read: read)
        } else {
            guard let made = try await read(origin) else { throw Self.noRelease }
            page = prepared(await index.work { RenderedPage(made.content(), serial: made.serial) }, key, as: Self.json)
        }
        guard let page else { throw Self.noRelease }
        return page.answer(request)
    }

    private static var noRelease: IndexError { IndexError(.notFound, "There is no such project or release here") }
    private static var json: String { "application/json" }
}

/// One release in the form of the public index's JSON API.
struct ProjectJSON {
    let release: ReleaseOverview
    let origin: String
    /// Whether the files of all releases are listed too.
    let hasReleases: Bool

    func bytes() -> [UInt8] {
        let files = release.project.files
        var members = [
            "\"info\":" + info(), "\"last_serial\":\(release.project.project.serial)",
            "\"urls\":" + list(files.filter { $0.version == release.version }),
            "\"vulnerabilities\":[]",
        ]
        if hasReleases {
            let releases = files.grouped(by: \.version).reversed().map { files in
                "\(JSON.string(files[0].version.description)):\(list(files))"
            }
            members.append("\"releases\":{" + releases.joined(separator: ",") + "}")
        }
        return Array(("{" + members.joined(separator: ",") + "}").utf8)
    }

    /// The names that the public index gives to the fields of core metadata.
    private static let texts = [
        ("author", "Author"), ("author_email", "Author-email"), ("maintainer", "Maintainer"),
        ("maintainer_email", "Maintainer-email"), ("summary", "Summary"), ("keywords", "Keywords"),
        ("license", "License"),
        ("license_expression", "License-Expression"), ("requires_python", "Requires-Python"),
        ("description_content_type", "Description-Content-Type"),
    ]
    private static let links = [("home_page", "Home-page"), ("download_url", "Download-URL")]
    private static let lists = [
        ("classifiers", "Classifier"), ("requires_dist", "Requires-Dist"), ("provides_extra", "Provides-Extra"),
        ("license_files", "License-File"), ("dynamic", "Dynamic"),
    ]

    private func info() -> String {
        let name = release.project.project.name
        let page = "\(origin)/project/\(name.normalized)/"
        // A release is yanked when nothing of it is left.
        let files = release.project.files.filter { $0.version == release.version }
        let yank = files.allSatisfy { $0.yank != nil } ? files.first?.yank : nil
        var members = [
            ("name", JSON.string(name.text)), ("version", JSON.string(release.version.description)),
            ("package_url", JSON.string(page)), ("project_url", JSON.string(page)), ("release_url", JSON.string(page)),
            ("yanked", yank == nil ? "false" : "true"),
            ("yanked_reason", yank.map { JSON.string($0.reason) } ?? "null"),
            ("description", JSON.string(release.core?.description ?? "")), ("project_urls", projectURLs()),
        ]
        for (key, field) in Self.texts {
            members.append((key, release.core?.values(field).first.map(JSON.string) ?? "null"))
        }
        for (key, field) in Self.links {
            let link = release.core?.values(field).first.flatMap { ProjectURL.isLink($0) ? $0 : nil }
            members.append((key, link.map(JSON.string) ?? "null"))
        }
        for (key, field) in Self.lists {
            let values = release.core?.values(field) ?? []
            members.append((key, "[" + values.map(JSON.string).joined(separator: ",") + "]"))
        }
        return "{" + members.map { "\"\($0)\":\($1)" }.joined(separator: ",") + "}"
    }

    /// Labels and links; `null` without any. Tools and pages make links of them, so an address with another scheme than
    /// HTTP's is left out, and of two addresses with one label, which metadata before 2.2 may have, the first counts.
    private func projectURLs() -> String {
        var labels: Set<String> = []
        let urls = (release.core?.values("Project-URL") ?? []).compactMap { try? ProjectURL($0) }
        let members = urls.filter { $0.isLink && labels.insert($0.label).inserted }.map { url in
            "\(JSON.string(url.label)):\(JSON.string(url.url))"
        }
        return members.isEmpty ? "null" : "{" + members.joined(separator: ",") + "}"
    }

    private func list(_ files: [PublishedFile]) -> String {
        "[" + files.map(file).joined(separator: ",") + "]"
    }

    private func file(_ file: PublishedFile) -> String {
        let time = file.uploadTime.description
        let digests = "{\"blake2b_256\":\"\(file.blake2b256.hex)\",\"sha256\":\"\(file.sha256.hex)\"}"
        let members = [
            ("filename", JSON.string(file.filename)),
            ("url", JSON.string("\(origin)/\(file.address(below: "packages/"))")),
            ("packagetype", file.isWheel ? "\"bdist_wheel\"" : "\"sdist\""),
            ("python_version", JSON.string(file.pythonTag)), ("size", "\(file.size)"), ("digests", digests),
            ("upload_time", JSON.string(String(time.prefix(19)))), ("upload_time_iso_8601", JSON.string(time)),
            ("requires_python", file.requiresPython.map(JSON.string) ?? "null"),
            ("yanked", file.yank == nil ? "false" : "true"),
            ("yanked_reason", file.yank.map { JSON.string($0.reason) } ?? "null"), ("has_sig", "false"),
            ("comment_text", "\"\""), ("downloads", "-1"),
        ]
        return "{" + members.map { "\"\($0)\":\($1)" }.joined(separator: ",") + "}"
    }
}

extension PublishedFile {
    /// `py3`, `cp312.cp313`, or `source`.
    fileprivate var pythonTag: String {
        guard case .wheel(let name)? = try? DistributionFilename(filename) else { return "source" }
        return name.pythonTags.joined(separator: ".")
    }
}
