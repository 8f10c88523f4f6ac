import Posix

/// The effective settings: flag over environment over file over default, each with where it came from.
struct Configuration: Sendable {
    struct Value: Sendable, Equatable {
        var texts: [String]
        var source: String
    }

    /// The file read when `--config` is not given and it exists.
    static let standardFile = "Config/wheelhouse.json5"

    private(set) var values: [String: Value] = [:]
    /// Arguments that are no settings, such as a token's name.
    private(set) var rest: [String] = []
    /// Variables of the environment that look like settings and are none, in order. They are told, not refused: among
    /// them may be those that Kubernetes gives every process beside a service named `wheelhouse`.
    private(set) var strayVariables: [String] = []
    /// The file that was read; `nil` when there was none.
    private(set) var file: String?

    /// Reads all four sources and checks every value.
    ///
    /// - Throws: `UsageError` that names the flag, variable, or file and line, the value, and what is allowed.
    init(arguments: [String], environment: [String: String] = environmentVariables()) throws(UsageError) {
        let flags = try Self.flags(arguments)
        for setting in Setting.all {
            values[setting.name] = Value(texts: setting.texts(in: setting.standard), source: "default")
        }
        try read(file: flags.configuration)
        for setting in Setting.all {
            guard let text = environment[setting.variable] else { continue }
            try set(setting, setting.texts(in: text), source: "environment \(setting.variable)")
        }
        let variables = Set(Setting.all.map(\.variable))
        strayVariables = environment.keys.filter { $0.hasPrefix("WHEELHOUSE_") && !variables.contains($0) }.sorted()
        for (setting, texts) in flags.settings { try set(setting, texts, source: "flag \(setting.flag)") }
        rest = flags.rest
    }

    func text(_ name: String) -> String { values[name]?.texts.first ?? "" }
    func texts(_ name: String) -> [String] { values[name]?.texts ?? [] }
    func integer(_ name: String) -> Int64 { Int64(text(name)) ?? 0 }
    func isOn(_ name: String) -> Bool { text(name) == "true" }

    private struct Flags {
        var settings: [(Setting, [String])] = []
        var configuration: String?
        var rest: [String] = []
    }

    private static func flags(_ arguments: [String]) throws(UsageError) -> Flags {
        var flags = Flags()
        var index = 0
        while index < arguments.count {
            let argument = arguments[index]
            index += 1
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let setting = Setting.all.first { $0.flag == parts[0] }
            guard setting != nil || parts[0] == "--config" else {
                flags.rest.append(argument)
                continue
            }
            var value = parts.count == 2 ? parts[1] : nil
            if value == nil, index < arguments.count {
                value = arguments[index]
                index += 1
            }
            guard let value else { throw UsageError("\(parts[0]) has no value", mend: "write '\(parts[0]) VALUE'") }
            guard let setting else {
                flags.configuration = value
                continue
            }
            let texts = setting.kind == .list ? setting.texts(in: value) : [value]
            let repeats = setting.kind == .list || setting.kind == .texts
            if repeats, let known = flags.settings.firstIndex(where: { $0.0.name == setting.name }) {
                flags.settings[known].1 += texts
            } else {
                flags.settings.append((setting, texts))
            }
        }
        return flags
    }

    private mutating func set(_ setting: Setting, _ texts: [String], source: String) throws(UsageError) {
        for text in texts {
            let isAllowed =
                switch setting.kind {
                case .text: true
                case .path, .texts, .list: !text.isEmpty
                case .flag: text == "true" || text == "false"
                case .choice(let values): values.contains(text)
                case .integer(let range): Int64(text).map(range.contains) ?? false
                }
            guard isAllowed else {
                throw UsageError("\(source): \(setting.name) is '\(text)'", mend: "it must be \(setting.allowed)")
            }
        }
        values[setting.name] = Value(texts: texts, source: source)
    }

    private mutating func read(file path: String?) throws(UsageError) {
        let name = path ?? Self.standardFile
        let bytes: [UInt8]?
        do throws(Errno) {
            bytes = try File.openRegular(name)?.read(at: 0, count: 1 << 20)
        } catch {
            if path == nil, error == .noEntry { return }
            throw UsageError("the configuration file '\(name)' cannot be read: \(error)", mend: "name one that can")
        }
        guard let bytes else {
            throw UsageError("the configuration file '\(name)' is no regular file", mend: "name a file on a disk")
        }
        file = name
        let members: [JSON5.Member]
        do {
            members = try JSON5.members(of: bytes)
        } catch {
            throw UsageError("\(name) line \(error.line): \(error.reason)", mend: "write { name: value, … }")
        }
        var lines: [String: Int] = [:]
        for member in members {
            let source = "\(name) line \(member.line)"
            if let first = lines.updateValue(member.line, forKey: member.name) {
                throw UsageError(
                    "\(source): \(member.name) stands on line \(first) too", mend: "keep one of them")
            }
            guard let setting = Setting.all.first(where: { $0.name == member.name }) else {
                let names = Setting.all.map(\.name).joined(separator: ", ")
                throw UsageError("\(source): there is no setting '\(member.name)'", mend: "the settings are \(names)")
            }
            guard let texts = member.value.texts(for: setting.kind) else {
                throw UsageError(
                    "\(source): \(member.name) has a value of the wrong type", mend: "it must be \(setting.allowed)")
            }
            try set(setting, texts, source: source)
        }
    }
}

extension JSON5.Value {
    /// As the setting keeps it; `nil` for a value of the wrong type.
    fileprivate func texts(for kind: Setting.Kind) -> [String]? {
        switch (self, kind) {
        case (.flag(let value), .flag): ["\(value)"]
        case (.integer(let value), .integer): ["\(value)"]
        case (.text(let value), .text), (.text(let value), .path), (.text(let value), .choice),
            (.text(let value), .texts), (.text(let value), .list):
            [value]
        case (.texts(let values), .list): values
        case (.texts(let values), .texts) where !values.isEmpty: values
        default: nil
        }
    }
}
