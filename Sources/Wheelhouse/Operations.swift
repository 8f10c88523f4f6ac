public import Packaging
import Posix
public import Storage

extension PackageIndex {
    /// Does what a manager of a project wants, durably; pages are true when this returns.
    ///
    /// - Parameter isRehearsal: only tells what would happen.
    /// - Throws: `IndexError.forbidden` with the reason, `.notFound` for what is not here, `.invalid` for what cannot be.
    public func perform(
        _ operation: ProjectOperation, by principal: Principal, from caller: Caller, isRehearsal: Bool = false
    ) async throws(IndexError) -> OperationOutcome {
        if case .no(let reason) = principal.may(operation.intent) { throw IndexError(.forbidden, reason) }
        let hidden = hiddenProjects(of: operation.index, from: principal)
        var outcome = try await onWorker { store throws(StorageError) in
            Result { () throws(IndexError) in try Self.rehearse(operation, in: store, hiding: hidden) }
        }.get().get()
        guard !isRehearsal, outcome.isChange else { return outcome }
        let time = UploadTime(microseconds: Clock.unixMicroseconds)
        let occasion = Occasion(by: principal, from: caller, at: time)
        let written = await store.write { catalog throws(StorageError) -> Result<Written, IndexError> in
            try operation.write(in: catalog, by: occasion)
        }
        do {
            let written = try written.get().get()
            announce(written.files, of: operation.key, serials: written.serials)
            // Somebody else may have done a part of it meanwhile.
            outcome.files = written.files.map(\.filename)
            outcome.isChange = !written.serials.isEmpty
        } catch {
            throw IndexError(error)
        }
        return outcome
    }

    /// The same for the command line, on the calling thread.
    public static func perform(
        _ operation: ProjectOperation, by actor: String, in store: Store, isRehearsal: Bool = false
    ) throws(IndexError) -> OperationOutcome {
        do {
            try readDependencies(in: store)
            let outcome = try rehearse(operation, in: store)
            guard !isRehearsal, outcome.isChange else { return outcome }
            let occasion = Occasion(actor: actor, time: UploadTime(microseconds: Clock.unixMicroseconds))
            _ = try store.writeAndWait { catalog throws(StorageError) -> Result<Written, IndexError> in
                try operation.write(in: catalog, by: occasion)
            }.get()
            return outcome
        } catch {
            throw IndexError(error)
        }
    }

    /// The deleted files of a project that can be restored.
    public func deletedFiles(index: String, project: ProjectName) async throws(IndexError) -> [PublishedFile] {
        try await onWorker { store throws(StorageError) in
            try store.deletedFiles(of: ProjectKey(index: index, name: project)).map(PublishedFile.init)
        }.get()
    }

    /// A project as its managers see it: with held files, also while it is quarantined or private; `nil` when there is none.
    public func managedProject(
        index: String, project: ProjectName
    ) async throws(IndexError) -> (project: PublishedProject, files: [PublishedFile])? {
        let key = ProjectKey(index: index, name: project)
        return try await onWorker { store throws(StorageError) in
            try store.managedProject(key).map { (PublishedProject($0.project), $0.files.map(PublishedFile.init)) }
        }.get()
    }

    /// Projects in the order of their normalized names, without quarantined ones.
    ///
    /// - Parameters:
    ///   - name: only those after this normalized name.
    ///   - limit: at most so many.
    ///   - seen: the private projects that may be shown.
    public func projects(
        index: String, after name: String, limit: Int, showing seen: Set<String>
    ) async throws(IndexError) -> [PublishedProject] {
        try await onWorker { store throws(StorageError) in
            try store.projects(index: index, after: name, limit: limit, showing: seen).map(PublishedProject.init)
        }.get()
    }

    /// What an operation would do now.
    ///
    /// - Parameter hidden: the private projects that are not to be told of.
    private static func rehearse(
        _ operation: ProjectOperation, in store: Store, hiding hidden: Set<String> = []
    ) throws(IndexError) -> OperationOutcome {
        do {
            guard let (project, files) = try store.managedProject(operation.key) else {
                throw IndexError(.notFound, "There is no project named '\(operation.project)' here")
            }
            let deleted = try store.deletedFiles(of: operation.key)
            let change = try operation.change(of: project, files: files, deleted: deleted)
            let lost = operation.lostVersions(change.files, of: files)
            let records = try lost.gone.isEmpty ? [] : store.dependents(on: operation.key)
            let told = records.filter { !hidden.contains($0.project.normalized) }
            let dependents = Dependents(on: operation, told, lost).all
            return OperationOutcome(
                files: change.files.map(\.filename), isChange: change.isChange,
                dependents: Array(dependents.prefix(OperationOutcome.listLimit)), dependentCount: dependents.count,
                brokenCount: dependents.count(where: \.isBroken))
        } catch {
            throw IndexError(error)
        }
    }
}

/// What was written: the rows of the journal, and the files whose addresses mean something else now.
struct Written: Sendable {
    var serials: [Int64] = []
    var files: [FileRecord] = []
}

extension ProjectOperation {
    /// What somebody needs who does it.
    var intent: Intent {
        var intent = Intent(.manage, index: index, project: project)
        intent.isWhole = true
        switch part {
        case .project: break
        case .release(let version): intent.version = version
        case .file(let name, let version): (intent.filename, intent.version) = (name, version)
        }
        return intent
    }

    /// The files that it changes, and whether it changes anything.
    ///
    /// - Parameters:
    ///   - files: those that are there, held ones too.
    ///   - deleted: those that can be restored.
    /// - Throws: `IndexError.notFound` when there is no such release or file.
    func change(
        of project: ProjectRecord, files: [FileRecord], deleted: [FileRecord]
    ) throws(IndexError) -> (files: [FileRecord], isChange: Bool) {
        let chosen = try choose(from: action == .restore ? deleted : files, among: files)
        switch action {
        case .yank:
            let changed = chosen.filter { $0.yank?.reason != (reason ?? "") }
            return (changed, !changed.isEmpty)
        case .unyank:
            let changed = chosen.filter { $0.yank != nil }
            return (changed, !changed.isEmpty)
        case .delete, .restore:
            return (chosen, !chosen.isEmpty)
        case .setStatus(let status):
            let isChange = project.status != status || project.statusReason != reason
            return (project.status.offersFiles == status.offersFiles ? [] : chosen, isChange)
        }
    }

    private func choose(from candidates: [FileRecord], among files: [FileRecord]) throws(IndexError) -> [FileRecord] {
        let chosen = candidates.filter(isMeant)
        guard chosen.isEmpty, part != .project else { return chosen }
        guard action == .restore else {
            throw IndexError(.notFound, "There is no \(partName) here; see the page of the project")
        }
        guard !files.contains(where: isMeant) else { return [] }
        throw IndexError(
            .notFound,
            "There is no \(partName) here that can be restored: it never was, or gc has removed its bytes")
    }

    private func isMeant(_ file: FileRecord) -> Bool {
        switch part {
        case .project: true
        case .release(let version): file.version == version
        case .file(let name, _): file.filename == name
        }
    }

    private var partName: String {
        switch part {
        case .project: "project '\(project)'"
        case .release(let version): "release \(version) of '\(project)'"
        case .file(let name, _): "file '\(name)'"
        }
    }

    /// Makes the change. What has changed meanwhile is looked at again: this runs inside the transaction.
    func write(
        in catalog: borrowing CatalogTransaction, by occasion: Occasion
    ) throws(StorageError) -> Result<Written, IndexError> {
        guard let (record, files) = try catalog.managedProject(key) else {
            return .failure(IndexError(.notFound, "There is no project named '\(project)' here"))
        }
        let deleted = try catalog.deletedFiles(of: key)
        let change: (files: [FileRecord], isChange: Bool)
        do throws(IndexError) {
            change = try self.change(of: record, files: files, deleted: deleted)
        } catch {
            return .failure(error)
        }
        var written = Written()
        written.files = change.files
        guard change.isChange else { return .success(written) }
        if case .setStatus(let status) = action {
            written.serials.append(try catalog.setStatus(status, reason: reason, of: record, by: occasion))
        } else {
            for file in change.files {
                if let serial = try write(file, in: catalog, by: occasion) { written.serials.append(serial) }
            }
        }
        return .success(written)
    }

    private func write(
        _ file: FileRecord, in catalog: borrowing CatalogTransaction, by occasion: Occasion
    ) throws(StorageError) -> Int64? {
        switch action {
        case .yank:
            try catalog.setYank(Yank(reason: reason ?? ""), index: index, filename: file.filename, by: occasion)
        case .unyank: try catalog.setYank(nil, index: index, filename: file.filename, by: occasion)
        case .delete: try catalog.deleteFile(file, reason: reason, by: occasion)
        case .restore: try catalog.restoreFile(file, reason: reason, by: occasion)
        case .setStatus: nil
        }
    }
}
