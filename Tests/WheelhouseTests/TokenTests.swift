import Crypto
import Foundation
import Packaging
import Posix
import Storage
import Testing

@testable import Wheelhouse

@Suite(.timeLimit(.minutes(10))) struct TokenTests {
    @Test func `a token is 256 random bits in a form that scanners know`() throws {
        let secrets = try (0..<100).map { _ in try TokenSecret.make() }
        #expect(Set(secrets).count == 100)
        for secret in secrets {
            #expect(secret.wholeMatch(of: /whl_[A-Za-z0-9_-]{49}/) != nil)
            #expect(TokenSecret.hasForm(secret))
            #expect(!TokenSecret.hasForm(String(secret.dropLast())))
            #expect(!TokenSecret.hasForm(String(secret.dropLast(2)) + String(secret.suffix(2).reversed()) + "x"))
            let body = secret.dropLast(6)
            // Those of earlier programs have no checksum.
            #expect(TokenSecret.hasForm(String(body)))
            // 256 bits in 43 characters leave two bits, which are 0: RFC 4648 §3.5.
            #expect("AEIMQUYcgkosw048".contains(try #require(body.last)))
            let text = String(body.dropFirst(4)).replacing("-", with: "+").replacing("_", with: "/") + "="
            #expect(Data(base64Encoded: text)?.count == 32)
        }
    }

    // CRC-32 as in zlib: of the body, big-endian, in base64url.
    @Test(arguments: [
        ("whl_" + String(repeating: "A", count: 43), "2MLCkQ"), ("whl_" + String(repeating: "z", count: 43), "z9sHOQ"),
    ])
    func `the checksum is the CRC-32 of what stands before it`(body: String, checksum: String) {
        #expect(TokenSecret.hasForm(body + checksum))
        #expect(!TokenSecret.hasForm(body + "AAAAAA"))
    }

    @Test func `all 64 characters occur`() throws {
        let secrets = try (0..<200).map { _ in try TokenSecret.make().dropFirst(4) }
        #expect(Set(secrets.joined()).count == 64)
    }

    // RFC 6234 §8.5 and the empty text.
    @Test(arguments: [
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ])
    func `what is kept is the SHA-256 of the text`(secret: String, hex: String) {
        #expect(TokenSecret.digest(of: secret).hex == hex)
    }

    @Test func `the folder never holds a token's text`() throws {
        let instance = try Instance()
        let files = try FileManager.default.subpathsOfDirectory(atPath: instance.folder.path)
        for file in files {
            guard let data = FileManager.default.contents(atPath: instance.folder.path + "/" + file) else { continue }
            #expect(data.range(of: Data(instance.secret.utf8)) == nil, "\(file) holds the token")
        }
    }

    @Test func `unknown, revoked and expired tokens are refused, each with its reason`() throws {
        let instance = try Instance()
        let expired = PackageIndex.TokenRequest(name: "old", permissions: [.read], expiresInSeconds: -1)
        let old = try PackageIndex.createToken(expired, by: "tests", in: instance.store)
        let revoked = PackageIndex.TokenRequest(name: "gone", permissions: [.read])
        let gone = try PackageIndex.createToken(revoked, by: "tests", in: instance.store)
        try PackageIndex.revokeToken(named: "gone", by: "tests", in: instance.store)
        try instance.index.refresh()
        for (secret, word) in [("whl_unknown", "not known"), ("", "not known"), (old, "expired"), (gone, "revoked")] {
            let error = #expect(throws: IndexError.self) { _ = try instance.index.authenticate(secret: secret) }
            #expect(error?.code == .unauthenticated)
            #expect(error?.sentence.contains(word) == true)
        }
        #expect(try instance.index.authenticate(secret: instance.secret).name.hasPrefix("uploader"))
    }

    @Test(arguments: ["", " ", "a b", "a:b", "a\nb", "a\u{7f}", String(repeating: "a", count: 101)])
    func `a bad token name is refused`(name: String) throws {
        let instance = try Instance()
        let request = PackageIndex.TokenRequest(name: name, permissions: [.read])
        let error = #expect(throws: IndexError.self) {
            _ = try PackageIndex.createToken(request, by: "tests", in: instance.store)
        }
        #expect(error?.code == .invalid)
    }

    @Test func `a name is taken once, also after its token is revoked`() throws {
        let instance = try Instance()
        let request = PackageIndex.TokenRequest(name: "ci", permissions: [.read])
        _ = try PackageIndex.createToken(request, by: "tests", in: instance.store)
        try PackageIndex.revokeToken(named: "ci", by: "tests", in: instance.store)
        let taken = #expect(throws: IndexError.self) {
            _ = try PackageIndex.createToken(request, by: "tests", in: instance.store)
        }
        #expect(taken?.code == .exists)
        let again = #expect(throws: IndexError.self) {
            try PackageIndex.revokeToken(named: "ci", by: "tests", in: instance.store)
        }
        #expect(again?.code == .notFound)
    }
}

@Suite(.timeLimit(.minutes(10))) struct FirstTokenTests {
    @Test func `a new folder gets one administrator, whose token is in a file for its owner only`() throws {
        let folder = try TemporaryFolder()
        let store = try Store(directory: folder.path)
        #expect(try PackageIndex.ensureFirstToken(named: "admin", in: store))
        let secret = try #require(try store.adminToken())
        #expect(secret.wholeMatch(of: /whl_[A-Za-z0-9_-]{49}/) != nil)
        let attributes = try FileManager.default.attributesOfItem(atPath: store.adminTokenPath)
        #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
        let index = try PackageIndex(store, policy: Policy(uploadLimitBytes: 1, isReadingOpen: true))
        #expect(try index.authenticate(secret: secret).may(.admin, index: "main") == .yes)
        #expect(try !PackageIndex.ensureFirstToken(named: "admin", in: store))
        #expect(try store.tokens().count == 1)
    }

    @Test func `after a crash between file and row, the next start makes the token that the file holds`() throws {
        let folder = try TemporaryFolder()
        let secret = "whl_" + String(repeating: "k", count: 42) + "A"
        do {
            let store = try Store(directory: folder.path)
            #expect(try store.saveAdminToken(secret))
        }
        let store = try Store(directory: folder.path)
        #expect(try PackageIndex.ensureFirstToken(named: "admin", in: store))
        #expect(try store.adminToken() == secret)
        let index = try PackageIndex(store, policy: Policy(uploadLimitBytes: 1, isReadingOpen: true))
        #expect(try index.authenticate(secret: secret).name == "admin")
    }

    @Test(arguments: ["", "\n", "short", "whl_"])
    func `a token file that is empty or cut off does not become the administrator`(content: String) throws {
        let folder = try TemporaryFolder()
        let store = try Store(directory: folder.path)
        try Data(content.utf8).write(to: URL(filePath: store.adminTokenPath))
        // Either a clear refusal or a fresh token, but never an administrator with a secret that can be guessed.
        _ = try? PackageIndex.ensureFirstToken(named: "admin", in: store)
        let index = try PackageIndex(store, policy: Policy(uploadLimitBytes: 1, isReadingOpen: true))
        let guess = content.split(separator: "\n").first.map(String.init) ?? ""
        #expect(throws: IndexError.self) { _ = try index.authenticate(secret: guess) }
    }
}

@Suite(.timeLimit(.minutes(10))) struct ForeignChangeTests {
    /// INTERFACES promises a second; ten are given, since a busy machine is no defect.
    private func eventually(_ condition: () async throws -> Bool) async rethrows -> Bool {
        let end = ContinuousClock.now + .seconds(10)
        while try await !condition() {
            if ContinuousClock.now > end { return false }
            try? await Task.sleep(for: .milliseconds(10))
        }
        return true
    }

    @Test func `a change between the opening of the index and the first look is seen`() async throws {
        let instance = try Instance()
        let other = try Store(directory: instance.folder.path, mustExist: true)
        let request = PackageIndex.TokenRequest(name: "early", permissions: [.read])
        let secret = try PackageIndex.createToken(request, by: "command line", in: other)
        try instance.index.watchForForeignChanges()
        #expect(await eventually { (try? instance.index.authenticate(secret: secret)) != nil })
    }

    @Test func `another process's token, revocation and publication are seen within a second`() async throws {
        let instance = try Instance()
        try instance.index.watchForForeignChanges()
        let heard = Heard()
        instance.index.onChange { keys in heard.keys.change { $0.formUnion(keys) } }
        // A second store on the same folder stands for the command line: it shares nothing with the first.
        let other = try Store(directory: instance.folder.path, mustExist: true)

        let request = PackageIndex.TokenRequest(name: "later", permissions: [.read])
        let secret = try PackageIndex.createToken(request, by: "command line", in: other)
        #expect(await eventually { (try? instance.index.authenticate(secret: secret)) != nil })

        try PackageIndex.revokeToken(named: "later", by: "command line", in: other)
        #expect(await eventually { (try? instance.index.authenticate(secret: secret)) == nil })

        let second = try Instance(folder: instance.folder)
        try await second.publish("demo-1.0.tar.gz", sdist("demo", "1.0"))
        let key = PageKey.projectDetail(index: "main", project: "demo")
        #expect(await eventually { heard.keys.change { $0.contains(key) } })
        let digest = Digest.sha256(of: sdist("demo", "1.0")).hex
        #expect(heard.keys.change { $0.contains(.file(sha256: digest, filename: "demo-1.0.tar.gz")) })
    }
}
