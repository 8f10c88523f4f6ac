import HTTP
import Packaging
import Wheelhouse

// The handlers of projects, files and the journal: each turns a call into a call of the index, and what comes into JSON.

extension Site {
    private static var pageLength: Int64 { 100 }

    static let listProjects: Endpoint.Handler = { site, call throws(IndexError) in
        let limit = Int(call.integer("limit") ?? pageLength)
        let projects = try await site.index.projects(
            index: site.indexName, after: call.text("after") ?? "", limit: limit,
            showing: site.seen(by: call.principal))
        let next = projects.count == limit ? projects.last?.name.normalized : nil
        return APIAnswer(
            JSON.object([
                ("projects", JSON.list(projects.map(\.json))), ("next", JSON.string(next)),
            ]))
    }

    static let showProject: Endpoint.Handler = { site, call throws(IndexError) in
        let name = call.project?.normalized ?? ""
        let seen = site.seen(by: call.principal, project: name)
        let isManaged =
            call.project.map { call.principal?.may(.manage, index: site.indexName, project: $0) == .yes } ?? false
        let overview = try await site.index.overview(
            index: site.indexName, project: name, showing: seen, isManaged: isManaged)
        guard let overview else {
            throw IndexError(.notFound, "There is no project of this name here")
        }
        return APIAnswer(
            JSON.object([("project", overview.project.json), ("files", JSON.list(overview.files.map(\.json)))]))
    }

    static let listDeleted: Endpoint.Handler = { site, call throws(IndexError) in
        guard let project = call.project else { throw IndexError(.notFound, "There is no project of this name here") }
        let files = try await site.index.deletedFiles(index: site.indexName, project: project)
        return APIAnswer(JSON.object([("files", JSON.list(files.map(\.json)))]))
    }

    static let setStatus: Endpoint.Handler = { site, call throws(IndexError) in
        guard let status = call.text("status").flatMap(ProjectStatus.init(rawValue:)) else {
            throw IndexError(.invalid, "'status' is missing")
        }
        return try await site.change(.setStatus(status), call)
    }

    /// Yanks, deletes, restores, or sets the state of what the path names.
    func change(_ action: ProjectOperation.Action, _ call: APICall) async throws(IndexError) -> APIAnswer {
        let principal = try call.neededPrincipal()
        let (project, part) = try await place(call, for: principal)
        let operation = try ProjectOperation(action, part, of: project, index: indexName, reason: call.text("reason"))
        let isRehearsal = call.isOn("dry-run")
        let outcome = try await index.perform(operation, by: principal, from: call.caller, isRehearsal: isRehearsal)
        return APIAnswer(outcome.json(isRehearsal: isRehearsal))
    }

    private func place(
        _ call: APICall, for principal: Principal
    ) async throws(IndexError) -> (project: ProjectName, part: ProjectOperation.Part) {
        if let filename = call.parameters[.filename] {
            return try await index.place(ofFile: filename, index: indexName, for: principal)
        }
        let project = try call.neededProject()
        guard let text = call.parameters[.version] else { return (project, .project) }
        guard let version = try? Version(text) else {
            throw IndexError(.notFound, "There is no release '\(text)' here")
        }
        return (project, .release(version))
    }

    static let readJournal: Endpoint.Handler = { site, call throws(IndexError) in
        guard let principal = call.principal else { throw IndexError(.unauthenticated, "Credentials are needed") }
        let limit = Int(call.integer("limit") ?? pageLength)
        let rows: [JournalRow]
        do {
            let project = try call.text("project").map(ProjectName.init)
            rows = try await site.index.journal(
                of: site.indexName, after: call.integer("after") ?? 0,
                since: try call.text("since").map(UploadTime.init), project: project,
                limit: limit, for: principal)
        } catch {
            throw IndexError(error)
        }
        let next = rows.count == limit ? rows.last.map { String($0.serial) } : nil
        return APIAnswer(JSON.object([("rows", JSON.list(rows.map { $0.json() })), ("next", next ?? "null")]))
    }
}

extension PublishedProject {
    fileprivate var json: String {
        JSON.object([
            ("name", JSON.string(name.text)), ("normalized-name", JSON.string(name.normalized)),
            ("summary", JSON.string(summary)), ("status", JSON.string(status.rawValue)),
            ("status-reason", JSON.string(statusReason)), ("created", JSON.string(created.description)),
            ("serial", "\(serial)"),
        ])
    }
}

extension PublishedFile {
    fileprivate var json: String {
        JSON.object([
            ("filename", JSON.string(filename)), ("version", JSON.string(version.description)),
            ("kind", isWheel ? "\"wheel\"" : "\"sdist\""), ("sha256", JSON.string(sha256.hex)), ("size", "\(size)"),
            ("upload-time", JSON.string(uploadTime.description)), ("uploader", JSON.string(uploader)),
            ("requires-python", JSON.string(requiresPython)), ("yanked", JSON.string(yank?.reason)),
            ("held", JSON.string(holdReason)),
        ])
    }
}

extension OperationOutcome {
    fileprivate func json(isRehearsal: Bool) -> String {
        let dependents = dependents.map { dependent in
            JSON.object([
                ("project", JSON.string(dependent.project.text)),
                ("version", JSON.string(dependent.version.description)),
                ("requirement", JSON.string(dependent.requirement)), ("broken", "\(dependent.isBroken)"),
            ])
        }
        return JSON.object([
            ("changed", "\(isChange)"), ("dry-run", "\(isRehearsal)"), ("files", JSON.list(files.map(JSON.string))),
            ("dependents", JSON.list(dependents)), ("dependents-total", "\(dependentCount)"),
            ("broken-total", "\(brokenCount)"),
        ])
    }
}
