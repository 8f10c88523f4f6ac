import Foundation
import Testing

@testable import Command

private let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Config").appending(path: "wheelhouse.json5")

@Test func `the example file has every setting once, in order, with its default`() throws {
    let text = try String(contentsOf: file, encoding: .utf8)
    let keys = text.split(separator: "\n").compactMap { line -> String? in
        let line = line.drop { $0 == " " }
        guard !line.hasPrefix("//"), let colon = line.firstIndex(of: ":") else { return nil }
        return String(line[..<colon])
    }
    #expect(keys == Setting.all.map(\.name))
    let defaults = try Configuration(arguments: [], environment: [:])
    let example = try Configuration(arguments: ["--config", file.path], environment: [:])
    for setting in Setting.all {
        #expect(example.texts(setting.name) == defaults.texts(setting.name), "\(setting.name)")
        #expect(example.values[setting.name]?.source.contains("wheelhouse.json5 line ") == true, "\(setting.name)")
    }
}

@Test(arguments: [
    ("listen", "a:1", ["a:1"]), ("listen", "a:1,b:2", ["a:1", "b:2"]), ("tlsCertificate", "a,b", ["a,b"]),
    ("reservedNames", "a,b-*", ["a", "b-*"]), ("reservedNames", "", []),
])
func `a list in the environment has commas, a text keeps them`(name: String, word: String, texts: [String]) throws {
    let setting = try #require(Setting.all.first { $0.name == name })
    let configuration = try Configuration(arguments: [], environment: [setting.variable: word])
    #expect(configuration.texts(name) == texts)
}
