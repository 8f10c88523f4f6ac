import Foundation
import Posix
import Testing

struct FileTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test func `an unnamed file gets one name and never replaces another`() throws {
        let path = folder.path + "/name"
        let file = try File.unnamed(in: folder.path)
        try file.write(all: Array("first".utf8))
        try file.sync()
        #expect(try Directory.names(in: folder.path).isEmpty)
        #expect(try file.link(to: path))
        let other = try File.unnamed(in: folder.path)
        #expect(try !other.link(to: path))
        #expect(try File.open(path).read(upTo: 100) == Array("first".utf8))
        #expect(try Directory.remove(file: path))
        #expect(try !Directory.remove(file: path))
    }

    @Test func `reads at offsets stop at the end`() throws {
        let file = try File.unnamed(in: folder.path)
        try file.write(all: Array(0..<10))
        #expect(try file.size == 10)
        #expect(try file.read(at: 8, count: 5) == [8, 9])
        #expect(try file.read(at: 10, count: 5) == [])
        var buffer = [UInt8](repeating: 0, count: 4)
        #expect(try file.read(into: &buffer, at: 3) == 4)
        #expect(buffer == [3, 4, 5, 6])
    }

    @Test func `a missing file is nil or ENOENT`() throws {
        #expect(try File.openIfExists(folder.path + "/none") == nil)
        #expect(throws: Errno.noEntry) { try File.open(folder.path + "/none") }
        #expect(throws: Errno.noEntry) { try Directory.names(in: folder.path + "/none") }
        #expect(throws: Errno.noEntry) { try File.unnamed(in: folder.path + "/none") }
    }

    @Test(arguments: ["a", "a/b/c", "a/b//c/"])
    func `directories are made with their parents`(_ path: String) throws {
        try Directory.createWithParents(folder.path + "/" + path)
        try Directory.createWithParents(folder.path + "/" + path)
        #expect(try Directory.names(in: folder.path) == ["a"])
    }

    @Test func `names of up to 255 bytes are listed`() throws {
        let names = [String(repeating: "n", count: 255), "ü.whl", ".hidden"]
        for name in names { try Directory.create(folder.path + "/" + name) }
        #expect(Set(try Directory.names(in: folder.path)) == Set(names))
    }

    @Test func `a durable file is made once`() throws {
        #expect(try Durable.create("f", in: folder.path, bytes: [1], permissions: 0o600))
        #expect(try !Durable.create("f", in: folder.path, bytes: [2], permissions: 0o600))
        #expect(try File.open(folder.path + "/f").read(upTo: 9) == [1])
    }

    @Test func `an error has its symbol and its sentence`() {
        #expect(Errno.noEntry.description == "No such file or directory (ENOENT)")
        #expect(Errno(12345).description.contains("12345"))
    }

    @Test func `a descriptor is closed on exec and with its last owner`() throws {
        var file: File? = try File.unnamed(in: folder.path)
        let descriptor = try #require(file).descriptor
        #expect(fcntl(descriptor, F_GETFD) & FD_CLOEXEC != 0)
        let link = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(descriptor)")
        file = nil
        // The number may be another file's by now, since tests run at once; this file's it is no more.
        #expect((try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(descriptor)")) != link)
    }
}
