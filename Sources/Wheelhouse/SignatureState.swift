public import Packaging
import Storage

/// What is to be signed of a project and what is, as its managers are told.
public struct SignatureState: Sendable {
    /// What the policy asks for, line by line. Lines that begin with spaces say more of the line before.
    public let explanation: [String]
    /// Some of its files, newest version first, those that are held too.
    public let files: [PublishedFile]
    /// How many files it has.
    public let fileCount: Int
}

extension PackageIndex {
    /// What is to be signed of a project, which need not exist yet, and what is.
    ///
    /// - Parameter positions: of the files that are wanted.
    public func signatureState(
        of project: ProjectName, index: String, files positions: Range<Int>
    ) async throws(IndexError) -> SignatureState {
        let rules = policy.signatures
        return try await onWorker { store throws(StorageError) in
            let pinned = try store.pinnedSigner(index: index, project: project.normalized)
            let found = try store.managedProject(ProjectKey(index: index, name: project))
            let files = (found?.files ?? []).sorted { ($1.version, $0.filename) < ($0.version, $1.filename) }
            let shown = try files.dropFirst(positions.lowerBound).prefix(positions.count).map {
                file throws(StorageError) in
                let signatures = try store.signatures(index: index, filename: file.filename)
                return PublishedFile(file, SignatureSummary(signatures))
            }
            return SignatureState(
                explanation: rules.explanation(of: project, pinned: pinned), files: shown, fileCount: files.count)
        }.get()
    }

    /// Whether a project is private; `nil` when there is no such project.
    public func isPrivate(_ project: ProjectName, index: String) async throws(IndexError) -> Bool? {
        let isThere = try await onWorker { store throws(StorageError) in
            try store.managedProject(ProjectKey(index: index, name: project)) != nil
        }.get()
        return isThere ? isPrivate(project.normalized, of: index) : nil
    }
}
