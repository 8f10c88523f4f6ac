import Glibc
import HTTP
import Packaging
import Posix
import Storage
import Synchronization
import Testing
import Wheelhouse

@testable import Web

/// Publishes files without archives behind them, so many of each project.
private func publish(_ projects: [String], files: Int, in store: Store) throws {
    let names = try projects.map { try ProjectName($0) }
    let occasion = Occasion(actor: "tests", time: UploadTime(microseconds: 1_700_000_000_000_000))
    try store.writeAndWait { transaction throws(StorageError) in
        for (name, number) in names.flatMap({ name in (0..<files).map { (name, $0) } }) {
            let version = "\(number / 100).\(number % 100)"
            guard let parsed = try? Version(version),
                let sha256 = try? Digest(.sha256, hex: hexadecimal(number)),
                let blake2b = try? Digest(.blake2b256, hex: hexadecimal(number))
            else { throw StorageError.corrupt("no digest") }
            let record = FileRecord(
                index: "main", project: name,
                name: .init(filename: "\(name.text)-\(version)-py3-none-any.whl", version: parsed, kind: .wheel),
                content: .init(sha256: sha256, blake2b256: blake2b, size: 1), uploaded: occasion)
            _ = try transaction.publishFile(record, bytes: [], summary: "many files")
        }
    }
}

private func hexadecimal(_ number: Int) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: 64 - digits.count) + digits
}

/// Processor time of this thread, in microseconds: what other threads do meanwhile does not count.
private func threadMicroseconds() -> Int64 {
    var time = timespec()
    _ = unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000
}

@Test(arguments: ["/simple/", "/simple/big/", "/pypi/big/json"])
func `a large page is not rendered on the event loop that asks for it`(path: String) throws {
    let world = try World()
    if path.contains("big") {
        try publish(["big"], files: 2_000, in: world.store)
    } else {
        try publish((0..<5_000).map { "p\($0)" }, files: 1, in: world.store)
    }
    try world.refresh()
    let loop = try EventLoop()
    let found = Monitor<(bytes: Int, onLoop: Int64)?>(nil)
    let begun = Clock.monotonicNanoseconds
    try startThread(named: "loop") {
        loop.spawn {
            let before = threadMicroseconds()
            let head = Array("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
            let bytes = (try? await world.answer(to: head, body: []).content.count) ?? 0
            let spent = threadMicroseconds() - before
            found.change { $0 = (bytes, spent) }
            loop.stop()
        }
        loop.run()
    }
    let (bytes, onLoop) = found.wait { $0 }
    let all = (Clock.monotonicNanoseconds - begun) / 1_000
    #expect(bytes > 100_000)
    #expect(onLoop * 4 < all, "\(onLoop) of \(all) µs")
}

@Test func `pages about a project of 2,000 files have less than 50 KB`() async throws {
    let world = try World()
    try publish(["big"], files: 2_000, in: world.store)
    try world.refresh()
    let addresses = ["", "?page=3", "?page=-1", "1.10/", "versions/", "versions/?page=2", "compare/1.1...2.5/"]
    for address in addresses {
        let head = Array("GET /project/big/\(address) HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
        let answer = try await world.answer(to: head, body: [])
        #expect(answer.status == 200, "\(address)")
        #expect(answer.content.count < 50_000, "\(address)")
    }
}

@Test(arguments: ["text/plain", "application/json"])
func `what an error repeats of the request cannot steer a terminal`(type: String) async throws {
    let world = try World(["closed"])
    let scalars: [UInt8] = [0x09, 0xC2, 0x9B]
    let head = Array("GET /simple/ HTTP/1.1\r\nHost: a\r\nAccept: \(type)\r\nAuthorization: ev".utf8) + scalars
    let answer = try await world.answer(to: head + Array("31m x\r\n\r\n".utf8), body: [])
    let text = String(decoding: answer.content, as: UTF8.self)
    #expect(!text.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" || (0x7F...0x9F).contains($0.value) })

}
