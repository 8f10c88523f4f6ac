public import Packaging
import Storage

/// What somebody may do.
public enum Permission: String, Sendable, CaseIterable {
    /// See pages and download files, where reading is not open to anyone.
    case read
    /// Publish files.
    case upload
    /// Yank, delete, change a project.
    case manage
    /// Everything, for every project, and tokens.
    case admin
}

/// Who makes a request: the holder of one token.
public struct Principal: Sendable, Equatable {
    /// The token's name: what the journal calls the actor.
    public let name: String
    let secretDigest: Digest
    let permissions: Set<Permission>
    /// `nil` for every index.
    let indexes: Set<String>?
    /// Normalized names; `nil` for every project.
    let projects: Set<String>?

    init(_ token: TokenRecord) {
        name = token.name
        secretDigest = token.secretDigest
        permissions = Set(token.permissions.compactMap(Permission.init(rawValue:)))
        indexes = token.indexes
        projects = token.projects
    }

    /// Whether this principal may do something, or the sentence that says why not.
    ///
    /// - Parameters:
    ///   - index: the named index.
    ///   - project: `nil` where no project is concerned.
    public func may(_ permission: Permission, index: String, project: ProjectName? = nil) -> Verdict {
        guard permissions.contains(permission) || permissions.contains(.admin) else {
            let held = Permission.allCases.filter(permissions.contains).map(\.rawValue).joined(separator: ", ")
            return .no("Token '\(name)' may not \(permission.rawValue); it may: \(held.isEmpty ? "nothing" : held)")
        }
        if let indexes, !indexes.contains(index) {
            return .no("Token '\(name)' is for the index \(indexes.sorted().joined(separator: ", ")) only")
        }
        guard let project, let projects, !projects.contains(project.normalized) else { return .yes }
        let names = projects.sorted().joined(separator: ", ")
        return .no("Token '\(name)' may \(permission.rawValue) to project \(names) only")
    }
}

extension Principal {
    /// Whether this principal may see what tells of one project, or of all of them.
    ///
    /// - Parameter project: a normalized name; `nil` for pages that show every project.
    public func mayRead(index: String, project: String?) -> Verdict {
        let verdict = may(.read, index: index)
        guard verdict == .yes, let projects, project.map({ !projects.contains($0) }) ?? true else { return verdict }
        let names = projects.sorted().joined(separator: ", ")
        return .no("Token '\(name)' may read project \(names) only")
    }
}

/// A decision with its reason.
public enum Verdict: Sendable, Equatable {
    /// It is allowed.
    case yes
    /// It is not, and this sentence says why.
    case no(String)
}
