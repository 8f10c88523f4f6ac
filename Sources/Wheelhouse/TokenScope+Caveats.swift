import Crypto
import Packaging

// Caveats are JSON. Those of the public index, as `pypitoken` writes them, now and formerly:
//
//     [0, until, from]     seconds since 1970        {"nbf": from, "exp": until}
//     [1, [projects]]                                {"version": 1, "permissions": {"projects": [projects]}}
//     [2, [ids of projects]], [3, id of a user]      {"version": 1, "permissions": "user"}: no restriction
//
// Own ones:
//
//     [100, [permissions]] [101, [indexes]] [102, [versions]] [103, pattern of file names] [104, [addresses]]

/// The caveats' kinds.
private enum CaveatKind: Int64 {
    case time = 0
    case projects = 1
    case projectIDs = 2
    case userID = 3
    case permissions = 100
    case indexes = 101
    case versions = 102
    case files = 103
    case addresses = 104
}

extension TokenScope {
    /// The last second of the year 9999: a time behind it has no text.
    private static let lastSecond: Int64 = 253_402_300_799

    private static let unknown = IndexError(
        .unauthenticated,
        "This token has a restriction that is not known here; known are times, projects, permissions, indexes, versions, "
            + "file names and addresses")

    /// What a caveat lets through.
    ///
    /// - Throws: `IndexError.unauthenticated` for one that is not known, exactly as it should be written.
    init(caveat: [UInt8]) throws(IndexError) {
        self.init()
        guard let json = try? StrictJSON(caveat) else { throw Self.unknown }
        guard let members = json.array else {
            try narrow(toFormer: json)
            return
        }
        guard let kind = members.first?.integer.flatMap(CaveatKind.init(rawValue:)) else { throw Self.unknown }
        switch (kind, members.count) {
        case (.time, 3): try narrow(from: members[2], until: members[1])
        case (.projectIDs, 2), (.userID, 2):
            throw IndexError(
                .unauthenticated,
                "This token is restricted to projects or a user by their ids, which nothing here has; use names of projects"
            )
        case (_, 2): try narrow(to: kind, members[1])
        default: throw Self.unknown
        }
    }

    private mutating func narrow(to kind: CaveatKind, _ value: StrictJSON) throws(IndexError) {
        switch kind {
        case .projects: projects = Set(try Self.each(value) { try? ProjectName($0).normalized })
        case .permissions: permissions = Set(try Self.each(value, Permission.init(rawValue:)))
        case .indexes: indexes = Set(try Self.each(value, \.self))
        case .versions: versions = try Self.each(value) { try? Version($0) }
        case .addresses: sources = try Self.each(value, Source.init)
        case .files:
            guard let pattern = value.string, !pattern.isEmpty else { throw Self.unknown }
            filePattern = pattern
        case .time, .projectIDs, .userID: throw Self.unknown
        }
    }

    private mutating func narrow(toFormer json: StrictJSON) throws(IndexError) {
        guard case .object(let members) = json, members.count == 2 else { throw Self.unknown }
        if let from = json["nbf"], let until = json["exp"] { return try narrow(from: from, until: until) }
        guard json["version"]?.integer == 1, let permissions = json["permissions"] else { throw Self.unknown }
        if permissions.string == "user" { return }
        guard case .object(let limits) = permissions, limits.count == 1, let projects = permissions["projects"] else {
            throw Self.unknown
        }
        try narrow(to: .projects, projects)
    }

    private mutating func narrow(from: StrictJSON, until: StrictJSON) throws(IndexError) {
        guard let from = from.integer, let until = until.integer, (0...Self.lastSecond).contains(from),
            (0...Self.lastSecond).contains(until)
        else { throw Self.unknown }
        notBefore = UploadTime(microseconds: from * 1_000_000)
        expires = UploadTime(microseconds: until * 1_000_000)
    }

    /// The values of a list of strings that is not empty.
    private static func each<Value>(
        _ list: StrictJSON, _ read: (String) -> Value?
    ) throws(IndexError) -> [Value] {
        guard let elements = list.array, !elements.isEmpty else { throw unknown }
        let values = elements.compactMap { $0.string.flatMap(read) }
        guard values.count == elements.count else { throw unknown }
        return values
    }

    /// What a token has to be narrowed by to let through what this does, in JSON. Times are rounded to the stricter second.
    var caveats: [String] {
        var caveats: [String] = []
        func add(_ kind: CaveatKind, _ value: String?) {
            if let value { caveats.append("[\(kind.rawValue), \(value)]") }
        }
        add(.permissions, permissions.map { JSON.strings($0.sorted().map(\.rawValue)) })
        add(.indexes, indexes.map { JSON.strings($0.sorted()) })
        add(.projects, projects.map { JSON.strings($0.sorted()) })
        add(.versions, versions.map { JSON.strings($0.map(\.description)) })
        add(.files, filePattern.map { (pattern: String) in JSON.string(pattern) })
        add(.addresses, sources.map { JSON.strings($0.map(\.text)) })
        guard notBefore != nil || expires != nil else { return caveats }
        let from = notBefore.map { ($0.microseconds + 999_999) / 1_000_000 } ?? 0
        let until = expires.map { $0.microseconds / 1_000_000 } ?? Self.lastSecond
        caveats.append("[\(CaveatKind.time.rawValue), \(until), \(from)]")
        return caveats
    }
}
