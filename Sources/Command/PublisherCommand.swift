import Packaging
import Storage
import Wheelhouse

/// `wheelhouse publisher add|list|remove`
enum PublisherCommand {
    static func run(_ arguments: [String]) throws {
        let rest = Array(arguments.dropFirst())
        switch arguments.first {
        case "add": try add(rest)
        case "list": try list(rest)
        case "remove": try remove(rest)
        case let other:
            throw UsageError(
                other.map { "there is no command 'publisher \($0)'" } ?? "'publisher' needs a command",
                mend: "choose add, list or remove")
        }
    }

    private static func add(_ arguments: [String]) throws {
        let flags = ["--owner-id", "--environment", "--config", "--namespace-id", "--issuer", "--claim"]
        var options = try Options(arguments, values: Set(flags))
        let issuer = options.take("--issuer")
        let claims = options.takeAll("--claim")
        var values: [String: String] = [:]
        for flag in flags { values[String(flag.dropFirst(2))] = options.take(flag) }
        let (configuration, index) = try Administer.indexed(options.rest)
        var words = configuration.rest[...]
        guard let name = words.popFirst(), let kindWord = words.popFirst(), !name.hasPrefix("-") else {
            throw UsageError("a project and a kind are needed", mend: "see 'wheelhouse publisher --help'")
        }
        guard let kind = PublisherTerms.Kind(rawValue: kindWord) else {
            throw UsageError("'\(kindWord)' is no kind of publisher", mend: "choose github, gitlab or oidc")
        }
        try take(&words, kind, claims, into: &values)
        if let extra = words.first {
            throw UsageError("'\(extra)' is not known here", mend: "see 'wheelhouse publisher --help'")
        }
        guard let issuer = issuer ?? kind.standardIssuer else {
            throw UsageError("no issuer is named", mend: "add --issuer https://…")
        }
        var publisher = try request(name, issuer, kind, values)
        publisher.index = index
        let store = try Administer.store(configuration)
        let added = try Administer.operation { [publisher] () throws(IndexError) in
            try PackageIndex.addPublisher(publisher, by: actor, in: store)
        }
        Output.line("\(added.id)")
    }

    /// The words and claims that stand for terms.
    private static func take(
        _ words: inout ArraySlice<String>, _ kind: PublisherTerms.Kind, _ claims: [String],
        into values: inout [String: String]
    ) throws(UsageError) {
        switch kind {
        case .github:
            values["repository"] = words.popFirst()
            values["workflow"] = words.popFirst()
        case .gitlab:
            values["project"] = words.popFirst()
            values["config"] = values["config"] ?? ".gitlab-ci.yml"
        case .oidc: break
        }
        guard kind == .oidc || claims.isEmpty else {
            throw UsageError("--claim is for publishers of the kind oidc", mend: "leave it out")
        }
        for claim in claims {
            let parts = claim.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, values.updateValue(String(parts[1]), forKey: String(parts[0])) == nil else {
                throw UsageError("--claim is '\(claim)'", mend: "write NAME=PATTERN, each name once")
            }
        }
    }

    private static func request(
        _ name: String, _ issuer: String, _ kind: PublisherTerms.Kind, _ values: [String: String]
    ) throws(UsageError) -> PackageIndex.Publisher {
        do {
            let terms = try PublisherTerms(kind, values)
            return PackageIndex.Publisher(project: try ProjectName(name), issuer: issuer, terms: terms)
        } catch let error as IndexError {
            throw UsageError(error.sentence, mend: "see 'wheelhouse publisher --help'")
        } catch {
            throw UsageError("'\(name)' is no project name", mend: "\(error)")
        }
    }

    private static func list(_ arguments: [String]) throws {
        let store = try Administer.store(try Administer.only(arguments))
        let publishers = try Administer.operation { () throws(StorageError) in try store.publishers() }
        Output.line("NUMBER\tINDEX\tPROJECT\tKIND\tISSUER\tTERMS\tADDED\tSTATE")
        for publisher in publishers {
            let terms = publisher.terms.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            let fields: [String] = [
                "\(publisher.id)", publisher.index, publisher.project, publisher.kind, publisher.issuer,
                terms.joined(separator: ","), publisher.created.time.date, publisher.isPending ? "pending" : "active",
            ]
            Output.line(fields.joined(separator: "\t"))
        }
    }

    private static func remove(_ arguments: [String]) throws {
        let configuration = try Configuration(arguments: arguments)
        guard configuration.rest.count == 1, let id = Int64(configuration.rest[0]) else {
            throw UsageError("one number is needed", mend: "see 'wheelhouse publisher list'")
        }
        let store = try Administer.store(configuration)
        try Administer.operation { () throws(IndexError) in
            try PackageIndex.removePublisher(id, by: actor, in: store)
        }
    }

    /// Who works at the command line has the data folder's files: the journal says so.
    private static let actor = "command line"
}
