import Foundation
import Testing

@testable import Command

/// Writes a configuration file that is removed with this object.
final class ConfigurationFile {
    let path: String

    init(_ text: String) throws {
        path = NSTemporaryDirectory() + "/wheelhouse-\(UUID().uuidString.prefix(8)).json5"
        try Data(text.utf8).write(to: URL(filePath: path))
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }
}

/// The configuration of a file, flags and variables; never that of the folder in which the tests run.
func configuration(
    _ arguments: [String] = [], environment: [String: String] = [:], file text: String = "{}"
) throws -> Configuration {
    let file = try ConfigurationFile(text)
    return try Configuration(arguments: ["--config", file.path] + arguments, environment: environment)
}

struct SettingTests {
    @Test(arguments: [
        ("data", "--data", "WHEELHOUSE_DATA"), ("listen", "--listen", "WHEELHOUSE_LISTEN"),
        ("basePath", "--base-path", "WHEELHOUSE_BASE_PATH"), ("read", "--read", "WHEELHOUSE_READ"),
        ("behindProxy", "--behind-proxy", "WHEELHOUSE_BEHIND_PROXY"), ("log", "--log", "WHEELHOUSE_LOG"),
        ("uploadLimitBytes", "--upload-limit-bytes", "WHEELHOUSE_UPLOAD_LIMIT_BYTES"),
        ("drainSeconds", "--drain-seconds", "WHEELHOUSE_DRAIN_SECONDS"),
    ])
    func `flag and variable follow from the name`(name: String, flag: String, variable: String) throws {
        let setting = try #require(Setting.all.first { $0.name == name })
        #expect(setting.flag == flag)
        #expect(setting.variable == variable)
    }

    @Test func `no two settings share a name, a flag or a variable`() {
        #expect(Set(Setting.all.map(\.name)).count == Setting.all.count)
        #expect(Set(Setting.all.map(\.flag)).count == Setting.all.count)
        #expect(Set(Setting.all.map(\.variable)).count == Setting.all.count)
    }

    @Test(arguments: Setting.all)
    func `every default is a value that its own setting allows`(setting: Setting) throws {
        let value = try configuration([setting.flag, setting.standard]).values[setting.name]
        let texts = setting.kind == .list ? setting.texts(in: setting.standard) : [setting.standard]
        #expect(value == Configuration.Value(texts: texts, source: "flag \(setting.flag)"))
        #expect(!setting.reason.isEmpty)
    }

    @Test(arguments: [
        ("data", "Storage"), ("listen", "127.0.0.1:8080"), ("read", ""), ("drainSeconds", "30"), ("log", "text"),
        ("basePath", ""), ("behindProxy", "false"),
    ])
    func `defaults are those that users rely on`(name: String, standard: String) throws {
        #expect(try configuration().text(name) == standard)
    }
}

struct ConfigurationTests {
    @Test func `a flag is stronger than the environment, that than the file, that than the default`() throws {
        let file = "{ data: 'f', log: 'json', idleSeconds: 11 }"
        let environment = ["WHEELHOUSE_DATA": "e", "WHEELHOUSE_LOG": "text"]
        let settings = try configuration(["--data", "a"], environment: environment, file: file)
        #expect(settings.values["data"] == .init(texts: ["a"], source: "flag --data"))
        #expect(settings.values["log"] == .init(texts: ["text"], source: "environment WHEELHOUSE_LOG"))
        #expect(settings.values["idleSeconds"]?.texts == ["11"])
        #expect(settings.values["idleSeconds"]?.source.hasSuffix(" line 1") == true)
        #expect(settings.values["headSeconds"] == .init(texts: ["10"], source: "default"))
    }

    @Test func `a flag may hold its value behind an equals sign`() throws {
        let settings = try configuration(["--data=a=b", "--listen=unix:x=y"])
        #expect(settings.text("data") == "a=b")
        #expect(settings.texts("listen") == ["unix:x=y"])
    }

    @Test func `listen is repeatable, and what is said replaces the weaker source`() throws {
        let file = "{ listen: ['127.0.0.1:1', '127.0.0.1:2'] }"
        #expect(try configuration(file: file).texts("listen") == ["127.0.0.1:1", "127.0.0.1:2"])
        let flags = ["--listen", "127.0.0.1:3", "--listen", "[::1]:4"]
        #expect(try configuration(flags, file: file).texts("listen") == ["127.0.0.1:3", "[::1]:4"])
    }

    @Test func `the last of a repeated flag counts`() throws {
        #expect(try configuration(["--data", "a", "--data", "b"]).text("data") == "b")
    }

    @Test func `what is no setting is left for the command`() throws {
        #expect(try configuration(["name", "--data", "a", "--other"]).rest == ["name", "--other"])
    }

    @Test func `the file may hold all that JSON5 allows`() throws {
        let file = """
            // a comment with data: 'no'
            {
                /* log: 'json' */
                "data": "quoted", // behind
                'idleSeconds': 0x20,
                behindProxy: true,
                listen: '127.0.0.1:9',
            }
            """
        let settings = try configuration(file: file)
        #expect(settings.text("data") == "quoted")
        #expect(settings.integer("idleSeconds") == 32)
        #expect(settings.isOn("behindProxy"))
        #expect(settings.texts("listen") == ["127.0.0.1:9"])
        #expect(settings.values["data"]?.source.hasSuffix(" line 4") == true)
        #expect(settings.values["behindProxy"]?.source.hasSuffix(" line 6") == true)
    }

    /// Lists of a variable that hold something empty, and words of the message.
    @Test(arguments: [
        ("WHEELHOUSE_LISTEN", ",", "listen is ''"), ("WHEELHOUSE_LISTEN", "127.0.0.1:1,,127.0.0.1:2", "listen is ''"),
        ("WHEELHOUSE_LISTEN", "", "listen is ''"), ("WHEELHOUSE_TRUSTED_PROXIES", ",", "trustedProxies is ''"),
        ("WHEELHOUSE_RESERVED_NAMES", "numpy,", "reservedNames is ''"),
    ])
    func `a list with nothing between two commas is refused`(variable: String, value: String, message: String) {
        let error = #expect(throws: UsageError.self) { try configuration(environment: [variable: value]) }
        #expect(error?.message == "environment \(variable): \(message)")
    }

    @Test(.timeLimit(.minutes(10))) func `a pipe or a folder in place of a file is refused, and not waited for`() throws
    {
        let pipe = NSTemporaryDirectory() + "/wheelhouse-\(UUID().uuidString.prefix(8)).pipe"
        let made = unsafe mkfifo(pipe, 0o600)
        try #require(made == 0)
        defer { try? FileManager.default.removeItem(atPath: pipe) }
        for path in [pipe, NSTemporaryDirectory(), "/dev/null"] {
            let error = #expect(throws: UsageError.self) {
                try Configuration(arguments: ["--config", path], environment: [:])
            }
            #expect(error?.message == "the configuration file '\(path)' is no regular file")
        }
        let settings = try configuration(["--tls-certificate", pipe, "--tls-key", pipe])
        let error = #expect(throws: UsageError.self) { try Certificate.read(settings, isNeeded: true) }
        #expect(error?.message == "'\(pipe)' is no regular file")
    }

    /// What is wrong, words of the message, words of what mends it.
    @Test(arguments: [
        (["--log", "xml"], "flag --log: log is 'xml'", "text or json"),
        (["--behind-proxy", "yes"], "flag --behind-proxy: behindProxy is 'yes'", "true or false"),
        (["--idle-seconds", "0"], "flag --idle-seconds: idleSeconds is '0'", "from 1 to 3600"),
        (["--idle-seconds", "1.5"], "'1.5'", "whole number"),
        (["--idle-seconds", ""], "''", "whole number"),
        (["--upload-limit-bytes", "99999999999999999999"], "'99999999999999999999'", "whole number"),
        (["--listen", ""], "flag --listen: listen is ''", "text"),
        (["--data", ""], "flag --data: data is ''", "a path"),
        (["--data"], "--data has no value", "'--data VALUE'"),
        (["--config"], "--config has no value", "'--config VALUE'"),
        (["--read", "nobody"], "read is 'nobody'", "anyone or token"),
    ])
    func `a wrong flag is named with its value and what is allowed`(
        arguments: [String], message: String, mend: String
    ) {
        let error = #expect(throws: UsageError.self) { _ = try configuration(arguments) }
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
        #expect(error?.mend.contains(mend) == true, "\(error?.mend ?? "")")
    }

    @Test func `a wrong variable is named`() {
        let error = #expect(throws: UsageError.self) {
            _ = try configuration(environment: ["WHEELHOUSE_LOOPS": "many"])
        }
        #expect(error?.message == "environment WHEELHOUSE_LOOPS: loops is 'many'")
        #expect(error?.mend == "it must be a whole number from 0 to 64")
    }

    @Test(arguments: [
        ("{\n  data: 5\n}", "line 2: data has a value of the wrong type", "a path"),
        ("{\n\n  idleSeconds: '5'\n}", "line 3: idleSeconds has a value of the wrong type", "whole number"),
        ("{ idleSeconds: 5000 }", "line 1: idleSeconds is '5000'", "3600"),
        ("{ idleSeconds: 1.5 }", "line 1: idleSeconds has a value of the wrong type", "whole number"),
        ("{ behindProxy: 'true' }", "behindProxy has a value of the wrong type", "true or false"),
        ("{ behindProxy: 1 }", "behindProxy has a value of the wrong type", "true or false"),
        ("{ data: null }", "data has a value of the wrong type", "a path"),
        ("{ listen: [] }", "listen has a value of the wrong type", "list of texts"),
        ("{ listen: [8080] }", "listen has a value of the wrong type", "list of texts"),
        ("{ listen: {} }", "listen has a value of the wrong type", "list of texts"),
        ("{\n  log: 'text',\n  lgo: 'json',\n}", "line 3: there is no setting 'lgo'", "the settings are data, listen"),
        ("{\n  // data: 'x',\n  data: 5,\n}", "line 3: data", "a path"),
        ("{\n  log: 'text', // not data: here\n  data: 5,\n}", "line 3: data", "a path"),
        ("{\n  basePath: 'data',\n  data: 5,\n}", "line 3: data", "a path"),
    ])
    func `a wrong file is named with its line`(text: String, message: String, mend: String) {
        let error = #expect(throws: UsageError.self) { _ = try configuration(file: text) }
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
        #expect(error?.message.contains(".json5") == true)
        #expect(error?.mend.contains(mend) == true, "\(error?.mend ?? "")")
    }

    @Test func `a file that is no object of settings is named, with the line of the mistake`() {
        let error = #expect(throws: UsageError.self) { _ = try configuration(file: "{\n  data: 'a'\n  log: 'text'\n}") }
        #expect(error?.message.hasSuffix(".json5 line 3: 'l' stands where a comma or '}' is needed") == true)
        #expect(error?.mend == "write { name: value, … }")
    }

    @Test func `a setting that is given twice in the file is refused`() {
        let error = #expect(throws: UsageError.self) { _ = try configuration(file: "{ data: 'a',\n data: 'b' }") }
        #expect(error?.message.hasSuffix("line 2: data stands on line 1 too") == true)
    }

    @Test func `a file that exists and cannot be read is an error, also the standard one`() throws {
        let folder = NSTemporaryDirectory() + "/wheelhouse-\(UUID().uuidString.prefix(8)).json5"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let error = #expect(throws: UsageError.self) {
            _ = try Configuration(arguments: ["--config", folder], environment: [:])
        }
        #expect(error?.message.contains("is no regular file") == true, "\(error?.message ?? "")")
    }

    @Test func `variables that look like settings and are none are known`() throws {
        let environment = [
            "WHEELHOUSE_LISTNE": "x", "WHEELHOUSE_LOG": "json", "HOME": "/", "WHEELHOUSE_BASEPATH": "/a",
        ]
        #expect(
            try configuration(environment: environment).strayVariables == ["WHEELHOUSE_BASEPATH", "WHEELHOUSE_LISTNE"])
    }

    @Test func `a named file that is not there is an error`() {
        let error = #expect(throws: UsageError.self) {
            _ = try Configuration(arguments: ["--config", "/nowhere/x.json5"], environment: [:])
        }
        #expect(error?.message.contains("'/nowhere/x.json5'") == true)
    }
}

struct ExampleFileTests {
    static let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Config/wheelhouse.json5").path

    @Test(arguments: Setting.all)
    func `Config wheelhouse json5 has every option with its built-in default`(setting: Setting) throws {
        let settings = try Configuration(arguments: ["--config", Self.path], environment: [:])
        let value = try #require(settings.values[setting.name])
        #expect(value.texts == setting.texts(in: setting.standard))
        #expect(value.source.hasPrefix(Self.path), "'\(setting.name)' is not in the file")
    }

    @Test func `the options stand in the order of the code, each on the line that an error would name`() throws {
        let settings = try Configuration(arguments: ["--config", Self.path], environment: [:])
        let lines = try String(contentsOfFile: Self.path, encoding: .utf8).components(separatedBy: "\n")
        let numbers = try Setting.all.map { setting in
            let source = try #require(settings.values[setting.name]?.source)
            let number = try #require(Int(source.split(separator: " ").last ?? ""))
            #expect(lines[number - 1].contains("\(setting.name):"))
            return number
        }
        #expect(numbers == numbers.sorted())
        #expect(Set(numbers).count == numbers.count)
    }
}
