public import Packaging
public import Posix

// Who may do what. This file is the whole model, in values without input and output:
//
// - An *account* is a person or a robot. A *team* is a set of accounts.
// - A *grant* gives an account or a team a permission at a place: the server, an index of it, or a project of an index.
//   It holds for everything inside the place, and includes the permissions before it: who may upload may read.
// - A *token* belongs to an account and says who is speaking. Its *scope* only narrows: a request needs the account's
//   grant *and* the consent of every scope. A token's permissions are taken literally, so one for uploading cannot read;
//   only `admin` stands for all.
// - Reading what is not private needs no grant: it is open to anyone, or to every account (`Policy.isReadingOpen`).
//   A private project is read by those who have a grant that reaches it, and does not exist for others.

/// What somebody may do. Each permission includes those before it where it is granted.
public enum Permission: String, Sendable, CaseIterable, Comparable {
    /// See pages and download files of private projects; where reading is not open to anyone, a token needs it for all.
    case read
    /// Publish files.
    case upload
    /// Yank, delete, change a project, and grant rights to it.
    case manage
    /// Everything, for every project, and accounts. Never granted for one project alone.
    case admin

    private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }

    /// Whether `right` includes `left` and is more.
    public static func < (left: Permission, right: Permission) -> Bool { left.rank < right.rank }
}

/// The rights of one account, its teams' included, as the highest permission at each place.
public struct Grants: Sendable, Equatable {
    private var server: Permission?
    private var indexes: [String: Permission] = [:]
    private var projects: [String: [String: Permission]] = [:]

    /// No rights.
    public init() {}

    /// Adds a right.
    ///
    /// - Parameters:
    ///   - index: `nil` for the whole server.
    ///   - project: a normalized name; `nil` for every project of the index.
    public mutating func add(_ permission: Permission, index: String? = nil, project: String? = nil) {
        switch (index, project) {
        case (let index?, let project?): Self.raise(&projects[index, default: [:]][project], to: permission)
        case (let index?, nil): Self.raise(&indexes[index], to: permission)
        case (nil, _): Self.raise(&server, to: permission)
        }
    }

    private static func raise(_ held: inout Permission?, to permission: Permission) {
        held = held.map { max($0, permission) } ?? permission
    }

    /// The highest permission for every project of an index; `nil` for none.
    public func throughout(index: String) -> Permission? { Self.higher(server, indexes[index]) }

    /// The highest permission for one project; `nil` for none.
    public func highest(index: String, project: String) -> Permission? {
        Self.higher(throughout(index: index), projects[index]?[project])
    }

    /// The highest permission for the whole server; `nil` for none.
    public var throughoutServer: Permission? { server }

    /// The highest permission for any project of an index; `nil` for none.
    public func highest(index: String) -> Permission? {
        Self.higher(throughout(index: index), projects[index]?.values.max())
    }

    /// The highest permission for anything; `nil` for none.
    public var highestAnywhere: Permission? {
        Self.higher(server, (indexes.values + projects.values.flatMap(\.values)).max())
    }

    /// Whether a right is for this project alone.
    func name(_ project: String, index: String) -> Bool { projects[index]?[project] != nil }

    private static func higher(_ left: Permission?, _ right: Permission?) -> Permission? {
        [left, right].compactMap { $0 }.max()
    }
}

/// What somebody wants to do, as far as it is known yet. What is `nil` is not known or not concerned, and not judged.
public struct Intent: Sendable {
    /// What for.
    public var permission: Permission
    /// The named index.
    public var index: String
    /// The project.
    public var project: ProjectName?
    /// The version that is published or changed.
    public var version: Version?
    /// The name of the file that is published or changed.
    public var filename: String?
    /// Whether every version is concerned where `version` is `nil`, and every file where `filename` is; else they are not
    /// known yet, because a form or a body has not been read.
    public var isWhole = false

    /// Something that concerns an index, or one of its projects.
    public init(_ permission: Permission, index: String, project: ProjectName? = nil) {
        self.permission = permission
        self.index = index
        self.project = project
    }
}

/// What narrows the rights of an account. Every member that is `nil` leaves them as they are.
public struct TokenScope: Sendable, Equatable {
    /// An address or range with the text that names it.
    public struct Source: Sendable, Equatable {
        /// As somebody wrote it.
        public let text: String
        let range: AddressRange

        /// `10.0.0.0/8`, `2001:db8::/32` or one address; `nil` for any other text.
        public init?(_ text: String) {
            guard let range = AddressRange(text) else { return nil }
            (self.text, self.range) = (text, range)
        }
    }

    /// Taken literally, but `admin` stands for all.
    public var permissions: Set<Permission>?
    /// The named indexes.
    public var indexes: Set<String>?
    /// Normalized names.
    public var projects: Set<String>?
    /// The only versions that may be published or changed. Pages show whole projects, so reading is not narrowed by this.
    public var versions: [Version]?
    /// What the names of files must match that are published or changed: `*` stands for any characters.
    public var filePattern: String?
    /// Where requests must come from.
    public var sources: [Source]?
    /// From when on.
    public var notBefore: UploadTime?
    /// Until when.
    public var expires: UploadTime?

    /// No narrowing.
    public init() {}

    /// Why this scope refuses; `nil` when it consents.
    ///
    /// - Parameter title: of what is narrowed, such as `Token 'ci'`.
    func refusal(of intent: Intent, by title: String, _ circumstances: Circumstances) -> String? {
        if let reason = refusal(of: circumstances, by: title) { return reason }
        let permission = intent.permission
        if let permissions, !permissions.contains(permission), !permissions.contains(.admin) {
            let held = Permission.allCases.filter(permissions.contains).map(\.rawValue).joined(separator: ", ")
            let wanted = permission == .admin ? permission.verb : permission.rawValue
            return "\(title) may not \(wanted); it may: \(held.isEmpty ? "nothing" : held)"
        }
        if let indexes, !indexes.contains(intent.index) {
            return "\(title) is for the index \(indexes.sorted().joined(separator: ", ")) only"
        }
        if let projects, intent.project.map({ !projects.contains($0.normalized) }) ?? (permission == .admin) {
            let names = projects.sorted().joined(separator: ", ")
            return "\(title) may \(permission.verb) project \(names) only"
        }
        guard permission != .read else { return nil }
        if let versions, !(intent.version.map(versions.contains) ?? !intent.isWhole) {
            let names = versions.map(\.description).joined(separator: ", ")
            return "\(title) may \(permission.verb) version \(names) only"
        }
        if let filePattern, !(intent.filename.map { Self.matches($0, filePattern) } ?? !intent.isWhole) {
            return "\(title) may \(permission.verb) files named \(filePattern) only"
        }
        return nil
    }

    /// Why this scope refuses everything at a time; `nil` when it does not.
    ///
    /// - Parameter title: of what is narrowed.
    func refusal(at time: UploadTime, by title: String) -> String? {
        if let notBefore, time < notBefore { return "\(title) is valid from \(notBefore) on" }
        if let expires, time >= expires { return "\(title) expired on \(expires.date)" }
        return nil
    }

    /// Why it does not count at a time, or for who asks from an address; `nil` when it does.
    fileprivate func refusal(of circumstances: Circumstances, by title: String) -> String? {
        if let reason = refusal(at: circumstances.time, by: title) { return reason }
        guard let sources else { return nil }
        if let peer = circumstances.peer, sources.contains(where: { $0.range.contains(peer) }) { return nil }
        return "\(title) may be used from \(sources.map(\.text).joined(separator: ", ")) only"
    }

    /// Whether a name is what a pattern with `*` describes. Takes time in proportion to the product of their lengths.
    static func matches(_ name: String, _ pattern: String) -> Bool {
        let (name, pattern) = (Array(name.utf8), Array(pattern.utf8))
        // The beginnings of the name that the pattern so far matches, by their lengths.
        var reached = [true] + name.map { _ in false }
        for character in pattern {
            if character == UInt8(ascii: "*") {
                for at in name.indices where reached[at] { reached[at + 1] = true }
            } else {
                for at in name.indices.reversed() { reached[at + 1] = reached[at] && name[at] == character }
                reached[0] = false
            }
        }
        return reached[name.count]
    }
}

extension Permission {
    /// Before `project …` or `this index` in a sentence.
    fileprivate var verb: String {
        switch self {
        case .upload: "upload to"
        case .admin: "administrate"
        case .read, .manage: rawValue
        }
    }
}

/// Where from and when somebody acts.
public struct Circumstances: Sendable, Equatable {
    /// The client's address; `nil` when there is none (a Unix socket, the command line).
    public var peer: NumericAddress?
    /// When.
    public var time: UploadTime

    /// Circumstances.
    public init(peer: NumericAddress?, time: UploadTime) {
        self.peer = peer
        self.time = time
    }
}

/// Who makes a request: an account, by one of its tokens or by its password.
public struct Principal: Sendable, Equatable {
    /// The account's name: what the journal calls the actor.
    public let name: String
    /// The name of the token; `nil` for a password.
    public let token: String?
    /// The SHA-256 of the token's secret; `nil` for a password.
    public let secretDigest: Digest?
    /// The rights of the account.
    public var grants: Grants
    /// Every one must consent. The first is that of the token, the others are what its holders narrowed it to.
    public var scopes: [TokenScope]
    /// Of the request.
    public var circumstances: Circumstances
    /// Whether the token has been used as often as it may be: all that is left is to send the last file once more.
    var isSpent = false
    /// Whether the token has a number of uses.
    var isCounted = false

    /// What refuses, in sentences.
    private var title: String { token.map { "Token '\($0)'" } ?? "Account '\(name)'" }

    /// Whether this principal may do something, or the sentence that says why not.
    public func may(_ intent: Intent) -> Verdict {
        if let reason = scopeRefusal(of: intent) { return .no(reason) }
        let held =
            intent.project.map { grants.highest(index: intent.index, project: $0.normalized) }
            ?? grants.highest(index: intent.index)
        return verdict(intent.permission, held, at: intent.project.map { "project \($0.normalized)" } ?? "this index")
    }

    /// Whether this principal may make a token: only who administrates the whole server, by credentials that nothing narrows,
    /// for the new one would have no such limits.
    ///
    /// - Parameter end: when the new one ends; `nil` for never. It may not outlive the one that makes it.
    public func mayMakeToken(until end: UploadTime?) -> Verdict {
        let verdict = administratesServer()
        return verdict == .yes ? mayMakeOwnToken(until: end) : verdict
    }

    /// Whether this principal may make a token for its own account: by credentials that nothing narrows. The token has no
    /// rights that the account has not.
    ///
    /// - Parameter end: when the new one ends; `nil` for never. It may not outlive the one that makes it.
    public func mayMakeOwnToken(until end: UploadTime?) -> Verdict {
        let verdict = mayKeepTokens()
        guard verdict == .yes else { return verdict }
        for expires in scopes.compactMap(\.expires) where end.map({ $0 > expires }) ?? true {
            return .no("\(title) expires on \(expires.date); one that it makes must expire before")
        }
        return .yes
    }

    /// Whether this principal stands for its whole account, so that it may make and revoke the account's tokens.
    public func mayKeepTokens() -> Verdict {
        guard !isCounted else { return .no("\(title) is for a number of uses; one that it makes would not be") }
        for scope in scopes {
            var rest = scope
            (rest.expires, rest.notBefore) = (nil, nil)
            if rest.permissions?.contains(.admin) == true { rest.permissions = nil }
            guard rest == TokenScope() else { return .no("\(title) is narrowed; one that it makes would not be") }
        }
        return .yes
    }

    /// Whether this principal may do something, or the sentence that says why not.
    ///
    /// - Parameters:
    ///   - index: the named index.
    ///   - project: `nil` where it is not known yet: then some project is enough.
    public func may(_ permission: Permission, index: String, project: ProjectName? = nil) -> Verdict {
        may(Intent(permission, index: index, project: project))
    }

    /// Whether this principal may upload the first file of a project where only managers make new ones: those of the
    /// index, and whoever was granted a right to this very name beforehand.
    public func mayFound(_ project: ProjectName, index: String) -> Verdict {
        let verdict = may(.upload, index: index, project: project)
        let isManager = grants.throughout(index: index).map { $0 >= .manage } ?? false
        guard verdict == .yes, !isManager, !grants.name(project.normalized, index: index) else { return verdict }
        return .no(
            "Account '\(name)' may not make the new project '\(project.normalized)'; ask a manager of this index to grant "
                + "it a right to that name")
    }

    /// What its holder narrowed gives no rights to others: they would have no such limits.
    private var refusalOfNarrowed: Verdict? {
        scopes.count > 1 ? .no("\(title) was narrowed by its holder; rights that it gives would not be") : nil
    }

    /// Whether this principal may say who else may do what in a project. A token for some versions or files may not: it
    /// could give away more than it has.
    public func mayShare(_ project: ProjectName, index: String) -> Verdict {
        if let refusal = refusalOfNarrowed { return refusal }
        var intent = Intent(.manage, index: index, project: project)
        intent.isWhole = true
        return may(intent)
    }

    /// Whether this principal may administrate the whole server: accounts, teams, and everybody's rights.
    public func mayAdministrateServer() -> Verdict {
        refusalOfNarrowed ?? administratesServer()
    }

    /// Whether this principal is an administrator of the whole server, which is enough to see what concerns it.
    public func administratesServer() -> Verdict {
        // No index has this name: a token for some indexes only is refused.
        var intent = Intent(.admin, index: "")
        intent.isWhole = true
        if let reason = scopeRefusal(of: intent) { return .no(reason) }
        return verdict(.admin, grants.throughoutServer, at: "the whole server")
    }

    /// Whether this principal may see what is not private of one project, or of all of them: it needs no grant.
    ///
    /// - Parameter project: `nil` for pages that show every project.
    public func mayReadPublic(index: String, project: ProjectName?) -> Verdict {
        let verdict = consent(to: Intent(.read, index: index, project: project))
        guard verdict == .yes, project == nil, let projects = scopes.compactMap(\.projects).first else {
            return verdict
        }
        return .no("\(title) may read project \(projects.sorted().joined(separator: ", ")) only")
    }

    /// Whether the scopes allow something, whatever the account may.
    public func consent(to intent: Intent) -> Verdict {
        scopeRefusal(of: intent).map { .no($0) } ?? .yes
    }

    /// Why the credentials do not count here and now, whatever is wanted; `nil` when they do.
    var refusalOfCircumstances: String? {
        scopes.lazy.compactMap { $0.refusal(of: circumstances, by: title) }.first
    }

    /// Why a scope refuses; `nil` when all consent.
    private func scopeRefusal(of intent: Intent) -> String? {
        for (number, scope) in scopes.enumerated() {
            let title = number == 0 ? title : "\(title), narrowed by its holder,"
            if let reason = scope.refusal(of: intent, by: title, circumstances) { return reason }
        }
        return nil
    }

    private func verdict(_ wanted: Permission, _ held: Permission?, at place: String) -> Verdict {
        if let held, held >= wanted { return .yes }
        let words = Permission.allCases.filter { $0 <= (held ?? .read) && held != nil }.map(\.rawValue)
        let all = words.isEmpty ? "nothing" : words.joined(separator: ", ")
        return .no("Account '\(name)' may not \(wanted.verb) \(place); it may: \(all)")
    }
}

/// A decision with its reason.
public enum Verdict: Sendable, Equatable {
    /// It is allowed.
    case yes
    /// It is not, and this sentence says why.
    case no(String)
}
