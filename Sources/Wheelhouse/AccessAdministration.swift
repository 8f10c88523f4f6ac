public import Packaging
import Posix
import Storage

// What `/api/` does with accounts, teams, grants, private projects and publishers: the same operations as the command line,
// by somebody who made a request.

/// A change of who may do what.
public enum AccessChange: Sendable {
    /// Makes an account without any right: of a robot, which has no password, or of a person.
    case createAccount(String, isRobot: Bool)
    /// Gives a person a password.
    case setPassword(String, account: String)
    /// Refuses an account with its password and tokens, or lets it in again.
    case setDisabled(Bool, account: String)
    /// Ends an account for ever.
    case deleteAccount(String)
    /// Makes a team without members.
    case createTeam(String)
    /// Ends a team.
    case deleteTeam(String)
    /// Takes an account into a team, or out of it.
    case setMember(Bool, account: String, team: String)
    /// Gives a right.
    case grant(PackageIndex.Grant)
    /// Takes a right away.
    case ungrant(PackageIndex.Grant)
    /// Makes a project private or public.
    case setPrivate(Bool, project: ProjectName, index: String)
    /// Removes a project's publisher with this number.
    case removePublisher(Int64, project: ProjectName, index: String)
}

extension PackageIndex {
    /// Publishers that a project can have by requests of its managers: each is looked at when tokens are minted.
    public static let publishersPerProject = 100

    /// Makes a change, which is in force when this returns. Whether the principal may is the caller's question.
    ///
    /// - Throws: what the operations of the same names at the command line throw; `IndexError.notFound` for the publisher of
    ///   another project, `.invalid` for one's own right to administrate the server: it may be the last.
    public func perform(
        _ change: AccessChange, by principal: Principal, from caller: Caller
    ) async throws(IndexError) {
        if case .ungrant(let grant) = change, grant.permission == .admin, grant.index == nil,
            grant.holder == .account(principal.name)
        {
            throw IndexError(
                .invalid, "This is your own right to administrate the server; have another administrator take it away")
        }
        if case .grant(let grant) = change { try requireIndexes([grant.index].compactMap(\.self)) }
        let cost = policy.passwordCost
        try await workers.run { [self] in
            Result { () throws(IndexError) in
                try change.perform(by: Occasion(now: principal, from: caller), in: store, passwordCost: cost)
                try refresh()
            }
        }.get()
    }

    /// Adds a publisher, which is in force when this returns.
    ///
    /// - Throws: `IndexError.invalid` for an issuer that is no address and for one publisher too many, `.exists` when the
    ///   project has it already.
    public func addPublisher(
        _ publisher: Publisher, by principal: Principal, from caller: Caller
    ) async throws(IndexError) -> PublisherDescription {
        try await workers.run { [self] in
            Result { () throws(IndexError) in
                let known = try Self.publishers(of: (publisher.index, publisher.project), in: store)
                guard known.count < Self.publishersPerProject else {
                    throw IndexError(
                        .invalid,
                        "Project '\(publisher.project)' has \(known.count) publishers already; remove one first")
                }
                let added = try Self.addPublisher(publisher, by: Occasion(now: principal, from: caller), in: store)
                try refresh()
                return PublisherDescription(added)
            }
        }.get()
    }

    fileprivate static func publishers(
        of project: (index: String, name: ProjectName), in store: Store
    ) throws(IndexError) -> [PublisherRecord] {
        do {
            return try store.publishers().filter {
                $0.index == project.index && $0.project == project.name.normalized
            }
        } catch {
            throw IndexError(error)
        }
    }
}

extension AccessChange {
    fileprivate func perform(by actor: Occasion, in store: Store, passwordCost: Int) throws(IndexError) {
        switch self {
        case .createAccount(let name, let isRobot):
            try PackageIndex.createAccount(name, isRobot ? .robot : .person, by: actor, in: store)
        case .setPassword(let password, let name):
            try PackageIndex.setPassword(password, of: name, cost: passwordCost, by: actor, in: store)
        case .setDisabled(let isDisabled, let name):
            try PackageIndex.setDisabled(isDisabled, account: name, by: actor, in: store)
        case .deleteAccount(let name): try PackageIndex.deleteAccount(name, by: actor, in: store)
        case .createTeam(let name): try PackageIndex.createTeam(name, by: actor, in: store)
        case .deleteTeam(let name): try PackageIndex.deleteTeam(name, by: actor, in: store)
        case .setMember(let isMember, let account, let team):
            try PackageIndex.setMember(account, of: team, isMember, by: actor, in: store)
        case .grant(let grant): try PackageIndex.grant(grant, by: actor, in: store)
        case .ungrant(let grant): try PackageIndex.ungrant(grant, by: actor, in: store)
        case .setPrivate(let isPrivate, let project, let index):
            try PackageIndex.setPrivate(isPrivate, project: project, index: index, by: actor, in: store)
        case .removePublisher(let number, let project, let index):
            // Numbers are never used again, so it is the same one below.
            let known = try PackageIndex.publishers(of: (index, project), in: store)
            guard known.contains(where: { $0.id == number }) else {
                throw IndexError(.notFound, "Project '\(project)' has no publisher with the number \(number)")
            }
            try PackageIndex.removePublisher(number, by: actor, in: store)
        }
    }
}
