import FoundationEssentials
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

    /// Reads all four sources and checks every value.
    ///
    /// - Throws: `UsageError` that names the flag, variable, or file and line, the value, and what is allowed.
    init(arguments: [String], environment: [String: String] = ProcessInfo.processInfo.environment) throws(UsageError) {
        let flags = try Self.flags(arguments)
        for setting in Setting.all {
            values[setting.name] = Value(texts: setting.texts(in: setting.standard), source: "default")
        }
        try read(file: flags.configuration)
        for setting in Setting.all {
            guard let text = environment[setting.variable] else { continue }
            try set(setting, setting.texts(in: text), source: "environment \(setting.variable)")
        }
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
        guard let file = try? File.open(name), let bytes = try? file.read(at: 0, count: 1 << 20) else {
            guard path == nil else {
                throw UsageError("the configuration file '\(name)' cannot be read", mend: "name one that exists")
            }
            return
        }
        let decoder = JSONDecoder()
        decoder.allowsJSON5 = true
        let document: [String: FileValue]
        do {
            document = try decoder.decode([String: FileValue].self, from: Data(bytes))
        } catch {
            throw UsageError("\(name) is not a JSON5 object of settings", mend: Self.explain(error))
        }
        let lines = Dictionary(JSON5Keys.find(in: bytes).map { ($0.name, [$0.line]) }, uniquingKeysWith: +)
        for key in document.keys.sorted() {
            let numbers = lines[key] ?? [1]
            let source = "\(name) line \(numbers[0])"
            if numbers.count > 1 {
                throw UsageError(
                    "\(name) line \(numbers[1]): \(key) stands on line \(numbers[0]) too", mend: "keep one of them")
            }
            guard let setting = Setting.all.first(where: { $0.name == key }) else {
                let names = Setting.all.map(\.name).joined(separator: ", ")
                throw UsageError("\(source): there is no setting '\(key)'", mend: "the settings are \(names)")
            }
            guard let texts = document[key]?.texts(for: setting.kind) else {
                throw UsageError(
                    "\(source): \(key) has a value of the wrong type", mend: "it must be \(setting.allowed)")
            }
            try set(setting, texts, source: source)
        }
    }

    private static func explain(_ error: any Error) -> String {
        guard case DecodingError.dataCorrupted(let context) = error else { return "write { name: value, … }" }
        let underlying = context.underlyingError.map { "\($0)" } ?? context.debugDescription
        return underlying.split(separator: "\n").joined(separator: " ")
    }
}

/// A value as the file may hold it.
private enum FileValue: Decodable {
    case flag(Bool)
    case integer(Int64)
    case text(String)
    case texts([String])
    case other

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let value = try? container.decode(Bool.self) {
            self = .flag(value)
        } else if let value = try? container.decode(Int64.self) {
            self = .integer(value)
        } else if let value = try? container.decode(String.self) {
            self = .text(value)
        } else if let value = try? container.decode([String].self) {
            self = .texts(value)
        } else {
            self = .other
        }
    }

    func texts(for kind: Setting.Kind) -> [String]? {
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
