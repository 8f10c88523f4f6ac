import Foundation
import Testing

@testable import Command

private func configuration(_ arguments: [String]) throws -> Configuration {
    try Configuration(arguments: arguments, environment: [:])
}

private func certificate(_ name: String) -> String {
    let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    return tests.appending(path: "Certificates").appending(path: name).path
}

private let pair = ["--tls-certificate", certificate("server.pem"), "--tls-key", certificate("server.key")]

@Test(arguments: [
    ["--listen", "127.0.0.1:0"], ["--listen", "tls:127.0.0.1:0"], ["--listen", "unix:/run/a.sock"],
    ["--listen", "tls:0.0.0.0:0", "--read", "token"],
    ["--listen", "0.0.0.0:0", "--read", "anyone", "--behind-proxy", "true"],
    ["--listen", "tls:[::]:0", "--listen", "127.0.0.1:0", "--read", "token"],
])
func `addresses that are safe, or whose choice is stated, are accepted`(arguments: [String]) throws {
    _ = try Listening(configuration(arguments))
}

@Test(arguments: [
    (["--listen", "0.0.0.0:0"], "set read"),
    (["--listen", "tls:0.0.0.0:0"], "set read"),
    (["--listen", "0.0.0.0:0", "--read", "token"], "listen on tls:0.0.0.0:0"),
    (["--listen", "tls:0.0.0.0:0", "--listen", "[::]:0", "--read", "token"], "listen on tls:[::]:0"),
    (["--listen", "tls:"], "tls: for TLS"),
])
func `an address that others can reach needs a stated reader and TLS or a proxy`(
    arguments: [String], mend: String
) throws {
    let configuration = try configuration(arguments)
    let error = try #require(throws: UsageError.self) { try Listening(configuration) }
    #expect(error.mend.contains(mend), "\(error)")
}

@Test(arguments: [
    ([], true, "there is no certificate"),
    (["--tls-certificate", certificate("server.pem")], true, "there is no certificate"),
    (pair, false, "no address to use it"),
    (["--tls-certificate", certificate("server.pem"), "--tls-key", certificate("other.key")], true, "does not belong"),
    (["--tls-certificate", certificate("server.pem"), "--tls-key", certificate("sealed.key")], true, "sealed.key"),
])
func `a certificate that is missing, useless or broken is refused in one sentence`(
    arguments: [String], isNeeded: Bool, message: String
) throws {
    let configuration = try configuration(arguments)
    let error = try #require(throws: UsageError.self) { try Certificate.read(configuration, isNeeded: isNeeded) }
    #expect(error.message.contains(message), "\(error)")
}

@Test func `a certificate is read when a listener needs it`() throws {
    #expect(try Certificate.read(configuration(pair), isNeeded: true) != nil)
    #expect(try Certificate.read(configuration([]), isNeeded: false) == nil)
}

@Test(arguments: ["10.0.0.0/33", "host", "Unix", "10.0.0.1 10.0.0.2"])
func `what is no proxy's address is refused`(text: String) throws {
    let configuration = try configuration(["--trusted-proxies", text])
    #expect(throws: UsageError.self) { try Listening.trustedProxies(configuration) }
}

@Test(arguments: [(256, 160), (1_024, 640), (20_000, 14_880), (1 << 20, 1_043_456)])
func `what archives and the rest need of the descriptors is not for connections`(limit: Int, connections: Int) {
    let descriptors = Descriptors(limit: limit)
    #expect(descriptors.connections == connections)
    #expect(descriptors.connections + descriptors.files < limit)
}
