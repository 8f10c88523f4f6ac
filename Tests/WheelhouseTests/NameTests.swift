import Packaging
import Storage
import Testing

@testable import Wheelhouse

@Suite(.timeLimit(.minutes(10))) struct NameTests {
    private static let reserved = ["acme", "acme-*", "Numpy"]

    // A new name, what exists, and words of the refusal; "" when it is allowed.
    @Test(arguments: [
        ("demo", [], ""), ("demo", ["demos", "other"], ""),
        ("dem0", ["demo"], "too similar to an existing project, 'demo'"),
        ("de.mo", ["demo"], "too similar"), ("D-E-M-O", ["demo"], "too similar"), ("demo", ["demo"], ""),
        ("json", [], "isn't allowed (conflict with Python Standard Library module name 'json')"),
        ("url1ib", [], "Standard Library module name 'urllib'"), ("date-time", [], "module name 'datetime'"),
        ("py-compile", [], "module name 'py-compile'"), ("importlib-metadata", [], ""), ("future", [], ""),
        ("urllib3", [], ""), ("json-tools", [], ""),
        ("acme", [], "isn't allowed (reserved here by 'acme')"), ("acme-tools", [], "reserved here by 'acme-*'"),
        ("Acme.Tools", [], "reserved here by 'acme-*'"), ("acmeology", [], ""),
        ("ac-me", [], "reserved here by 'acme'"),
        ("num-py", [], "reserved here by 'Numpy'"), ("numpy-stubs", [], ""),
    ])
    func `a new project is refused when its name misleads`(
        _ name: String, existing: [String], words: String
    ) async throws {
        var policy = Policy(uploadLimitBytes: 1 << 20, isReadingOpen: true)
        policy.names.refusesConfusable = false
        let folder = try TemporaryFolder()
        let before = try Instance(folder: folder, policy: policy)
        for other in existing { try await before.publish(project: other) }
        policy.names = NamePolicy(reserved: try Self.reserved.map { try NamePolicy.Reservation($0) })
        let instance = try Instance(folder: folder, policy: policy)
        guard !words.isEmpty else {
            #expect(try await instance.publish(project: name, version: "2").isNew)
            return
        }
        let serial = try instance.store.lastSerial
        let error = await #expect(throws: IndexError.self) { try await instance.publish(project: name, version: "2") }
        #expect(error?.code == .invalid)
        #expect(error?.sentence.hasPrefix("The name '\(name)' ") == true)
        #expect(error?.sentence.contains(words) == true, "\(error?.sentence ?? "")")
        // twine and pdm would take this for a file that is there, and skip it.
        #expect(error?.sentence.lowercased().contains("already exist") == false)
        #expect(try instance.store.lastSerial == serial)
        #expect(try folder.blobs().count == existing.count * 2)
    }

    @Test func `projects that exist stay as they are, whatever the policy has become`() async throws {
        var policy = Policy(uploadLimitBytes: 1 << 20, isReadingOpen: true)
        policy.names.refusesConfusable = false
        let folder = try TemporaryFolder()
        let before = try Instance(folder: folder, policy: policy)
        let names = ["demo", "dem0", "json", "acme-tools"]
        for name in names { try await before.publish(project: name) }
        policy.names = NamePolicy(reserved: try Self.reserved.map { try NamePolicy.Reservation($0) })
        let instance = try Instance(folder: folder, policy: policy)
        for name in names { #expect(try await instance.publish(project: name, version: "2").isNew) }
    }

    @Test func `without the rule only reserved names are refused`() async throws {
        var policy = Policy(uploadLimitBytes: 1 << 20, isReadingOpen: true)
        policy.names = NamePolicy(refusesConfusable: false, reserved: [try NamePolicy.Reservation("acme-*")])
        let instance = try Instance(policy: policy)
        for name in ["demo", "dem0", "json"] { #expect(try await instance.publish(project: name).isNew) }
        await #expect(throws: IndexError.self) { try await instance.publish(project: "acme-tools") }
    }

    @Test(arguments: ["", "-*", "*", "acme*", "a b", "acme-*-x", "acme-**"])
    func `a reservation that is no name is refused`(text: String) {
        #expect(throws: PackagingError.self) { try NamePolicy.Reservation(text) }
    }

    @Test func `of names that look alike and come at once one wins`() async throws {
        let instance = try Instance()
        let names = ["demo-lib", "demolib", "dem0-lib", "demo-1ib", "demo.l.i.b", "DEMOIIB"]
        let outcomes = await withTaskGroup(of: IndexError.Code?.self) { group in
            for name in names {
                group.addTask {
                    do {
                        try await instance.publish(project: name)
                        return nil
                    } catch {
                        return (error as? IndexError)?.code ?? .failed
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.count { $0 == nil } == 1)
        #expect(outcomes.count { $0 == .invalid } == names.count - 1)
        #expect(try instance.store.counts.projects == 1)
    }

    @Test func `the list of modules is complete and in order`() {
        let names = StandardLibrary.modules.map(\.normalized)
        #expect(names.count == 231)
        #expect(names == Array(Set(names)).sorted())
        #expect(Set(names).isSuperset(of: ["abc", "zoneinfo", "distutils", "annotationlib", "asyncore"]))
    }
}

@Suite(.timeLimit(.minutes(10))) struct RevocationTests {
    @Test(arguments: ["revoked", "expired"])
    func `a token that ended during its upload publishes nothing`(word: String) async throws {
        let instance = try Instance()
        let request = PackageIndex.TokenRequest(
            name: "short", permissions: [.upload], expiresInSeconds: word == "expired" ? 1 : nil)
        let secret = try PackageIndex.createToken(request, by: "tests", in: instance.store)
        try instance.index.refresh()
        let upload = try instance.index.beginUpload(index: "main", by: try instance.index.authenticate(secret: secret))
        try await upload.fill(project: "demo", version: "1.0")
        // The index is not told: what counts is what the catalog says inside the transaction.
        if word == "revoked" {
            try PackageIndex.revokeToken(named: "short", by: "tests", in: instance.store)
        } else {
            // Its time has to pass.
            try await Task.sleep(for: .milliseconds(1_100))
        }
        let error = await #expect(throws: IndexError.self) { try await upload.publish() }
        #expect(error?.code == .unauthenticated)
        #expect(error?.sentence.contains(word) == true)
        #expect(try instance.folder.blobs().isEmpty)
        #expect(try instance.store.counts.files == 0)
    }
}
