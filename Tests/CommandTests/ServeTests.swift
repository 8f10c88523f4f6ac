import Packaging
import Server
import Storage
import Testing
import Wheelhouse

@testable import Command

struct AddressTests {
    /// Flags, and how many addresses they give.
    @Test(
        arguments: [
            ([], 1), (["--listen", "[::1]:0"], 1), (["--listen", "unix:/run/w.sock"], 1),
            (["--listen", "localhost:1", "--listen", "127.0.0.1:2"], 2),
            (["--listen", "0.0.0.0:80", "--read", "token", "--behind-proxy", "true"], 1),
            (["--listen", "0.0.0.0:80", "--read", "anyone", "--behind-proxy", "true"], 1),
            (["--base-path", "/pypi"], 1), (["--base-path", "/a/b"], 1),
        ] as [([String], Int)])
    func `what is loopback, or stated, is listened at`(arguments: [String], count: Int) throws {
        #expect(try listened(configuration(arguments)).count == count)
    }

    @Test(arguments: [
        (["--listen", "0.0.0.0:80"], "0.0.0.0:80", "read"),
        (["--listen", "[::]:80"], "[::]:80", "read"),
        (["--listen", "127.0.0.1:1", "--listen", "10.0.0.1:80"], "10.0.0.1:80", "read"),
        (["--listen", "0.0.0.0:80", "--behind-proxy", "true"], "0.0.0.0:80", "'token' or 'anyone'"),
        (["--listen", "0.0.0.0:80", "--read", "token"], "without TLS", "behindProxy"),
        (["--listen", "0.0.0.0:80", "--read", "anyone"], "without TLS", "behindProxy"),
        (["--listen", "8080"], "listen is '8080'", "ADDRESS:PORT"),
        (["--listen", "example.org:80"], "listen is 'example.org:80'", "numeric"),
        (["--listen", "127.0.0.1:99999"], "99999", "ADDRESS:PORT"),
        (["--base-path", "pypi"], "basePath is 'pypi'", "slash"),
        (["--base-path", "/pypi/"], "basePath is '/pypi/'", "slash"),
        (["--base-path", "/"], "basePath is '/'", "slash"),
    ])
    func `an exposed address without a stated choice is refused, with the settings to choose from`(
        arguments: [String], message: String, mend: String
    ) {
        let error = #expect(throws: UsageError.self) { _ = try listened(configuration(arguments)) }
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
        #expect(error?.mend.contains(mend) == true, "\(error?.mend ?? "")")
    }

    /// A prefix that no request's path can have would make every address unknown.
    @Test(arguments: ["/a//b", "/a b", "/../x", "/a?b", "/ä", "//"])
    func `a prefix that is no path is refused`(prefix: String) {
        #expect(throws: UsageError.self) { _ = try listened(configuration(["--base-path", prefix])) }
    }
}

struct IndexNamesTests {
    @Test func `indexes are named by a list, and main is one anyway`() throws {
        let settings = try configuration(["--indexes", "staging,dev", "--indexes", "team-2"])
        #expect(try settings.indexes == ["staging", "dev", "team-2"])
        #expect(try Serve.policy(settings).indexes == ["staging", "dev", "team-2"])
        for name in [nil, "main"] { #expect(try settings.index(name) == "main") }
        #expect(try settings.index("dev") == "dev")
        #expect(try configuration([]).indexes.isEmpty)
    }

    @Test(arguments: [
        ("Staging", "indexes has 'Staging'", "such as staging"), ("main", "indexes has 'main'", "main is there anyway"),
        ("simple", "indexes has 'simple'", "words that addresses begin with"),
        ("dev,dev", "indexes has 'dev' twice", "write it once"), ("a/b", "indexes has 'a/b'", "a word"),
    ])
    func `a name that no index can have is refused`(names: String, message: String, mend: String) throws {
        let settings = try configuration(["--indexes", names])
        let error = #expect(throws: UsageError.self) { try Serve.policy(settings) }
        #expect(error?.message == message)
        #expect(error?.mend.contains(mend) == true, "\(error?.mend ?? "")")
    }

    /// Commands with the index last.
    @Test(arguments: [
        "yank demo==1.0", "unyank demo==1.0", "delete demo==1.0", "restore demo==1.0", "status demo archived",
        "signature add demo-1.0.tar.gz demo.sig", "signature list demo-1.0.tar.gz", "signature check", "signature held",
        "policy explain demo", "policy unpin demo", "publisher add demo gitlab acme/demo", "usage", "usage demo",
        "journal", "journal --project demo", "visibility demo private", "grant add read ann",
        "grant add read ann --project demo", "token create ci",
    ])
    func `a command for an index that is not there is refused before anything is opened`(line: String) throws {
        let words = line.split(separator: " ").map(String.init)
        let command = try #require(Subcommand.all.first { $0.name == words[0] })
        let arguments = words.dropFirst() + ["--index", "stagin", "--indexes", "staging", "--data", "/nowhere"]
        let error = #expect(throws: UsageError.self) { try command.run(Array(arguments)) }
        #expect(error?.message == "there is no index 'stagin'")
        #expect(error?.mend.contains("there are main, staging;") == true)
        #expect(command.help.contains("--index"))
    }
}

/// What serve makes of its settings before it opens anything.
private func listened(_ configuration: Configuration) throws -> [ListenAddress] {
    _ = try Serve.siteSettings(configuration)
    return try Listening(configuration).addresses
}

struct TokenCommandTests {
    @Test func `the list tells expired tokens from valid ones`() throws {
        var token = TokenRecord(
            name: "ci", account: "ci", secretDigest: try Digest(.sha256, hex: String(repeating: "0", count: 64)),
            permissions: [], created: UploadTime(microseconds: 0))
        #expect(TokenCommand.state(token) == "valid")
        token.expires = UploadTime(microseconds: .max)
        #expect(TokenCommand.state(token) == "valid")
        token.expires = UploadTime(microseconds: 1)
        #expect(TokenCommand.state(token) == "expired")
        token.revoked = UploadTime(microseconds: 2)
        #expect(TokenCommand.state(token) == "revoked 1970-01-01")
    }

    @Test(arguments: [
        ("90d", 7_776_000), ("12h", 43_200), ("30m", 1_800), ("2w", 1_209_600), ("1s", 1), ("100000d", 8_640_000_000),
    ])
    func `a duration is a number and a unit`(text: String, seconds: Int64) throws {
        #expect(try TokenCommand.seconds(text, of: "--expires") == seconds)
    }

    @Test(arguments: [
        "", "d", "90", "0d", "-1d", "+1d", "1.5h", "90 d", "90D", "90y", "1d2h", "100001d", "９d",
        "99999999999999999999d",
    ])
    func `anything else is refused with an example`(text: String) {
        let error = #expect(throws: UsageError.self) { _ = try TokenCommand.seconds(text, of: "--expires") }
        #expect(error?.message == "--expires is '\(text)'")
        #expect(error?.mend.contains("90d") == true)
    }

    @Test(arguments: [
        ([], "needs a command", "create, list, revoke or narrow"),
        (["make"], "'token make'", "create, list, revoke or narrow"),
        (["create"], "one token name is needed", "--help"),
        (["create", "a", "b"], "one token name is needed", "--help"),
        (["create", "a", "--my", "x"], "'--my'", "--help"), (["revoke", "--force"], "'--force'", "--help"),
        (["create", "a", "--may", "fly"], "'fly'", "read, upload, manage, admin"),
        (["create", "a", "--may", ""], "--may", "--may upload"),
        (["create", "a", "--project", "-x"], "--project is '-x'", ""),
        (["create", "a", "--expires", "soon"], "--expires is 'soon'", "90d"),
        (["list", "all"], "'all'", "--help"),
    ])
    func `wrong usage is told before anything is opened`(arguments: [String], message: String, mend: String) {
        let data = arguments.isEmpty ? [] : ["--data", "/nowhere"]
        let error = #expect(throws: UsageError.self) { try TokenCommand.run(arguments + data) }
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
        #expect(error?.mend.contains(mend) == true, "\(error?.mend ?? "")")
    }
}

struct OptionsTests {
    @Test func `flags of a command are taken out, the rest stays in its order`() throws {
        var options = try Options(
            ["a", "--may", "read", "--may=upload", "--data", "x", "--after", "5", "b"], values: ["--may", "--after"])
        #expect(options.rest == ["a", "--data", "x", "b"])
        #expect(options.takeAll("--may") == ["read", "upload"])
        #expect(options.takeAll("--may").isEmpty)
        #expect(options.take("--after") == "5")
        #expect(options.take("--after") == nil)
    }

    @Test func `the last of a repeated flag counts where one is wanted`() throws {
        var options = try Options(["--after", "1", "--after=2"], values: ["--after"])
        #expect(options.take("--after") == "2")
    }

    @Test func `a value may be empty or hold an equals sign`() throws {
        var options = try Options(["--may=", "--may=a=b"], values: ["--may"])
        #expect(options.takeAll("--may") == ["", "a=b"])
    }

    @Test func `a flag without its value is refused`() {
        let error = #expect(throws: UsageError.self) { _ = try Options(["--may"], values: ["--may"]) }
        #expect(error == UsageError("--may has no value", mend: "write '--may VALUE'"))
    }

    @Test(arguments: ["-1", "x", "", "1.5", "99999999999999999999"])
    func `journal refuses what is no serial`(text: String) {
        #expect(throws: UsageError.self) { try JournalCommand.run(["--after", text, "--data", "/nowhere"]) }
    }
}

struct SubcommandTests {
    @Test func `every command has help, and no two share a name`() {
        #expect(Set(Subcommand.all.map(\.name)).count == Subcommand.all.count)
        for command in Subcommand.all {
            #expect(command.help.contains("wheelhouse"), "\(command.name)")
            #expect(command.help.hasSuffix("\n"), "\(command.name)")
        }
    }

    @Test func `help of serve names every setting's flag`() {
        let help = Subcommand.all.first { $0.name == "serve" }?.help ?? ""
        for setting in Setting.all { #expect(help.contains(setting.flag), "\(setting.flag)") }
    }

    /// A slip of the pen must not make a data folder.
    @Test(arguments: ["verify", "gc", "journal"])
    func `administration refuses a folder that is no data folder`(name: String) throws {
        let command = try #require(Subcommand.all.first { $0.name == name })
        #expect(throws: OperationError.self) { try command.run(["--data", "/nowhere/at/all"]) }
    }
}
