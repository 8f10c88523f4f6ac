import Foundation
import Testing

@testable import Command

private let certificate = "new connections use the certificate that 'c.pem' holds now"

@Test(
    arguments: [
        ([], [], ["nothing that can change now has changed"]),
        ([], ["--idle-seconds", "5"], ["idleSeconds is '5'"]),
        (["--idle-seconds", "5"], [], ["idleSeconds is '75'"]),
        ([], ["--idle-seconds", "5", "--log", "json"], ["log is 'json'; idleSeconds is '5'"]),
        ([], ["--trusted-proxies", "unix"], ["trustedProxies is 'unix'"]),
        (["--tls-certificate", "c.pem"], ["--tls-certificate", "c.pem"], [certificate]),
        (
            [], ["--loops", "3", "--data", "elsewhere"],
            ["nothing that can change now has changed", "data, loops changed, which needs a restart"]
        ),
        (
            [], ["--read", "token", "--upload-limit-bytes", "5"],
            ["uploadLimitBytes is '5'", "read changed, which needs a restart"]
        ),
    ] as [([String], [String], [String])])
func `a reload tells what is in force and what needs a restart`(
    before: [String], after: [String], lines: [String]
) throws {
    let (old, new) = (try configuration(before), try configuration(after))
    #expect(Reload.report(from: old, to: new, first: old) == lines)
}

@Test func `what needs a restart is told again, until it is as it was`() throws {
    let (first, next) = (try configuration(), try configuration(["--loops", "3"]))
    #expect(Reload.report(from: next, to: next, first: first).last == "loops changed, which needs a restart")
    #expect(Reload.report(from: next, to: first, first: first).count == 1)
}

@Test func `the example file says which settings need a restart`() throws {
    let text = try String(contentsOfFile: ExampleFileTests.path, encoding: .utf8)
    for paragraph in text.components(separatedBy: "\n\n") {
        guard let setting = Setting.all.first(where: { paragraph.contains("\n    \($0.name):") }) else { continue }
        #expect(paragraph.contains("(restart) ") == !setting.isLive, "\(setting.name)")
    }
}
